"use strict";

/** A line that says, before a stroke is lost, that the painter's brush touches what is not seen. */

const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeCoverView(dom, panel) {
  dom.clicked(dom.el("cover-show"), () => void panel.uncover());

  /** @param {import("../types/panel").State} state */
  function render({ cover }) {
    dom.shown("cover", cover !== null);
    if (!cover) return;
    const { layer, over } = cover;
    dom.text("cover-text", t(over ? "cover.under" : "cover.hidden", { layer, over }));
  }

  return { render };
}

module.exports = { makeCoverView };
