"use strict";
// Photoshop's Selection: what is selected, and the ways to select that need no more than shapes.

const { checkCall } = require("../documented/check.js");
const {
  boundsOf,
  trimmed,
  fullIn,
  filled,
  blank,
  depthOf,
  atDepth,
} = require("../document/raster.js");
const {
  polygonSelection,
  inverted,
  combined,
  wholeSelection,
} = require("../document/selection.js");
const { common, isEmpty } = require("../document/bounds.js");
const { canvasOf } = require("../document/geometry.js");
const { enums } = require("../documented/checks.js");
const edits = require("../document/edits.js");

const { REPLACE, EXTEND, DIMINISH, INTERSECT } = enums.SelectionType;

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {number} documentId
 */
function selectionView(views, documentId) {
  const { modal } = views;
  const document = () => views.openDocument(documentId);
  /** documented: a selection may be larger than the canvas; this host's ends there. */
  const requireOnCanvas = ({ left, top, right, bottom }, mode = REPLACE) => {
    const { width, height } = document().state;
    const beyond = left < 0 || top < 0 || right > width || bottom > height;
    if (beyond && [REPLACE, EXTEND].includes(mode)) throw notModelled("part beyond the canvas");
  };
  const select = (name, shape, mode = REPLACE) => {
    const next = together(document().state.selection, shape, mode);
    edits.select(document(), name, next);
  };
  return views.guarded("Selection", {
    typename: "Selection",
    docId: documentId,
    get parent() {
      return views.document(documentId);
    },
    get bounds() {
      const selection = trimmed(document().state.selection);
      // documented: null when nothing is selected
      return selection ? views.bounds(boundsOf(selection)) : null;
    },
    get solid() {
      const { selection } = document().state;
      return selection !== null && selection.data.every((value) => value === fullIn(selection));
    },
    async deselect() {
      modal.requireScopeFor("set");
      edits.select(document(), "Deselect", null);
    },
    async selectAll() {
      modal.requireScopeFor("set");
      select("Select All", wholeSelection(canvasOf(document().state)));
    },
    /** documented: cropped to the canvas; of a canvas that is selected whole nothing is left */
    async inverse() {
      modal.requireScopeFor("inverse");
      const { state } = document();
      select("Inverse", inverted(state.selection, canvasOf(state)));
    },
    async selectRectangle(...given) {
      checkCall("Selection.selectRectangle", given);
      modal.requireScopeFor("set");
      const [bounds, mode, feather = 0] = given;
      if (feather) throw notModelled("feather");
      const { left, top, right = left + bounds.width, bottom = top + bounds.height } = bounds;
      requireOnCanvas({ left, top, right, bottom }, mode);
      const shape = common({ left, top, right, bottom }, canvasOf(document().state));
      select("Rectangular Marquee", isEmpty(shape) ? null : filled(shape, [255]), mode);
    },
    async selectPolygon(points, mode, feather = 0) {
      modal.requireScopeFor("set");
      if (!Array.isArray(points) || !points.every(({ x, y }) => x + y === x + y)) {
        throw new TypeError("Selection.selectPolygon: points are {x, y}");
      }
      if (feather) throw notModelled("feather");
      const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
      const edges = { left: Math.min(...xs), top: Math.min(...ys) };
      requireOnCanvas({ ...edges, right: Math.max(...xs), bottom: Math.max(...ys) }, mode);
      select("Polygonal Lasso", polygonSelection(points, canvasOf(document().state)), mode);
    },
    /** documented: a layer's opacity becomes the selection */
    async load(...given) {
      checkCall("Selection.load", given);
      modal.requireScopeFor("set");
      const [from, mode, invert = false] = given;
      if (from.typename !== "Layer") throw notModelled("loading from a channel");
      const { state } = views.openDocument(from._docId);
      const { raster } = edits.layerIn(state, from.id);
      const shape = raster && trimmed(alphaOf(raster));
      const canvas = canvasOf(state);
      const whole = invert && !shape ? wholeSelection(canvas) : shape;
      select("Load Selection", invert && shape ? inverted(shape, canvas) : whole, mode);
    },
  });
}

const notModelled = (what) => new Error(`a selection's ${what} is not modelled by this host`);

/** @returns {import("../document/raster.js").Raster | null} */
function together(old, shape, mode) {
  if (mode === REPLACE) return shape;
  if (mode === EXTEND) return combined(old, shape, "add");
  if (mode === DIMINISH) return old && shape ? combined(old, shape, "subtract") : old;
  if (mode === INTERSECT) return old && shape ? inside(old, shape) : null;
  throw new TypeError(`there is no SelectionType "${mode}"`);
}

/** What both select. */
function inside(old, shape) {
  const other = atDepth(shape, depthOf(old));
  const beyond = combined(old, other, "subtract");
  return beyond ? combined(old, beyond, "subtract") : old;
}

function alphaOf(raster) {
  const alpha = blank(boundsOf(raster), 1, depthOf(raster));
  for (let i = 0; i < alpha.data.length; i++) alpha.data[i] = raster.data[4 * i + 3];
  return alpha;
}

module.exports = { selectionView };
