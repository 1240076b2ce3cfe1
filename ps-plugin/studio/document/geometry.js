"use strict";
// What changes the size or the place of a document's or a layer's picture, each with its name in the
// history. Coordinates are the document's pixels; a background always fills the canvas.

const { boundsOf, cut, trimmed, moved, filled, copyInto } = require("./raster.js");
const { rectangle, common, around, isEmpty, widthOf, heightOf } = require("./bounds.js");
const { changeState, changeLayer } = require("./document.js");
const { layerBounds, composite } = require("./composite.js");
const { fullOf } = require("./colour.js");
const { layerIn, requireUnlocked } = require("./edits.js");
const { turned, mirrored, resized, reshaped } = require("./turning.js");

/** @typedef {import("./model.js").OpenDocument} OpenDocument */
/** @typedef {import("./document.js").State} State */
/** @typedef {import("./bounds.js").Bounds} Bounds */
/** @typedef {import("./turning.js").Point} Point */

const ORIGIN = { x: 0, y: 0 };

/** @param {State} state @returns {Bounds} */
const canvasOf = ({ width, height }) => rectangle(0, 0, width, height);

/**
 * The state seen through another frame: what was at its corner is at 0, 0 now.
 *
 * @param {State} state
 * @param {Bounds} frame in the old coordinates
 * @param {boolean} cropping pixels outside of it are gone
 * @param {readonly number[]} [paper] of what a background gains, 0..255; white when absent
 */
function framed(state, frame, cropping, paper = [255, 255, 255]) {
  const canvas = rectangle(0, 0, widthOf(frame), heightOf(frame));
  const full = fullOf(state.depth);
  const colour = [...paper.map((value) => Math.round((value * full) / 255)), full];
  const layers = reshaped(state.layers, (raster, layer, part) => {
    const there = moved(raster, -frame.left, -frame.top);
    if (part === "raster" && layer.background) {
      const whole = filled(canvas, colour, state.depth);
      copyInto(whole, there);
      return whole;
    }
    if (!cropping || part !== "raster") return there;
    const left = common(boundsOf(there), canvas);
    return isEmpty(left) ? null : trimmed(cut(there, left));
  });
  const selection = state.selection && moved(state.selection, -frame.left, -frame.top);
  const kept = selection && common(boundsOf(selection), canvas);
  return changeState(state, {
    width: canvas.right,
    height: canvas.bottom,
    layers,
    selection: selection && kept && !isEmpty(kept) ? trimmed(cut(selection, kept)) : null,
  });
}

/** @param {OpenDocument} document @param {Bounds} bounds */
function crop(document, bounds) {
  if (isEmpty(bounds)) throw new TypeError("crop: the bounds are empty");
  document.record("Crop", framed(document.state, bounds, true));
}

/**
 * @param {OpenDocument} document
 * @param {number} width
 * @param {number} height
 * @param {Point} anchor 0..1: which point of the picture stays where it is
 * @param {readonly number[]} paper
 */
function resizeCanvas(document, width, height, anchor, paper) {
  const { state } = document;
  const left = Math.round((state.width - width) * anchor.x);
  const top = Math.round((state.height - height) * anchor.y);
  const frame = rectangle(left, top, width, height);
  document.record("Canvas Size", framed(state, frame, false, paper));
}

/**
 * @param {OpenDocument} document
 * @param {number} width
 * @param {number} height
 * @param {number} [resolution]
 */
function resizeImage(document, width, height, resolution = document.state.resolution) {
  const { state } = document;
  const by = { x: width / state.width, y: height / state.height };
  const layers = reshaped(state.layers, (raster) => resized(raster, by, ORIGIN));
  const selection = state.selection && resized(state.selection, by, ORIGIN);
  document.record(
    "Image Size",
    changeState(state, { width, height, resolution, layers, selection }),
  );
}

/** @param {OpenDocument} document @param {number} quarters clockwise */
function rotateCanvas(document, quarters) {
  const { state } = document;
  const turns = ((quarters % 4) + 4) % 4;
  if (turns === 0) return;
  const upright = turns === 2;
  const half = (turns === 1 ? state.height : state.width) / 2;
  const about = upright ? { x: state.width / 2, y: state.height / 2 } : { x: half, y: half };
  const [width, height] = upright ? [state.width, state.height] : [state.height, state.width];
  const layers = reshaped(state.layers, (raster) => turned(raster, turns, about));
  const selection = state.selection && turned(state.selection, turns, about);
  document.record("Rotate Canvas", changeState(state, { width, height, layers, selection }));
}

/** The canvas around all that lies beyond it. @param {OpenDocument} document */
function revealAll(document) {
  const { state } = document;
  const whole = state.layers.map(layerBounds).reduce(around, canvasOf(state));
  document.record("Reveal All", framed(state, whole, false));
}

/**
 * @param {OpenDocument} document
 * @param {"transparent" | "topLeft" | "bottomRight"} kind whose colour is cut away
 * @param {Record<"left" | "top" | "right" | "bottom", boolean>} sides
 */
function trim(document, kind, sides) {
  const { state } = document;
  const canvas = canvasOf(state);
  const { data, width } = composite(state, canvas);
  const corner = kind === "bottomRight" ? data.length - 4 : 0;
  const paper = [...data.subarray(corner, corner + 4)];
  const goes = (i) =>
    kind === "transparent" ? data[i + 3] === 0 : paper.every((value, c) => data[i + c] === value);
  const seen = { left: canvas.right, top: canvas.bottom, right: 0, bottom: 0 };
  for (let i = 0; i < data.length; i += 4) {
    if (goes(i)) continue;
    const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
    seen.left = Math.min(seen.left, x);
    seen.top = Math.min(seen.top, y);
    seen.right = Math.max(seen.right, x + 1);
    seen.bottom = Math.max(seen.bottom, y + 1);
  }
  if (isEmpty(seen)) throw new Error("Could not complete the Trim command: nothing would be left.");
  const left = Object.keys(sides).map((side) => [side, (sides[side] ? seen : canvas)[side]]);
  document.record("Trim", framed(state, Object.fromEntries(left), true));
}

/**
 * A layer's pixels and masks, and those of layers in it, in other places.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {string} command in the history
 * @param {(raster: import("./raster.js").Raster) => import("./raster.js").Raster} change
 */
function transformLayer(document, id, command, change) {
  const { state } = document;
  const layer = layerIn(state, id);
  requireUnlocked(state, id, command, "position");
  const [next] = reshaped([layer], change);
  document.record(command, changeLayer(state, id, next));
}

/** @param {"horizontal" | "vertical" | "both"} axis */
function flipLayer(document, id, axis) {
  const about = pointOf(layerBounds(layerIn(document.state, id)), { x: 0.5, y: 0.5 });
  const both = /** @type {const} */ (["horizontal", "vertical"]);
  const axes = axis === "both" ? both : [axis];
  const flip = (raster) => {
    let now = raster;
    for (const one of axes) now = mirrored(now, one, about);
    return now;
  };
  transformLayer(document, id, "Flip", flip);
}

/** @param {number} quarters clockwise @param {Point} anchor 0..1 of the layer's bounds */
function rotateLayer(document, id, quarters, anchor) {
  const about = pointOf(layerBounds(layerIn(document.state, id)), anchor);
  transformLayer(document, id, "Rotate", (raster) => turned(raster, quarters, about));
}

/** @param {Point} by factors @param {Point} anchor 0..1 of the layer's bounds */
function scaleLayer(document, id, by, anchor) {
  const about = pointOf(layerBounds(layerIn(document.state, id)), anchor);
  transformLayer(document, id, "Scale", (raster) => resized(raster, by, about));
}

/** @returns {Point} */
const pointOf = (bounds, { x, y }) => ({
  x: bounds.left + widthOf(bounds) * x,
  y: bounds.top + heightOf(bounds) * y,
});

module.exports = {
  canvasOf,
  crop,
  resizeCanvas,
  resizeImage,
  rotateCanvas,
  revealAll,
  trim,
  flipLayer,
  rotateLayer,
  scaleLayer,
};
