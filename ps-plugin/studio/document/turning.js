"use strict";
// Rasters turned, mirrored and made another size: exact where pixels only change places.
//
//   turned, mirrored, resized   one raster
//   reshaped                    all rasters of layers, masks too

const { blank, depthOf, scaled, moved, shownOutside } = require("./raster.js");
const { rectangle } = require("./bounds.js");

/** @typedef {import("./raster.js").Raster} Raster */
/** @typedef {import("./document.js").Layer} Layer */
/** @typedef {{x: number, y: number}} Point */

/**
 * A raster whose pixel (x, y) is the one that `from` names of the old one.
 *
 * @param {Raster} raster
 * @param {import("./bounds.js").Bounds} bounds
 * @param {(x: number, y: number) => [number, number]} from
 * @returns {Raster}
 */
function remapped(raster, bounds, from) {
  const { channels, width, data } = raster;
  const result = blank(bounds, channels, depthOf(raster));
  for (let y = 0, i = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++, i += channels) {
      const [fromX, fromY] = from(x, y);
      const at = (fromY * width + fromX) * channels;
      for (let c = 0; c < channels; c++) result.data[i + c] = data[at + c];
    }
  }
  return raster.outside ? shownOutside(result) : result;
}

/**
 * @param {Raster} raster
 * @param {number} quarters clockwise
 * @param {Point} about the point that stays
 */
function turned(raster, quarters, { x, y }) {
  const { left, top, width, height } = raster;
  const [right, bottom] = [left + width, top + height];
  const at = (a, b, w, h) => rectangle(Math.round(a), Math.round(b), w, h);
  switch (((quarters % 4) + 4) % 4) {
    case 1:
      return remapped(raster, at(x + y - bottom, y - x + left, height, width), (i, j) => [
        j,
        height - 1 - i,
      ]);
    case 2:
      return remapped(raster, at(2 * x - right, 2 * y - bottom, width, height), (i, j) => [
        width - 1 - i,
        height - 1 - j,
      ]);
    case 3:
      return remapped(raster, at(x - y + top, x + y - right, height, width), (i, j) => [
        width - 1 - j,
        i,
      ]);
    default:
      return raster;
  }
}

/**
 * @param {Raster} raster
 * @param {"horizontal" | "vertical"} axis
 * @param {Point} about
 */
function mirrored(raster, axis, { x, y }) {
  const { left, top, width, height } = raster;
  if (axis === "horizontal") {
    const bounds = rectangle(Math.round(2 * x - left - width), top, width, height);
    return remapped(raster, bounds, (i, j) => [width - 1 - i, j]);
  }
  const bounds = rectangle(left, Math.round(2 * y - top - height), width, height);
  return remapped(raster, bounds, (i, j) => [i, height - 1 - j]);
}

/**
 * Averaged where it becomes smaller. assumed: a real one is smoother.
 *
 * @param {Raster} raster
 * @param {Point} by factors
 * @param {Point} about
 */
function resized(raster, by, about) {
  const placed = (edge, factor, fixed) => Math.round(fixed + (edge - fixed) * factor);
  const left = placed(raster.left, by.x, about.x);
  const top = placed(raster.top, by.y, about.y);
  const right = placed(raster.left + raster.width, by.x, about.x);
  const bottom = placed(raster.top + raster.height, by.y, about.y);
  const small = scaled(raster, Math.max(1, right - left), Math.max(1, bottom - top));
  const result = moved(small, left, top);
  return raster.outside ? shownOutside(result) : result;
}

/**
 * Layers, and those in them, with each raster changed.
 *
 * @param {readonly Layer[]} layers
 * @param {(raster: Raster, layer: Layer, part: "raster" | "mask" | "unused") => Raster | null} change
 * @returns {Layer[]}
 */
function reshaped(layers, change) {
  return layers.map((layer) => {
    const parts = /** @type {const} */ (["raster", "mask", "unused"]).map((part) => {
      const raster = layer[part];
      return [part, raster && change(raster, layer, part)];
    });
    const inner = reshaped(layer.layers, change);
    return Object.freeze({ ...layer, ...Object.fromEntries(parts), layers: inner });
  });
}

module.exports = { turned, mirrored, resized, reshaped };
