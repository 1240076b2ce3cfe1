"use strict";
// A document's picture as a PNG or JPEG file, with its colour profile.
//
// documented: objects/saveoptions. assumed: what is transparent is white in a JPEG unless a matte is
// named; the default quality is the page's 8.

const { composite } = require("../document/composite.js");
const { converted, fullOf, numbersOf } = require("../document/colour.js");
const { changeState, makeLayer, backgroundOf } = require("../document/document.js");
const { rectangle } = require("../document/bounds.js");
const { trimmed } = require("../document/raster.js");
const { enums } = require("../documented/checks.js");
const { writePng } = require("./png.js");
const { writeJpeg } = require("./jpeg.js");
const { iccOf } = require("./icc.js");
const pages = require("../documented/pages.js");

/** @typedef {import("../document/document.js").State} State */

const CLASSES = { png: "PNGSaveOptions", jpg: "JPEGSaveOptions" };
const LAYERED = "PhotoshopSaveOptions";
const RANGES = { compression: [0, 9], quality: [0, 12], scans: [3, 5] };

const picture = (state) => composite(state, rectangle(0, 0, state.width, state.height));
const isOpaque = (state) => state.layers.some((layer) => layer.background);

/**
 * documented: the members of the options' classes. assumed: others, and what is out of range, throw.
 *
 * @param {"psd" | "psb" | "png" | "jpg"} format
 * @param {Record<string, any>} options
 */
function checkOptions(format, options) {
  const kind = CLASSES[format] ?? LAYERED;
  const known = pages.options[kind];
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) throw new TypeError(`${kind} has no "${name}"`);
    const type = known[name].split(" ")[1];
    if (["boolean", "number"].includes(type) && typeof value !== type) {
      throw new TypeError(`${kind}.${name} must be ${type}`);
    }
    const names = enums[type];
    if (names && !Object.values(names).includes(value)) {
      throw new TypeError(`${kind}.${name} is one of ${type}`);
    }
    const [low, high] = RANGES[name] ?? [value, value];
    if (!(value >= low && value <= high) && RANGES[name]) {
      throw new TypeError(`${kind}.${name} is ${low} to ${high}`);
    }
  }
  if (options.interlaced || options.formatOptions === enums.JPEGFormatOptions.PROGRESSIVE) {
    throw new Error(`${kind}: what is shown little by little is not modelled by this host`);
  }
  if (kind === LAYERED && (options.layers === false || options.embedColorProfile === false)) {
    throw new Error(`${kind}: without layers or profile is not modelled by this host`);
  }
}

/**
 * @param {State} state
 * @param {"png" | "jpg"} format
 * @param {Record<string, any>} options
 * @param {readonly number[]} [background] the painter's, 0..255
 * @returns {Promise<Uint8Array>}
 */
async function pictureFile(state, format, options, background = [255, 255, 255]) {
  const { width, height, profile, depth } = state;
  const { data } = picture(state);
  if (format === "png") {
    const channels = isOpaque(state) ? 3 : 4;
    const kept = channels === 4 ? data : withoutAlpha(data);
    return writePng({ width, height, channels, data: kept, profile });
  }
  const eight = converted(data, 4, { profile, full: fullOf(depth) }, { profile, full: 255 });
  const rgb = matted(eight, matteOf(options, background));
  const icc = options.embedColorProfile === false ? undefined : iccOf(profile);
  return writeJpeg({ width, height, rgb }, { quality: options.quality, icc });
}

function withoutAlpha(data) {
  const rgb = data.slice(0, (data.length / 4) * 3);
  for (let i = 0, j = 0; i < data.length; i += 4, j += 3) {
    for (let c = 0; c < 3; c++) rgb[j + c] = data[i + c];
  }
  return rgb;
}

/** @param {Record<string, any>} options @param {readonly number[]} background */
function matteOf({ color, customMatte, matteColor }, background) {
  const own = customMatte ?? color;
  if (own) return numbersOf(`#${own.rgb.hexValue}`);
  const { MatteColor } = enums;
  if (matteColor === MatteColor.BLACK) return [0, 0, 0];
  if (matteColor === MatteColor.BACKGROUND) return background;
  if (matteColor !== undefined && matteColor !== MatteColor.WHITE) {
    throw new Error(`matteColor "${matteColor}" is not modelled by this host`);
  }
  return [255, 255, 255];
}

function matted(rgba, matte) {
  const rgb = withoutAlpha(rgba);
  for (let i = 0, j = 0; i < rgba.length; i += 4, j += 3) {
    const alpha = rgba[i + 3] / 255;
    for (let c = 0; c < 3; c++) rgb[j + c] = Math.round(matte[c] + (rgb[j + c] - matte[c]) * alpha);
  }
  return rgb;
}

/** What is left of a document in a file without layers. @param {State} state @returns {State} */
function flattened(state) {
  const raster = picture(state);
  const layer = isOpaque(state)
    ? backgroundOf(1, raster)
    : makeLayer({ id: 1, name: "Layer 0", raster: trimmed(raster) });
  const nothing = { selection: null, xmp: null, kept: [], resources: [] };
  return changeState(state, { ...nothing, layers: [layer], active: [1] });
}

module.exports = { pictureFile, flattened, checkOptions };
