/* The record in the browser: any day's selection, counts and colours, the same as the server gives (timeline.py). */
"use strict";

class Timeline {
  constructor(data, counties, settings) {
    this.data = data;
    this.rows = data.rows;
    this.length = data.rows.state.length;
    this.counties = counties; // GEOIDs in the order of the shapes
    this.settings = settings; // yearStarts, numberEnds
    this.newest = data.newest === null ? 0 : data.newest;
    this.position = new Map(counties.map((geoid, i) => [geoid, i]));
    this.stateOf = new Map(data.states.map(([fips, abbr], i) => [fips, i]));
    this.stateByAbbr = new Map(data.states.map(([, abbr], i) => [abbr, i]));
    this.stateOfCounty = counties.map((geoid) => this.stateOf.get(geoid.slice(0, 2)));
  }

  /** Day number of a day written YYYY-MM-DD, or null. */
  dayOf(text) {
    const at = /^\d{4}-\d{2}-\d{2}$/.test(text || "") ? Date.parse(text + "T00:00:00Z") : NaN;
    if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) return null;
    const day = Math.round((at - Date.parse(this.data.epoch + "T00:00:00Z")) / 864e5);
    return day >= 0 ? day : null;
  }
  dateOf(day) { return new Date(Date.parse(this.data.epoch + "T00:00:00Z") + day * 864e5); }
  /** A day as a language writes it. */
  dayWords(day, lang) {
    const told = new Intl.DateTimeFormat(lang === "es" ? "es-US" : "en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    return told.format(this.dateOf(day));
  }
  /** What a selection is dated by: ICE's list of that day, or documents of the time; `words` has `list` and `documents`. */
  dated(day, words, lang) {
    const told = (form, at) => form.replace("{day}", this.dayWords(at, lang));
    if (this.data.newest !== null && (day === null || day >= this.newest)) return told(words.list, this.newest);
    const listed = this.data.lists.filter((list) => list <= day).pop();
    return listed === undefined ? told(words.documents, day) : told(words.list, listed);
  }
  textOf(day) { return this.dateOf(day).toISOString().slice(0, 10); }

  /** Filters of an address; what means nothing is left out, as the server does. */
  readFilters(query) {
    const bad = [], told = (name, text) => { bad.push(`${name}=${text}`); return null; };
    const words = (name) => query.getAll(name).flatMap((text) => text.split(",")).map((text) => text.trim()).filter(Boolean);
    const known = (name, read) => [...new Set(words(name).map((text) => {
      const value = read(text);
      return value === undefined || value === null || value === -1 ? told(name, text) : value;
    }).filter((value) => value !== null))];
    const years = (words("year").pop() || "").replace("–", "-").split("-").map((text) => text.trim());
    const goodYears = years.length <= 2 && years.every((year) => /^\d{4}$/.test(year) && year >= "2002" && year <= "2100");
    const status = (words("status").pop() || "").toLowerCase(), isStatus = ["active", "ended", "superseded", "all"].includes(status);
    const day = this.dayOf(words("as_of").pop());
    if (words("year").length && !goodYears) told("year", words("year").pop());
    if (status && !isStatus) told("status", status);
    if (words("as_of").length && day === null) told("as_of", words("as_of").pop());
    return {
      bad,
      models: known("model", (text) => this.data.models.indexOf(text.toUpperCase())),
      years: goodYears ? years.map(Number).sort((a, b) => a - b) : null,
      states: known("state", (text) => this.stateByAbbr.get(text.toUpperCase())),
      counties: known("county", (text) => this.position.get(text)),
      types: known("agency_type", (text) => this.data.types.indexOf(text.toLowerCase())),
      status: isStatus ? status : "active",
      day,
    };
  }

  /** Whether filters leave agreements of the day out, so that an absence is one of the selection only. */
  narrows(filters, day) {
    const { models, years, states, counties, types, status } = filters;
    return Boolean(models.length || years || states.length || counties.length || types.length || (day === null && status !== "active"));
  }

  /** How old the newest list is where that has to be said: now, not a day chosen, and more than some days; else 0. */
  daysOld(day, now = new Date()) {
    if (day !== null || this.data.newest === null) return 0;
    const age = Math.round((Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - this.dateOf(this.newest)) / 864e5);
    return age > this.settings.recentDays ? age : 0;
  }

  inForce(row, day) {
    const spans = this.rows.spans[row];
    for (let i = 0; i < spans.length; i += 2) if (spans[i] <= day && (i + 1 >= spans.length || day < spans[i + 1])) return true;
    return false;
  }

  /** Agreements the filters keep whatever the day: one byte each. */
  narrowed(filters) {
    const rows = this.rows, keep = new Uint8Array(this.length);
    const has = (values) => (values.length ? new Set(values) : null);
    const models = has(filters.models), states = has(filters.states), types = has(filters.types), counties = has(filters.counties);
    const around = counties && new Set(filters.counties.map((i) => this.stateOfCounty[i]));
    for (let row = 0; row < this.length; row++) {
      keep[row] =
        (!models || models.has(rows.model[row])) &&
        (!filters.years || (rows.year[row] && rows.year[row] >= filters.years[0] && rows.year[row] <= filters.years[filters.years.length - 1])) &&
        (!states || states.has(rows.state[row])) &&
        (!types || types.has(rows.type[row])) &&
        (!counties || (rows.level[row] === 1 ? around.has(rows.state[row]) : rows.counties[row].some((i) => counties.has(i)))) ? 1 : 0;
    }
    return keep;
  }

  /** Agreements kept on a day; without one, those of the status asked for. */
  on(narrowed, day, status = "active") {
    const kept = new Uint8Array(this.length), wanted = ["active", "ended", "superseded"].indexOf(status);
    for (let row = 0; row < this.length; row++) {
      if (narrowed[row]) kept[row] = (day === null ? wanted < 0 || this.rows.status[row] === wanted : this.inForce(row, day)) ? 1 : 0;
    }
    return kept;
  }

  modelOn(row, day) {
    const switched = this.rows.switched[row];
    return switched !== null && day !== null && switched <= day ? 0 : this.rows.model[row];
  }

  /** The numbers beside a selection, and how it paints each county (keys as in map_layers.py). */
  summary(mask, day, color = "level") {
    const rows = this.rows, n = this.counties.length;
    const level = new Uint8Array(n), local = new Uint16Array(n), bits = new Uint8Array(n), first = new Uint16Array(n).fill(9999);
    const statewide = new Uint16Array(this.data.states.length), seen = new Set(), states = new Set();
    const byModel = new Array(this.data.models.length).fill(0);
    let agreements = 0, across = 0, unplaced = 0, covered = 0;
    for (let row = 0; row < this.length; row++) {
      if (!mask[row]) continue;
      const model = this.modelOn(row, day), rank = rows.level[row];
      agreements++;
      seen.add(rows.agency[row]);
      states.add(rows.state[row]);
      byModel[model]++;
      if (rank === 1) { statewide[rows.state[row]]++; across++; continue; }
      if (rank === 0) unplaced++;
      for (const i of rows.counties[row]) {
        if (!local[i]++) covered++;
        if (rank > level[i]) level[i] = rank;
        bits[i] |= 1 << model;
        if (rows.year[row] && rows.year[row] < first[i]) first[i] = rows.year[row];
      }
    }
    const { yearStarts, numberEnds } = this.settings, classes = new Array(n), present = new Set();
    for (let i = 0; i < n; i++) {
      let key = statewide[this.stateOfCounty[i]] ? "1" : "0";
      if (local[i]) {
        if (color === "model") key = { 1: "a", 2: "b", 4: "c", 8: "d" }[bits[i]] || "e";
        else if (color === "year") key = first[i] === 9999 ? "r" : "rmnopq"[yearStarts.filter((year) => year <= first[i]).length];
        else if (color === "number") key = "vwxyz"[numberEnds.filter((end) => end < local[i]).length];
        else key = String(level[i] || 0);
      }
      classes[i] = key;
      present.add(key);
    }
    return {
      classes: classes.join(""), present, local, statewide, byModel,
      counts: { agreements, agencies: seen.size, counties: covered, states: states.size, statewide: across, unplaced },
    };
  }

  /** Agreements added, ended, replaced, off the lists and back after one day and up to another (changes.py). */
  changes(narrowed, start, end) {
    const found = { added: [], ended: [], superseded: [], unlisted: [], relisted: [], corrected: [] }, rows = this.rows;
    const within = (day) => day !== null && day > start && day <= end;
    for (let row = 0; row < this.length; row++) {
      if (!narrowed[row]) continue;
      if (within(rows.began[row])) {
        found.added.push(row);
        if (rows.changed[row] & 4) found.corrected.push(row);
      }
      if (within(rows.stopped[row])) {
        if (rows.changed[row] & 1) found.ended.push(row);
        if (rows.changed[row] & 2) found.superseded.push(row);
      }
    }
    for (const [row, left, back] of this.data.away) {
      if (narrowed[row] && within(left)) found.unlisted.push(row);
      if (narrowed[row] && within(back)) found.relisted.push(row);
    }
    return found;
  }

  /** Local and statewide agreements of a selection in a county. */
  ofCounty(mask, county) {
    const local = [], statewide = [], state = this.stateOfCounty[county];
    for (let row = 0; row < this.length; row++) {
      if (!mask[row]) continue;
      if (this.rows.level[row] === 1) { if (this.rows.state[row] === state) statewide.push(row); }
      else if (this.rows.counties[row].includes(county)) local.push(row);
    }
    return { local, statewide };
  }

  /** Days to stop at: the last day of each month or quarter from the first one on, and the newest list's. */
  stops(months) {
    const first = this.dateOf(0), found = [];
    for (let k = months; ; k += months) {
      const day = Math.round((Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + k, 0) - first) / 864e5);
      if (day >= this.newest) break;
      found.push(day);
    }
    found.push(this.newest);
    return found;
  }

  gapAround(day) { return this.data.gaps.find(([from, to]) => from < day && day < to) || null; }
}
