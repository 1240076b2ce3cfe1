"use strict";

/**
 * The document's regions as a palette's text, to take along, and a palette's text as new regions.
 *
 * @typedef {import("../types/panel").State} State
 */

const { makeCopying } = require("./copying.js");
const { exportedPalette } = require("../state/palette.js");
const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 * @param {(text: string) => Promise<void>} copy
 */
function makePaletteView(dom, panel, copy) {
  const { state } = panel.store;
  const copying = makeCopying(dom, copy);
  let open = false;
  copying.bind("palette-copy", "palette-text");
  dom.clicked(dom.el("more-palette"), () => {
    open = !open;
    if (open) dom.el("palette-text").value = exportedPalette(paletteOf(state()));
    render();
  });
  dom.clicked(dom.el("palette-import"), () => {
    void panel.importPalette(String(dom.el("palette-text").value));
  });

  function render() {
    dom.twist("more-palette", open, t("palette.title"));
    dom.shown("palette", open);
    copying.render();
  }

  return { render };
}

/** @param {State} state @returns {import("../state/palette.js").Palette} */
function paletteOf({ document, regions, settings }) {
  const { prompt, negative_prompt, seed, seedKept } = settings;
  const brushes = ((document && regions[document.id]) || []).map(({ name, brush }) => ({
    name,
    brush,
  }));
  return { background: { prompt, negative_prompt }, brushes, seed: seedKept ? seed : null };
}

module.exports = { makePaletteView };
