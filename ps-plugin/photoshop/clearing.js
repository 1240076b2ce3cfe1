"use strict";

/**
 * Taking layers away again, each in one history state, and never a layer of the painter's.
 *
 * removeRun   all of a run's layers
 * bake        all but the finished picture and what the painter worked on
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/wire").Run} Run
 */

const { flat, groupsOf, leafById, setVisible, topOfClip } = require("./tree.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeClearing({ constants, notes, modal, treeOf, documentById }) {
  /**
   * @param {number} id document
   * @param {Run} run
   * @param {number[]} mine its group and layers; the painter may have moved some elsewhere
   * @param {string} index
   */
  function removeRun(id, run, mine, index) {
    return modal.change(id, t("history.remove", { number: run.number }), async () => {
      const document = documentById(id);
      await notes.asBefore(document, async () => {
        for (const layer of mine) await rescue(document, layer);
        const tree = await treeOf(document);
        const going = flat(tree.layers).filter(({ id: layer }) => mine.includes(layer));
        // What lies in another of them goes with it.
        const outer = going.filter(
          (leaf) => !groupsOf(leaf).some((group) => going.includes(group)),
        );
        const own = outer.map((leaf) => tree.own(leaf));
        // A document keeps at least one layer.
        if (tree.layers.every((leaf) => outer.includes(leaf))) await document.createPixelLayer();
        for (const layer of own) layer?.delete();
        await notes.writeIndex(id, index);
      });
    });
  }

  /**
   * Moves out of a group what is not ours.
   *
   * @param {Document} document
   * @param {number} id
   */
  async function rescue(document, id) {
    const tree = await treeOf(document);
    const group = leafById(tree, id);
    const own = group?.layers && tree.own(group);
    if (!group || !group.layers || !own) return;
    const { GROUP } = constants.LayerKind;
    const inside = flat(group.layers);
    const texts = await notes.read(
      document.id,
      inside.map((layer) => layer.id),
    );
    const strange = inside.filter((layer, i) => !texts[i] && layer.kind !== GROUP);
    const layers = strange.map((leaf) => tree.own(leaf));
    const top = topOfClip(document, own);
    for (const layer of layers.reverse()) {
      layer?.move(top, constants.ElementPlacement.PLACEBEFORE);
    }
  }

  /**
   * @param {number} id document
   * @param {Run} run
   * @param {{steps: number[], last: number}} layers to take away; the one that is to be seen where
   *   one of them was
   * @param {string} index
   * @returns {Promise<number>} how many layers are gone, those it was made from among them
   */
  function bake(id, run, { steps, last }, index) {
    return modal.change(id, t("history.bake", { number: run.number }), async () => {
      const document = documentById(id);
      return notes.asBefore(document, async () => {
        const tree = await treeOf(document);
        const all = flat(tree.layers);
        const texts = await notes.read(
          id,
          all.map((layer) => layer.id),
        );
        const inputs = all.filter((_, i) => texts[i]?.run === run.id && texts[i]?.input);
        const homes = new Set(inputs.flatMap((layer) => layer.parent?.id ?? []));
        const going = [...all.filter((layer) => steps.includes(layer.id)), ...inputs];
        const seen = going.some((layer) => layer.visible && steps.includes(layer.id));
        const final = leafById(tree, last);
        if (final && seen) setVisible(tree, final, true);
        const own = going.map((leaf) => tree.own(leaf));
        for (const layer of own) layer?.delete();
        const after = await treeOf(document);
        for (const leaf of flat(after.layers)) {
          const empty = homes.has(leaf.id) && leaf.layers?.length === 0;
          if (empty) after.own(leaf)?.delete();
        }
        await notes.writeIndex(id, index);
        return going.length;
      });
    });
  }

  return { removeRun, bake };
}

module.exports = { makeClearing };
