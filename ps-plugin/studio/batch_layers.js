"use strict";
// Descriptors that Adobe's pages use for their examples: a layer is hidden, shown, made; the host says
// its name.

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
  // documented: executeasmodal.md asks for it over and over. assumed: what it says
  "get hostName of application": {
    keys: [],
    changes: false,
    play: () => ({ hostName: "Photoshop" }),
  },
};

module.exports = { LAYER_COMMANDS };
