"use strict";

/**
 * The only code that touches a document.
 *
 * current, readSource, readSelection   what a run starts from: see reading.js
 * texts                                what stands in a document and its layers, unread
 * openGroup                            a run's collapsed group
 * putSteps, sights                     see step_layers.js
 * show, choose, uncover                see looking.js
 * cover                                see covering.js
 * removeRun, bake                      see clearing.js
 * readInputs, relabel                  see inputs.js
 * readMix                              a painting's layers as they are seen together: see mix.js
 * findRegions, readMasks, ...          see region_layers.js
 * treeOf, census                       all layers; which step layers are there, and where
 * undoneTo, historyState               whether the painter is back in the history
 * touchable, outline                   what a stroke may have changed, what shows from outside
 *
 * Every read says where Photoshop found pixels (it trims), every write goes to that place. The
 * painter's active layers are put back before a modal scope ends; selection and tool are never
 * touched.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("../types/panel").Place} Place
 * @typedef {import("../types/wire").Run} Run
 * @typedef {import("./inputs.js").Input} Input
 *
 * @typedef {object} Beside
 * @property {number[]} under groups above which a painting's lies, so that what is newest is seen
 * @property {number[]} over variations that were asked for before it, beneath which it lies
 * @property {"front" | "choice" | "behind"} seen in front of all, with what stepped aside given back;
 *   in front of a choice that stays; not before the painter leaves what they chose since
 */

const { makeReading } = require("./reading.js");
const { makeStepLayers } = require("./step_layers.js");
const { coverOf } = require("./covering.js");
const { makeLooking } = require("./looking.js");
const { makeClearing } = require("./clearing.js");
const { makeInputs } = require("./inputs.js");
const { makeCompany } = require("./company.js");
const { makeComposing } = require("./composing.js");
const { makeMix } = require("./mix.js");
const { makeRegionLayers } = require("./region_layers.js");
const { makeSight } = require("./sight.js");
const { makeSurface, requireDepth } = require("./surface.js");
const { flat, leafById, listed, lift, root, groupsOf, groupName, outline } = require("./tree.js");
const { makeHistory } = require("./history.js");
const { makeLayerTree } = require("./layer_tree.js");
const { makeNotes, NOTHING } = require("./notes.js");
const { makeModal } = require("./modal.js");
const { t } = require("../words/texts.js");

/**
 * @param {typeof import("photoshop")} photoshop
 * @param {(milliseconds: number) => Promise<void>} wait
 */
function makeLayers(photoshop, wait) {
  const { app, core, action, constants, imaging } = photoshop;
  const history = makeHistory({ app, action, wait });
  const modal = makeModal({ app, core, action, wait, history });
  const { treeOf, ...trees } = makeLayerTree({ action, constants });
  const notes = makeNotes(action, treeOf);
  const surface = makeSurface(imaging);
  const composing = makeComposing({ constants, surface, notes });
  const company = makeCompany({ constants, notes });
  const sight = makeSight({ surface, notes, composing, company });

  /** @param {number} id */
  function documentById(id) {
    const front = app.activeDocument;
    if (front && front.id === id) return front;
    const document = listed(app.documents).find((open) => open.id === id);
    if (!document) throw new Error(t("document.closed"));
    return document;
  }

  const parts = { constants, surface, notes, sight, composing, modal, treeOf, documentById };
  const { putInputs, ...inputLayers } = makeInputs(parts);
  const looking = makeLooking(parts);

  /**
   * What stands in a document and its layers, unread: ids change when files travel, notes do not.
   *
   * @param {number} id document
   * @param {Tree} [seen] as it was just read; absent: notes are read afresh as well
   * @returns {Promise<import("../types/panel").Texts | null>} null: nothing at all
   */
  function texts(id, seen) {
    return modal.look(t("history.scan"), async () => {
      if (!seen) notes.forget(id);
      const { layers } = seen || (await treeOf(documentById(id), id));
      const all = flat(layers).map((layer) => layer.id);
      const known = (await notes.known(id, all)).map(({ settings, xmp }) => {
        return { settings: ofARun(settings), xmp: ofARun(xmp) };
      });
      const index = await notes.readIndex(id);
      const noted = (/** @type {import("./notes.js").Texts} */ { settings, xmp }) =>
        settings !== null || xmp !== null;
      if (index === null && !known.some(noted)) return null;
      const stands = new Map(known.map((texts, i) => [all[i], texts]));
      /** @param {import("./layer_tree.js").Leaf} leaf @returns {import("../types/panel").LayerTexts} */
      const textsOf = (leaf) => {
        const { id, layers: inside } = leaf;
        const texts = stands.get(id) || NOTHING;
        // Where programs dropped its note, a layer may be known by its name in the list.
        const nameless = index === null || noted(texts);
        const named = nameless ? {} : { name: leaf.name, ...(inside ? {} : corner(leaf.bounds)) };
        const within = inside ? { layers: [...inside].reverse().map(textsOf) } : {};
        return { id, ...texts, ...named, ...within };
      };
      return { index, layers: [...layers].reverse().map(textsOf) };
    });
  }

  /**
   * @param {number} id document
   * @param {Run} run
   * @param {Place} place
   * @param {string} index the document's list of runs, as JSON
   * @param {Input[]} inputs the images it is made from, kept as hidden layers
   * @param {import("../types/panel").Keep} [keep] which of its steps become layers
   * @param {() => Beside} [besideNow] once it is its turn
   * @returns {Promise<number>} the group's id
   */
  function openGroup(id, run, place, index, inputs, keep = "all", besideNow = ALONE) {
    return modal.change(id, t("painting.name", { number: run.number }), async () => {
      const document = documentById(id);
      requireDepth(document);
      const beside = besideNow();
      return notes.asBefore(document, async () => {
        const group = await document.createLayerGroup({ name: groupName(run) });
        if (!group) throw new Error(t("layer.noGroup"));
        const { PLACEBEFORE, PLACEAFTER } = constants.ElementPlacement;
        const tree = await treeOf(document, id);
        if (beside.seen === "front") looking.giveBack(tree); // before anything moves in it
        const leaves = flat(tree.layers);
        const over = leaves.filter((leaf) => beside.over.includes(leaf.id)).pop();
        const lower = [place.above, ...beside.under];
        const under = leaves.find((leaf) => lower.includes(leaf.id)) || tree.layers[0];
        const next = over || under;
        const there = next && next.id !== group.id ? tree.own(root(next)) : null;
        if (there) group.move(there, over ? PLACEAFTER : PLACEBEFORE);
        lift(document, group, constants.ElementPlacement);
        if (beside.seen === "behind") looking.keepBehind(id, group);
        const { left, top } = place;
        const budget = keep === "all" ? {} : { keep };
        await notes.write(id, group.id, { v: 1, run: run.id, ...budget, left, top });
        if (inputs.length > 0) await putInputs(document, group, run, place, inputs);
        await notes.setOpen(id, group.id, false);
        await notes.writeIndex(id, index);
        return group.id;
      });
    });
  }

  /**
   * What can be known of step layers without a modal scope.
   *
   * @param {number} id document
   * @param {number[]} wanted layers
   * @param {Tree} [seen] as it was just read
   */
  const census = async (id, wanted, seen) =>
    sight.census(seen || (await treeOf(documentById(id), id)), wanted);

  /**
   * The history state the painter went back to; null: nothing is undone. A write would take their
   * way forward again from them.
   *
   * @param {number} id document
   * @returns {number | null}
   */
  function undoneTo(id) {
    const { historyStates, activeHistoryState } = documentById(id);
    const now = activeHistoryState.id;
    return historyStates[historyStates.length - 1].id === now ? null : now;
  }

  /** @param {number} id document */
  const historyState = (id) => documentById(id).activeHistoryState.id;

  /** What a stroke may change: active layers, what is in them, and the groups they lie in. */
  function touchable() {
    const active = listed(app.activeDocument?.activeLayers);
    const homes = active.flatMap((layer) => groupsOf(layer));
    return [...homes, ...flat(active)].map(({ id }) => id);
  }

  /**
   * Changes when layers come, go, change their order, are hidden or shown.
   *
   * @param {Tree} tree
   * @param {number | null} layer with where its pixels lie, and what is in it; null: all layers
   */
  function outlineOf(tree, layer) {
    if (layer === null) return outline(tree.layers);
    const found = leafById(tree, layer);
    if (!found) return "";
    const bounds = flat([found]).map(({ bounds: { left, top, right, bottom } }) =>
      [left, top, right, bottom].join(),
    );
    return `${outline([found])} ${bounds.join(";")}`;
  }

  return {
    ...makeReading({ ...parts, app }),
    openDocuments: () => listed(app.documents).map((document) => document.id),
    /** With what is in them: a group's move moves its layers. */
    activeLayers: () => flat(listed(app.activeDocument?.activeLayers)).map(({ id }) => id),
    ...makeStepLayers(parts),
    show: looking.show,
    choose: looking.choose,
    uncover: looking.uncover,
    cover: coverOf,
    ...makeClearing(parts),
    ...makeMix(parts),
    ...makeRegionLayers({ ...parts, app }),
    ...inputLayers,
    texts,
    openGroup,
    census,
    history,
    /** All layers as they are now. @param {number} id document */
    treeOf: async (id) => treeOf(documentById(id), id),
    /** Notes may have changed with the history. */
    forgetNotes: notes.forget,
    /** @param {number} id a document that was closed */
    forget(id) {
      notes.forget(id);
      trees.forget(id);
      looking.forget(id);
    },
    undoneTo,
    historyState,
    touchable,
    outline: outlineOf,
    inStroke: modal.inStroke,
    /** Whether the panel has Photoshop to itself: what is active may be its own doing. */
    atWork: modal.atWork,
  };
}

/** @type {() => Beside} */
const ALONE = () => ({ under: [], over: [], seen: "front" });

/** A note that may be a run's; regions have others. @param {string | null} text */
const ofARun = (text) => (text && /"run"\s*:/.test(text) ? text : null);

/** @param {import("../types/panel").Rect} bounds */
const corner = ({ left, top }) => ({ left: Math.round(left), top: Math.round(top) });

module.exports = { makeLayers };
