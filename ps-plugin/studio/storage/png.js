"use strict";
// PNG files of 8 or 16 bit: fast-png makes and reads them, the colour profile is put in here.
//
//   writePng   pixels as a file
//   readPng    a file's pixels, depth and profile

const { iccOf, nameIn } = require("./icc.js");
const { SRGB, FULL_RANGE, fullOf, converted } = require("../document/colour.js");
const { encode, decode } = require("../vendor/png.js");

/** @typedef {import("../document/colour.js").Values} Values */
/**
 * @typedef {{width: number, height: number, channels: number, data: Values, profile: string}} Pixels
 *   chunky: grey, grey and alpha, RGB or RGBA; 16 bit as 0..32768
 */

// taken before the world is stripped of them
const { CompressionStream, Response, Blob } = globalThis;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER = SIGNATURE.length + 25; // bytes up to the end of IHDR, behind which the profile lies

function crc(bytes) {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

/** A profile as a PNG has it. @param {Uint8Array<ArrayBuffer>} icc */
async function profileChunk(icc) {
  const deflated = new Blob([icc]).stream().pipeThrough(new CompressionStream("deflate"));
  const body = new Uint8Array(await new Response(deflated).arrayBuffer());
  const letters = [..."iCCPICC profile\0\0"].map((letter) => letter.charCodeAt(0));
  const bytes = Uint8Array.from([0, 0, 0, 0, ...letters, ...body, 0, 0, 0, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 12);
  view.setUint32(bytes.length - 4, crc(bytes.subarray(4, -4)));
  return bytes;
}

/**
 * @param {Pixels} pixels
 * @param {{embed?: boolean}} [options] whether its profile goes into the file
 * @returns {Promise<Uint8Array>}
 */
async function writePng({ width, height, channels, data, profile }, { embed = true } = {}) {
  const depth = 8 * data.BYTES_PER_ELEMENT;
  const values = depth === 16 ? ranged(data, fullOf(16), FULL_RANGE) : data;
  const file = encode({ width, height, channels, depth, data: values });
  if (!embed) return file;
  const parts = [file.subarray(0, HEADER), await profileChunk(iccOf(profile))];
  return new Uint8Array(await new Blob([...parts, file.subarray(HEADER)]).arrayBuffer());
}

/** @param {Uint8Array} bytes */
const isPng = (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte);

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Pixels>}
 */
async function readPng(bytes) {
  const { width, height, channels, depth, data, palette, iccEmbeddedProfile } = decode(bytes);
  if (palette || depth < 8) {
    throw new Error("PNG files with a palette or of few bits are not modelled by this host");
  }
  // of a file that says nothing
  const profile = iccEmbeddedProfile ? nameIn(iccEmbeddedProfile.profile) : SRGB;
  const values = depth === 16 ? ranged(data, FULL_RANGE, fullOf(16)) : data;
  return { width, height, channels, profile, data: values };
}

const ranged = (data, from, to) =>
  converted(data, 1, { profile: "", full: from }, { profile: "", full: to });

module.exports = { writePng, readPng, isPng };
