"use strict";
// Photoshop's Layer, as a thin view on the model.

const { checkCall } = require("../documented/check.js");
const { layerBounds } = require("../document/composite.js");
const { placeOf, isLocked } = require("../document/document.js");
const { kindOf } = require("../document/kinds.js");
const { layerShapeOf } = require("./layer_shape_view.js");
const { copyInto } = require("../document/merging.js");
const edits = require("../document/edits.js");

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {number} documentId
 * @param {number} id
 */
function createLayerView(views, documentId, id) {
  const target = {
    document: () => views.openDocument(documentId),
    layer: () => edits.layerIn(views.openDocument(documentId).state, id),
  };
  const own = {
    typename: "Layer",
    id,
    _docId: documentId,
    get document() {
      return views.document(documentId);
    },
  };
  const parts = [
    looks(views, target, id),
    holds(views, target, id),
    place(views, target, documentId, id),
    layerShapeOf(views, target, documentId, id),
  ];
  for (const part of parts) {
    Object.defineProperties(own, Object.getOwnPropertyDescriptors(part));
  }
  return views.guarded("Layer", own);
}

/** Name, visibility and what else it looks like. */
function looks({ modal, bounds }, { document, layer }, id) {
  const change = (field, event, value) => {
    modal.requireScopeFor(event);
    edits.setLayer(document(), id, field, value);
  };
  return {
    get name() {
      return layer().name;
    },
    set name(name) {
      change("name", "set", name);
    },
    get visible() {
      return layer().visible;
    },
    set visible(visible) {
      modal.requireScopeFor(visible ? "show" : "hide");
      edits.showLayer(document(), id, visible);
    },
    get opacity() {
      return Math.round(layer().opacity * 100); // documented: 0..100
    },
    set opacity(percent) {
      if (!(percent >= 0 && percent <= 100)) throw new TypeError("Layer.opacity is 0..100");
      change("opacity", "set", percent / 100);
    },
    get blendMode() {
      return layer().blend;
    },
    /** documented: a background's is refused. assumed: only groups pass through */
    set blendMode(mode) {
      if (layer().background) throw new Error("the background layer keeps its blend mode");
      if (mode === "passThrough" && layer().kind !== "group") {
        throw new Error("only a group has the blend mode passThrough");
      }
      change("blend", "set", mode);
    },
    get fillOpacity() {
      return Math.round(layer().fill * 100);
    },
    set fillOpacity(percent) {
      if (!(percent >= 0 && percent <= 100)) throw new TypeError("Layer.fillOpacity is 0..100");
      change("fill", "set", percent / 100);
    },
    get allLocked() {
      return layer().locked;
    },
    set allLocked(locked) {
      change("locked", "applyLocking", locked);
    },
    get locked() {
      return isLocked(layer());
    },
    get isBackgroundLayer() {
      return layer().background;
    },
    get kind() {
      return kindOf(layer());
    },
    get isClippingMask() {
      return layer().clipped;
    },
    set isClippingMask(clipped) {
      modal.requireScopeFor("groupEvent");
      edits.clipLayer(document(), id, clipped);
    },
    get bounds() {
      return bounds(layerBounds(layer()));
    },
    get boundsNoEffects() {
      return bounds(layerBounds(layer()));
    },
  };
}

const HOLDS = /** @type {const} */ ({
  pixelsLocked: "pixels",
  positionLocked: "position",
  transparentPixelsLocked: "transparency",
});

/** The smaller locks, as accessors. */
function holds({ modal }, { document, layer }, id) {
  const accessors = Object.entries(HOLDS).map(([name, hold]) => [
    name,
    {
      enumerable: true,
      get: () => layer().held.includes(hold),
      set: (held) => {
        const others = layer().held.filter((one) => one !== hold);
        modal.requireScopeFor("applyLocking");
        edits.setLayer(document(), id, "held", held ? [...others, hold] : others);
      },
    },
  ]);
  return Object.defineProperties({}, Object.fromEntries(accessors));
}

/** Where it is among the others, and what moves it about. */
function place(views, { document, layer }, documentId, id) {
  const { modal } = views;
  const siblings = () => {
    const { state } = document();
    const { parent } = placeOf(state, layer().id);
    return parent === null ? state.layers : edits.layerIn(state, parent).layers;
  };
  return {
    get parent() {
      const { parent } = placeOf(document().state, layer().id);
      return parent === null ? null : views.layer(documentId, parent);
    },
    get layers() {
      return layer().kind === "group" ? views.layers(documentId, layer().layers) : null;
    },
    get selected() {
      return document().state.active.includes(id);
    },
    set selected(selected) {
      modal.requireScopeFor("select");
      const rest = document().state.active.filter((active) => active !== id);
      edits.selectLayers(document(), selected ? [...rest, id] : rest);
    },
    move(...given) {
      checkCall("Layer.move", given);
      modal.requireScopeFor("move");
      edits.placeLayer(document(), id, given[0].id, given[1]);
    },
    /** documented (changelog): to the top of its group, or of all */
    bringToFront() {
      modal.requireScopeFor("move");
      const top = siblings().at(-1);
      if (top) edits.placeLayer(document(), id, top.id, "placeBefore");
    },
    /** documented: to the bottom of its group, or of all, above a background */
    sendToBack() {
      modal.requireScopeFor("move");
      edits.placeLayer(document(), id, siblings()[0].id, "placeAtEnd");
    },
    delete() {
      modal.requireScopeFor("delete");
      edits.deleteLayers(document(), [id]);
    },
    async duplicate(...given) {
      checkCall("Layer.duplicate", given);
      modal.requireScopeFor("duplicate");
      const [relative, placement, name] = given;
      if (relative?.typename === "Document" && relative.id !== documentId) {
        const other = views.openDocument(relative.id);
        return views.layer(relative.id, copyInto(document().state, id, other, name));
      }
      const twin = edits.duplicateLayer(document(), id, name);
      if (relative?.typename === "Layer")
        edits.placeLayer(document(), twin, relative.id, placement ?? "placeBefore");
      return views.layer(documentId, twin);
    },
  };
}

module.exports = { createLayerView };
