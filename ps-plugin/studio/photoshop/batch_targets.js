"use strict";
// What a command of a listener's print is about: which layers, which place, how many pixels.

const { findLayer, placeOf, flatten } = require("../document/document.js");
const { layerIn, PLACEMENT } = require("../document/edits.js");

/** @typedef {import("../document/model.js").OpenDocument} OpenDocument */
/** @typedef {{document: OpenDocument, layer: import("../document/document.js").Layer, command: any}} Job */

const parts = (reference) =>
  [reference ?? []].flat().flatMap((part) => (Array.isArray(part._ref) ? part._ref : [part]));

/**
 * The layers a command is about, bottom first: one that is named, else all that are selected, which
 * is what targetEnum means of layers.
 *
 * @param {Job} job
 * @returns {number[]}
 */
function layersOf({ document, layer, command }) {
  const named = parts(command._target).some(
    (part) => part._ref === "layer" && (part._id ?? part._name) !== undefined,
  );
  if (named) return [layer.id];
  const { layers, active } = document.state;
  return flatten(layers)
    .filter(({ id }) => active.includes(id))
    .map(({ id }) => id);
}

/**
 * A number with its unit.
 *
 * @param {any} value
 * @param {string} unit "pixelsUnit"
 * @param {string} what for the message
 * @param {number} [absent]
 */
function numberIn(value, unit, what, absent) {
  if (value === undefined && absent !== undefined) return absent;
  if (value?._unit === unit && Number.isFinite(value._value)) return value._value;
  throw new TypeError(`${what} must be {_unit: "${unit}", _value: a number}`);
}

/** The layer next to one, in the order of the Layers panel. */
function neighbourOf(state, id, step) {
  const { parent, index } = placeOf(state, id);
  const siblings = parent === null ? state.layers : layerIn(state, parent).layers;
  return siblings[index + step];
}

/**
 * Where `to` of a move says that a layer goes.
 *
 * @param {OpenDocument} document
 * @param {number} id
 * @param {any} to a reference
 * @returns {{relative: number, placement: string} | null} null: it stays where it is
 */
function destinationOf({ state }, id, to) {
  const [part] = parts(to);
  if (part?._ref !== "layer") throw new Error("move: this `to` is not modelled by this host");
  if (part._id !== undefined) {
    if (!findLayer(state, part._id)) throw new Error(`move: there is no layer ${part._id}`);
    return { relative: part._id, placement: PLACEMENT.above };
  }
  const beside = (layer, placement) => layer && { relative: layer.id, placement };
  const found = {
    front: () => beside(state.layers.at(-1), PLACEMENT.top),
    back: () => beside(state.layers[0], PLACEMENT.bottom),
    next: () => beside(neighbourOf(state, id, 1), PLACEMENT.above),
    previous: () => beside(neighbourOf(state, id, -1), PLACEMENT.below),
  }[part._value];
  if (part._enum !== "ordinal" || !found) {
    throw new Error(`move: the place ${JSON.stringify(part)} is not modelled by this host`);
  }
  return found() ?? null;
}

/**
 * Several changes as one history state.
 *
 * @template T
 * @param {OpenDocument} document
 * @param {string} name
 * @param {() => T} change
 * @returns {T}
 */
function asOne(document, name, change) {
  if (document.suspended) return change();
  document.suspend(name);
  let made;
  try {
    made = change();
  } catch (error) {
    document.resume(false);
    throw error;
  }
  document.resume(true);
  return made;
}

module.exports = { layersOf, numberIn, destinationOf, asOne };
