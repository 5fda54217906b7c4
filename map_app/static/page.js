/* Around Streamlit's page: its language, ways past the filters, what has changed said aloud, the focus kept.
 *
 * Streamlit draws elements anew whenever the server answers. A live region drawn anew is not read out, and the focus
 * of a button that goes is lost; so both are kept here, outside of what it draws. */
"use strict";
(() => {
  const QUIET = 350; // milliseconds without a change after which the page counts as drawn
  const skips = document.createElement("nav");
  skips.className = "skip-links";
  const said = document.createElement("p");
  said.className = "said-aloud";
  said.setAttribute("role", "status");
  document.body.prepend(skips, said);

  // ---- language, and the ways past the filters
  let linked = "";
  function follow(head) {
    if (document.documentElement.lang !== head.lang) document.documentElement.lang = head.lang;
    if (linked === head.dataset.skips) return;
    linked = head.dataset.skips;
    const words = JSON.parse(linked);
    skips.setAttribute("aria-label", words.label);
    skips.replaceChildren(...words.links.map(([id, label]) => {
      const link = document.createElement("a");
      link.href = "#" + id;
      link.textContent = label;
      link.onclick = (event) => {
        event.preventDefault(); // the address belongs to Streamlit
        focusOn(document.getElementById(id));
      };
      return link;
    }));
  }
  function focusOn(element, quietly) {
    if (!element) return;
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    if (!quietly) element.scrollIntoView({ block: "start" });
  }

  // ---- what has changed, once
  let before = null;
  function announce() {
    const now = new Map();
    for (const element of document.querySelectorAll("[data-announce], .st-key-nothing")) {
      now.set(element.dataset.announce || "choices", element.textContent.replace(/\s+/g, " ").trim());
    }
    const changed = before ? [...now].filter(([name, words]) => before.get(name) !== words) : [];
    before = now;
    if (changed.length) said.textContent = changed.map(([, words]) => words).join(" ");
  }

  // Who is faster than the first rest must still be told what changed.
  for (const kind of ["click", "keydown"]) addEventListener(kind, () => { if (!before) announce(); }, true);

  // ---- the focus of what goes moves on to what came instead
  let held = null, within = "";
  document.addEventListener("focusin", (event) => {
    held = event.target;
    within = held.closest(".st-key-choices, .st-key-reach") ? "answer" : "";
  });
  const lost = () => held && !held.isConnected && (!document.activeElement || document.activeElement === document.body);
  function keepFocus(drawn) {
    if (!lost()) return;
    const answer = within && document.getElementById(within);
    if (!answer && !drawn) return;
    held = null;
    focusOn(answer || document.querySelector(".app-head h1"), !answer);
  }

  let quiet = 0;
  const look = () => {
    const head = document.querySelector("header.app-head");
    if (head) follow(head);
    keepFocus(false);
    clearTimeout(quiet);
    quiet = setTimeout(() => { announce(); keepFocus(true); }, QUIET);
  };
  new MutationObserver(look).observe(document.getElementById("root") || document.body, { childList: true, characterData: true, subtree: true });
  look();

  // Streamlit runs the page again at a bare "r" and clears its memory at "c": letters a voice or a tremor may send.
  window.addEventListener("keydown", (event) => {
    const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable], [role=listbox]");
    if (bare && /^[rc]$/i.test(event.key) && !typing) event.stopImmediatePropagation();
  }, true);
})();
