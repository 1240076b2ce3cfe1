"use strict";
// A stroke: dabs along a smooth path, as one coverage map that is laid on a layer at once, so that
// dabs which overlap never cover more than the stroke's opacity.
//
//   createStroke   collects points, says what became dirty
//   strokeOn       the layer's pixels with the stroke on them

const { rectangle, common, around, NOTHING, isEmpty } = require("./bounds.js");
const { makeRaster, blank, cut, laid, trimmed, fullIn } = require("./raster.js");
const { SRGB, converted } = require("./colour.js");
const { lay } = require("./composite.js");

/** @typedef {import("./bounds.js").Bounds} Bounds */
/** @typedef {import("./raster.js").Raster} Raster */
/**
 * @typedef {{
 *   size: number,
 *   hardness: number,
 *   opacity: number,
 *   color: readonly [number, number, number],
 *   erase: boolean,
 * }} Brush size: diameter in pixels; hardness and opacity 0..1
 */
/** @typedef {{raster: Raster | null, background: boolean, held?: readonly string[]}} Painted a layer */
/** @typedef {{x: number, y: number, pressure: number}} Point document pixels; pressure 0..1 */

const SPACING = 0.06; // of the diameter between dabs: no scallops are seen in a soft edge
const THINNEST = 0.15; // of the diameter at no pressure

/**
 * @param {Brush} brush
 * @param {Pick<import("./document.js").State, "width" | "height" | "selection"> &
 *   Partial<import("./document.js").State>} canvas
 */
function createStroke(brush, { width, height, selection, depth = 8, profile = SRGB }) {
  const canvas = rectangle(0, 0, width, height);
  const cover = makeRaster(canvas, 1); // 0..255: how much of the stroke lies on a pixel
  /** @type {Point[]} */
  const points = [];
  let touched = NOTHING;
  /** @type {Point | null} the last dab */
  let last = null;

  /**
   * Go on to a point.
   *
   * @param {Point} point
   * @returns {Bounds} what changed
   */
  function add(point) {
    points.push(point);
    if (points.length === 1) return dab(point);
    const [a, b, c] = points.slice(-3);
    return c ? curve(middle(a, b), b, middle(b, c)) : curve(a, a, middle(a, b));
  }

  /** The rest of the path: it was drawn to the middle of the last two points only. */
  function finish() {
    if (points.length < 2) return NOTHING;
    const [a, b] = points.slice(-2);
    return curve(middle(a, b), b, b);
  }

  /** A quadratic curve, in dabs. */
  function curve(from, control, to) {
    const length = distance(from, control) + distance(control, to);
    const parts = Math.max(1, Math.ceil(length / 2));
    let dirty = NOTHING;
    for (let i = 1; i <= parts; i++)
      dirty = around(dirty, line(bezier(from, control, to, i / parts)));
    return dirty;
  }

  /** Dabs at equal distances from the last one towards a point. */
  function line(to) {
    const step = Math.max(0.5, brush.size * SPACING);
    let dirty = NOTHING;
    for (let rest = distance(last, to); rest >= step; rest = distance(last, to)) {
      dirty = around(dirty, dab(mix(last, to, step / rest)));
    }
    return dirty;
  }

  /** @param {Point} point */
  function dab(point) {
    last = point;
    const radius = (brush.size / 2) * (THINNEST + (1 - THINNEST) * point.pressure);
    const dirty = brush.size <= 1 ? pixelAt(point) : discAt(point, radius);
    touched = around(touched, dirty);
    return dirty;
  }

  function pixelAt({ x, y }) {
    const dirty = common(rectangle(Math.floor(x), Math.floor(y), 1, 1), canvas);
    if (!isEmpty(dirty)) raise(dirty.left, dirty.top, 1);
    return dirty;
  }

  function discAt({ x, y }, radius) {
    const reach = Math.ceil(radius + 1);
    const box = rectangle(
      Math.floor(x) - reach,
      Math.floor(y) - reach,
      2 * reach + 1,
      2 * reach + 1,
    );
    const dirty = common(box, canvas);
    const soft = radius * (1 - brush.hardness);
    for (let py = dirty.top; py < dirty.bottom; py++) {
      for (let px = dirty.left; px < dirty.right; px++) {
        const off = Math.hypot(px + 0.5 - x, py + 0.5 - y);
        if (off < radius + 0.5) raise(px, py, falloff(radius + 0.5 - off, soft));
      }
    }
    return dirty;
  }

  function raise(x, y, amount) {
    const i = y * width + x;
    const value = Math.round(amount * 255);
    if (value > cover.data[i]) cover.data[i] = value;
  }

  return {
    add,
    finish,
    brush,
    selection,
    depth,
    profile,
    cover,
    /** All that was touched. */
    bounds: () => touched,
  };
}

/** Coverage at `inside` pixels from the rim: a pixel wide edge, or a soft one. */
function falloff(inside, soft) {
  const share = Math.min(1, inside / (soft + 1));
  return soft < 0.5 ? share : share * share * (3 - 2 * share);
}

const distance = (a, b) => Math.hypot(b.x - a.x, b.y - a.y);

const mix = (a, b, share) => ({
  x: a.x + (b.x - a.x) * share,
  y: a.y + (b.y - a.y) * share,
  pressure: a.pressure + (b.pressure - a.pressure) * share,
});

const middle = (a, b) => mix(a, b, 0.5);

const bezier = (a, b, c, share) => mix(mix(a, b, share), mix(b, c, share), share);

/**
 * A layer's pixels within `bounds` with the stroke on them. Where its transparency is locked that
 * stays as it is, and erasing paints white, as on a background.
 *
 * @param {Painted} layer
 * @param {ReturnType<typeof createStroke>} stroke
 * @param {Bounds} bounds
 * @returns {Raster} exactly `bounds`
 */
function strokePiece({ raster, background, held = [] }, stroke, bounds) {
  const { brush, cover, selection, depth, profile } = stroke;
  const piece = cut(raster, bounds, 4, depth);
  const before = held.includes("transparency") ? piece.data.slice() : null;
  const covers = !brush.erase || background || before;
  const full = fullIn(piece);
  const covered = cut(cover, bounds);
  const allowed = selection && cut(selection, bounds);
  const chosen = Uint8Array.from(brush.erase ? [255, 255, 255] : brush.color);
  const srgb = { profile: SRGB, full: 255 };
  const [r, g, b] = converted(chosen, 3, srgb, { profile, full });
  const paint = blank(bounds, 4, depth);
  for (let i = 0, j = 0; i < covered.data.length; i++, j += 4) {
    const share =
      (covered.data[i] / 255) * brush.opacity * (allowed ? allowed.data[i] / fullIn(allowed) : 1);
    if (share === 0) continue;
    if (!covers) piece.data[j + 3] = Math.round(piece.data[j + 3] * (1 - share));
    else paint.data.set([r, g, b, Math.round(share * full)], j);
  }
  if (before) for (let j = 3; j < piece.data.length; j += 4) piece.data[j] = full;
  if (covers) lay(piece, paint, { opacity: 1, blend: "normal", mask: null });
  if (before) keepTransparency(piece.data, before);
  return piece;
}

/** The transparency of `before` again, and its colours where nothing is seen of them. */
function keepTransparency(data, before) {
  for (let j = 0; j < data.length; j += 4) {
    if (before[j + 3] === 0) data.set(before.subarray(j, j + 4), j);
    else data[j + 3] = before[j + 3];
  }
}

/**
 * A layer's pixels with the whole stroke on them; null when nothing is left.
 *
 * @param {Painted} layer
 * @param {ReturnType<typeof createStroke>} stroke
 */
function strokeOn(layer, stroke) {
  const bounds = stroke.bounds();
  if (isEmpty(bounds)) return layer.raster;
  return trimmed(laid(layer.raster, strokePiece(layer, stroke, bounds)));
}

module.exports = { createStroke, strokePiece, strokeOn };
