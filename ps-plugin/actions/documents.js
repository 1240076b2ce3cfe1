"use strict";

/**
 * Keeps an eye on Photoshop's documents: which is in front, what of ours a newly opened one holds,
 * which step layers were painted on. There is no event for changing tabs, so it looks twice a
 * second; layers are looked at only after the history moved, and never in the middle of a stroke.
 *
 * @typedef {import("../photoshop/layer_tree.js").Tree} Tree
 * @typedef {import("../types/panel").Papers} Papers
 * @typedef {import("../types/panel").Rect} Rect
 */

const { runOf, stepsOf } = require("../state/state.js");
const { BLANK } = require("../state/paper_events.js");
const { gone, reconciled, shiftOf } = require("../state/papers.js");
const { frameOf, seenAs } = require("../photoshop/sight.js");
const { around } = require("../photoshop/surface.js");
const { flat } = require("../photoshop/tree.js");
const { seenAgain } = require("../state/regions.js");
const { makeSuspicion } = require("../photoshop/suspicion.js");
const { shrunk } = require("../pixels/pixels.js");
const { THUMB } = require("./arrivals.js");
const { unfit } = require("../state/paintable.js");
const { t } = require("../words/texts.js");

const LOOK = 500; // milliseconds between two looks at the open documents
const FULL = 4; // so often a look is a full one
const SLICE = 16; // layers that are compared at a time, before the painter has Photoshop again
const TRIES = 3; // reads of Photoshop's fail once now and then
const SETTLE = 600; // milliseconds of quiet after a change before pixels are compared

/** @type {import("../types/panel").Contents} */
const NOTHING = { runs: [], steps: [], papers: BLANK, ours: [], newer: "" };

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("./thumbs.js").makeThumbs>} parts.thumbs
 * @param {ReturnType<import("../photoshop/strokes.js").makeStrokes>} parts.strokes
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeDocuments({ store, bridge, layers, thumbs, strokes, wait }) {
  let stopped = false;
  /** @type {Set<number>} documents being scanned */
  const scanning = new Set();
  /** @type {Map<number, string>} the layers and runs at the last look, by document */
  const counted = new Map();
  /** @type {Map<number, number[]>} the layers at the last look, by document */
  const present = new Map();
  /** @type {Map<number, Set<number>>} layers that were regions, by document: an undo may return them */
  const regionLayers = new Map();
  const suspicion = makeSuspicion(layers);
  let connected = false;
  let changes = 0;
  let looks = 0;
  let failures = 0; // in a row

  async function live() {
    layers.history.listen(() => void compareSoon());
    const deaf = store.subscribe(heard);
    while (!stopped) {
      tryLook((looks += 1) % FULL === 0);
      await wait(LOOK);
    }
    deaf();
  }

  /** @param {boolean} [whole] */
  function tryLook(whole) {
    try {
      look(whole);
    } catch {
      // A document that closes in the middle of a look: the next one sees what is left.
    }
  }

  /**
   * @param {boolean} [whole] also what hardly changes without a history state
   * @param {boolean} [own] the panel itself made a layer the active one
   */
  function look(whole = true, own = layers.atWork()) {
    const document = layers.current(whole);
    const { document: known, papers } = store.state();
    if (JSON.stringify(document) !== JSON.stringify(known)) {
      store.dispatch({ type: "document", document });
    }
    if (document && (document.id !== known?.id || document.active !== known.active)) {
      if (!own && document.id === known?.id) chosenInList(document.id, document.active);
      void layers.treeOf(document.id).then(cover, () => undefined);
    }
    // What was changed just before the painter turned to another document was not looked at there.
    if (document && document.id !== known?.id) void compareSoon();
    const open = layers.openDocuments();
    for (const id of Object.keys(papers).map(Number)) {
      if (open.includes(id)) continue;
      layers.forget(id);
      store.dispatch({ type: "closed", document: id });
    }
    if (!document || papers[document.id] || scanning.has(document.id)) return;
    if (connected) void scan(document.id);
  }

  /**
   * A step whose layer the painter chose in Photoshop's list is the chosen one.
   *
   * @param {number} id document
   * @param {number | null} active layer
   */
  function chosenInList(id, active) {
    const { papers, steps, selected } = store.state();
    const notes = Object.entries(papers[id]?.layers || {});
    const [step] = notes.find(([, { layer }]) => layer === active) || [];
    if (step && steps[step] && step !== selected) {
      store.dispatch({ type: "chosen", document: id, step });
    }
  }

  /** Whether a stroke would be seen now. @param {Tree} tree */
  function cover(tree) {
    const { document, papers, runs, cover: before } = store.state();
    if (document?.id !== tree.id) return;
    const { layers: notes = {}, groups = {} } = papers[tree.id] || {};
    const whole = Object.entries(notes).filter(([step]) => !runs[runOf(step)]?.recipe.mask);
    const opaque = whole.map(([, { layer }]) => layer);
    const found = layers.cover(tree, document.active, opaque);
    const top = found?.over[found.over.length - 1];
    const [run] = Object.entries(groups).find(([, group]) => group === top?.id) || [];
    const over = run ? t("painting.name", { number: runs[run].number }) : top?.name || "";
    const now = found && { layer: found.layer, over, ids: found.over.map(({ id }) => id) };
    if (JSON.stringify(now) !== JSON.stringify(before))
      store.dispatch({ type: "cover", cover: now });
  }

  /** What waited for the bridge, which reads what documents hold, is read once it is there. */
  function heard() {
    const before = connected;
    connected = store.state().connection.status === "open";
    if (before || !connected) return;
    tryLook();
    void compareSoon();
  }

  /**
   * What of ours lies in a document, as the bridge reads it.
   *
   * @param {number} id
   * @param {Tree} [tree]
   * @returns {Promise<import("../types/panel").Contents | null>} null: later, there is no bridge
   */
  async function contentsOf(id, tree) {
    const texts = await layers.texts(id, tree);
    if (!texts) return NOTHING;
    try {
      return connected ? await bridge.readHistory(texts) : null;
    } catch (error) {
      if (connected) throw error;
      return null;
    }
  }

  /** @param {number} id a document that was opened */
  async function scan(id) {
    scanning.add(id);
    try {
      const found = await contentsOf(id);
      if (!found) return;
      if (found.newer) tell(new Error(t("document.newer", { found: found.newer })));
      const papers = { ...BLANK, ...found.papers };
      const { runs, steps } = found;
      store.dispatch({ type: "opened", document: id, papers, runs, steps });
      const tree = await layers.treeOf(id);
      await seeRegions(id, true, tree);
      const wanted = Object.values(papers.layers).map(({ layer }) => layer);
      place(id, (await layers.census(id, wanted, tree)).there);
      await compare(id, Object.keys(store.state().papers[id]?.layers || {}), tree);
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
    try {
      await settle(document.id);
      failures = 0;
    } catch (error) {
      if (!layers.openDocuments().includes(document.id)) return;
      failures += 1;
      if (failures < TRIES) return void compareSoon();
      failures = 0;
      tell(error);
    }
  }

  /** Notices what came, went or changed since the last look. @param {number} id */
  async function settle(id) {
    const notes = () => Object.entries(store.state().papers[id]?.layers || {});
    const tree = await layers.treeOf(id);
    const all = flat(tree.layers).map((layer) => layer.id);
    const moved = suspicion.movement(id);
    // What is gone may have been merged with another one, which has its note now.
    const lost = (present.get(id) || []).some((layer) => !all.includes(layer));
    if ((moved.jumped && !moved.stayed) || lost) layers.forgetNotes(id);
    present.set(id, all);
    const census = () => `${[...all].sort((a, b) => a - b)} of ${store.state().papers[id]?.runs}`;
    const other = census() !== counted.get(id) || misses(id, all);
    const known = !other || (await recount(id, tree));
    await seeRegions(id, other, tree);
    if (known) counted.set(id, census());
    const wanted = notes().map(([, note]) => note.layer);
    const { there } = await layers.census(id, wanted, tree);
    place(id, there);
    /** @param {string} step */
    const handed = (step) => handedAt(id, step);
    await compare(id, suspicion.suspects(id, notes(), there, handed, moved), tree);
    suspicion.settled(id, wanted);
    cover(tree);
    await unlocked(id, tree);
  }

  /**
   * Regions lie in the order of their layers, under their names; an undo takes settings back.
   *
   * @param {number} id
   * @param {boolean} anew layers came or went
   * @param {Tree} tree
   */
  async function seeRegions(id, anew, tree) {
    const known = () => store.state().regions[id] || [];
    const once = regionLayers.get(id) || new Set();
    for (const { layer } of known()) once.add(layer);
    regionLayers.set(id, once);
    const found = await layers.findRegions(id, anew ? null : [...once], tree);
    const undone = layers.undoneTo(id) !== null;
    const kept = known().filter(({ layer }) => !found.released.includes(layer));
    const { regions, gone: lost } = seenAgain(kept, found.regions, undone);
    if (JSON.stringify(regions) === JSON.stringify(known())) return;
    store.dispatch({ type: "regions", document: id, regions });
    if (lost.length === 0) return;
    const text = t("region.gone", { name: lost.map(({ name }) => name).join(", ") });
    store.dispatch({ type: "said", notice: { kind: "note", text } });
  }

  /** What waits for a locked group goes on once the painter unlocked it. @param {number} id @param {Tree} tree */
  async function unlocked(id, tree) {
    const { stuck = {}, groups = {} } = store.state().papers[id] || {};
    const runs = Object.keys(stuck).filter((run) => stuck[run].locked && groups[run] >= 0);
    if (runs.length === 0) return;
    const { there } = await layers.census(
      id,
      runs.map((run) => groups[run]),
      tree,
    );
    for (const run of runs.filter((one) => there.get(groups[one])?.locked === false)) {
      store.dispatch({ type: "stuck", document: id, run, text: "", locked: false });
    }
  }

  /**
   * A layer may have gone before its note was here, or have come back before it was missed.
   *
   * @param {number} id
   * @param {number[]} all the ids of the layers there are
   */
  function misses(id, all) {
    const there = new Set(all);
    const { layers: notes = {}, groups = {} } = store.state().papers[id] || {};
    const noted = [...Object.values(notes).map((note) => note.layer), ...Object.values(groups)];
    const back = Object.values(notes).some(({ layer, was = -1 }) => layer < 0 && there.has(was));
    return back || noted.some((layer) => layer >= 0 && !there.has(layer));
  }

  /**
   * Layers came or went: undone, deleted, duplicated, merged, brought back.
   *
   * @param {number} id
   * @param {Tree} tree
   * @returns {Promise<boolean>} whether all is known: without a bridge, only what went
   */
  async function recount(id, tree) {
    const before = store.state().papers[id];
    const found = await contentsOf(id, tree);
    const now = store.state().papers[id];
    if (!before || !now) return true;
    const {
      papers: afresh,
      ours,
      runs,
      steps,
    } = found || {
      ...NOTHING,
      ours: flat(tree.layers).map((layer) => layer.id),
    };
    const papers = reconciled(now, before, { papers: { ...BLANK, ...afresh }, ids: new Set(ours) });
    if (JSON.stringify(papers) === JSON.stringify(now)) return found !== null;
    store.dispatch({ type: "opened", document: id, papers, runs, steps });
    const moved = Object.keys(papers.layers).filter(
      (step) => papers.layers[step].layer !== before.layers[step]?.layer,
    );
    await compare(id, moved, tree);
    return found !== null;
  }

  /**
   * Where runs lie whose layers were moved together.
   *
   * @param {number} id
   * @param {Map<number, import("../photoshop/sight.js").Whereabouts>} there
   */
  function place(id, there) {
    const papers = store.state().papers[id];
    for (const run of papers?.runs || []) {
      const steps = Object.entries(papers.layers).filter(([step]) => runOf(step) === run);
      const shift = shiftOf(
        steps.flatMap(([step, { layer }]) => {
          const before = handedAt(id, step);
          const now = there.get(layer)?.bounds;
          return before && now ? [[before, now]] : [];
        }),
      );
      if (shift) store.dispatch({ type: "shifted", document: id, run, ...shift });
    }
  }

  /** Where a step's pixels should lie; null: not known. @param {number} id @param {string} step */
  const handedAt = (id, step) => store.state().papers[id]?.layers[step]?.extent || extentOf(step);

  /** Where the pixels of a step without a mask lie. @param {string} step */
  function extentOf(step) {
    const { runs, papers, document } = store.state();
    const run = runs[runOf(step)];
    const place = document && papers[document.id]?.places[runOf(step)];
    return run && place && !run.recipe.mask ? around(place, run.recipe) : null;
  }

  /**
   * Marks the step layers whose pixels are not those handed out, or not where they were.
   *
   * @param {number} id
   * @param {string[]} steps
   * @param {Tree} [tree] as it was just read
   */
  async function compare(id, steps, tree) {
    for (let i = 0; i < steps.length; i += SLICE) {
      await compareSome(id, steps.slice(i, i + SLICE), tree);
    }
  }

  /** @param {number} id @param {string[]} steps @param {Tree} [tree] */
  async function compareSome(id, steps, tree) {
    const { papers: all, runs } = store.state();
    const papers = all[id];
    const known = steps.filter((step) => runs[runOf(step)] && papers?.layers[step]?.layer >= 0);
    const { document } = store.state();
    const unread = document?.id === id && unfit(document);
    if (!papers || known.length === 0 || unread) return;
    const sights = await layers.sights(
      id,
      known.map((step) => frameOf(papers, runs[runOf(step)], papers.layers[step])),
      tree,
    );
    for (const [i, sight] of sights.entries()) {
      if (sight?.mark === "converted") sights[i] = await told(known[i], sight);
    }
    /** @type {Papers["layers"]} */
    const changed = {};
    known.forEach((step, i) => {
      const note = store.state().papers[id]?.layers[step];
      const sight = sights[i];
      if (!note || note.image !== papers.layers[step].image) return; // refined in the meantime
      if (note.layer !== papers.layers[step].layer) return;
      const seen = sight && seenAs(note, sight);
      const next = seen || gone(note);
      if (JSON.stringify(next) !== JSON.stringify(note)) changed[step] = next;
      const stale = next.mark || note.mark || !store.state().thumbs[step];
      if (sight && stale) thumbs.put(step, shrunk(sight.picture, THUMB));
    });
    if (Object.keys(changed).length > 0) {
      store.dispatch({ type: "layered", document: id, layers: changed });
    }
  }

  /**
   * Whether a layer was painted on, or only converted with its document. Without a bridge it counts
   * as converted until the painter goes on from it.
   *
   * @param {string} step
   * @param {import("../photoshop/sight.js").Sight} sight
   * @returns {Promise<import("../photoshop/sight.js").Sight>}
   */
  async function told(step, sight) {
    const { connection, runs } = store.state();
    if (connection.status !== "open" || runs[runOf(step)].elsewhere) return sight;
    const { edit } = await strokes.over(step, sight.picture, sight.image);
    return edit ? { ...sight, mark: "painted" } : sight;
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
    look: () => look(),
    /** After an act of the panel's own. */
    looked: () => look(true, true),
    compareSoon: () => void compareSoon(),
    /** What was painted a moment ago counts too. @param {number} id @param {string} run */
    compareRun: (id, run) =>
      compare(
        id,
        stepsOf(store.state(), run).map((step) => step.id),
      ),
  };
}

module.exports = { makeDocuments };
