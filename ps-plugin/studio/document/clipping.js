"use strict";
// Layers that are seen only where the one below them is: what becomes clipped, and what is released.

const { changeLayer, findLayer, placeOf } = require("./document.js");

/** @typedef {import("./document.js").State} State */
/** @typedef {import("./document.js").Layer} Layer */

const siblingsIn = (state, parent) =>
  parent === null ? state.layers : (findLayer(state, parent)?.layers ?? []);

/**
 * documented: what is made or put between layers of a clipping becomes part of it
 * (helpx.adobe.com, "Reveal layers with clipping masks").
 *
 * @param {State} state
 * @param {Layer} layer
 * @param {{parent: number | null, index: number}} place where it will lie
 * @returns {Layer}
 */
function amongClipped(state, layer, { parent, index }) {
  const among = index > 0 && siblingsIn(state, parent)[index]?.clipped;
  return among ? Object.freeze({ ...layer, clipped: true }) : layer;
}

/**
 * A layer clipped, or released. documented: those clipped above it are released with it. assumed: the
 * lowest of its neighbours has none to be clipped to.
 *
 * @param {State} state
 * @param {number} id
 * @param {boolean} clipped
 */
function withClip(state, id, clipped) {
  const { parent, index } = placeOf(state, id);
  if (clipped && index === 0) throw new Error("there is no layer below to be clipped to");
  const above = siblingsIn(state, parent).slice(index + 1);
  const end = above.findIndex((layer) => !layer.clipped);
  const released = clipped ? [] : above.slice(0, end < 0 ? above.length : end);
  const changed = changeLayer(state, id, { clipped });
  return released.reduce((next, layer) => changeLayer(next, layer.id, { clipped }), changed);
}

module.exports = { amongClipped, withClip };
