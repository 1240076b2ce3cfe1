"use strict";

/**
 * The painter's own layers about a step's layer: which count as painted on it, and which do not.
 *
 * makeCompany(parts)
 *   companies(tree, wanted)   of step layers: what is clipped onto them, what lies above them
 *   beyond(tree, layer)       visible layers over its painting's group, which do not count
 *
 * A layer of the painter's belongs to the nearest visible step below it in the run's group, or,
 * where none is visible, to the nearest one, as in bridge/history/claims.py.
 *
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 *
 * @typedef {object} Company visible layers, the lowest first
 * @property {Leaf[]} onto clipped onto it
 * @property {Leaf[]} over above it
 * @property {Leaf | null} base what it is clipped onto itself
 */

const { kindByName } = require("./names.js");
const { noteIn } = require("./notes.js");
const { parsedRegion } = require("../state/regions.js");
const { siblingsOf, clipsOf, flat, groupsOf } = require("./tree.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 */
function makeCompany({ constants, notes }) {
  const { GROUP, NORMAL } = constants.LayerKind;
  /** @type {WeakMap<Tree, Map<number, "run" | "step" | "ours" | "">>} asked once of each tree */
  const kinds = new WeakMap();

  /**
   * Notes are read only where a layer that is not asked about could be the painter's.
   *
   * @param {Tree} tree
   * @param {Leaf[]} wanted step layers
   * @returns {Promise<Map<number, Company>>} by layer
   */
  async function companies(tree, wanted) {
    const ids = new Set(wanted.map((layer) => layer.id));
    /** @type {Map<number, Company>} */
    const found = new Map();
    /** @type {Map<number, Leaf[]>} */
    const homes = new Map();
    for (const layer of wanted) {
      const siblings = siblingsOf(tree, layer);
      homes.set(siblings[0].id, siblings);
      found.set(layer.id, { onto: [], over: [], base: null });
    }
    for (const siblings of homes.values()) {
      for (const { base, onto } of clipsOf(siblings)) {
        const company = found.get(base.id);
        if (company) company.onto = onto.filter(({ visible }) => visible);
        for (const layer of onto) {
          const clipped = found.get(layer.id);
          if (clipped) clipped.base = base;
        }
      }
      const strange = siblings.some((layer) => !ids.has(layer.id) && layer.visible);
      if (!strange) continue;
      const owned = await ownersIn(tree, siblings);
      for (const [owner, layers] of owned) {
        const company = found.get(owner);
        if (company) company.over = layers;
      }
    }
    return found;
  }

  /**
   * Whose the painter's layers in a run's group are.
   *
   * @param {Tree} tree
   * @param {Leaf[]} siblings the lowest first
   * @returns {Promise<Map<number, Leaf[]>>} by step layer
   */
  async function ownersIn(tree, siblings) {
    /** @type {Map<number, Leaf[]>} */
    const owned = new Map();
    const [home] = groupsOf(siblings[0]);
    const known = await kindsOf(tree, home ? [home, ...siblings] : siblings);
    if (!home || known.get(home.id) !== "run") return owned;
    /** @type {Leaf[]} */
    let below = [];
    for (const { base } of clipsOf(siblings)) {
      const kind = known.get(base.id);
      if (kind === "step") below = [base, ...below];
      if (kind !== "" || !base.visible || isEmpty(base)) continue;
      const owner = below.find(({ visible }) => visible) || below[0];
      if (owner) owned.set(owner.id, [...(owned.get(owner.id) || []), base]);
    }
    return owned;
  }

  /**
   * @param {Tree} tree
   * @param {Leaf} layer
   * @returns {Promise<Leaf[]>} the lowest first
   */
  async function beyond(tree, layer) {
    const groups = groupsOf(layer);
    const known = await kindsOf(tree, groups);
    const home = groups.findIndex((group) => known.get(group.id) === "run");
    if (home < 0) return [];
    const above = groups.slice(home).flatMap((group) => {
      const siblings = siblingsOf(tree, group);
      return siblings.slice(siblings.findIndex(({ id }) => id === group.id) + 1);
    });
    const shown = above.filter((one) => one.visible && !isEmpty(one));
    const theirs = await kindsOf(tree, shown);
    return shown.filter(({ id }) => theirs.get(id) === "");
  }

  /**
   * @param {Tree} tree
   * @param {Leaf[]} layers
   * @returns {Promise<Map<number, "run" | "step" | "ours" | "">>} empty: the painter's
   */
  async function kindsOf(tree, layers) {
    const said = kinds.get(tree) || new Map();
    kinds.set(tree, said);
    const inside = layers.flatMap((layer) => flat([layer]));
    const ids = [...new Set(inside.map(({ id }) => id))].filter((id) => !said.has(id));
    const texts = await notes.known(tree.id, ids);
    const byId = new Map(inside.map((leaf) => [leaf.id, leaf]));
    ids.forEach((id, i) => {
      const leaf = byId.get(id);
      said.set(id, kindIn(texts[i]) || (leaf ? kindByName(leaf) : ""));
    });
    /** @param {Leaf} layer */
    const kindOf = ({ id }) => said.get(id) || "";
    return new Map(
      layers.map((layer) => {
        const kind = kindOf(layer);
        // A group that holds a run's layers is no paint, whoever made it.
        const holds = kind === "" && flat([layer]).some((one) => kindOf(one) !== "");
        return [layer.id, holds ? "ours" : kind];
      }),
    );
  }

  /** Whether it has no pixels. @param {Leaf} layer @returns {boolean} */
  function isEmpty({ kind, bounds, layers }) {
    if (kind === GROUP) return (layers || []).every(isEmpty);
    return kind === NORMAL && (bounds.right <= bounds.left || bounds.bottom <= bounds.top);
  }

  return { companies, beyond };
}

/** @param {import("./notes.js").Texts} texts @returns {"run" | "step" | "ours" | ""} */
function kindIn(texts) {
  const note = noteIn(texts);
  if (note) return note.step ? "step" : note.input ? "ours" : "run";
  return parsedRegion(texts.settings) || parsedRegion(texts.xmp) ? "ours" : "";
}

module.exports = { makeCompany };
