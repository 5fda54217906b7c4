/* The map page of the static edition: filters, counts, map, table and download of one selection. */
"use strict";

(async () => {
  const lang = document.documentElement.lang, byId = (id) => document.getElementById(id);
  const frame = byId("map"), form = byId("filters"), bad = byId("bad");
  byId("explorer").hidden = false;
  byId("without").remove();
  byId("fold").open = window.innerWidth > 760;
  frame.src = frame.dataset.address;
  let data, told, rows, csv;
  try {
    [data, told] = await Promise.all([loadPart("record"), loadPart(`words.${lang}`)]);
  } catch {
    bad.hidden = false;
    bad.textContent = byId("explorer").dataset.failed;
    return;
  }
  const record = agreementRecord(data), { time } = record, words = speaking(told.page), dark = matchMedia("(prefers-color-scheme: dark)");

  // ---- the filters and the address that holds them
  const FILTERS = ["model", "agency_type", "year", "state", "county", "status", "as_of", "color"];
  let touched = false, wrong = [], names = null;
  const [begin, end] = data.span;
  for (const name of ["first", "last"]) {
    for (let year = begin; year <= end; year++) form.elements[name].add(new Option(String(year), String(year)));
  }
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}]`)];
  function fill(filters, color) {
    boxes("model").forEach((box) => { box.checked = filters.models.includes(data.models.indexOf(box.value)); });
    boxes("agency_type").forEach((box) => { box.checked = filters.types.includes(data.types.indexOf(box.value)); });
    const [from, to] = filters.years ? [filters.years[0], filters.years.at(-1)] : data.span;
    form.elements.first.value = String(Math.min(end, Math.max(begin, from)));
    form.elements.last.value = String(Math.min(end, Math.max(begin, to)));
    const county = filters.counties.length ? data.codes[filters.counties[0]] : "";
    const state = county ? time.stateOf.get(county.slice(0, 2)) : filters.states[0];
    form.elements.state.value = state === undefined ? "" : data.states[state][1];
    offerCounties(county);
    form.elements.status.value = filters.status;
    form.elements.as_of.value = filters.day === null || filters.day >= data.newest ? "" : time.textOf(filters.day);
    form.elements.color.value = color;
  }
  /** Offer the counties of the state chosen, and choose one. */
  function offerCounties(chosen) {
    const box = form.elements.county, state = form.elements.state.value, fips = state ? data.states[time.stateByAbbr.get(state)][0] : "";
    const here = fips ? data.codes.map((code, i) => [code, i]).filter(([code]) => code.startsWith(fips)) : [];
    const called = here.map(([code, i]) => new Option(names ? names[i].replace(/, [^,]*$/, "") : code, code));
    box.replaceChildren(box.options[0], ...called.sort((a, b) => a.text.localeCompare(b.text, lang)));
    box.value = chosen;
    box.parentElement.hidden = !fips;
    if (fips && !names) loadPart(`names.${lang}`).then((told) => { names = told.counties; offerCounties(box.value); }, () => {});
  }
  function query() {
    const asked = {};
    for (const name of ["model", "agency_type"]) {
      const chosen = boxes(name).filter((box) => box.checked).map((box) => box.value);
      if (chosen.length) asked[name] = chosen;
    }
    const years = [Number(form.elements.first.value), Number(form.elements.last.value)].sort((a, b) => a - b);
    if (years[0] !== begin || years[1] !== end) asked.year = [years[0] === years[1] ? String(years[0]) : years.join("-")];
    if (form.elements.state.value) asked.state = [form.elements.state.value];
    if (form.elements.county.value) asked.county = [form.elements.county.value];
    // A past day has its own selection: what was listed or in force then.
    if (time.dayOf(form.elements.as_of.value) !== null) asked.as_of = [form.elements.as_of.value];
    else if (form.elements.status.value !== "active") asked.status = [form.elements.status.value];
    return asked;
  }
  const asUrl = (asked) => new URLSearchParams(Object.entries(asked).flatMap(([name, values]) => values.map((value) => [name, value])));

  // ---- what is shown
  let shown = null;
  function show() {
    const asked = query(), color = form.elements.color.value, filters = time.readFilters(asUrl(asked)), keep = record.mask(filters);
    const { counts, ...painting } = record.selection(filters, color, told.legends, asked, lang);
    shown = { ...painting, words: told.frame, theme: dark.matches ? "dark" : "light" };
    send();
    const numbers = [counts.agreements, counts.agencies, counts.counties, counts.states];
    // The words are messages of the app, with <b> around the number.
    byId("counts").innerHTML = numbers.map((n, i) => `<span>${words.some(words.counts[i], n)}</span>`).join(" ");
    const number = {};
    for (const key of shown.classes) number[key] = (number[key] || 0) + 1;
    const parts = shown.legend.filter(([key]) => number[key]).map(([key, label]) => words.some(words.part, number[key]).replace("{label}", label));
    byId("words").textContent = counts.agreements ? words.inWords.replace("{title}", shown.title).replace("{parts}", parts.join("; ")) : words.empty;
    form.elements.status.disabled = filters.day !== null;
    const gap = filters.day === null ? null : time.gapAround(filters.day);
    byId("gap").hidden = !gap;
    byId("gap").textContent = gap ? words.gap.replace("{first}", time.dayWords(gap[0], lang)).replace("{second}", time.dayWords(gap[1], lang)) : "";
    for (const told of document.querySelectorAll(".app-head .stale")) told.hidden = filters.day !== null || !told.textContent;
    if (data.newest !== null) document.querySelector(".app-head b").textContent = `${time.dated(filters.day, words, lang)}.`;
    selected = [...keep.keys()].filter((i) => keep[i]);
    turnTo(0);
    const url = new URL(location.href);
    // An address with parts that mean nothing stays as it was given until something is changed.
    if (touched || !wrong.length) {
      for (const name of touched ? [...url.searchParams.keys()].filter((name) => name !== "lat" && name !== "lon" && name !== "zoom") : FILTERS) url.searchParams.delete(name);
      for (const [name, value] of asUrl(asked)) url.searchParams.append(name, value);
      if (color !== "level") url.searchParams.set("color", color);
      // A page opened from a disk may not write its address.
      if (location.protocol !== "file:") history.replaceState(null, "", url);
    }
    carryAddress(url.search);
    document.documentElement.dataset.revision = shown.revision;
  }
  function send() {
    if (shown && frame.contentWindow) frame.contentWindow.postMessage({ selection: shown }, "*");
  }
  addEventListener("message", (event) => { if (event.source === frame.contentWindow && event.data === "map-ready") send(); });
  dark.addEventListener("change", () => { if (shown) { shown.theme = dark.matches ? "dark" : "light"; send(); } });

  // ---- the table, a page at a time
  let selected = [], page = 0;
  async function turnTo(next) {
    page = next;
    const mine = shown, total = selected.length, pages = Math.max(1, Math.ceil(total / words.rows));
    byId("previous").disabled = page === 0;
    byId("next").disabled = page >= pages - 1;
    byId("page").textContent = words.page.replace("{page}", String(page + 1)).replace("{pages}", String(pages));
    byId("download").textContent = words.some(words.download, total);
    byId("download").toggleAttribute("hidden", !total);
    byId("rows").hidden = !total;
    if (!total) return;
    rows = rows || (await loadPart(`rows.${lang}`));
    if (mine !== shown || page !== next) return;
    const from = page * words.rows, here = selected.slice(from, from + words.rows);
    const caption = words.caption.replace("{first}", words.number(from + 1)).replace("{last}", words.number(from + here.length)).replace("{total}", words.number(total));
    const table = byId("table-head").content.cloneNode(true), region = table.querySelector(".agreements-table");
    region.setAttribute("aria-label", caption);
    table.querySelector("caption").textContent = caption;
    // Each row was written, and its texts escaped, by the renderer of the app's own table.
    table.querySelector("tbody").innerHTML = here.map((i) => rows[i]).join("");
    byId("rows").replaceChildren(table);
  }
  byId("previous").addEventListener("click", () => turnTo(page - 1));
  byId("next").addEventListener("click", () => turnTo(page + 1));

  // ---- the selection as a file, made when it is asked for
  const link = byId("download");
  link.href = "#table";
  link.addEventListener("click", async (event) => {
    if (link.href.startsWith("blob:")) return;
    event.preventDefault();
    csv = csv || (await loadPart("csv"));
    const file = new Blob([csv.head, ...selected.map((i) => csv.rows[i])], { type: "text/csv;charset=utf-8" });
    link.href = URL.createObjectURL(file);
    link.download = `agreements${Object.values(query()).map((values) => "-" + values.join("-")).join("").slice(0, 80)}.csv`;
    link.click();
    const made = link.href;
    link.href = "#table";
    setTimeout(() => URL.revokeObjectURL(made), 60000);
  });

  // ---- begin
  const address = new URLSearchParams(location.search), { bad: faults, ...filters } = time.readFilters(address);
  wrong = [...faults, ...unknownIn(address, FILTERS)];
  const asked = address.getAll("color").at(-1), color = data.colors.includes(asked) ? asked : "level";
  if (asked !== undefined && asked !== color) wrong.push(`color=${asked}`);
  // What this page has no choice for, and days and years outside the record, are told too.
  if (filters.years && (filters.years.at(-1) < begin || filters.years[0] > end)) {
    wrong.push(`year=${address.getAll("year").at(-1)}`);
    filters.years = null;
  }
  if (filters.day !== null && data.newest !== null && filters.day > data.newest) {
    wrong.push(`as_of=${time.textOf(filters.day)}`);
    filters.day = null;
  }
  wrong.push(...filters.states.slice(1).map((state) => `state=${data.states[state][1]}`), ...filters.counties.slice(1).map((at) => `county=${data.codes[at]}`));
  const offered = (name) => new Set(boxes(name).map((box) => box.value)), lists = [["model", data.models, filters.models], ["agency_type", data.types, filters.types]];
  for (const [name, values, chosen] of lists) wrong.push(...chosen.map((at) => values[at]).filter((value) => !offered(name).has(value)).map((value) => `${name}=${value}`));
  fill(filters, color);
  if (wrong.length) {
    bad.hidden = false;
    bad.textContent = words.bad.replace("{what}", () => [...new Set(wrong)].join(", "));
  }
  const change = () => { touched = true; bad.hidden = true; show(); };
  form.addEventListener("change", (event) => {
    if (event.target.name === "state") offerCounties("");
    change();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    fill(time.readFilters(new URLSearchParams()), "level");
    change();
  });
  window.exploring = { record, told };
  show();
})();
