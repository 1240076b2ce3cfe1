"use strict";

/**
 * Which of the painting's layers are seen, as the painter wishes in the panel.
 *
 * show       one step is looked at, the others are hidden
 * choose     the same, and the painter's brush is on it
 * uncover    what lies over the active layer steps aside
 * giveBack   what stepped aside is seen again
 *
 * What is hidden or shown here is remembered with what it was before, and given back where the
 * painter did not decide otherwise since: when another step is wished for, or none any more.
 *
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {[Leaf, boolean][]} Wishes whether layers shall be seen; the last one counts
 */

const { flat, groupsOf, leafById, listed, setVisible } = require("./tree.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => import("photoshop/dom/Document").Document} parts.documentById
 */
function makeLooking({ notes, modal, treeOf, documentById }) {
  /** @type {Map<number, Map<number, {before: boolean, now: boolean}>>} by document and layer */
  const aside = new Map();

  /** What gives all of it back. @param {Tree} tree @returns {Wishes} */
  function remembered(tree) {
    const there = aside.get(tree.id) || new Map();
    return flat(tree.layers).flatMap((leaf) => {
      const was = there.get(leaf.id);
      return was && was.now === leaf.visible ? [[leaf, was.before]] : [];
    });
  }

  /** @param {Tree} tree @param {Wishes} wishes */
  function fulfil(tree, wishes) {
    const back = new Map(remembered(tree));
    /** @type {Map<number, {before: boolean, now: boolean}>} */
    const left = new Map();
    for (const [leaf, now] of new Map([...back, ...wishes])) {
      const before = back.get(leaf) ?? leaf.visible;
      if (before !== now) left.set(leaf.id, { before, now });
      setVisible(tree, leaf, now);
    }
    aside.set(tree.id, left);
  }

  /**
   * Of the painting's step layers only that one is seen. What is not ours stays as it is, and so
   * does what the painter moved out of the group.
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {{groups: number[], steps: number[]}} ours
   * @returns {Wishes}
   */
  function alone(tree, layer, { groups, steps }) {
    const home = layer.parent;
    if (!home || !groups.includes(home.id)) return [[layer, true]];
    const siblings = flat(home.layers || []).filter(({ id }) => steps.includes(id));
    const others = flat(tree.layers).filter(({ id }) => groups.includes(id));
    return [...siblings, ...others].map((leaf) => [leaf, leaf === layer || leaf === home]);
  }

  /**
   * No history state: looking is not a change, as little as clicking an eye in Photoshop is.
   *
   * @param {number} id document
   * @param {number} shown layer
   * @param {{groups: number[], steps: number[]}} ours
   */
  function show(id, shown, ours) {
    return modal.look(t("history.show"), async () => {
      const document = documentById(id);
      const tree = await treeOf(document, id);
      const layer = leafById(tree, shown);
      if (layer) await notes.asBefore(document, () => fulfil(tree, alone(tree, layer, ours)));
    });
  }

  /**
   * One history state where the host keeps any of what is seen; Photoshop does if it is told to.
   *
   * @param {number} id document
   * @param {number} chosen layer
   * @param {() => {groups: number[], steps: number[]}} ours once it is its turn
   * @param {string} name of the history state
   */
  function choose(id, chosen, ours, name) {
    return modal.change(id, name, async () => {
      const document = documentById(id);
      const tree = await treeOf(document, id);
      const layer = leafById(tree, chosen);
      if (!layer) return;
      fulfil(tree, [...upwards(layer), ...alone(tree, layer, ours())]);
      const active = listed(document.activeLayers);
      if (active.length !== 1 || active[0].id !== chosen) await notes.select([chosen]);
    });
  }

  /**
   * The active layer is seen: it and its groups are shown, what covers it is hidden.
   *
   * @param {number} id document
   * @param {number} active
   * @param {number[]} over
   */
  function uncover(id, active, over) {
    return modal.change(id, t("cover.show"), async () => {
      const document = documentById(id);
      const tree = await treeOf(document, id);
      const layer = leafById(tree, active);
      if (!layer) return;
      /** @type {Wishes} */
      const covers = over.flatMap((one) => {
        const leaf = leafById(tree, one);
        return leaf ? [[leaf, false]] : [];
      });
      fulfil(tree, [...covers, ...upwards(layer)]);
    });
  }

  /** Inside a modal scope. @param {Tree} tree */
  function giveBack(tree) {
    for (const [leaf, before] of remembered(tree)) setVisible(tree, leaf, before);
    aside.delete(tree.id);
  }

  /**
   * What is made while the painter is at a step that they chose waits out of sight. Inside a modal scope.
   *
   * @param {number} id document
   * @param {import("photoshop/dom/Layer").Layer} group
   */
  function keepBehind(id, group) {
    const there = aside.get(id) || new Map();
    aside.set(id, there.set(group.id, { before: true, now: false }));
    group.visible = false;
  }

  /** @param {number} id a document that was closed */
  const forget = (id) => void aside.delete(id);

  return { show, choose, uncover, giveBack, keepBehind, forget };
}

/** A layer is seen only where all it lies in is. @param {Leaf} layer @returns {Wishes} */
function upwards(layer) {
  return [layer, ...groupsOf(layer)].map((leaf) => [leaf, true]);
}

module.exports = { makeLooking };
