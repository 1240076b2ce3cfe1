"use strict";
// What one does to a document in one go, with its name in the history: the layer list's buttons and
// the panel's calls end up here. History names are those of Photoshop's History panel.

const { laid, boundsOf, moved, filled, cut, trimmed, fullIn, atDepth } = require("./raster.js");
const { rectangle, widthOf, heightOf } = require("./bounds.js");
const {
  makeLayer,
  flatten,
  findLayer,
  placeOf,
  changeState,
  changeLayer,
  addLayer,
  removeLayer,
  moveLayer,
  isHeld,
} = require("./document.js");
const { amongClipped, withClip } = require("./clipping.js");

/** @typedef {import("./model.js").OpenDocument} OpenDocument */
/** @typedef {import("./document.js").Layer} Layer */
/** @typedef {import("./document.js").State} State */
/** @typedef {{parent: number | null, index: number}} Place index: 0 at the bottom */

const PLACEMENT = {
  above: "placeBefore",
  below: "placeAfter",
  inside: "placeInside",
  top: "placeAtBeginning",
  bottom: "placeAtEnd",
};

/** @returns {Layer} or an error that says which one is missing */
function layerIn(state, id) {
  const layer = findLayer(state, id);
  if (!layer) throw new Error(`there is no layer ${id}`);
  return layer;
}

/**
 * documented: "Lock all" keeps a layer from being changed or deleted, though it may be put elsewhere
 * in the order (helpx.adobe.com, "Lock layers"). assumed: the text, after what tools say.
 *
 * @param {State} state
 * @param {number} id
 * @param {string} command what is being done, for the message
 * @param {import("./document.js").Hold} [hold] which of the smaller locks forbids it too
 */
function requireUnlocked(state, id, command, hold) {
  if (!isHeld(state, id, hold)) return;
  const { name } = layerIn(state, id);
  throw new Error(`Could not complete the ${command} command because “${name}” is locked.`);
}

/**
 * Where a new layer goes: above the active one, or into it when it is an open group. assumed
 *
 * @param {State} state
 * @returns {Place}
 */
function placeForNew(state) {
  const active = state.active.length
    ? findLayer(state, state.active[state.active.length - 1])
    : undefined;
  if (!active) return { parent: null, index: state.layers.length };
  if (active.kind === "group" && active.open) {
    return { parent: active.id, index: active.layers.length };
  }
  const place = placeOf(state, active.id);
  return { ...place, index: place.index + 1 };
}

function freshName(state, word) {
  const names = new Set(flatten(state.layers).map((layer) => layer.name));
  let number = 1;
  while (names.has(`${word} ${number}`)) number += 1;
  return `${word} ${number}`;
}

const notify = (document, event, descriptor) =>
  document.model.emit({ type: "notification", event, descriptor });

const target = (id) => ({ _target: [{ _ref: "layer", _id: id }] });

/**
 * A new empty layer above the active one; it becomes the active one.
 *
 * @param {OpenDocument} document
 * @param {Partial<Layer>} [fields]
 */
function newLayer(document, fields = {}) {
  return insertNew(document, "New Layer", { name: freshName(document.state, "Layer"), ...fields });
}

/**
 * A new group, of `ids` when there are any: it stands where the topmost of them stood.
 *
 * @param {OpenDocument} document
 * @param {Partial<Layer>} [fields]
 * @param {readonly number[]} [ids]
 */
function newGroup(document, fields = {}, ids = []) {
  const name = freshName(document.state, "Group");
  const group = { kind: /** @type {const} */ ("group"), open: true, name, ...fields };
  if (!ids.length) return insertNew(document, "New Group", group);
  const members = flatten(document.state.layers).filter((layer) => ids.includes(layer.id));
  const top = placeOf(document.state, members[members.length - 1].id);
  let state = document.state;
  const id = document.newLayerId();
  state = addLayer(state, makeLayer({ ...group, id }), top.parent, top.index + 1);
  members.forEach((member, index) => {
    if (member.background) state = changeLayer(state, member.id, ordinary(state));
    state = moveLayer(state, member.id, id, index);
  });
  document.record("Group Layers", changeState(state, { active: [id] }));
  return id;
}

function insertNew(document, command, fields) {
  const id = document.newLayerId();
  const { parent, index } = placeForNew(document.state);
  const made = amongClipped(document.state, makeLayer({ ...fields, id }), { parent, index });
  const state = addLayer(document.state, made, parent, index);
  document.record(command, changeState(state, { active: [id] }));
  notify(document, "make", target(id));
  return id;
}

/**
 * @param {OpenDocument} document
 * @param {readonly number[]} ids
 */
function deleteLayers(document, ids) {
  if (!ids.length) return;
  let state = document.state;
  const first = placeOf(state, ids[0]);
  for (const id of ids) {
    layerIn(document.state, id);
    requireUnlocked(document.state, id, "Delete");
    state = removeLayer(state, id);
  }
  if (!state.layers.length) throw new Error("a document keeps at least one layer");
  if (!state.active.length) state = changeState(state, { active: [neighbour(state, first)] });
  document.record("Delete Layer", state);
  for (const id of ids) notify(document, "delete", target(id));
}

/** The layer that becomes active when one at `place` is gone: the one below, else the one above. */
function neighbour(state, { parent, index }) {
  const siblings = parent === null ? state.layers : layerIn(state, parent).layers;
  const layer = siblings[Math.min(Math.max(index - 1, 0), siblings.length - 1)];
  return layer ? layer.id : (parent ?? state.layers[state.layers.length - 1].id);
}

/**
 * @param {OpenDocument} document
 * @param {number} id
 * @param {string} [name]
 */
function duplicateLayer(document, id, name) {
  const layer = layerIn(document.state, id);
  const copy = (one) =>
    makeLayer({
      ...one,
      id: document.newLayerId(),
      background: false,
      locked: false,
      held: [],
      layers: one.layers.map(copy),
    });
  const { parent, index } = placeOf(document.state, id);
  const twin = { ...copy(layer), name: name ?? `${layer.name} copy` };
  const state = addLayer(document.state, Object.freeze(twin), parent, index + 1);
  document.record("Duplicate Layer", changeState(state, { active: [twin.id] }));
  return twin.id;
}

/**
 * Put a layer above, below or into another one.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {number} relative
 * @param {string} placement one of PLACEMENT
 */
function placeLayer(document, id, relative, placement) {
  if (id === relative) return;
  const { state } = document;
  if (layerIn(state, id).background) throw new Error("the background layer cannot be moved");
  const moving = layerIn(state, id);
  const without = removeLayer(state, id);
  const { parent, index } = placeBeside(without, layerIn(without, relative), placement);
  const active = state.active;
  const layer = amongClipped(without, moving, { parent, index });
  const next = changeState(addLayer(without, layer, parent, index), { active });
  document.record("Layer Order", next);
  notify(document, "move", target(id));
}

/** @returns {Place} */
function placeBeside(state, relative, placement) {
  const place = placeOf(state, relative.id);
  const siblings = place.parent === null ? state.layers : layerIn(state, place.parent).layers;
  const lowest = siblings[0]?.background ? 1 : 0; // documented: nothing goes below a background
  switch (placement) {
    case PLACEMENT.above:
      return { parent: place.parent, index: place.index + 1 };
    case PLACEMENT.below:
      return { parent: place.parent, index: Math.max(place.index, lowest) };
    case PLACEMENT.top:
      return { parent: place.parent, index: siblings.length };
    case PLACEMENT.bottom:
      return { parent: place.parent, index: lowest };
    default:
      // documented: only into a group. assumed: to its top
      if (relative.kind !== "group") throw new Error(`layer "${relative.name}" is not a group`);
      return { parent: relative.id, index: relative.layers.length };
  }
}

/** Which layers the next stroke goes to. No history state. */
function selectLayers(document, ids) {
  for (const id of ids) layerIn(document.state, id);
  document.amend(changeState(document.state, { active: Object.freeze([...ids]) }));
  for (const id of ids) notify(document, "select", target(id));
}

/** No history state: documented, "Make Layer Visibility Changes Undoable" is off by default. */
function showLayer(document, id, visible) {
  if (layerIn(document.state, id).visible === visible) return;
  document.amend(changeLayer(document.state, id, { visible }));
  notify(document, visible ? "show" : "hide", target(id));
}

/** A group's layers listed or not. No history state. */
function openGroup(document, id, open) {
  if (layerIn(document.state, id).open !== open) {
    document.amend(changeLayer(document.state, id, { open }));
  }
}

const COMMANDS = {
  name: "Rename Layer",
  opacity: "Master Opacity Change",
  fill: "Fill Opacity Change",
  blend: "Blending Change",
  locked: "Lock Layer",
  held: "Lock Layer",
};

/**
 * One property of a layer, with a history state.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {"name" | "opacity" | "fill" | "blend" | "locked" | "held" | "clipped"} field
 * @param {unknown} value
 */
function setLayer(document, id, field, value) {
  if (field === "clipped") return clipLayer(document, id, value === true);
  if (layerIn(document.state, id)[field] === value) return;
  if (field === "opacity" || field === "fill" || field === "blend")
    requireUnlocked(document.state, id, COMMANDS[field]);
  document.record(COMMANDS[field], changeLayer(document.state, id, { [field]: value }));
  notify(document, "set", target(id));
}

/** Clipped onto the layer below, or no more. */
function clipLayer(document, id, clipped) {
  if (layerIn(document.state, id).clipped === clipped) return;
  const name = clipped ? "Create Clipping Mask" : "Release Clipping Mask";
  document.record(name, withClip(document.state, id, clipped));
  notify(document, "set", target(id));
}

/** A placed file's picture becomes pixels like others. */
function rasterize(document, id) {
  if (!layerIn(document.state, id).placed) return;
  document.record("Rasterize Layer", changeLayer(document.state, id, { placed: false }));
}

/** All locks of a layer off: what a click on its lock does. */
function unlock(document, id) {
  document.record("Lock Layer", changeLayer(document.state, id, { locked: false, held: [] }));
  notify(document, "applyLocking", target(id));
}

/** A background layer becomes an ordinary one: what a click on its lock does. */
function freeBackground(document, id) {
  const fields = ordinary(document.state);
  document.record("New Layer from Background", changeLayer(document.state, id, fields));
}

/** What changes when a background becomes a layer like others, as it does in a group. */
function ordinary(state) {
  return { background: false, locked: false, held: [], name: freshName(state, "Layer") };
}

/** Shift a layer's pixels and its mask. */
function shiftLayer(document, id, dx, dy) {
  const shift = (layer) => ({
    raster: layer.raster && moved(layer.raster, dx, dy),
    mask: layer.mask && moved(layer.mask, dx, dy),
    unused: layer.unused && moved(layer.unused, dx, dy),
    layers: layer.layers.map((inner) => Object.freeze({ ...inner, ...shift(inner) })),
  });
  const layer = layerIn(document.state, id);
  requireUnlocked(document.state, id, "Move", "position");
  document.record("Move", changeLayer(document.state, id, shift(layer)));
}

/**
 * Empty what is selected, softly where it is softly selected; white on a background layer, and where
 * the transparency is locked.
 */
function clearSelected(document, id) {
  const { state } = document;
  const layer = layerIn(state, id);
  if (!layer.raster) return;
  requireUnlocked(state, id, "Clear", "pixels");
  const canvas = rectangle(0, 0, state.width, state.height);
  const selected = state.selection ?? filled(canvas, [255]);
  const piece = cut(layer.raster, boundsOf(selected));
  const white = fullIn(piece);
  const stays = layer.background || isHeld(state, id, "transparency");
  for (let i = 0, k = 0; i < piece.data.length; i += 4, k++) {
    const kept = 1 - selected.data[k] / fullIn(selected);
    if (piece.data[i + 3] === 0) continue;
    if (stays) {
      for (let c = 0; c < 3; c++) {
        piece.data[i + c] = Math.round(white + (piece.data[i + c] - white) * kept);
      }
    } else piece.data[i + 3] = Math.round(piece.data[i + 3] * kept);
  }
  const whole = laid(layer.raster, piece);
  const raster = layer.background ? cut(whole, canvas) : trimmed(whole);
  document.record("Clear", changeLayer(state, id, { raster }));
}

/** @param {import("./raster.js").Raster | null} selection null: nothing is selected */
function select(document, command, selection) {
  const empty =
    selection && (widthOf(boundsOf(selection)) < 1 || heightOf(boundsOf(selection)) < 1);
  const { depth } = document.state;
  const kept = empty || !selection ? null : atDepth(selection, depth);
  document.record(command, changeState(document.state, { selection: kept }));
}

module.exports = {
  PLACEMENT,
  layerIn,
  requireUnlocked,
  newLayer,
  newGroup,
  deleteLayers,
  duplicateLayer,
  placeLayer,
  selectLayers,
  showLayer,
  openGroup,
  setLayer,
  clipLayer,
  rasterize,
  freeBackground,
  shiftLayer,
  clearSelected,
  select,
  unlock,
};
