"use strict";

/**
 * Brings steps into their documents: whatever has no layer yet, in order, in batches; then better
 * pictures of layers nobody painted on. It pulls, so a slow Photoshop is its own brake, and it
 * works from what is missing, so nothing is lost by a reload, a reconnection or a refused write.
 * Only the document in front is written to: a layer that is made in another one becomes the active
 * one there, and Photoshop's `select` reaches the document in front alone.
 *
 * nextBatch(state)         what to bring next, null when all is there
 * makeArrivals(parts)      wake() to look again
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").StepView} StepView
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/panel").Papers} Papers
 *
 * @typedef {object} Batch
 * @property {number} document
 * @property {RunView} run
 * @property {StepView[]} steps
 * @property {boolean} fresh new layers, not better pictures for old ones
 */

const { isKept } = require("../state/budget.js");
const { Behind, BUSY } = require("../photoshop/modal.js");
const { at } = require("../state/fields.js");
const { IMAGES } = require("../state/recipe_fields.js");
const { besideOf } = require("../state/stacking.js");
const { stepsOf, better, BLANK } = require("../state/state.js");
const { shrunk } = require("../pixels/pixels.js");
const { t } = require("../words/texts.js");

const BATCH_BYTES = 64 * 2 ** 20; // pixels in memory at once; Photoshop warns a plugin at 600 MB
const THUMB = 88; // pixels: 44 on a screen of double density
const REST = 1000; // milliseconds after a failure; twice as long after each further one
const TRIES = 5; // then it stops with a sentence: whatever refuses will not change by itself
const UNDOING = 10000; // milliseconds for a painter who went back in the history to go forward again

/**
 * @param {State} state
 * @param {Set<string>} [resting] keys of what has just failed
 * @returns {Batch | null}
 */
function nextBatch(state, resting = NOTHING) {
  const { document } = state;
  const papers = document && state.papers[document.id];
  if (!papers) return null;
  /** @type {Batch | null} */
  let refinement = null;
  const runs = papers.runs.map((run) => state.runs[run]).filter((run) => run && !run.elsewhere);
  const painting = runs.some((run) => !isOver(run));
  for (const run of runs) {
    if (run.id in papers.stuck || resting.has(keyOf(document.id, run.id))) continue;
    const steps = stepsOf(state, run.id);
    const missing = missingOf(state, papers, run, steps);
    const homeless = !(run.id in papers.groups);
    if (homeless || missing.length > 0) {
      return { document: document.id, run, steps: cut(run, missing), fresh: true };
    }
    const rough = painting ? [] : steps.filter((step) => isRough(papers, step));
    if (rough.length > 0 && !refinement) {
      refinement = { document: document.id, run, steps: cut(run, rough), fresh: false };
    }
  }
  return refinement;
}

/** The painter went back in the history a moment ago. */
class Undoing extends Error {}

/** @type {Set<string>} */
const NOTHING = new Set();

/** @param {string | number} document @param {string} run */
function keyOf(document, run) {
  return `${document} ${run}`;
}

/** @param {RunView} run */
function isOver(run) {
  return run.state !== "running" && run.state !== "queued";
}

/**
 * Steps that shall be layers and are not: what is kept of the run, and what the painter asked for.
 *
 * @param {State} state
 * @param {Papers} papers
 * @param {RunView} run
 * @param {StepView[]} steps
 */
function missingOf({ settings }, papers, run, steps) {
  const over = isOver(run);
  if (steps.length === 0 || (settings.together && !over)) return [];
  const keep = papers.keeps[run.id] ?? "all";
  const newest = steps[steps.length - 1].index;
  return steps.filter(({ id, index }) => {
    if (id in papers.layers) return false;
    if (papers.wished.includes(id) || (over && index === newest)) return true;
    return isKept(keep, index, steps[0].index, Math.max(run.last, newest));
  });
}

/** @param {Papers} papers @param {StepView} step */
function isRough(papers, step) {
  const note = papers.layers[step.id];
  const untouched = note && note.layer >= 0 && !note.painted && !note.mark;
  return untouched && better(step.quality, note.quality);
}

/** @param {RunView} run @param {StepView[]} steps */
function cut(run, steps) {
  const bytes = run.recipe.width * run.recipe.height * 4;
  return steps.slice(0, Math.max(1, Math.floor(BATCH_BYTES / bytes)));
}

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("./thumbs.js").makeThumbs>} parts.thumbs
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 * @param {() => void} parts.landed layers were made: the painter may have touched them already
 */
function makeArrivals({ store, bridge, layers, thumbs, wait, landed }) {
  let running = false;
  /** @type {Set<string>} */
  const resting = new Set();
  /** @type {Map<string, number>} failures in a row, by key */
  const failures = new Map();
  /** @type {import("../types/panel").Picture[]} read back from layers; not at the bridge yet */
  const unsent = [];
  /** @type {Map<number, number>} the history state that was waited at, by document */
  const waitedAt = new Map();

  async function drain() {
    running = true;
    while (store.state().connection.status === "open") {
      const batch = nextBatch(store.state(), resting);
      if (!batch) break;
      const key = keyOf(batch.document, batch.run.id);
      try {
        letUndo(batch.document);
        await send();
        await bring(batch);
        failures.delete(key);
      } catch (error) {
        if (!layers.openDocuments().includes(batch.document)) {
          store.dispatch({ type: "closed", document: batch.document });
          continue;
        }
        // Between connection and disconnection a fetch may fail: no news for the painter.
        if (store.state().connection.status !== "open") break;
        if (error instanceof Undoing) rest(key, UNDOING);
        else if (error instanceof Behind) rest(key, REST);
        else failed(batch, /** @type {Error} */ (error));
      }
    }
    running = false;
  }

  /**
   * Whoever went back in the history wants to go forward again, and a write would cut that off;
   * each stop on the way is waited at once.
   *
   * @param {number} document
   * @throws {Undoing}
   */
  function letUndo(document) {
    const now = layers.undoneTo(document);
    if (now === null || waitedAt.get(document) === now) return;
    waitedAt.set(document, now);
    throw new Undoing();
  }

  /** Meanwhile the other runs and documents go on. @param {string} key @param {number} time */
  function rest(key, time) {
    resting.add(key);
    void wait(time).then(() => {
      resting.delete(key);
      wake();
    });
  }

  /** @param {Batch} batch @param {Error & {number?: number, locked?: boolean}} error */
  function failed({ document, run }, { message, number, locked = false }) {
    const key = keyOf(document, run.id);
    const times = (failures.get(key) || 0) + (number === BUSY ? 0 : 1);
    failures.set(key, times);
    if (times < TRIES && !locked) return rest(key, REST * 2 ** times);
    failures.delete(key);
    const text = t("layer.stuck", { number: run.number, why: message });
    store.dispatch({ type: "stuck", document, run: run.id, text, locked });
    store.dispatch({ type: "said", notice: { kind: "error", text } });
  }

  function wake() {
    if (!running) void drain();
  }

  async function send() {
    while (unsent.length > 0) {
      await bridge.putImage(unsent[0]);
      unsent.shift();
    }
  }

  /** @param {Batch} batch */
  async function bring({ document, run, steps, fresh }) {
    const papers = () => store.state().papers[document] || BLANK;
    const place = papers().places[run.id] || { left: 0, top: 0, above: null };
    if (!(run.id in papers().groups)) {
      const json = indexOf(store.state(), document);
      const inputs = await inputsOf(run, papers());
      const keep = papers().keeps[run.id] ?? "all";
      letUndo(document); // who may have gone back while the images came
      const beside = () => besideOf(store.state(), papers(), run);
      const group = await layers.openGroup(document, run, place, json, inputs, keep, beside);
      const ids = inputs.map(({ id }) => id);
      store.dispatch({ type: "grouped", document, run: run.id, group, inputs: ids });
      landed();
      return;
    }
    const arrivals = [];
    for (const step of steps) {
      const { picture, quality } = await bridge.picture(step.id, fresh ? "best" : "full");
      thumbs.put(step.id, shrunk(picture, THUMB));
      arrivals.push({ step, picture, quality, note: papers().layers[step.id] || null });
    }
    letUndo(document);
    const { selected, steps: all } = store.state();
    const looking = selected !== null && all[selected]?.run === run.id;
    const mine = stepsOf(store.state(), run.id).map(({ id }) => papers().layers[id]?.layer ?? -1);
    /** @param {Papers["layers"]} written */
    const index = (written) => indexOf(store.state(), document, written);
    const line = {
      run,
      group: papers().groups[run.id],
      place,
      showLast: fresh && !looking,
      siblings: mine.filter((layer) => layer >= 0),
      index,
    };
    const written = await layers.putSteps(document, line, arrivals);
    // At once: whatever fails from here on, these layers are there and must not be made again.
    store.dispatch({ type: "layered", document, layers: written.layers });
    landed();
    unsent.push(...written.changed);
    await send();
  }

  /**
   * What a run is made from, as far as the document does not hold it yet.
   *
   * @param {RunView} run
   * @param {Papers} papers
   */
  async function inputsOf(run, papers) {
    const inputs = [];
    for (const [name, id] of inputsNamed(run)) {
      if (papers.inputs.includes(id)) continue;
      const picture = await bridge.image(id);
      if (picture) inputs.push({ name, id, picture });
    }
    return inputs;
  }

  return { wake };
}

/**
 * The images that decide a run, by the field that names them.
 *
 * @param {Pick<RunView, "recipe" | "rewind">} run
 * @returns {[string, string][]}
 */
function inputsNamed({ recipe, rewind }) {
  /** @type {[string, string][]} */
  const found = [];
  for (const path of IMAGES) {
    at(path, { ...recipe, rewind }, (id, name) => {
      found.push([name, id]);
      return id;
    });
  }
  return found;
}

/**
 * All a replay elsewhere needs: what the document's XMP says of its runs and steps.
 *
 * @param {State} state
 * @param {number} document
 * @param {Papers["layers"]} [written] layers the state has not heard of yet
 * @returns {string} JSON
 */
function indexOf(state, document, written = {}) {
  const papers = state.papers[document] || BLANK;
  const layers = { ...papers.layers, ...written };
  const runs = papers.runs.flatMap((id) => {
    if (!state.runs[id]) return [];
    const { secondsLeft, elsewhere, again, ...run } = state.runs[id];
    return [run];
  });
  const steps = papers.runs.flatMap((id) =>
    stepsOf(state, id).flatMap(({ quality, ...step }) => {
      const image = layers[step.id]?.image;
      return image ? [{ ...step, image }] : [];
    }),
  );
  return JSON.stringify({ v: 1, runs, steps });
}

module.exports = { nextBatch, makeArrivals, inputsNamed, indexOf, THUMB };
