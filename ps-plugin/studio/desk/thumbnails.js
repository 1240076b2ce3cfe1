"use strict";
// Small pictures of layers, for the layer list. Made once for each raster.

const SIDE = 30; // CSS pixels
const PIXELS = SIDE * 2; // sharp on dense screens

const { atDepth, onScreen } = require("../document/raster.js");

/** @type {WeakMap<Uint8Array | Uint16Array, {key: string, canvas: HTMLCanvasElement}>} */
const made = new WeakMap();

/**
 * A layer's pixels where they lie in the document.
 *
 * @param {import("../document/raster.js").Raster | null} raster
 * @param {import("../document/document.js").State} document
 * @returns {HTMLCanvasElement} its own element for each call
 */
function thumbnail(raster, { width, height, profile }) {
  const scale = PIXELS / Math.max(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.className = "thumbnail";
  Object.assign(canvas.style, { width: `${canvas.width / 2}px`, height: `${canvas.height / 2}px` });
  if (!raster) return canvas;
  const key = `${width}x${height}+${profile}+${raster.left}+${raster.top}`;
  const known = made.get(raster.data);
  const picture = known?.key === key ? known.canvas : drawn(raster, profile, canvas, scale);
  if (picture !== known?.canvas) made.set(raster.data, { key, canvas: picture });
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas;
}

/** @type {WeakMap<Uint8Array | Uint16Array, Uint8Array>} */
const opaque = new WeakMap();

/**
 * A mask as pixels: what it shows is white.
 *
 * @param {import("../document/raster.js").Raster} mask
 * @returns {import("../document/raster.js").Raster}
 */
function maskPixels(mask) {
  let data = opaque.get(mask.data);
  if (!data) {
    const grey = atDepth(mask, 8).data;
    data = new Uint8Array(grey.length * 4).fill(255);
    for (let i = 0; i < grey.length; i++) data.fill(grey[i], i * 4, i * 4 + 3);
    opaque.set(mask.data, data);
  }
  return { ...mask, channels: 4, data };
}

/** The raster, reduced by the browser in its own place. */
function drawn(raster, profile, { width, height }, scale) {
  const full = document.createElement("canvas");
  full.width = raster.width;
  full.height = raster.height;
  const shown = new Uint8ClampedArray(onScreen(raster, profile));
  const pixels = new ImageData(shown, raster.width, raster.height);
  full.getContext("2d")?.putImageData(pixels, 0, 0);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(
    full,
    raster.left * scale,
    raster.top * scale,
    raster.width * scale,
    raster.height * scale,
  );
  return canvas;
}

module.exports = { thumbnail, maskPixels };
