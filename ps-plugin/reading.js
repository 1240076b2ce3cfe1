"use strict";

/**
 * What a run starts from.
 *
 * current        what the panel shows of the active document
 * readSource     the pixels, and where they lie
 * readSelection  the selection as a soft mask of that rectangle
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("./types/panel").Picture} Picture
 * @typedef {import("./types/panel").Place} Place
 * @typedef {import("./types/panel").Rect} Rect
 */

const { placed, onWhite } = require("./pixels.js");
const { selectedBounds, overlap } = require("./surface.js");
const { root } = require("./tree.js");
const { t } = require("./texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").app} parts.app
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {(id: number) => Document} parts.documentById
 */
function makeReading({ app, constants, surface, modal, documentById }) {
  const { pixelsIn, selectionIn } = surface;

  /** @returns {import("./types/panel").DocumentView | null} */
  function current() {
    const document = app.activeDocument;
    if (!document) return null;
    const active = document.activeLayers[0];
    return {
      id: document.id,
      title: document.title,
      width: document.width,
      height: document.height,
      depth: depthOf(document),
      mode: document.mode === constants.DocumentMode.RGB ? "RGB" : String(document.mode),
      layer: active ? active.name : null,
      selection: selectedBounds(document),
    };
  }

  /** @param {Document} document */
  function depthOf(document) {
    const { EIGHT, SIXTEEN } = constants.BitsPerChannelType;
    const depth = document.bitsPerChannel;
    return depth === EIGHT ? 8 : depth === SIXTEEN ? 16 : 32;
  }

  /**
   * @param {number} id document
   * @param {"layer" | "composite"} from
   * @returns {Promise<{picture: Picture, place: Place}>} RGB
   */
  function readSource(id, from) {
    return modal.look(t("history.readPicture"), async () => {
      const document = documentById(id);
      const canvas = { left: 0, top: 0, right: document.width, bottom: document.height };
      if (from === "composite") {
        const { picture } = await pixelsIn(document, null, canvas);
        return { picture: onWhite(picture), place: { left: 0, top: 0, above: null } };
      }
      const layer = document.activeLayers[0];
      if (!layer) throw new Error(t("layer.none"));
      if (layer.kind !== constants.LayerKind.NORMAL) {
        throw new Error(t("layer.noPixels", { layer: layer.name }));
      }
      const { picture, bounds } = await pixelsIn(document, layer, canvas);
      if (!bounds) throw new Error(t("layer.empty", { layer: layer.name }));
      const part = {
        width: picture.width,
        height: picture.height,
        components: 4,
        data: picture.pixels,
      };
      return {
        picture: onWhite(placed(part, canvas, bounds, 4)),
        place: { left: bounds.left, top: bounds.top, above: root(layer).id },
      };
    });
  }

  /**
   * @param {number} id document
   * @param {Rect} rect
   * @returns {Promise<Picture | null>} grey, 255 where all may change; null: nothing is selected
   */
  function readSelection(id, rect) {
    return modal.look(t("history.readSelection"), async () => {
      const document = documentById(id);
      const bounds = selectedBounds(document);
      const part = bounds && overlap(bounds, rect);
      if (!bounds) return null;
      if (!part) throw new Error(t("selection.beside"));
      return selectionIn(id, part, rect);
    });
  }

  return { current, readSource, readSelection };
}

module.exports = { makeReading };
