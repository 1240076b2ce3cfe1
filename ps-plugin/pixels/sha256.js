"use strict";

/**
 * Content hashes of pixels: sha256 (FIPS 180-4) of @noble/hashes, because UXP has no crypto.subtle to rely on.
 *
 * sha256(bytes, head)   hex digest of the ASCII text `head` followed by bytes
 * hmac(key, text)       who knows the key has said the text
 * named(picture, id)    a picture that came with its name
 * imageId(picture)      the name the bridge gives to the same pixels
 */

const { bytesOf } = require("./colours.js");
const noble = require("../vendor/hashes.js");

/** @param {string} text in ASCII */
const ascii = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/**
 * @param {Uint8Array} bytes
 * @param {string} [head] ASCII
 * @returns {string} 64 hex digits
 */
function sha256(bytes, head = "") {
  return noble.bytesToHex(noble.sha256.create().update(ascii(head)).update(bytes).digest());
}

/**
 * HMAC (RFC 2104) of two texts in ASCII.
 *
 * @param {string} key
 * @param {string} text
 * @returns {string} 64 hex digits
 */
function hmac(key, text) {
  return noble.bytesToHex(noble.hmac(noble.sha256, ascii(key), ascii(text)));
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
