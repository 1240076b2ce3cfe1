"use strict";

/**
 * What part of a picture is painted, and how its edge fades: pure geometry.
 *
 * painted(state)         where the next run will paint and at what size, for whoever shows it
 * cropAround(selection)  the selection with what the model has to see around it
 * workingSize(size)      what the model paints of a picture: the same rule as the bridge's
 * softened(mask)         a mask that fades over so many pixels outwards; full stays full
 *
 * `width`, `height`, `init_image` and `mask` of a recipe, and the place of the layers, are then the
 * crop's. The mask is full where the selection is, and falls to 0 along an S over `feather` pixels
 * (exact Euclidean distance).
 *
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").State} State
 * @typedef {{width: number, height: number}} Size
 *
 * @typedef {object} Painted
 * @property {Rect} rect document pixels
 * @property {boolean} crop whether that is a part of the picture, chosen around the selection
 * @property {Size} working what the model paints
 * @property {number} enlarged how many times the result is larger than that; 1: not enlarged
 */

const CELL = 8; // pixels: models paint whole latent cells
const LARGEST = 1.5; // times the native side: beyond it models repeat their subject
const CONTEXT = 1 / 4; // of the selection's longer side, seen on each side of it
const LEAST_CONTEXT = 1 / 8; // of the native side

/**
 * Where the next run will paint, as far as the state knows: a layer's own bounds are read later.
 *
 * @param {State} state
 * @returns {Painted | null} null: no document or no model yet
 */
function painted({ document, model, settings }) {
  if (!document || !model) return null;
  const { width, height, selection } = document;
  const { source, where, context, feather } = settings;
  const canvas = { left: 0, top: 0, right: width, bottom: height };
  const part = source === "nothing" || where !== "selection" || !context ? null : selection;
  const rect = part ? cropAround(part, canvas, feather, model.native) : canvas;
  const size = sizeOf(rect);
  const working = workingSize(size, model.native);
  const enlarged = Math.max(1, size.width / working.width, size.height / working.height);
  return {
    rect,
    crop: size.width < width || size.height < height,
    working,
    enlarged,
  };
}

/**
 * The selection grown by its feather and by context, at least the model's native size where that
 * much is there, in whole cells where they fit: never so large that the model has to paint it
 * smaller than the selection alone would need.
 *
 * @param {Rect} selection overlaps `within`
 * @param {Rect} within the picture
 * @param {number} feather pixels
 * @param {number} native the model's side, pixels
 * @returns {Rect} inside of `within`
 */
function cropAround(selection, within, feather, native) {
  const { width, height } = sizeOf(selection);
  const context = Math.max(CONTEXT * Math.max(width, height), LEAST_CONTEXT * native);
  const reach = Math.ceil(feather + context);
  const across = grown(selection.left, selection.right, reach, within.left, within.right);
  const down = grown(selection.top, selection.bottom, reach, within.top, within.bottom);
  const area = (LARGEST * native) ** 2;
  const wide = sideOf(across, down.end - down.start, native, area);
  const high = sideOf(down, wide, native, area);
  const left = startOf(across, wide);
  const top = startOf(down, high);
  return { left, top, right: left + wide, bottom: top + high };
}

/**
 * One side of a rectangle and the room it has.
 *
 * @typedef {{start: number, end: number, low: number, high: number}} Span
 */

/** @returns {Span} @param {number} start @param {number} end @param {number} reach @param {number} low @param {number} high */
function grown(start, end, reach, low, high) {
  return {
    start: Math.max(low, start - reach),
    end: Math.min(high, end + reach),
    low,
    high,
  };
}

/** @param {Span} span @param {number} other @param {number} native @param {number} area */
function sideOf({ start, end, low, high }, other, native, area) {
  const affordable = Math.floor(area / wholeCells(other) / CELL) * CELL;
  const wanted = Math.max(end - start, Math.min(native, affordable));
  return Math.min(high - low, wholeCells(wanted));
}

/** Where a side of that length begins. @param {Span} span @param {number} side */
function startOf({ start, end, low, high }, side) {
  const centred = start - Math.floor((side - (end - start)) / 2);
  return Math.min(Math.max(centred, low), high - side);
}

/** @param {number} length */
function wholeCells(length) {
  return Math.ceil(length / CELL) * CELL;
}

/** @param {Rect} rect @returns {Size} */
function sizeOf({ left, top, right, bottom }) {
  return { width: right - left, height: bottom - top };
}

/** @param {Size} size @param {number} native @returns {Size} */
function workingSize({ width, height }, native) {
  const area = (LARGEST * native) ** 2;
  const whole = { width: wholeCells(width), height: wholeCells(height) };
  if (whole.width * whole.height <= area) return whole;
  const shrink = Math.min(1, (LARGEST * native) / Math.sqrt(width * height));
  const wide = Math.max(CELL, Math.floor(Math.floor(width * shrink) / CELL) * CELL);
  const high = Math.max(CELL, Math.floor(Math.floor(height * shrink) / CELL) * CELL);
  const most = Math.floor(area); // a side raised to one cell may still stand above it
  const fitting = (/** @type {number} */ other) => Math.floor(most / other / CELL) * CELL;
  if (wide > high) return { width: Math.min(wide, fitting(high)), height: high };
  return { width: wide, height: Math.min(high, fitting(wide)) };
}

/**
 * Every pixel as near to the selection as it lies, in Euclid's sense: 1 at what is wholly selected,
 * falling along an S to 0 at `feather` pixels from it; a pixel half selected counts as half as far
 * away. Nothing that was selected becomes less so.
 *
 * @param {Picture} mask one channel
 * @param {number} feather pixels
 * @returns {Picture}
 */
function softened(mask, feather) {
  if (feather <= 0) return mask;
  const { width, height, pixels } = mask;
  const full = pixels instanceof Uint16Array ? 65535 : 255;
  const far = new Float32Array(pixels.length); // at most feather²: exact enough, half the memory
  for (let i = 0; i < far.length; i += 1) far[i] = (feather * (1 - pixels[i] / full)) ** 2;
  const line = makeLine(Math.max(width, height));
  for (let x = 0; x < width; x += 1) line(far, x, width, height);
  for (let y = 0; y < height; y += 1) line(far, y * width, 1, width);
  const soft = pixels.slice();
  for (let i = 0; i < far.length; i += 1) {
    const near = 1 - Math.sqrt(far[i]) / feather;
    const value = Math.round(full * near * near * (3 - 2 * near));
    if (value > soft[i]) soft[i] = value;
  }
  return { ...mask, pixels: soft };
}

/**
 * Squared distances along one row or column: the lower envelope of a parabola over each pixel, in
 * linear time (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
 *
 * @param {number} longest
 */
function makeLine(longest) {
  const values = new Float64Array(longest);
  const bases = new Int32Array(longest); // where the envelope's parabolas stand
  const from = new Float64Array(longest + 1); // and from where on each is the lowest

  /** @param {Float32Array} far changed in place @param {number} start @param {number} stride @param {number} count */
  return function line(far, start, stride, count) {
    for (let i = 0; i < count; i += 1) values[i] = far[start + i * stride];
    let last = 0;
    bases[0] = 0;
    from[0] = -Infinity;
    from[1] = Infinity;
    for (let q = 1; q < count; q += 1) {
      let meet = meeting(values, bases[last], q);
      while (meet <= from[last]) {
        last -= 1;
        meet = meeting(values, bases[last], q);
      }
      last += 1;
      bases[last] = q;
      from[last] = meet;
      from[last + 1] = Infinity;
    }
    for (let i = 0, k = 0; i < count; i += 1) {
      while (from[k + 1] < i) k += 1;
      far[start + i * stride] = (i - bases[k]) ** 2 + values[bases[k]];
    }
  };
}

/** Where two parabolas cross. @param {Float64Array} values @param {number} p @param {number} q */
function meeting(values, p, q) {
  return (values[q] + q * q - values[p] - p * p) / (2 * (q - p));
}

module.exports = { painted, cropAround, workingSize, softened };
