/* The map inside its frame. Shapes arrive once; a selection only changes classes of paths already drawn. */
"use strict";

/** Set up the county map on a Leaflet map; called by the page Folium writes. */
function countyMap(map, settings) {
  const NS = "http://www.w3.org/2000/svg";
  const host = map.getContainer();
  const frame = window.frameElement;
  const outer = frame ? window.parent : null;
  let shapes = null, names = [], stateNames = {}, counties = [], states = new Map(), outlineCounty = () => {};
  let words = {}, selection = null, waiting = null, painted = "", counts = [], openCounty = -1;

  // What a server answers; the static edition (map_app/publish) has none and answers itself.
  const ask = window.askPart || ((address, kind) =>
    fetch(address).then((answer) => (answer.ok ? answer[kind]() : Promise.reject(answer.status))));

  // ---- patterns: never colour alone
  const hatch = (id, size, mark, turn) =>
    `<pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse"${turn ? ` patternTransform="rotate(${turn})"` : ""}>` +
    `<rect width="${size}" height="${size}" class="ground"/>${mark}</pattern>`;
  // Twice: those of the map are scaled with it, those of the legend are not.
  const patterns = (prefix) =>
    `<g class="hatch-1">${hatch(prefix + "1", 8, '<circle cx="2" cy="2" r="0.8" class="mark"/><circle cx="6" cy="6" r="0.8" class="mark"/>')}</g>` +
    `<g class="hatch-2">${hatch(prefix + "2", 6, '<rect width="2.2" height="6" class="mark"/>', 45)}</g>` +
    `<g class="hatch-a">${hatch(prefix + "a", 5, '<rect width="5" height="1.6" class="mark"/>')}</g>` +
    `<g class="hatch-c">${hatch(prefix + "c", 6, '<circle cx="3" cy="3" r="1.4" class="mark"/>')}</g>` +
    `<g class="hatch-d">${hatch(prefix + "d", 6, '<path d="M0 3H6M3 0V6" class="line"/>')}</g>` +
    `<g class="hatch-e">${hatch(prefix + "e", 6, '<rect width="2" height="6" class="mark"/>', -45)}</g>`;

  // ---- drawing once
  function draw(topology) {
    const drawn = drawShapes(map, topology, patterns("map-hatch-"));
    counties = drawn.counties;
    states = drawn.states;
    outlineCounty = (i) => drawn.mark(counties[i]);
    // What the shapes and numbers show is told in words before the map, and in the list and table.
    drawn.svg.setAttribute("aria-hidden", "true");
    map.getPane("markerPane").setAttribute("aria-hidden", "true");
    shapes = topology;
  }

  // ---- painting a selection
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  function paint(next) {
    const classes = next.classes;
    for (let i = 0; i < counties.length; i++) {
      if (classes[i] !== painted[i]) counties[i].path.setAttribute("class", "county leaflet-interactive fill-" + classes[i]);
    }
    painted = classes;
    if (!selection || !same(next.statewide, selection.statewide)) {
      for (const [fips, layer] of states) {
        const acts = fips in next.statewide;
        layer.path.setAttribute("class", acts ? "state state-acts" : "state");
        layer.ground.setAttribute("class", acts ? "ground ground-acts" : "ground");
      }
      drawBadges(next);
    }
    counts = new Array(counties.length).fill(0);
    for (let k = 0, at = -1; k < next.local.length; k += 2) {
      at += next.local[k] + 1;
      counts[at] = next.local[k + 1];
    }
    if (!selection || !same([next.title, next.legend, next.lang], [selection.title, selection.legend, selection.lang])) drawLegend(next);
    selection = next;
    if (openCounty >= 0) openPopup(openCounty, null);
    host.setAttribute("data-counties", String(next.counties));
    host.setAttribute("data-revision", next.revision);
    host.setAttribute("lang", next.lang);
    host.setAttribute("aria-label", next.words ? words.mapLabel : host.getAttribute("aria-label") || "");
  }

  /** Called by the page around this frame with each new selection. */
  window.showSelection = function (next) {
    if (next.words) applyWords(next.words);
    applyTheme(next.theme);
    if (!shapes) { waiting = next; return; }
    if (!selection && home && next.within && next.within.length) {
      // Who opens a link to one state means to see that state; later filters leave the map where it stands.
      const asked = next.within.filter((code) => states.has(code)).reduce((all, code) => all.extend(stateView(code)), L.latLngBounds([]));
      if (asked.isValid()) settle(asked);
    }
    if (!selection || selection.revision !== next.revision) paint(next);
    const before = (frame && frame.dataset.focused) || "", focus = next.focus || "";
    if (focus !== before) {
      // What the page no longer speaks of must not stay open on the map.
      map.closePopup();
      if (focus.length === 5) settle(() => goToCounty(focus));
      else settle(states.has(focus) ? stateView(focus) : VIEWS.lower48);
    }
    if (frame) frame.dataset.focused = focus;
  };

  function applyTheme(theme) {
    document.documentElement.dataset.theme = theme || "light";
  }

  // ---- legend: outside the map, so that it hides no county
  const legend = document.createElement("details");
  legend.className = "legend";
  legend.open = window.innerWidth > 620;
  const legendRegion = document.createElement("section");
  legendRegion.append(legend);
  host.after(legendRegion);

  function drawLegend(next) {
    const box = legend;
    box.replaceChildren();
    const title = document.createElement("summary");
    title.textContent = next.title;
    legendRegion.setAttribute("aria-label", next.title);
    const swatches = document.createElementNS(NS, "svg");
    swatches.setAttribute("class", "hatches");
    swatches.setAttribute("aria-hidden", "true");
    swatches.innerHTML = `<defs>${patterns("hatch-")}</defs>`;
    box.append(title, swatches);
    const list = document.createElement("ul");
    for (const [key, label] of next.legend) {
      const item = document.createElement("li");
      const swatch = document.createElementNS(NS, "svg");
      swatch.setAttribute("viewBox", "0 0 26 18");
      swatch.setAttribute("aria-hidden", "true");
      const patch = document.createElementNS(NS, "rect");
      patch.setAttribute("width", "25"); patch.setAttribute("height", "17");
      patch.setAttribute("x", "0.5"); patch.setAttribute("y", "0.5");
      patch.setAttribute("class", "county fill-" + key);
      swatch.append(patch);
      item.append(swatch, label);
      list.append(item);
    }
    const acting = document.createElement("li");
    const outline = document.createElementNS(NS, "svg");
    outline.setAttribute("viewBox", "0 0 26 18");
    outline.setAttribute("aria-hidden", "true");
    outline.innerHTML = '<rect x="2" y="2" width="22" height="14" class="state state-acts"/>';
    acting.append(outline, words.stateOutline || "");
    list.append(acting);
    box.append(list);
  }

  // ---- badges: number of statewide agreements, at the state
  const badges = L.layerGroup().addTo(map);
  function drawBadges(next) {
    badges.clearLayers();
    for (const [fips, n] of Object.entries(next.statewide)) {
      const layer = states.get(fips);
      const at = shapes.stateLabels[fips] || layer.bounds().getCenter();
      const icon = L.divIcon({ className: "badge", html: "<span>" + Number(n) + "</span>", iconSize: [22, 18] });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(badges);
    }
  }

  // ---- names under the pointer
  const tooltip = L.tooltip({ sticky: true, direction: "top", offset: [0, -8], className: "name-tip" });
  const plural = (n, one, other) => (n === 1 ? one : other).replace("{n}", n);
  function describe(i) {
    const fips = counties[i].geoid.slice(0, 2);
    const state = selection ? selection.statewide[fips] || 0 : 0;
    let line = plural(counts[i] || 0, words.localOne, words.localOther);
    if (state) line += " + " + plural(state, words.stateOne, words.stateOther);
    return [names[i] || counties[i].geoid, line];
  }
  function hover(layer, latlng) {
    const [name, line] = describe(layer.position);
    const box = document.createElement("div");
    const title = document.createElement("b");
    title.textContent = name;
    const rest = document.createElement("span");
    rest.textContent = line;
    box.append(title, rest);
    tooltip.setContent(box).setLatLng(latlng);
    if (!map.hasLayer(tooltip)) tooltip.addTo(map);
    outlineCounty(layer.position);
  }
  const layerAt = (event) => {
    const target = event.originalEvent && event.originalEvent.target;
    return target && target.classList && target.classList.contains("county") ? counties[pathIndex(target)] : null;
  };
  const pathIndex = (path) => {
    if (!pathIndex.known) pathIndex.known = new Map(counties.map((layer, i) => [layer.path, i]));
    return pathIndex.known.get(path);
  };
  map.on("mousemove", (event) => {
    const layer = layerAt(event);
    if (layer) hover(layer, event.latlng);
    else { tooltip.remove(); outlineCounty(openCounty); }
  });
  map.on("mouseout", () => { tooltip.remove(); outlineCounty(openCounty); });

  // ---- popups
  const popup = L.popup({ maxWidth: 380, minWidth: 240, maxHeight: 340, autoPanPadding: [12, 12], className: "county-popup-box" });
  let opener = null; // what a keyboard opened the popup from; focus goes back there
  popup.on("remove", () => {
    openCounty = -1;
    outlineCounty(-1);
    host.classList.remove("popup-open");
    const focused = document.activeElement, element = popup.getElement();
    if (opener && (focused === document.body || (element && element.contains(focused)))) opener.focus({ preventScroll: true });
    opener = null;
  });
  function openPopup(i, latlng, from) {
    const geoid = counties[i].geoid;
    openCounty = i;
    tooltip.remove();
    outlineCounty(i);
    const query = new URLSearchParams();
    for (const [name, values] of Object.entries(selection ? selection.query : {})) values.forEach((v) => query.append(name, v));
    query.set("lang", document.documentElement.lang || "en");
    const box = document.createElement("div");
    box.className = "popup-content";
    box.textContent = words.loading || "";
    popup.options.maxHeight = Math.max(180, Math.min(420, host.clientHeight - 90));
    popup.options.maxWidth = Math.max(220, Math.min(400, host.clientWidth - 70));
    popup.setContent(box);
    if (latlng || !popup.isOpen()) popup.setLatLng(latlng || counties[i].bounds().getCenter());
    popup.openOn(map);
    host.classList.add("popup-open");
    const dialog = popup.getElement();
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-label", names[i] || geoid);
    dialog.tabIndex = -1;
    const close = dialog.querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", words.close || ""), close.title = words.close || "";
    if (from) {
      opener = from;
      dialog.focus({ preventScroll: true });
    }
    ask(settings.popup + geoid + "?" + query, "text")
      .then((html) => {
        if (openCounty !== i) return;
        box.innerHTML = html;
        popup.update();
        const heading = box.querySelector("h2"), name = heading ? heading.textContent : geoid;
        dialog.setAttribute("aria-label", name);
        // What is longer than the popup scrolls; the arrow keys must reach it.
        const content = dialog.querySelector(".leaflet-popup-content");
        if (content.classList.contains("leaflet-popup-scrolled")) {
          content.tabIndex = 0;
          content.setAttribute("role", "group");
          content.setAttribute("aria-label", name);
        } else for (const each of ["tabindex", "role", "aria-label"]) content.removeAttribute(each);
      })
      .catch(() => { box.textContent = words.popupFailed || ""; });
  }
  map.on("click", (event) => {
    const layer = layerAt(event);
    if (!layer) return;
    openPopup(layer.position, event.latlng);
    pick(layer);
  });
  function goToCounty(geoid, from) {
    const layer = counties.find((each) => each.geoid === geoid);
    if (!layer) return;
    map.fitBounds(layer.bounds(), { maxZoom: 8, padding: [40, 40], animate: false });
    openPopup(layer.position, layer.bounds().getCenter(), from);
  }
  window.openCounty = goToCounty;
  function pick(layer) {
    if (!frame || !frame.pick) return;
    frame.dataset.focused = layer.geoid;
    frame.pick(layer.geoid);
  }
  // Enter on the map opens the county under the cross in its middle.
  host.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== host || !counties.length) return;
    const box = host.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
    const layer = document.elementsFromPoint(x, y).map((each) => counties[pathIndex(each)]).find(Boolean);
    if (!layer) return;
    event.preventDefault();
    openPopup(layer.position, map.getCenter(), host);
    pick(layer);
  });
  // Escape closes what is open, wherever the focus is; also names shown under the pointer.
  const escape = (event) => {
    if (event.key !== "Escape") return;
    tooltip.remove();
    if (popup.isOpen()) map.closePopup(popup);
  };
  document.addEventListener("keydown", escape);
  if (outer) {
    outer.document.addEventListener("keydown", escape);
    window.addEventListener("pagehide", () => outer.document.removeEventListener("keydown", escape));
  }

  // ---- moving: the wheel scrolls the page, one finger too; Ctrl and two fingers move the map
  host.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    map.setZoomAround(map.mouseEventToLatLng(event), map.getZoom() - Math.sign(event.deltaY) * 0.5, { animate: false });
  }, { passive: false });
  if (window.matchMedia("(pointer: coarse)").matches) {
    map.dragging.disable();
    host.classList.add("two-fingers");
    const note = L.DomUtil.create("p", "finger-note", host);
    let hide = 0;
    host.addEventListener("touchmove", (event) => {
      if (event.touches.length > 1) { note.classList.remove("shown"); return; }
      note.textContent = words.twoFingers || "";
      note.classList.add("shown");
      clearTimeout(hide);
      hide = setTimeout(() => note.classList.remove("shown"), 1200);
    }, { passive: true });
  }
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pan = L.control({ position: "topleft" });
  pan.onAdd = () => {
    const box = L.DomUtil.create("div", "leaflet-bar pan-buttons");
    L.DomEvent.disableClickPropagation(box);
    for (const [key, sign, dx, dy] of [["panUp", "↑", 0, -1], ["panLeft", "←", -1, 0], ["panRight", "→", 1, 0], ["panDown", "↓", 0, 1]]) {
      const button = L.DomUtil.create("button", key, box);
      button.type = "button";
      button.textContent = sign;
      button.dataset.word = key;
      button.onclick = () => map.panBy([dx * host.clientWidth / 4, dy * host.clientHeight / 4], { animate: !still });
    }
    return box;
  };
  pan.addTo(map);

  // ---- one-click views
  const VIEWS = {
    lower48: [[24.4, -125], [49.5, -66.8]],
    alaska: [[51, -188], [71.5, -130]],
    hawaii: [[18.8, -160.4], [22.3, -154.7]],
    puertoRico: [[17.6, -67.4], [18.6, -64.5]],
    guam: [[13.1, 144.4], [20.7, 146.2]],
  };
  const bar = document.createElement("div");
  bar.className = "views";
  bar.setAttribute("role", "region");
  host.before(bar);
  document.body.classList.add("with-views");
  // Where the map is low the buttons at its left would lie on what is to be seen: it gets a margin there.
  const fit = (box) => map.fitBounds(box, { paddingTopLeft: [host.clientHeight < 330 ? 58 : 6, 6], paddingBottomRight: [6, 6], animate: false });
  const stateView = (code) => VIEWS[{ "02": "alaska", 15: "hawaii" }[code]] || states.get(code).bounds();
  const nearOrFar = () => host.classList.toggle("far", map.getZoom() < 3.5);
  map.on("zoomend", nearOrFar);
  let home = false, homeView = VIEWS.lower48, quiet = false;
  const quietly = (move) => { quiet = true; move(); quiet = false; };
  /** Show what the page asks for: the address says it already, so no place on the map is added to it. */
  function settle(where) {
    home = typeof where !== "function";
    if (home) homeView = where;
    quietly(home ? () => fit(where) : where);
    standsAt(null);
    clearTimeout(tidy);
    tidy = setTimeout(writePlace, 1000); // by then the address is that of what is shown, not of what was left
  }
  // A popup slides the map until it is seen whole, which is not a move of the reader's either.
  let slides = 0, tidy = 0, place = null;
  map.on("autopanstart", () => { slides += 1; });
  for (const key of Object.keys(VIEWS)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.view = key;
    button.dataset.word = key;
    button.onclick = () => { fit(VIEWS[key]); places.value = ""; fillCounties(); };
    bar.append(button);
  }
  const places = document.createElement("select");
  places.className = "places";
  places.onchange = () => {
    if (states.has(places.value)) fit(stateView(places.value));
    fillCounties();
  };
  bar.append(places);
  // The counties of the chosen state: a way to each popup that needs no pointer.
  const within = document.createElement("select");
  within.className = "places";
  within.hidden = true;
  // The arrow keys change a closed list too: choosing opens the popup, but only the button moves the focus there.
  within.onchange = () => {
    const layer = counties[within.value];
    read.hidden = !layer;
    if (!layer) return;
    goToCounty(layer.geoid);
    pick(layer);
  };
  const read = document.createElement("button");
  read.type = "button";
  read.dataset.word = "readCounty";
  read.hidden = true;
  read.onclick = () => goToCounty(counties[within.value].geoid, read);
  bar.append(within, read);
  function fillCounties() {
    const here = places.value ? counties.filter((layer) => layer.geoid.startsWith(places.value)) : [];
    const short = (name) => name.replace(", " + stateNames[places.value], "");
    const options = here.map((layer) => new Option(short(names[layer.position] || layer.geoid), layer.position));
    options.sort((a, b) => a.text.localeCompare(b.text));
    within.replaceChildren(new Option(words.anyCounty || "", ""), ...options);
    within.hidden = !here.length;
    read.hidden = true;
  }
  function fillPlaces() {
    const chosen = places.value;
    const first = new Option(words.anyState || "", "");
    const rest = Object.entries(stateNames).map(([fips, name]) => new Option(name, fips));
    rest.sort((a, b) => a.text.localeCompare(b.text));
    places.replaceChildren(first, ...rest);
    places.value = chosen;
    if (chosen) fillCounties();
  }

  const keys = document.createElement("p");
  keys.id = "map-keys";
  keys.hidden = true;
  bar.after(keys);
  host.setAttribute("aria-describedby", keys.id);

  function applyWords(next) {
    if (next.lang !== words.lang) {
      ask(settings.names.replace("{lang}", next.lang), "json")
        .then((told) => { names = told.counties; stateNames = told.states; fillPlaces(); })
        .catch(() => {});
    }
    words = next;
    document.documentElement.lang = next.lang;
    for (const button of document.querySelectorAll("[data-word]")) {
      const word = words[button.dataset.word] || "";
      if (button.closest(".pan-buttons")) button.title = word, button.setAttribute("aria-label", word);
      else button.textContent = word;
    }
    places.setAttribute("aria-label", words.anyState || "");
    within.setAttribute("aria-label", words.anyCounty || "");
    bar.setAttribute("aria-label", words.viewsLabel || "");
    document.title = words.title || document.title;
    keys.textContent = words.mapKeys || "";
    host.setAttribute("role", "region");
    host.setAttribute("aria-label", words.mapLabel || "");
    const zoom = host.querySelectorAll(".leaflet-control-zoom a");
    ["zoomIn", "zoomOut"].forEach((key, i) => {
      if (zoom[i]) zoom[i].title = words[key] || "", zoom[i].setAttribute("aria-label", words[key] || "");
    });
    fillPlaces();
  }

  // ---- the place on the map lives in the address of the page, so that a link restores it
  function firstView() {
    const asked = new URLSearchParams(outer ? outer.location.search : "");
    const [lat, lon, zoom] = ["lat", "lon", "zoom"].map((name) => parseFloat(asked.get(name)));
    home = !(Math.abs(lat) <= 90 && Math.abs(lon) <= 200);
    if (home) fit(homeView);
    else map.setView([lat, lon], zoom >= 2 && zoom <= 10 ? zoom : 6, { animate: false });
    standsAt(home ? null : { lat: asked.get("lat"), lon: asked.get("lon"), zoom: asked.get("zoom") || String(map.getZoom()) });
  }
  quietly(firstView);
  nearOrFar();
  map.on("moveend", () => {
    if (slides) { slides -= 1; return; }
    if (quiet) return;
    home = false;
    const at = map.getCenter();
    standsAt({ lat: at.lat.toFixed(3), lon: at.lng.toFixed(3), zoom: String(Math.round(map.getZoom() * 100) / 100) });
    writePlace();
  });
  /** Note where a person left the map, or null; page.js keeps it in every address that Streamlit writes. */
  function standsAt(now) {
    place = now;
    if (outer) outer.mapPlace = now;
  }
  function writePlace() {
    if (!outer) return;
    const url = new URL(outer.location.href);
    for (const name of ["lat", "lon", "zoom"]) {
      if (place) url.searchParams.set(name, place[name]);
      else url.searchParams.delete(name);
    }
    if (url.href !== outer.location.href) outer.history.replaceState(outer.history.state, "", url);
  }
  // Until a person moves the map it stays fitted to its frame, whatever height the legend leaves it.
  new ResizeObserver(() => quietly(() => {
    map.invalidateSize({ animate: false, pan: true });
    if (home) fit(homeView);
  })).observe(host);

  /** The page around waits for these before it goes on (see page.js). */
  function tell(what) {
    if (!frame) return;
    frame["had" + what] = true;
    if (frame["on" + what]) frame["on" + what]();
  }

  ask(settings.shapes, "json")
    .then((topology) => {
      tell("Files");
      draw(topology);
      const first = waiting || (frame && frame.selection);
      waiting = null;
      if (first) window.showSelection(first);
      requestAnimationFrame(() => setTimeout(() => tell("Painted")));
    })
    .catch(() => { bar.insertAdjacentText("beforeend", words.shapesFailed || "The map's shapes could not be loaded. Reload the page."); });
  if (frame && frame.selection) window.showSelection(frame.selection);
}
