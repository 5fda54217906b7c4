/* The presenter's page. Everything is drawn here from what came with the page; no frame waits for the server. */
"use strict";

const settings = JSON.parse(document.getElementById("settings").textContent);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const svgMake = (tag, attributes = {}) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const SIGNS = {
  play: "M4 2l10 6-10 6z", pause: "M3 2h4v12H3zM9 2h4v12H9z", back: "M12 2v12L4 8zM2 2h2v12H2z", on: "M4 2v12l8-6zM12 2h2v12h-2z",
};
const sign = (name) => {
  const picture = svgMake("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  picture.append(svgMake("path", { d: SIGNS[name] }));
  return picture;
};

// ---- colours and patterns, read from the style sheet so that there is one place for them
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const PLAIN = { 0: "--none", 3: "--whole", b: "--model-tfm", m: "--step-1", n: "--step-2", o: "--step-3", p: "--step-4", q: "--step-5",
  r: "--mix-ground", v: "--step-1", w: "--step-2", x: "--step-3", y: "--step-4", z: "--step-5" };
const HATCHED = {
  1: [8, "--state-ground", "--state-mark", (c) => { dot(c, 2, 2, 1); dot(c, 6, 6, 1); }],
  2: [8, "--part-ground", "--part-mark", (c) => slant(c, 8, 2.6, 1)],
  a: [6, "--model-jem", "--jem-mark", (c) => c.fillRect(0, 0, 6, 1.8)],
  c: [7, "--model-wso", "--wso-mark", (c) => dot(c, 3.5, 3.5, 1.6)],
  d: [7, "--model-hyb", "--hyb-mark", (c) => { c.fillRect(3, 0, 1.2, 7); c.fillRect(0, 3, 7, 1.2); }],
  e: [8, "--mix-ground", "--mix-mark", (c) => slant(c, 8, 2.2, -1)],
};
function dot(c, x, y, r) { c.beginPath(); c.arc(x, y, r, 0, 7); c.fill(); }
function slant(c, size, width, way) {
  c.lineWidth = width;
  c.beginPath();
  for (const shift of [-size, 0, size]) {
    c.moveTo(shift - 2, way > 0 ? size + 2 : -2);
    c.lineTo(shift + size + 2, way > 0 ? -2 : size + 2);
  }
  c.stroke();
}
function styles(context, ratio) {
  const found = {};
  for (const [key, name] of Object.entries(PLAIN)) found[key] = color(name);
  const enlarged = ratio * Math.max(1, Math.min(1.8, innerWidth / 1400));
  for (const [key, [size, ground, mark, paint]] of Object.entries(HATCHED)) {
    const tile = document.createElement("canvas"), side = Math.round(size * enlarged);
    tile.width = tile.height = side;
    const c = tile.getContext("2d");
    c.scale(side / size, side / size);
    c.fillStyle = color(ground);
    c.fillRect(0, 0, size, size);
    c.fillStyle = c.strokeStyle = color(mark);
    paint(c);
    found[key] = context.createPattern(tile, "repeat");
    found[key].mean = color(ground);
  }
  return found;
}

// ---- the sheet: outlines once, in its own units
class Atlas {
  constructor(told) {
    Object.assign(this, { size: told.size, frames: told.frames, names: told.names, main: told.main, turn: told.turn, labels: told.labels, zips: told.zips,
      stateLabels: told.stateLabels });
    this.arcs = told.arcs.map((steps) => {
      const points = new Int32Array(steps.length * 2);
      for (let k = 0, x = 0, y = 0; k < steps.length; k++) { points[2 * k] = x += steps[k][0]; points[2 * k + 1] = y += steps[k][1]; }
      return points;
    });
    const each = ([geoid, polygons]) => {
      const path = new Path2D(), used = [];
      let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      for (const rings of polygons) for (const ring of rings) {
        let first = true;
        for (const index of ring) {
          const at = index < 0 ? ~index : index, arc = this.arcs[at], n = arc.length / 2;
          used.push(at);
          for (let k = first ? 0 : 1; k < n; k++) {
            const j = index < 0 ? n - 1 - k : k, x = arc[2 * j], y = arc[2 * j + 1];
            if (x < west) west = x; if (x > east) east = x; if (y < north) north = y; if (y > south) south = y;
            if (first) { path.moveTo(x, y); first = false; } else path.lineTo(x, y);
          }
        }
        path.closePath();
      }
      return { geoid, path, used, box: [west, north, east, south] };
    };
    this.counties = told.counties.map(each);
    this.states = told.states.map(each);
    // An inset is drawn beside the 48 states only with the whole country; next to one state it would be a false neighbour.
    const border = new Set(this.states.flatMap((state) => state.used));
    for (const county of this.counties) county.apart = this.isApart(county.geoid);
    const apart = new Set(this.counties.filter((county) => county.apart).flatMap((county) => county.used));
    this.inner = new Path2D(); this.outer = new Path2D(); this.innerApart = new Path2D(); this.outerApart = new Path2D();
    this.arcs.forEach((arc, i) => {
      const path = this[(border.has(i) ? "outer" : "inner") + (apart.has(i) ? "Apart" : "")];
      path.moveTo(arc[0], arc[1]);
      for (let k = 2; k < arc.length; k += 2) path.lineTo(arc[k], arc[k + 1]);
    });
    this.byState = new Map(this.states.map((state) => [state.geoid, state]));
  }

  isApart(geoid) { return geoid >= "57" || geoid.startsWith("02") || geoid.startsWith("15"); }

  /** Turn that sets north up for the states in view, and the box of those counties in the turned sheet. */
  view(codes) {
    if (!codes.length) return { turn: 0, box: [0, 0, ...this.size] };
    const turn = (codes.reduce((sum, code) => sum + this.turn[code.slice(0, 2)], 0) / codes.length) * (Math.PI / 180);
    const cos = Math.cos(turn), sin = Math.sin(turn), box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const code of codes) {
      const shape = code.length === 2 ? this.byState.get(code) : this.counties.find((county) => county.geoid === code);
      for (const at of new Set(shape.used)) {
        const arc = this.arcs[at];
        for (let k = 0; k < arc.length; k += 2) {
          const x = arc[k] * cos - arc[k + 1] * sin, y = arc[k] * sin + arc[k + 1] * cos;
          if (x < box[0]) box[0] = x; if (x > box[2]) box[2] = x; if (y < box[1]) box[1] = y; if (y > box[3]) box[3] = y;
        }
      }
    }
    return { turn, box };
  }
}

// ---- one map on two canvases: fills, of which only what changes is painted again, and lines above them
class MapView {
  constructor(atlas, onPick) {
    this.atlas = atlas;
    this.caption = make("p", { class: "caption" });
    this.fills = make("canvas", { "aria-hidden": "true" });
    this.lines = make("canvas", { "aria-hidden": "true" });
    this.sheet = make("div", { class: "sheet", role: "img" }, this.fills, this.lines);
    this.element = make("div", { class: "map" }, this.caption, this.sheet);
    this.painted = null;
    this.pulses = new Map();
    this.move = { zoom: 1, x: 0, y: 0 };
    this.codes = null;
    this.onPick = onPick;
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.sheet);
  }

  resize() {
    const ratio = Math.min(devicePixelRatio || 1, 2), w = this.sheet.clientWidth, h = this.sheet.clientHeight;
    if (!w || !h) return;
    this.width = Math.round(w * ratio); this.height = Math.round(h * ratio); this.ratio = ratio;
    for (const canvas of [this.fills, this.lines]) { canvas.width = this.width; canvas.height = this.height; }
    this.styles = styles(this.fills.getContext("2d"), ratio);
    this.redraw();
  }

  /** Show these places; none for the whole country. */
  frame(codes, scale = null) {
    this.codes = codes;
    this.asked = this.atlas.view(codes);
    this.sharedScale = scale;
    this.move = { zoom: 1, x: 0, y: 0 };
    this.redraw();
  }

  fitting() {
    const [west, north, east, south] = this.asked.box, room = !this.codes.length ? 1 : this.codes[0].length === 2 ? 0.94 : 0.34;
    return Math.min(this.width / (east - west), this.height / (south - north)) * room;
  }

  matrix() {
    const { turn, box } = this.asked, scale = (this.sharedScale ? this.sharedScale() : this.fitting()) * this.move.zoom;
    const cos = Math.cos(turn) * scale, sin = Math.sin(turn) * scale;
    const cx = ((box[0] + box[2]) / 2) * scale, cy = ((box[1] + box[3]) / 2) * scale;
    const r = this.ratio;
    return { a: cos, b: sin, c: -sin, d: cos, e: this.width / 2 - cx + this.move.x * r, f: this.height / 2 - cy + this.move.y * r, scale };
  }

  setMatrix(context, m) { context.setTransform(m.a, m.b, m.c, m.d, m.e, m.f); }

  redraw() {
    if (!this.asked || !this.width || !this.painted) return;
    const context = this.fills.getContext("2d"), m = (this.at = this.matrix());
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.setMatrix(context, m);
    const inverse = new DOMMatrix([m.a, m.b, m.c, m.d, m.e, m.f]).inverse();
    for (const style of Object.values(this.styles)) if (style.setTransform) style.setTransform(inverse);
    // Same colours together: few changes of style, and the seams between neighbours are closed by a hair line.
    const groups = new Map();
    this.atlas.counties.forEach((county, i) => {
      if (this.hides(county) || !this.inSight(county.box)) return;
      const key = this.keyOf(i);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(county.path);
    });
    context.lineWidth = 0.7 * this.ratio / m.scale;
    for (const [key, paths] of groups) {
      context.fillStyle = key === "out" ? color("--out") : this.styles[key];
      context.strokeStyle = key === "out" ? color("--out") : this.styles[key];
      for (const path of paths) { context.fill(path); context.stroke(path); }
    }
    this.drawLines();
  }

  inSight([west, north, east, south]) {
    const m = this.at, x = [], y = [];
    for (const [px, py] of [[west, north], [east, north], [east, south], [west, south]]) { x.push(m.a * px + m.c * py + m.e); y.push(m.b * px + m.d * py + m.f); }
    return Math.max(...x) > 0 && Math.min(...x) < this.width && Math.max(...y) > 0 && Math.min(...y) < this.height;
  }

  /** Whether a shape has no place in the view: an inset beside one of the 48 states, and the other way round. */
  hides(county) {
    if (!this.codes.length) return false;
    const mine = this.codes.some((code) => code.slice(0, 2) === county.geoid.slice(0, 2));
    return !mine && (county.apart || this.codes.some((code) => this.atlas.isApart(code)));
  }

  keyOf(i) { return this.outside && this.outside[i] ? "out" : this.painted.classes[i]; }

  /** Paint a selection; only counties whose class changed are drawn again. */
  paint(summary, outside, pulse) {
    const before = this.painted, wasOutside = this.outside;
    this.painted = summary;
    this.outside = outside;
    if (!this.asked || !this.width) return;
    if (!before || wasOutside !== outside || !this.at) { this.redraw(); return; }
    const context = this.fills.getContext("2d"), m = this.at;
    this.setMatrix(context, m);
    context.lineWidth = 0.7 * this.ratio / m.scale;
    const now = performance.now();
    for (let i = 0; i < summary.classes.length; i++) {
      const key = summary.classes[i];
      if (key === before.classes[i] || (outside && outside[i])) continue;
      const county = this.atlas.counties[i];
      context.fillStyle = context.strokeStyle = this.styles[key];
      context.fill(county.path);
      context.stroke(county.path);
      if (pulse && summary.local[i] > before.local[i]) this.pulses.set(i, now);
    }
    const named = this.codes.length && summary.classes !== before.classes;
    if (named || String(summary.statewide) !== String(before.statewide) || this.pulses.size) this.drawLines();
  }

  drawLines() {
    const context = this.lines.getContext("2d"), m = this.at, unit = this.ratio / m.scale, wide = Math.max(1, Math.min(1.7, innerWidth / 1300));
    // Names are light on dark counties, so they follow the colours.
    const of = [this.painted.statewide.join(), m.a, m.b, m.e, m.f, this.width, this.height, app.state.theme, app.lang, this.codes, this.codes.length ? this.painted.classes : ""].join();
    if (this.baseOf !== of) {
      this.baseOf = of;
      this.base = this.base || document.createElement("canvas");
      this.base.width = this.width; this.base.height = this.height;
      this.drawBase(this.base.getContext("2d"), m, unit, wide);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.drawImage(this.base, 0, 0);
    if (this.pulses.size || this.chosen !== undefined) {
      this.setMatrix(context, m);
      const now = performance.now();
      context.lineJoin = "round";
      context.strokeStyle = color("--pulse");
      for (const [i, since] of this.pulses) {
        const age = (now - since) / 1100;
        if (age >= 1) { this.pulses.delete(i); continue; }
        context.globalAlpha = 1 - age;
        context.lineWidth = (2.2 + 3 * (1 - age)) * wide * unit;
        context.stroke(this.atlas.counties[i].path);
      }
      context.globalAlpha = 1;
      if (this.chosen !== undefined && this.chosen >= 0) {
        context.strokeStyle = color("--ink");
        context.lineWidth = 3 * wide * unit;
        context.stroke(this.atlas.counties[this.chosen].path);
      }
    }
  }

  drawBase(context, m, unit, wide) {
    this.setMatrix(context, m);
    context.lineJoin = "round";
    const near = Math.max(0.6, Math.min(1.6, (m.scale / this.ratio) * 60));
    context.strokeStyle = color("--county-line");
    context.lineWidth = near * unit;
    const main = !this.codes.some((code) => this.atlas.isApart(code)), insets = !this.codes.length || !main;
    // Around a state only its neighbours' outlines: their counties are not what this map is about.
    const ofState = this.codes.length && this.codes[0].length === 2;
    if (ofState) { for (const [i, county] of this.atlas.counties.entries()) if (!this.outside[i]) context.stroke(county.path); }
    else if (main) context.stroke(this.atlas.inner);
    if (insets && !this.codes.length) context.stroke(this.atlas.innerApart);
    else if (insets && !ofState) for (const county of this.atlas.counties) if (!this.hides(county)) context.stroke(county.path);
    context.strokeStyle = color(ofState ? "--near-line" : "--state-line");
    context.lineWidth = 1 * wide * unit;
    if (main) context.stroke(this.atlas.outer);
    if (insets && !this.codes.length) context.stroke(this.atlas.outerApart);
    else if (insets) for (const code of this.codes) context.stroke(this.atlas.byState.get(code.slice(0, 2)).path);
    if (ofState) {
      context.strokeStyle = color("--state-line");
      context.lineWidth = 1.6 * wide * unit;
      for (const code of this.codes) context.stroke(this.atlas.byState.get(code).path);
    }
    if (!this.codes.length) {
      context.strokeStyle = color("--inset-line");
      context.lineWidth = 1.1 * unit * wide;
      for (const corners of Object.values(this.atlas.frames)) {
        context.beginPath();
        corners.forEach(([px, py], k) => (k ? context.lineTo(px, py) : context.moveTo(px, py)));
        context.stroke();
      }
    }
    context.strokeStyle = color("--acts-line");
    this.atlas.states.forEach((state) => {
      // Islands are so small that a heavy outline would hide their colour.
      context.lineWidth = (state.geoid > "56" && !this.codes.length ? 1.1 : 2.2) * wide * unit;
      if (this.painted.statewide[app.time.stateOf.get(state.geoid)] && !(this.codes.length && !this.codes.some((code) => code.slice(0, 2) === state.geoid))) context.stroke(state.path);
    });
    context.strokeStyle = color("--ink");
    context.lineWidth = 2.4 * wide * unit;
    for (const county of this.atlas.counties) if (this.codes.includes(county.geoid)) context.stroke(county.path);
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.writer = { context, taken: [], x: (px, py) => m.a * px + m.c * py + m.e, y: (px, py) => m.b * px + m.d * py + m.f,
      rem: parseFloat(getComputedStyle(document.documentElement).fontSize) * this.ratio };
    const sheet = this.sheet.getBoundingClientRect(), zoom = app.parts.zoom.getBoundingClientRect();
    if (zoom.width) this.writer.taken.push([zoom.left - sheet.left, zoom.top - sheet.top, zoom.right - sheet.left, zoom.bottom - sheet.top].map((n) => n * this.ratio));
    this.named = [];
    if (!this.codes.length) { this.nameInsets(); this.nameStates(); } else { this.nameCounties(); this.nameNeighbours(); }
  }

  font(size, weight = 600) { this.writer.context.font = `${weight} ${size}px "Source Sans", sans-serif`; }

  /** Names of the insets, or their abbreviations where there is no room for names. */
  nameInsets() {
    const { context, x, y, rem } = this.writer, words = app.words.insets, size = Math.max(10.5 * this.ratio, rem * 0.72);
    this.font(size);
    context.fillStyle = color("--soft");
    context.textAlign = "left";
    for (const [key, [left, top, room, most]] of Object.entries(this.atlas.names)) {
      let lines = this.wrapped(context, words[key], room * this.at.scale);
      const tight = lines.length > most || lines.some((line) => context.measureText(line).width > room * this.at.scale * 1.1);
      if (tight || this.width < 600 * this.ratio) lines = [app.words.shortInsets[key]]; // as the states are named
      lines.forEach((line, k) => context.fillText(line, x(left, top), y(left, top) + size * (0.9 + k * 1.05)));
    }
  }

  /** Abbreviations of states whose shape holds them. */
  nameStates() {
    const { context, x, y, rem } = this.writer, size = Math.max(10 * this.ratio, rem * 0.78), m = this.at;
    if (this.width < 600 * this.ratio) return;
    const back = new DOMMatrix([m.a, m.b, m.c, m.d, m.e, m.f]).inverse();
    this.font(size, 700);
    this.atlas.states.forEach((state, i) => {
      const name = app.time.data.states[app.time.stateOf.get(state.geoid)][1], at = this.atlas.stateLabels[i], px = x(...at), py = y(...at);
      const w = context.measureText(name).width / 2 + 1.5 * this.ratio, h = size * 0.45;
      const inside = ([dx, dy]) => { const p = back.transformPoint(new DOMPoint(px + dx, py + dy)); return this.holds(state, p, context); };
      context.setTransform(1, 0, 0, 1, 0, 0);
      if ([[-w, -h], [w, -h], [w, h], [-w, h], [0, -h], [0, h]].every(inside)) this.write([name], px, py, size, color("--ink"), color("--halo"));
    });
  }

  /** Write lines around a place if nothing stands there; returns whether they were written. */
  write(lines, px, py, size, ink, halo, { must = false, name = lines.join(" ") } = {}) {
    const { context, taken } = this.writer, gap = 1.5 * this.ratio;
    const half = Math.max(...lines.map((line) => context.measureText(line).width)) / 2 + gap, tall = (size * 1.02 * lines.length) / 2 + gap;
    const box = [px - half, py - tall, px + half, py + tall];
    const free = box[0] > 0 && box[1] > 0 && box[2] < this.width && box[3] < this.height
      && !taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
    if (!free && !must) return false;
    taken.push(box);
    this.named.push({ name, box, size: size / this.ratio });
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = Math.max(2.6 * this.ratio, size * 0.2);
    lines.forEach((line, k) => {
      const at = py + (k - (lines.length - 1) / 2) * size * 1.02;
      if (halo) { context.strokeStyle = halo; context.strokeText(line, px, at); }
      context.fillStyle = ink;
      context.fillText(line, px, at);
    });
    context.textBaseline = "alphabetic";
    return true;
  }

  wrapped(context, text, width) {
    const lines = [];
    for (const word of text.split(" ")) {
      const last = lines.length ? lines[lines.length - 1] + " " + word : word;
      if (lines.length && context.measureText(last).width <= width) lines[lines.length - 1] = last;
      else lines.push(word);
    }
    return lines;
  }

  /** Names of counties: the one spoken of first, then those that most people look for, as large as there is room. */
  nameCounties() {
    const { context, x, y, rem } = this.writer, whole = this.codes[0].length === 2, zips = this.atlas.zips;
    const scale = this.at.scale, chosen = (i) => this.codes.includes(this.atlas.counties[i].geoid) || i === this.chosen;
    const here = this.atlas.counties.map((county, i) => i).filter((i) => {
      const county = this.atlas.counties[i];
      return !(whole && this.outside[i]) && !this.hides(county) && this.inSight(county.box);
    });
    here.sort((one, other) => chosen(other) - chosen(one) || zips[other] - zips[one]);
    here.forEach((i, rank) => {
      const { box: [west, north, east, south], geoid } = this.atlas.counties[i], at = this.atlas.labels[i], own = chosen(i), first = whole && rank < 14;
      const wide = (east - west) * scale, tall = (south - north) * scale, out = this.outside && this.outside[i];
      const key = this.keyOf(i), dark = app.state.theme === "light" && "3bpqyz".includes(key);
      const ink = dark ? "#fff" : color(out ? "--soft" : "--ink"), halo = dark ? this.styles[key] : out ? null : color("--halo");
      const sizes = own ? [1.5, 1.2, 1] : first ? [1.05, 0.88] : whole ? [0.82] : [0.95, 0.8];
      for (const part of sizes) {
        const size = Math.max(rem * part, 10.5 * this.ratio);
        this.font(size, own ? 700 : 600);
        const name = app.shortName(i), widths = (lines) => Math.max(...lines.map((line) => context.measureText(line).width));
        const lines = name.includes(" ") && widths([name]) > wide * 0.92 ? this.wrapped(context, name, wide * 0.9) : [name];
        const roomy = first && !own ? 2.4 : 1, last = part === sizes[sizes.length - 1];
        if ((widths(lines) > wide * (own ? 0.78 : 0.94) * roomy || lines.length * size * 1.05 > tall * Math.max(1, roomy * 0.8)) && !(own && last)) continue;
        if (this.write(lines, x(...at), y(...at), size, ink, halo, { must: own && last, name: geoid })) break;
      }
    });
  }

  /** Names of the states around, where their middle is in sight. */
  nameNeighbours() {
    if (this.codes[0].length !== 2) return;
    const { x, y, rem } = this.writer, size = Math.max(rem * 0.86, 11 * this.ratio);
    this.font(size);
    this.atlas.states.forEach((state, i) => {
      if (this.codes.includes(state.geoid) || this.hides({ geoid: state.geoid, apart: this.atlas.isApart(state.geoid) })) return;
      const at = this.atlas.stateLabels[i];
      this.write([app.words.states[app.time.data.states[app.time.stateOf.get(state.geoid)][1]]], x(...at), y(...at), size, color("--soft"), null);
    });
  }

  countyAt(clientX, clientY) {
    const bounds = this.sheet.getBoundingClientRect(), m = this.at;
    if (!m) return -1;
    const p = new DOMMatrix([m.a, m.b, m.c, m.d, m.e, m.f]).inverse().transformPoint(new DOMPoint((clientX - bounds.left) * this.ratio, (clientY - bounds.top) * this.ratio));
    const context = this.fills.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    return this.atlas.counties.findIndex((county) => !this.hides(county) && this.holds(county, p, context));
  }

  holds({ box, path }, p, context) {
    return (
      p.x >= box[0] && p.x <= box[2] && p.y >= box[1] && p.y <= box[3] && context.isPointInPath(path, p.x, p.y)
    );
  }

  zoomBy(factor, clientX, clientY) {
    const bounds = this.sheet.getBoundingClientRect();
    const px = (clientX === undefined ? bounds.left + bounds.width / 2 : clientX) - bounds.left - bounds.width / 2;
    const py = (clientY === undefined ? bounds.top + bounds.height / 2 : clientY) - bounds.top - bounds.height / 2;
    const zoom = Math.max(1, Math.min(40, this.move.zoom * factor)), real = zoom / this.move.zoom;
    const next = zoom === 1 ? { zoom, x: 0, y: 0 } : { zoom, x: px - (px - this.move.x) * real, y: py - (py - this.move.y) * real };
    app.moveAll(next);
  }

  listen() {
    const held = new Map();
    let moved = false, spread = 0;
    this.sheet.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 120) / 400), event.clientX, event.clientY);
    }, { passive: false });
    this.sheet.addEventListener("pointerdown", (event) => {
      held.set(event.pointerId, [event.clientX, event.clientY]);
      moved = held.size > 1;
      spread = 0;
      this.sheet.setPointerCapture(event.pointerId);
    });
    this.sheet.addEventListener("pointermove", (event) => {
      if (!held.has(event.pointerId)) return;
      const [x, y] = held.get(event.pointerId), dx = event.clientX - x, dy = event.clientY - y;
      if (!moved && Math.hypot(dx, dy) < 5) return;
      moved = true;
      held.set(event.pointerId, [event.clientX, event.clientY]);
      if (held.size === 1) app.moveAll({ zoom: this.move.zoom, x: this.move.x + dx, y: this.move.y + dy });
      else {
        const [one, other] = [...held.values()], now = Math.hypot(one[0] - other[0], one[1] - other[1]);
        if (spread) this.zoomBy(now / spread, (one[0] + other[0]) / 2, (one[1] + other[1]) / 2);
        spread = now;
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      this.sheet.addEventListener(name, (event) => {
        if (!held.delete(event.pointerId) || moved || name === "pointercancel") return;
        const i = this.countyAt(event.clientX, event.clientY);
        this.onPick(i >= 0 && !(this.outside && this.outside[i]) ? i : -1, this);
      });
    }
  }
}

// Names in an address that mean something, here or in the app; and those that other sites add to links.
const KNOWN = new Set(["model", "year", "state", "county", "agency_type", "status", "as_of", "color", "lang", "vs", "by", "speed", "theme",
  "view", "part", "chart", "lat", "lon", "zoom"]);
const TRACKERS = /^(utm_|fbclid|gclid|embed)/;

// ---- the page
const app = {
  words: null, time: null, atlas: null, names: {}, maps: [],
  state: null, talk: [], talkAt: -1, playing: false, panel: null,

  get lang() { return this.state.lang; },
  place(text) { return text; },
  number(n) { return new Intl.NumberFormat(this.lang === "es" ? "es-US" : "en-US").format(n); },
  day(n) { return this.time.dayWords(n, this.lang); },
  fill(text, values) { return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole)); },
  plural(n, name) { return this.words[name + (n === 1 ? "One" : "Other")]; },
  countyName(i) { return (this.names[this.lang] || { counties: [] }).counties[i] || this.time.counties[i]; },
  shortName(i) {
    const state = this.words.states[this.time.data.states[this.time.stateOfCounty[i]][1]];
    return this.countyName(i).replace(", " + state, "").replace(/ (County|Parish|City and Borough|Borough|Census Area|Municipality|Municipio|city)$/, "").replace(/^(Condado|Parroquia|Municipio) (de |del )?/, "");
  },

  // ---- state and address
  readState(query) {
    const time = this.time, filters = time.readFilters(query);
    const bad = [...filters.bad], last = (name) => query.getAll(name).pop() || "";
    const one = (name, allowed, otherwise) => {
      if (allowed.includes(last(name))) return last(name);
      if (last(name)) bad.push(`${name}=${last(name)}`);
      return otherwise;
    };
    const day = filters.day === null ? null : Math.min(filters.day, time.newest), vs = last("vs");
    const vsDay = time.dayOf(vs);
    if (vs && vsDay === null && !time.stateByAbbr.has(vs.toUpperCase())) bad.push(`vs=${vs}`);
    for (const [name, value] of query) if (!KNOWN.has(name) && !TRACKERS.test(name)) bad.push(`${name}=${value}`);
    return {
      bad,
      filters, day,
      color: one("color", ["level", "model", "year", "number"], "level"),
      lang: one("lang", Object.keys(settings.languages), "en"),
      by: one("by", ["month", "quarter"], "month"),
      speed: Number(one("speed", ["0", "1", "2", "3"], "1")),
      theme: one("theme", ["light", "dark"], "light"),
      vsDay: vsDay === null ? null : Math.min(vsDay, time.newest),
      vsState: vsDay === null && time.stateByAbbr.has(vs.toUpperCase()) ? vs.toUpperCase() : null,
    };
  },
  query(state = this.state, { bare = false } = {}) {
    const { filters } = state, time = this.time, found = [];
    const add = (name, values) => { if (values.length) found.push([name, values.join(",")]); };
    add("model", filters.models.map((i) => time.data.models[i]));
    if (filters.years) add("year", [[...new Set(filters.years)].join("-")]);
    add("state", filters.states.map((i) => time.data.states[i][1]));
    add("county", filters.counties.map((i) => time.counties[i]));
    add("agency_type", filters.types.map((i) => time.data.types[i]));
    if (filters.status !== "active" && state.day === null) add("status", [filters.status]);
    if (state.day !== null) add("as_of", [time.textOf(state.day)]);
    if (state.color !== "level") add("color", [state.color]);
    if (state.lang !== "en") add("lang", [state.lang]);
    if (!bare) {
      if (state.vsDay !== null) add("vs", [time.textOf(state.vsDay)]);
      if (state.vsState) add("vs", [state.vsState]);
      if (state.by !== "month") add("by", [state.by]);
      if (state.speed !== 1) add("speed", [String(state.speed)]);
      if (state.theme !== "light") add("theme", [state.theme]);
    }
    return found.map(([name, value]) => name + "=" + encodeURIComponent(value).replaceAll("%2C", ",")).join("&");
  },
  stepQuery() { return this.query().replace(/&?(by|speed|theme)=[^&]*/g, "").replace(/^&/, ""); },
  fragment() { return this.talk.length ? "#talk=" + (this.talkAt + 1) + "/" + this.talk.map((step) => step || "all").join("/") : ""; },
  readTalk() {
    const found = /^#talk=(\d+)\/(.+)$/.exec(location.hash), asked = found ? Number(found[1]) : 0;
    this.talk = found ? found[2].split("/").slice(0, 100).map((step) => (step === "all" ? "" : step)) : [];
    this.talkAt = found ? Math.min(asked - 1, this.talk.length - 1) : -1;
    this.badTalk = location.hash.startsWith("#talk") && (!found || asked > this.talk.length) ? location.hash.slice(1).split("/")[0] : null;
  },
  writeAddress(push) {
    const query = this.query(), address = location.pathname + (query ? "?" + query : "") + this.fragment();
    if (address === location.pathname + location.search + location.hash) return;
    if (push) history.pushState({ steps: this.stepsBack() + 1 }, "", address);
    else history.replaceState(history.state, "", address);
  },

  stepsBack() { return (history.state && history.state.steps) || 0; },

  // ---- what is shown
  /** Whether filters leave agreements of the day out; another state beside this one is a filter too. */
  narrows() { return Boolean(this.state.vsState) || this.time.narrows(this.state.filters, this.state.day); },
  shownDay() { return this.state.day === null ? this.time.newest : this.state.day; },
  change(part, { push = true } = {}) {
    Object.assign(this.state, part, { bad: [] }); // said once; the address is now one of ours
    this.badTalk = null;
    if (part.filters) this.state.filters = { ...part.filters };
    this.closeCard();
    this.layOut();
    this.writeAddress(push);
  },
  layOut() {
    const { state, time } = this, { filters } = state;
    this.words = settings.words[state.lang];
    document.documentElement.lang = state.lang;
    if (document.documentElement.dataset.theme !== state.theme) {
      document.documentElement.dataset.theme = state.theme;
      for (const map of this.maps) if (map.width) map.resize();
    }
    this.narrowed = time.narrowed(filters);
    this.stops = time.stops(state.by === "quarter" ? 3 : 1);
    const pairs = state.vsDay !== null || state.vsState;
    while (this.maps.length < (pairs ? 2 : 1)) this.maps.push(new MapView(this.atlas, (i, map) => this.openCard(i, map)));
    this.maps.length = pairs ? 2 : 1;
    this.parts.maps.classList.toggle("paired", Boolean(pairs));
    this.parts.stage.classList.toggle("country", !pairs && !filters.states.length && !filters.counties.length);
    // The earlier day stands first; while time is played the maps keep their places.
    const inOrder = this.maps.map((map) => map.element);
    if (state.vsDay !== null && state.vsDay < this.shownDay()) inOrder.reverse();
    this.parts.maps.replaceChildren(...inOrder, ...(pairs ? [this.parts.difference] : []), this.parts.zoom, this.parts.event);
    const codes = this.codesOf(filters);
    const second = state.vsState ? [time.data.states[time.stateByAbbr.get(state.vsState)][0]] : codes;
    const outside = this.outsideOf(codes);
    this.views = [{ codes, outside, narrowed: this.narrowed }];
    if (pairs) this.views.push({
      codes: second, outside: state.vsState ? this.outsideOf(second) : outside,
      narrowed: state.vsState ? time.narrowed({ ...filters, states: [time.stateByAbbr.get(state.vsState)], counties: [] }) : this.narrowed,
    });
    const scale = pairs ? () => Math.min(...this.maps.map((map) => (map.width && map.asked ? map.fitting() : Infinity))) : null;
    this.maps.forEach((map, k) => {
      if (!map.painted) map.painted = time.summary(new Uint8Array(time.length), 0);
      map.outside = this.views[k].outside;
      map.sharedScale = scale;
      if (!map.asked || String(map.codes) !== String(this.views[k].codes) || map.pairedAs !== Boolean(pairs)) map.frame(this.views[k].codes, scale);
      map.pairedAs = Boolean(pairs);
    });
    this.drawChart();
    this.tellControls();
    this.show();
    for (const map of this.maps) map.redraw();
  },
  codesOf(filters) {
    const { time } = this;
    if (filters.counties.length) return filters.counties.map((i) => time.counties[i]);
    return filters.states.map((i) => time.data.states[i][0]);
  },
  outsideOf(codes) {
    if (!codes.length) return null;
    const key = codes.join();
    this.outsides = this.outsides || new Map();
    if (!this.outsides.has(key)) this.outsides.set(key, Uint8Array.from(this.time.counties, (geoid) => (codes.includes(geoid.slice(0, 2)) || codes.includes(geoid) ? 0 : 1)));
    return this.outsides.get(key);
  },
  moveAll(move) { for (const map of this.maps) { map.move = { ...move }; map.redraw(); } },

  /** Paint the day of the state: maps, numbers, date. Called for every step of the play. */
  show(pulse) {
    const { time, state } = this, first = this.shownDay();
    const days = [state.day === null && state.filters.status !== "active" ? null : first, state.vsDay === null ? first : state.vsDay];
    this.masks = this.views.map((view, k) => time.on(view.narrowed, days[k], state.filters.status));
    this.summaries = this.masks.map((mask, k) => time.summary(mask, days[k] === null || state.day === null ? null : days[k], state.color));
    this.maps.forEach((map, k) => {
      map.paint(this.summaries[k], this.views[k].outside, pulse && !still.matches);
      map.element.dataset.classes = this.summaries[k].classes.length;
    });
    this.tell(days);
    document.documentElement.dataset.day = time.textOf(first);
  },

  tell(days) {
    const { state, time, words, parts } = this, [summary] = this.summaries, { counts } = summary, day = this.shownDay();
    const places = this.placeNames();
    if (state.vsState) places.push(words.states[state.vsState]);
    const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    const title = this.fill(words.title, { place: places.length ? places.join(state.vsState ? " – " : ", ") : words.country });
    set(parts.title, title);
    if (document.title !== title) document.title = title;
    const narrowed = [...state.filters.models.map((i) => words.models[i]),
      ...(state.filters.years ? [this.fill(words.signedIn, { year: [...new Set(state.filters.years)].join("–") })] : []),
      ...state.filters.types.map((i) => words.types[time.data.types[i]])];
    const dated = time.dated(day, words, this.lang);
    const gap = time.gapAround(day), told = gap ? [this.fill(words.gap, { first: this.day(gap[0]), second: this.day(gap[1]) })] : [];
    const span = state.vsDay === null ? null : [Math.min(day, state.vsDay), Math.max(day, state.vsDay)];
    const between = span ? [this.fill(words.difference, { first: this.day(span[0]), second: this.day(span[1]) })] : [];
    const sides = span ? span.map((at) => time.dated(at, words, this.lang)) : [dated];
    set(parts.subtitle, [...narrowed, ...between, ...sides, ...told].join(" · "));
    const label = days[0] === null ? words[state.filters.status + "Label"] : this.plural(counts.agreements, "inForce");
    const age = time.daysOld(span && span[1] >= time.newest ? null : state.day), bad = [...(this.badTalk ? [this.badTalk] : []), ...state.bad];
    parts.aged.hidden = !age;
    set(parts.aged, age ? this.fill(words.aged, { age: this.number(age) }) : "");
    parts.bad.hidden = !bad.length;
    set(parts.bad, bad.length ? this.fill(words.badAddress, { what: bad.join(", ") }) : "");
    set(parts.count, this.number(counts.agreements));
    set(parts.countLabel, label);
    parts.number.hidden = this.maps.length > 1;
    const facts = [[counts.agencies, "agency"], [counts.counties, "county"], [counts.states, "state"], [counts.statewide, "statewide"]];
    if (counts.unplaced) facts.push([counts.unplaced, "unplaced"]);
    set(parts.facts, facts.filter(([n, name]) => n && !(name === "state" && this.views[0].codes.length)).map(([n, name]) => this.number(n) + " " + this.plural(n, name)).join(parts.stage.classList.contains("country") && innerWidth > 1100 ? "\n" : " · "));
    parts.facts.hidden = this.maps.length > 1;
    this.maps.forEach((map, k) => {
      const n = this.summaries[k].counts.agreements;
      const where = state.vsState ? (k ? words.states[state.vsState] : places[0] || words.country) : this.day(k ? days[1] : days[0] === null ? day : days[0]);
      map.caption.replaceChildren(make("b", {}, this.number(n)), " " + this.plural(n, "inForce") + " · " + where);
      map.sheet.setAttribute("aria-label", `${words.mapLabel}. ${where}: ${this.number(n)} ${this.plural(n, "inForce")}`);
    });
    set(parts.day, this.day(day));
    set(parts.how, gap ? words.noLists : time.data.first !== null && day < time.data.first ? words.before : "");
    parts.scrub.value = day;
    parts.scrub.setAttribute("aria-valuetext", `${this.day(day)}, ${this.number(counts.agreements)} ${label}`);
    this.placeHead(day);
    const legend = state.color + state.lang + state.theme + [...this.summaries.map((s) => [...s.present].sort().join(""))].join() + Boolean(summary.statewide.find(Boolean)) + this.narrows();
    if (legend !== this.legendShown) { this.legendShown = legend; this.drawLegend(); }
    const held = settings.marks.filter((mark) => mark.kind === "policy" && mark.day <= day && mark.day > day - 200).pop();
    parts.event.hidden = !held || this.maps.length > 1;
    if (held) parts.event.replaceChildren(make("time", {}, this.day(held.day)), held.label[state.lang] || held.label.en);
    if (state.vsDay !== null) this.tellDifference();
    else if (state.vsState) this.tellSides();
  },

  /** What was added, ended and replaced between the two days, as `map-app changes` names it: counts, then by state. */
  tellDifference() {
    const { state, time, words } = this, one = this.shownDay(), [start, end] = [Math.min(one, state.vsDay), Math.max(one, state.vsDay)];
    const key = [start, end, state.lang, this.query(), this.playing].join();
    if (key === this.differenceOf) return;
    this.differenceOf = key;
    const found = time.changes(this.narrowed, start, end), rows = time.rows, always = ["added", "ended", "superseded"];
    const kinds = [...always, ...["unlisted", "relisted"].filter((name) => found[name].length)];
    const stateName = (i) => words.states[time.data.states[i][1]];
    const list = (name) => {
      const states = new Map();
      for (const row of found[name]) {
        const agencies = states.get(rows.state[row]) || new Map(), held = agencies.get(rows.agency[row]) || [];
        states.set(rows.state[row], agencies.set(rows.agency[row], [...held, row]));
      }
      const sorted = [...states].sort(([one], [other]) => stateName(one).localeCompare(stateName(other)));
      return sorted.flatMap(([i, agencies]) => {
        const n = [...agencies.values()].reduce((sum, held) => sum + held.length, 0);
        return [
          make("h4", {}, `${stateName(i)} (${this.number(n)})`),
          make("ul", { "data-kind": name }, ...[...agencies].map(([agency, held]) => make("li", {}, make("span", { lang: "en" }, time.data.agencies[agency]),
            make("span", { class: "where" }, held.map((row) => words.models[rows.model[row]]).join(", "))))),
        ];
      });
    };
    const sums = make("dl", { class: "sums" }, ...kinds.map((name) => make("div", {}, make("dt", {}, words[name]), make("dd", { "data-sum": name }, this.number(found[name].length)))));
    const parts = [make("h2", {}, words.differenceShort), sums];
    if (kinds.every((name) => !found[name].length)) parts.push(make("p", {}, words.nothingChanged));
    if (found.corrected.length) parts.push(make("p", { class: "where" }, this.fill(words.corrected, { n: this.number(found.corrected.length) })));
    // Names come once it stands still: nobody reads them while it plays.
    if (!this.playing) for (const name of kinds) if (found[name].length) parts.push(make("h3", {}, `${words[name]} (${this.number(found[name].length)})`), ...list(name));
    this.parts.difference.setAttribute("aria-label", words.differenceShort);
    this.parts.difference.replaceChildren(...parts);
  },

  /** The two places in numbers. */
  tellSides() {
    const { state, time, words } = this, names = [this.views[0].codes.length ? this.placeNames().join(", ") : words.country, words.states[state.vsState]];
    const [one, other] = this.summaries, total = (view) => (view.codes.length ? time.counties.filter((geoid) => view.codes.some((code) => geoid.startsWith(code))).length : time.counties.length);
    const counties = this.views.map((view, k) => this.fill(words.partOf, { n: this.number(this.summaries[k].counts.counties), total: this.number(total(view)) }));
    const row = (label, values, kind = "td") => make("tr", {}, make("th", { scope: "row" }, label), ...values.map((value) => make(kind, {}, typeof value === "number" ? this.number(value) : value)));
    const both = (pick) => [pick(one), pick(other)];
    const body = [row(words.inForceLabel, both((s) => s.counts.agreements)), row(words.agencies, both((s) => s.counts.agencies)), row(words.countiesCovered, counties), row(words.statewideLabel, both((s) => s.counts.statewide)),
      ...words.models.map((name, i) => [name, both((s) => s.byModel[i])]).filter(([, values]) => values.some(Boolean)).map(([name, values]) => row(name, values))];
    this.differenceOf = null;
    this.parts.difference.setAttribute("aria-label", words.sidesTitle);
    this.parts.difference.replaceChildren(make("h2", {}, words.sidesTitle), make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...body)));
  },
  placeNames() {
    const { state, time, words } = this;
    return state.filters.counties.length ? state.filters.counties.map((i) => this.countyName(i)) : state.filters.states.map((i) => words.states[time.data.states[i][1]]);
  },

  drawLegend() {
    const { state, words } = this, list = this.parts.legend, items = [];
    const swatch = (key) => {
      const canvas = make("canvas", { "aria-hidden": "true", width: 84, height: 54 }), c = canvas.getContext("2d"), found = styles(c, 2);
      c.fillStyle = found[key];
      c.fillRect(0, 0, 84, 54);
      c.strokeStyle = color("--state-line");
      c.lineWidth = 2;
      c.strokeRect(1, 1, 82, 52);
      return canvas;
    };
    const present = new Set(this.summaries.flatMap((summary) => [...summary.present]));
    for (const [key, label] of words.legends[state.color].classes) {
      if (state.color === "level" || present.has(key)) items.push(make("li", {}, swatch(key), label));
    }
    const others = words.others[this.narrows() ? "narrowed" : "whole"];
    items.push(...others.map(([key, label]) => make("li", {}, swatch(key), label)));
    if (this.summaries.some((summary) => summary.statewide.some(Boolean))) {
      const outline = svgMake("svg", { viewBox: "0 0 42 27", "aria-hidden": "true" });
      outline.append(svgMake("rect", { x: 2, y: 2, width: 38, height: 23, fill: "none", stroke: color("--acts-line"), "stroke-width": 3.4 }));
      items.push(make("li", {}, outline, words.stateOutline));
    }
    list.setAttribute("aria-label", words.legends[state.color].title);
    list.replaceChildren(...items);
  },

  // ---- the chart under the map, in pixels of its place so that letters and hatches keep their shape
  drawChart() {
    const { time, state, words, parts } = this, W = Math.round(parts.plot.clientWidth), H = Math.round(parts.plot.clientHeight);
    if (!W || !H) return;
    const asked = this.query({ ...state, day: null, vsDay: null, vsState: null, color: "level", filters: { ...state.filters, status: "active" } });
    const key = [asked, state.theme, state.vsState, W, H].join();
    if (key === this.chartOf) return;
    this.chartOf = key;
    if (asked !== this.monthlyOf) {
      this.monthlyOf = asked;
      this.monthly = time.stops(1).map((day) => time.summary(time.on(this.narrowed, day), day).byModel);
    }
    const stops = time.stops(1), counts = this.monthly, most = Math.max(1, ...counts.map((each) => each.reduce((a, b) => a + b, 0)));
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize), size = 0.85 * rem, pen = document.createElement("canvas").getContext("2d");
    pen.font = `${size}px "Source Sans", sans-serif`;
    const wide = (text) => pen.measureText(text).width;
    const top = size * 1.5, below = size * 1.55, bottom = H - below, tall = bottom - top;
    const ticks = this.ticks(most, Math.max(1, Math.floor(tall / (size * 1.35))));
    const left = Math.ceil(Math.max(...ticks.map((n) => wide(this.number(n))))) + 8, right = W - 2;
    this.plotAt = { left, right };
    parts.track.style.setProperty("--gutter", left + "px");
    parts.track.style.setProperty("--below", below + "px");
    parts.track.style.setProperty("--top", top + "px");
    const x = (day) => this.chartX(day), y = (n) => bottom - (n / most) * tall, px = (n) => n.toFixed(1);
    const chart = svgMake("svg", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, class: "chart", role: "img", "aria-label": this.fill(words.chart, { day: this.day(time.newest) }) });
    const add = (tag, attributes, text) => { const element = svgMake(tag, attributes); if (text !== undefined) element.textContent = text; chart.append(element); return element; };
    const defs = svgMake("defs");
    defs.innerHTML = `<pattern id="gap" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="var(--paper)"/><rect width="1.6" height="5" fill="var(--soft)"/></pattern>`
      + `<pattern id="papers" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r="1.1" fill="var(--soft)"/></pattern>`;
    chart.append(defs);
    const eras = settings.marks.filter((mark) => mark.kind === "administration" && mark.day < time.newest);
    let free = left;
    eras.forEach((mark, i) => {
      const from = x(Math.max(0, mark.day)), to = eras[i + 1] ? x(eras[i + 1].day) : right, name = mark.label[state.lang] || mark.label.en, width = wide(name);
      if (i % 2) add("rect", { x: px(from), y: 0, width: px(to - from), height: px(bottom), fill: "var(--band)" });
      else if (i) add("path", { d: `M${px(from)} 0V${px(top)}`, stroke: "var(--line)" });
      // A name too long for its years stands at their end, if there is room before them.
      const at = width + 8 <= to - from ? from + 4 : to - width - 2;
      if (at < free) return;
      add("text", { x: px(at), y: px(top - size * 0.45), class: "era" }, name);
      free = at + width + 6;
    });
    for (const n of ticks) {
      if (!n && ticks.length > 1) continue; // the line itself
      if (n) add("path", { d: `M${left} ${px(y(n))}H${right}`, stroke: "var(--band)", "stroke-width": 1.2 });
      add("text", { x: left - 6, y: px(Math.min(y(n) + size * 0.35, bottom - (n ? 0 : 2))), class: "tick", "text-anchor": "end" }, this.number(n));
    }
    let under = stops.map(() => 0);
    const shown = [];
    for (let model = 0; model < time.data.models.length; model++) {
      const over = under.map((n, i) => n + counts[i][model]);
      if (over.every((n, i) => n === under[i])) continue;
      shown.push(model);
      let d = `M${px(x(0))} ${px(y(0))}`, end = "", line = "";
      stops.forEach((day, i) => {
        const from = x(i ? stops[i - 1] : 0);
        d += `L${px(from)} ${px(y(over[i]))}H${px(x(day))}`;
        line += `${i ? "L" : "M"}${px(from)} ${px(y(over[i]))}H${px(x(day))}`;
        end = `L${px(x(day))} ${px(y(under[i]))}H${px(from)}` + end;
      });
      add("path", { d: d + end + "z", fill: `var(--model-${time.data.models[model].toLowerCase()})` });
      if (shown.length > 1) add("path", { d: line, fill: "none", stroke: "var(--paper)", "stroke-width": 0.6 });
      under = over;
    }
    if (time.data.first !== null) add("rect", { x: px(x(0)), y: px(top), width: px(x(time.data.first) - x(0)), height: 5, fill: "url(#papers)" });
    for (const [from, to] of time.data.gaps) {
      const width = Math.max(x(to) - x(from), 5);
      add("rect", { x: px(x(from)), y: px(top), width: px(width), height: px(tall), fill: "url(#gap)", stroke: "var(--soft)", "stroke-width": 0.8 });
    }
    for (const mark of settings.marks) {
      if (mark.kind !== "policy" || mark.day > time.newest) continue;
      add("path", { d: `M${px(x(mark.day))} ${px(top)}V${px(bottom)}`, stroke: "var(--ink)", "stroke-width": 1.2, "stroke-dasharray": "3 3" });
      add("path", { d: `M${px(x(mark.day) - 4)} ${px(top - 1)}h8l-4 6z`, fill: "var(--ink)" });
    }
    add("path", { d: `M${left} ${px(bottom)}H${right}`, stroke: "var(--line)" });
    const first = time.dateOf(0).getUTCFullYear(), last = time.dateOf(time.newest).getUTCFullYear(), each = (right - left) / (last - first + 1);
    const years = [1, 2, 4, 8].find((n) => n * each >= wide("2026") * 1.5) || 8;
    for (let year = Math.ceil((first + 1) / years) * years; year <= last; year += years) {
      const at = x((Date.UTC(year, 0, 1) - time.dateOf(0)) / 864e5), half = wide(String(year)) / 2;
      add("path", { d: `M${px(at)} ${px(bottom)}v5`, stroke: "var(--line)" });
      if (at + half <= W && at - half >= left) add("text", { x: px(at), y: px(H - size * 0.2), class: "tick", "text-anchor": "middle" }, String(year));
    }
    parts.chart.replaceWith(chart);
    parts.chart = chart;
    this.drawKey(shown);
    this.placeHead(this.shownDay());
  },
  /** Numbers to write at the side of the chart: round, and no more than fit. */
  ticks(most, fit) {
    let step = 1;
    for (const scale of [1, 10, 100, 1000, 10000]) {
      step = [1, 2, 5].map((n) => n * scale).find((n) => Math.floor(most / n) <= fit);
      if (step) break;
    }
    return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
  },
  chartX(day) { const { left, right } = this.plotAt; return left + (day / this.time.newest) * (right - left); },
  placeHead(day) {
    if (!this.plotAt) return;
    this.parts.headLine.style.transform = `translateX(${this.chartX(day)}px)`;
    this.parts.otherLine.hidden = this.state.vsDay === null;
    if (this.state.vsDay !== null) this.parts.otherLine.style.transform = `translateX(${this.chartX(this.state.vsDay)}px)`;
  },
  drawKey(shown) {
    const { words, time } = this, items = shown.map((model) => [words.models[model].replace(/ \(.*\)$/, ""), svgMake("rect", { width: 26, height: 16, fill: `var(--model-${time.data.models[model].toLowerCase()})` })]);
    const line = svgMake("g");
    line.append(svgMake("path", { d: "M13 2V16", stroke: "var(--ink)", "stroke-width": 1.6, "stroke-dasharray": "3 3" }), svgMake("path", { d: "M8.5 0h9l-4.5 6z", fill: "var(--ink)" }));
    items.push([words.keyDate, line]);
    if (time.data.gaps.length) items.push([words.noLists, svgMake("rect", { x: 0.5, y: 0.5, width: 25, height: 15, fill: "url(#gap)", stroke: "var(--soft)" })]);
    if (time.data.first !== null) items.push([words.documentsOnly, svgMake("rect", { y: 5, width: 26, height: 5, fill: "url(#papers)" })]);
    this.parts.key.setAttribute("aria-label", words.chartTitle);
    this.parts.chartTitle.textContent = words.chartTitle + (this.state.vsState ? ` · ${this.views[0].codes.length ? this.placeNames().join(", ") : words.country}` : "");
    this.parts.key.replaceChildren(...items.map(([label, mark]) => {
      const picture = svgMake("svg", { viewBox: "0 0 26 16", "aria-hidden": "true" });
      picture.append(mark);
      return make("li", {}, picture, label);
    }));
  },

  // ---- a county
  openCard(i, map) {
    for (const each of this.maps) { each.chosen = i; if (each.at) each.drawLines(); }
    if (i < 0) { this.closeCard(); return; }
    const { time, words, state } = this, k = Math.max(0, this.maps.indexOf(map)), found = time.ofCounty(this.masks[k], i);
    const list = (heading, chosen) => (chosen.length ? [make("h3", {}, `${heading} (${this.number(chosen.length)})`), make("ul", {}, ...chosen.map((row) => {
      const signed = time.rows.signed[row], year = time.rows.year[row];
      const when = signed !== null ? this.fill(words.signedOn, { day: this.day(signed) }) : year ? this.fill(words.signedIn, { year }) : words.signedUnknown;
      return make("li", {}, make("span", { lang: "en" }, time.data.agencies[time.rows.agency[row]]), make("span", { class: "when" }, `${words.models[time.modelOn(row, state.day)]} · ${when}`));
    }))] : []);
    const shut = make("button", { type: "button", class: "shut", "aria-label": words.close, onclick: () => this.closeCard() }, "×");
    const card = make("section", { class: "card", role: "dialog", "aria-label": this.countyName(i), tabindex: "-1" },
      shut, make("h2", {}, this.countyName(i)), ...list(words.localHeading, found.local), ...list(words.statewideHeading, found.statewide));
    if (!found.local.length && !found.statewide.length) card.append(make("p", {}, words[this.narrows() ? "cardNarrowed" : "cardNone"]));
    if (this.card) this.card.remove();
    this.card = card;
    this.maps[k].sheet.append(card);
    for (const name of ["pointerdown", "wheel"]) card.addEventListener(name, (event) => event.stopPropagation());
    card.focus({ preventScroll: true });
  },
  closeCard() {
    if (this.card) this.card.remove();
    this.card = null;
    for (const map of this.maps) if (map.chosen !== undefined) { map.chosen = undefined; if (map.at) map.drawLines(); }
  },

  // ---- time
  nearest(day) { let at = 0; this.stops.forEach((stop, i) => { if (stop <= day) at = i; }); return at; },
  goTo(day, { push = false, pulse = false } = {}) {
    this.state.day = day >= this.time.newest ? (this.state.filters.status === "active" ? null : this.time.newest) : Math.max(0, day);
    this.state.bad = [];
    this.badTalk = null;
    this.closeCard();
    this.show(pulse);
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.writeAddress(push), 250); // browsers refuse an address that changes too often
  },
  stepTime(by) {
    this.pause();
    const now = this.shownDay(), at = this.nearest(now);
    const next = by > 0 ? (this.stops[at] > now ? at : at + 1) : this.stops[at] < now ? at : at - 1;
    this.goTo(next < 0 ? 0 : this.stops[Math.min(next, this.stops.length - 1)], { pulse: by > 0 });
  },
  play() {
    if (this.playing) return;
    if (this.shownDay() >= this.time.newest) this.goTo(0);
    this.playing = true;
    this.tellPlay();
    const rate = [3, 8, 16, 30][this.state.speed];
    let at = this.nearest(this.shownDay()), last = performance.now(), owed = 0;
    const frame = (now) => {
      if (!this.playing) return;
      this.frames = (this.frames || 0) + 1;
      owed += ((now - last) / 1000) * rate;
      last = now;
      if (owed >= 1) {
        // A day late is a step late: after a pause of the browser the play goes on from where it was.
        at += Math.min(Math.floor(owed), 2);
        owed %= 1;
        if (at >= this.stops.length - 1) { this.goTo(this.time.newest, { pulse: true }); this.pause(); this.fade(); return; }
        this.goTo(this.stops[at], { pulse: true });
      } else {
        for (const map of this.maps) if (map.pulses.size) map.drawLines();
        const from = this.shownDay(), to = this.stops[Math.min(at + 1, this.stops.length - 1)];
        if (!still.matches) this.placeHead(from + (to - from) * owed);
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },
  fade() {
    const frame = () => {
      let left = false;
      for (const map of this.maps) if (map.pulses.size) { map.drawLines(); left = true; }
      if (left) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },
  pause() {
    if (!this.playing) { this.fade(); return; }
    this.playing = false;
    this.tellPlay();
    if (this.state.vsDay !== null) this.tellDifference();
    this.fade();
    this.parts.said.textContent = `${this.parts.day.textContent}: ${this.parts.count.textContent} ${this.parts.countLabel.textContent}`;
  },
  tellPlay() {
    const { play } = this.parts, word = this.words[this.playing ? "pause" : "play"];
    play.replaceChildren(sign(this.playing ? "pause" : "play"));
    play.setAttribute("aria-label", word);
    play.title = word;
  },

  // ---- the talk
  goToStep(at, { push = true } = {}) {
    if (!this.talk.length) return;
    this.pause();
    this.talkAt = Math.max(0, Math.min(at, this.talk.length - 1));
    const { by, speed, theme } = this.state;
    this.state = { ...this.readState(new URLSearchParams(this.talk[this.talkAt])), by, speed, theme };
    this.badTalk = null;
    this.closeCard();
    this.layOut();
    this.writeAddress(push);
    if (this.panel === "talk") this.openPanel("talk");
    this.parts.said.textContent = `${this.fill(this.words.stepOf, { n: this.talkAt + 1, total: this.talk.length })}. ${this.parts.title.textContent}. ${this.parts.subtitle.textContent}`;
  },
  next(by) {
    if (this.talk.length) this.goToStep(this.talkAt + by);
    else this.stepTime(by);
  },
  describe(step) {
    const held = this.readState(new URLSearchParams(step)), { time, words } = this, { filters } = held;
    const places = filters.counties.length ? filters.counties.map((i) => this.countyName(i)) : filters.states.map((i) => words.states[time.data.states[i][1]]);
    if (held.vsState) places.push(words.states[held.vsState]);
    const days = [held.day === null ? time.newest : held.day, ...(held.vsDay === null ? [] : [held.vsDay])];
    const rest = [...filters.models.map((i) => words.models[i]), ...(filters.years ? [filters.years.join("–")] : []), days.map((day) => this.day(day)).join(" – "),
      ...(held.bad.length ? [this.fill(words.badAddress, { what: held.bad.join(", ") })] : []),
      ...(held.color === "level" ? [] : [words.colors[held.color]]), ...(held.lang === this.lang ? [] : [settings.languages[held.lang]])];
    return [places.join(", ") || words.country, rest.join(" · ")];
  },

  // ---- panels
  openPanel(name) {
    const { words } = this;
    this.closePanel();
    this.panel = name;
    const build = { view: this.viewPanel, talk: this.talkPanel, compare: this.comparePanel, save: this.savePanel, help: this.helpPanel }[name];
    const shut = make("button", { type: "button", class: "shut", "aria-label": words.close, onclick: () => { this.closePanel(); this.parts[name].focus(); } }, "×");
    const panel = make("section", { class: "panel", role: "dialog", "aria-label": words[name], tabindex: "-1" }, shut, make("h2", {}, words[name]), ...build.call(this));
    this.parts.panel = panel;
    this.parts[name].setAttribute("aria-expanded", "true");
    this.parts.stage.append(panel);
    panel.focus({ preventScroll: true });
  },
  closePanel() {
    if (this.parts.panel) this.parts.panel.remove();
    if (this.panel) this.parts[this.panel].setAttribute("aria-expanded", "false");
    this.parts.panel = this.panel = null;
  },
  choice(label, options, value, change) {
    const select = make("select", { onchange: () => change(select.value) }, ...options.map(([key, text]) => make("option", { value: key, selected: String(key) === String(value) }, text)));
    return make("label", {}, make("span", {}, label), select);
  },
  again(part) { const focused = [...this.parts.panel.querySelectorAll("select, button")].indexOf(document.activeElement); this.change(part); const open = this.panel; this.openPanel(open); const found = [...this.parts.panel.querySelectorAll("select, button")][focused]; if (found) found.focus({ preventScroll: true }); },
  viewPanel() {
    const { words, state, time } = this, { filters } = state;
    const states = time.data.states.map(([, abbr], i) => [i, words.states[abbr]]).sort((a, b) => a[1].localeCompare(b[1]));
    const county = filters.counties[0], stateNow = filters.states.length === 1 ? filters.states[0] : county !== undefined ? time.stateOfCounty[county] : -1;
    const counties = stateNow < 0 ? [] : time.counties.map((geoid, i) => [i, this.countyName(i)]).filter(([i]) => time.stateOfCounty[i] === stateNow).sort((a, b) => a[1].localeCompare(b[1]));
    const marked = settings.marks.filter((mark) => mark.kind === "policy");
    return [
      this.choice(words.place, [[-1, words.country], ...states], stateNow, (value) => this.again({ filters: { ...filters, states: value < 0 ? [] : [Number(value)], counties: [] } })),
      counties.length ? this.choice(words.countyChoice, [["", words.wholeState], ...counties], county === undefined ? "" : county,
        (value) => this.again({ filters: { ...filters, states: value === "" ? [stateNow] : [], counties: value === "" ? [] : [Number(value)] } })) : null,
      this.choice(words.modelType, [[-1, words.anyModel], ...words.models.map((name, i) => [i, name])], filters.models.length === 1 ? filters.models[0] : -1,
        (value) => this.again({ filters: { ...filters, models: value < 0 ? [] : [Number(value)] } })),
      this.choice(words.colour, Object.entries(words.colors), state.color, (value) => this.again({ color: value })),
      this.choice(words.language, Object.entries(settings.languages), state.lang, (value) => this.load(value).then(() => this.again({ lang: value }))),
      this.choice(words.theme, [["light", words.light], ["dark", words.dark]], state.theme, (value) => this.again({ theme: value })),
      make("h3", {}, words.keyDates),
      make("ul", { class: "dates" }, ...marked.map((mark) => make("li", {},
        make("button", { type: "button", onclick: () => { this.pause(); this.goTo(mark.day); } }, this.day(mark.day)), " ", mark.label[state.lang] || mark.label.en,
        make("small", {}, make("a", { href: mark.url, target: "_blank", rel: "noopener", lang: "en" }, mark.source))))),
    ];
  },
  talkPanel() {
    const { words } = this;
    const act = (run) => () => { run(); this.writeAddress(false); this.tellControls(); this.openPanel("talk"); };
    const move = (from, to) => { const [step] = this.talk.splice(from, 1); this.talk.splice(to, 0, step); if (this.talkAt === from) this.talkAt = to; else if (this.talkAt === to) this.talkAt = from; };
    const steps = this.talk.map((step, i) => {
      const [name, rest] = this.describe(step), button = (label, text, disabled, run) => make("button", { type: "button", "aria-label": `${label}: ${name}`, title: label, disabled, onclick: act(run) }, text);
      return make("li", { "aria-current": i === this.talkAt ? "step" : null },
        make("button", { type: "button", class: "go", onclick: () => this.goToStep(i) }, `${i + 1}. ${name}`, make("small", {}, rest)),
        button(words.moveUp, "↑", i === 0, () => move(i, i - 1)), button(words.moveDown, "↓", i === this.talk.length - 1, () => move(i, i + 1)),
        button(words.remove, "×", false, () => { this.talk.splice(i, 1); if (this.talkAt >= i) this.talkAt--; this.talkAt = Math.min(this.talkAt, this.talk.length - 1); }));
    });
    return [
      make("button", { type: "button", class: "add", onclick: act(() => { this.talk.splice(this.talkAt + 1 || this.talk.length, 0, this.stepQuery()); this.talkAt = this.talkAt < 0 ? this.talk.length - 1 : this.talkAt + 1; }) }, words.addStep),
      this.talk.length ? make("ol", { class: "steps" }, ...steps) : make("p", {}, words.noSteps),
      this.talk.length ? this.copyButton(words.copyTalk, () => { const talk = this.talkAt; this.talkAt = 0; const link = location.origin + location.pathname + (this.talk[0] ? "?" + this.talk[0] : "") + this.fragment(); this.talkAt = talk; return link; }) : null,
      make("small", {}, words.talkNote),
    ];
  },
  comparePanel() {
    const { words, state, time } = this;
    const kind = state.vsDay !== null ? "day" : state.vsState ? "state" : "";
    const other = state.vsDay !== null ? state.vsDay : Math.max(0, this.shownDay() - 365);
    const choose = (value) => {
      if (!kind) this.alone = { day: state.day, filters: state.filters }; // what "Nothing" leads back to
      const from = this.alone || { day: state.day, filters: state.filters };
      const first = time.data.states.findIndex(([, abbr]) => abbr === (state.filters.states[0] === time.stateByAbbr.get("TX") ? "FL" : "TX"));
      this.again(value === "day" ? { day: other, vsDay: this.shownDay(), vsState: null } : value === "state" ? { day: from.day, vsState: time.data.states[first][1], vsDay: null, filters: { ...state.filters, counties: [], states: state.filters.states.length ? state.filters.states.slice(0, 1) : [time.stateByAbbr.get("FL")] } } : { ...from, vsDay: null, vsState: null });
    };
    const parts = [this.choice(words.compareWith, [["", words.compareNothing], ["day", words.compareDay], ["state", words.comparePlace]], kind, choose)];
    const states = time.data.states.map(([, abbr]) => [abbr, words.states[abbr]]).sort((a, b) => a[1].localeCompare(b[1]));
    if (kind === "day") {
      const input = make("input", { type: "date", min: time.textOf(0), max: time.textOf(time.newest), value: time.textOf(state.vsDay), style: "font:inherit" });
      input.onchange = () => { const day = time.dayOf(input.value); if (day !== null) this.again({ vsDay: Math.min(day, time.newest) }); };
      parts.push(make("label", {}, make("span", {}, words.compareDay), input));
    }
    if (kind === "state") parts.push(this.choice(words.comparePlace, states, state.vsState, (value) => this.again({ vsState: value })));
    if (kind) parts.push(make("small", {}, words.sameScale));
    return parts;
  },
  savePanel() {
    const { words, state, time } = this, query = this.query(state, { bare: true });
    // A picture shows both sides. The map in one file holds both places, and its slider every day; a handout is of one place.
    const vs = state.vsDay !== null ? "vs=" + time.textOf(state.vsDay) : state.vsState ? "vs=" + state.vsState : "";
    const other = state.vsState ? time.stateByAbbr.get(state.vsState) : -1;
    const sides = other < 0 ? [query] : [query, this.query({ ...state, filters: { ...state.filters, states: [other], counties: [] } }, { bare: true })];
    const both = other < 0 || !state.filters.states.length ? query : this.query({ ...state, filters: { ...state.filters, states: [...new Set([...state.filters.states, other])] } }, { bare: true });
    const file = (name, text, more = "", query = sides[0]) => make("li", {}, make("a", { class: "file", href: "take/" + name + "?" + [query, more].filter(Boolean).join("&"), download: "" }, text));
    const place = state.filters.states.length + state.filters.counties.length === 1;
    const address = location.origin + location.pathname + (query ? "?" + query : "");
    const code = `<iframe src="${address.replace(/&/g, "&amp;")}" title="${this.parts.title.textContent.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}" width="100%" height="640" style="border:0" loading="lazy"></iframe>`;
    const area = make("textarea", { readonly: true, "aria-label": words.embed });
    area.value = code;
    return [
      make("small", {}, words.saveNeeds),
      make("h3", {}, `${words.savePicture}: ${words.slide}`), make("ul", { class: "files" }, file("map.png", "PNG", vs), file("map.svg", "SVG", vs), file("map.pdf", "PDF", vs)),
      make("h3", {}, `${words.savePicture}: ${words.print}`), make("ul", { class: "files" }, ...["png", "svg", "pdf"].map((kind) => file("map." + kind, kind.toUpperCase(), ["size=print", vs].filter(Boolean).join("&")))),
      make("h3", {}, words.handout), place ? make("ul", { class: "files" }, ...sides.map((side, k) => file("handout.pdf", sides.length > 1 ? "PDF · " + (k ? words.states[state.vsState] : this.placeNames()[0]) : "PDF", "", side))) : make("small", {}, words.handoutHint),
      make("h3", {}, words.offline), make("ul", { class: "files" }, file("map.html", "HTML", "", both)),
      make("h3", {}, words.embed), area, this.copyButton(words.copyCode, () => code), " ", this.copyButton(words.copyView, () => location.href),
    ];
  },
  helpPanel() {
    const { words } = this;
    return [make("table", {}, make("tbody", {}, ...words.keys.map(([keys, told]) => make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, told)))))];
  },
  copyButton(label, text) {
    const button = make("button", { type: "button", class: "copy", onclick: async () => {
      try { await navigator.clipboard.writeText(text()); } catch {
        const area = make("textarea"); area.value = text(); document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
      }
      button.textContent = this.words.copied;
      this.parts.said.textContent = this.words.copied;
      setTimeout(() => { button.textContent = label; }, 1500);
    } }, label);
    return button;
  },

  // ---- the fixed parts
  build() {
    const p = (this.parts = {}), button = (name, properties, ...children) => (p[name] = make("button", { type: "button", ...properties }, ...children));
    p.title = make("h1"); p.subtitle = make("p", { class: "subtitle" }); p.legend = make("ul", { class: "legend" });
    p.aged = make("p", { class: "aged", hidden: true }); p.bad = make("p", { class: "bad", role: "status", hidden: true });
    p.count = make("b"); p.countLabel = make("span"); p.number = make("div", { class: "number" }, p.count, p.countLabel); p.facts = make("p", { class: "facts" });
    p.maps = make("div", { class: "maps" }); p.event = make("p", { class: "event" }); p.difference = make("section", { class: "difference", tabindex: "0" });
    button("zoomIn", { onclick: () => this.maps[0].zoomBy(1.5) }, "+"); button("zoomOut", { onclick: () => this.maps[0].zoomBy(1 / 1.5) }, "−"); button("fit", { onclick: () => this.moveAll({ zoom: 1, x: 0, y: 0 }) }, "⤢");
    p.zoom = make("div", { class: "zoom" }, p.zoomIn, p.zoomOut, p.fit);
    p.day = make("span", { class: "day" }); p.how = make("span", { class: "how" });
    button("earlier", { onclick: () => this.stepTime(-1) }, sign("back")); button("play", { class: "play", onclick: () => (this.playing ? this.pause() : this.play()) }, sign("play")); button("later", { onclick: () => this.stepTime(1) }, sign("on"));
    p.by = make("select", { onchange: () => this.change({ by: p.by.value }, { push: false }) });
    p.speed = make("select", { onchange: () => { const was = this.playing; this.pause(); this.change({ speed: Number(p.speed.value) }, { push: false }); if (was) this.play(); } });
    p.scrub = make("input", { type: "range", class: "scrub", min: 0, max: this.time.newest, step: 1 });
    p.scrub.addEventListener("input", () => { this.pause(); this.goTo(Number(p.scrub.value)); });
    p.chart = svgMake("svg"); p.chartTitle = make("span", { class: "chart-title", "aria-hidden": "true" }); p.key = make("ul", { class: "key", role: "list" });
    p.headLine = make("div", { class: "head-line" }); p.otherLine = make("div", { class: "head-line other", hidden: true });
    p.plot = make("div", { class: "plot" }, p.chart, p.otherLine, p.headLine, p.scrub);
    p.track = make("div", { class: "track" }, make("div", { class: "chart-head" }, p.chartTitle, p.key), p.plot);
    for (const name of ["view", "talk", "compare", "save", "help"]) button(name, { "aria-expanded": "false", onclick: () => (this.panel === name ? this.closePanel() : this.openPanel(name)) });
    button("full", { onclick: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen().catch(() => {})) });
    p.back = make("a");
    p.where = make("span", { class: "where-in-talk" });
    p.source = make("p"); p.said = make("p", { class: "said", "aria-live": "polite" });
    p.stage = document.getElementById("stage");
    p.stage.replaceChildren(
      make("header", { class: "head" }, make("div", {}, p.title, p.subtitle, make("div", { class: "side" }, p.bad, p.aged, p.legend)), make("div", {}, p.number, p.facts)),
      p.maps,
      make("footer", {}, make("div", { class: "time" }, make("div", { class: "clock" }, make("div", {}, p.day, make("br"), p.how), make("div", { class: "buttons" }, p.earlier, p.play, p.later, p.by, p.speed)), p.track),
        make("div", { class: "foot" }, p.source, make("nav", { class: "bar" }, p.where, p.view, p.talk, p.compare, p.save, p.help, p.full, p.back))),
      p.said);
    document.addEventListener("fullscreenchange", () => this.tellControls());
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("popstate", () => { this.readTalk(); this.state = this.readState(new URLSearchParams(location.search)); this.pause(); this.load(this.lang).then(() => this.layOut()); });
    new ResizeObserver(() => { if (this.summaries) this.drawChart(); }).observe(p.plot);
  },
  tellControls() {
    const { words, parts: p, state } = this;
    p.source.textContent = words.source;
    for (const name of ["view", "talk", "compare", "save", "help"]) p[name].textContent = words[name];
    p.full.textContent = words[document.fullscreenElement ? "leaveFullScreen" : "fullScreen"];
    p.back.textContent = words.back;
    const bare = this.query(state, { bare: true });
    p.back.href = "./?" + ["view=explore", bare].filter(Boolean).join("&");
    for (const name of ["earlier", "later", "zoomIn", "zoomOut", "fit"]) { p[name].setAttribute("aria-label", words[name]); p[name].title = words[name]; }
    const fill = (select, label, options, value) => { select.setAttribute("aria-label", label); select.replaceChildren(...options.map(([key, text]) => make("option", { value: key, selected: String(key) === String(value) }, text))); };
    fill(p.by, words.step, [["month", words.month], ["quarter", words.quarter]], state.by);
    fill(p.speed, words.speed, words.speeds.map((name, i) => [i, name]), state.speed);
    p.scrub.setAttribute("aria-label", words.day);
    p.where.textContent = this.talk.length ? this.fill(words.stepOf, { n: this.talkAt + 1 || "–", total: this.talk.length }) : "";
    this.tellPlay();
  },
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = event.target, typing = at.matches("textarea, input:not([type=range]), select"), pressed = at.matches("button, a, summary");
    const act = (run) => { event.preventDefault(); run(); };
    if (event.key === "Escape") {
      if (this.panel) { const name = this.panel; act(() => { this.closePanel(); this.parts[name].focus(); }); } else if (this.card) act(() => this.closeCard());
      else if (this.playing) act(() => this.pause());
      return;
    }
    if (typing) return;
    const inDialog = at.closest && at.closest(".panel, .card, .difference");
    if (event.key === "Backspace") act(() => { if (this.stepsBack()) history.back(); }); // never away from this page
    else if (event.key === " " && !pressed) act(() => (this.playing ? this.pause() : this.play()));
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const by = event.key === "ArrowRight" ? 1 : -1;
      if (event.shiftKey || at === this.parts.scrub) act(() => this.stepTime(by)); else act(() => this.next(by));
    } else if (!inDialog && event.key === "PageDown") act(() => this.next(1));
    else if (!inDialog && event.key === "PageUp") act(() => this.next(-1));
    else if (!inDialog && event.key === "Home") act(() => (this.talk.length && at !== this.parts.scrub ? this.goToStep(0) : (this.pause(), this.goTo(0))));
    else if (!inDialog && event.key === "End") act(() => (this.talk.length && at !== this.parts.scrub ? this.goToStep(this.talk.length - 1) : (this.pause(), this.goTo(this.time.newest))));
  },

  async load(lang) {
    if (!this.names[lang]) this.names[lang] = fetch(settings.names.replace("{lang}", lang)).then((answer) => answer.json()).then((told) => (this.names[lang] = told));
    await this.names[lang];
  },
  async start() {
    const get = (address) => fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(address))));
    const lang = settings.languages[new URLSearchParams(location.search).get("lang")] ? new URLSearchParams(location.search).get("lang") : "en";
    this.words = settings.words[lang];
    try {
      const [atlas, record] = await Promise.all([get(settings.atlas), get(settings.record), this.load(lang)]);
      this.atlas = new Atlas(atlas);
      this.time = new Timeline(record, atlas.counties.map(([geoid]) => geoid), settings);
    } catch {
      document.querySelector(".wait").textContent = this.words.loadFailed;
      return;
    }
    this.state = this.readState(new URLSearchParams(location.search));
    this.readTalk();
    this.build();
    if (document.fonts) await document.fonts.load('600 16px "Source Sans"').catch(() => {});
    this.layOut();
    document.documentElement.dataset.ready = "yes";
    // Languages of the other steps come now, while there is a network.
    for (const other of Object.keys(settings.languages)) this.load(other).catch(() => { delete this.names[other]; });
  },
};
window.app = app;
app.start();
