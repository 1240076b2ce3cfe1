"use strict";

/**
 * Content hashes of pixels: sha256 (FIPS 180-4), because UXP has no crypto.subtle to rely on.
 *
 * sha256(bytes, head)   hex digest of the ASCII text `head` followed by bytes
 * hmac(key, text)       who knows the key has said the text
 * named(picture, id)    a picture that came with its name
 * imageId(picture)      the name the bridge gives to the same pixels
 */

const { bytesOf } = require("./colours.js");

const K = constants();

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
function constants() {
  const words = new Int32Array(64);
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (prime) words[found++] = ((Math.cbrt(n) % 1) * 2 ** 32) >>> 0;
  }
  return words;
}

/**
 * @param {Uint8Array} bytes
 * @param {string} [head] ASCII
 * @returns {string} 64 hex digits
 */
function sha256(bytes, head = "") {
  const total = head.length + bytes.length;
  const state = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  const words = new Int32Array(64);

  /** @param {Uint8Array} source @param {number} offset */
  const absorb = (source, offset) => {
    for (let i = 0, at = offset; i < 16; i += 1, at += 4) {
      words[i] =
        (source[at] << 24) | (source[at + 1] << 16) | (source[at + 2] << 8) | source[at + 3];
    }
    compress(state, words);
  };

  // The head shares its block with the first bytes; from there on whole blocks are read in place.
  const first = new Uint8Array(Math.min(total, 64 * Math.ceil(head.length / 64)));
  for (let i = 0; i < head.length; i += 1) first[i] = head.charCodeAt(i);
  const taken = first.length - head.length;
  first.set(bytes.subarray(0, taken), head.length);
  let offset = 0;
  for (; offset + 64 <= first.length; offset += 64) absorb(first, offset);
  const unread = offset < first.length ? first.subarray(offset) : null;
  offset = taken;
  if (!unread) for (; offset + 64 <= bytes.length; offset += 64) absorb(bytes, offset);
  const rest = unread || bytes.subarray(offset);

  const end = new Uint8Array(rest.length < 56 ? 64 : 128);
  end.set(rest);
  end[rest.length] = 0x80;
  const length = new DataView(end.buffer);
  length.setUint32(end.length - 8, Math.floor((total * 8) / 2 ** 32));
  length.setUint32(end.length - 4, (total * 8) >>> 0);
  for (offset = 0; offset < end.length; offset += 64) absorb(end, offset);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** @param {Int32Array} state @param {Int32Array} words the first 16 are the block */
function compress(state, words) {
  for (let i = 16; i < 64; i += 1) {
    const w = words[i - 15];
    const v = words[i - 2];
    const s0 = ((w >>> 7) | (w << 25)) ^ ((w >>> 18) | (w << 14)) ^ (w >>> 3);
    const s1 = ((v >>> 17) | (v << 15)) ^ ((v >>> 19) | (v << 13)) ^ (v >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = state[0]; // one by one: taking an array apart runs an iterator, for each block
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/**
 * HMAC (RFC 2104) of two texts in ASCII.
 *
 * @param {string} key
 * @param {string} text
 * @returns {string} 64 hex digits
 */
function hmac(key, text) {
  const block = new Uint8Array(64);
  const hashed = key.length > 64 ? bytesIn(sha256(new Uint8Array(0), key)) : null;
  for (let i = 0; i < (hashed ? 32 : key.length); i += 1) {
    block[i] = hashed ? hashed[i] : key.charCodeAt(i);
  }
  /** @param {number} pad */
  const padded = (pad) => String.fromCharCode(...block.map((byte) => byte ^ pad));
  const inner = sha256(new Uint8Array(0), padded(0x36) + text);
  return sha256(bytesIn(inner), padded(0x5c));
}

/** @param {string} hex */
function bytesIn(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16));
}

/** Names that the bridge gave, by the pixels. @type {WeakMap<object, string>} */
const given = new WeakMap();

/**
 * What arrived with its name need not be hashed: its pixels must not be changed afterwards.
 *
 * @param {import("../types/panel").Picture} picture
 * @param {string} id
 */
function named(picture, id) {
  given.set(picture.pixels, id);
}

/**
 * @param {import("../types/panel").Picture} picture
 * @returns {string} ImageId
 */
function imageId({ width, height, channels, pixels, profile = "sRGB" }) {
  const known = given.get(pixels);
  if (known) return known;
  const depth = 8 * pixels.BYTES_PER_ELEMENT;
  return sha256(bytesOf(pixels), `${width}x${height}x${channels}:${depth}:${profile}\n`);
}

module.exports = { sha256, hmac, imageId, named };
