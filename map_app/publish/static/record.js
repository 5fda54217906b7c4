/* What a selection means for each county, worked out in the browser as map_app/coverage.py and map_layers.py do. */
"use strict";

/**
 * The record joined to counties.
 * `data` is what map_app/publish/data.py writes: one column per fact, one entry per agreement.
 */
function agreementRecord(data) {
  const count = data.model.length, counties = data.codes.length;
  const stateOfCounty = data.codes.map((code) => code.slice(0, 2));
  const positions = new Map(data.codes.map((code, i) => [code, i]));

  /** Return one boolean per agreement: whether the filters keep it. */
  function mask(filters) {
    const keep = new Uint8Array(count);
    const among = (values, value) => !values || !values.length || values.includes(value);
    for (let i = 0; i < count; i++) {
      const year = data.year[i];
      keep[i] = (filters.status === "all" || data.status[i] === (filters.status || "active")) &&
        among(filters.model, data.model[i]) && among(filters.state, data.abbr[i]) && among(filters.agency_type, data.type[i]) &&
        (!filters.year || (year && year >= filters.year[0] && year <= filters.year[1])) ? 1 : 0;
    }
    return keep;
  }

  function summary(keep) {
    const levels = new Uint8Array(counties), local = new Uint16Array(counties), models = new Uint8Array(counties);
    const years = new Uint16Array(counties), statewide = {};
    for (let i = 0; i < count; i++) {
      if (!keep[i]) continue;
      if (data.level[i] === 1) statewide[data.fips[i]] = (statewide[data.fips[i]] || 0) + 1;
      for (const at of data.counties[i]) {
        local[at]++;
        levels[at] = Math.max(levels[at], data.level[i]);
        models[at] |= 1 << data.models.indexOf(data.model[i]);
        if (data.year[i] && (!years[at] || data.year[i] < years[at])) years[at] = data.year[i];
      }
    }
    for (let at = 0; at < counties; at++) if (!levels[at] && statewide[stateOfCounty[at]]) levels[at] = 1;
    return { levels, local, models, years, statewide };
  }

  function counts(keep) {
    const agencies = new Set(), covered = new Set(), states = new Set();
    let agreements = 0, unplaced = 0;
    for (let i = 0; i < count; i++) {
      if (!keep[i]) continue;
      agreements++;
      agencies.add(data.agency[i]);
      states.add(data.abbr[i]);
      data.counties[i].forEach((at) => covered.add(at));
      unplaced += data.level[i] === 0 ? 1 : 0;
    }
    return { agreements, agencies: agencies.size, counties: covered.size, states: states.size, unplaced };
  }

  /** Return the swatch key of a county that has local agreements. */
  function key(sums, at, color) {
    if (color === "model") {
      const bits = sums.models[at], one = [1, 2, 4, 8].indexOf(bits);
      return one < 0 ? "e" : "abcd"[one];
    }
    if (color === "year") return "rmnopq"[data.yearStarts.filter((start) => start <= sums.years[at]).length];
    return "vwxyz"[data.numberEnds.filter((end) => end < sums.local[at]).length];
  }

  /** Return what the map's frame paints; `legends` gives title and swatches by colour, in the reader's language. */
  function selection(filters, color, legends, query, lang) {
    const sums = summary(mask(filters)), legend = legends[color];
    let classes = "";
    for (let at = 0; at < counties; at++) {
      const base = sums.statewide[stateOfCounty[at]] ? "1" : "0";
      classes += color === "level" ? sums.levels[at] : sums.local[at] ? key(sums, at, color) : base;
    }
    const runs = [];
    let last = -1, filled = 0;
    for (let at = 0; at < counties; at++) {
      filled += sums.levels[at] ? 1 : 0;
      if (!sums.local[at]) continue;
      runs.push(at - last - 1, sums.local[at]);
      last = at;
    }
    const shown = legend.swatches.filter(([name]) => color === "level" || classes.includes(name));
    const told = {
      classes, title: legend.title, legend: [...shown, ...(Object.keys(query).length ? legend.narrowed : legend.base)], local: runs, statewide: sums.statewide,
      within: (query.state || []).map((abbr) => data.fips[data.abbr.indexOf(abbr)]).filter(Boolean),
      counties: filled, query, lang,
    };
    return { revision: hash(JSON.stringify([told, color])), ...told };
  }

  /** Return twelve hexadecimal digits that stand for a text. */
  function hash(text) {
    let a = 0x811c9dc5, b = 0x1000193;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193) >>> 0;
      b = Math.imul(b + text.charCodeAt(i), 0x85ebca6b) >>> 0;
    }
    return (a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0")).slice(0, 12);
  }

  /** Return the popup of a county as HTML; every text of the record in it is escaped where it was written. */
  function popup(code, filters, parts, words, name) {
    const at = positions.get(code), keep = mask(filters), sums = summary(keep);
    const rows = parts.rows.filter((row) => keep[row[0]]);
    const local = rows.filter((row) => data.counties[row[0]].includes(at));
    const of = (level) => rows.filter((row) => data.level[row[0]] === level && data.fips[row[0]] === code.slice(0, 2));
    const statewide = of(1), unplaced = of(0), level = words.levels[sums.levels[at]];
    const makers = [[], statewide, local, local.filter((row) => data.level[row[0]] === 3)][sums.levels[at]];
    const past = sums.levels[at] > 0 && makers.every((row) => data.status[row[0]] !== "active");
    const none = sums.levels[at] === 0;
    const told = none && unplaced.length ? words.some(words.unplacedOnly, unplaced.length)
      : past ? words.past[sums.levels[at]] : words.now[sums.levels[at]];
    const heading = { local: words.some(words.local, local.length), statewide: words.some(words.statewide, statewide.length) };
    const sumsTold = [local.length && heading.local, statewide.length && heading.statewide].filter(Boolean);
    const html = [
      `<article class="county-popup" lang="${words.lang}">`,
      `<h2>${escapeHtml(name)}</h2><p class="level level-${level}">${escapeHtml(told)}</p>`,
      `<p class="sums">${escapeHtml(words.listing(sumsTold))}</p><p class="as-of">${escapeHtml(words.asOf)}</p>`,
    ];
    for (const [title, held] of [[heading.local, local], [heading.statewide, statewide]]) {
      if (!held.length) continue;
      const groups = new Map();
      held.forEach((row) => groups.set(row[1], [...(groups.get(row[1]) || []), row]));
      const items = [...groups.values()].map((group) =>
        `<li><b class="agency">${parts.agencies[group[0][1]]}</b> <span class="extent">${group[0][2]}</span>` +
        `<ul>${group.map((row) => `<li>${row[3]}</li>`).join("")}</ul></li>`);
      html.push(`<h3>${escapeHtml(title)}</h3><ul class="agencies">${items.join("")}</ul>`);
    }
    if (unplaced.length && !none) html.push(`<p class="unplaced">${escapeHtml(words.some(words.unplacedToo, unplaced.length))}</p>`);
    if (none) html.push(`<p class="caution">${escapeHtml(words.caution)}</p>`);
    return html.join("") + "</article>";
  }

  return { mask, counts, selection, popup };
}

/** Return text as HTML that shows it, as Python's html.escape does. */
function escapeHtml(text) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  return String(text).replace(/[&<>"']/g, (sign) => signs[sign]);
}

/** Give the words of a language their functions: counted forms, and lists as a sentence has them. */
function speaking(words) {
  words.number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, words.group);
  words.some = (forms, n) => forms[n === 1 ? 0 : 1].replaceAll("{n}", words.number(n));
  words.listing = (parts) => (parts.length < 2 ? parts.join("") : words.pair.replace("{first}", parts.slice(0, -1).join(", ")).replace("{last}", parts.at(-1)));
  return words;
}

/** Return the filters a query asks for, as map_app/filters.py reads them; values that mean nothing are left out. */
function filtersOf(query, known) {
  const listed = (name) => query.getAll(name).flatMap((text) => text.split(",")).map((text) => text.trim()).filter(Boolean);
  const filters = { model: [], state: [], agency_type: [], status: "active", year: null }, bad = [];
  const keep = (name, read) => listed(name).forEach((text) => {
    const value = read(text);
    if (value === undefined) bad.push([name, text]);
    else if (!filters[name].includes(value)) filters[name].push(value);
  });
  keep("model", (text) => known.model.find((code) => code === text.toUpperCase()));
  keep("state", (text) => known.state.find((abbr) => abbr === text.toUpperCase()));
  keep("agency_type", (text) => known.agency_type.find((kind) => kind === text.toLowerCase()));
  const last = (name) => listed(name).at(-1);
  const status = last("status"), years = last("year");
  if (status !== undefined) {
    if (known.status.includes(status.toLowerCase())) filters.status = status.toLowerCase();
    else bad.push(["status", status]);
  }
  if (years !== undefined) {
    const found = /^(\d{4})(?:[-–](\d{4}))?$/.exec(years);
    if (found) filters.year = [Number(found[1]), Number(found[2] || found[1])].sort((a, b) => a - b);
    else bad.push(["year", years]);
  }
  return [filters, bad];
}
