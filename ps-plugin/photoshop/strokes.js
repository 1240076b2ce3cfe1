"use strict";

/**
 * Paint told apart from what Photoshop did to the whole document: Convert to Profile, another
 * depth; or from what a replay changes by itself. The bridge compares (bridge/history/likeness.py), so that there is one set of rules.
 *
 * isOtherwise(picture, recipe)   whether the document has another profile or depth than the run
 * makeStrokes(parts)             over(step, picture, handed): the edit, without what was converted
 *
 * @typedef {import("../types/panel").Picture} Picture
 */

const { imageId } = require("../pixels/sha256.js");

/** @param {Picture} picture @param {{depth?: number, profile?: string}} recipe */
function isOtherwise({ pixels, profile = "sRGB" }, recipe) {
  const depth = 8 * pixels.BYTES_PER_ELEMENT;
  return profile !== (recipe.profile || "sRGB") || depth !== (recipe.depth || 8);
}

/** @param {{bridge: ReturnType<import("../bridge/bridge.js").makeBridge>}} parts */
function makeStrokes({ bridge }) {
  /**
   * @param {string} step
   * @param {Picture} picture as it is seen
   * @param {string} handed ImageId
   * @returns {Promise<{edit: string | null, handed: string}>} edit null: nothing was painted
   */
  async function over(step, picture, handed) {
    const shown = await bridge.lendImage(picture);
    const known = await bridge.strokes(shown, handed);
    if (known) return { edit: known.edit, handed };
    // Another bridge handed it out: the step's picture as it was painted again has to do.
    const base = imageId((await bridge.picture(step, "full")).picture);
    const found = await bridge.strokes(shown, base, true);
    return { edit: found ? found.edit : shown, handed: base };
  }

  return { over };
}

module.exports = { isOtherwise, makeStrokes };
