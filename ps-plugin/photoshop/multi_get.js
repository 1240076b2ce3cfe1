"use strict";

/**
 * The question `multiGet` for a document's layers, and what its answers say. Pure.
 *
 * question(document, background)            descriptors for batchPlay
 * leavesIn(answers, background, constants)  the layers, top first, as a tree
 *
 * Adobe, batchplay.md: the layers from index 1 on; one that lies in the background is not among
 * them and is asked for by its id. The answers' keys, order and units are not documented: whatever
 * is not as expected here is an error, and the layers are read otherwise.
 *
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("photoshop/dom/CoreModules").ActionDescriptor} Descriptor
 * @typedef {Leaf & {sort: string}} Sorted sort: layers of one sort are answered alike
 */

const { hull } = require("./tree.js");

const WANTED = [
  "layerID",
  "name",
  "visible",
  "opacity",
  "mode",
  "group",
  "layerSection",
  "layerKind",
  "layerLocking",
  "bounds",
  "hasUserMask",
  "userMaskEnabled",
  "itemIndex",
  "parentLayerID",
];
const START = "layerSectionStart"; // a group
const CONTENT = "layerSectionContent";
const END = "layerSectionEnd"; // below what is in a group
const LENIENT = { failOnMissingProperty: false, failOnMissingElement: false };

/**
 * @param {number} document
 * @param {number | null} background its layer that is the background
 * @returns {Descriptor[]}
 */
function question(document, background) {
  const home = { _ref: "document", _id: document };
  const all = {
    _obj: "multiGet",
    _target: { _ref: [home] },
    extendedReference: [WANTED, { _obj: "layer", index: 1, count: -1 }],
    options: LENIENT,
  };
  if (background === null) return [all];
  const lowest = {
    _obj: "multiGet",
    _target: { _ref: [{ _ref: "layer", _id: background }, home] },
    extendedReference: [WANTED],
    options: LENIENT,
  };
  return [all, lowest];
}

/**
 * @param {Descriptor[]} answers
 * @param {number | null} background
 * @param {typeof import("photoshop").constants} constants
 * @returns {Sorted[]}
 * @throws {Error} where the answer is not understood
 */
function leavesIn(answers, background, constants) {
  const [all, lowest] = answers;
  const list = all?.list ?? [];
  const failed = answers.find((answer) => answer?._obj === "error");
  if (failed) throw new Error(`multiGet: ${failed.message}`);
  if (!Array.isArray(list)) throw new Error("multiGet.list");
  const entries = topFirst(list.filter((entry) => entry.layerID !== background));
  if (background !== null && lowest?.layerID !== background) throw new Error("multiGet.background");
  const kinds = kindsOf(constants);
  const tree = entries.some((entry) => sectionOf(entry) === END)
    ? nestedByEnds(entries, kinds, constants)
    : nestedByParents(entries, kinds, constants);
  if (background !== null) {
    const kind = constants.LayerKind.NORMAL;
    tree.push({
      ...leafOf({ ...lowest, layerKind: 1 }, kinds, constants),
      kind,
      sort: "background",
    });
  }
  if (entries.length === 0 && background === null) throw new Error("multiGet.list");
  return tree;
}

/** @param {Descriptor} entry @returns {string} one of the three */
function sectionOf({ layerSection }) {
  const value = layerSection?._value;
  if (typeof value !== "string") throw new Error("multiGet.layerSection");
  return value;
}

/**
 * Indices rise from the bottom. Without them a group's end lies below its start.
 *
 * @param {Descriptor[]} entries
 */
function topFirst(entries) {
  if (entries.every(({ itemIndex }) => typeof itemIndex === "number")) {
    return [...entries].sort((one, other) => other.itemIndex - one.itemIndex);
  }
  const mark = entries.map(sectionOf).find((section) => section !== CONTENT);
  if (!mark && entries.length > 1) throw new Error("multiGet.itemIndex");
  return mark === START ? entries : [...entries].reverse();
}

/**
 * @param {Descriptor[]} entries top first
 * @param {Map<number, string>} kinds
 * @param {typeof import("photoshop").constants} constants
 */
function nestedByEnds(entries, kinds, constants) {
  /** @type {Sorted[]} */
  const root = [];
  /** @type {Sorted[]} */
  const open = [];
  for (const entry of entries) {
    const section = sectionOf(entry);
    if (section === END) {
      if (!open.pop()) throw new Error("multiGet.layerSectionStart");
      continue;
    }
    const parent = open[open.length - 1] || null;
    const leaf = { ...leafOf(entry, kinds, constants), parent };
    (parent?.layers || root).push(leaf);
    if (leaf.layers) open.push(leaf);
  }
  if (open.length > 0) throw new Error("multiGet.layerSectionEnd");
  return root.map(closed);
}

/**
 * @param {Descriptor[]} entries top first
 * @param {Map<number, string>} kinds
 * @param {typeof import("photoshop").constants} constants
 */
function nestedByParents(entries, kinds, constants) {
  const leaves = entries.map((entry) => leafOf(entry, kinds, constants));
  const byId = new Map(leaves.map((leaf) => [leaf.id, leaf]));
  const grouped = leaves.some(({ layers }) => layers);
  /** @type {Sorted[]} */
  const root = [];
  leaves.forEach((leaf, i) => {
    const { parentLayerID } = entries[i];
    if (grouped && typeof parentLayerID !== "number") throw new Error("multiGet.parentLayerID");
    const parent = byId.get(parentLayerID) || null;
    leaf.parent = parent;
    (parent?.layers || root).push(leaf);
  });
  return root.map(closed);
}

/** A group lies where what is in it lies. @param {Sorted} leaf @returns {Sorted} */
function closed(leaf) {
  if (!leaf.layers) return leaf;
  leaf.layers.forEach((one) => closed(/** @type {Sorted} */ (one)));
  leaf.bounds = hull(leaf.layers);
  return leaf;
}

/**
 * @param {Descriptor} entry
 * @param {Map<number, string>} kinds
 * @param {typeof import("photoshop").constants} constants
 * @returns {Sorted}
 */
function leafOf(entry, kinds, constants) {
  const { layerID, name, visible, opacity, mode, group, layerKind, layerLocking, bounds } = entry;
  const section = sectionOf(entry);
  const whole =
    typeof layerID === "number" &&
    typeof name === "string" &&
    typeof visible === "boolean" &&
    typeof opacity === "number" &&
    typeof mode?._value === "string" &&
    typeof group === "boolean" &&
    typeof layerLocking === "object";
  if (!whole) throw new Error("multiGet.name");
  const home = section === START;
  if (!home && typeof layerKind !== "number") throw new Error("multiGet.layerKind");
  const kind = home ? constants.LayerKind.GROUP : kinds.get(layerKind) || `kind ${layerKind}`;
  return {
    id: layerID,
    name,
    visible,
    opacity: Math.round((opacity * 100) / 255),
    blendMode: mode._value,
    isClippingMask: group,
    locked: isLocked(layerLocking),
    kind,
    bounds: home ? { left: 0, top: 0, right: 0, bottom: 0 } : rectOf(bounds),
    masked: maskedIn(entry),
    parent: null,
    layers: home ? [] : null,
    sort: `${section} ${layerKind}`,
  };
}

/** Numbers of kinds, as several plugins know them. @param {typeof import("photoshop").constants} constants */
function kindsOf({ LayerKind: { NORMAL, TEXT, SMARTOBJECT, VIDEO, LAYER3D } }) {
  return new Map([
    [1, String(NORMAL)],
    [3, String(TEXT)],
    [5, String(SMARTOBJECT)],
    [6, String(VIDEO)],
    [8, String(LAYER3D)],
  ]);
}

/** Whether any lock holds. @param {Record<string, unknown>} locking */
function isLocked({ protectAll, protectComposite, protectPosition, protectTransparency }) {
  return [protectAll, protectComposite, protectPosition, protectTransparency].includes(true);
}

/** @param {Descriptor} entry @returns {boolean | null} */
function maskedIn({ hasUserMask, userMaskEnabled }) {
  if (typeof hasUserMask !== "boolean") return null;
  return hasUserMask && userMaskEnabled !== false;
}

/** Plain numbers, or with a unit. @param {Record<string, any> | undefined} bounds @returns {Rect} */
function rectOf(bounds) {
  const [left, top, right, bottom] = ["left", "top", "right", "bottom"].map((edge) => {
    const value = bounds?.[edge]?._value ?? bounds?.[edge];
    if (typeof value !== "number") throw new Error("multiGet.bounds");
    return value;
  });
  return { left, top, right, bottom };
}

module.exports = { question, leavesIn };
