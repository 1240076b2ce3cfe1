"use strict";

/**
 * The only code that touches a document.
 *
 * current, readSource, readSelection   what a run starts from: see reading.js
 * scan                                 the runs and step layers a document holds, by their notes
 * openGroup                            a run's collapsed group
 * putSteps, show, sights               see step_layers.js
 * removeRun, bake                      see clearing.js
 * readInputs, relabel                  see inputs.js
 * readMix                              a painting's layers as they are seen together: see mix.js
 * findRegions, readMasks, ...          see region_layers.js
 * census                               which step layers are there, and where
 * undoneTo, historyState               whether the painter is back in the history
 * touchable, outline                   what a stroke may have changed, what shows from outside
 *
 * Every read says where Photoshop found pixels (it trims), every write goes to that place. The
 * painter's active layers are put back before a modal scope ends; selection and tool are never
 * touched.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("./types/panel").Place} Place
 * @typedef {import("./types/wire").Run} Run
 * @typedef {import("./inputs.js").Input} Input
 */

const { makeReading } = require("./reading.js");
const { makeStepLayers } = require("./step_layers.js");
const { makeClearing } = require("./clearing.js");
const { makeInputs } = require("./inputs.js");
const { makeCompany } = require("./company.js");
const { makeComposing } = require("./composing.js");
const { makeMix } = require("./mix.js");
const { makeRegionLayers } = require("./region_layers.js");
const { makeSight } = require("./sight.js");
const { makeSurface } = require("./surface.js");
const { flat, layerById, lift, root, groupsOf, groupName, outline } = require("./tree.js");
const { makeNotes } = require("./notes.js");
const { makeModal } = require("./modal.js");
const { t } = require("./texts.js");

/**
 * @param {typeof import("photoshop")} photoshop
 * @param {(milliseconds: number) => Promise<void>} wait
 */
function makeLayers(photoshop, wait) {
  const { app, core, action, constants, imaging } = photoshop;
  const modal = makeModal({ app, core, action, wait });
  const notes = makeNotes(action);
  const surface = makeSurface(imaging);
  const composing = makeComposing({ constants, surface, notes });
  const company = makeCompany({ constants, notes });
  const sight = makeSight({ surface, notes, composing, company });

  /** @param {number} id */
  function documentById(id) {
    const document = [...app.documents].find((open) => open.id === id);
    if (!document) throw new Error(t("document.closed"));
    return document;
  }

  const parts = { constants, surface, notes, sight, composing, modal, documentById };
  const { putInputs, ...inputLayers } = makeInputs(parts);

  /**
   * Layers by their notes, not by name or remembered id: both change when files travel.
   *
   * @param {number} id document
   */
  function scan(id) {
    return modal.look(t("history.scan"), async () => {
      const document = documentById(id);
      const all = flat([...document.layers]);
      const texts = await notes.read(
        id,
        all.map((layer) => layer.id),
      );
      const found = all.flatMap((layer, i) => {
        const note = texts[i];
        return note
          ? [{ layer: layer.id, group: layer.kind === constants.LayerKind.GROUP, note }]
          : [];
      });
      return { found, index: await notes.readIndex(id) };
    });
  }

  /**
   * @param {number} id document
   * @param {Run} run
   * @param {Place} place
   * @param {string} index the document's list of runs, as JSON
   * @param {Input[]} inputs the images it is made from, kept as hidden layers
   * @param {import("./types/panel").Keep} [keep] which of its steps become layers
   * @returns {Promise<number>} the group's id
   */
  function openGroup(id, run, place, index, inputs, keep = "all") {
    return modal.change(id, t("painting.name", { number: run.number }), async () => {
      const document = documentById(id);
      return notes.asBefore(document, async () => {
        const group = await document.createLayerGroup({ name: groupName(run) });
        if (!group) throw new Error(t("layer.noGroup"));
        const { PLACEBEFORE } = constants.ElementPlacement;
        const under = layerById(document, place.above) || [...document.layers][0];
        if (under && under.id !== group.id) group.move(root(under), PLACEBEFORE);
        lift(document, group, constants.ElementPlacement);
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
   */
  const census = (id, wanted) => sight.census(documentById(id), wanted);

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
    const active = [...(app.activeDocument?.activeLayers || [])];
    const homes = active.flatMap((layer) => groupsOf(layer));
    return [...homes, ...flat(active)].map(({ id }) => id);
  }

  /**
   * Changes when layers come, go, change their order, are hidden or shown.
   *
   * @param {number} id document
   * @param {number | null} layer with where its pixels lie, and what is in it; null: all layers
   */
  function outlineOf(id, layer) {
    const document = documentById(id);
    if (layer === null) return outline([...document.layers]);
    const found = layerById(document, layer);
    if (!found) return "";
    const bounds = flat([found]).map(({ bounds: { left, top, right, bottom } }) =>
      [left, top, right, bottom].join(),
    );
    return `${outline([found])} ${bounds.join(";")}`;
  }

  return {
    ...makeReading({ app, constants, surface, modal, documentById }),
    openDocuments: () => [...app.documents].map((document) => document.id),
    /** With what is in them: a group's move moves its layers. */
    activeLayers: () => flat([...(app.activeDocument?.activeLayers || [])]).map(({ id }) => id),
    ...makeStepLayers(parts),
    ...makeClearing(parts),
    ...makeMix(parts),
    ...makeRegionLayers({ ...parts, app }),
    ...inputLayers,
    scan,
    openGroup,
    census,
    undoneTo,
    historyState,
    touchable,
    outline: outlineOf,
    inStroke: modal.inStroke,
  };
}

module.exports = { makeLayers };
