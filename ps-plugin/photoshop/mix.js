"use strict";

/**
 * A painting's layers as they are seen together: any mix of steps under their masks, opacities and
 * groups, and what the painter put between them, becomes one picture.
 *
 * Composed here, not read from the composite: what else lies in the document stays out of it.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 *
 * @typedef {object} Ours
 * @property {number[]} groups of the painting's runs
 * @property {number[]} steps their layers, wherever they lie
 * @property {Rect} rect the picture's place
 */

const { flat } = require("./tree.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./composing.js").makeComposing>} parts.composing
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeMix({ notes, composing, modal, treeOf, documentById }) {
  /**
   * @param {number} id document
   * @param {Ours} ours
   * @returns {Promise<Picture>} RGBA
   */
  function readMix(id, { groups, steps, rect }) {
    return modal.look(t("history.readSteps"), async () => {
      const tree = await treeOf(documentById(id), id);
      const all = flat(tree.layers).map((layer) => layer.id);
      const texts = await notes.read(id, all);
      const inputs = all.filter((_, i) => texts[i]?.input);
      const mix = await composing.stacked(tree, [...tree.layers].reverse(), {
        rect,
        counts: (layer) => !inputs.includes(layer.id),
        isHome: (group) => groups.includes(group.id),
        belongs: (layer) => steps.includes(layer.id),
        inside: false,
        idle: null,
      });
      if (!mix) throw new Error(t("mix.empty"));
      return mix;
    });
  }

  return { readMix };
}

module.exports = { makeMix };
