"use strict";
// The Layer's methods that change where its picture is, what it covers, and whether it is one.

const { checkCall } = require("../documented/check.js");
const { layerBounds } = require("../document/composite.js");
const { widthOf, heightOf } = require("../document/bounds.js");
const { kindOf } = require("../document/kinds.js");
const { enums } = require("../documented/checks.js");
const { anchorOf, quartersOf } = require("./document_shape_view.js");
const geometry = require("../document/geometry.js");
const merging = require("../document/merging.js");
const edits = require("../document/edits.js");

const { MIDDLECENTER } = enums.AnchorPosition;

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {{document: () => import("../document/model.js").OpenDocument,
 *   layer: () => import("../document/document.js").Layer}} target
 * @param {number} documentId
 * @param {number} id
 */
function layerShapeOf({ modal, layer: viewOf }, { document, layer }, documentId, id) {
  return {
    /** documented: in pixels, or in percent of the layer's own size */
    async translate(...given) {
      checkCall("Layer.translate", given);
      modal.requireScopeFor("move");
      const bounds = layerBounds(layer());
      const dx = pixelsIn(given[0], widthOf(bounds));
      const dy = pixelsIn(given[1], heightOf(bounds));
      edits.shiftLayer(document(), id, dx, dy);
    },
    async flip(...given) {
      checkCall("Layer.flip", given);
      modal.requireScopeFor("flip");
      geometry.flipLayer(document(), id, given[0]);
    },
    /** documented: clockwise, about its middle unless another anchor is named */
    async rotate(...given) {
      checkCall("Layer.rotate", given);
      modal.requireScopeFor("transform");
      const [angle, anchor = MIDDLECENTER] = given;
      const quarters = quartersOf("Layer.rotate", angle._value ?? angle);
      geometry.rotateLayer(document(), id, quarters, anchorOf(anchor));
    },
    /** documented: in percent of what it is */
    async scale(...given) {
      checkCall("Layer.scale", given);
      modal.requireScopeFor("transform");
      const [width, height, anchor = MIDDLECENTER] = given;
      const [x, y] = [width, height].map((percent) => (percent._value ?? percent) / 100);
      if (!(x > 0 && y > 0)) throw new TypeError("Layer.scale: percentages are above 0");
      geometry.scaleLayer(document(), id, { x, y }, anchorOf(anchor));
    },
    /** documented: what is selected, or all where nothing is */
    async clear() {
      modal.requireScopeFor("delete");
      edits.clearSelected(document(), id);
    },
    /** documented: the layers that are selected, whichever layer is asked */
    async merge() {
      modal.requireScopeFor("mergeLayersNew");
      return viewOf(documentId, merging.mergeSelected(document()));
    },
    async rasterize(...given) {
      checkCall("Layer.rasterize", given);
      modal.requireScopeFor("rasterizeLayer");
      if (layer().placed) return edits.rasterize(document(), id);
      if (!["pixel", "group"].includes(kindOf(layer()))) {
        throw new Error(`rasterizing a ${kindOf(layer())} is not modelled by this host`);
      }
    },
  };
}

/** @param {number | {_unit: string, _value: number}} value @param {number} whole */
function pixelsIn(value, whole) {
  const percent = typeof value === "object" && value._unit === "percentUnit";
  const number = typeof value === "object" ? value._value : value;
  const pixels = percent ? (number / 100) * whole : number;
  return Math.round(pixels); // assumed: pixels are not cut in parts
}

module.exports = { layerShapeOf };
