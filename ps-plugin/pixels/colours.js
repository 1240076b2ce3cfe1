"use strict";

/**
 * Depth and colour profile of documents and pictures.
 *
 * coloursOf(document)       how its pixels travel: in its own depth, and in its own profile where the
 *                           bridge knows that; Photoshop converts the others to sRGB
 * isReadable(bits)          whether they travel at all
 * photoshopName(profile)    what Photoshop calls a profile
 * fullOf(pixels)            the largest value: 255 or 65535
 * widened, narrowed         Photoshop's 16 bit, 0..32768, to 0..65535 and back, without loss
 * eighth, deepened          8 bit of 16, and 16 of 8
 * onScreen(picture)         a small picture in sRGB, as the panel's <img> shows it
 * bytesOf, valuesOf         16 bit as bytes, little-endian as the bridge has them
 *
 * Pictures of 16 bit have only those 32769 levels that Photoshop keeps, so that reading back is
 * exact. In a document of another profile Photoshop converts what is written: what lies there
 * afterwards is what counts as handed out.
 *
 * @typedef {import("../types/wire").Profile} Profile
 * @typedef {Uint8Array | Uint16Array} Values
 */

/** As Photoshop names them. @type {Record<string, Profile>} */
const PROFILES = {
  "sRGB IEC61966-2.1": "sRGB",
  "Display P3": "Display P3",
  "Adobe RGB (1998)": "Adobe RGB (1998)",
};
const HALF = 32768; // Photoshop's white at 16 bit: Adobe, imaging.md
const FULL = 65535;

/**
 * @param {{bitsPerChannel: unknown, colorProfileName: string}} document
 * @returns {{depth: 8 | 16, profile: Profile}}
 */
function coloursOf(document) {
  const depth = String(document.bitsPerChannel) === "bitDepth8" ? 8 : 16;
  return { depth, profile: PROFILES[document.colorProfileName] || "sRGB" };
}

/** 8 or 16 bits; 32 are not understood, nor is 1. @param {unknown} bitsPerChannel */
function isReadable(bitsPerChannel) {
  return ["bitDepth8", "bitDepth16"].includes(String(bitsPerChannel));
}

/** @param {Profile} profile */
function photoshopName(profile) {
  const found = Object.entries(PROFILES).find(([, name]) => name === profile);
  return found ? found[0] : profile;
}

/** @param {Values} pixels */
function fullOf(pixels) {
  return pixels.BYTES_PER_ELEMENT === 2 ? FULL : 255;
}

/** @param {ArrayLike<number>} values 0..32768 @returns {Uint16Array} 0..65535 */
function widened(values) {
  return looked(values, WIDE);
}

/** @param {ArrayLike<number>} values 0..65535 @returns {Uint16Array} 0..32768 */
function narrowed(values) {
  return looked(values, NARROW);
}

const WIDE = scale(HALF, FULL);
const NARROW = scale(FULL, HALF);

/** Each number of one range in the other, to the nearest. @param {number} from @param {number} to */
function scale(from, to) {
  const table = new Uint16Array(from + 1);
  for (let i = 0; i <= from; i += 1) table[i] = Math.round((i * to) / from);
  return table;
}

/** @param {ArrayLike<number>} values @param {Uint16Array} table */
function looked(values, table) {
  const found = new Uint16Array(values.length);
  for (let i = 0; i < found.length; i += 1) found[i] = table[values[i]];
  return found;
}

/** @param {ArrayLike<number>} values @param {number} full of them @returns {Uint8Array} */
function eighth(values, full) {
  const small = new Uint8Array(values.length);
  for (let i = 0; i < small.length; i += 1) small[i] = (values[i] * 255 + full / 2) / full;
  return small;
}

/** @param {Uint8Array} values 0..255 @returns {Uint16Array} 0..65535 */
function deepened(values) {
  const deep = new Uint16Array(values.length);
  for (let i = 0; i < deep.length; i += 1) deep[i] = values[i] * 257;
  return deep;
}

/**
 * Linear light of a profile in that of sRGB, both with the white D65: pipelines/colour.py makes
 * them of the primaries, and a test compares.
 *
 * @type {Record<string, {matrix: number[][], gamma: number | null}>} gamma null: sRGB's curve
 */
const TO_SRGB = {
  "Display P3": {
    matrix: [
      [1.22494, -0.22494, 0],
      [-0.042057, 1.042057, 0],
      [-0.019638, -0.078636, 1.098274],
    ],
    gamma: null,
  },
  "Adobe RGB (1998)": {
    matrix: [
      [1.398356, -0.398356, 0],
      [0, 1, 0],
      [0, -0.042929, 1.042929],
    ],
    gamma: 563 / 256,
  },
};

/** @param {import("../types/panel").Picture} picture RGB, 8 bit */
function onScreen(picture) {
  const known = TO_SRGB[picture.profile || "sRGB"];
  if (!known) return picture;
  const { matrix, gamma } = known;
  const { pixels } = picture;
  const shown = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const r = light(pixels[i] / 255, gamma);
    const g = light(pixels[i + 1] / 255, gamma);
    const b = light(pixels[i + 2] / 255, gamma);
    for (let c = 0; c < 3; c += 1) {
      const [mr, mg, mb] = matrix[c];
      shown[i + c] = Math.round(255 * srgb(Math.min(1, Math.max(0, mr * r + mg * g + mb * b))));
    }
  }
  const { width, height, channels } = picture;
  return { width, height, channels, pixels: shown };
}

/** IEC 61966-2-1, or a plain power. @param {number} value 0..1 @param {number | null} gamma */
function light(value, gamma) {
  if (gamma !== null) return value ** gamma;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** @param {number} value light, 0..1 */
function srgb(value) {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

/** @param {Values} pixels @returns {Uint8Array} the same memory */
function bytesOf(pixels) {
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** @param {ArrayBuffer} buffer @param {number} depth @returns {Values} */
function valuesOf(buffer, depth) {
  return depth === 16 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}

module.exports = {
  coloursOf,
  isReadable,
  photoshopName,
  fullOf,
  widened,
  narrowed,
  eighth,
  deepened,
  onScreen,
  bytesOf,
  valuesOf,
};
