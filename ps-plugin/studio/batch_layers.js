"use strict";
// Descriptors that Adobe's batchPlay page uses for its examples: a layer is hidden, shown, made.

const edits = require("./edits.js");

/** @typedef {{document: import("./model.js").OpenDocument, layer: import("./document.js").Layer}} Job */

const seen = (visible) => ({
  keys: [],
  changes: true,
  /** @param {Job} job */
  play({ document, layer }) {
    edits.showLayer(document, layer.id, visible);
    return {};
  },
});

/** By what is done and to what, as in batch_play.js. */
const LAYER_COMMANDS = {
  "hide layer": seen(false),
  "show layer": seen(true),
  // documented: the sample of a recorded action. assumed: its answer, and that the id is a wish only
  "make layer": {
    keys: ["layerID"],
    changes: true,
    /** @param {Job} job */
    play({ document }) {
      return { layerID: edits.newLayer(document) };
    },
  },
};

module.exports = { LAYER_COMMANDS };
