"use strict";
// The Document's methods that change the size of its picture or make several layers one.

const { checkCall } = require("../documented/check.js");
const { flatten: everyLayer } = require("../document/document.js");
const { kindOf } = require("../document/kinds.js");
const { widthOf, heightOf } = require("../document/bounds.js");
const { enums } = require("../documented/checks.js");
const geometry = require("../document/geometry.js");
const merging = require("../document/merging.js");
const edits = require("../document/edits.js");

/** @typedef {import("./dom.js").Views} Views */

/**
 * Where an anchor lies, from 0 to 1.
 *
 * @param {string} name of AnchorPosition
 */
function anchorOf(name) {
  const share = (low, high) => (name.includes(low) ? 0 : name.includes(high) ? 1 : 0.5);
  return { x: share("left", "right"), y: share("top", "bottom") };
}

/** Quarter turns clockwise. @param {string} call @param {number} degrees */
function quartersOf(call, degrees) {
  if (degrees % 90 === 0) return degrees / 90;
  throw new Error(`${call} by ${degrees} degrees is not modelled by this host, quarters are`);
}

/**
 * @param {Views} views
 * @param {() => import("../document/model.js").OpenDocument} document
 * @param {number} id
 */
function shapeOf(views, document, id) {
  const { modal } = views;
  return {
    async crop(...given) {
      checkCall("Document.crop", given);
      modal.requireScopeFor("crop");
      const [bounds, angle = 0, width = 0, height = 0] = given;
      if (angle) throw new Error("Document.crop with an angle is not modelled by this host");
      const { left, top, right, bottom } = bounds;
      geometry.crop(document(), { left, top, right, bottom });
      if (width || height) {
        const size = { width: width || widthOf(bounds), height: height || heightOf(bounds) };
        geometry.resizeImage(document(), size.width, size.height);
      }
    },
    async resizeCanvas(...given) {
      checkCall("Document.resizeCanvas", given);
      modal.requireScopeFor("canvasSize");
      const [width, height, anchor = enums.AnchorPosition.MIDDLECENTER] = given;
      requireSize(width, height);
      geometry.resizeCanvas(document(), width, height, anchorOf(anchor), views.paper());
    },
    /** assumed: of one side alone the other follows */
    async resizeImage(...given) {
      checkCall("Document.resizeImage", given);
      modal.requireScopeFor("imageSize");
      const [width, height, resolution, , amount] = given;
      if (amount !== undefined || (width ?? height) === undefined) {
        throw new Error("resizeImage without sizes, or with noise, is not modelled by this host");
      }
      const { state } = document();
      const wide = width ?? Math.round((height * state.width) / state.height);
      const high = height ?? Math.round((width * state.height) / state.width);
      requireSize(wide, high);
      geometry.resizeImage(document(), wide, high, resolution);
    },
    /** documented: clockwise, the canvas grows where it must */
    async rotate(...given) {
      checkCall("Document.rotate", given);
      modal.requireScopeFor("rotateEventEnum");
      geometry.rotateCanvas(document(), quartersOf("Document.rotate", given[0]));
    },
    async trim(...given) {
      checkCall("Document.trim", given);
      modal.requireScopeFor("trim");
      const [type, top = true, left = true, bottom = true, right = true] = given;
      geometry.trim(document(), type, { top, left, bottom, right });
    },
    async revealAll() {
      modal.requireScopeFor("revealAll");
      geometry.revealAll(document());
    },
    async flatten() {
      modal.requireScopeFor("flattenImage");
      merging.flatten(document());
    },
    async mergeVisibleLayers() {
      modal.requireScopeFor("mergeVisible");
      merging.mergeVisible(document());
    },
    async rasterizeAllLayers() {
      modal.requireScopeFor("rasterizeAll");
      const made = everyLayer(document().state.layers).find(
        (layer) => !["pixel", "group"].includes(kindOf(layer)),
      );
      if (made) throw new Error(`rasterizing a ${kindOf(made)} is not modelled by this host`);
    },
    async duplicate(...given) {
      checkCall("Document.duplicate", given);
      modal.requireScopeFor("duplicate");
      const [name = `${document().name} copy`, merged = false] = given;
      return views.document(merging.duplicateDocument(document(), name, merged).id);
    },
    /** documented: all copies go above the topmost one, in their order */
    async duplicateLayers(...given) {
      checkCall("Document.duplicateLayers", given);
      modal.requireScopeFor("duplicate");
      const [layers, target] = given;
      const ids = Array.from(layers, (layer) => layer.id);
      const sorted = everyLayer(document().state.layers).filter((one) => ids.includes(one.id));
      if (target && target.id !== id) {
        const other = views.openDocument(target.id);
        const made = sorted.map((one) => merging.copyInto(document().state, one.id, other));
        return made.map((twin) => views.layer(target.id, twin)).reverse();
      }
      let above = sorted[sorted.length - 1]?.id;
      const twins = [];
      for (const one of sorted) {
        const twin = edits.duplicateLayer(document(), one.id);
        edits.placeLayer(document(), twin, above, enums.ElementPlacement.PLACEBEFORE);
        above = twin;
        twins.unshift(views.layer(id, twin));
      }
      return twins;
    },
  };
}

function requireSize(...sizes) {
  const wrong = sizes.find((size) => !(Number.isInteger(size) && size >= 1 && size <= 300000));
  if (wrong !== undefined) throw new TypeError(`${wrong} is no size in pixels`);
}

module.exports = { shapeOf, anchorOf, quartersOf };
