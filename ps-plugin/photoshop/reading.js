"use strict";

/**
 * What a run starts from.
 *
 * current        what the panel shows of the active document
 * readSource     the pixels, what of them may change, and where they lie
 * readSelection  the selection as a mask of a rectangle
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Place} Place
 * @typedef {import("../types/panel").Settings} Settings
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/panel").DocumentView} Facts
 */

const { coloursOf, deepened, fullOf } = require("../pixels/colours.js");
const { cropAround, softened } = require("../pixels/crop.js");
const { cut, onWhite } = require("../pixels/pixels.js");
const { selectedBounds, overlap } = require("./surface.js");
const { flat, root } = require("./tree.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").app} parts.app
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeReading({ app, constants, surface, modal, treeOf, documentById }) {
  const { pixelsIn, selectionIn } = surface;

  /** @type {{state: number, facts: Facts} | null} the last full look */
  let last = null;

  /**
   * @param {boolean} [whole] false: what the last look found of the same document in the same
   *   history state is taken over, but for the active layer and the selection
   * @returns {import("../types/panel").DocumentView | null}
   */
  function current(whole = true) {
    const document = app.activeDocument;
    if (!document) return null;
    const { id } = document;
    const state = document.activeHistoryState.id;
    const active = document.activeLayers[0];
    const now = { active: active ? active.id : null, selection: selectedBounds(document) };
    const same = last?.state === state && last.facts.id === id && last.facts.active === now.active;
    if (last && same && !whole) return { ...last.facts, ...now };
    const { bitsPerChannel, colorProfileName } = document;
    const facts = {
      id,
      title: document.title,
      width: document.width,
      height: document.height,
      depth: depthOf(bitsPerChannel),
      profile: coloursOf({ bitsPerChannel, colorProfileName }).profile,
      mode: document.mode === constants.DocumentMode.RGB ? "RGB" : String(document.mode),
      layer: active ? active.name : null,
      ...now,
    };
    last = { state, facts };
    return facts;
  }

  /** @param {Document["bitsPerChannel"]} depth */
  function depthOf(depth) {
    const { EIGHT, SIXTEEN } = constants.BitsPerChannelType;
    return depth === EIGHT ? 8 : depth === SIXTEEN ? 16 : 32;
  }

  /**
   * Picture and mask in one modal scope, so that they belong together. Layers that only say where
   * are hidden while it looks; if the active layer is one of them, all that is seen is the source.
   *
   * @param {number} id document
   * @param {Settings} settings source is not "nothing"
   * @param {number} native the model's side, pixels
   * @param {number[]} [unseen] layers that are no part of the picture
   * @returns {Promise<{picture: Picture, mask: Picture | null, place: Place}>} RGB; grey of the same
   *   size and depth, full where all may change, null where nothing is selected
   */
  async function readSource(id, settings, native, unseen = []) {
    const document = documentById(id);
    const alone = settings.source === "layer" && !onlySays(document, unseen);
    const only = { ...settings, unseen };
    const name = t("history.readPicture");
    const seen = alone || unseen.length === 0 ? [] : await shownOf(document, unseen);
    if (seen.length === 0) return modal.look(name, () => sourceIn(document, only, native));
    return modal.suppose(id, name, async () => {
      const hidden = await shownOf(document, unseen);
      for (const layer of hidden) layer.visible = false;
      try {
        return await sourceIn(document, only, native);
      } finally {
        for (const layer of hidden) layer.visible = true; // Photoshop may keep no history of it
      }
    });
  }

  /** Those of some layers that are shown. @param {Document} document @param {number[]} ids */
  async function shownOf(document, ids) {
    const tree = await treeOf(document);
    const shown = flat(tree.layers).filter(({ id, visible }) => visible && ids.includes(id));
    return shown.flatMap((leaf) => tree.own(leaf) || []);
  }

  /**
   * @param {Document} document
   * @param {Settings & {unseen: number[]}} settings
   * @param {number} native
   */
  async function sourceIn(document, { source, where, feather, context, unseen }, native) {
    const { id } = document;
    const canvas = { left: 0, top: 0, right: document.width, bottom: document.height };
    const alone = source === "layer" && !onlySays(document, unseen);
    const layer = alone ? sourceLayer(document) : null;
    const selected = where === "selection" ? selectedBounds(document) : null;
    const limits = layer ? overlap(layer.bounds, canvas) : canvas;
    if (!limits) throw new Error(t("layer.empty", { layer: layer ? layer.name : "" }));
    const part = selected && overlap(selected, limits);
    if (selected && !part) throw new Error(t("selection.beside"));
    const asked = part && context ? cropAround(part, limits, feather, native) : limits;
    const found = await lookAt(document, layer, asked, limits);
    // A layer may hold less than its bounds say; a crop is a crop, empty in part or not.
    const rect = layer && asked === limits ? found.bounds : asked;
    if (!rect || (layer && !found.bounds)) {
      throw new Error(t("layer.empty", { layer: layer ? layer.name : "" }));
    }
    const picture = onWhite(cut(found.picture, asked, rect));
    const inside = part && overlap(part, rect);
    if (part && !inside) throw new Error(t("selection.beside"));
    const hard = inside && (await selectionIn(id, inside, rect));
    const mask = hard && softened(asDeepAs(picture, hard), feather);
    const above = layer ? root(layer).id : null;
    return { picture, mask, place: { left: rect.left, top: rect.top, above } };
  }

  /**
   * A crop may hold no pixel at all, which hosts may refuse to read: then the whole is read.
   *
   * @param {Document} document
   * @param {import("photoshop/dom/Layer").Layer | null} layer
   * @param {Rect} asked
   * @param {Rect} whole
   */
  async function lookAt(document, layer, asked, whole) {
    try {
      return await pixelsIn(document, layer, asked);
    } catch (error) {
      if (asked === whole) throw error;
      const { picture, bounds } = await pixelsIn(document, layer, whole);
      return { picture: cut(picture, whole, asked), bounds };
    }
  }

  /** Whether the active layer only says where. @param {Document} document @param {number[]} unseen */
  function onlySays(document, unseen) {
    const active = document.activeLayers[0];
    return active !== undefined && unseen.includes(active.id);
  }

  /** @param {Document} document */
  function sourceLayer(document) {
    const layer = document.activeLayers[0];
    if (!layer) throw new Error(t("layer.none"));
    if (layer.kind !== constants.LayerKind.NORMAL) {
      throw new Error(t("layer.noPixels", { layer: layer.name }));
    }
    return layer;
  }

  /**
   * @param {number} id document
   * @param {Rect} rect
   * @param {number} feather pixels
   * @returns {Promise<Picture | null>} grey, 255 where all may change; null: nothing is selected
   */
  function readSelection(id, rect, feather) {
    return modal.look(t("history.readSelection"), async () => {
      const document = documentById(id);
      const bounds = selectedBounds(document);
      const part = bounds && overlap(bounds, rect);
      if (!bounds) return null;
      if (!part) throw new Error(t("selection.beside"));
      return softened(await selectionIn(id, part, rect), feather);
    });
  }

  return { current, readSource, readSelection };
}

/** @param {Picture} picture @param {Picture} mask 8 bit @returns {Picture} */
function asDeepAs(picture, mask) {
  const deep = fullOf(picture.pixels) > 255;
  return deep ? { ...mask, pixels: deepened(/** @type {Uint8Array} */ (mask.pixels)) } : mask;
}

module.exports = { makeReading };
