"use strict";
// batchPlay's multiGet: several properties of one layer, or of a range of a document's layers.
//
// documented: its form (batchplay.md), a range from index 1 on, count -1 for all of them, `list` in the
// answer, and that the command fails where a property is missing unless told not to.
// seen in a host: the list rises from the bottom, without the background; a group is its end, what
// is in it, and itself. assumed: everything else, and above all that a plugin can rely on no key.

const { layerBounds } = require("../document/composite.js");
const { placeOf, findLayer } = require("../document/document.js");
const { kindOf } = require("../document/kinds.js");

/** @typedef {import("../document/document.js").Layer} Layer */
/** @typedef {import("../document/document.js").State} State */

const END = 1_000_000; // above which a group's end has its id
/** seen in a host: numbers of kinds; all adjustments are of one. */
const KINDS = { pixel: 1, smartObject: 5, group: 7, gradientFill: 9, pattern: 10, solidColor: 11 };
const ADJUSTMENT = 2;

const pixels = (value) => ({ _unit: "pixelsUnit", _value: value });
const enumeration = (type, value) => ({ _enum: type, _value: value });

/** @type {Record<string, (layer: Layer, state: State) => unknown>} undefined: there is no such key */
const PROPERTIES = {
  name: ({ name }) => name,
  layerID: ({ id }) => id,
  visible: ({ visible }) => visible,
  opacity: ({ opacity }) => Math.round(opacity * 255), // documented: 255 in the page's examples
  mode: ({ blend }) => enumeration("blendMode", blend),
  group: ({ clipped }) => clipped,
  background: ({ background }) => background,
  layerSection: ({ kind }) =>
    enumeration("layerSectionType", `layerSection${kind === "group" ? "Start" : "Content"}`),
  // seen in a host: a background has none
  layerKind: (layer) => (layer.background ? undefined : (KINDS[kindOf(layer)] ?? ADJUSTMENT)),
  layerLocking: (layer) => ({
    _obj: "layerLocking",
    protectAll: layer.locked,
    protectComposite: layer.held.includes("pixels"),
    protectPosition: layer.held.includes("position"),
    protectTransparency: layer.held.includes("transparency"),
    protectArtboardAutonest: false,
  }),
  bounds(layer) {
    const { left, top, right, bottom } = layerBounds(layer);
    const edges = { left: pixels(left), top: pixels(top) };
    return { _obj: "rectangle", ...edges, right: pixels(right), bottom: pixels(bottom) };
  },
  // seen in a host: not there without effects, and this host has none
  layerEffects: () => undefined,
  hasUserMask: ({ mask, unused }) => (mask ?? unused) !== null,
  userMaskEnabled: ({ mask, unused }) => ((mask ?? unused) === null ? undefined : mask !== null),
  parentLayerID: ({ id }, state) => placeOf(state, id).parent ?? -1,
  itemIndex: ({ id }, state) => indexOf(state, id),
};

/** From the bottom; the background has 0. @param {State} state @param {number} id */
function indexOf(state, id) {
  const first = state.layers[0]?.background ? 0 : 1;
  return first + rising(state.layers).findIndex((entry) => entry.layer.id === id && !entry.end);
}

/** @param {readonly Layer[]} layers @returns {{layer: Layer, end: boolean}[]} */
function rising(layers) {
  return layers.flatMap((layer) => {
    const itself = { layer, end: false };
    if (layer.kind !== "group") return [itself];
    return [{ layer, end: true }, ...rising(layer.layers), itself];
  });
}

/**
 * @param {object} job
 * @param {{state: State}} job.document
 * @param {Layer | undefined} job.layer the base; none: the document
 * @param {any} job.command
 */
function multiGet({ document: { state }, layer, command }) {
  const [wanted, range] = command.extendedReference ?? [];
  if (!Array.isArray(wanted)) throw new TypeError("multiGet: extendedReference begins with a list");
  const strange = wanted.find((name) => !(name in PROPERTIES));
  if (strange) throw new Error(`multiGet: "${strange}" is not modelled by this host`);
  const { failOnMissingProperty = true, failOnMissingElement = true } = command.options ?? {};
  const isWhole = (values) => !failOnMissingProperty || wanted.every((name) => name in values);
  if (layer) {
    const values = valuesOf(findLayer(state, layer.id) ?? layer, state, wanted);
    return isWhole(values) ? values : MISSING;
  }
  const { _obj, index, count } = range ?? {};
  if (_obj !== "layer" || !(index >= 1) || !Number.isInteger(count)) {
    throw new Error("multiGet of anything but a range of layers is not modelled by this host");
  }
  const all = rising(state.layers).filter((entry) => !entry.layer.background);
  const entries = count === -1 ? all.slice(index - 1) : all.slice(index - 1, index - 1 + count);
  if (failOnMissingElement && entries.length < count) return MISSING;
  const list = entries.map((entry) =>
    entry.end ? endOf(entry.layer, state, wanted) : valuesOf(entry.layer, state, wanted),
  );
  return list.every(isWhole) ? { list } : MISSING;
}

// assumed: number and text
const MISSING = {
  _obj: "error",
  result: -25920,
  message: "The command “Multi Get” is not currently available.",
};

/** @param {Layer} layer @param {State} state @param {string[]} wanted */
function valuesOf(layer, state, wanted) {
  const values = wanted.map((name) => [name, PROPERTIES[name](layer, state)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** What marks a group's end is an entry of its own. */
function endOf(layer, state, wanted) {
  const own = {
    ...valuesOf(layer, state, wanted),
    name: "</Layer group>",
    layerID: END + layer.id,
    layerSection: enumeration("layerSectionType", "layerSectionEnd"),
  };
  if ("itemIndex" in own) {
    const first = state.layers[0]?.background ? 0 : 1;
    const at = rising(state.layers).findIndex((entry) => entry.layer.id === layer.id && entry.end);
    own.itemIndex = first + at;
  }
  return Object.fromEntries(Object.entries(own).filter(([name]) => wanted.includes(name)));
}

module.exports = { multiGet };
