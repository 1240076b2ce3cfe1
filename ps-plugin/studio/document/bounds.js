"use strict";
// Rectangles in document pixels. `right` and `bottom` are one past the last pixel.

/** @typedef {Readonly<{left: number, top: number, right: number, bottom: number}>} Bounds */

/** @type {Bounds} */
const NOTHING = Object.freeze({ left: 0, top: 0, right: 0, bottom: 0 });

/** @returns {Bounds} */
function rectangle(left, top, width, height) {
  return { left, top, right: left + width, bottom: top + height };
}

/** @param {Bounds} bounds */
const widthOf = ({ left, right }) => right - left;

/** @param {Bounds} bounds */
const heightOf = ({ top, bottom }) => bottom - top;

/** @param {Bounds} bounds */
const isEmpty = (bounds) => bounds.right <= bounds.left || bounds.bottom <= bounds.top;

/**
 * @param {Bounds} a
 * @param {Bounds} b
 * @returns {Bounds}
 */
function common(a, b) {
  const bounds = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return isEmpty(bounds) ? NOTHING : bounds;
}

/**
 * The smallest rectangle around both.
 *
 * @param {Bounds} a
 * @param {Bounds} b
 * @returns {Bounds}
 */
function around(a, b) {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

module.exports = { NOTHING, rectangle, widthOf, heightOf, isEmpty, common, around };
