"use strict";
// Descriptors that Adobe's pages use for their examples: a layer is hidden, shown, made; the host says
// its name.

const edits = require("../document/edits.js");
const { ARRANGING } = require("./batch_arrange.js");
const { OF_DOCUMENTS } = require("./batch_document.js");
const { OF_FILES } = require("./batch_files.js");

/** @typedef {{document: import("../document/model.js").OpenDocument, layer: import("../document/document.js").Layer}} Job */

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
    keys: ["layerID", "using"],
    changes: true,
    /** @param {Job & {command: any}} job */
    play({ document, command: { using } }) {
      const { _obj, name, ...rest } = using ?? {};
      const [strange] = Object.keys(rest);
      if (strange) throw new Error(`make layer: "${strange}" is not modelled by this host`);
      return { layerID: edits.newLayer(document, name === undefined ? {} : { name }) };
    },
  },
  // documented: executeasmodal.md asks for it over and over. assumed: what it says
  "get hostName of application": {
    keys: [],
    changes: false,
    play: () => ({ hostName: "Photoshop" }),
  },
  ...ARRANGING,
  ...OF_DOCUMENTS,
  ...OF_FILES,
};

module.exports = { LAYER_COMMANDS };
