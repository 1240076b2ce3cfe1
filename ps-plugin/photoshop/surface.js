"use strict";

/**
 * Pixels between a document and arrays: every read is laid back in the rectangle asked for, because
 * Photoshop trims what it returns, and every ImageData is given back.
 *
 * selectedBounds   the selection's rectangle, null when nothing is selected
 * pixelsIn         a layer's or the composite's pixels
 * selectionIn      the selection, soft edges and all
 * maskIn           a layer's user mask
 * put              a picture onto a layer
 * around, overlap  rectangles
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {Pick<Document, "id" | "bitsPerChannel"> & {colorProfileName: string}} Paper a document,
 *   or its tree
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 */

const {
  coloursOf,
  isReadable,
  photoshopName,
  fullOf,
  widened,
  narrowed,
  eighth,
  deepened,
} = require("../pixels/colours.js");
const { placed } = require("../pixels/pixels.js");
const { t } = require("../words/texts.js");

const ONCE = -1; // error number of reads that fail now and then, and succeed the next time
const GREY = 8; // bits: masks and selections are finer only in their own soft edges

/**
 * All but selectedBounds must be called inside a modal scope. Pixels keep the document's depth and
 * profile: nothing is converted that goes out and comes back.
 *
 * @param {typeof import("photoshop").imaging} imaging
 */
function makeSurface(imaging) {
  /**
   * @param {Paper} document
   * @param {{id: number, bounds: Rect} | null} layer null: the composite
   * @param {Rect} rect document pixels
   * @returns {Promise<{picture: Picture, bounds: Rect | null}>} RGBA of rect; bounds: the part of
   *   it that holds pixels, null when there is none
   */
  async function pixelsIn(document, layer, rect) {
    const { depth, profile } = coloursOf(document);
    const part = layer ? overlap(layer.bounds, rect) : rect;
    if (!part) return { picture: { ...nothingIn(rect, depth), profile }, bounds: null };
    requireDepth(document);
    // In the document's own depth: hosts may refuse any other. What else is wanted is made of it here.
    const { imageData, sourceBounds } = await twice(() =>
      imaging.getPixels({
        documentID: document.id,
        ...(layer && { layerID: layer.id }),
        sourceBounds: part,
        colorSpace: "RGB",
        colorProfile: photoshopName(profile),
        componentSize: depth,
      }),
    );
    const corner = { left: sourceBounds.left, top: sourceBounds.top };
    const found = await read(imageData, depth);
    return {
      picture: { ...placed(found, corner, rect, 4), profile },
      bounds: around(corner, found),
    };
  }

  /**
   * @param {number} documentID
   * @param {Rect} part inside of the selection's bounds
   * @param {Rect} rect
   * @returns {Promise<Picture>} grey, 255 where all may change
   */
  async function selectionIn(documentID, part, rect) {
    const { imageData, sourceBounds } = await twice(() =>
      imaging.getSelection({ documentID, sourceBounds: part }),
    );
    return placed(await read(imageData, GREY), sourceBounds, rect, 1);
  }

  /**
   * @param {{id: number}} document
   * @param {{id: number}} layer that has a user mask
   * @param {Rect} rect
   * @returns {Promise<Picture>} grey, 255 where the layer is seen
   */
  async function maskIn(document, layer, rect) {
    const { imageData, sourceBounds } = await twice(() =>
      imaging.getLayerMask({ documentID: document.id, layerID: layer.id, kind: "user" }),
    );
    return placed(await read(imageData, GREY), sourceBounds, rect, 1);
  }

  /**
   * @param {{id: number}} document
   * @param {{id: number}} layer
   * @param {Picture} picture
   * @param {{left: number, top: number}} corner
   */
  async function put(document, layer, picture, corner) {
    const { width, height, pixels, profile = "sRGB" } = picture;
    const deep = fullOf(pixels) > 255;
    const imageData = await imaging.createImageDataFromBuffer(deep ? narrowed(pixels) : pixels, {
      width,
      height,
      components: 4,
      chunky: true,
      colorSpace: "RGB",
      colorProfile: photoshopName(profile),
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

  return { pixelsIn, selectionIn, maskIn, put };
}

/**
 * Once more where a read failed as reads do now and then; what fails twice is told.
 *
 * @template T
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 */
async function twice(read) {
  try {
    return await read();
  } catch (error) {
    if (/** @type {{number?: number}} */ (error).number !== ONCE) throw error;
    return read();
  }
}

/**
 * Nothing is read of a document, and nothing written, whose numbers the bridge does not have.
 *
 * @param {{bitsPerChannel: unknown}} document
 * @throws a sentence for the painter
 */
function requireDepth({ bitsPerChannel }) {
  if (!isReadable(bitsPerChannel)) throw new Error(t("document.deep"));
}

/** A picture without any pixels. @param {Rect} rect @param {8 | 16} depth */
function nothingIn(rect, depth) {
  const data = depth === 16 ? new Uint16Array(0) : new Uint8Array(0);
  return placed({ width: 0, height: 0, components: 4, data }, rect, rect, 4);
}

/**
 * What an ImageData holds, at that depth; it is given back. Photoshop's 16 bit end at 32768.
 *
 * @param {Awaited<ReturnType<typeof import("photoshop").imaging.getPixels>>["imageData"]} imageData
 * @param {number} depth 8 or 16
 */
async function read(imageData, depth) {
  try {
    const { width, height, components } = imageData;
    const given = await imageData.getData({ chunky: true });
    return { width, height, components, data: atDepth(given, depth) };
  } finally {
    imageData.dispose();
  }
}

/** @param {Uint8Array | Uint16Array | Float32Array} given @param {number} depth */
function atDepth(given, depth) {
  if (given instanceof Uint8Array) return depth === 8 ? given : deepened(given);
  return depth === 8 ? eighth(given, 32768) : widened(given);
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

module.exports = { makeSurface, requireDepth, selectedBounds, around, overlap };
