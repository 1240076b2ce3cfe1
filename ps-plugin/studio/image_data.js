"use strict";
// PhotoshopImageData: pixels outside of a document, which a plugin must give back with dispose().

const { checkType } = require("./check.js");

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
  /** @type {Uint8Array | null} chunky; null once disposed */
  #data;
  #count;

  /**
   * @param {ImageDataCount} count
   * @param {Uint8Array} data chunky
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
    this.componentSize = 8;
    this.pixelFormat = pixelFormat;
    this.isChunky = true;
    this.type = "image/uncompressed";
    Object.freeze(this);
  }

  /** What createImageDataFromBuffer makes. The buffer is copied: it stays the plugin's. */
  static fromBuffer(
    count,
    buffer,
    { width, height, components, colorSpace, colorProfile, chunky },
  ) {
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
    const data = chunky === false ? interleaved(buffer, components) : new Uint8Array(buffer);
    return new ImageData(count, data, {
      width,
      height,
      colorProfile: colorProfile ?? "",
      pixelFormat: format,
    });
  }

  /** documented: chunky by default, planar on request. */
  async getData(options = {}) {
    checkType("GetDataOptions", options, "getData: options");
    const data = ImageData.pixelsOf(this);
    return options.chunky === false ? separated(data, this.components) : data.slice();
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

/** Planar to chunky. */
function interleaved(planar, components) {
  const count = planar.length / components;
  return Uint8Array.from({ length: planar.length }, (_, i) => {
    return planar[(i % components) * count + Math.floor(i / components)];
  });
}

/** Chunky to planar. */
function separated(chunky, components) {
  const count = chunky.length / components;
  return Uint8Array.from({ length: chunky.length }, (_, i) => {
    return chunky[(i % count) * components + Math.floor(i / count)];
  });
}

module.exports = { ImageData, ImageDataCount };
