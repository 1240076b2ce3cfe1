"use strict";

/**
 * The painter's own layers about a step's layer: which count as painted on it, and which do not.
 *
 * makeCompany(parts)
 *   companies(document, wanted)   of step layers: what is clipped onto them, what lies above them
 *   beyond(document, layer)       visible layers over its painting's group, which do not count
 *
 * A layer of the painter's belongs to the nearest visible step below it in the run's group, or,
 * where none is visible, to the nearest one, as in bridge/claims.py.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 *
 * @typedef {object} Company visible layers, the lowest first
 * @property {Layer[]} onto clipped onto it
 * @property {Layer[]} over above it
 * @property {Layer | null} base what it is clipped onto itself
 */

const { parsedRegion } = require("./regions.js");
const { siblingsOf, clipsOf, flat, groupsOf } = require("./tree.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 */
function makeCompany({ constants, notes }) {
  const { GROUP, NORMAL } = constants.LayerKind;

  /**
   * Notes are read only where a layer that is not asked about could be the painter's.
   *
   * @param {Document} document
   * @param {Layer[]} wanted step layers
   * @returns {Promise<Map<number, Company>>} by layer
   */
  async function companies(document, wanted) {
    const ids = new Set(wanted.map((layer) => layer.id));
    /** @type {Map<number, Company>} */
    const found = new Map();
    /** @type {Map<number, Layer[]>} */
    const homes = new Map();
    for (const layer of wanted) {
      const siblings = siblingsOf(document, layer);
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
      const owned = await ownersIn(document, siblings);
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
   * @param {Document} document
   * @param {Layer[]} siblings the lowest first
   * @returns {Promise<Map<number, Layer[]>>} by step layer
   */
  async function ownersIn(document, siblings) {
    /** @type {Map<number, Layer[]>} */
    const owned = new Map();
    const [home] = groupsOf(siblings[0]);
    const kinds = await kindsOf(document, home ? [home, ...siblings] : siblings);
    if (!home || kinds.get(home.id) !== "run") return owned;
    /** @type {Layer[]} */
    let below = [];
    for (const { base } of clipsOf(siblings)) {
      const kind = kinds.get(base.id);
      if (kind === "step") below = [base, ...below];
      if (kind !== "" || !base.visible || isEmpty(base)) continue;
      const owner = below.find(({ visible }) => visible) || below[0];
      if (owner) owned.set(owner.id, [...(owned.get(owner.id) || []), base]);
    }
    return owned;
  }

  /**
   * @param {Document} document
   * @param {Layer} layer
   * @returns {Promise<Layer[]>} the lowest first
   */
  async function beyond(document, layer) {
    const groups = groupsOf(layer);
    const known = await kindsOf(document, groups);
    const home = groups.findIndex((group) => known.get(group.id) === "run");
    if (home < 0) return [];
    const above = groups.slice(home).flatMap((group) => {
      const siblings = siblingsOf(document, group);
      return siblings.slice(siblings.findIndex(({ id }) => id === group.id) + 1);
    });
    const shown = above.filter((one) => one.visible && !isEmpty(one));
    const kinds = await kindsOf(document, shown);
    return shown.filter(({ id }) => kinds.get(id) === "");
  }

  /**
   * @param {Document} document
   * @param {Layer[]} layers
   * @returns {Promise<Map<number, "run" | "step" | "ours" | "">>} empty: the painter's
   */
  async function kindsOf(document, layers) {
    const inside = layers.flatMap((layer) => flat([layer]));
    const ids = [...new Set(inside.map(({ id }) => id))];
    const texts = await notes.read(document.id, ids);
    const unread = await notes.texts(document.id, ids);
    /** @param {Layer} layer */
    const kindOf = ({ id }) => {
      const at = ids.indexOf(id);
      const note = texts[at];
      if (note) return note.step ? "step" : note.input ? "ours" : "run";
      const { settings, xmp } = unread[at];
      return parsedRegion(settings) || parsedRegion(xmp) ? "ours" : "";
    };
    return new Map(
      layers.map((layer) => {
        const kind = kindOf(layer);
        // A group that holds a run's layers is no paint, whoever made it.
        const holds = kind === "" && flat([layer]).some((one) => kindOf(one) !== "");
        return [layer.id, holds ? "ours" : kind];
      }),
    );
  }

  /** Whether it has no pixels. @param {Layer} layer @returns {boolean} */
  function isEmpty({ kind, bounds, layers }) {
    if (kind === GROUP) return [...(layers || [])].every(isEmpty);
    return kind === NORMAL && (bounds.right <= bounds.left || bounds.bottom <= bounds.top);
  }

  return { companies, beyond };
}

module.exports = { makeCompany };
