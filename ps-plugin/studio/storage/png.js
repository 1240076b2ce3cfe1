"use strict";
// PNG files of 8 or 16 bit: written with their colour profile, read where they are not interlaced.
//
//   writePng   pixels as a file
//   readPng    a file's pixels, depth and profile

const { iccOf, nameIn } = require("./icc.js");
const { SRGB, FULL_RANGE, fullOf, converted } = require("../document/colour.js");

/** @typedef {import("../document/colour.js").Values} Values */
/**
 * @typedef {{width: number, height: number, channels: number, data: Values, profile: string}} Pixels
 *   chunky: grey, grey and alpha, RGB or RGBA; 16 bit as 0..32768
 */

// taken before the world is stripped of them
const { CompressionStream, DecompressionStream, Response, Blob } = globalThis;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 };
const CHANNELS = { 0: 1, 4: 2, 2: 3, 6: 4 };

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

async function streamed(bytes, stream) {
  const body = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

const deflated = (bytes) => streamed(bytes, new CompressionStream("deflate"));
const inflated = (bytes) => streamed(bytes, new DecompressionStream("deflate"));

/** @param {string} name @param {Uint8Array | number[]} body */
function chunk(name, body) {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  [...name].forEach((letter, i) => (bytes[4 + i] = letter.charCodeAt(0)));
  bytes.set(body, 8);
  view.setUint32(8 + body.length, crc(bytes.subarray(4, 8 + body.length)));
  return bytes;
}

/**
 * @param {Pixels} pixels
 * @param {{embed?: boolean}} [options] whether its profile goes into the file
 * @returns {Promise<Uint8Array>}
 */
async function writePng({ width, height, channels, data, profile }, { embed = true } = {}) {
  const deep = data.BYTES_PER_ELEMENT === 2;
  const values = deep ? ranged(data, fullOf(16), FULL_RANGE) : data;
  const line = width * channels;
  const size = line * (deep ? 2 : 1) + 1; // the first byte: no filter
  const lines = new Uint8Array(size * height);
  for (let y = 0, i = 0; y < height; y++) {
    let at = y * size + 1;
    for (const end = i + line; i < end; i++) {
      if (deep) lines[at++] = values[i] >> 8;
      lines[at++] = values[i] & 255;
    }
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([deep ? 16 : 8, COLOUR_TYPES[channels]], 8);
  const chunks = [Uint8Array.from(SIGNATURE), chunk("IHDR", head)];
  if (embed) {
    const name = [..."ICC profile"].map((letter) => letter.charCodeAt(0));
    chunks.push(chunk("iCCP", [...name, 0, 0, ...(await deflated(iccOf(profile)))]));
  }
  chunks.push(chunk("IDAT", await deflated(lines)), chunk("IEND", []));
  return joined(chunks);
}

/** @param {Uint8Array} bytes */
const isPng = (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte);

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Pixels>}
 */
async function readPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [width, height, depth, type, interlaced] = [0, 0, 0, 0, 0];
  let profile = SRGB; // of a file that says nothing
  const parts = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    if (name === "IHDR") {
      [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      [depth, type, interlaced] = [body[8], body[9], body[12]];
    }
    if (name === "iCCP") profile = nameIn(await inflated(body.subarray(body.indexOf(0) + 2)));
    if (name === "IDAT") parts.push(body);
  }
  const channels = CHANNELS[type];
  if (!channels || interlaced || ![8, 16].includes(depth)) {
    throw new Error(
      "PNG files with a palette, interlaced or of few bits are not modelled by this host",
    );
  }
  const lines = await inflated(await joined(parts));
  const step = channels * (depth / 8);
  const flat = unfiltered(lines, width * step, height, step);
  const pixels = { width, height, channels, profile };
  if (depth === 8) return { ...pixels, data: flat };
  const values = Uint16Array.from({ length: flat.length / 2 }, (_, i) => {
    return flat[2 * i] * 256 + flat[2 * i + 1];
  });
  return { ...pixels, data: ranged(values, FULL_RANGE, fullOf(16)) };
}

/** @param {any[]} parts bytes */
const joined = async (parts) => new Uint8Array(await new Blob(parts).arrayBuffer());

const ranged = (data, from, to) =>
  converted(data, 1, { profile: "", full: from }, { profile: "", full: to });

/** Lines without their filters (PNG, section 9). */
function unfiltered(lines, length, height, step) {
  const result = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (length + 1)];
    for (let x = 0; x < length; x++) {
      const at = y * length + x;
      const left = x >= step ? result[at - step] : 0;
      const above = y ? result[at - length] : 0;
      const corner = y && x >= step ? result[at - length - step] : 0;
      const guesses = [0, left, above, (left + above) >> 1, paeth(left, above, corner)];
      result[at] = lines[y * (length + 1) + 1 + x] + guesses[filter];
    }
  }
  return result;
}

function paeth(left, above, corner) {
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(left + above - corner - one));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

module.exports = { writePng, readPng, isPng };
