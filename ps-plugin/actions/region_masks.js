"use strict";

/**
 * The open document's regions as a recipe names them, their masks at the bridge.
 *
 * @typedef {import("../types/panel").RegionView} RegionView
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/wire").Region} Region
 */

const { MAX_REGIONS } = require("../state/recipe_fields.js");
const { recipeRegion } = require("../state/regions.js");
const { inEveryLanguage, t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 */
function makeRegionMasks({ store, bridge, layers }) {
  /** @param {number} document */
  const regionsIn = (document) => store.state().regions[document] || [];

  /** All in the layers' order, and one that was just made. @param {number} id @param {RegionView} made */
  async function inOrder(id, made) {
    const known = [...regionsIn(id).filter(({ layer }) => layer !== made.layer), made];
    const { regions: order } = await layers.findRegions(
      id,
      known.map(({ layer }) => layer),
    );
    const place = (/** @type {RegionView} */ { layer }) =>
      order.findIndex((one) => one.layer === layer);
    return known.sort((one, other) => place(one) - place(other));
  }

  /**
   * The regions of a picture as a recipe has them, their masks at the bridge.
   *
   * @param {number} document
   * @param {Rect} rect the picture's place
   * @param {typeof layers.readMasks} [readMasks] otherwise than from the layers
   * @param {import("./scene.js").Hand} [hand] otherwise than to stay at the bridge
   * @returns {Promise<{regions: Region[], layers: number[], empty: string[]}>} lowest first; whose
   *   they are; names of those with nothing painted there
   */
  async function regionsFor(document, rect, readMasks = layers.readMasks, hand = bridge.putImage) {
    const on = regionsIn(document).filter(({ layer, brush }) => layer >= 0 && brush.on);
    if (on.length > MAX_REGIONS) {
      throw new Error(t("region.tooMany", { count: on.length, most: MAX_REGIONS }));
    }
    if (on.length === 0) return { regions: [], layers: [], empty: [] };
    const wanted = (await inOrder(document, on[0])).filter((one) => on.includes(one));
    const ids = wanted.map(({ layer }) => layer);
    const masks = await readMasks(document, ids, rect);
    const there = wanted.filter((_, i) => masks[i]);
    const wordless = there.find(isWordless);
    if (wordless) throw new Error(t("region.wordless", { name: wordless.name }));
    const regions = [];
    for (const [i, region] of wanted.entries()) {
      const mask = masks[i];
      if (mask) regions.push(recipeRegion(region, await hand(mask)));
    }
    return {
      regions,
      layers: there.map(({ layer }) => layer),
      empty: wanted.filter((_, i) => !masks[i]).map(({ name }) => name),
    };
  }

  /** Says what is painted without. @param {string[]} names of regions with nothing painted there */
  function tellEmpty(names) {
    if (names.length === 0) return;
    const text = t("region.empty", { names: names.join(", ") });
    store.dispatch({ type: "said", notice: { kind: "note", text } });
  }

  return { inOrder, regionsFor, tellEmpty };
}

/** A layer that the painter named says what shall be there; one that we named says nothing. */
const NAMES = inEveryLanguage("region.name");

/** @param {RegionView} region */
function isWordless({ name, brush }) {
  return brush.prompt.trim() === "" && NAMES.some((ours) => name.startsWith(ours));
}

module.exports = { makeRegionMasks };
