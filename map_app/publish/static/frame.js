/* The map's frame in the static edition: the page around it sends each selection; popups are put together here. */
"use strict";

(() => {
  const known = async (lang) => {
    const [data, words, names] = await Promise.all([loadPart("record"), loadPart(`words.${lang}`), loadPart(`names.${lang}`)]);
    return { data, record: agreementRecord(data), words: speaking(words.popup), names: names.counties };
  };
  const remembered = {};

  /** Return what the app's server would answer to an address of the frame. */
  window.askPart = async (address) => {
    if (!address.startsWith("popup/")) return loadPart(address.replace(/\.json$/, ""));
    const code = address.slice(6, 11), query = new URLSearchParams(address.slice(12)), lang = query.get("lang") || "en";
    const [told, parts] = await Promise.all([(remembered[lang] = remembered[lang] || known(lang)), loadPart(`popups/${code.slice(0, 2)}.${lang}`)]);
    const filters = told.record.time.readFilters(query);
    return told.record.popup(code, filters, parts, told.words, told.names[told.data.codes.indexOf(code)]);
  };

  addEventListener("message", (event) => {
    // A selection that comes before the map is sent again once the map says it is ready.
    if (event.source !== window.parent || !event.data || !event.data.selection || !window.showSelection) return;
    window.showSelection(event.data.selection);
  });
  addEventListener("DOMContentLoaded", () => window.parent.postMessage("map-ready", "*"));
})();
