"use strict";
// User masks: rasters of one channel. One that reveals all or hides a selection shows what lies outside
// of it, so that nothing is cut where the layer is moved or painted beyond it.

const {
  blank,
  boundsOf,
  cut,
  filled,
  laid,
  shownOutside,
  trimmed,
  fullIn,
} = require("./raster.js");
const { rectangle, around } = require("./bounds.js");
const { changeLayer } = require("./document.js");
const { layerBounds } = require("./composite.js");
const { layerIn, requireUnlocked } = require("./edits.js");
const { fullOf } = require("./colour.js");

/** @typedef {import("./model.js").OpenDocument} OpenDocument */
/** @typedef {"revealAll" | "hideAll" | "revealSelection" | "hideSelection"} Beginning */

/**
 * Layer > Layer Mask: a new mask. documented: a layer has one user mask, and a background none.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {Beginning} beginning
 */
function makeMask(document, id, beginning) {
  const { state } = document;
  const layer = layerIn(state, id);
  if (layer.mask ?? layer.unused) {
    throw new Error(`layer “${layer.name}” has a user mask already`);
  }
  if (layer.background) throw new Error("the background layer takes no mask");
  requireUnlocked(state, id, "Add Layer Mask");
  const whole = around(rectangle(0, 0, state.width, state.height), layerBounds(layer));
  const mask = maskOf(state, whole, beginning);
  document.record("Add Layer Mask", changeLayer(state, id, { mask }));
}

function maskOf({ selection, depth }, whole, beginning) {
  const all = shownOutside(filled(whole, [fullOf(depth)], depth));
  const none = blank(whole, 1, depth);
  if (beginning === "revealAll") return all;
  if (beginning === "hideAll") return none;
  if (!selection) throw new Error(`"${beginning}" needs a selection`);
  const shown = laid(none, selection);
  if (beginning === "revealSelection") return shown;
  for (let i = 0; i < all.data.length; i++) all.data[i] -= shown.data[i];
  return all;
}

/**
 * Delete a layer's mask, or apply it: then its hiding becomes the layer's own transparency.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {boolean} apply
 */
function removeMask(document, id, apply) {
  const layer = layerIn(document.state, id);
  if (!(layer.mask ?? layer.unused)) throw new Error(`layer “${layer.name}” has no user mask`);
  requireUnlocked(document.state, id, "Delete Layer Mask");
  const applied = apply && layer.raster && layer.mask;
  const raster = applied ? masked(layer.raster, layer.mask) : layer.raster;
  const name = apply ? "Apply Layer Mask" : "Delete Layer Mask";
  document.record(name, changeLayer(document.state, id, { mask: null, unused: null, raster }));
}

/** @param {import("./raster.js").Raster} raster @param {import("./raster.js").Raster} mask */
function masked(raster, mask) {
  const shown = cut(mask, boundsOf(raster));
  const piece = cut(raster, boundsOf(raster));
  const full = fullIn(mask);
  for (let i = 3, k = 0; i < piece.data.length; i += 4, k++) {
    piece.data[i] = Math.round((piece.data[i] * shown.data[k]) / full);
  }
  return trimmed(piece);
}

module.exports = { makeMask, removeMask };
