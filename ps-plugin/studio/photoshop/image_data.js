"use strict";
// PhotoshopImageData: pixels outside of a document, which a plugin must give back with dispose().

const { checkType } = require("../documented/check.js");
const { FULL_RANGE, fullOf, converted } = require("../document/colour.js");

/** @typedef {import("../document/colour.js").Values} Values */

/** How many image data are alive: a panel that forgets dispose() is found by its tests. */
class ImageDataCount {
  live = 0;
}

/** Components of what is modelled, and its colour space. */
const FORMATS = {
  RGB: { components: 3, colorSpace: "RGB" },
  RGBA: { components: 4, colorSpace: "RGB" },
  Grayscale: { components: 1, colorSpace: "Grayscale" },
};

class ImageData {
  /** @type {Values | null} chunky, 16 bit as 0..32768; null once disposed */
  #data;
  #count;

  /**
   * @param {ImageDataCount} count
   * @param {Values} data chunky
   * @param {{width: number, height: number, colorProfile: string,
   *   pixelFormat: keyof typeof FORMATS}} facts
   */
  constructor(count, data, { width, height, colorProfile, pixelFormat }) {
    this.#data = data;
    this.#count = count;
    count.live += 1;
    this.width = width;
    this.height = height;
    this.colorSpace = FORMATS[pixelFormat].colorSpace;
    this.colorProfile = colorProfile;
    this.components = FORMATS[pixelFormat].components;
    this.hasAlpha = pixelFormat === "RGBA";
    this.componentSize = /** @type {8 | 16} */ (8 * data.BYTES_PER_ELEMENT);
    this.pixelFormat = pixelFormat;
    this.isChunky = true;
    this.type = "image/uncompressed";
    Object.freeze(this);
  }

  /** What createImageDataFromBuffer makes. The buffer is copied: it stays the plugin's. */
  static fromBuffer(count, buffer, options) {
    const { width, height, components, colorSpace, colorProfile = "", chunky } = options;
    const names = /** @type {(keyof typeof FORMATS)[]} */ (Object.keys(FORMATS));
    const format = names.find(
      (name) => FORMATS[name].components === components && FORMATS[name].colorSpace === colorSpace,
    );
    if (!format) {
      throw new Error(`${components} components of "${colorSpace}" are not modelled by this host`);
    }
    if (![width, height].every((side) => Number.isInteger(side) && side > 0)) {
      throw new TypeError(`width and height must be whole and positive, got ${width}x${height}`);
    }
    // documented: the number of elements must be width * height * components
    if (buffer.length !== width * height * components) {
      throw new Error(
        `a buffer of ${width}x${height}x${components} has ${width * height * components} elements, ` +
          `got ${buffer.length}`,
      );
    }
    const values = valuesOf(buffer, options.fullRange === true);
    const data = chunky === false ? interleaved(values, components) : values;
    return new ImageData(count, data, { width, height, colorProfile, pixelFormat: format });
  }

  /** documented: chunky by default, planar on request; `fullRange` is for 16 bit only. */
  async getData(options = {}) {
    checkType("GetDataOptions", options, "getData: options");
    const data = ImageData.pixelsOf(this);
    const ordered = options.chunky === false ? separated(data, this.components) : data.slice();
    if (!options.fullRange || this.componentSize === 8) return ordered;
    return ranged(ordered, fullOf(16), FULL_RANGE);
  }

  /**
   * The host's own look at the pixels: chunky, not a copy.
   *
   * @param {ImageData} image
   */
  static pixelsOf(image) {
    if (!image.#data) throw new Error("this image data was disposed");
    return image.#data;
  }

  /** documented: synchronous. assumed: harmless a second time. */
  dispose() {
    if (this.#data) this.#count.live -= 1;
    this.#data = null;
  }
}

/**
 * A copy of a plugin's buffer, 16 bit as 0..32768.
 *
 * @param {Values} buffer
 * @param {boolean} fullRange
 * @returns {Values}
 */
function valuesOf(buffer, fullRange) {
  if (buffer.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer);
  if (buffer.BYTES_PER_ELEMENT !== 2) {
    throw new Error("32-bit image data are not modelled by this host");
  }
  if (fullRange) return ranged(buffer, FULL_RANGE, fullOf(16));
  // documented: without fullRange the largest value is 32768. assumed: more is refused
  const beyond = buffer.find((value) => value > fullOf(16));
  if (beyond !== undefined) {
    throw new RangeError(`16-bit values are 0..32768 without fullRange, got ${beyond}`);
  }
  return new Uint16Array(buffer);
}

/** The same 16-bit picture with another largest value. */
const ranged = (data, from, to) =>
  converted(data, 1, { profile: "", full: from }, { profile: "", full: to });

/** Planar to chunky. @param {Values} planar @returns {Values} */
function interleaved(planar, components) {
  const count = planar.length / components;
  const chunky = planar.slice();
  for (let i = 0; i < planar.length; i++) {
    chunky[i] = planar[(i % components) * count + Math.floor(i / components)];
  }
  return chunky;
}

/** Chunky to planar. @param {Values} chunky @returns {Values} */
function separated(chunky, components) {
  const count = chunky.length / components;
  const planar = chunky.slice();
  for (let i = 0; i < chunky.length; i++) {
    planar[i] = chunky[(i % count) * components + Math.floor(i / count)];
  }
  return planar;
}

module.exports = { ImageData, ImageDataCount };
