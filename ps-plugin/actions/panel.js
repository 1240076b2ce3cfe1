"use strict";

/**
 * What the buttons do: store, bridge, layers and documents wired together, without a DOM.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").PanelEvent} PanelEvent
 *
 * @typedef {object} World
 * @property {typeof import("photoshop")} photoshop
 * @property {import("../types/panel").Shelf} secureStorage
 * @property {typeof fetch} fetch
 * @property {(url: string) => WebSocket} socket
 * @property {(milliseconds: number) => Promise<void>} wait
 * @property {() => number} [now] milliseconds; false clocks of tests
 * @property {() => number} random 0..1
 * @property {(png: Uint8Array) => string} urlOf
 * @property {(url: string) => void} revoke
 * @property {string} [locale] the host's language, such as "de_DE"
 */

const { initial, reduce, runOf, stepsOf, BLANK } = require("../state/state.js");
const { variationsOf, waitingIn, madeAlike } = require("../state/runs.js");
const { createStore } = require("../state/store.js");
const { makeBridge } = require("../bridge/bridge.js");
const { makeEntry } = require("./entry.js");
const { makeLayers } = require("../photoshop/layers.js");
const { makeArrivals, indexOf } = require("./arrivals.js");
const { makeDocuments } = require("./documents.js");
const { makeThumbs } = require("./thumbs.js");
const { makeRewinding } = require("./rewinding.js");
const { makeStrokes } = require("../photoshop/strokes.js");
const { makeRegionActs } = require("./regions.js");
const { makeRegionMasks } = require("./region_masks.js");
const { makeReplaying } = require("./replaying.js");
const { makeScene } = require("./scene.js");
const { makeLive } = require("./live.js");
const { keepOf, stepsPainted } = require("../state/budget.js");
const { latest } = require("./latest.js");
const { unfit } = require("../state/paintable.js");
const keeping = require("./keeping.js");
const { t, use } = require("../words/texts.js");

const SEEDS = 2 ** 32;

/** @param {World} world */
function makePanel(world) {
  /** @type {ReturnType<typeof createStore<State, PanelEvent>>} */
  const store = createStore(reduce, initial);
  const { dispatch, state } = store;
  const bridge = makeBridge(world, {
    event: dispatch,
    connection(connection) {
      dispatch({ type: "connection", connection });
      entry.connected(connection);
    },
  });
  const entry = makeEntry({ ...world, store, bridge });
  const layers = makeLayers(world.photoshop, world.wait);
  const thumbs = makeThumbs({ store, fetchThumbnail: bridge.thumbnail, ...world });
  const arrivals = makeArrivals({
    store,
    bridge,
    layers,
    thumbs,
    wait: world.wait,
    landed: () => documents.compareSoon(),
  });
  const strokes = makeStrokes({ bridge });
  const documents = makeDocuments({ store, bridge, layers, thumbs, strokes, wait: world.wait });
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
    const { settings, presets, token, address } = await keeping.load(world.secureStorage);
    if (settings) dispatch({ type: "settings", settings });
    dispatch({ type: "presets", presets });
    keeping.saveSoon(store, world);
    bridge.start(address, token);
    documents.start();
    live.start();
    void layers.history.start(isWatching);
  }

  /** Whether a stroke of the painter's would be news. */
  function isWatching() {
    const { live: stream, document, papers, regions } = state();
    if (stream.playing || stream.left > 0) return true;
    if (!document) return false;
    const { layers: notes = {} } = papers[document.id] || {};
    const painted = Object.values(notes).some(({ layer }) => layer >= 0);
    return painted || (regions[document.id] || []).length > 0;
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

  /** What failed last, to be done once more. @type {() => Promise<void>} */
  let retry = async () => {};

  /**
   * Runs one act of the painter; whatever goes wrong becomes a sentence.
   *
   * @param {string} doing
   * @param {() => Promise<void>} act
   */
  async function attempt(doing, act) {
    dispatch({ type: "busy", text: doing });
    layers.history.wake(); // Photoshop does not always say that a panel is shown again
    try {
      await act();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      retry = () => attempt(doing, act);
      dispatch({ type: "said", notice: { kind: "error", text: message, way: "again" } });
    } finally {
      dispatch({ type: "busy", text: "" });
    }
  }

  /** Says what is doubtful; the button beside it does it all the same. @param {"wordless" | "seed"} way */
  function doubt(way, text = t(`paint.${way}`), act = generate) {
    retry = act;
    dispatch({ type: "said", notice: { kind: "note", text, way } });
  }

  /** *Paint* was pressed. */
  async function paint() {
    const { settings, document, regions } = state();
    const led = document !== null && (regions[document.id] || []).length > 0;
    if (!settings.prompt.trim() && !led) doubt("wordless");
    else await generate();
  }

  /** @param {boolean} [other] another seed, also where one is kept */
  const generate = (other = false) =>
    attempt(t("paint.reading"), async () => {
      const { settings } = state();
      if (stepsPainted(settings) < 1) throw new Error(t("estimate.none"));
      const { empty, ...scene } = await sceneNow(layers);
      const keeps = settings.seedKept && !other;
      const seed = keeps ? settings.seed : Math.floor(world.random() * SEEDS);
      const alike = madeAlike(state(), scene.document, scene.recipe);
      const seeds = alike.map(({ recipe }) => recipe.seed ?? 0);
      const wanted = Array.from({ length: settings.variations }, (_, i) => seed + i);
      if (keeps && wanted.every((one) => seeds.includes(one))) {
        const number = alike[seeds.indexOf(seed)].number;
        return doubt("seed", t("paint.seed", { number, seed }), () => generate(true));
      }
      dispatch({ type: "settings", settings: { seed } });
      ask({ ...scene, recipe: { ...scene.recipe, seed } }, settings.variations);
      if (alike.length > 0) {
        const text = t("paint.otherSeed", { seed });
        dispatch({ type: "said", notice: { kind: "note", text } });
      }
      masks.tellEmpty(empty);
    });

  function opened() {
    layers.current(); // a closed document fails here, with its own words
    documents.look();
    const { document } = state();
    if (!document) throw new Error(t("document.none"));
    if (unfit(document)) throw new Error(unfit(document));
    return document;
  }

  /** @param {Omit<import("./scene.js").Scene, "empty">} scene @param {number} [count] variations */
  function ask({ document, place, recipe }, count = 1) {
    const request = newRequest();
    dispatch({ type: "asked", request, document, place, keep: keepOf(state().settings), count });
    dispatch({ type: "selected", step: null });
    bridge.send({ type: "generate", request, recipe, count });
  }

  function newRequest() {
    let id = "";
    while (id.length < 16) id += Math.floor(world.random() * 16).toString(16);
    return id;
  }

  const masks = makeRegionMasks({ store, bridge, layers });
  const { goOn, branch } = makeRewinding({
    store,
    bridge,
    layers,
    strokes,
    masks,
    opened,
    newRequest,
  });
  const regionActs = makeRegionActs({
    store,
    layers,
    masks,
    opened,
    newId: newRequest,
    attempt,
    branch,
    wait: world.wait,
  });
  const sceneNow = makeScene({ store, bridge, opened, masks });
  const live = makeLive({
    store,
    bridge,
    layers,
    sceneNow,
    newId: newRequest,
    urlOf: world.urlOf,
    revoke: world.revoke,
    wait: world.wait,
    now: world.now,
  });
  const paintAgain = makeReplaying({ store, bridge, layers, newRequest });
  const rewind = () => attempt(t("paint.readingStep"), goOn);

  /**
   * A wish for a step, and what was wished for while its layer was still being written.
   *
   * @typedef {{step: string, chosen: boolean}} Wish chosen: with the brush; else it is looked at
   * @type {Wish | null}
   */
  let awaited = null;
  store.subscribe(({ document, papers, selected }) => {
    const here = document && papers[document.id];
    if (awaited === null || !here || !here.layers[awaited.step]) return;
    const wish = awaited;
    awaited = null;
    if (wish.step === selected) look(wish);
  });

  const look = latest(
    async (/** @type {Wish} */ wish) => {
      const { document, papers, runs, steps: all } = state();
      const here = document && papers[document.id];
      const note = here && here.layers[wish.step];
      awaited = note ? null : wish;
      if (!document || !note || note.layer < 0) return;
      const ours = () => {
        const { groups, layers: notes } = state().papers[document.id] || BLANK;
        const steps = Object.values(notes).map(({ layer }) => layer);
        return { groups: Object.values(groups), steps };
      };
      const { run, index } = all[wish.step];
      const name = t("history.choose", { number: runs[run].number, step: index + 1 });
      if (wish.chosen) {
        await layers.choose(document.id, note.layer, ours, name);
        documents.looked();
      } else await layers.show(document.id, note.layer, ours());
      documents.compareSoon(); // on which step the painter's layers count may be another now
    },
    (error) => {
      const { message } = /** @type {Error} */ (error);
      dispatch({ type: "said", notice: { kind: "error", text: message } });
    },
  );

  return {
    store,
    start,
    paint,
    generate: () => generate(),
    rewind,
    ...regionActs,
    ...live.acts,

    /** The frame that is seen becomes a painting: a run that ends in its picture. */
    keepFrame: () => attempt(t("live.keeping"), async () => ask(await live.kept())),

    /** Somebody is at the panel. */
    touched: live.touched,

    /** The panel is out of sight. */
    rest() {
      layers.history.hide();
      live.rest();
    },

    /** The panel is in sight again. */
    wake: layers.history.wake,

    /** Looks at a step, from which it may go on. @param {string} step */
    select(step) {
      dispatch({ type: "selected", step });
      look({ step, chosen: false });
    },

    /**
     * Chooses a step: it is seen, and the painter's brush is on it. One that has no layer gets one.
     *
     * @param {string} step
     */
    bring(step) {
      const { document, papers, runs } = state();
      const note = document && papers[document.id]?.layers[step];
      if (document) dispatch({ type: "chosen", document: document.id, step });
      if (note && note.layer >= 0) return look({ step, chosen: true });
      if (!document || runs[runOf(step)].elsewhere) return;
      dispatch({ type: "wished", document: document.id, step });
      awaited = { step, chosen: true };
    },

    /** Shows the layer that the brush touches. */
    uncover: () =>
      attempt(t("cover.show"), async () => {
        const { document, cover } = state();
        if (!document || document.active === null || !cover) return;
        await layers.uncover(document.id, document.active, cover.ids);
        dispatch({ type: "cover", cover: null });
        documents.compareSoon();
      }),

    /** Stops a painting, and the variations that were asked for with it. @param {string} run */
    cancel(run) {
      const { runs } = state();
      for (const { id, state: progress } of [runs[run], ...variationsOf(state(), runs[run])]) {
        if (progress === "running" || progress === "queued")
          bridge.send({ type: "cancel", run: id });
      }
    },

    /** Nothing of the document waits any more; what is painted goes on. */
    emptyQueue() {
      const { document } = state();
      for (const { id } of document ? waitingIn(state(), document.id) : [])
        bridge.send({ type: "cancel", run: id });
    },

    /** Brings a painting that lies in no open document into this one. @param {string} run */
    adopt: (run) =>
      attempt(t("paint.bringing"), async () => {
        dispatch({ type: "adopted", document: opened().id, run, keep: keepOf(state().settings) });
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
        dispatch({ type: "removed", document, run }); // a look in between may have found it again
      }),

    /** Leaves the finished picture and what was worked on; the bridge keeps the rest. @param {string} run */
    bake: (run) =>
      attempt(t("paint.baking"), async () => {
        const document = opened().id;
        await documents.compareRun(document, run);
        const { runs, papers } = state();
        const { layers: notes } = papers[document];
        const here = stepsOf(state(), run).filter(({ id }) => notes[id]?.layer >= 0);
        const last = here[here.length - 1];
        if (!last) throw new Error(t("bake.nothing"));
        const worked = here.filter(({ id }) => notes[id].mark && id !== last.id);
        const going = here.filter(({ id }) => !notes[id].mark && id !== last.id);
        const steps = going.map(({ id }) => id);
        const lighter = reduce(state(), { type: "baked", document, run, layers: steps });
        const gone = await layers.bake(
          document,
          runs[run],
          { steps: steps.map((id) => notes[id].layer), last: notes[last.id].layer },
          indexOf(lighter, document),
        );
        dispatch({ type: "baked", document, run, layers: steps });
        const numbers = worked.map(({ index }) => index + 1).join(", ");
        const text = t(numbers ? "bake.doneBut" : "bake.done", { count: gone, numbers });
        dispatch({ type: "said", notice: { kind: "note", text } });
      }),

    /** A run that the bridge lost, from what the document holds of it. @param {string} run */
    paintAgain: (run) => attempt(t("paint.again"), () => paintAgain(opened().id, run)),

    /** Writes on where writing was given up. @param {string} run */
    tryAgain(run) {
      const { document } = state();
      if (document)
        dispatch({ type: "stuck", document: document.id, run, text: "", locked: false });
    },

    pair: entry.pair,
    askIn: entry.ask,

    /** Does once more what failed last. */
    retry() {
      dispatch({ type: "said", notice: null });
      return retry();
    },

    /** Says where the bridge writes what went wrong. */
    tellLog: () =>
      attempt(t("paint.askingLog"), async () => {
        const text = t("notice.logAt", { path: (await bridge.doctor()).log });
        dispatch({ type: "said", notice: { kind: "note", text } });
      }),

    /** Looks for the bridge at once. */
    again: bridge.again,

    /** For the self-test: where the bridge was found, and the token. */
    bridge: bridge.where,

    stop() {
      entry.end();
      bridge.close();
      documents.stop();
      layers.history.stop();
    },
  };
}

module.exports = { makePanel };
