/* Data of the static edition. It comes as scripts, which a page opened from a disk may load too; fetch may not. */
"use strict";

(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const held = new Map(), waiting = new Map();

  /** Called by each data file with what it holds. */
  window.part = (name, value) => {
    held.set(name, value);
    if (waiting.has(name)) waiting.get(name)(value);
  };

  /** Return a promise of what a data file of this edition holds. */
  window.loadPart = (name) => {
    if (held.has(name)) return Promise.resolve(held.get(name));
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}data/${name}.js`;
      waiting.set(name, resolve);
      script.onerror = () => { script.remove(); reject(new Error(name)); };
      document.head.append(script);
    });
  };
})();
