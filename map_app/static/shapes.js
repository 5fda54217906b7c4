/* Counties and states as one SVG that is drawn once and then only moved and scaled.
 *
 * Leaflet's own polygons project every corner again at each zoom; with 3,231 counties that costs most of a second
 * before the first paint. Here each outline is written once in pixels of zoom REF and the group is scaled. Arcs
 * are simplified before they are joined, so that neighbours keep one border at every level of detail. */
"use strict";

const REF = 12;            // zoom whose pixels the outlines are written in
const FINE_FROM = 5.75;    // zoom from which the full outlines are shown
const COARSE_PIXELS = 0.45; // how far a coarse outline may be off, in pixels of zoom COARSE_ZOOM
const COARSE_ZOOM = 5;

const ShapesRenderer = L.SVG.extend({
  _update() {
    L.SVG.prototype._update.call(this);
    if (this.onMove) this.onMove();
  },
});

/**
 * Draw a topology on a map.
 * Returns counties (in file order) and states by code, each with its path and `bounds()`.
 */
function drawShapes(map, topology, patterns) {
  const renderer = new ShapesRenderer({ padding: 0.3 });
  renderer.addTo(map);
  const svg = renderer._container;
  const [sx, sy] = topology.transform.scale, [tx, ty] = topology.transform.translate;
  const world = 256 * 2 ** REF, half = world / 2, turn = world / 360;
  const mercator = (lat) => half - (world / (2 * Math.PI)) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  const fine = topology.arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => {
      x += dx; y += dy;
      return { x: Math.round(half + (x * sx + tx) * turn), y: Math.round(mercator(y * sy + ty)) };
    });
  });
  const tolerance = COARSE_PIXELS * 2 ** (REF - COARSE_ZOOM);
  // A closed arc is an island of its own: it keeps its corners, so that none vanishes.
  const closed = (arc) => arc[0].x === arc[arc.length - 1].x && arc[0].y === arc[arc.length - 1].y;
  const coarse = fine.map((arc) => (closed(arc) ? arc : L.LineUtil.simplify(arc, tolerance)));

  /** One outline as path data: relative whole pixels, which is short. */
  const outline = (polygons, arcs) => {
    let d = "";
    for (const rings of polygons) {
      for (const ring of rings) {
        let px = 0, py = 0, started = false;
        for (const index of ring) {
          const arc = arcs[index < 0 ? ~index : index], n = arc.length;
          for (let k = started ? 1 : 0; k < n; k++) {
            const p = arc[index < 0 ? n - 1 - k : k];
            if (started) d += "l" + (p.x - px) + " " + (p.y - py);
            else { d += "M" + p.x + " " + p.y; started = true; }
            px = p.x; py = p.y;
          }
        }
        d += "z";
      }
    }
    return d;
  };
  const polygonsOf = (shape) => (shape.type === "Polygon" ? [shape.arcs] : shape.arcs);
  const boundsOf = (polygons) => {
    let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    for (const rings of polygons) for (const ring of rings) for (const index of ring) {
      for (const p of fine[index < 0 ? ~index : index]) {
        if (p.x < west) west = p.x;
        if (p.x > east) east = p.x;
        if (p.y < north) north = p.y;
        if (p.y > south) south = p.y;
      }
    }
    return L.latLngBounds(map.unproject([west, south], REF), map.unproject([east, north], REF));
  };

  const countyShapes = topology.objects.counties.geometries, stateShapes = topology.objects.states.geometries;
  // Written as one text: the browser builds three thousand elements faster from it than one by one.
  const markup = (shapes, className, arcs) =>
    shapes.map((shape) => `<path class="${className}" d="${outline(polygonsOf(shape), arcs)}"/>`).join("");
  const root = renderer._rootGroup;
  root.innerHTML =
    `<defs>${patterns}</defs><g class="grounds">${markup(stateShapes, "ground", coarse)}</g>` +
    `<g class="counties">${markup(countyShapes, "county leaflet-interactive", coarse)}</g>` +
    `<g class="states">${markup(stateShapes, "state", coarse)}</g>`;
  const [groundPaths, countyPaths, statePaths] = ["grounds", "counties", "states"].map((name) => root.querySelector("." + name).children);
  const entry = (shape, path) => ({
    geoid: shape.id,
    path,
    bounds() { return (this.known = this.known || boundsOf(polygonsOf(shape))); },
  });
  const counties = countyShapes.map((shape, i) => ({ ...entry(shape, countyPaths[i]), position: i }));
  const states = new Map(stateShapes.map((shape, i) => [shape.id, { ...entry(shape, statePaths[i]), ground: groundPaths[i] }]));

  let detailed = false;
  const showDetail = () => {
    detailed = true;
    countyShapes.forEach((shape, i) => countyPaths[i].setAttribute("d", outline(polygonsOf(shape), fine)));
    stateShapes.forEach((shape, i) => {
      const d = outline(polygonsOf(shape), fine);
      statePaths[i].setAttribute("d", d);
      groundPaths[i].setAttribute("d", d);
    });
  };

  const hatches = [...root.querySelectorAll("pattern")].map((pattern) => [pattern, pattern.getAttribute("patternTransform") || ""]);
  let scaled = 0;
  renderer.onMove = () => {
    const zoom = map.getZoom(), scale = 2 ** (zoom - REF), origin = map.getPixelOrigin();
    if (!detailed && zoom >= FINE_FROM) showDetail();
    root.setAttribute("transform", `translate(${-origin.x} ${-origin.y}) scale(${scale})`);
    if (scale !== scaled) {
      // Lines and hatches keep their width on the screen whatever the scale.
      scaled = scale;
      root.style.setProperty("--unit", 1 / scale);
      for (const [pattern, turned] of hatches) pattern.setAttribute("patternTransform", `scale(${1 / scale}) ${turned}`);
    }
  };
  renderer.onMove();
  const marker = document.createElementNS("http://www.w3.org/2000/svg", "path");
  marker.setAttribute("class", "county-outline");
  const mark = (county) => {
    if (!county) { marker.remove(); return; }
    marker.setAttribute("d", county.path.getAttribute("d"));
    root.append(marker);
  };
  return { svg, counties, states, mark };
}
