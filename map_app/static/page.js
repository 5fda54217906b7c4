/* Around Streamlit's page: the first screen handed over, its language, ways past the filters, what has changed said
 * aloud, the focus kept.
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
  const root = document.getElementById("root") || document.body;

  // ---- Streamlit writes the address it last knew; where the map stands only the map knows (see map.js)
  for (const name of ["pushState", "replaceState"]) {
    const write = history[name].bind(history);
    history[name] = (state, title, address) => write(state, title, address == null ? address : withPlace(address));
  }
  function withPlace(address) {
    if (window.mapPlace === undefined) return address;
    const url = new URL(address, location.href);
    for (const key of ["lat", "lon", "zoom"]) {
      if (window.mapPlace) url.searchParams.set(key, window.mapPlace[key]);
      else url.searchParams.delete(key);
    }
    return url.href;
  }

  // ---- Streamlit's files are asked for when the map has its own, and run when it is painted
  const FILES = 500, PAINTED = 1000; // milliseconds after which they are not waited for
  const listed = document.getElementById("start");
  if (listed) {
    const files = JSON.parse(listed.textContent), frame = document.querySelector("#first-screen iframe");
    const when = (what, latest, act) => {
      let done = false;
      const now = () => { if (!done) { done = true; act(); } };
      frame["on" + what] = now;
      setTimeout(now, frame["had" + what] ? 0 : latest);
    };
    when("Files", FILES, () => {
      for (const name of files.fetch) {
        const hint = document.createElement("link");
        hint.rel = "modulepreload";
        hint.crossOrigin = "";
        hint.href = name;
        document.head.append(hint);
      }
    });
    when("Painted", PAINTED, () => {
      for (const name of files.run) import(new URL(name, document.baseURI).href);
    });
  }

  // ---- the first screen (map_app/first_screen.py) goes when Streamlit's page stands behind it, whole
  const LATE = 12000; // milliseconds after which a visitor is told that the rest has not come
  const WITHOUT_MAP = 6000; // milliseconds after which a page without a map is shown as it is
  const first = document.getElementById("first-screen");
  if (first) {
    const begun = performance.now(), frame = first.querySelector("iframe");
    // Where a browser cannot move a frame without loading it again, a second one is painted behind the first.
    const moves = "moveBefore" in Element.prototype;
    let place = null, seen = 0;
    root.inert = true;
    window.firstScreen = {
      take(parent, address) {
        if (!first.isConnected || place) return null;
        place = parent;
        return moves && frame.getAttribute("src") === address ? frame : null;
      },
    };
    const painted = () => {
      if (!place) return false;
      if (place.countyMap === frame) return true;
      const inside = place.countyMap && place.countyMap.contentDocument;
      return Boolean(inside && inside.querySelector("[data-revision]"));
    };
    const stands = () => {
      const app = root.querySelector("[data-testid=stApp]"), head = root.querySelector("header.app-head");
      if (root.querySelector("[data-testid=stException], [role=dialog]")) return true;
      if (!app || !head || app.getAttribute("data-test-script-state") !== "notRunning") return false;
      seen = seen || performance.now();
      if (root.querySelector("[data-testid=stMain] [data-testid=stSkeleton]")) return false;
      return painted() || performance.now() - seen > WITHOUT_MAP;
    };
    const handOver = () => {
      const typed = first.querySelector("input"), box = root.querySelector("[data-testid=stMain] input[type=search]");
      const typing = document.activeElement === typed, scrolled = first.scrollTop;
      root.inert = false;
      if (place && place.countyMap === frame) place.moveBefore(frame, null);
      first.remove();
      const main = root.querySelector("[data-testid=stMain]");
      if (main) main.scrollTop = scrolled;
      if (!typed || !box) return;
      if (typed.value) {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, typed.value);
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (typing) box.focus();
    };
    const wait = () => {
      if (stands()) return handOver();
      if (performance.now() - begun > LATE) first.querySelector(".late").hidden = false;
      setTimeout(wait, 30);
    };
    wait();
  }

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
    for (const element of root.querySelectorAll("[data-announce], .st-key-nothing")) {
      now.set(element.dataset.announce || "choices", element.textContent.replace(/\s+/g, " ").trim());
    }
    if (!before && (first ? first.isConnected : !now.size)) return; // nothing is there yet that could change
    const changed = before ? [...now].filter(([name, words]) => words && before.get(name) !== words) : [];
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
    focusOn(answer || root.querySelector(".app-head h1"), !answer);
  }

  // The filters, opened, are where the keyboard goes on; closed, it is back at what opens them.
  const inFilters = "[data-testid=stSidebarCollapseButton] button", toFilters = "[data-testid=stExpandSidebarButton]";
  root.addEventListener("click", (event) => {
    const from = event.target.closest(`${inFilters}, ${toFilters}`);
    if (!from) return;
    const to = from.matches(toFilters) ? inFilters : toFilters;
    const begun = performance.now();
    const go = () => {
      const button = root.querySelector(to);
      if (button) button.focus({ preventScroll: true });
      if ((!button || document.activeElement !== button) && performance.now() - begun < 800) setTimeout(go, 30);
    };
    setTimeout(go, 30);
  }, true);

  let quiet = 0;
  const look = () => {
    const head = root.querySelector("header.app-head");
    if (head) follow(head);
    keepFocus(false);
    clearTimeout(quiet);
    quiet = setTimeout(() => { announce(); keepFocus(true); }, QUIET);
  };
  new MutationObserver(look).observe(root, { childList: true, characterData: true, subtree: true });
  look();

  // ---- a field for a day (map_app/views/day_field.py): typed and sent at Enter or on leaving, or chosen in a calendar
  const part = (name, className, more) => Object.assign(document.createElement(name), { className, ...more });
  window.dayField = ({ data, parentElement, setTriggerValue }) => {
    let field = parentElement.dayField;
    if (!field) {
      const id = "day-" + Math.random().toString(36).slice(2);
      const label = part("label", "", { htmlFor: id }), box = part("div", "day-box");
      const input = part("input", "", { id, type: "text", autocomplete: "off", spellcheck: false, maxLength: 60 });
      const clear = part("button", "clear", { type: "button" }), open = part("button", "open", { type: "button" });
      const calendar = part("input", "calendar", { type: "date", tabIndex: -1 });
      const told = part("p", "told", { id: id + "-told" }), hint = part("p", "hint", { id: id + "-hint" });
      told.dataset.announce = id;
      calendar.setAttribute("aria-hidden", "true");
      input.setAttribute("aria-describedby", told.id + " " + hint.id);
      box.append(input, clear, open, calendar);
      parentElement.classList.add("day-field");
      parentElement.append(label, box, told, hint);
      field = parentElement.dayField = { label, input, clear, open, calendar, told, hint, sent: null };
      const send = (words) => {
        if (words === field.sent) return;
        field.sent = words;
        field.send(words);
      };
      input.addEventListener("keydown", (event) => { if (event.key === "Enter") send(input.value.trim()); });
      input.addEventListener("change", () => send(input.value.trim()));
      input.addEventListener("input", () => { clear.hidden = !input.value; });
      clear.onclick = () => { input.value = ""; clear.hidden = true; send(""); input.focus(); };
      open.onclick = () => { try { calendar.showPicker(); } catch { input.focus(); } };
      // A day is sent when the calendar is done with, not at every month passed on the way.
      calendar.onchange = () => { input.value = calendar.value; send(calendar.value); };
    }
    const { label, input, clear, open, calendar, told, hint } = field;
    field.send = (words) => setTriggerValue("day", words);
    parentElement.lang = data.language;
    label.textContent = data.label;
    for (const [button, words] of [[clear, data.clear], [open, data.calendar]]) {
      button.title = words;
      button.setAttribute("aria-label", words);
    }
    Object.assign(calendar, { min: data.first, max: data.last, value: data.day });
    if (!("showPicker" in calendar)) open.hidden = true;
    // What is being typed while an answer comes stays.
    if (field.sent === null || input.value.trim() === field.sent) {
      input.value = data.shown;
      field.sent = data.shown.trim();
    }
    clear.hidden = !input.value;
    input.placeholder = data.example;
    input.setAttribute("aria-invalid", String(Boolean(data.told)));
    if (told.textContent !== data.told) told.textContent = data.told;
    hint.textContent = data.hint;
  };

  // Streamlit runs the page again at a bare "r" and clears its memory at "c": letters a voice or a tremor may send.
  window.addEventListener("keydown", (event) => {
    const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable], [role=listbox]");
    if (bare && /^[rc]$/i.test(event.key) && !typing) event.stopImmediatePropagation();
  }, true);
})();
