"use strict";

/**
 * Step layers: written as they arrive, refined.
 *
 * putSteps   step layers, new or refined, in one history state
 * sights     what the painter made of some
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Place} Place
 * @typedef {import("../types/panel").LayerNote} LayerNote
 * @typedef {import("../types/wire").Run} Run
 * @typedef {import("../types/wire").Step} Step
 * @typedef {import("./sight.js").Frame} Frame
 *
 * @typedef {object} Arrival a step's picture on its way into the document
 * @property {Step} step
 * @property {Picture} picture RGBA
 * @property {import("../types/wire").Quality} quality
 * @property {LayerNote | null} note null: no layer yet
 *
 * @typedef {(written: Record<string, LayerNote>) => string} Index the document's list of runs and
 *   steps as JSON, once these layers are written
 *
 * @typedef {object} Line the run that arrives
 * @property {Run} run
 * @property {number} group
 * @property {Place} place
 * @property {boolean} showLast the newest may be seen instead of the one before it
 * @property {number[]} siblings its layers, the noisiest first; the newest of them is seen unless
 *   the painter chose otherwise
 * @property {Index} index
 *
 * @typedef {object} Written
 * @property {Record<string, LayerNote>} layers by step
 * @property {Picture[]} changed what was handed out, where Photoshop made something else of it
 */

const { gone } = require("../state/papers.js");
const { imageId } = require("../pixels/sha256.js");
const { areEqual } = require("../pixels/pixels.js");
const { isEdit } = require("./sight.js");
const { around, requireDepth } = require("./surface.js");
const { flat, leafById, lift, listed, setVisible, layerName } = require("./tree.js");
const { t } = require("../words/texts.js");

/** A step whose layer, or whole group, the painter took away. @type {LayerNote} */
const GONE = { layer: -1, image: "", quality: "full", painted: false };

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./sight.js").makeSight>} parts.sight
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeStepLayers(parts) {
  const { constants, surface, notes, sight, modal, treeOf, documentById } = parts;
  const { pixelsIn, put } = surface;

  /**
   * Writes arrivals in order. A layer that the painter changed is left alone, and its note says so.
   *
   * @param {number} id document
   * @param {Line} line
   * @param {Arrival[]} arrivals of that run, the noisiest first
   * @returns {Promise<Written>}
   */
  async function putSteps(id, line, arrivals) {
    const home = leafById(await treeOf(documentById(id), id), line.group);
    const last = arrivals[arrivals.length - 1];
    const { number } = line.run;
    if (!last.note && !home) return allGone(arrivals); // not even an empty history state
    if (!last.note && home && home.locked) {
      throw Object.assign(new Error(t("layer.locked", { number })), { locked: true });
    }
    const what = last.note
      ? t("history.finer", { number })
      : t("history.step", { number, step: last.step.index + 1 });
    return modal.change(id, what, async () => {
      const document = documentById(id);
      requireDepth(document);
      return notes.asBefore(document, async () => {
        /** @type {Written} */
        const written = { layers: {}, changed: [] };
        const before = await treeOf(document, id);
        const leaf = leafById(before, line.group);
        const group = leaf && before.own(leaf);
        const open = group !== null && (await notes.isOpen(id, line.group));
        const follow = line.showLast && newestIsSeen(before, line.siblings);
        for (const arrival of arrivals) await putStep(document, line, group, arrival, written);
        if (follow) showOnly(await treeOf(document, id), line.siblings, written.layers);
        // New layers may open a group; one that the painter opened stays open under their hand.
        if (group) await notes.setOpen(id, line.group, open);
        await notes.writeIndex(id, line.index(written.layers));
        return written;
      });
    });
  }

  /** @param {Arrival[]} arrivals @returns {Written} */
  function allGone(arrivals) {
    const notes = arrivals.map(({ step, note }) => [step.id, gone(note || GONE)]);
    return { layers: Object.fromEntries(notes), changed: [] };
  }

  /**
   * @param {Document} document
   * @param {Line} line
   * @param {Layer | null} group
   * @param {Arrival} arrival
   * @param {Written} written
   */
  async function putStep(document, line, group, { step, picture, quality, note }, written) {
    const { width, height } = picture;
    const { left, top } = line.place;
    const tree = note && (await treeOf(document));
    const leaf = tree && leafById(tree, note.layer);
    const layer = note ? leaf && tree && tree.own(leaf) : await newLayer(document, group, step);
    if (!layer) {
      written.layers[step.id] = gone(note || GONE);
      return;
    }
    if (note && tree) {
      const { depth, profile } = line.run.recipe;
      const frame = { ...note, place: line.place, width, height, depth, profile };
      const [found] = await sight.sights(tree, [frame]);
      if (found && (found.mark || found.image !== note.image)) {
        const { mark, image } = found;
        // An undone refinement is not done again: the painter could never get past it.
        const offered = mark ? note.quality : quality;
        const seen = { image, mark, painted: isEdit(mark), quality: offered };
        written.layers[step.id] = { ...note, ...seen };
        return;
      }
    }
    await put(document, layer, picture, line.place);
    // Read back: what Photoshop made of it (another profile, 16 bits) is what was handed out.
    const rect = around(line.place, picture);
    const handed = (await pixelsIn(document, layer, rect)).picture;
    const same = areEqual(handed, picture);
    const image = imageId(same ? picture : handed);
    if (!same) written.changed.push(handed);
    const text = { run: step.run, step: step.id, image, left, top };
    await notes.write(document.id, layer.id, {
      v: 1,
      ...text,
      ...(quality !== "full" && { quality }),
    });
    const { bounds } = layer;
    const extent = {
      left: bounds.left,
      top: bounds.top,
      right: bounds.right,
      bottom: bounds.bottom,
    };
    written.layers[step.id] = { layer: layer.id, image, quality, painted: false, extent };
  }

  /** @param {Document} document @param {Layer | null} home @param {Step} step */
  async function newLayer(document, home, step) {
    if (!home) return null;
    const layer = await document.createPixelLayer({ name: layerName(step) });
    if (!layer) return null;
    const { PLACEINSIDE, PLACEBEFORE } = constants.ElementPlacement;
    const top = listed(home.layers).find((sibling) => sibling.id !== layer.id);
    if (top) layer.move(top, PLACEBEFORE);
    else layer.move(home, PLACEINSIDE);
    lift(document, layer, constants.ElementPlacement);
    layer.visible = false;
    return layer;
  }

  /**
   * False once the painter looked at another step, or hid them all.
   *
   * @param {Tree} tree
   * @param {number[]} siblings
   */
  function newestIsSeen(tree, siblings) {
    const leaves = new Map(flat(tree.layers).map((leaf) => [leaf.id, leaf]));
    const there = siblings.flatMap((id) => leaves.get(id) || []);
    return there.every((layer, i) => layer.visible === (i === there.length - 1));
  }

  /**
   * The newest of what was written is seen, the run's other steps are not.
   *
   * @param {Tree} tree
   * @param {number[]} siblings
   * @param {Record<string, LayerNote>} written
   */
  function showOnly(tree, siblings, written) {
    const ids = Object.values(written).map((note) => note.layer);
    const newest = leafById(tree, ids[ids.length - 1]);
    if (!newest) return;
    for (const leaf of flat(tree.layers)) {
      if ([...siblings, ...ids].includes(leaf.id)) setVisible(tree, leaf, leaf === newest);
    }
  }

  /**
   * @param {number} id document
   * @param {Frame[]} frames
   * @param {Tree} [seen] as it was just read; absent: all is looked at afresh
   */
  function sights(id, frames, seen) {
    return modal.look(t("history.readSteps"), async () => {
      if (!seen) notes.forget(id);
      return sight.sights(await treeOf(documentById(id), id), frames);
    });
  }

  return { putSteps, sights };
}

module.exports = { makeStepLayers };
