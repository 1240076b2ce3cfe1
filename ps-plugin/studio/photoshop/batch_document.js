"use strict";
// Commands of the whole document as Photoshop's own listener prints them.
//
// seen in hosts: the shape of these descriptors, in recorded actions of many plugins.

const merging = require("../document/merging.js");
const geometry = require("../document/geometry.js");
const modes = require("../document/modes.js");
const { numberIn } = require("./batch_targets.js");

/** @typedef {import("./batch_targets.js").Job} Job */

/** @param {(job: Job) => unknown} change @param {string[]} [keys] */
const doing = (change, keys = []) => ({
  keys,
  changes: true,
  /** @param {Job} job */
  play(job) {
    change(job);
    return {};
  },
});

/** Where the picture stays when its canvas changes, 0..1. */
const PLACES = { left: 0, top: 0, center: 0.5, right: 1, bottomEnum: 1, bottom: 1 };

function sizeIn(value, whole, what) {
  if (value === undefined) return undefined;
  const percent = value._unit === "percentUnit";
  const number = numberIn(value, percent ? "percentUnit" : "pixelsUnit", what);
  return Math.round(percent ? (number / 100) * whole : number);
}

/** @param {Job} job */
function resize({ document, command }) {
  const { width, height, resolution } = document.state;
  const wide = sizeIn(command.width, width, "imageSize: width");
  const high = sizeIn(command.height, height, "imageSize: height");
  if ((wide ?? high) === undefined) throw new Error("imageSize without sizes is not modelled");
  const w = wide ?? Math.round((Number(high) * width) / height);
  const h = high ?? Math.round((Number(wide) * height) / width);
  const dots = numberIn(command.resolution, "densityUnit", "imageSize: resolution", resolution);
  geometry.resizeImage(document, w, h, dots);
}

/** @param {Job} job */
function resizeCanvas({ document, command }) {
  const { width, height } = document.state;
  const more = command.relative === true;
  const w = sizeIn(command.width, width, "canvasSize: width") ?? (more ? 0 : width);
  const h = sizeIn(command.height, height, "canvasSize: height") ?? (more ? 0 : height);
  const anchor = {
    x: PLACES[command.horizontal?._value ?? "center"],
    y: PLACES[command.vertical?._value ?? "center"],
  };
  if (anchor.x === undefined || anchor.y === undefined) {
    throw new Error("canvasSize: such a place is not modelled by this host");
  }
  const size = more ? { w: width + w, h: height + h } : { w, h };
  geometry.resizeCanvas(document, size.w, size.h, anchor, [255, 255, 255]);
}

/** @param {Job} job */
function crop({ document, command: { to, angle } }) {
  if (numberIn(angle, "angleUnit", "crop: angle", 0))
    throw new Error("crop: angles are not modelled");
  const edge = (name) => Math.round(numberIn(to?.[name], "pixelsUnit", `crop: ${name}`));
  const edges = {
    left: edge("left"),
    top: edge("top"),
    right: edge("right"),
    bottom: edge("bottom"),
  };
  geometry.crop(document, edges);
}

/** @param {Job} job */
function rotate({ document, command }) {
  const angle = numberIn(command.angle, "angleUnit", "rotateEventEnum: angle");
  if (angle % 90) throw new Error(`rotateEventEnum by ${angle} degrees is not modelled`);
  geometry.rotateCanvas(document, angle / 90);
}

/** By what is done and to what, as in batch_play.js. */
const OF_DOCUMENTS = {
  "flattenImage document": doing(({ document }) => merging.flatten(document)),
  "mergeVisible document": doing(
    ({ document, command }) => {
      if (command.duplicate) throw new Error("mergeVisible into a new layer is not modelled");
      merging.mergeVisible(document);
    },
    ["duplicate"],
  ),
  "imageSize document": doing(resize, [
    "width",
    "height",
    "resolution",
    "scaleStyles",
    "constrainProportions",
    "interfaceIconFrameDimmed",
  ]),
  "canvasSize document": doing(resizeCanvas, [
    "width",
    "height",
    "horizontal",
    "vertical",
    "relative",
  ]),
  "crop document": doing(crop, ["to", "angle", "delete"]),
  "rotateEventEnum document": doing(rotate, ["angle"]),
  "convertMode document": doing(
    ({ document, command: { depth } }) => {
      if (depth !== 8 && depth !== 16) throw new Error("convertMode: 8 and 16 bits are modelled");
      modes.convertDepth(document, depth);
    },
    ["depth"],
  ),
  "duplicate document": doing(
    ({ document, command: { name, merged } }) => {
      merging.duplicateDocument(document, name ?? `${document.name} copy`, merged === true);
    },
    ["name", "merged"],
  ),
};

module.exports = { OF_DOCUMENTS };
