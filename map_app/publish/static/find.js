/* The search of the first page. What is typed is compared here, with tables this page has loaded; it goes nowhere. */
"use strict";

(() => {
  const root = document.documentElement, lang = root.lang, pages = root.dataset.pages;
  const form = document.getElementById("search"), typed = document.getElementById("typed"), box = document.getElementById("found");
  form.hidden = false;
  let ready = null, words = {}, names = {}, places = null, at = new Map();

  function load() {
    ready = ready || Promise.all([loadPart("places"), loadPart(`words.${lang}`), loadPart(`names.${lang}`), loadPart("record")])
      .then(([tables, told, named, record]) => {
        places = placeSearch(tables);
        words = speaking(told.search);
        names = named;
        at = new Map(record.codes.map((code, i) => [code, i]));
      });
    return ready;
  }
  const county = (code) => names.counties[at.get(code)];
  const stateName = (abbr) => words.state[abbr];
  /** Return what a choice is called, as the app calls it. */
  function label(match) {
    const state = stateName(match.state);
    const name = match.kind === "state" || (match.kind === "county" && match.name === words.ownName[match.state]) ? state : `${match.name}, ${state}`;
    return match.kind === "zip" ? words.zip.replace("{label}", name) : name;
  }
  /** Return matches without the places a town shares with a county of its name, which stands before it (lookup.py). */
  function eachOnce(matches) {
    const ofCounty = new Map(matches.filter((match) => match.kind === "county").map((match) => [match.geoids[0], match]));
    const told = [];
    for (const match of matches) {
      if (told.includes(match)) continue;
      if (match.kind !== "town") { told.push(match); continue; }
      const left = (codes) => codes.filter((code) => !ofCounty.has(code));
      for (const code of match.geoids) if (ofCounty.has(code) && !told.includes(ofCounty.get(code))) told.push(ofCounty.get(code));
      if (left(match.geoids).length || !match.geoids.length) told.push({ ...match, geoids: left(match.geoids), mail: left(match.mail) });
    }
    return told;
  }
  /** Return words and page of each place that can be chosen, each once. */
  function choices(matches) {
    const found = new Map();
    for (const match of eachOnce(matches)) {
      const called = label(match);
      if (!match.geoids.length) found.set(called, `state/${match.state}.html`);
      for (const code of match.geoids) {
        const name = match.mail.includes(code) ? words.someHere.replace("{place}", called) : called;
        found.set(match.kind === "county" ? county(code) : `${name} → ${county(code)}`, `county/${code}.html#answer`);
      }
    }
    return [...found];
  }
  /** Return the line above the counties of one place (lookup.py's `several_counties`). */
  const severalCounties = (match) => (match.mail.length ? words.mainAndOthers.replace("{county}", county(match.geoids[0])) : words.touches)
    .replace("{place}", label(match));
  const line = (text) => {
    const told = document.createElement("p");
    told.textContent = text;
    return told;
  };
  function links(list) {
    const shown = document.createElement("ul");
    shown.className = "choices";
    for (const [called, page] of list) {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = pages + page;
      link.textContent = called;
      item.append(link);
      shown.append(item);
    }
    return shown;
  }

  /** Show what the text names; return the page to go to where it is just one and nothing else is to be said. */
  function show(text) {
    if (!text.trim()) { box.replaceChildren(); return ""; }
    const found = places.find(text, 8), both = [...found.matches, ...found.suggestions], offered = found.unknownAgency ? both : found.matches.length ? found.matches : found.suggestions;
    if (found.status === "too_short") { box.replaceChildren(); return ""; }
    if (!offered.length) { box.replaceChildren(line(found.unknownAgency ? words.unknownPlace : words.nothing)); return ""; }
    const list = choices(offered), parts = [], one = found.status === "one" && list.length === 1 && !found.unknownAgency;
    const reaching = found.matches.filter((m) => m.kind === "town" && m.touched.length);
    const touched = [...new Set(reaching.flatMap((m) => m.touched))];
    const main = one && offered.some((m) => m.kind === "zip" && !m.complete);
    if (one) parts.push(line(words.found));
    else if (found.unknownAgency) parts.push(line(words.unknownAgency));
    else if (!found.matches.length) parts.push(line(words.didYouMean));
    else if (found.matches.length === 1) parts.push(line(severalCounties(offered[0])));
    else parts.push(line(words.several));
    parts.push(links(list));
    if (found.leftOff) parts.push(line(words.some(words.more, found.leftOff)));
    if (main) parts.push(line(words.onlyMain));
    for (const match of reaching) {
      parts.push(line(words.reach.replace("{place}", label(match)).replace("{counties}", words.listing(match.touched.map(county)))));
      parts.push(links(match.touched.map((code) => [county(code), `county/${code}.html#answer`])));
    }
    box.replaceChildren(...parts);
    return one && !touched.length && !main ? list[0][1] : "";
  }

  let turn = 0;
  async function look(go) {
    const mine = ++turn;
    if (!places) box.replaceChildren(line("…"));
    try {
      await load();
    } catch {
      ready = null;
      box.replaceChildren(line(form.dataset.failed));
      return;
    }
    if (mine !== turn) return;
    const page = show(typed.value);
    if (go && page) location.href = pages + page;
  }
  let pause = 0;
  typed.addEventListener("focus", () => load().catch(() => { ready = null; }), { once: true });
  typed.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(() => look(false), 150); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(pause); look(true); });
  if (typed.value) look(false);

  // ---- an address as the app has it: a county leads to its page, filters lead to the map
  const FILTERS = ["model", "agency_type", "year", "state", "status", "as_of", "color"];
  const asked = new URLSearchParams(location.search), chosen = asked.get("county");
  const rest = new URLSearchParams([...asked].filter(([name]) => name !== "county" && name !== "view"));
  if (chosen !== null && asked.get("view") !== "explore") {
    load().then(() => {
      if (at.has(chosen)) location.replace(`${pages}county/${chosen}.html${String(rest) && `?${rest}`}#answer`);
      else tellUnknown(unknownIn(asked, []));
    }, () => { ready = null; });
  } else if (asked.get("view") === "explore" || (asked.get("view") !== "find" && FILTERS.some((name) => asked.has(name)))) location.replace(`${pages}map.html${location.search}`);
  else tellUnknown(unknownIn(asked, []));
})();
