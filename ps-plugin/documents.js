"use strict";

/**
 * Keeps an eye on Photoshop's documents: which is in front, what of ours a newly opened one holds,
 * which step layers were painted on. There is no event for changing tabs, so it looks twice a
 * second; pixels are compared only after the history moved, and never in the middle of a stroke.
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {import("./types/panel").Papers} Papers
 * @typedef {import("./types/panel").PanelEvent} PanelEvent
 */

const { runOf } = require("./state.js");
const { imageId } = require("./sha256.js");
const { shrunk } = require("./pixels.js");
const { THUMB } = require("./arrivals.js");
const { t } = require("./texts.js");

const LOOK = 500; // milliseconds between two looks at the open documents
const SETTLE = 600; // milliseconds of quiet after a change before pixels are compared

/**
 * @param {object} parts
 * @param {import("./types/panel").Store} parts.store
 * @param {ReturnType<import("./layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("./thumbs.js").makeThumbs>} parts.thumbs
 * @param {typeof import("photoshop").action} parts.action
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeDocuments({ store, layers, thumbs, action, wait }) {
  let stopped = false;
  /** @type {Set<number>} documents being scanned */
  const scanning = new Set();
  let changes = 0;

  async function live() {
    const moved = () => void compareSoon();
    await action.addNotificationListener(["historyStateChanged"], moved);
    while (!stopped) {
      try {
        look();
      } catch {
        // A document that closes in the middle of a look: the next one sees what is left.
      }
      await wait(LOOK);
    }
    await action.removeNotificationListener(["historyStateChanged"], moved);
  }

  function look() {
    const document = layers.current();
    const { document: known, papers } = store.state();
    if (JSON.stringify(document) !== JSON.stringify(known)) {
      store.dispatch({ type: "document", document });
    }
    const open = layers.openDocuments();
    for (const id of Object.keys(papers).map(Number)) {
      if (!open.includes(id)) store.dispatch({ type: "closed", document: id });
    }
    if (document && !papers[document.id] && !scanning.has(document.id)) void scan(document.id);
  }

  /** @param {number} id a document that was opened */
  async function scan(id) {
    scanning.add(id);
    try {
      const { found, index } = await layers.scan(id);
      const { runs, steps } = parsedIndex(index);
      store.dispatch({ type: "opened", document: id, papers: papersOf(found), runs, steps });
      await compare(id, Object.keys(store.state().papers[id]?.layers || {}));
    } catch (error) {
      tell(error);
    } finally {
      scanning.delete(id);
    }
  }

  async function compareSoon() {
    const mine = (changes += 1);
    await wait(SETTLE);
    if (mine !== changes || stopped) return; // a later change waits for its own quiet
    look();
    if (layers.inStroke()) return void compareSoon();
    const { document, papers } = store.state();
    if (!document || !papers[document.id]) return;
    const active = layers.activeLayers();
    const notes = Object.entries(papers[document.id].layers);
    // A stroke lands on an active layer; undoing one may leave another layer active.
    const steps = notes
      .filter(([, note]) => note.painted || active.includes(note.layer))
      .map(([step]) => step);
    try {
      await compare(document.id, steps);
    } catch (error) {
      tell(error);
    }
  }

  /**
   * Marks the step layers whose pixels are not those handed out.
   *
   * @param {number} id
   * @param {string[]} steps
   */
  async function compare(id, steps) {
    const before = store.state();
    const papers = before.papers[id];
    const known = steps.filter(
      (step) => before.runs[runOf(step)] && papers?.layers[step].layer >= 0,
    );
    if (!papers || known.length === 0) return;
    const wanted = known.map((step) => {
      const { width, height } = before.runs[runOf(step)].recipe;
      const place = papers.places[runOf(step)] || { left: 0, top: 0, above: null };
      return { layer: papers.layers[step].layer, place, width, height };
    });
    const pictures = await layers.readSteps(id, wanted);
    /** @type {Papers["layers"]} */
    const changed = {};
    known.forEach((step, i) => {
      const note = store.state().papers[id]?.layers[step];
      const picture = pictures[i];
      if (!note || note.image !== papers.layers[step].image) return; // refined in the meantime
      const painted = picture !== null && imageId(picture) !== note.image;
      const layer = picture === null ? -1 : note.layer;
      if (painted !== note.painted || layer !== note.layer)
        changed[step] = { ...note, layer, painted };
      const stale = painted || note.painted || !store.state().thumbs[step];
      if (picture && stale) thumbs.put(step, shrunk(picture, THUMB));
    });
    if (Object.keys(changed).length > 0) {
      store.dispatch({ type: "layered", document: id, layers: changed });
    }
  }

  /** @param {unknown} error */
  function tell(error) {
    const why = /** @type {Error} */ (error).message;
    const text = t("document.unread", { why });
    store.dispatch({ type: "said", notice: { kind: "error", text } });
  }

  return {
    start: () => void live(),
    stop() {
      stopped = true;
    },
    look,
  };
}

/**
 * @param {{layer: number, group: boolean, note: import("./notes.js").LayerText}[]} found
 * @returns {Papers}
 */
function papersOf(found) {
  /** @type {Papers} */
  const papers = { runs: [], places: {}, groups: {}, layers: {}, inputs: [] };
  for (const { layer, group, note } of found) {
    const { run, step, left = 0, top = 0 } = note;
    if (!papers.runs.includes(run)) papers.runs.push(run);
    if (note.input && note.image) papers.inputs.push(note.image);
    if (note.input) continue;
    if (group) papers.groups[run] = layer;
    if (group || !papers.places[run]) papers.places[run] = { left, top, above: null };
    if (!step || papers.layers[step]) continue; // the first of a duplicated layer counts
    const quality = note.quality || "full";
    papers.layers[step] = { layer, image: note.image || "", quality, painted: false };
  }
  return papers;
}

/** @param {string | null} json the document's own list */
function parsedIndex(json) {
  try {
    const { v, runs, steps } = JSON.parse(json || "{}");
    if (v === 1 && Array.isArray(runs) && Array.isArray(steps)) return { runs, steps };
  } catch {
    // A packet that another program cut short: the layers' own notes have to do.
  }
  return { runs: [], steps: [] };
}

module.exports = { makeDocuments, papersOf };
