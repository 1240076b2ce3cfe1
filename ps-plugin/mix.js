"use strict";

/**
 * A painting's layers as they are seen together: any mix of steps under their masks, opacities and
 * groups, and what the painter put between them, becomes one picture.
 *
 * Composed here, not read from the composite: what else lies in the document stays out of it. Only
 * Normal is understood (and groups that pass through, which is the same); any other blend mode is
 * refused by the layer's name.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/panel").Picture} Picture
 * @typedef {import("./types/panel").Rect} Rect
 *
 * @typedef {object} Ours
 * @property {number[]} groups of the painting's runs
 * @property {number[]} steps their layers, wherever they lie
 * @property {Rect} rect the picture's place
 */

const { lay, blank } = require("./mixing.js");
const { flat } = require("./tree.js");
const { t } = require("./texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {(id: number) => Document} parts.documentById
 */
function makeMix({ constants, surface, notes, modal, documentById }) {
  const { GROUP, NORMAL: PIXELS } = constants.LayerKind;
  const { NORMAL, PASSTHROUGH } = constants.BlendMode;

  /**
   * @param {number} id document
   * @param {Ours} ours
   * @returns {Promise<Picture>} RGBA
   */
  function readMix(id, ours) {
    return modal.look(t("history.readSteps"), async () => {
      const document = documentById(id);
      const all = flat([...document.layers]).map((layer) => layer.id);
      const texts = await notes.read(id, all);
      const inputs = all.filter((_, i) => texts[i]?.input);
      const mix = await stacked(document, [...document.layers], { ...ours, inputs }, false);
      if (!mix) throw new Error(t("mix.empty"));
      return mix;
    });
  }

  /**
   * @param {Document} document
   * @param {Layer[]} layers the topmost first
   * @param {Ours & {inputs: number[]}} ours
   * @param {boolean} inside one of the painting's groups: all of its pixels belong
   * @returns {Promise<Picture | null>} null: nothing of the painting is seen
   */
  async function stacked(document, layers, ours, inside) {
    /** @type {Picture | null} */
    let mix = null;
    for (const layer of [...layers].reverse()) {
      if (!layer.visible || ours.inputs.includes(layer.id)) continue;
      const seen = await pictureOf(document, layer, ours, inside);
      if (!seen) continue;
      if (layer.blendMode !== NORMAL && layer.blendMode !== PASSTHROUGH) {
        throw new Error(t("mix.blend", { layer: layer.name }));
      }
      const [masked] = await notes.haveMasks(document.id, [layer.id]);
      const mask = masked ? await surface.maskIn(document, layer, ours.rect) : null;
      /** @type {Picture} */
      const under = mix || blank(seen);
      lay(under, seen, mask, layer.opacity / 100);
      mix = under;
    }
    return mix;
  }

  /**
   * @param {Document} document
   * @param {Layer} layer
   * @param {Ours & {inputs: number[]}} ours
   * @param {boolean} inside
   */
  async function pictureOf(document, layer, ours, inside) {
    if (layer.kind === GROUP) {
      const home = inside || ours.groups.includes(layer.id);
      return stacked(document, [...(layer.layers || [])], ours, home);
    }
    if (!inside && !ours.steps.includes(layer.id)) return null;
    if (layer.kind !== PIXELS) throw new Error(t("mix.kind", { layer: layer.name }));
    return (await surface.pixelsIn(document, layer, ours.rect)).picture;
  }

  return { readMix };
}

module.exports = { makeMix };
