"use strict";

/**
 * What would be painted now: the panel's settings, the document's pixels, its regions.
 *
 * @typedef {import("../types/panel").Settings} Settings
 * @typedef {import("../types/panel").Place} Place
 * @typedef {import("../types/wire").Recipe} Recipe
 *
 * @typedef {object} Scene
 * @property {number} document
 * @property {Place} place
 * @property {Recipe} recipe its images are at the bridge
 * @property {string[]} empty names of regions with nothing painted there
 *
 * @typedef {Pick<ReturnType<import("../photoshop/layers.js").makeLayers>, "readSource" | "readMasks">} Eye
 *   how pixels are read
 *
 * @typedef {ReturnType<import("../bridge/bridge.js").makeBridge>["putImage"]} Hand how they get to the bridge
 */

const { saidOf } = require("../state/fields.js");
const { MIN_SIDE, MAX_SIDE, SHOWN } = require("../state/recipe_fields.js");
const { unseenIn } = require("../state/regions.js");
const { isEmpty } = require("../pixels/pixels.js");
const { around } = require("../photoshop/surface.js");
const { painted } = require("../pixels/crop.js");
const { styledPrompt } = require("../state/presets.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {() => import("../types/panel").DocumentView} parts.opened
 * @param {ReturnType<import("./region_masks.js").makeRegionMasks>} parts.masks
 */
function makeScene({ store: { state }, bridge, opened, masks }) {
  /**
   * @param {Eye} eye
   * @param {Hand} [hand]
   * @returns {Promise<Scene>}
   */
  async function sceneNow(eye, hand = bridge.putImage) {
    const document = opened();
    const { settings, model } = state();
    const { place, fields } = await sourceOf(document, settings, eye, hand);
    const rect = around(place, fields);
    const { regions, empty } = await masks.regionsFor(document.id, rect, eye.readMasks, hand);
    /** @type {Recipe} */
    const recipe = {
      ...fields,
      ...saidOf(SHOWN, settings),
      prompt: styledPrompt(state()),
      negative_prompt: settings.negative_prompt,
      num_inference_steps: settings.steps,
      guidance_scale: settings.guidance_scale ?? model?.guidance_scale ?? 3,
      seed: settings.seed,
      sampler: /** @type {Recipe["sampler"]} */ (settings.sampler), // one of the model's
      ...(regions.length > 0 && { regions }),
      ...(model && { model: model.name }),
    };
    return { document: document.id, place, recipe, empty };
  }

  /**
   * @param {import("../types/panel").DocumentView} document
   * @param {Settings} settings
   * @param {Eye} eye
   * @param {Hand} hand
   * @returns {Promise<{place: Place, fields: Pick<Recipe, "width" | "height"> & Partial<Recipe>}>}
   */
  async function sourceOf({ id, depth: bits, profile, ...canvas }, settings, eye, hand) {
    const depth = bits === 8 ? 8 : 16;
    // A layer may be smaller than the picture: it is read first.
    const planned = settings.source === "layer" ? null : painted(state());
    if (planned)
      checkSize(planned.rect.right - planned.rect.left, planned.rect.bottom - planned.rect.top);
    if (settings.source === "nothing") {
      const { width, height } = canvas;
      checkSize(width, height);
      const place = { left: 0, top: 0, above: null };
      return { place, fields: { width, height, depth, profile } };
    }
    const native = state().model?.native ?? 512;
    const unseen = unseenIn(state(), id);
    const { picture, mask, place } = await eye.readSource(id, settings, native, unseen);
    if (mask && isEmpty(mask)) throw new Error(t("selection.empty"));
    const { width, height } = picture;
    checkSize(width, height);
    const { strength } = settings;
    const init_image = await hand(picture);
    const masked = mask && { mask: await hand(mask) };
    return { place, fields: { width, height, depth, profile, init_image, strength, ...masked } };
  }

  return sceneNow;
}

/** Before anything of it is sent. @param {number} width @param {number} height */
function checkSize(width, height) {
  if (Math.max(width, height) > MAX_SIDE) {
    throw new Error(t("paint.tooLarge", { width, height, most: MAX_SIDE }));
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new Error(t("paint.tooSmall", { width, height, least: MIN_SIDE }));
  }
}

module.exports = { makeScene };
