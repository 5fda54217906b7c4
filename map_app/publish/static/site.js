/* On every page: how old the newest list is on the day it is read, and what its address says. */
"use strict";

for (const note of document.querySelectorAll("[data-list]")) {
  const age = Math.floor((Date.now() - Date.parse(`${note.dataset.list}T00:00:00`)) / 86400000);
  const old = age > Number(note.dataset.recent);
  if (!old && !note.dataset.otherwise) continue;
  const told = old ? note.dataset.told : note.dataset.otherwise;
  note.textContent = told.replace("{age}", String(age).replace(/\B(?=(\d{3})+$)/g, note.dataset.group || ""));
  note.classList.toggle("fails", old && Boolean(note.dataset.otherwise));
  note.hidden = false;
}

// ---- the address: the other language has the same selection, and what is not understood is told
{
  const links = [...document.querySelectorAll(".languages a[hreflang]")].map((link) => [link, link.getAttribute("href")]);
  const asked = new URLSearchParams(location.search), { lang } = document.documentElement, main = document.querySelector("main");

  /** Let the links to the other languages lead to a selection. */
  window.carryAddress = (search) => {
    const said = new URLSearchParams(search);
    said.delete("lang");
    for (const [link, page] of links) link.href = page + (String(said) && `?${said}`) + location.hash;
  };
  /** Return the parts of an address that name nothing a page knows, as they stand there. */
  window.unknownIn = (address, known) => [...address].filter(([name, value]) => !known.includes(name)
    && !["view", "lat", "lon", "zoom"].includes(name) && !/^(utm_|fbclid|gclid|embed)/.test(name)
    && !(name === "lang" && value === lang)).map(([name, value]) => `${name}=${value}`);
  /** Say which parts of the address mean nothing here. */
  window.tellUnknown = (parts) => {
    if (!parts.length) return;
    const note = document.createElement("p");
    note.className = "stale";
    note.textContent = main.dataset.bad.replace("{what}", () => parts.join(", "));
    main.prepend(note);
  };

  carryAddress(location.search);
  addEventListener("hashchange", () => carryAddress(location.search));
  const other = links.find(([link]) => link.lang === asked.get("lang"));
  if (other) location.replace(other[0].href);
  else if (!document.getElementById("explorer") && !document.getElementById("search")) tellUnknown(unknownIn(asked, []));
}
