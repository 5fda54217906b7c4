/* Says how old the newest list is on the day the page is read. */
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
