"use strict";

/**
 * Pixels between a document and arrays: every read is laid back in the rectangle asked for, because
 * Photoshop trims what it returns, and every ImageData is given back.
 *
 * selectedBounds   the selection's rectangle, null when nothing is selected
 * pixelsIn         a layer's or the composite's pixels
 * selectionIn      the selection, soft edges and all
 * put              a picture onto a layer
 * around, overlap  rectangles
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/panel").Picture} Picture
 * @typedef {import("./types/panel").Rect} Rect
 */

const { placed } = require("./pixels.js");

const PROFILE = "sRGB IEC61966-2.1"; // what models are trained on; Photoshop converts both ways

/**
 * All but selectedBounds must be called inside a modal scope.
 *
 * @param {typeof import("photoshop").imaging} imaging
 */
function makeSurface(imaging) {
  /**
   * @param {Document} document
   * @param {Layer | null} layer null: the composite
   * @param {Rect} rect document pixels
   * @returns {Promise<{picture: Picture, bounds: Rect | null}>} RGBA of rect; bounds: the part of
   *   it that holds pixels, null when there is none
   */
  async function pixelsIn(document, layer, rect) {
    const part = layer ? overlap(layer.bounds, rect) : rect;
    const nothing = { width: 0, height: 0, components: 4, data: [] };
    if (!part) return { picture: placed(nothing, rect, rect, 4), bounds: null };
    const { imageData, sourceBounds } = await imaging.getPixels({
      documentID: document.id,
      ...(layer && { layerID: layer.id }),
      sourceBounds: part,
      colorSpace: "RGB",
      colorProfile: PROFILE,
      componentSize: 8,
    });
    try {
      const { width, height, components } = imageData;
      const data = await imageData.getData({ chunky: true });
      const bounds = {
        left: sourceBounds.left,
        top: sourceBounds.top,
        right: sourceBounds.left + width,
        bottom: sourceBounds.top + height,
      };
      return { picture: placed({ width, height, components, data }, bounds, rect, 4), bounds };
    } finally {
      imageData.dispose();
    }
  }

  /**
   * @param {number} documentID
   * @param {Rect} part inside of the selection's bounds
   * @param {Rect} rect
   * @returns {Promise<Picture>} grey, 255 where all may change
   */
  async function selectionIn(documentID, part, rect) {
    const { imageData, sourceBounds } = await imaging.getSelection({
      documentID,
      sourceBounds: part,
    });
    try {
      const { width, height, components } = imageData;
      const data = await imageData.getData({ chunky: true });
      return placed({ width, height, components, data }, sourceBounds, rect, 1);
    } finally {
      imageData.dispose();
    }
  }

  /**
   * @param {Document} document
   * @param {Layer} layer
   * @param {Picture} picture
   * @param {{left: number, top: number}} corner
   */
  async function put(document, layer, picture, corner) {
    const { width, height, pixels } = picture;
    const imageData = await imaging.createImageDataFromBuffer(pixels, {
      width,
      height,
      components: 4,
      chunky: true,
      colorSpace: "RGB",
      colorProfile: PROFILE,
    });
    try {
      await imaging.putPixels({
        documentID: document.id,
        layerID: layer.id,
        imageData,
        replace: true,
        targetBounds: around(corner, picture),
      });
    } finally {
      imageData.dispose();
    }
  }

  return { pixelsIn, selectionIn, put };
}

/** @param {Document} document @returns {Rect | null} */
function selectedBounds(document) {
  const bounds = document.selection.bounds;
  if (!bounds || bounds.right <= bounds.left || bounds.bottom <= bounds.top) return null;
  return { left: bounds.left, top: bounds.top, right: bounds.right, bottom: bounds.bottom };
}

/** @param {{left: number, top: number}} corner @param {{width: number, height: number}} size */
function around({ left, top }, { width, height }) {
  return { left, top, right: left + width, bottom: top + height };
}

/** @param {Rect} one @param {Rect} other @returns {Rect | null} */
function overlap(one, other) {
  const left = Math.max(one.left, other.left);
  const top = Math.max(one.top, other.top);
  const right = Math.min(one.right, other.right);
  const bottom = Math.min(one.bottom, other.bottom);
  return left < right && top < bottom ? { left, top, right, bottom } : null;
}

module.exports = { makeSurface, selectedBounds, around, overlap };
