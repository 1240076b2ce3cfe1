"use strict";
// The habit forgetfulSave: the first save of a document that was made new loses its layers'
// generatorSettings, in the file and in the open document. seen in a host: adobe-photoshop/
// generator-core issue 330. assumed: that the open document loses them as well.

const { NO_METADATA, changeState } = require("../document/document.js");

/** @typedef {import("../document/document.js").Layer} Layer */

/** @param {readonly Layer[]} layers @returns {Layer[]} */
const forgotten = (layers) =>
  layers.map((layer) =>
    Object.freeze({
      ...layer,
      metadata: Object.freeze({ ...layer.metadata, settings: NO_METADATA.settings }),
      layers: forgotten(layer.layers),
    }),
  );

/**
 * What is written when a document is saved.
 *
 * @param {import("../document/model.js").OpenDocument} document
 * @param {{has(habit: import("../photoshop/habits.js").Habit): boolean}} [faults]
 * @param {boolean} [asCopy] the open document stays as it is
 * @returns {import("../document/document.js").State}
 */
function firstSaveOf(document, faults, asCopy = false) {
  const { state, isNew } = document;
  document.isNew = false;
  if (!isNew || !faults?.has("forgetfulSave")) return state;
  const lost = changeState(state, { layers: forgotten(state.layers) });
  if (!asCopy) document.amend(lost);
  return lost;
}

module.exports = { firstSaveOf };
