/* Finds the places a text names, in the browser: geo/search.py and map_app/lookup.py once more, over the same tables.
 * A test compares the two over thousands of texts. Nothing typed leaves the page. */
"use strict";

function placeSearch(tables) {
  const lines = tables.names.split("\n"), zips = tables.zips.split("\n");
  const country = new Set(tables.country), generic = new Set(tables.generic), oneCounty = new Set(tables.oneCounty);
  const fillers = new Set(tables.fillers), stateOf = tables.stateOf, agencyWords = tables.agencyWords;
  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);
  const get = (object, name, other) => (has(object, name) ? object[name] : other);
  const codes = (listed) => (listed ? listed.split(";") : []);

  // ---- words
  const dropped = new Set(tables.dropped);
  const ascii = (text) => Array.from(text, (sign) =>
    dropped.has(sign) ? "" : sign.charCodeAt(0) > 127 ? sign : /[a-z0-9]/i.test(sign) ? sign.toLowerCase() : " ").join("");
  function fold(text) {
    const plain = ascii(text);
    if (/^[\0-\x7f]*$/.test(plain)) return plain;
    const bare = ascii(plain.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase().replaceAll("ß", "ss"));
    return bare.replace(/[^\p{L}\p{N}]/gu, " ");
  }
  const words = (text) => text.split(/\s+/).filter(Boolean);
  const keyOf = (list) => list.map((word) => get(tables.sameWords, word, word)).join("");
  const full = (list) => list.map((word, i) => (i ? get(tables.full, word, word) : get(tables.fullFirst, word, get(tables.full, word, word))));

  // ---- the index: lines in the order of their keys
  function bisect(list, text) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  const entry = (line) => {
    const [, kind, state, name, geoids, touched, weight, why, countyKind, mail] = line.split("\t");
    return { kind, state, name, geoids: codes(geoids), touched: codes(touched), weight: Number(weight), why, countyKind, mail: codes(mail), id: line.slice(line.indexOf("\t")) };
  };
  // A tab ends a key; it sorts before every sign of one, and "\n" is the next sign.
  const exact = (key) => lines.slice(bisect(lines, key + "\t"), bisect(lines, key + "\n")).map(entry);
  const starting = (key) => lines.slice(bisect(lines, key), bisect(lines, key + "~")).map(entry);
  const match = (found, why) => ({
    kind: found.kind, name: found.name, state: found.state, geoids: found.geoids, touched: found.touched, complete: true, mail: found.mail, why: why || found.why,
  });

  /** Return how alike two texts are, 1 where they are equal: changes, and swaps of neighbours, by the longer length. */
  function likeness(a, b, floor) {
    const longest = Math.max(a.length, b.length);
    if (!longest) return 1;
    const most = (1 - floor) * longest + 1e-9;
    if (Math.abs(a.length - b.length) > most) return 0;
    let before = [], last = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      let least = i;
      for (let j = 1; j <= b.length; j++) {
        const same = a[i - 1] === b[j - 1] ? 0 : 1;
        let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2] + 1);
        row.push(cost);
        if (cost < least) least = cost;
      }
      if (least > most + 1) return 0;
      before = last;
      last = row;
    }
    const alike = 1 - last[b.length] / longest;
    return alike >= floor ? alike : 0;
  }
  function nearest(text, pool, floor, limit, by = likeness) {
    const found = [];
    pool.forEach((name, i) => {
      const alike = by(text, name, floor);
      if (alike >= floor && alike > 0) found.push([name, alike, i]);
    });
    return found.sort((a, b) => b[1] - a[1] || a[2] - b[2]).slice(0, limit);
  }
  let distinct = null, byState = null;
  function near(key, state) {
    if (key.length < 4) return [];
    if (!distinct) {
      distinct = [...new Set(lines.map((line) => line.slice(0, line.indexOf("\t"))))];
      byState = {};
      for (const line of lines) {
        const [name, , at] = line.split("\t", 3);
        (byState[at] = byState[at] || []).push(name);
      }
    }
    const pool = state ? byState[state] || [] : distinct, floor = key.length > 9 ? 0.72 : tables.alike;
    const alike = new Map(nearest(key, pool, floor, 40).map(([name, value]) => [name, value]));
    return [...alike].flatMap(([name, value]) => exact(name).filter((e) => !state || e.state === state).map((e) => [value, e]));
  }

  // ---- reading what was typed
  function splitKind(list) {
    const found = [[list, ""]], text = list.join(" ");
    for (const [lead, kind] of tables.leads) {
      if (!text.startsWith(lead + " ")) continue;
      const rest = list.slice(words(lead).length);
      return [...found, [rest, kind], ...splitKind(rest).slice(1).filter(([, again]) => again === kind)];
    }
    for (const [trail, kind] of tables.trails) {
      if (!text.endsWith(" " + trail)) continue;
      if (trail === "co" && ["county", "parish"].includes(list.at(-2))) break;
      found.push([list.slice(0, -words(trail).length), kind]);
      break;
    }
    return found;
  }
  function readings(segments) {
    const found = [];
    const add = (list, state) => splitKind(list).forEach(([name, kind]) => name.length && found.push({ words: name, state, kind }));
    if (segments.length > 1) {
      const last = segments.at(-1);
      let state = get(stateOf, keyOf(last), "");
      if (!state) {
        const named = splitKind(last).find(([rest, kind]) => kind === "state" && has(stateOf, keyOf(rest)));
        state = named ? stateOf[keyOf(named[0])] : "";
      }
      if (state) {
        segments.slice(0, -1).forEach((list) => add(list, state));
        return found;
      }
    }
    const all = segments.flat();
    add(all, "");
    for (let cut = 1; cut < all.length; cut++) {
      const behind = get(stateOf, keyOf(all.slice(cut)), ""), before = get(stateOf, keyOf(all.slice(0, cut)), "");
      if (behind) {
        let rest = all.slice(0, cut);
        while (rest.length > 1 && ["en", "in", "de"].includes(rest.at(-1))) rest = rest.slice(0, -1);
        add(rest, behind);
      }
      if (before && keyOf(all.slice(0, cut)).length > 2) add(all.slice(cut), before);
    }
    return found;
  }
  function fits(e, kind) {
    if (!kind) return true;
    if (kind === "state") return e.kind === "state" || (e.kind === "county" && oneCounty.has(e.state));
    if (kind === "town" || kind === "township") return e.kind === "town";
    if (kind === "city") return e.kind === "town" || e.countyKind === "city";
    if (e.kind !== "county" && e.kind !== "region") return false;
    return e.countyKind === kind || (generic.has(kind) && !["city", "county"].includes(e.countyKind));
  }
  function lookedUp(reading) {
    for (const key of new Set([keyOf(reading.words), keyOf(full(words(fold(reading.words.join(" ")))))])) {
      const found = exact(key).filter((e) => (!reading.state || e.state === reading.state) && fits(e, reading.kind));
      if (found.length && generic.has(reading.kind)) {
        const own = found.filter((e) => e.countyKind === reading.kind);
        return own.length ? own : found;
      }
      if (found.length) return found;
    }
    return [];
  }
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  function samePlace(entries) {
    const ranked = [...entries].sort((a, b) =>
      b.weight - a.weight || (a.why !== "name") - (b.why !== "name") || (a.kind !== "county") - (b.kind !== "county") ||
      order(a.state, b.state) || order(a.name, b.name));
    const kept = new Map();
    for (const e of ranked) {
      const id = JSON.stringify([e.kind, e.state, e.name, e.geoids]);
      if (!kept.has(id)) kept.set(id, e);
    }
    const countyOf = new Set([...kept.values()].filter((e) => e.kind === "county").map((e) => e.geoids.join(";")));
    return [...kept.values()].filter((e) => !(e.kind === "town" && countyOf.has(e.geoids.join(";")) && !e.touched.length));
  }
  function foundBy(all) {
    const whole = [], stripped = [];
    for (const reading of all) {
      if (reading.kind === "township") continue;
      (["city", "town", "state"].includes(reading.kind) ? stripped : whole).push(...lookedUp(reading));
    }
    const found = samePlace([...whole, ...stripped.filter((e) => !whole.length || e.kind !== "town")]);
    if (all.some((reading) => reading.state && !reading.kind)) found.sort((a, b) => (a.kind === "county") - (b.kind === "county"));
    return found;
  }
  function segmentsOf(query) {
    const parts = query.split(/[,;()\n]/).map((part) => words(fold(part))).filter((part) => part.length);
    while (parts.length > 1 && country.has(keyOf(parts.at(-1)))) parts.pop();
    const said = tables.saidFirst.find((first) => parts.length && parts[0].length > first.length && first.every((word, i) => parts[0][i] === word));
    if (said) parts[0] = parts[0].slice(said.length);
    for (const length of [1, 2]) {
      const last = parts.at(-1);
      if (last && last.length > length && country.has(keyOf(last.slice(-length)))) parts[parts.length - 1] = last.slice(0, -length);
    }
    return parts;
  }
  const longest = (all) => Math.max(...all.map((reading) => keyOf(reading.words).length));
  function statesNear(key) {
    if (key.length < 4) return [];
    const names = Object.keys(stateOf).filter((name) => name.length > 3);
    return [...new Set(nearest(key, names, tables.alike, 3).map(([name]) => stateOf[name]))];
  }
  function begun(segments, limit) {
    if (!segments.length) return [];
    const found = [];
    for (const reading of readings(segments)) {
      const key = keyOf(reading.words);
      if (key.length < 2 || reading.kind === "state") continue;
      found.push(...starting(key).filter((e) => (!reading.state || e.state === reading.state) && fits(e, reading.kind)));
    }
    return samePlace(found).sort((a, b) => (a.why !== "name") - (b.why !== "name")).slice(0, limit).map((e) => match(e, "start"));
  }
  function narrowed(found, segments) {
    if (segments.length < 2) return found;
    const named = new Set();
    for (const list of segments.slice(1)) for (const [name, kind] of splitKind(list)) {
      if (["county", "parish", "borough"].includes(kind))
        exact(keyOf(name)).filter((e) => e.kind === "county").forEach((e) => e.geoids.forEach((code) => named.add(code)));
    }
    const inside = found.filter((e) => e.kind === "town" && [...e.geoids, ...e.touched].some((code) => named.has(code)));
    return inside.length ? inside : found;
  }
  function suggested(segments, all) {
    const towns = samePlace(all.filter((r) => r.kind === "township").flatMap(lookedUp)).map((e) => match(e, "start"));
    const told = (m) => JSON.stringify(m);
    const seen = new Set(towns.map(told));
    const first = [...towns, ...begun(segments, 50).filter((m) => !seen.has(told(m)))];
    const tried = new Map(), add = (name, state, kind, keep) => {
      const id = `${keyOf(name)}|${state}`;
      if (!keep || !tried.has(id)) tried.set(id, [keyOf(name), state, kind]);
    };
    all.forEach((r) => {
      const id = `${keyOf(r.words)}|${r.state}`;
      if (r.words.length) tried.set(id, [keyOf(r.words), r.state, r.kind]);
    });
    if (segments.length > 1) {
      for (const state of statesNear(keyOf(segments.at(-1)))) splitKind(segments[0]).forEach(([name, kind]) => add(name, state, kind, true));
    } else {
      const list = segments[0] || [];
      for (let cut = 1; cut < list.length; cut++)
        for (const state of statesNear(keyOf(list.slice(cut)))) splitKind(list.slice(0, cut)).forEach(([name, kind]) => add(name, state, kind, true));
    }
    const best = new Map();
    for (const [key, state, kind] of tried.values()) for (const [alike, e] of near(key, state)) {
      if (!fits(e, kind)) continue;
      const known = best.get(e.id);
      best.set(e.id, [known ? known[0] : e, Math.max(known ? known[1] : 0, alike)]);
    }
    if (!best.size) return first;
    const top = Math.max(...[...best.values()].map(([, alike]) => alike));
    const alikeOf = (e) => best.get(e.id)[1];
    const close = samePlace([...best.values()].map(([e]) => e)).filter((e) => alikeOf(e) >= top - 0.08).sort((a, b) => alikeOf(b) - alikeOf(a));
    const place = (m) => JSON.stringify([m.kind, m.name, m.state]), shown = new Set(first.map(place));
    return [...first, ...close.map((e) => match(e, "spelling")).filter((m) => !shown.has(place(m)))];
  }

  // ---- results
  function result(query, matches, limit) {
    const places = new Set(matches.map((m) => (m.geoids.length ? m.geoids.join(";") : `${m.kind}|${m.state}`)));
    const alone = places.size === 1 && matches.every((m) => m.geoids.length < 2);
    const kept = matches.slice(0, limit);
    return { query, status: alone ? "one" : "several", matches: kept, suggestions: [], leftOff: matches.length - kept.length, unknownAgency: false };
  }
  const nothing = (query, status, near = [], leftOff = 0) => ({ query, status, matches: [], suggestions: near, leftOff, unknownAgency: false });
  const clean = (query) => words(Array.from(query).slice(0, tables.maxQuery).join("")).join(" ");
  function search(query, limit) {
    const shown = clean(query), plain = shown.normalize("NFKC");
    const codesTyped = [...plain.matchAll(/(?<!\d)(\d{5})(?:[ -]?\d{4})?(?!\d)/g)].map((found) => found[1]);
    const unique = [...new Set(codesTyped)];
    if (unique.length) {
      const code = unique.at(-1), line = zips[bisect(zips, code + "\t")];
      if (line && line.startsWith(code + "\t")) {
        const [, listed, complete] = line.split("\t"), geoids = codes(listed);
        const state = tables.stateOfFips[geoids[0].slice(0, 2)];
        return result(shown, [{ kind: "zip", name: code, state, geoids, touched: [], complete: complete === "1", mail: [], why: "name" }], limit);
      }
    }
    if (/^[\d\s-]*$/.test(plain)) return nothing(shown, plain.replace(/\D/g, "").length < 5 ? "too_short" : "none");
    const segments = segmentsOf(unique.length ? plain.replace(/\d+(-\d+)?/g, " ") : plain), all = readings(segments);
    if (!all.length || longest(all) < 2) return nothing(shown, "too_short");
    const found = narrowed(foundBy(all), segments);
    if (found.length) return result(shown, found.map((e) => match(e)), limit);
    const near = suggested(segments, all), kept = near.slice(0, limit);
    return nothing(shown, !near.length && longest(all) < 3 ? "too_short" : "none", kept, near.length - kept.length);
  }

  // ---- agencies
  const sameWord = (word) => get(agencyWords, word, word);
  const nameWords = (name) => words(fold(name)).map((word) => (word === "saint" ? "st" : word));
  function initialsOf(name) {
    const told = words(fold(name)).filter((word) => !["of", "the", "and"].includes(word));
    const first = (list) => list.map((word) => word[0]).join("");
    return [first(told), first(told.filter((word) => word !== "county"))];
  }
  let agencies = null;
  function knownAgencies() {
    return (agencies = agencies || tables.agencies.map(([name, state, geoids, place]) => {
      const tokens = new Set(nameWords(name).filter((word) => !fillers.has(word)).map(sameWord));
      const placed = new Set(nameWords(place).filter((word) => !fillers.has(word)).map(sameWord));
      return { tokens, placed, text: [...tokens].sort().join(" "), initials: initialsOf(name), match: { kind: "agency", name, state, geoids, touched: [], complete: true, mail: [], why: "name" } };
    }));
  }
  function agencyWordNear(word) {
    if (word.length < 5 || has(agencyWords, word)) return word;
    const found = nearest(word, tables.spelledOften, 0.7, 1);
    return found.length ? found[0][0] : word;
  }
  const isAgencyWord = (word) => {
    const folded = agencyWordNear(fold(word).trim());
    return has(agencyWords, folded) || ["office", "department", "dept", "departamento", "oficina"].includes(folded);
  };
  function splitState(list) {
    for (let cut = 1; cut < list.length; cut++) {
      const state = get(stateOf, keyOf(list.slice(cut)), "");
      if (state) return [state, list.slice(0, cut)];
    }
    return ["", list];
  }
  const kinds = new Set(Object.values(agencyWords)), ofPlaces = new Set(tables.ofPlaces), added = new Set(tables.added);
  /** Return whether words tell one agency from another, not only its kind and that of its place. */
  const telling = (wanted) => wanted.some((word) => !kinds.has(word) && !ofPlaces.has(word));
  function wantedOf(list) {
    const [state, rest] = splitState(list);
    const wanted = rest.filter((word) => !fillers.has(word) && word !== "condado").map(sameWord);
    return [state, telling(wanted) ? wanted : []];
  }
  /** Return the state that words end or begin with, and the other words. */
  function stateAt(list) {
    const [state, rest] = splitState(list);
    if (state) return [state, rest];
    for (let cut = 1; cut === 1 || cut < Math.min(list.length, 4); cut++) {
      const [before, behind] = splitState([...list.slice(cut), ...list.slice(0, cut)]);
      if (before && behind.length === list.length - cut) return [before, behind];
    }
    return ["", list];
  }
  /** Return what an abbreviation or another name stands for: [words, state, whether it is that agency's own]. */
  function meantBy(list) {
    const [state, rest] = stateAt(list);
    const written = rest.filter((word) => !fillers.has(word)).join(" "), alone = !written.includes(" ");
    const own = [], general = [];
    for (const [means, of] of get(tables.written, written, [])) {
      if (of && (state === of || (alone && !state))) own.push([means, of, true]);
      else if (!of && (alone || state)) general.push([means, state, alone]);
    }
    return own.length ? own : general;
  }
  function called([means, state, byName]) {
    const found = findAgencies([...nameWords(means), ...nameWords(state ? tables.stateNames[state] : "")]);
    const named = found.filter((m) => fold(m.name).includes(fold(means)));
    if (byName) return named.length ? named : found;
    return named.map((m) => ({ ...m, why: "spelling" }));
  }
  function stateNamed(list) {
    const [state, rest] = stateAt(list);
    const left = rest.filter((word) => !has(agencyWords, word) && !fillers.has(word) && !tables.ofStates.includes(word));
    return state && !left.length && rest.length ? tables.stateNames[state] : "";
  }
  function withInitials(list) {
    const [state, rest] = stateAt(list);
    if (rest.length !== 1 || Array.from(rest[0]).length < 3 || Array.from(rest[0]).length > 6) return [];
    return knownAgencies().filter((each) => each.initials.includes(rest[0]) && (!state || each.match.state === state))
      .map((each) => ({ ...each.match, why: "spelling" })).sort((a, b) => order(a.state, b.state) || order(a.name, b.name));
  }
  function withoutAgencyWords(query) {
    let left = words(query).filter((word) => !isAgencyWord(word));
    while (left.length && ["de", "del", "of", "the"].includes(fold(left[0]).trim())) left = left.slice(1);
    return left.join(" ");
  }
  function soCalled(found, list) {
    const [state, rest] = stateAt(list), written = rest.join(" ");
    return !state || !has(tables.written, written) ? found : found.filter((m) => fold(m.name).includes(written));
  }
  /** Return the places that are likelier meant than those of the agencies of that name. */
  function likelier(query, list, found) {
    if (found.some((m) => !m.geoids.length)) return [];
    const state = stateNamed(list);
    if (state) return search(`state of ${state}`, Infinity).matches;
    if (stateAt(list)[0]) return [];
    const held = new Set(found.flatMap((m) => m.geoids)), all = search(withoutAgencyWords(query), Infinity).matches;
    const known = all.findIndex((m) => m.geoids.some((code) => held.has(code)));
    return all.slice(0, Math.max(0, Math.min(known, tables.likelier)));
  }
  /** Return the other counties of the name where no state is typed and a county's agency is meant. */
  function otherCounties(query, list, found) {
    if (!list.some((word) => tables.ofCounties.includes(sameWord(word))) || stateAt(list)[0]) return [];
    const held = new Set(found.flatMap((m) => m.geoids));
    return search(withoutAgencyWords(query), Infinity).matches.filter((m) => m.kind === "county" && !m.geoids.some((code) => held.has(code)));
  }
  /** Return whether words name an agency whole: all that tells it from others in its name, or its place. */
  function isNamed(each, list) {
    const typed = new Set(list.map(sameWord)), ofState = new Set(nameWords(tables.stateNames[each.match.state]));
    const own = (held) => [...held].filter((word) => !kinds.has(word) && !ofPlaces.has(word));
    for (const held of [each.tokens, each.placed]) {
      const all = own(held), less = all.filter((word) => !ofState.has(word));
      if (all.length && (less.length ? less : all).every((word) => typed.has(word))) return true;
    }
    const said = new Set(own(stateAt(list)[1].map(sameWord).filter((word) => !fillers.has(word))));
    return (said.size > 1 && [...said].every((word) => each.placed.has(word))) || !own(each.tokens).length;
  }
  function isMeant(match, list) {
    const across = !match.geoids.length && stateAt(list)[0] === match.state && !list.some((word) => added.has(word));
    return across || isNamed(knownAgencies().find((each) => each.match === match), list);
  }
  function findAgencies(list) {
    const known = knownAgencies();
    const [before, rest] = stateAt(list), plainly = (held) => held.filter((word) => !fillers.has(word)).map(sameWord);
    const asTyped = [wantedOf(list), ["", plainly(list)], [before, plainly(rest)]];
    const readings = [...asTyped, ...asTyped.map(([state, wanted]) => [state, wanted.filter((word) => !added.has(word))])];
    const alone = !list.some((word) => has(agencyWords, word));
    for (const [state, wanted] of readings) {
      if ((wanted.length < 2 && !state) || !telling(wanted)) continue;
      let found = known.filter((each) => (!state || each.match.state === state) && wanted.every((word) => each.tokens.has(word) || each.placed.has(word)));
      if (alone && wanted.length === 1) found = found.filter((each) => isNamed(each, list));
      if (found.length) {
        found.sort((a, b) => a.tokens.size - b.tokens.size || order(a.match.state, b.match.state) || order(a.match.name, b.match.name));
        return found.map((each) => each.match);
      }
    }
    return [];
  }
  /** Return 2 × the longest common subsequence by both lengths, in hundredths. */
  function ratio(a, b, floor) {
    const sum = a.length + b.length;
    if (!sum) return 100;
    if ((200 * Math.min(a.length, b.length)) / sum < floor) return 0;
    let last = new Array(b.length + 1).fill(0);
    for (let i = 1; i <= a.length; i++) {
      const row = [0];
      for (let j = 1; j <= b.length; j++) row.push(a[i - 1] === b[j - 1] ? last[j - 1] + 1 : Math.max(last[j], row[j - 1]));
      last = row;
    }
    return (200 * last[b.length]) / sum;
  }
  function agenciesNear(list) {
    const [state, wanted] = wantedOf(list);
    if (!wanted.length) return [];
    const pool = knownAgencies().filter((each) => !state || each.match.state === state);
    const alike = pool.map((each, i) => [each, ratio([...wanted].sort().join(" "), each.text, 85), i]).filter(([, value]) => value >= 85);
    const own = (tokens) => [...tokens].filter((word) => !kinds.has(word) && !ofPlaces.has(word)).sort().join(" ");
    return alike.sort((a, b) => b[1] - a[1] || a[2] - b[2]).slice(0, 20)
      .filter(([each]) => ratio(own(wanted), own(each.tokens), 88) >= 88).slice(0, 5).map(([each]) => ({ ...each.match, why: "spelling" }));
  }
  function withAgencies(places, found, limit) {
    const exactly = found.filter((m) => m.why !== "spelling"), near = found.filter((m) => m.why === "spelling");
    if (!exactly.length) {
      const offered = [...near, ...places.suggestions], leftOff = near.length && limit < Infinity ? offered.length - limit : 0;
      return { ...places, suggestions: offered.slice(0, limit), leftOff: Math.max(leftOff, places.leftOff) };
    }
    return { ...result(places.query, [...places.matches, ...exactly], limit), suggestions: places.suggestions };
  }

  const told = (m) => JSON.stringify(m);
  /** Return the places and agencies a text names, as map_app/lookup.py's `find` does. */
  function find(query, limit = Infinity) {
    const places = search(query, limit);
    let list = nameWords(query);
    if (places.status === "none") list = list.map(agencyWordNear);
    else if (!list.some((word) => has(agencyWords, word))) return places;
    let found = soCalled(findAgencies(list), list), loose = [];
    if (found.length === 1 && !places.matches.length && !isMeant(found[0], list)) {
      loose = [{ ...found[0], why: "spelling" }];
      found = [];
    }
    const meant = found.length ? [] : meantBy(nameWords(query));
    for (const one of meant) for (const m of called(one)) if (!found.some((held) => told(held) === told(m))) found.push(m);
    if (found.length) {
      if (meant.length) return withAgencies({ ...places, suggestions: [] }, found, limit);
      if (places.matches.length) return withAgencies(places, found, limit);
      const likely = likelier(query, list, found);
      return withAgencies({ ...places, matches: likely }, [...found, ...otherCounties(query, list, [...likely, ...found])], limit);
    }
    if (places.matches.length || !(meant.length || list.some((word) => has(agencyWords, word)))) {
      let near = loose.length ? loose : withInitials(list);
      if (!near.length && !places.matches.length && !places.suggestions.length) near = agenciesNear(list);
      return withAgencies(places, near, limit);
    }
    const own = meant.find(([, , byName]) => byName), named = own ? (own[1] ? `${own[0]}, ${own[1]}` : own[0]) : query;
    const state = stateNamed(nameWords(named)), left = withoutAgencyWords(named), near = loose.length ? loose : agenciesNear(list);
    if (!left) return withAgencies(places, near, limit);
    const place = search(state ? `state of ${state}` : left, limit);
    if (place.matches.length) return { ...place, query: places.query, suggestions: [...near, ...place.suggestions].slice(0, limit), unknownAgency: true };
    if (place.suggestions.length) return withAgencies({ ...place, query: places.query }, near, limit);
    const offered = withAgencies(places, near, limit);
    if (offered.suggestions.length) return offered;
    const at = stateAt(list)[0], whole = at ? search(`state of ${tables.stateNames[at]}`, limit) : offered;
    return { ...whole, query: places.query, unknownAgency: true };
  }
  return { find };
}
