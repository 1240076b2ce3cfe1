"use strict";
// Soft selections: rasters of one channel, full where selected; shapes are drawn at 8 bit. Shapes, feathering, combining, and their outline.

const { rectangle, common, around, isEmpty } = require("./bounds.js");
const {
  makeRaster,
  boundsOf,
  cut,
  trimmed,
  filled,
  fullIn,
  depthOf,
  atDepth,
} = require("./raster.js");

/** @typedef {import("./bounds.js").Bounds} Bounds */
/** @typedef {import("./raster.js").Raster} Raster */
/** @typedef {{x: number, y: number}} Point document pixels */
/** @typedef {"replace" | "add" | "subtract"} Combine */

const SUBSAMPLES = 4; // per pixel and axis: a lasso's edge has 17 levels

/**
 * Whole pixels of a rectangle between two corners.
 *
 * @param {Point} a
 * @param {Point} b
 * @param {Bounds} canvas
 */
function rectangleSelection(a, b, canvas) {
  const [left, right] = [a.x, b.x].map(Math.round).sort((x, y) => x - y);
  const [top, bottom] = [a.y, b.y].map(Math.round).sort((x, y) => x - y);
  const bounds = common({ left, top, right, bottom }, canvas);
  return isEmpty(bounds) ? null : filled(bounds, [255]);
}

/**
 * The inside of a closed line (even-odd), with smooth edges.
 *
 * @param {readonly Point[]} points
 * @param {Bounds} canvas
 */
function polygonSelection(points, canvas) {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const box = {
    left: Math.floor(Math.min(...xs)),
    top: Math.floor(Math.min(...ys)),
    right: Math.ceil(Math.max(...xs)),
    bottom: Math.ceil(Math.max(...ys)),
  };
  const bounds = common(box, canvas);
  if (points.length < 3 || isEmpty(bounds)) return null;
  const raster = makeRaster(bounds, 1);
  const hits = new Uint8Array(raster.width);
  for (let y = 0; y < raster.height; y++) {
    hits.fill(0);
    for (let sub = 0; sub < SUBSAMPLES; sub++) {
      countInside(points, bounds, bounds.top + y + (sub + 0.5) / SUBSAMPLES, hits);
    }
    for (let x = 0; x < raster.width; x++) {
      raster.data[y * raster.width + x] = Math.round((hits[x] * 255) / SUBSAMPLES ** 2);
    }
  }
  return trimmed(raster);
}

/** Add to `hits` how many of each pixel's subsamples on one line lie inside. */
function countInside(points, bounds, y, hits) {
  const crossings = [];
  for (let i = 0; i < points.length; i++) {
    const [a, b] = [points[i], points[(i + 1) % points.length]];
    if (a.y > y !== b.y > y) crossings.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  crossings.sort((a, b) => a - b);
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const first = Math.ceil((crossings[i] - bounds.left) * SUBSAMPLES - 0.5);
    const end = Math.ceil((crossings[i + 1] - bounds.left) * SUBSAMPLES - 0.5);
    const stop = Math.min(end, hits.length * SUBSAMPLES);
    for (let s = Math.max(first, 0); s < stop; s++) hits[Math.floor(s / SUBSAMPLES)] += 1;
  }
}

/**
 * Soft edges: three box blurs, close to a Gaussian of about that radius.
 *
 * @param {Raster | null} selection
 * @param {number} radius pixels
 * @param {Bounds} canvas
 */
function feathered(selection, radius, canvas) {
  if (!selection || radius <= 0) return selection;
  const box = Math.max(1, Math.round(radius));
  const reach = 3 * box;
  const grown = common(
    {
      left: selection.left - reach,
      top: selection.top - reach,
      right: selection.left + selection.width + reach,
      bottom: selection.top + selection.height + reach,
    },
    canvas,
  );
  const raster = cut(selection, grown);
  const values = Float32Array.from(raster.data);
  for (let pass = 0; pass < 3; pass++) {
    blurLines(values, raster.height, raster.width, raster.width, 1, box);
    blurLines(values, raster.width, raster.height, 1, raster.width, box);
  }
  const blurred = raster.data.slice();
  values.forEach((value, i) => (blurred[i] = Math.round(value)));
  return trimmed(makeRaster(grown, 1, blurred));
}

/** The mean of 2 `box` + 1 values along each of `lines` lines; the edge's value goes on outside. */
function blurLines(values, lines, length, lineStep, step, box) {
  const line = new Float32Array(length);
  const at = (i) => line[Math.min(Math.max(i, 0), length - 1)];
  for (let n = 0; n < lines; n++) {
    for (let i = 0; i < length; i++) line[i] = values[n * lineStep + i * step];
    let sum = 0;
    for (let i = -box; i <= box; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      values[n * lineStep + i * step] = sum / (2 * box + 1);
      sum += at(i + box + 1) - at(i - box);
    }
  }
}

/**
 * @param {Raster | null} old null: nothing was selected
 * @param {Raster | null} shape
 * @param {Combine} how
 */
function combined(old, shape, how) {
  if (how === "replace" || !old) return how === "subtract" ? old : shape;
  if (!shape) return old;
  const bounds = around(boundsOf(old), boundsOf(shape));
  const result = cut(old, bounds);
  const other = cut(atDepth(shape, depthOf(old)), bounds);
  const full = fullIn(old);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] =
      how === "add"
        ? Math.max(result.data[i], other.data[i])
        : Math.min(result.data[i], full - other.data[i]);
  }
  return trimmed(result);
}

/** What is not selected. */
function inverted(selection, canvas) {
  if (!selection) return null;
  const result = cut(selection, canvas);
  const full = fullIn(selection);
  for (let i = 0; i < result.data.length; i++) result.data[i] = full - result.data[i];
  return trimmed(result);
}

/**
 * The line between more and less than half selected, as pixel edges [x1, y1, x2, y2].
 *
 * @param {Raster} selection
 * @returns {number[][]}
 */
function outline(selection) {
  const { left, top, width, height, data } = selection;
  const half = fullIn(selection) / 2;
  const inside = (x, y) =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] > half;
  const edges = [];
  for (let y = 0; y <= height; y++) {
    let start = -1;
    for (let x = 0; x <= width; x++) {
      const edge = x < width && inside(x, y) !== inside(x, y - 1);
      if (edge && start < 0) start = x;
      if (!edge && start >= 0) {
        edges.push([left + start, top + y, left + x, top + y]);
        start = -1;
      }
    }
  }
  for (let x = 0; x <= width; x++) {
    let start = -1;
    for (let y = 0; y <= height; y++) {
      const edge = y < height && inside(x, y) !== inside(x - 1, y);
      if (edge && start < 0) start = y;
      if (!edge && start >= 0) {
        edges.push([left + x, top + start, left + x, top + y]);
        start = -1;
      }
    }
  }
  return edges;
}

/** Everything. */
const wholeSelection = (canvas) => filled(rectangle(0, 0, canvas.right, canvas.bottom), [255]);

module.exports = {
  rectangleSelection,
  polygonSelection,
  feathered,
  combined,
  inverted,
  outline,
  wholeSelection,
};
