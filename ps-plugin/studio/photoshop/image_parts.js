"use strict";
// Pixels on their way between a document and image data: which part, how large, in which numbers.
//
// documented below means AdobeDocs/uxp-photoshop, ps-reference/media/imaging.md.
//
//   bounded, sizeOf, pyramidLevel, atLevel   what was asked for
//   components                               a raster as image data holds it
//   placed, opaqueOn                         image data as a raster

const { rectangle } = require("../document/bounds.js");
const { makeRaster, blank, boundsOf, cut, depthOf, fullIn } = require("../document/raster.js");
const { fullOf, converted } = require("../document/colour.js");
const { ImageData } = require("./image_data.js");

/** @typedef {import("../document/bounds.js").Bounds} Bounds */
/** @typedef {import("../document/raster.js").Raster} Raster */
/** @typedef {import("../document/colour.js").Depth} Depth */
/** @typedef {{depth: Depth, profile: string}} Colours of a document or of image data */

/** documented: bounds are four edges, or a corner and a size. @returns {Bounds} */
function bounded({ left, top, right, bottom, width, height }) {
  const bounds =
    right === undefined ? rectangle(left, top, width, height) : { left, top, right, bottom };
  if (Object.values(bounds).some((edge) => !Number.isInteger(edge))) {
    throw new TypeError("sourceBounds must be whole pixels");
  }
  return bounds;
}

/**
 * documented: one dimension is enough, the other follows in proportion.
 *
 * @param {{width: number, height: number}} source
 * @param {{width?: number, height?: number}} [target]
 */
function sizeOf({ width, height }, target) {
  if (!target) return { width, height };
  if (target.width === undefined && target.height === undefined) {
    throw new TypeError("targetSize needs a width or a height"); // documented: one of them at least
  }
  const scale = target.width !== undefined ? target.width / width : (target.height ?? 0) / height;
  const size = {
    width: target.width ?? Math.max(1, Math.round(width * scale)),
    height: target.height ?? Math.max(1, Math.round(height * scale)),
  };
  if (!(size.width >= 1 && size.height >= 1)) throw new TypeError("targetSize must be 1 or more");
  if (size.width > width || size.height > height) {
    throw new Error("a targetSize beyond the source is not modelled by this host");
  }
  return size;
}

/** documented: a smaller target may be read from a halved copy. assumed: the smallest that will do. */
function pyramidLevel(source, target, levels) {
  const ratio = Math.min(source.width / target.width, source.height / target.height);
  return Math.min(Math.floor(Math.log2(ratio)), levels - 1);
}

/** documented: sourceBounds are relative to the level. @param {Bounds} bounds */
function atLevel({ left, top, right, bottom }, level) {
  const scale = 2 ** level;
  return {
    left: Math.floor(left / scale),
    top: Math.floor(top / scale),
    right: Math.ceil(right / scale),
    bottom: Math.ceil(bottom / scale),
  };
}

/**
 * A raster's pixels as components; RGB is matted on white: documented for applyAlpha.
 *
 * @param {Raster} raster
 * @param {"RGB" | "RGBA" | "Grayscale"} kind
 * @param {string} profile of the raster
 * @param {Colours} wanted
 */
function components(raster, kind, profile, wanted) {
  const from = { profile, full: fullIn(raster) };
  const to = { profile: wanted.profile, full: fullOf(wanted.depth) };
  const data = kind === "RGB" ? matted(raster) : raster.data;
  const channels = kind === "RGB" ? 3 : raster.channels;
  const result = converted(data, channels, from, to);
  return result === raster.data ? result.slice() : result;
}

function matted(raster) {
  const white = fullIn(raster);
  const rgb = raster.data.slice(0, raster.width * raster.height * 3);
  for (let i = 0, j = 0; i < raster.data.length; i += 4, j += 3) {
    const alpha = raster.data[i + 3] / white;
    for (let c = 0; c < 3; c++) {
      rgb[j + c] = Math.round(white + (raster.data[i + c] - white) * alpha);
    }
  }
  return rgb;
}

/**
 * Image data as a raster at a place; (0, 0) when none is given: documented.
 *
 * @param {ImageData} imageData
 * @param {{left?: number, top?: number} | undefined} corner
 * @param {1 | 4} channels
 * @param {Colours} wanted of the document
 */
function placed(imageData, { left = 0, top = 0 } = {}, channels, wanted) {
  if (!Number.isInteger(left) || !Number.isInteger(top)) {
    throw new TypeError(`targetBounds must be whole pixels, got ${left}, ${top}`);
  }
  const bounds = rectangle(left, top, imageData.width, imageData.height);
  // documented: without a profile of its own the data have that of the document
  const profile = imageData.colorProfile || wanted.profile;
  const from = { profile, full: fullOf(imageData.componentSize) };
  const to = { profile: wanted.profile, full: fullOf(wanted.depth) };
  const source = ImageData.pixelsOf(imageData);
  const data = converted(source, imageData.components, from, to);
  if (channels === 1 || imageData.components === 4) return makeRaster(bounds, channels, data);
  const raster = blank(bounds, 4, wanted.depth);
  for (let i = 0, j = 0; i < data.length; i += 3, j += 4) {
    raster.data.set([data[i], data[i + 1], data[i + 2], to.full], j);
  }
  return raster;
}

/**
 * A patch over an opaque raster: a background layer has no transparency.
 *
 * @param {Raster | null} base
 * @param {Raster} patch
 */
function opaqueOn(base, patch) {
  const full = fullIn(patch);
  const result = blank(boundsOf(patch), 4, depthOf(patch));
  const under = cut(base, boundsOf(patch), 4, depthOf(patch));
  for (let i = 0; i < result.data.length; i += 4) {
    const alpha = patch.data[i + 3] / full;
    for (let c = 0; c < 3; c++) {
      result.data[i + c] = Math.round(
        under.data[i + c] + (patch.data[i + c] - under.data[i + c]) * alpha,
      );
    }
    result.data[i + 3] = full;
  }
  return result;
}

module.exports = { bounded, sizeOf, pyramidLevel, atLevel, components, placed, opaqueOn };
