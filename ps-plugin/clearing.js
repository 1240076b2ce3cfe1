"use strict";

/**
 * Taking layers away again, each in one history state, and never a layer of the painter's.
 *
 * removeRun   all of a run's layers
 * bake        all but the finished picture and what the painter worked on
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/wire").Run} Run
 */

const { flat, layerById, setVisible, topOfClip } = require("./tree.js");
const { t } = require("./texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {(id: number) => Document} parts.documentById
 */
function makeClearing({ constants, notes, modal, documentById }) {
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
        for (const layer of mine) await rescue(document, layerById(document, layer));
        for (const layer of mine) layerById(document, layer)?.delete();
        await notes.writeIndex(id, index);
      });
    });
  }

  /**
   * Moves out of a group what is not ours.
   *
   * @param {Document} document
   * @param {Layer | null} group
   */
  async function rescue(document, group) {
    if (!group || !group.layers) return;
    const { GROUP } = constants.LayerKind;
    const inside = flat([...group.layers]);
    const texts = await notes.read(
      document.id,
      inside.map((layer) => layer.id),
    );
    const strange = inside.filter((layer, i) => !texts[i] && layer.kind !== GROUP);
    const top = topOfClip(document, group);
    for (const layer of strange.reverse()) {
      layer.move(top, constants.ElementPlacement.PLACEBEFORE);
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
        const all = flat([...document.layers]);
        const texts = await notes.read(
          id,
          all.map((layer) => layer.id),
        );
        const inputs = all.filter((_, i) => texts[i]?.run === run.id && texts[i]?.input);
        const homes = new Set(inputs.flatMap((layer) => layer.parent?.id ?? []));
        const going = [...all.filter((layer) => steps.includes(layer.id)), ...inputs];
        const seen = going.some((layer) => layer.visible && steps.includes(layer.id));
        const final = layerById(document, last);
        if (final && seen) setVisible(final, true);
        for (const layer of going) layer.delete();
        for (const home of homes) {
          const group = layerById(document, home);
          if (group && group.layers && group.layers.length === 0) group.delete();
        }
        await notes.writeIndex(id, index);
        return going.length;
      });
    });
  }

  return { removeRun, bake };
}

module.exports = { makeClearing };
