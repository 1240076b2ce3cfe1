"use strict";
// Several layers made one, and layers and documents made twice.

const { rectangle, around, isEmpty, NOTHING } = require("./bounds.js");
const {
  makeLayer,
  backgroundOf,
  flatten: everyLayer,
  placeOf,
  addLayer,
  removeLayer,
  changeState,
} = require("./document.js");
const { composite, layerBounds, lay } = require("./composite.js");
const { fullOf } = require("./colour.js");
const { layerIn, requireUnlocked } = require("./edits.js");
const { filled, trimmed } = require("./raster.js");
const { kindOf } = require("./kinds.js");

/** @typedef {import("./model.js").OpenDocument} OpenDocument */
/** @typedef {import("./document.js").State} State */
/** @typedef {import("./document.js").Layer} Layer */

/** What layers look like together, also beyond the canvas; null: nothing. */
function pictureOf(state, layers) {
  const bounds = layers.map(layerBounds).reduce(around, NOTHING);
  return isEmpty(bounds) ? null : trimmed(composite(changeState(state, { layers }), bounds));
}

/** What a whole picture is on white paper, as a background holds it. */
function onPaper(state) {
  const canvas = rectangle(0, 0, state.width, state.height);
  const paper = filled(canvas, Array(4).fill(fullOf(state.depth)), state.depth);
  const above = composite(state, canvas);
  lay(paper, above, { opacity: 1, blend: "normal", mask: null });
  return paper;
}

/** documented: what remains becomes the Background. Hidden layers are gone. */
function flatten(document) {
  const { state } = document;
  const old = state.layers.find((layer) => layer.background);
  const layer = backgroundOf(old?.id ?? document.newLayerId(), onPaper(state));
  document.record("Flatten Image", changeState(state, { layers: [layer], active: [layer.id] }));
}

/**
 * documented: a background stays one, otherwise the layer has the name of the top one of the selected
 * layers, or of the top one. assumed: it lies where the lowest of them lay; hidden groups stay whole.
 */
function mergeVisible(document) {
  const { state } = document;
  const seen = state.layers.filter((layer) => layer.visible);
  if (!seen.length)
    throw new Error("Could not complete the Merge Visible command: none is visible");
  const lowest = seen[0];
  const chosen = everyLayer(seen).filter(({ id }) => state.active.includes(id));
  const name = (chosen.at(-1) ?? seen[seen.length - 1]).name;
  const only = changeState(state, { layers: seen });
  const layer = lowest.background
    ? backgroundOf(lowest.id, onPaper(only))
    : makeLayer({ id: document.newLayerId(), name, raster: pictureOf(state, seen) });
  const layers = state.layers
    .filter((one) => !one.visible || one === lowest)
    .map((one) => (one === lowest ? layer : one));
  document.record("Merge Visible", changeState(state, { layers, active: [layer.id] }));
}

/**
 * documented: of the selected layers, whichever layer is asked; a single one is merged with the one
 * beneath, which must be of pixels. The merged one becomes the active one. assumed: its name is that
 * of the lower of two and of the top one of more; a single group becomes one layer.
 *
 * @param {OpenDocument} document
 * @returns {number} its id
 */
function mergeSelected(document) {
  const { state } = document;
  const chosen = everyLayer(state.layers).filter(({ id }) => state.active.includes(id));
  if (!chosen.length) throw new Error("Could not complete the Merge command: no layer is selected");
  const merging =
    chosen.length === 1 && chosen[0].kind !== "group" ? down(state, chosen[0]) : chosen;
  for (const { id } of merging) requireUnlocked(state, id, "Merge Layers", "pixels");
  const [first] = merging;
  const isDown = chosen.length === 1 && merging.length === 2;
  const named = isDown ? first : merging[merging.length - 1];
  const only = changeState(state, { layers: merging });
  const layer = first.background
    ? backgroundOf(first.id, onPaper(only))
    : makeLayer({
        id: isDown ? first.id : document.newLayerId(),
        name: named.name,
        raster: pictureOf(state, merging),
      });
  const { parent, index } = placeOf(state, first.id);
  let next = addLayer(state, layer, parent, index);
  for (const { id } of merging)
    next = id === layer.id ? withoutOld(next, layer) : removeLayer(next, id);
  document.record("Merge Layers", changeState(next, { active: [layer.id] }));
  return layer.id;
}

/** A layer with the one beneath it, the lower one first. */
function down(state, layer) {
  const { parent, index } = placeOf(state, layer.id);
  const siblings = parent === null ? state.layers : layerIn(state, parent).layers;
  const lower = siblings[index - 1];
  if (!lower || kindOf(lower) !== "pixel") {
    throw new Error("Could not complete the Merge Down command: there is no pixel layer beneath");
  }
  return [lower, layer];
}

/** The state without the older one of two layers of the same id. */
function withoutOld(state, layer) {
  const keep = (layers) =>
    layers
      .filter((one) => one.id !== layer.id || one === layer)
      .map((one) =>
        one.layers.length ? Object.freeze({ ...one, layers: keep(one.layers) }) : one,
      );
  return changeState(state, { layers: keep(state.layers) });
}

/**
 * A layer's twin at the top of another document.
 *
 * @param {State} from
 * @param {number} id
 * @param {OpenDocument} to
 * @param {string} [name]
 * @returns {number} its id there
 */
function copyInto(from, id, to, name) {
  const { state } = to;
  if (from.depth !== state.depth || from.profile !== state.profile) {
    throw new Error("duplicating between documents of other modes is not modelled by this host");
  }
  const copy = (one) =>
    makeLayer({
      ...one,
      id: to.newLayerId(),
      background: false,
      held: [],
      locked: false,
      layers: one.layers.map(copy),
    });
  const layer = layerIn(from, id);
  const twin = Object.freeze({ ...copy(layer), name: name ?? layer.name, clipped: false });
  const next = addLayer(state, twin, null, state.layers.length);
  to.record("Duplicate Layer", changeState(next, { active: [twin.id] }));
  return twin.id;
}

/**
 * documented: the duplicate becomes the active document.
 *
 * @param {OpenDocument} document
 * @param {string} name
 * @param {boolean} merged
 */
function duplicateDocument(document, name, merged) {
  const { state } = document;
  const twin = document.model.open({ name, state, command: "Duplicate Image" });
  twin.saved = false;
  if (!merged) return twin;
  const picture = composite(state, rectangle(0, 0, state.width, state.height));
  const layer = state.layers.some((one) => one.background)
    ? backgroundOf(1, onPaper(state))
    : makeLayer({ id: 1, name: "Layer 1", raster: trimmed(picture) });
  twin.amend(changeState(state, { layers: [layer], active: [1] }));
  return twin;
}

/** The colour at a pixel of the whole picture, 0..1; null where it is transparent. */
function colourAt(state, x, y) {
  const { data } = composite(state, rectangle(x, y, 1, 1));
  const full = fullOf(state.depth);
  return data[3] === 0 ? null : [...data.subarray(0, 3)].map((value) => value / full);
}

module.exports = {
  flatten,
  mergeVisible,
  mergeSelected,
  copyInto,
  duplicateDocument,
  colourAt,
};
