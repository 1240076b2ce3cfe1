"use strict";

/**
 * How many of a run's steps become layers, and what they weigh.
 *
 * keepOf(settings)                  what the settings ask for, as a run's group remembers it
 * isKept(keep, index, first, last)  whether that step becomes a layer by itself
 * stepsPainted(settings)            steps that will be painted; 0: so small a change is none
 * estimate(settings, size, steps)   layers and bytes in the PSD, before anything is painted
 *
 * @typedef {import("../types/panel").Settings} Settings
 * @typedef {import("../types/panel").Keep} Keep
 */

const LAYER_BYTES = 4096; // a layer's record, its name and its note in two places: seen, 2 to 3 KB

/** @param {Pick<Settings, "keep" | "keyframes">} settings @returns {Keep} */
function keepOf({ keep, keyframes }) {
  return keep === "keyframes" ? Math.max(1, Math.round(keyframes)) : keep;
}

/**
 * A number keeps so many steps, evenly spread; the last is always one of them.
 *
 * @param {Keep} keep
 * @param {number} index of the step, `first`..`last`
 * @param {number} first of the run's own steps
 * @param {number} last
 */
function isKept(keep, index, first, last) {
  if (keep === "all" || index === last) return true;
  if (keep === "last") return false;
  const count = last - first + 1;
  const kept = Math.min(keep, count);
  const place = index - first + 1; // 1..count
  return Math.floor((place * kept) / count) > Math.floor(((place - 1) * kept) / count);
}

/** @param {Pick<Settings, "source" | "steps" | "strength">} settings */
function stepsPainted({ source, steps, strength }) {
  return source === "nothing" ? steps : Math.trunc(steps * strength);
}

/**
 * An honest upper figure: RLE stores pixels that do not repeat at all with one byte more in 128.
 *
 * @param {Pick<Settings, "keep" | "keyframes"> & {variations?: number}} settings
 * @param {{width: number, height: number, depth?: number, inputs?: number}} size of the picture in
 *   pixels; depth: bits per channel of the document; inputs: images kept to paint it again
 * @param {number} steps that will be painted of each variation
 * @returns {{layers: number, bytes: number}} layers: of steps, without the inputs
 */
function estimate(settings, { width, height, depth = 8, inputs = 0 }, steps) {
  const keep = keepOf(settings);
  const each = keep === "all" ? steps : keep === "last" ? 1 : Math.min(keep, steps);
  const layers = (settings.variations ?? 1) * each;
  const row = width * (depth > 8 ? 2 : 1);
  const channel = height * (row + Math.ceil(row / 128) + 2); // 2: the row's length, in a table
  return { layers, bytes: (layers + inputs) * (4 * channel + LAYER_BYTES) };
}

module.exports = { keepOf, isKept, stepsPainted, estimate };
