/* Runs in the page before its own scripts. Notes, with the browser's own clock, the animation frame that follows
   each change of what is shown; nothing is asked from outside while something is timed.

   CONFIG.watch says what "shown" means:
     contract  in a frame: an element with data-revision, and at least CONFIG.paths county paths (CONFIG.selector)
               in at least CONFIG.fills different fills
     paths     the same without data-revision: the paths and their fills themselves
     text      in the page: the texts of CONFIG.texts (selectors), all present
*/
(() => {
  if (window !== window.top) return;
  const CONFIG = __CONFIG__;
  const now = () => performance.timeOrigin + performance.now();

  const bench = window.__bench = {
    log: [], click: null, armed: false, ws: 0,
    arm() { this.log = []; this.click = null; this.armed = true; this.ws = 0; },
    read() {
      const app = document.querySelector("[data-test-script-state]");
      return {
        now: now(), start: performance.timeOrigin, log: this.log, click: this.click, ws: this.ws,
        running: app ? app.getAttribute("data-test-script-state") !== "notRunning" : null,
      };
    },
  };
  window.addEventListener("click", () => {
    if (bench.armed && bench.click === null) bench.click = now();
  }, true);

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => {
        bench.ws += typeof data === "string" ? new Blob([data]).size : data.byteLength ?? data.size ?? 0;
      });
    }
  };

  function filled(shown) {
    const fills = new Map();
    let count = 0;
    for (const path of shown.querySelectorAll(CONFIG.selector)) {
      const fill = shown.defaultView.getComputedStyle(path).fill;
      if (fill === "none") continue;
      count += 1;
      fills.set(fill, (fills.get(fill) || 0) + 1);
    }
    return { painted: count >= CONFIG.paths && fills.size >= CONFIG.fills, sign: JSON.stringify([count, [...fills]]) };
  }

  function state(shown) {
    if (CONFIG.watch === "text") {
      const texts = CONFIG.texts.map((selector) => shown.querySelector(selector)?.textContent.trim());
      return { painted: texts.every(Boolean), sign: texts.join("|") };
    }
    if (CONFIG.watch === "paths") return filled(shown);
    const revision = shown.querySelector("[data-revision]")?.getAttribute("data-revision") || "";
    return revision ? { painted: filled(shown).painted, sign: revision } : { painted: false, sign: "" };
  }

  /* One watcher per document; a frame that navigates or is mounted again brings a new document. */
  const watchers = new Map();
  function watch(shown) {
    const watcher = { sign: "", painted: false, waiting: false };
    watchers.set(shown, watcher);
    const look = () => {
      watcher.waiting = false;
      const t = now();
      const next = state(shown);
      if (next.sign === watcher.sign && next.painted === watcher.painted) return;
      Object.assign(watcher, next);
      bench.log.push({ t, ...next });
    };
    const what = { subtree: true, childList: true, attributes: true };
    if (CONFIG.watch === "contract") what.attributeFilter = ["data-revision"];
    else what.characterData = true;
    new MutationObserver(() => {
      if (!watcher.waiting) { watcher.waiting = true; requestAnimationFrame(look); }
    }).observe(shown, what);
    look();
  }

  function documents() {
    if (CONFIG.watch === "text") return [document];
    const found = [];
    for (let i = 0; i < window.length; i++) {
      try { found.push(window[i].document); } catch { /* another origin */ }
    }
    return found;
  }

  (function follow() {
    const current = documents();
    for (const [shown, watcher] of watchers) {
      if (current.includes(shown)) continue;
      watchers.delete(shown);
      if (watcher.painted) bench.log.push({ t: now(), sign: "", painted: false });
    }
    for (const shown of current) if (!watchers.has(shown)) watch(shown);
    requestAnimationFrame(follow);
  })();
})();
