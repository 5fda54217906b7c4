/* A map in one file: gives the map's script what the server would have given it, out of the page itself. */
"use strict";
const offline = {
  async unpack(name) {
    const held = document.getElementById(name);
    if (!held) throw new Error(name);
    const bytes = Uint8Array.from(atob(held.textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  },
  make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== null));
    return element;
  },
};
// The map's script asks for its shapes, names and popups; nothing leaves this page.
window.fetch = async (address) => {
  const path = String(address).split("?")[0];
  if (path.startsWith("popup/")) return new Response((await offline.ready).popup(path.slice(6)));
  return new Response(await offline.unpack(path));
};

class OfflineMap {
  constructor(data) {
    this.data = data;
    this.words = data.words;
    const geoids = data.order;
    this.time = new Timeline(data, geoids, data.settings);
    this.filters = { models: [], years: null, states: [], counties: [], types: [], status: data.status };
    this.day = data.day;
    this.page = 0;
    this.build();
    this.show();
  }
  number(n) { return new Intl.NumberFormat(this.data.lang === "es" ? "es-US" : "en-US").format(n); }
  dayWords(n) { return this.time.dayWords(n, this.data.lang); }
  fill(text, values) { return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole)); }
  dated() { return this.time.dated(this.day, this.words, this.data.lang); }

  build() {
    const { make } = offline, { words, data, time } = this, map = document.getElementById("map");
    this.count = make("p", { className: "count" });
    this.count.setAttribute("aria-live", "polite");
    this.aged = make("p", { className: "aged" });
    const told = data.told ? make("p", { textContent: data.told }) : null;
    const present = (name) => [...new Set(data.rows[name])].sort((a, b) => a - b);
    const models = make("fieldset", {}, make("legend", { textContent: words.modelType }), ...present("model").map((model) => {
      const box = make("input", { type: "checkbox", value: model, onchange: () => {
        this.filters.models = [...models.querySelectorAll("input:checked")].map((each) => Number(each.value));
        this.show(true);
      } });
      return make("label", {}, box, data.models_named[model]);
    }));
    const select = (label, values, change) => {
      const list = make("select", { onchange: () => { change(list.value === "" ? [] : [Number(list.value)]); this.show(true); } }, make("option", { value: "", textContent: words.all }),
        ...values.map(([key, text]) => make("option", { value: key, textContent: text })));
      return make("label", {}, make("span", { className: "label", textContent: label }), list);
    };
    const states = present("state").map((i) => [i, data.states_named[data.states[i][1]]]).sort((a, b) => a[1].localeCompare(b[1]));
    const types = present("type").map((i) => [i, data.types_named[i]]);
    this.slider = make("input", { type: "range", min: 0, max: time.newest, value: this.day === null ? time.newest : this.day });
    this.slider.setAttribute("aria-label", words.day);
    this.slider.oninput = () => { this.stop(); this.goTo(Number(this.slider.value)); };
    this.shownDay = make("output");
    this.playing = 0;
    this.stops = time.stops(1);
    const step = (by) => { this.stop(); const now = Number(this.slider.value); this.goTo(by > 0 ? this.stops.find((day) => day > now) ?? time.newest : this.stops.filter((day) => day < now).pop() ?? 0); };
    this.playButton = make("button", { type: "button", textContent: words.play, onclick: () => (this.playing ? this.stop() : this.play()) });
    const days = make("div", { className: "days" }, make("button", { type: "button", textContent: "‹", title: words.earlier, ariaLabel: words.earlier, onclick: () => step(-1) }), this.playButton,
      make("button", { type: "button", textContent: "›", title: words.later, ariaLabel: words.later, onclick: () => step(1) }), this.slider, this.shownDay);
    const choices = make("div", { className: "choices" }, models, states.length > 1 ? select(words.state, states, (chosen) => { this.filters.states = chosen; }) : null,
      types.length > 1 ? select(words.agencyType, types, (chosen) => { this.filters.types = chosen; }) : null, days);
    document.body.prepend(make("header", { className: "offline-head" }, make("h1", { textContent: data.title }), ...(told ? [told] : []), this.count, this.aged), choices);
    this.search = make("input", { type: "search", oninput: () => { this.page = 0; this.showTable(); } });
    const find = make("div", { className: "choices" }, make("label", {}, make("span", { className: "label", textContent: words.search }), this.search));
    this.rows = make("div", { className: "rows", tabIndex: 0 });
    this.rows.setAttribute("role", "region");
    this.rows.setAttribute("aria-label", words.table);
    const foot = make("footer", { className: "offline-foot" }, make("p", { textContent: words.caution }), make("p", { textContent: words.advice }), make("p", { textContent: data.source }), make("p", { textContent: words.alone }));
    if (data.address) foot.append(make("p", {}, words.newest + " ", make("a", { href: data.address, textContent: data.address, rel: "noopener" })));
    document.body.append(make("h2", { textContent: words.table }), find, this.rows, foot);
    map.closest("body").classList.add("offline");
  }

  goTo(day) { this.day = day >= this.time.newest && this.data.status === "active" ? null : day; this.show(); }
  play() {
    if (Number(this.slider.value) >= this.time.newest) this.goTo(0);
    this.playButton.textContent = this.words.pause;
    this.playing = setInterval(() => {
      const next = this.stops.find((day) => day > Number(this.slider.value));
      if (next === undefined) this.stop(); else this.goTo(next);
    }, 160);
  }
  stop() { clearInterval(this.playing); this.playing = 0; this.playButton.textContent = this.words.play; }

  /** Whether the file's own selection or its filters leave agreements of the day out. */
  narrowed() { return this.data.narrowed || this.time.narrows(this.filters, this.day); }

  show(fromFirst) {
    const { time, data, words } = this;
    if (fromFirst) this.page = 0;
    this.mask = time.on(time.narrowed(this.filters), this.day, data.status);
    const summary = time.summary(this.mask, this.day, data.color), local = [], statewide = {};
    summary.local.forEach((n, i) => { if (n) local.push([i, n]); });
    let last = -1;
    const runs = local.flatMap(([i, n]) => { const skip = i - last - 1; last = i; return [skip, n]; });
    summary.statewide.forEach((n, i) => { if (n) statewide[data.states[i][0]] = n; });
    const legend = [...data.legend.filter(([key]) => data.color === "level" || summary.present.has(key)), ...data.others[this.narrowed() ? "narrowed" : "whole"]];
    // Of places outside the selection this file knows nothing, and must not say "none".
    let classes = summary.classes;
    if (data.covered) {
      classes = time.counties.map((geoid, i) => (data.covered.some((code) => geoid.startsWith(code)) ? classes[i] : "9")).join("");
      legend.push(["9", words.notHeld]);
      for (const code of Object.keys(statewide)) if (!data.covered.some((held) => held.startsWith(code))) delete statewide[code];
    }
    const revision = [this.day, this.filters.models, this.filters.states, this.filters.types].join("/");
    const payload = { revision, classes, title: data.legendTitle, legend, local: runs, statewide,
      counties: [...classes].filter((key) => key !== "0" && key !== "9").length, query: {}, lang: data.lang, words: { ...data.mapWords, lang: data.lang },
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" };
    this.summary = summary;
    window.showSelection(payload);
    const n = summary.counts.agreements;
    this.count.replaceChildren(offline.make("b", { textContent: this.number(n) }), " " + words[n === 1 ? "inForceOne" : "inForceOther"] + " · " + this.dated());
    const age = time.daysOld(this.day);
    this.aged.hidden = !age;
    this.aged.textContent = age ? this.fill(words.aged, { age: this.number(age) }) : "";
    const day = this.day === null ? time.newest : this.day;
    this.slider.value = day;
    this.slider.setAttribute("aria-valuetext", this.dayWords(day));
    this.shownDay.textContent = this.dayWords(day);
    this.showTable();
  }

  showTable() {
    const { make } = offline, { data, words } = this, wanted = this.search.value.trim().toLowerCase(), SIZE = 50, found = [];
    for (let row = 0; row < this.mask.length; row++) if (this.mask[row] && (!wanted || data.agencies[data.rows.agency[row]].toLowerCase().includes(wanted))) found.push(row);
    const pages = Math.max(1, Math.ceil(found.length / SIZE));
    this.page = Math.max(0, Math.min(this.page, pages - 1));
    const head = make("tr", {}, ...[words.state, words.agency, words.modelType, words.signed, words.covers, words.memorandum].map((name) => make("th", { scope: "col", textContent: name })));
    const body = found.slice(this.page * SIZE, (this.page + 1) * SIZE).map((row) => {
      const name = make("td", { lang: "en", textContent: data.agencies[data.rows.agency[row]] });
      const memo = data.link[row] ? make("a", { href: data.link[row], target: "_blank", rel: "noopener noreferrer", textContent: words.read, ariaLabel: `${words.read}: ${name.textContent}` }) : words.notLinked;
      return make("tr", {}, make("th", { scope: "row", textContent: data.states_named[data.states[data.rows.state[row]][1]] }), name,
        ...[data.models_named[data.rows.model[row]], data.when[row], data.where[row]].map((text) => make("td", { textContent: text })), make("td", {}, memo));
    });
    const turn = (by) => { this.page += by; this.showTable(); };
    this.rows.replaceChildren(found.length ? make("table", {}, make("caption", { textContent: this.number(found.length) + " " + words[found.length === 1 ? "agreementOne" : "agreementOther"] }), make("thead", {}, head), make("tbody", {}, ...body)) : make("p", { textContent: words.none }),
      pages > 1 ? make("div", { className: "pager" }, make("button", { type: "button", textContent: words.previous, disabled: !this.page, onclick: () => turn(-1) }),
        make("button", { type: "button", textContent: words.next, disabled: this.page >= pages - 1, onclick: () => turn(1) }), this.fill(words.page, { page: this.page + 1, pages })) : "");
  }

  /** The popup of a county; its parts come escaped from the maker of this file. */
  popup(geoid) {
    const { data, words } = this, county = this.time.position.get(geoid), // Who opens a county asks of that county: a filter of place, which may leave it out, does not count here.
      found = this.time.ofCounty(this.time.on(this.time.narrowed({ ...this.filters, states: [], counties: [] }), this.day, this.filters.status), county);
    const held = !data.covered || data.covered.some((code) => geoid.startsWith(code));
    const text = (told) => { const box = document.createElement("p"); box.textContent = told; return box.innerHTML; };
    const list = (heading, rows) => {
      if (!rows.length) return "";
      const agencies = new Map();
      rows.sort((one, other) => data.rank[one] - data.rank[other]);
      for (const row of rows) agencies.set(data.rows.agency[row], [...(agencies.get(data.rows.agency[row]) || []), row]);
      const items = [...agencies].map(([agency, held]) => `<li><b class="agency">${text(data.agencies[agency])}</b> <span class="extent">${text(data.extent[held[0]])}</span><ul>${held.map((row) => `<li>${data.popup[row]}</li>`).join("")}</ul></li>`);
      return `<h3>${text(heading)} (${this.number(rows.length)})</h3><ul class="agencies">${items.join("")}</ul>`;
    };
    if (!held) return `<article class="county-popup" lang="${data.lang}"><h2>${text(data.names[county])}</h2><p>${text(words.notHeld)}</p></article>`;
    const level = Math.max(found.statewide.length ? 1 : 0, ...found.local.map((row) => data.rows.level[row]));
    return `<article class="county-popup" lang="${data.lang}"><h2>${text(data.names[county])}</h2><p class="level">${text(data.levels[level])}</p><p class="as-of">${text(this.dated())}</p>` +
      list(words.localHeading, found.local) + list(words.stateHeading, found.statewide) + (level ? "" : `<p class="caution">${text(words.caution)}</p>`) + "</article>";
  }
}

offline.ready = new Promise((resolve) => {
  addEventListener("DOMContentLoaded", async () => {
    const data = JSON.parse(await offline.unpack("record.json"));
    const [shapes, names] = await Promise.all(["shapes.json", `names.${data.lang}.json`].map(async (name) => JSON.parse(await offline.unpack(name))));
    data.order = shapes.objects.counties.geometries.map((shape) => shape.id);
    data.names = names.counties;
    const shown = new OfflineMap(data);
    window.offlineMap = shown;
    resolve(shown);
    if (data.bounds) map.fitBounds(data.bounds, { padding: [10, 10], animate: false });
  });
});
