/* What a selection means for each county, and its popups; the record itself is read by timeline.js. */
"use strict";

/** The record joined to counties. `data` is what map_app/publish/data.py writes: the timeline and some words. */
function agreementRecord(data) {
  const time = new Timeline(data, data.codes, data.settings), { rows } = time;

  /** Return one byte per agreement: whether the filters keep it. */
  const mask = (filters) => time.on(time.narrowed(filters), filters.day, filters.status);

  /** Return the numbers of a selection, and what the map's frame paints; `legends` gives title and swatches by colour. */
  function selection(filters, color, legends, query, lang) {
    const sums = time.summary(mask(filters), filters.day, color), legend = legends[color], statewide = {}, runs = [];
    sums.statewide.forEach((n, i) => { if (n) statewide[data.states[i][0]] = n; });
    let last = -1;
    sums.local.forEach((n, at) => {
      if (!n) return;
      runs.push(at - last - 1, n);
      last = at;
    });
    const shown = legend.swatches.filter(([name]) => color === "level" || sums.present.has(name));
    const told = {
      classes: sums.classes, title: legend.title, local: runs, statewide,
      legend: [...shown, ...(time.narrows(filters, filters.day) ? legend.narrowed : legend.base)],
      within: filters.states.map((state) => data.states[state][0]),
      counties: [...sums.classes].filter((key) => key !== "0").length, query, lang,
    };
    return { revision: hash(JSON.stringify([told, color])), ...told, counts: sums.counts };
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
    const at = time.position.get(code), keep = mask({ ...filters, states: [], counties: [] }), state = time.stateOf.get(code.slice(0, 2));
    const sums = time.summary(keep, filters.day), level = Number(sums.classes[at]);
    const held = parts.rows.filter((row) => keep[row[0]]);
    const local = held.filter((row) => rows.counties[row[0]].includes(at));
    const of = (rank) => held.filter((row) => rows.level[row[0]] === rank && rows.state[row[0]] === state);
    const statewide = of(1), unplaced = of(0);
    const makers = [[], statewide, local, local.filter((row) => rows.level[row[0]] === 3)][level];
    const past = level > 0 && makers.every((row) => rows.status[row[0]] !== 0);
    const none = level === 0;
    const own = words.across[code.slice(0, 2)], alone = own && level === 1;
    const told = none && unplaced.length ? words.some(words.unplacedOnly, unplaced.length)
      : past ? (alone ? own.past : words.past[level]) : alone ? own.now : words.now[level];
    const heading = { local: words.some(words.local, local.length), statewide: words.some(own ? own.statewide : words.statewide, statewide.length) };
    const sumsTold = [local.length && heading.local, statewide.length && heading.statewide].filter(Boolean);
    const html = [
      `<article class="county-popup" lang="${words.lang}">`,
      `<h2>${escapeHtml(name)}</h2><p class="level level-${words.levels[level]}">${escapeHtml(told)}</p>`,
      `<p class="sums">${escapeHtml(words.listing(sumsTold))}</p><p class="as-of">${escapeHtml(data.newest === null ? words.noList : time.dated(filters.day, words, words.lang))}</p>`,
    ];
    for (const [title, agreements] of [[heading.local, local], [heading.statewide, statewide]]) {
      if (!agreements.length) continue;
      const groups = new Map();
      agreements.forEach((row) => groups.set(row[1], [...(groups.get(row[1]) || []), row]));
      const items = [...groups.values()].map((group) =>
        `<li><b class="agency">${parts.agencies[group[0][1]]}</b> <span class="extent">${group[0][2]}</span>` +
        `<ul>${group.map((row) => `<li>${row[3]}</li>`).join("")}</ul></li>`);
      html.push(`<h3>${escapeHtml(title)}</h3><ul class="agencies">${items.join("")}</ul>`);
    }
    if (unplaced.length && !none) html.push(`<p class="unplaced">${escapeHtml(words.some(words.unplacedToo, unplaced.length))}</p>`);
    if (none) html.push(`<p class="caution">${escapeHtml(words.caution)}</p>`);
    return html.join("") + "</article>";
  }

  return { time, mask, selection, popup };
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
