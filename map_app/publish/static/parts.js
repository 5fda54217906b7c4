/* Data of the static edition. It comes as scripts, which a page opened from a disk may load too; fetch may not. */
"use strict";

(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const asked = new Map(), arrived = new Map();

  /** Called by each data file with what it holds. */
  window.part = (name, value) => { if (arrived.has(name)) arrived.get(name)(value); };

  /** Return a promise of what a data file of this edition holds; one that failed may be asked for again. */
  window.loadPart = (name) => {
    if (!asked.has(name)) {
      asked.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `${base}data/${name}.js`;
        arrived.set(name, resolve);
        script.onerror = () => { script.remove(); asked.delete(name); reject(new Error(name)); };
        document.head.append(script);
      }));
    }
    return asked.get(name);
  };
})();
