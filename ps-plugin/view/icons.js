"use strict";

/**
 * The panel's icons, drawn with boxes: whether a host's fonts have a triangle or a pencil is not
 * known, and pictures need an address that is found. Boxes need the style sheet's own properties:
 * position, left, top, width, height, background-color, border-radius.
 *
 * drawn(make, name)   an element with the icon in it, ten pixels square; its colour is the sheet's
 *
 * An icon says nothing to a screen reader: what it stands on has words or a title.
 */

const SIDE = 10; // pixels

/**
 * @typedef {[number, number, number, number, number?]} Box left, top, width, height and how round,
 *   in pixels
 */

/** A line of blocks, two pixels wide. @param {...[number, number]} places @returns {Box[]} */
const blocks = (...places) => places.map(([left, top]) => [left, top, 2, 2]);

/** A wave. @param {number} top @returns {Box[]} */
const wave = (top) => [
  [0, top, 2, 2],
  [2, top - 1, 2, 2],
  [4, top, 2, 2],
  [6, top + 1, 2, 2],
  [8, top, 2, 2],
];

/** @type {Box[]} */
const CROSS = [0, 1, 2, 3, 4, 5, 6].flatMap((i) => blocks([1 + i, 1 + i], [7 - i, 1 + i]));

/** The frame of a square. @param {number} left @param {number} top @param {number} width @param {number} height @returns {Box[]} */
const frame = (left, top, width, height) => [
  [left, top, width, 1],
  [left, top + height - 1, width, 1],
  [left, top, 1, height],
  [left + width - 1, top, 1, height],
];

/** @type {Record<string, Box[]>} */
const ICONS = {
  open: [0, 1, 2, 3].map((i) => [1 + i, 3 + i, 8 - 2 * i, 1]),
  closed: [0, 1, 2, 3].map((i) => [3 + i, 1 + i, 1, 8 - 2 * i]),
  play: [0, 1, 2, 3, 4].map((i) => [2 + i, i, 1, 10 - 2 * i]),
  pause: [
    [2, 1, 2, 8],
    [6, 1, 2, 8],
  ],
  vary: [...frame(0, 0, 6, 6), [4, 4, 6, 6, 1]],
  dice: [...frame(0, 0, 10, 10), ...blocks([2, 2], [6, 2], [4, 4], [2, 6], [6, 6])],
  close: CROSS,
  add: [
    [4, 1, 2, 8],
    [1, 4, 8, 2],
  ],
  less: [[1, 4, 8, 2]],
  dot: [[1, 1, 8, 8, 4]],
  good: blocks([0, 4], [1, 5], [2, 6], [3, 7], [4, 6], [5, 5], [6, 4], [7, 3], [8, 2]),
  bad: CROSS,
  running: blocks([0, 4], [4, 4], [8, 4]),
  // What was done to a step's layer.
  painted: [...blocks([7, 0], [6, 1], [5, 2], [4, 3], [3, 4], [2, 5], [1, 6]), [0, 8, 2, 2]],
  moved: [
    [4, 0, 2, 10],
    [0, 4, 10, 2],
    [3, 1, 4, 1],
    [3, 8, 4, 1],
    [1, 3, 1, 4],
    [8, 3, 1, 4],
  ],
  masked: [...frame(0, 1, 10, 8), [0, 1, 5, 8]],
  locked: [
    [1, 4, 8, 6, 1],
    [2, 0, 2, 5],
    [6, 0, 2, 5],
    [2, 0, 6, 2],
  ],
  converted: [...wave(2), ...wave(6)],
};

/**
 * @param {(tag: string, className: string) => HTMLElement} make
 * @param {string} name
 */
function drawn(make, name) {
  const boxes = ICONS[name];
  if (!boxes) throw new Error(`icon: ${name}`);
  const icon = make("div", "icon");
  icon.setAttribute("data-drawn", name);
  icon.setAttribute("aria-hidden", "true");
  for (const [left, top, width, height, round = 0] of boxes) {
    const box = make("div", "ink");
    Object.assign(box.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
      ...(round > 0 && { borderRadius: `${round}px` }),
    });
    icon.appendChild(box);
  }
  return icon;
}

module.exports = { ICONS, SIDE, drawn };
