"use strict";

/**
 * Brings steps into their documents: whatever has no layer yet, in order, in batches; then better
 * pictures of layers nobody painted on. It pulls, so a slow Photoshop is its own brake, and it
 * works from what is missing, so nothing is lost by a reload, a reconnection or a refused write.
 *
 * nextBatch(state)         what to bring next, null when all is there
 * makeArrivals(parts)      wake() to look again
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {import("./types/panel").StepView} StepView
 * @typedef {import("./types/panel").RunView} RunView
 * @typedef {import("./types/panel").Papers} Papers
 *
 * @typedef {object} Batch
 * @property {number} document
 * @property {RunView} run
 * @property {StepView[]} steps
 * @property {boolean} fresh new layers, not better pictures for old ones
 */

const { stepsOf, better, BLANK } = require("./state.js");
const { shrunk } = require("./pixels.js");
const { t } = require("./texts.js");

const BATCH_BYTES = 64 * 2 ** 20; // pixels in memory at once; Photoshop warns a plugin at 600 MB
const THUMB = 88; // pixels: 44 on a screen of double density
const AGAIN = 3000; // milliseconds after a failure

/** @param {State} state @returns {Batch | null} */
function nextBatch(state) {
  /** @type {Batch | null} */
  let refinement = null;
  for (const [id, papers] of Object.entries(state.papers)) {
    const runs = papers.runs.map((run) => state.runs[run]).filter((run) => run && !run.elsewhere);
    const painting = runs.some((run) => run.state === "running" || run.state === "queued");
    for (const run of runs) {
      const over = run.state !== "running" && run.state !== "queued";
      if (!over && state.settings.together && run.id in papers.groups) continue;
      const steps = stepsOf(state, run.id);
      const missing = steps.filter((step) => !(step.id in papers.layers));
      const due = over || !state.settings.together;
      if (!(run.id in papers.groups) || (due && missing.length > 0)) {
        return { document: Number(id), run, steps: due ? cut(run, missing) : [], fresh: true };
      }
      const rough = painting ? [] : steps.filter((step) => isRough(papers, step));
      if (rough.length > 0 && !refinement) {
        refinement = { document: Number(id), run, steps: cut(run, rough), fresh: false };
      }
    }
  }
  return refinement;
}

/** @param {Papers} papers @param {StepView} step */
function isRough(papers, step) {
  const note = papers.layers[step.id];
  return note && note.layer >= 0 && !note.painted && better(step.quality, note.quality);
}

/** @param {RunView} run @param {StepView[]} steps */
function cut(run, steps) {
  const bytes = run.recipe.width * run.recipe.height * 4;
  return steps.slice(0, Math.max(1, Math.floor(BATCH_BYTES / bytes)));
}

/**
 * @param {object} parts
 * @param {import("./types/panel").Store} parts.store
 * @param {ReturnType<import("./bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("./layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("./thumbs.js").makeThumbs>} parts.thumbs
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeArrivals({ store, bridge, layers, thumbs, wait }) {
  let running = false;

  async function drain() {
    running = true;
    while (store.state().connection.status === "open") {
      const batch = nextBatch(store.state());
      if (!batch) break;
      try {
        await bring(batch);
      } catch (error) {
        const why = /** @type {Error} */ (error).message;
        if (!layers.openDocuments().includes(batch.document)) {
          store.dispatch({ type: "closed", document: batch.document });
          continue;
        }
        // Between connection and disconnection a fetch may fail: no news for the painter.
        if (store.state().connection.status !== "open") break;
        const text = t("layer.unwritten", { why });
        store.dispatch({ type: "said", notice: { kind: "error", text } });
        await wait(AGAIN);
      }
    }
    running = false;
  }

  /** @param {Batch} batch */
  async function bring({ document, run, steps, fresh }) {
    const papers = () => store.state().papers[document] || BLANK;
    const place = papers().places[run.id] || { left: 0, top: 0, above: null };
    if (!(run.id in papers().groups)) {
      const json = indexOf(store.state(), document);
      const inputs = await inputsOf(run, papers());
      const group = await layers.openGroup(document, run, place, json, inputs);
      const ids = inputs.map(({ id }) => id);
      store.dispatch({ type: "grouped", document, run: run.id, group, inputs: ids });
      return;
    }
    const arrivals = [];
    for (const step of steps) {
      const { picture, quality } = await bridge.picture(step.id, fresh ? "best" : "full");
      thumbs.put(step.id, shrunk(picture, THUMB));
      arrivals.push({ step, picture, quality, note: papers().layers[step.id] || null });
    }
    const { selected } = store.state();
    const looking = selected !== null && store.state().steps[selected]?.run === run.id;
    const showLast = fresh && !looking;
    /** @param {Papers["layers"]} written */
    const index = (written) => indexOf(store.state(), document, written);
    const line = { run, group: papers().groups[run.id], place, showLast, index };
    const written = await layers.putSteps(document, line, arrivals);
    for (const picture of written.changed) await bridge.putImage(picture);
    store.dispatch({ type: "layered", document, layers: written.layers });
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

  return {
    wake() {
      if (!running) void drain();
    },
  };
}

/**
 * The images that decide a run, by the field that names them.
 *
 * @param {RunView} run
 * @returns {[string, string][]}
 */
function inputsNamed({ recipe, rewind }) {
  /** @type {[string, string | null | undefined][]} */
  const named = [
    ["init_image", recipe.init_image],
    ["mask", recipe.mask],
    ["rewind.mask", rewind?.mask],
    ["rewind.edit", rewind?.edit],
    ["rewind.handed", rewind?.handed],
  ];
  return named.flatMap(([name, id]) => (id ? [[name, id]] : []));
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
    const { position, secondsLeft, elsewhere, ...run } = state.runs[id];
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

module.exports = { nextBatch, makeArrivals, indexOf, THUMB };
