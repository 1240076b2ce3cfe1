"use strict";
// Module photoshop.imaging: pixels in and out. 8 bit, sRGB; anything else is refused by name.
//
// documented below means AdobeDocs/uxp-photoshop, ps_reference/media/imaging.md.

const { rectangle, isEmpty, common, NOTHING } = require("./bounds.js");
const { makeRaster, boundsOf, cut, laid, trimmed, scaled } = require("./raster.js");
const { changeState, changeLayer, findLayer } = require("./document.js");
const { composite } = require("./composite.js");
const { checkCall } = require("./check.js");
const { ImageData, ImageDataCount } = require("./image_data.js");

const SRGB = "sRGB IEC61966-2.1";
const GRAY = "Gray Gamma 2.2";
const CACHE_LEVELS = 4; // documented: a preference; 4 is Photoshop's default

/**
 * @param {object} host
 * @param {import("./model.js").Model} host.model
 * @param {ReturnType<import("./modal.js").createModal>} host.modal
 * @param {(image: {width: number, height: number, rgb: Uint8Array}) => Promise<Uint8Array>}
 *   [host.encodeJpeg] absent in Node
 */
function createImaging({ model, modal, encodeJpeg }) {
  const count = new ImageDataCount();

  /** Every call passes here first. */
  function enter(name, given) {
    checkCall(`imaging.${name}`, given);
    // seen in a host for getPixels; assumed for the others
    modal.requireScope();
    return given;
  }

  // documented: a missing or negative id means the active document
  function documentOf({ documentID }) {
    const active = documentID === undefined || documentID < 0;
    const found = active ? model.active : model.documents.find(({ id }) => id === documentID);
    if (!found) throw new Error(active ? "no document is open" : `no document ${documentID}`);
    return found;
  }

  function stateOf(document, { historyStateID }) {
    if (historyStateID === undefined) return document.state;
    const entry = document.history.find(({ id }) => id === historyStateID);
    if (!entry) throw new Error(`there is no history state ${historyStateID}`);
    return entry.state;
  }

  function layerOf(state, { layerID }) {
    const layer = findLayer(state, layerID);
    if (!layer) throw new Error(`there is no layer ${layerID}`);
    return layer;
  }

  async function getPixels(...given) {
    const [options] = enter("getPixels", given);
    refuseConversion(options);
    const document = documentOf(options);
    const state = stateOf(document, options);
    const canvas = rectangle(0, 0, state.width, state.height);
    const layer = options.layerID === undefined ? null : layerOf(state, options);
    if (layer && layer.kind !== "pixel") {
      throw new Error(`getPixels of the group "${layer.name}" is not modelled by this host`);
    }
    const source = trimmed(layer ? layer.raster : composite(state, canvas));
    // documented: an opaque source has three components. assumed: that is a background layer, and
    // a composite that has one
    const opaque = layer ? layer.background : state.layers.some((one) => one.background);
    const kind = options.applyAlpha || opaque ? "RGB" : "RGBA";
    return read(source, options, kind, layer ? `layer "${layer.name}"` : "the document");
  }

  async function getSelection(...given) {
    const [options] = enter("getSelection", given);
    const { selection } = documentOf(options).state;
    if (!selection) throw new Error("there is no selection"); // assumed
    const { imageData, sourceBounds } = read(trimmed(selection), options, "Grayscale", "selection");
    return { imageData, sourceBounds };
  }

  async function getLayerMask(...given) {
    const [options] = enter("getLayerMask", given);
    if (options.kind === "vector") throw new Error("vector masks are not modelled by this host");
    const layer = layerOf(documentOf(options).state, options);
    if (!layer.mask) throw new Error(`layer "${layer.name}" has no user mask`); // assumed
    const { imageData, sourceBounds } = read(layer.mask, options, "Grayscale", "the mask");
    return { imageData, sourceBounds };
  }

  /** The wanted part of a raster as image data, trimmed to where it has pixels: documented. */
  function read(raster, { sourceBounds, targetSize }, kind, what) {
    const asked = sourceBounds ? bounded(sourceBounds) : raster ? boundsOf(raster) : NOTHING;
    const bounds = raster ? common(asked, boundsOf(raster)) : NOTHING;
    if (isEmpty(bounds)) throw new Error(`${what} has no pixels there`); // assumed
    const pixels = cut(raster, bounds);
    const size = sizeOf(pixels, targetSize);
    const level = pyramidLevel(pixels, size);
    const asItIs = size.width === pixels.width && size.height === pixels.height;
    const result = asItIs ? pixels : scaled(pixels, size.width, size.height);
    return {
      imageData: new ImageData(count, converted(result, kind), {
        width: result.width,
        height: result.height,
        colorProfile: kind === "Grayscale" ? GRAY : SRGB,
        pixelFormat: kind,
      }),
      sourceBounds: atLevel(bounds, level),
      level,
    };
  }

  async function putPixels(...given) {
    const [options] = enter("putPixels", given);
    const document = documentOf(options);
    const layer = layerOf(document.state, options);
    if (layer.kind !== "pixel") throw new Error(`layer "${layer.name}" is not a pixel layer`);
    const { imageData } = options;
    if (imageData.colorSpace !== "RGB") throw new Error("putPixels takes RGB image data");
    const patch = placed(imageData, options.targetBounds, 4);
    const canvas = rectangle(0, 0, document.state.width, document.state.height);
    const raster = layer.background
      ? laid(layer.raster, opaqueOn(layer.raster, cut(patch, common(boundsOf(patch), canvas))))
      : // documented: `replace` (the default) discards what the layer held before
        trimmed(options.replace === false ? laid(layer.raster, patch) : patch);
    const name = options.commandName ?? "Put Pixels"; // assumed
    document.record(name, changeLayer(document.state, layer.id, { raster }));
  }

  async function putLayerMask(...given) {
    const [options] = enter("putLayerMask", given);
    const document = documentOf(options);
    const layer = layerOf(document.state, options);
    const patch = maskPatch(options, "putLayerMask");
    const mask = options.replace === false ? laid(layer.mask, patch) : patch;
    const name = options.commandName ?? "Put Layer Mask"; // assumed
    document.record(name, changeLayer(document.state, layer.id, { mask }));
  }

  async function putSelection(...given) {
    const [options] = enter("putSelection", given);
    const document = documentOf(options);
    const patch = maskPatch(options, "putSelection");
    const kept = options.replace === false ? document.state.selection : null;
    const selection = trimmed(laid(kept, patch));
    const name = options.commandName ?? "Put Selection"; // assumed
    document.record(name, changeState(document.state, { selection }));
  }

  function maskPatch({ imageData, targetBounds }, call) {
    // documented: masks and selections have one grey component
    if (imageData.components !== 1) {
      throw new Error(`${call} takes one component, got ${imageData.components}`);
    }
    return placed(imageData, targetBounds, 1);
  }

  async function createImageDataFromBuffer(...given) {
    const [buffer, options] = enter("createImageDataFromBuffer", given);
    if (!(buffer.BYTES_PER_ELEMENT === 1)) {
      throw new Error("16- and 32-bit image data are not modelled by this host");
    }
    return ImageData.fromBuffer(count, buffer, options);
  }

  async function encodeImageData(...given) {
    const [{ imageData, base64 }] = enter("encodeImageData", given);
    if (imageData.components !== 3) throw new Error("encodeImageData takes RGB without alpha");
    if (!encodeJpeg) throw new Error("encodeImageData is modelled in the browser only");
    const { width, height } = imageData;
    const jpeg = await encodeJpeg({ width, height, rgb: await imageData.getData({}) });
    return base64
      ? btoa(Array.from(jpeg, (byte) => String.fromCharCode(byte)).join(""))
      : [...jpeg];
  }

  const imaging = {
    getPixels,
    putPixels,
    getLayerMask,
    putLayerMask,
    getSelection,
    putSelection,
    createImageDataFromBuffer,
    encodeImageData,
  };
  return { imaging, undisposed: () => count.live };
}

function refuseConversion({ colorSpace = "RGB", colorProfile = "", componentSize = -1 }) {
  if (colorSpace !== "RGB") throw new Error(`colorSpace "${colorSpace}" is not modelled`);
  if (colorProfile && colorProfile !== SRGB) {
    throw new Error(`colorProfile "${colorProfile}" is not modelled; "${SRGB}" is`);
  }
  if (componentSize !== -1 && componentSize !== 8) {
    throw new Error(`componentSize ${componentSize} is not modelled; 8 is`);
  }
}

/** documented: bounds are four edges, or a corner and a size. */
function bounded({ left, top, right, bottom, width, height }) {
  const bounds =
    right === undefined ? rectangle(left, top, width, height) : { left, top, right, bottom };
  if (Object.values(bounds).some((edge) => !Number.isInteger(edge))) {
    throw new TypeError("sourceBounds must be whole pixels");
  }
  return bounds;
}

/** documented: one dimension is enough, the other follows in proportion. */
function sizeOf({ width, height }, target = {}) {
  if (target.width === undefined && target.height === undefined) return { width, height };
  const scale = target.width !== undefined ? target.width / width : target.height / height;
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
function pyramidLevel(source, target) {
  const ratio = Math.min(source.width / target.width, source.height / target.height);
  return Math.min(Math.floor(Math.log2(ratio)), CACHE_LEVELS - 1);
}

/** documented: sourceBounds are relative to the level. */
function atLevel({ left, top, right, bottom }, level) {
  const scale = 2 ** level;
  return {
    left: Math.floor(left / scale),
    top: Math.floor(top / scale),
    right: Math.ceil(right / scale),
    bottom: Math.ceil(bottom / scale),
  };
}

/** A raster's pixels as components; RGB is matted on white: documented for applyAlpha. */
function converted(raster, kind) {
  if (kind !== "RGB") return raster.data.slice();
  const rgb = new Uint8Array(raster.width * raster.height * 3);
  for (let i = 0, j = 0; i < raster.data.length; i += 4, j += 3) {
    const alpha = raster.data[i + 3] / 255;
    for (let c = 0; c < 3; c++) {
      rgb[j + c] = Math.round(255 + (raster.data[i + c] - 255) * alpha);
    }
  }
  return rgb;
}

/** Image data as a raster at a place; (0, 0) when none is given: documented. */
function placed(imageData, { left = 0, top = 0 } = {}, channels) {
  if (!Number.isInteger(left) || !Number.isInteger(top)) {
    throw new TypeError(`targetBounds must be whole pixels, got ${left}, ${top}`);
  }
  const bounds = rectangle(left, top, imageData.width, imageData.height);
  const source = ImageData.pixelsOf(imageData);
  if (channels === 1 || imageData.components === 4) return makeRaster(bounds, channels, source);
  const raster = makeRaster(bounds, 4);
  for (let i = 0, j = 0; i < source.length; i += 3, j += 4) {
    raster.data.set([source[i], source[i + 1], source[i + 2], 255], j);
  }
  return raster;
}

/** A patch over an opaque raster: a background layer has no transparency. */
function opaqueOn(base, patch) {
  const result = makeRaster(boundsOf(patch), 4);
  const under = cut(base, boundsOf(patch));
  for (let i = 0; i < result.data.length; i += 4) {
    const alpha = patch.data[i + 3] / 255;
    for (let c = 0; c < 3; c++) {
      result.data[i + c] = Math.round(
        under.data[i + c] + (patch.data[i + c] - under.data[i + c]) * alpha,
      );
    }
    result.data[i + 3] = 255;
  }
  return result;
}

module.exports = { createImaging, SRGB, GRAY };
