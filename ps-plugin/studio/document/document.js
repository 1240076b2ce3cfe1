"use strict";
// A document as one immutable value, and the changes a painter or a plugin makes to it.
//
// Every change gives a new State that shares what did not change, so a history state is a State and
// undo is picking an older one. Layers are listed bottom first, as in a PSD file.
//
//   newState                       an empty canvas
//   findLayer, placeOf, groupsOf, flatten, clippedTo   reading
//   isLocked, isHeld               what locks forbid
//   addLayer, removeLayer, moveLayer, changeLayer, changeState   changing
//   carryView                      what undo leaves alone

const { SRGB } = require("./colour.js");

/** @typedef {import("./raster.js").Raster} Raster */
/** @typedef {"pixels" | "position" | "transparency"} Hold what a layer's smaller locks hold fast */
/** @typedef {Readonly<{xmp: string | null, settings: Readonly<Record<string, string>>}>} Metadata */
/** @typedef {Readonly<{key: string, data: string}>} Block a piece of a file that the studio does not know; data in base64 */
/**
 * @typedef {Readonly<{
 *   kept: readonly Block[],
 *   ranges: string,
 *   maskParameters: string,
 * }>} Foreign what the studio does not know of a layer and gives back when it is saved: blocks (effects, vector masks, text …),
 *   blending ranges, density and feather of its mask
 */
/**
 * @typedef {Readonly<{
 *   id: number,
 *   kind: "pixel" | "group",
 *   name: string,
 *   visible: boolean,
 *   opacity: number,
 *   fill: number,
 *   blend: string,
 *   locked: boolean,
 *   held: readonly Hold[],
 *   background: boolean,
 *   open: boolean,
 *   raster: Raster | null,
 *   mask: Raster | null,
 *   unused: Raster | null,
 *   clipped: boolean,
 *   placed: boolean,
 *   metadata: Metadata,
 *   foreign: Foreign,
 *   layers: readonly Layer[],
 * }>} Layer opacity, fill 0..1; fill: fades the pixels as opacity does, not their effects; locked: with "Lock all"; blend as in Photoshop's scripting; background: opaque and at the bottom;
 *   open: a group whose layers are listed; mask: full shows; unused: a mask that is switched off;
 *   clipped: seen only where the next layer below that is not clipped is; placed: the picture of a file, a smart object
 */
/**
 * @typedef {Readonly<{
 *   width: number,
 *   height: number,
 *   depth: import("./colour.js").Depth,
 *   profile: string,
 *   resolution: number,
 *   xmp: string | null,
 *   selection: Raster | null,
 *   active: readonly number[],
 *   layers: readonly Layer[],
 *   kept: readonly Block[],
 *   resources: readonly Block[],
 * }>} State depth: of all its rasters; profile: one of colour.js's; resolution: pixels per inch; selection: full is selected, null: no selection, everything may change; active: layer ids; kept, resources: what the studio does not know of the whole file
 */

/** @type {Metadata} */
const NO_METADATA = Object.freeze({ xmp: null, settings: Object.freeze({}) });

/** @type {Foreign} */
const NOTHING_FOREIGN = Object.freeze({ kept: [], ranges: "", maskParameters: "" });

/**
 * @param {number} width pixels
 * @param {number} height
 * @param {{depth?: import("./colour.js").Depth, profile?: string, resolution?: number}} [facts]
 * @returns {State}
 */
function newState(width, height, { depth = 8, profile = SRGB, resolution = 72 } = {}) {
  const nothing = { xmp: null, selection: null, active: [], layers: [], kept: [], resources: [] };
  return Object.freeze({ width, height, depth, profile, resolution, ...nothing });
}

/**
 * @param {Partial<Layer> & {id: number, name: string}} fields
 * @returns {Layer}
 */
function makeLayer(fields) {
  const kind = fields.kind ?? "pixel";
  return Object.freeze({
    kind,
    visible: true,
    opacity: 1,
    fill: 1,
    blend: kind === "group" ? "passThrough" : "normal",
    locked: false,
    held: [],
    background: false,
    open: false,
    raster: null,
    mask: null,
    unused: null,
    clipped: false,
    placed: false,
    metadata: NO_METADATA,
    foreign: NOTHING_FOREIGN,
    layers: [],
    ...fields,
  });
}

/**
 * Every layer and group, bottom first; a group comes after what is in it.
 *
 * @param {readonly Layer[]} layers
 * @returns {Layer[]}
 */
function flatten(layers) {
  return layers.flatMap((layer) => [...flatten(layer.layers), layer]);
}

/**
 * Neighbours, bottom first: each layer with those that are clipped to it. A clipped layer that has
 * none below it is a layer like others, as in Photoshop.
 *
 * @param {readonly Layer[]} layers
 * @returns {{base: Layer, clipped: Layer[]}[]}
 */
function clippedTo(layers) {
  /** @type {{base: Layer, clipped: Layer[]}[]} */
  const found = [];
  for (const layer of layers) {
    if (layer.clipped && found.length) found[found.length - 1].clipped.push(layer);
    else found.push({ base: layer, clipped: [] });
  }
  return found;
}

/**
 * @param {State} state
 * @param {number} id
 */
function findLayer(state, id) {
  return flatten(state.layers).find((layer) => layer.id === id);
}

/**
 * Where a layer lies: its group's id (null at the top level) and its index there, 0 at the bottom.
 *
 * @param {State} state
 * @param {number} id
 * @returns {{parent: number | null, index: number}} or an error where there is no such layer
 */
function placeOf(state, id) {
  /** @returns {{parent: number | null, index: number} | null} */
  const search = (layers, parent) => {
    const index = layers.findIndex((layer) => layer.id === id);
    if (index >= 0) return { parent, index };
    for (const layer of layers) {
      const found = search(layer.layers, layer.id);
      if (found) return found;
    }
    return null;
  };
  const place = search(state.layers, null);
  if (!place) throw new Error(`there is no layer ${id}`);
  return place;
}

/**
 * The groups that a layer lies in, the innermost first.
 *
 * @param {State} state
 * @param {number} id
 * @returns {Layer[]}
 */
function groupsOf(state, id) {
  const { parent } = placeOf(state, id);
  const group = parent === null ? undefined : findLayer(state, parent);
  return group ? [group, ...groupsOf(state, group.id)] : [];
}

/** Whether a layer shows a lock. @param {Layer} layer */
const isLocked = (layer) => layer.locked || layer.held.length > 0;

/**
 * Whether a lock of the layer, or of a group that it is in, forbids changing its pixels, its
 * position, its transparency or, with no `hold` named, its opacity and its being there.
 *
 * @param {State} state
 * @param {number} id
 * @param {Hold} [hold]
 */
function isHeld(state, id, hold) {
  const layer = findLayer(state, id);
  if (!layer) return false;
  const { parent } = placeOf(state, id);
  const own = layer.locked || (hold !== undefined && layer.held.includes(hold));
  return own || (parent !== null && isHeld(state, parent, hold));
}

/**
 * @param {State} state
 * @param {Partial<State>} changes
 * @returns {State}
 */
const changeState = (state, changes) => Object.freeze({ ...state, ...changes });

/**
 * The state with one layer's fields changed.
 *
 * @param {State} state
 * @param {number} id
 * @param {Partial<Layer>} changes
 */
function changeLayer(state, id, changes) {
  const rebuild = (layers) =>
    mapped(layers, (layer) => {
      if (layer.id === id) return Object.freeze({ ...layer, ...changes });
      const inner = rebuild(layer.layers);
      return inner === layer.layers ? layer : Object.freeze({ ...layer, layers: inner });
    });
  return changeState(state, { layers: rebuild(state.layers) });
}

/** `layers.map(change)`, or the same array when nothing changed. */
function mapped(layers, change) {
  const result = layers.map(change);
  return result.every((layer, i) => layer === layers[i]) ? layers : result;
}

/**
 * The state with a layer put into a group (null: the top level) at an index, 0 at the bottom.
 *
 * @param {State} state
 * @param {Layer} layer
 * @param {number | null} parent
 * @param {number} index
 */
function addLayer(state, layer, parent, index) {
  const inserted = (layers) => [...layers.slice(0, index), layer, ...layers.slice(index)];
  if (parent === null) return changeState(state, { layers: inserted(state.layers) });
  const group = findLayer(state, parent);
  if (group?.kind !== "group") throw new Error(`layer ${parent} is not a group`);
  return changeLayer(state, parent, { layers: inserted(group.layers) });
}

/**
 * The state without a layer (and what is in it). It also leaves the active layers.
 *
 * @param {State} state
 * @param {number} id
 */
function removeLayer(state, id) {
  const without = (layers) =>
    layers
      .filter((layer) => layer.id !== id)
      .map((layer) =>
        layer.kind === "group" && flatten(layer.layers).some((inner) => inner.id === id)
          ? Object.freeze({ ...layer, layers: without(layer.layers) })
          : layer,
      );
  const layers = without(state.layers);
  const left = new Set(flatten(layers).map((layer) => layer.id));
  return changeState(state, { layers, active: state.active.filter((active) => left.has(active)) });
}

/**
 * The state with a layer moved into `parent`, at the index it has after it was taken out.
 *
 * @param {State} state
 * @param {number} id
 * @param {number | null} parent
 * @param {number} index
 */
function moveLayer(state, id, parent, index) {
  const layer = findLayer(state, id);
  if (!layer) throw new Error(`there is no layer ${id}`);
  if (parent !== null && flatten([layer]).some((inner) => inner.id === parent)) {
    throw new Error("a group cannot be moved into itself");
  }
  const active = state.active;
  return changeState(addLayer(removeLayer(state, id), layer, parent, index), { active });
}

/**
 * `target` with the view of `current`: which layers are seen and which groups are open is not the
 * history's business.
 *
 * @param {State} target
 * @param {State} current
 */
function carryView(target, current) {
  const seen = new Map(flatten(current.layers).map((layer) => [layer.id, layer]));
  const carry = (layers) =>
    mapped(layers, (layer) => {
      const now = seen.get(layer.id);
      const view = now ? { visible: now.visible, open: now.open } : {};
      return Object.freeze({ ...layer, ...view, layers: carry(layer.layers) });
    });
  return changeState(target, { layers: carry(target.layers) });
}

/** A Background: opaque, and it stays where it is. @param {number} id @param {Raster} raster */
const backgroundOf = (id, raster) =>
  makeLayer({
    id,
    name: "Background",
    background: true,
    held: ["position", "transparency"],
    raster,
  });

module.exports = {
  NO_METADATA,
  newState,
  makeLayer,
  backgroundOf,
  flatten,
  clippedTo,
  findLayer,
  placeOf,
  groupsOf,
  isLocked,
  isHeld,
  changeState,
  changeLayer,
  addLayer,
  removeLayer,
  moveLayer,
  carryView,
};
