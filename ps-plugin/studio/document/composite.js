"use strict";
// What a stack of layers looks like. Straight alpha, at the
// document's depth and in its profile; exact where the top is opaque.

const { blank, boundsOf, cut, depthOf, fullIn } = require("./raster.js");
const { flatten, clippedTo } = require("./document.js");
const { NOTHING, around, common, rectangle } = require("./bounds.js");

/** @typedef {import("./bounds.js").Bounds} Bounds */
/** @typedef {import("./document.js").Layer} Layer */
/** @typedef {import("./document.js").State} State */
/** @typedef {import("./raster.js").Raster} Raster */

/**
 * Separable blend modes on 0..1, W3C Compositing and Blending 1, section 10. Others are drawn as
 * normal and kept by name.
 *
 * @type {Record<string, (below: number, above: number) => number>}
 */
const BLEND = {
  multiply: (b, a) => b * a,
  screen: (b, a) => b + a - b * a,
  darken: Math.min,
  lighten: Math.max,
  difference: (b, a) => Math.abs(b - a),
  linearDodge: (b, a) => Math.min(1, b + a),
  hardLight: (b, a) => (a <= 0.5 ? b * 2 * a : b + (2 * a - 1) - b * (2 * a - 1)),
  overlay: (b, a) => BLEND.hardLight(a, b),
};

/** Whether a blend mode is drawn as it is. @param {string} blend */
const isDrawn = (blend) => blend in BLEND || ["normal", "passThrough"].includes(blend);

/**
 * The visible layers within `bounds`, laid over each other.
 *
 * @param {State} state
 * @param {Bounds} bounds
 * @returns {Raster} exactly `bounds`, RGBA
 */
function composite(state, bounds) {
  return stacked(blank(bounds, 4, state.depth), state.layers);
}

/**
 * Layers over what is below, in place.
 *
 * @param {Raster} below
 * @param {readonly Layer[]} layers
 */
function stacked(below, layers) {
  for (const { base, clipped } of clippedTo(layers)) {
    if (!isSeen(base)) continue;
    const above = pixelsOf(base, below);
    if (!above) continue;
    const shown = { ...base, opacity: base.opacity * base.fill };
    if (!clipped.some(isSeen)) lay(below, above, shown);
    else lay(below, withClipped(above, base, clipped, below), { ...shown, mask: null });
  }
  return below;
}

const isSeen = (layer) => layer.visible && layer.opacity > 0;

/** A layer's own pixels; a group's are made where `below` lies. */
function pixelsOf(layer, below) {
  if (layer.kind !== "group") return layer.raster;
  return stacked(blank(boundsOf(below), 4, depthOf(below)), layer.layers);
}

/** A layer through its mask, with what is clipped to it: seen where the layer is. */
function withClipped(above, { mask }, clipped, below) {
  const shape = blank(boundsOf(below), 4, depthOf(below));
  lay(shape, above, { opacity: 1, blend: "normal", mask });
  const { data } = shape;
  const alpha = data.filter((_, i) => i % 4 === 3);
  const full = fullIn(shape);
  for (let i = 3; i < data.length; i += 4) data[i] = full;
  stacked(
    shape,
    clipped.map((layer) => ({ ...layer, clipped: false })),
  );
  for (let i = 3; i < data.length; i += 4) data[i] = alpha[i >> 2];
  return shape;
}

/**
 * Lay pixels over others, in place.
 *
 * @param {Raster} below just made; its data is changed
 * @param {Raster} above of the same depth
 * @param {Pick<Layer, "opacity" | "blend" | "mask">} layer
 */
function lay(below, above, { opacity, blend, mask }) {
  const shared = common(boundsOf(below), boundsOf(above));
  const veil = mask && cut(mask, shared, 1);
  const mix = BLEND[blend];
  const full = fullIn(below);
  const shows = veil ? opacity / fullIn(veil) : opacity;
  for (let y = shared.top; y < shared.bottom; y++) {
    let i = ((y - below.top) * below.width + shared.left - below.left) * 4;
    let j = ((y - above.top) * above.width + shared.left - above.left) * 4;
    let k = veil ? (y - shared.top) * veil.width : 0;
    for (let x = shared.left; x < shared.right; x++, i += 4, j += 4, k++) {
      const shown = veil ? shows * veil.data[k] : shows;
      layPixel(below.data, i, above.data, j, (above.data[j + 3] / full) * shown, mix, full);
    }
  }
}

/** One pixel over another: W3C Compositing 1, "source over", with the colours mixed by `mix`. */
function layPixel(below, i, above, j, alpha, mix, full) {
  if (alpha === 0) return;
  if (alpha === 1 && !mix) {
    for (let c = 0; c < 4; c++) below[i + c] = above[j + c];
    return;
  }
  const under = below[i + 3] / full;
  const total = alpha + under * (1 - alpha);
  for (let c = 0; c < 3; c++) {
    const b = below[i + c];
    const a = above[j + c];
    const mixed = mix ? (1 - under) * a + under * full * mix(b / full, a / full) : a;
    below[i + c] = Math.round((alpha * mixed + under * (1 - alpha) * b) / total);
  }
  below[i + 3] = Math.round(total * full);
}

/**
 * Where two states may look different: what has to be drawn again.
 *
 * @param {State} before
 * @param {State} after
 * @returns {Bounds}
 */
function changedBounds(before, after) {
  const canvas = rectangle(0, 0, after.width, after.height);
  if (before.layers === after.layers) return NOTHING;
  const old = flatten(before.layers);
  const now = flatten(after.layers);
  if (old.length !== now.length || old.some((layer, i) => layer.id !== now[i].id)) return canvas;
  let changed = NOTHING;
  for (let i = 0; i < now.length; i++) {
    if (old[i].layers.length !== now[i].layers.length) return canvas;
    if (looksSame(old[i], now[i])) continue;
    if (now[i].kind === "group") return canvas;
    changed = around(changed, around(extent(old[i]), extent(now[i])));
  }
  return common(changed, canvas);
}

function looksSame(a, b) {
  return (
    a.raster === b.raster &&
    a.mask === b.mask &&
    a.visible === b.visible &&
    a.opacity === b.opacity &&
    a.fill === b.fill &&
    a.blend === b.blend &&
    a.clipped === b.clipped
  );
}

/** @param {Layer} layer */
const extent = (layer) => (layer.raster ? boundsOf(layer.raster) : NOTHING);

/**
 * The bounds of everything in a layer or group.
 *
 * @param {Layer} layer
 * @returns {Bounds}
 */
function layerBounds(layer) {
  return flatten([layer]).map(extent).reduce(around, NOTHING);
}

module.exports = { composite, isDrawn, lay, changedBounds, layerBounds };
