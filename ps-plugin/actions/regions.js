"use strict";

/**
 * What the painter does with regions.
 *
 * @typedef {import("../types/panel").Brush} Brush
 * @typedef {import("../types/panel").RegionView} RegionView
 */

const { freshBrush, keyOf } = require("../state/regions.js");
const { Behind } = require("../photoshop/modal.js");
const { importedPalette } = require("../state/palette.js");
const { around } = require("../photoshop/surface.js");
const { t } = require("../words/texts.js");

/** @type {import("../types/wire").Mode} */
const BACK = "repaint";
const CALM = 500; // milliseconds after the last change before it is written to the layer

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("./region_masks.js").makeRegionMasks>} parts.masks
 * @param {() => import("../types/panel").DocumentView} parts.opened
 * @param {() => string} parts.newId
 * @param {(doing: string, act: () => Promise<void>) => Promise<void>} parts.attempt
 * @param {ReturnType<import("./rewinding.js").makeRewinding>["branch"]} parts.branch
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeRegionActs({ store, layers, masks, opened, newId, attempt, branch, wait }) {
  const { state, dispatch } = store;
  const { inOrder, regionsFor } = masks;
  let changes = 0;
  /** @type {number | undefined} the document in front when it was last looked */
  let front;

  /** @param {number} document */
  const regionsIn = (document) => state().regions[document] || [];

  /** @param {string} key */
  function regionNamed(key) {
    const { document } = state();
    const region = document && regionsIn(document.id).find((one) => keyOf(one) === key);
    return document && region ? { document: document.id, region } : null;
  }

  /** @param {number} document @param {RegionView[]} regions */
  const put = (document, regions) => dispatch({ type: "regions", document, regions });

  /** @param {number} document @param {RegionView} now @param {string} key of what it was */
  function replace(document, now, key) {
    put(
      document,
      regionsIn(document).map((one) => (keyOf(one) === key ? now : one)),
    );
  }

  /** @param {boolean} active of the active layer; false: of a new one */
  const addRegion = (active) =>
    attempt(t("region.adding"), async () => {
      const { id } = opened();
      const brush = freshBrush("", regionsIn(id));
      const made = await layers.addRegion(id, { id: newId(), brush, picture: false }, active);
      put(id, await inOrder(id, made));
      dispatch({ type: "region", key: keyOf(made) });
      if (!active) await layers.takeRegion(id, made);
    });

  /**
   * @param {string} key
   * @param {Partial<Brush>} change
   * @param {{picture?: boolean}} [besides]
   */
  function setRegion(key, change, besides = {}) {
    const found = regionNamed(key);
    if (!found) return;
    const { document, region } = found;
    const brush = { ...region.brush, ...change };
    if (brush.mode === "blend") brush.isolate_steps = null;
    replace(document, { ...region, ...besides, brush, unsaved: true }, key);
    saveSoon();
  }

  /** What was changed just before the painter turned to another document is written on return. */
  store.subscribe(() => {
    const document = state().document?.id;
    if (document === front) return;
    front = document;
    saveSoon();
  });

  function saveSoon() {
    const mine = (changes += 1);
    void wait(CALM).then(() => (mine === changes ? saveAll() : undefined));
  }

  async function saveAll() {
    const document = state().document?.id;
    if (document === undefined) return;
    try {
      for (const region of regionsIn(document).filter((one) => one.unsaved && one.layer >= 0)) {
        const name = await layers.writeRegion(document, region);
        const now = regionsIn(document).find(({ layer }) => layer === region.layer);
        if (!now || now.brush !== region.brush || now.picture !== region.picture) continue;
        const { unsaved, ...saved } = now;
        replace(document, { ...saved, name }, keyOf(now));
      }
    } catch (error) {
      if (error instanceof Behind) return;
      const { message } = /** @type {Error} */ (error);
      dispatch({ type: "said", notice: { kind: "error", text: message } });
    }
  }

  /** Opens a region's fields and gives the painter its brush; or closes them. @param {string} key */
  function chooseRegion(key) {
    const found = regionNamed(key);
    const closing = state().region === key;
    dispatch({ type: "region", key: closing ? null : key });
    if (closing || !found || found.region.layer < 0) return;
    void attempt("", () => layers.takeRegion(found.document, found.region));
  }

  /** The layer stays. @param {string} key */
  const removeRegion = (key) =>
    attempt(t("region.removing"), async () => {
      const found = regionNamed(key);
      if (!found) return;
      const { document, region } = found;
      if (region.layer >= 0) await layers.letRegion(document, region.layer);
      put(
        document,
        regionsIn(document).filter((one) => keyOf(one) !== key),
      );
      dispatch({ type: "region", key: null });
    });

  /** A region whose layer went gets the active one. @param {string} key */
  const relinkRegion = (key) =>
    attempt(t("region.adding"), async () => {
      const found = regionNamed(key);
      if (!found) return;
      const { document, region } = found;
      const { unsaved, ...settled } = region;
      const made = await layers.addRegion(document, settled, true);
      replace(document, made, key);
      put(document, await inOrder(document, made));
      dispatch({ type: "region", key: keyOf(made) });
    });

  /** A layer for every brush, each above the one before. @param {string} text */
  const importPalette = (text) =>
    attempt(t("palette.importing"), async () => {
      const { background, brushes, seed } = importedPalette(text);
      const { id } = opened();
      for (const { name, brush } of brushes) {
        const region = { id: newId(), name, brush, picture: false };
        put(id, await inOrder(id, await layers.addRegion(id, region, false)));
      }
      const words = Object.fromEntries(Object.entries(background).filter(([, said]) => said));
      const kept = seed === null ? {} : { seed, seedKept: true };
      dispatch({ type: "settings", settings: { ...words, ...kept } });
      const said = t("palette.imported", { count: brushes.length });
      dispatch({ type: "said", notice: { kind: "note", text: said } });
    });

  /** A region as it is now goes back to the chosen step; all else stays. @param {string} key */
  const regionBack = (key) =>
    attempt(t("paint.readingStep"), async () => {
      const { selected, steps, runs } = state();
      const found = regionNamed(key);
      const step = selected === null ? undefined : steps[selected];
      if (!found || !step) throw new Error(t("step.choose"));
      const run = runs[step.run];
      if (run.elsewhere) throw new Error(t("step.elsewhere"));
      const { id } = opened();
      const place = state().papers[id].places[run.id] || { left: 0, top: 0 };
      const { regions, layers: whose } = await regionsFor(id, around(place, run.recipe));
      const region = whose.indexOf(found.region.layer);
      if (region < 0) throw new Error(t("region.nothing", { name: found.region.name }));
      const rewind = { mode: BACK, region, keep_outside: true };
      branch(id, step.id, rewind, { ...run.recipe, regions });
    });

  return {
    addRegion,
    setRegion,
    chooseRegion,
    removeRegion,
    relinkRegion,
    importPalette,
    regionBack,
  };
}

module.exports = { makeRegionActs };
