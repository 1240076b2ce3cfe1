"use strict";

/**
 * What the buttons do: store, bridge, layers and documents wired together, without a DOM.
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {import("./types/panel").PanelEvent} PanelEvent
 * @typedef {import("./types/panel").Settings} Settings
 * @typedef {import("./types/panel").Place} Place
 * @typedef {import("./types/wire").Recipe} Recipe
 * @typedef {import("./types/wire").Rewind} Rewind
 *
 * @typedef {object} World
 * @property {typeof import("photoshop")} photoshop
 * @property {import("./types/panel").Shelf} secureStorage
 * @property {typeof fetch} fetch
 * @property {(url: string) => WebSocket} socket
 * @property {(milliseconds: number) => Promise<void>} wait
 * @property {() => number} random 0..1
 * @property {(png: Uint8Array) => string} urlOf
 * @property {(url: string) => void} revoke
 * @property {string} [locale] the host's language, such as "de_DE"
 */

const { initial, reduce, runOf } = require("./state.js");
const { createStore } = require("./store.js");
const { makeBridge } = require("./bridge.js");
const { makeLayers } = require("./layers.js");
const { makeArrivals, indexOf } = require("./arrivals.js");
const { makeDocuments } = require("./documents.js");
const { makeThumbs } = require("./thumbs.js");
const { imageId } = require("./sha256.js");
const { isEmpty } = require("./pixels.js");
const { onwardOf } = require("./timeline.js");
const { latest } = require("./latest.js");
const keeping = require("./keeping.js");
const { t, use } = require("./texts.js");

const SEEDS = 2 ** 32;

/** @param {World} world */
function makePanel(world) {
  /** @type {ReturnType<typeof createStore<State, PanelEvent>>} */
  const store = createStore(reduce, initial);
  const { dispatch, state } = store;
  const bridge = makeBridge(world, {
    event: dispatch,
    connection: (connection) => dispatch({ type: "connection", connection }),
  });
  const layers = makeLayers(world.photoshop, world.wait);
  const thumbs = makeThumbs({ store, fetchThumbnail: bridge.thumbnail, ...world });
  const arrivals = makeArrivals({ store, bridge, layers, thumbs, wait: world.wait });
  const { action } = world.photoshop;
  const documents = makeDocuments({ store, layers, thumbs, action, wait: world.wait });
  /** @type {Set<string>} runs the bridge was told to keep for open documents */
  const kept = new Set();

  const speak = () => use(state().settings.language, world.locale);
  speak();
  store.subscribe(speak); // before the view hears of the same event
  store.subscribe(() => {
    arrivals.wake();
    thumbs.wake();
    keepWhatIsOpen();
  });

  async function start() {
    const { settings, token, address } = await keeping.load(world.secureStorage);
    if (settings) dispatch({ type: "settings", settings });
    keeping.saveSoon(store, world);
    bridge.start(address, token);
    documents.start();
  }

  /** What lies in an open document must not fall to the bridge's quota. */
  function keepWhatIsOpen() {
    const { papers, runs, connection } = state();
    if (connection.status !== "open") return;
    const here = new Set(Object.values(papers).flatMap((paper) => paper.runs));
    for (const run of here) {
      if (!runs[run] || runs[run].elsewhere || kept.has(run)) continue;
      kept.add(run);
      bridge.send({ type: "keep", run, keep: true });
    }
    for (const run of kept) {
      if (here.has(run)) continue;
      kept.delete(run);
      bridge.send({ type: "keep", run, keep: false });
    }
  }

  /**
   * Runs one act of the painter; whatever goes wrong becomes a sentence.
   *
   * @param {string} doing
   * @param {() => Promise<void>} act
   */
  async function attempt(doing, act) {
    dispatch({ type: "busy", text: doing });
    try {
      await act();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      dispatch({ type: "said", notice: { kind: "error", text: message } });
    } finally {
      dispatch({ type: "busy", text: "" });
    }
  }

  const generate = () =>
    attempt(t("paint.reading"), async () => {
      const document = opened();
      const { settings, model } = state();
      const source = await sourceOf(document.id, settings);
      const seed = settings.seedKept ? settings.seed : Math.floor(world.random() * SEEDS);
      dispatch({ type: "settings", settings: { seed } });
      /** @type {Recipe} */
      const recipe = {
        ...source.images,
        width: source.width,
        height: source.height,
        prompt: settings.prompt,
        negative_prompt: settings.negative_prompt,
        num_inference_steps: settings.steps,
        guidance_scale: settings.guidance_scale ?? model?.guidance_scale ?? 3,
        seed,
        sampler: settings.sampler,
        ...(model && { model: model.name }),
      };
      const request = newRequest();
      dispatch({ type: "asked", request, document: document.id, place: source.place });
      dispatch({ type: "selected", step: null });
      bridge.send({ type: "generate", request, recipe });
    });

  function opened() {
    layers.current(); // a closed document fails here, with its own words
    documents.look();
    const { document } = state();
    if (!document) throw new Error(t("document.none"));
    if (document.mode !== "RGB") {
      throw new Error(t("document.mode"));
    }
    return document;
  }

  /** @param {number} id @param {Settings} settings */
  async function sourceOf(id, settings) {
    const { source, strength, where } = settings;
    if (source === "nothing") {
      const { width, height } = opened();
      /** @type {Place} */
      const place = { left: 0, top: 0, above: null };
      return { width, height, place, images: {} };
    }
    const { picture, place } = await layers.readSource(id, source);
    const { width, height } = picture;
    const rect = {
      left: place.left,
      top: place.top,
      right: place.left + width,
      bottom: place.top + height,
    };
    const mask = where === "selection" ? await layers.readSelection(id, rect) : null;
    if (mask && isEmpty(mask)) throw new Error(t("selection.empty"));
    const init_image = await bridge.putImage(picture);
    const images = { init_image, strength, ...(mask && { mask: await bridge.putImage(mask) }) };
    return { width, height, place, images };
  }

  const rewind = () =>
    attempt(t("paint.readingStep"), async () => {
      const onward = onwardOf(state());
      if (!onward) throw new Error(t("step.choose"));
      const { step, run } = onward;
      if (run.elsewhere) {
        throw new Error(t("step.elsewhere"));
      }
      const document = opened();
      const papers = state().papers[document.id];
      const place = papers.places[run.id] || { left: 0, top: 0, above: null };
      const edit = await editOf(document.id, step.id, place);
      const changes = changesOf(run.recipe);
      const request = newRequest();
      const branchPlace = { ...place, above: papers.groups[run.id] ?? null };
      dispatch({ type: "asked", request, document: document.id, place: branchPlace });
      const recipe = changes && { ...run.recipe, ...changes };
      const how = await rewindOf(document.id, edit, recipe !== null);
      bridge.send({ type: "continue", request, step: step.id, rewind: how, recipe });
    });

  /**
   * What the painter painted on a step.
   *
   * @param {number} id
   * @param {string} step
   * @param {Place} place
   */
  async function editOf(id, step, place) {
    const note = state().papers[id].layers[step];
    if (!note || note.layer < 0) return null;
    const { width, height } = state().runs[runOf(step)].recipe;
    const [picture] = await layers.readSteps(id, [{ layer: note.layer, place, width, height }]);
    if (!picture) return null;
    const painted = imageId(picture) !== note.image;
    dispatch({ type: "layered", document: id, layers: { [step]: { ...note, painted } } });
    return painted ? { edit: await bridge.putImage(picture), handed: note.image } : null;
  }

  /**
   * @param {number} id
   * @param {{edit: string, handed: string} | null} edit
   * @param {boolean} changed the recipe changes as well
   * @returns {Promise<Rewind>}
   */
  async function rewindOf(id, edit, changed) {
    const onward = /** @type {NonNullable<ReturnType<typeof onwardOf>>} */ (onwardOf(state()));
    const { mode, run, step } = onward;
    const { keepOutside, weight, release } = state().onward;
    if (mode === "replay") return { mode };
    const siblings = Object.values(state().runs).filter((other) => other.parent === step.id);
    /** @type {Rewind} */
    const rewinding = { mode, variation_seed: siblings.length, ...edit };
    if (mode === "hold") return { ...rewinding, weight, release };
    if (mode !== "repaint") return rewinding;
    const { places } = state().papers[id];
    const { left, top } = places[run.id] || { left: 0, top: 0 };
    const { width, height } = run.recipe;
    const rect = { left, top, right: left + width, bottom: top + height };
    // Without strokes the selection says which part is painted anew; without one, all of it is.
    const mask = edit || changed ? null : await layers.readSelection(id, rect);
    if (mask) rewinding.mask = await bridge.putImage(mask);
    return { ...rewinding, keep_outside: keepOutside && (edit !== null || mask !== null) };
  }

  /** What is different from here on, null when nothing is. @param {Recipe} recipe */
  function changesOf(recipe) {
    const wished = Object.entries(state().onward.changes);
    const changes = wished.filter(
      ([key, value]) => recipe[/** @type {keyof Recipe} */ (key)] !== value,
    );
    if (changes.length === 0) return null;
    const sampler = state().onward.changes.sampler;
    return { ...Object.fromEntries(changes), ...(sampler && sampler !== "ddim" && { eta: 0 }) };
  }

  function newRequest() {
    let id = "";
    while (id.length < 16) id += Math.floor(world.random() * 16).toString(16);
    return id;
  }

  const look = latest(
    async (/** @type {string} */ step) => {
      const { document, papers } = state();
      const here = document && papers[document.id];
      const note = here && here.layers[step];
      if (!document || !note || note.layer < 0) return;
      await layers.show(document.id, note.layer, Object.values(here.groups));
    },
    (error) => {
      const { message } = /** @type {Error} */ (error);
      dispatch({ type: "said", notice: { kind: "error", text: message } });
    },
  );

  return {
    store,
    start,
    generate,
    rewind,

    /** Shows a step and makes it the one to continue from. @param {string} step */
    select(step) {
      dispatch({ type: "selected", step });
      look(step);
    },

    /** @param {string} run */
    cancel(run) {
      bridge.send({ type: "cancel", run });
    },

    /** Brings a painting that lies in no open document into this one. @param {string} run */
    adopt: (run) =>
      attempt(t("paint.bringing"), async () => {
        dispatch({ type: "adopted", document: opened().id, run });
      }),

    /** @param {string} run */
    remove: (run) =>
      attempt(t("paint.removing"), async () => {
        const { runs, papers } = state();
        const document = opened().id;
        const { groups, layers: notes } = papers[document];
        const { state: progress, elsewhere } = runs[run];
        if (!elsewhere && (progress === "running" || progress === "queued")) {
          bridge.send({ type: "cancel", run });
        }
        const steps = Object.keys(notes).filter((step) => runOf(step) === run);
        const mine = [groups[run] ?? -1, ...steps.map((step) => notes[step].layer)];
        dispatch({ type: "removed", document, run });
        await layers.removeRun(document, runs[run], mine, indexOf(state(), document));
      }),

    /** @param {string} address empty: where it was looked for before @param {string} token */
    async pair(address, token) {
      await keeping.savePairing(world.secureStorage, address, token);
      bridge.pair(address || null, token);
    },

    /** Looks for the bridge at once. */
    again: bridge.again,

    stop() {
      bridge.close();
      documents.stop();
    },
  };
}

module.exports = { makePanel };
