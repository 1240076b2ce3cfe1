"use strict";

/**
 * A document's layers as plain values, read in one call.
 *
 * Each property that is read of one of Photoshop's layers is a call between processes; `multiGet`
 * reads them all in one. Its answers differ between hosts and files, so they are compared with
 * Photoshop's own objects: three layers of each sort at most, once for each document. Where anything is
 * missing, does not fit or is refused, the objects are read themselves, each property when it is
 * wanted. Nothing depends on multiGet but time.
 *
 * makeLayerTree(parts)
 *   treeOf(document)   the tree as it is now
 *   way(id)            how a document is read: "" in one call, else why not
 *   forget(id)         a document that was closed
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("../types/panel").Rect} Rect
 *
 * @typedef {object} Leaf a layer or group, under the names of Photoshop's own objects
 * @property {number} id
 * @property {string} name
 * @property {string} kind one of constants.LayerKind where the panel tells it from others
 * @property {boolean} visible
 * @property {number} opacity 0..100
 * @property {string} blendMode one of constants.BlendMode where the panel tells it from others
 * @property {boolean} isClippingMask
 * @property {boolean} locked
 * @property {Rect} bounds of a group: of all that is in it
 * @property {boolean | null} masked seen through a user mask that is switched on; null: not known
 * @property {Leaf | null} parent
 * @property {Leaf[] | null} layers top first; null: no group
 *
 * @typedef {object} Tree
 * @property {number} id of the document
 * @property {Leaf[]} layers top first
 * @property {Document["bitsPerChannel"]} bitsPerChannel
 * @property {string} colorProfileName
 * @property {(leaf: Leaf) => Layer | null} own Photoshop's own object; null: it is gone
 *
 * @typedef {(document: Document, id?: number) => Promise<Tree>} TreeOf id: the document's, if known
 */

const { leavesIn, question } = require("./multi_get.js");
const { flat, hull, listed } = require("./tree.js");

const TRIES = 3; // failures in a row, after which a document's layers are read as objects for good

/**
 * @param {object} parts
 * @param {typeof import("photoshop").action} parts.action
 * @param {typeof import("photoshop").constants} parts.constants
 */
function makeLayerTree({ action, constants }) {
  /** @type {Map<number, {sorts: Set<string>, failures: number, why: string}>} by document */
  const trials = new Map();

  /** @type {TreeOf} */
  async function treeOf(document, id = document.id) {
    const trial = trials.get(id) || { sorts: new Set(), failures: 0, why: "" };
    trials.set(id, trial);
    if (trial.failures < TRIES) {
      try {
        const tree = await compared(document, id, trial.sorts);
        Object.assign(trial, { failures: 0, why: "" });
        return tree;
      } catch (error) {
        // The painter may have changed something in between, or another plugin kept Photoshop busy.
        trial.failures += 1;
        trial.why = /** @type {Error} */ (error).message;
      }
    }
    return asTree(document, id, objectsOf(document.layers, null));
  }

  /**
   * @param {Document} document
   * @param {number} id
   * @param {Set<string>} sorts of layers that were compared
   * @throws {Error} that says what does not fit
   */
  async function compared(document, id, sorts) {
    const background = document.backgroundLayer?.id ?? null;
    const answers = await action.batchPlay(question(id, background), { continueOnError: true });
    const leaves = leavesIn(answers, background, constants);
    const tree = asTree(document, id, leaves);
    const first = sorts.size === 0;
    if (first && document.layers.length !== leaves.length) throw new Error("layers.length");
    for (const [sort, alike] of sorted(leaves)) {
      if (sorts.has(sort)) continue;
      const some = [alike[0], alike[alike.length >> 1], alike[alike.length - 1]];
      for (const leaf of new Set(some)) compare(leaf, tree.own(leaf));
      sorts.add(sort);
    }
    return tree;
  }

  /** Layers by what is said of them. @param {import("./multi_get.js").Sorted[]} leaves */
  function sorted(leaves) {
    /** @type {Map<string, Leaf[]>} */
    const sorts = new Map();
    for (const leaf of flat(leaves)) {
      const { masked, visible, isClippingMask, locked, opacity, blendMode } = leaf;
      const looks = [leaf.sort, masked, visible, isClippingMask, locked, opacity === 100];
      const sort = [...looks, plainMode(blendMode)].join();
      sorts.set(sort, [...(sorts.get(sort) || []), leaf]);
    }
    return sorts;
  }

  /** @param {Leaf} leaf @param {Layer | null} layer @throws {Error} */
  function compare(leaf, layer) {
    if (!layer) throw new Error("layers.id");
    /** @type {[string, unknown, unknown][]} */
    const both = [
      ["name", leaf.name, layer.name],
      ["visible", leaf.visible, layer.visible],
      ["opacity", leaf.opacity, Math.round(layer.opacity)],
      ["blendMode", plainMode(leaf.blendMode), plainMode(layer.blendMode)],
      ["isClippingMask", leaf.isClippingMask, layer.isClippingMask],
      ["locked", leaf.locked, layer.locked],
      ["kind", plainKind(leaf.kind), plainKind(layer.kind)],
      ["layers", leaf.layers?.length, leaf.layers ? layer.layers?.length : undefined],
    ];
    if (!leaf.layers) both.push(["bounds", joined(leaf.bounds), joined(layer.bounds)]);
    const other = both.find(([, one, two]) => one !== two);
    if (other) throw new Error(`${other[0]}: ${other[1]}, ${other[2]}`);
  }

  const { NORMAL, PASSTHROUGH } = constants.BlendMode;
  const { GROUP, NORMAL: PIXELS, TEXT, SMARTOBJECT, VIDEO, LAYER3D } = constants.LayerKind;
  const told = [GROUP, PIXELS, TEXT, SMARTOBJECT, VIDEO, LAYER3D];

  /** As far as the panel tells them apart. @param {unknown} mode */
  const plainMode = (mode) => (mode === NORMAL || mode === PASSTHROUGH ? mode : "another");
  /** @param {string} kind */
  const plainKind = (kind) => told.find((one) => one === kind) || "another";

  /** @param {number} id document */
  const way = (id) => trials.get(id)?.why ?? "";

  /** @param {number} id document */
  const forget = (id) => void trials.delete(id);

  return { treeOf, way, forget };
}

/** @param {Rect} bounds */
const joined = ({ left, top, right, bottom }) => [left, top, right, bottom].join();

/**
 * @template {Leaf} L
 * @param {Document} document
 * @param {number} id
 * @param {L[]} layers
 * @returns {Tree & {layers: L[]}}
 */
function asTree(document, id, layers) {
  /** @type {Map<Leaf, Layer | null>} */
  const found = new Map();
  /** @type {Map<Leaf | null, ArrayLike<Layer>>} */
  const lists = new Map();
  /** @type {Map<string, unknown>} */
  const facts = new Map();

  /** @param {Leaf} leaf @returns {Layer | null} */
  function own(leaf) {
    const known = found.get(leaf);
    if (known !== undefined) return known;
    const { parent } = leaf;
    const list = lists.get(parent) || (parent ? own(parent)?.layers : document.layers) || [];
    lists.set(parent, list);
    const at = ((parent ? parent.layers : layers) || []).indexOf(leaf);
    const layer = list[at];
    // Where it was moved since, all of them are looked through.
    const right = layer && layer.id === leaf.id ? layer : search(document.layers, leaf.id);
    found.set(leaf, right);
    return right;
  }

  /** @template T @param {string} name @param {() => T} read @returns {T} */
  function once(name, read) {
    if (!facts.has(name)) facts.set(name, read());
    return /** @type {T} */ (facts.get(name));
  }

  return {
    id,
    layers,
    own,
    get bitsPerChannel() {
      return once("bits", () => document.bitsPerChannel);
    },
    get colorProfileName() {
      return once("profile", () => document.colorProfileName);
    },
  };
}

/** @param {ArrayLike<Layer> | null | undefined} layers @param {number} id @returns {Layer | null} */
function search(layers, id) {
  for (const layer of listed(layers)) {
    const found = layer.id === id ? layer : search(layer.layers, id);
    if (found) return found;
  }
  return null;
}

/** @param {ArrayLike<Layer> | null | undefined} layers @param {Leaf | null} parent @returns {Leaf[]} */
function objectsOf(layers, parent) {
  return listed(layers).map((layer) => new ObjectLeaf(layer, parent));
}

/**
 * One of Photoshop's own objects, each property read once, when it is wanted.
 *
 * @implements {Leaf}
 */
class ObjectLeaf {
  /** @param {Layer} layer @param {Leaf | null} parent */
  constructor(layer, parent) {
    this.parent = parent;
    this.id = layer.id;
    /** @type {boolean | null} */
    this.masked = null;
    const inside = layer.layers;
    /** @type {Leaf[] | null} */
    this.layers = inside ? objectsOf(inside, this) : null;
    /** @type {Map<string, any>} */
    const read = new Map();
    /** @type {<K extends keyof Layer>(name: K) => Layer[K]} */
    this.read = (name) => {
      if (!read.has(name)) read.set(name, layer[name]);
      return read.get(name);
    };
  }
  get name() {
    return this.read("name");
  }
  get kind() {
    return String(this.read("kind"));
  }
  get visible() {
    return this.read("visible");
  }
  get opacity() {
    return this.read("opacity");
  }
  get blendMode() {
    return String(this.read("blendMode"));
  }
  get isClippingMask() {
    return this.read("isClippingMask");
  }
  get locked() {
    return this.read("locked");
  }
  get bounds() {
    if (this.layers) return hull(this.layers);
    const { left, top, right, bottom } = this.read("bounds");
    return { left, top, right, bottom };
  }
}

module.exports = { makeLayerTree };
