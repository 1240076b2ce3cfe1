"use strict";
// Module photoshop.imaging: pixels in and out, in the document's depth and profile or converted.
//
// documented below means AdobeDocs/uxp-photoshop, ps-reference/media/imaging.md.

const { rectangle, isEmpty, common, around, NOTHING } = require("../document/bounds.js");
const { boundsOf, cut, laid, trimmed, scaled } = require("../document/raster.js");
const { changeState, changeLayer, findLayer, isHeld } = require("../document/document.js");
const { composite } = require("../document/composite.js");
const { requireUnlocked } = require("../document/edits.js");
const { checkCall } = require("../documented/check.js");
const { ImageData, ImageDataCount } = require("./image_data.js");
const { GRAY, PROFILES } = require("../document/colour.js");
const parts = require("./image_parts.js");
const { readFailed } = require("./faults.js");

/**
 * @param {object} host
 * @param {import("../document/model.js").Model} host.model
 * @param {ReturnType<import("./modal.js").createModal>} host.modal
 * @param {import("./faults.js").Faults} host.faults
 * @param {(image: {width: number, height: number, rgb: Uint8Array}) => Promise<Uint8Array>}
 *   [host.encodeJpeg] absent in Node
 */
function createImaging({ model, modal, faults, encodeJpeg }) {
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
    faults.takeRead();
    const document = documentOf(options);
    const state = stateOf(document, options);
    const wanted = wantedColours(options, state);
    const { componentSize: size = -1 } = options;
    if (faults.has("ownDepthOnly") && ![-1, state.depth].includes(size)) throw readFailed();
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
    const what = layer ? `layer "${layer.name}"` : "the document";
    return read(source, options, kind, what, state.profile, wanted);
  }

  async function getSelection(...given) {
    const [options] = enter("getSelection", given);
    const { state } = documentOf(options);
    const selection = trimmed(state.selection);
    if (!selection) throw new Error("there is no selection"); // assumed
    return readGrey(selection, options, "selection", state);
  }

  async function getLayerMask(...given) {
    const [options] = enter("getLayerMask", given);
    if (options.kind === "vector") throw new Error("vector masks are not modelled by this host");
    const { state } = documentOf(options);
    const layer = layerOf(state, options);
    const { mask } = layer;
    if (!mask) throw new Error(`layer "${layer.name}" has no user mask`); // assumed
    // assumed: what a mask shows outside its rectangle is read like the rest
    const canvas = rectangle(0, 0, state.width, state.height);
    const whole = mask.outside ? cut(mask, around(boundsOf(mask), canvas)) : mask;
    return readGrey(whole, options, "the mask", state);
  }

  /** assumed: a mask or selection has the document's depth. */
  function readGrey(raster, options, what, { depth }) {
    const grey = { depth, profile: GRAY };
    const { imageData, sourceBounds } = read(raster, options, "Grayscale", what, GRAY, grey);
    return { imageData, sourceBounds };
  }

  /** The wanted part of a raster as image data, trimmed to where it has pixels: documented. */
  function read(raster, { sourceBounds, targetSize }, kind, what, profile, wanted) {
    const asked = sourceBounds ? parts.bounded(sourceBounds) : null;
    const part = raster ? common(asked ?? boundsOf(raster), boundsOf(raster)) : NOTHING;
    const inked = faults.isTight() && !isEmpty(part) ? trimmed(cut(raster, part)) : null;
    const bounds = inked ? boundsOf(inked) : part;
    if (isEmpty(bounds)) throw new Error(`${what} has no pixels there`); // assumed
    const pixels = cut(raster, bounds);
    const size = parts.sizeOf(pixels, targetSize);
    const level = parts.pyramidLevel(pixels, size, faults.levels());
    const asItIs = size.width === pixels.width && size.height === pixels.height;
    const result = asItIs ? pixels : scaled(pixels, size.width, size.height);
    return {
      imageData: new ImageData(count, parts.components(result, kind, profile, wanted), {
        width: result.width,
        height: result.height,
        colorProfile: wanted.profile,
        pixelFormat: kind,
      }),
      sourceBounds: parts.atLevel(bounds, level),
      level,
    };
  }

  async function putPixels(...given) {
    const [options] = enter("putPixels", given);
    const document = documentOf(options);
    const layer = layerOf(document.state, options);
    if (layer.kind !== "pixel" || layer.placed) {
      throw new Error(`layer "${layer.name}" is not a pixel layer`);
    }
    const { imageData } = options;
    if (imageData.colorSpace !== "RGB") throw new Error("putPixels takes RGB image data");
    const name = options.commandName ?? "Put Pixels"; // assumed
    requireUnlocked(document.state, layer.id, name, "pixels");
    if (!layer.background && isHeld(document.state, layer.id, "transparency")) {
      throw new Error("putPixels where transparent pixels are locked is not modelled by this host");
    }
    const patch = parts.placed(imageData, options.targetBounds, 4, document.state);
    const canvas = rectangle(0, 0, document.state.width, document.state.height);
    const raster = layer.background
      ? laid(
          layer.raster,
          parts.opaqueOn(layer.raster, cut(patch, common(boundsOf(patch), canvas))),
        )
      : // documented: `replace` (the default) discards what the layer held before
        trimmed(options.replace === false ? laid(layer.raster, patch) : patch);
    document.record(name, changeLayer(document.state, layer.id, { raster }));
  }

  async function putLayerMask(...given) {
    const [options] = enter("putLayerMask", given);
    const document = documentOf(options);
    const layer = layerOf(document.state, options);
    const patch = maskPatch(options, "putLayerMask", document);
    const name = options.commandName ?? "Put Layer Mask"; // assumed
    requireUnlocked(document.state, layer.id, name);
    if (layer.background) throw new Error("the background layer takes no mask");
    // documented: `replace` (the default) makes a new mask
    if (options.replace === false && !layer.mask) {
      throw new Error(`layer “${layer.name}” has no user mask to put pixels into`); // assumed
    }
    const mask = options.replace === false ? laid(layer.mask, patch) : patch;
    document.record(name, changeLayer(document.state, layer.id, { mask }));
  }

  async function putSelection(...given) {
    const [options] = enter("putSelection", given);
    const document = documentOf(options);
    const patch = maskPatch(options, "putSelection", document);
    const kept = options.replace === false ? document.state.selection : null;
    const selection = trimmed(laid(kept, patch));
    const name = options.commandName ?? "Put Selection"; // assumed
    document.record(name, changeState(document.state, { selection }));
  }

  function maskPatch({ imageData, targetBounds }, call, { state }) {
    // documented: masks and selections have one grey component
    if (imageData.components !== 1) {
      throw new Error(`${call} takes one component, got ${imageData.components}`);
    }
    return parts.placed(imageData, targetBounds, 1, { depth: state.depth, profile: GRAY });
  }

  async function createImageDataFromBuffer(...given) {
    const [buffer, options] = enter("createImageDataFromBuffer", given);
    const known = options.colorSpace === "Grayscale" ? [GRAY] : PROFILES;
    if (options.colorProfile) requireProfile(options.colorProfile, known);
    return ImageData.fromBuffer(count, buffer, options);
  }

  async function encodeImageData(...given) {
    const [{ imageData, base64 }] = enter("encodeImageData", given);
    if (imageData.componentSize !== 8) {
      throw new Error("encodeImageData of 16 bit is not modelled by this host");
    }
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

/**
 * documented: without wishes the document's own depth and profile.
 *
 * @param {{colorSpace?: string, colorProfile?: string, componentSize?: -1 | 8 | 16 | 32}} options
 * @param {import("../document/document.js").State} state
 */
function wantedColours({ colorSpace = "RGB", colorProfile, componentSize = -1 }, state) {
  if (colorSpace !== "RGB") {
    throw new Error(`colorSpace "${colorSpace}" is not modelled by this host`);
  }
  if (componentSize === 32) throw new Error("componentSize 32 is not modelled by this host");
  if (colorProfile) requireProfile(colorProfile, PROFILES);
  const depth = componentSize === -1 ? state.depth : componentSize;
  return { depth, profile: colorProfile || state.profile };
}

function requireProfile(name, known) {
  if (!known.includes(name)) {
    throw new Error(
      `colorProfile "${name}" is not modelled by this host; there is ${known.join(", ")}`,
    );
  }
}

module.exports = { createImaging };
