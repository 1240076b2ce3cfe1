"use strict";
// Pixels at a place: immutable, 8 or 16 bit (0..32768), 4 channels (RGBA, straight alpha) for layers
// and 1 for masks and selections. What lies outside a raster is 0; outside a mask that says so, full.
//
//   makeRaster, blank, filled   new ones
//   depthOf, fullIn, atDepth    8 or 16 bit
//   onScreen                    as a screen shows it
//   boundsOf, cut, trimmed      where the pixels are
//   shownOutside                a mask that hides only in its rectangle
//   laid                        new pixels in place of old ones
//   scaled                      smaller, averaged

const { rectangle, widthOf, heightOf, isEmpty, common, around } = require("./bounds.js");
const { SRGB, fullOf, converted } = require("./colour.js");

/** @typedef {import("./bounds.js").Bounds} Bounds */
/**
 * @typedef {Readonly<{
 *   left: number, top: number, width: number, height: number,
 *   channels: 1 | 4,
 *   data: Uint8Array | Uint16Array,
 *   outside?: boolean,
 * }>} Raster row by row, chunky; outside: what lies outside of it is full
 */
/** @typedef {import("./colour.js").Depth} Depth */

/**
 * @param {Bounds} bounds
 * @param {1 | 4} channels
 * @param {Uint8Array | Uint16Array} [data] kept, not copied: it must not be changed afterwards
 * @returns {Raster}
 */
function makeRaster(bounds, channels, data) {
  const width = widthOf(bounds);
  const height = heightOf(bounds);
  const pixels = data ?? new Uint8Array(width * height * channels);
  if (pixels.length !== width * height * channels) {
    throw new Error(
      `${width}x${height} pixels of ${channels} channels are ${width * height * channels} bytes, ` +
        `got ${pixels.length}`,
    );
  }
  return Object.freeze({
    left: bounds.left,
    top: bounds.top,
    width,
    height,
    channels,
    data: pixels,
  });
}

/**
 * Nothing but zeroes.
 *
 * @param {Bounds} bounds
 * @param {1 | 4} channels
 * @param {Depth} depth
 */
function blank(bounds, channels, depth) {
  const count = widthOf(bounds) * heightOf(bounds) * channels;
  return makeRaster(bounds, channels, depth === 8 ? new Uint8Array(count) : new Uint16Array(count));
}

/**
 * @param {Bounds} bounds
 * @param {readonly number[]} color one number for each channel, 0 to what the depth allows
 * @param {Depth} [depth]
 */
function filled(bounds, color, depth = 8) {
  const raster = blank(bounds, color.length === 1 ? 1 : 4, depth);
  for (let i = 0; i < raster.data.length; i++) raster.data[i] = color[i % color.length];
  return raster;
}

/**
 * @param {Raster} raster
 * @returns {Depth}
 */
const depthOf = ({ data }) => (data.BYTES_PER_ELEMENT === 1 ? 8 : 16);

/** The value of all: opaque, white, selected. @param {Raster} raster */
const fullIn = (raster) => fullOf(depthOf(raster));

/**
 * The same picture with other numbers.
 *
 * @param {Raster} raster
 * @param {Depth} depth
 * @returns {Raster} the same where it has that depth
 */
function atDepth(raster, depth) {
  if (depthOf(raster) === depth) return raster;
  const from = { profile: "", full: fullIn(raster) };
  const data = converted(raster.data, raster.channels, from, { profile: "", full: fullOf(depth) });
  return Object.freeze({ ...raster, data });
}

/**
 * What a screen is given: 8 bit, sRGB.
 *
 * @param {Raster} raster
 * @param {string} profile what its numbers mean
 */
function onScreen(raster, profile) {
  const from = { profile, full: fullIn(raster) };
  return converted(raster.data, raster.channels, from, { profile: SRGB, full: fullOf(8) });
}

/** @param {Raster} raster */
const boundsOf = ({ left, top, width, height }) => rectangle(left, top, width, height);

/**
 * The same mask, showing what lies outside of it.
 *
 * @param {Raster} raster
 * @returns {Raster}
 */
const shownOutside = (raster) => Object.freeze({ ...raster, outside: true });

/**
 * Exactly the pixels of `bounds`; where the raster has none, what lies outside of it.
 *
 * @param {Raster | null} raster
 * @param {Bounds} bounds
 * @param {1 | 4} [channels] of the answer when there is no raster
 * @param {Depth} [depth] likewise
 */
function cut(raster, bounds, channels = 4, depth = 8) {
  const piece = raster
    ? blank(bounds, raster.channels, depthOf(raster))
    : blank(bounds, channels, depth);
  if (raster?.outside) piece.data.fill(fullIn(piece));
  if (raster) copyInto(piece, raster);
  return piece;
}

/**
 * Copy the pixels of `source` that lie in `target`: for rasters just made, which nobody else sees.
 *
 * @param {Raster} target
 * @param {Raster} source
 */
function copyInto(target, source) {
  const shared = common(boundsOf(target), boundsOf(source));
  const count = widthOf(shared) * source.channels;
  for (let y = shared.top; y < shared.bottom; y++) {
    const from = ((y - source.top) * source.width + shared.left - source.left) * source.channels;
    const to = ((y - target.top) * target.width + shared.left - target.left) * target.channels;
    target.data.set(source.data.subarray(from, from + count), to);
  }
}

/**
 * `base` with the pixels of `patch` in place of its own.
 *
 * @param {Raster | null} base
 * @param {Raster} patch of the same depth
 */
function laid(base, patch) {
  if (!base) return patch;
  const whole = cut(base, around(boundsOf(base), boundsOf(patch)));
  copyInto(whole, patch);
  return base.outside ? shownOutside(whole) : whole;
}

/**
 * The raster without its empty edges (alpha 0, or 0 in a mask); null when nothing is left.
 *
 * @param {Raster | null} raster
 */
function trimmed(raster) {
  if (!raster) return null;
  const bounds = inkBounds(raster);
  if (isEmpty(bounds)) return null;
  const whole = widthOf(bounds) === raster.width && heightOf(bounds) === raster.height;
  return whole ? raster : cut(raster, bounds);
}

/**
 * Where a raster is not empty.
 *
 * @param {Raster} raster
 * @returns {Bounds}
 */
function inkBounds({ left, top, width, height, channels, data }) {
  const bounds = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * channels + channels - 1] === 0) continue;
      if (x < bounds.left) bounds.left = x;
      if (x >= bounds.right) bounds.right = x + 1;
      if (y < bounds.top) bounds.top = y;
      bounds.bottom = y + 1;
    }
  }
  if (isEmpty(bounds)) return rectangle(left, top, 0, 0);
  return rectangle(
    left + bounds.left,
    top + bounds.top,
    bounds.right - bounds.left,
    bounds.bottom - bounds.top,
  );
}

/**
 * The same pixels elsewhere.
 *
 * @param {Raster} raster
 */
function moved(raster, dx, dy) {
  return Object.freeze({ ...raster, left: raster.left + dx, top: raster.top + dy });
}

/**
 * Scaled to `width` x `height` at (0, 0): each pixel is the mean of those it covers, colour weighed
 * by alpha.
 *
 * @param {Raster} raster
 */
function scaled(raster, width, height) {
  const result = blank(rectangle(0, 0, width, height), raster.channels, depthOf(raster));
  for (let y = 0; y < height; y++) {
    const [y0, y1] = span(y, height, raster.height);
    for (let x = 0; x < width; x++) {
      const [x0, x1] = span(x, width, raster.width);
      average(raster, x0, y0, x1, y1, result.data, (y * width + x) * raster.channels);
    }
  }
  return result;
}

/** The source pixels [first, end) that pixel `i` of `count` covers, at least one. */
function span(i, count, source) {
  const first = Math.min(Math.floor((i * source) / count), source - 1);
  return [first, Math.max(first + 1, Math.floor(((i + 1) * source) / count))];
}

function average({ width, channels, data }, x0, y0, x1, y1, target, at) {
  const sums = [0, 0, 0, 0];
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const i = (y * width + x) * channels;
      const weight = channels === 4 ? data[i + 3] : 1;
      for (let c = 0; c < Math.min(channels, 3); c++) sums[c] += data[i + c] * weight;
      sums[3] += weight;
    }
  }
  for (let c = 0; c < Math.min(channels, 3); c++) {
    target[at + c] = sums[3] ? Math.round(sums[c] / sums[3]) : 0;
  }
  if (channels === 4) target[at + 3] = Math.round(sums[3] / ((x1 - x0) * (y1 - y0)));
}

module.exports = {
  makeRaster,
  blank,
  filled,
  depthOf,
  fullIn,
  atDepth,
  onScreen,
  boundsOf,
  shownOutside,
  cut,
  copyInto,
  laid,
  trimmed,
  moved,
  scaled,
};
