"use strict";
// The document's mode: other numbers for the same picture.

const { atDepth } = require("./raster.js");
const { changeState } = require("./document.js");
const { converted, fullOf } = require("./colour.js");

/** @typedef {import("./model.js").OpenDocument} OpenDocument */

/**
 * Image > Mode > 8 or 16 Bits/Channel.
 *
 * @param {OpenDocument} document
 * @param {import("./colour.js").Depth} depth
 */
function convertDepth(document, depth) {
  const { state } = document;
  if (state.depth === depth) return;
  const turned = (raster) => raster && atDepth(raster, depth);
  const layers = withRasters(state.layers, turned, turned);
  const name = `${depth} Bits/Channel`;
  document.record(name, changeState(state, { depth, layers, selection: turned(state.selection) }));
}

/**
 * Edit > Convert to Profile. What the new profile has not is clipped to what it has.
 *
 * @param {OpenDocument} document
 * @param {string} profile
 */
function convertProfile(document, profile) {
  const { state } = document;
  if (state.profile === profile) return;
  const full = fullOf(state.depth);
  const turned = (raster) => {
    if (!raster) return raster;
    const from = { profile: state.profile, full };
    return Object.freeze({ ...raster, data: converted(raster.data, 4, from, { profile, full }) });
  };
  const layers = withRasters(state.layers, turned, (mask) => mask);
  document.record("Convert to Profile", changeState(state, { profile, layers }));
}

/** All layers with their pixels and masks changed. */
function withRasters(layers, raster, mask) {
  return layers.map((layer) =>
    Object.freeze({
      ...layer,
      raster: raster(layer.raster),
      mask: mask(layer.mask),
      layers: withRasters(layer.layers, raster, mask),
    }),
  );
}

module.exports = { convertDepth, convertProfile };
