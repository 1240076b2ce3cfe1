"use strict";

/**
 * Arithmetic on raw pixels: rows, chunky, straight alpha, 0..255 or 0..65535.
 *
 * placed(part, bounds, rect, channels)   what Photoshop returned, back in the rectangle asked for
 * onWhite(picture)                       RGB for the model: what is transparent is paper
 * opaque(picture)                        RGBA of grey or RGB, for a layer
 * cut(picture, whole, rect)              a part of it
 * areEqual(one, other)                   to the bit
 * isEmpty(mask)                          whether nothing at all is selected
 * shrunk(picture, side)                  a thumbnail's pixels
 * png(picture)                           PNG bytes for an <img>: UXP's canvas cannot draw pixels
 *
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {Uint8Array | Uint16Array} Values
 */

const { fullOf, onScreen } = require("./colours.js");

/**
 * Photoshop trims what it returns to where pixels are, and leaves alpha out where a layer has
 * none. Red, green and blue are 0 where alpha is 0, so equal pictures have equal hashes.
 *
 * @param {{width: number, height: number, components: number, data: Values}} part
 * @param {{left: number, top: number}} corner of the part, in document pixels
 * @param {Rect} rect asked for
 * @param {1 | 4} channels wanted
 * @returns {Picture} of the part's depth
 */
function placed(part, corner, rect, channels) {
  const width = rect.right - rect.left;
  const height = rect.bottom - rect.top;
  const dx = corner.left - rect.left;
  const dy = corner.top - rect.top;
  const { components, data } = part;
  const full = fullOf(data);
  const count = width * height * channels;
  const pixels = full === 255 ? new Uint8Array(count) : new Uint16Array(count);
  const grey = components < 3;
  const right = Math.min(part.width, width - dx);
  const top = Math.max(0, -dy);
  const bottom = Math.min(part.height, height - dy);
  if (components === channels) {
    const left = Math.max(0, -dx);
    for (let y = top; y < bottom && left < right; y += 1) {
      const row = (y * part.width + left) * channels;
      const to = ((y + dy) * width + left + dx) * channels;
      pixels.set(data.subarray(row, row + (right - left) * channels), to);
    }
    if (channels === 4) clearUnseen(pixels);
    return { width, height, channels, pixels };
  }
  for (let y = top; y < bottom; y += 1) {
    for (let x = Math.max(0, -dx); x < right; x += 1) {
      const from = (y * part.width + x) * components;
      const to = ((y + dy) * width + x + dx) * channels;
      if (channels === 1) {
        pixels[to] = data[from];
        continue;
      }
      const alpha = components % 2 === 0 ? data[from + components - 1] : full;
      if (alpha === 0) continue;
      pixels[to] = data[from];
      pixels[to + 1] = data[grey ? from : from + 1];
      pixels[to + 2] = data[grey ? from : from + 2];
      pixels[to + 3] = alpha;
    }
  }
  return { width, height, channels, pixels };
}

/** Colours that alpha hides are 0. @param {Values} pixels RGBA */
function clearUnseen(pixels) {
  for (let i = 3; i < pixels.length; i += 4) {
    if (pixels[i] === 0) pixels[i - 1] = pixels[i - 2] = pixels[i - 3] = 0;
  }
}

/** Equal to the bit: sooner known than two hashes. @param {Picture} one @param {Picture} other */
function areEqual(one, other) {
  const [a, b] = [one.pixels, other.pixels];
  const alike = one.width === other.width && one.height === other.height;
  const coloured = (one.profile || "sRGB") === (other.profile || "sRGB");
  if (!alike || !coloured || a.length !== b.length || fullOf(a) !== fullOf(b)) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** @param {Picture} picture RGBA @returns {Picture} RGB */
function onWhite(picture) {
  const { width, height, pixels } = picture;
  const full = fullOf(pixels);
  const flat = pixels.slice(0, width * height * 3);
  for (let i = 0, j = 0; i < pixels.length; i += 4, j += 3) {
    const alpha = pixels[i + 3];
    const paper = full - alpha;
    for (let c = 0; c < 3; c += 1) {
      flat[j + c] =
        alpha === full ? pixels[i + c] : Math.round((pixels[i + c] * alpha) / full + paper);
    }
  }
  return { ...picture, channels: 3, pixels: flat };
}

/** @param {Picture} picture @returns {Picture} RGBA */
function opaque(picture) {
  const { width, height, channels, pixels } = picture;
  if (channels === 4) return picture;
  const rect = { left: 0, top: 0, right: width, bottom: height };
  const part = { width, height, components: channels, data: pixels };
  return { ...picture, ...placed(part, rect, rect, 4) };
}

/**
 * A part of a picture.
 *
 * @param {Picture} picture
 * @param {Rect} whole where it lies
 * @param {Rect} rect inside of it
 * @returns {Picture}
 */
function cut(picture, whole, rect) {
  const { width, channels, pixels } = picture;
  const wide = rect.right - rect.left;
  const high = rect.bottom - rect.top;
  const part = pixels.slice(0, wide * high * channels);
  for (let y = 0; y < high; y += 1) {
    const from = ((y + rect.top - whole.top) * width + rect.left - whole.left) * channels;
    part.set(pixels.subarray(from, from + wide * channels), y * wide * channels);
  }
  return { ...picture, width: wide, height: high, pixels: part };
}

/** @param {Picture} mask */
function isEmpty(mask) {
  const { pixels } = mask;
  for (let i = 0; i < pixels.length; i += 1) if (pixels[i] !== 0) return false;
  return true;
}

/**
 * Box average, alpha laid on mid grey, so that a step that is transparent outside its mask reads
 * as a cut-out.
 *
 * @param {Picture} picture RGBA
 * @param {number} side pixels of the longer side
 * @returns {Picture} RGB, 8 bit, sRGB
 */
function shrunk(picture, side) {
  const { width, height, pixels } = picture;
  const scale = Math.min(1, side / Math.max(width, height));
  const wide = Math.max(1, Math.round(width * scale));
  const high = Math.max(1, Math.round(height * scale));
  const small = new Uint8Array(wide * high * 3);
  for (let y = 0, to = 0; y < high; y += 1) {
    const top = Math.floor((y * height) / high);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / high));
    for (let x = 0; x < wide; x += 1, to += 3) {
      const left = Math.floor((x * width) / wide);
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / wide));
      average(pixels, width, { left, top, right, bottom }, small, to);
    }
  }
  const { profile } = picture;
  return onScreen({ width: wide, height: high, channels: 3, pixels: small, profile });
}

/**
 * @param {Values} pixels RGBA
 * @param {number} width
 * @param {Rect} box
 * @param {Uint8Array} target
 * @param {number} to
 */
function average(pixels, width, box, target, to) {
  const sums = [0, 0, 0];
  const full = fullOf(pixels);
  const scale = 255 / full;
  for (let y = box.top; y < box.bottom; y += 1) {
    for (let x = box.left; x < box.right; x += 1) {
      const at = (y * width + x) * 4;
      const alpha = pixels[at + 3] / full;
      for (let c = 0; c < 3; c += 1) sums[c] += pixels[at + c] * scale * alpha + 96 * (1 - alpha);
    }
  }
  const count = (box.right - box.left) * (box.bottom - box.top);
  for (let c = 0; c < 3; c += 1) target[to + c] = sums[c] / count;
}

/**
 * Uncompressed: a thumbnail is a few KB, and a deflater would be a dependency.
 *
 * @param {Picture} picture RGB
 * @returns {Uint8Array}
 */
function png({ width, height, pixels }) {
  const row = width * 3 + 1; // filter byte, then the row
  const raw = new Uint8Array(row * height);
  for (let y = 0; y < height; y += 1) {
    raw.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), y * row + 1);
  }
  const header = [...be32(width), ...be32(height), 8, 2, 0, 0, 0];
  return joined([
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", Uint8Array.from(header)),
    chunk("IDAT", stored(raw)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** @param {Uint8Array} raw @returns a zlib stream of stored blocks (RFC 1950, 1951) */
function stored(raw) {
  /** @type {Uint8Array[]} */
  const parts = [Uint8Array.of(0x78, 0x01)];
  let a = 1;
  let b = 0;
  for (const byte of raw) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  for (let at = 0; at < raw.length; at += 65535) {
    const block = raw.subarray(at, at + 65535);
    const { length } = block;
    const last = at + length === raw.length ? 1 : 0;
    parts.push(Uint8Array.of(last, length, length >> 8, ~length, ~length >> 8), block);
  }
  parts.push(Uint8Array.from(be32(b * 65536 + a)));
  return joined(parts);
}

/** @param {string} name @param {Uint8Array} data */
function chunk(name, data) {
  const body = joined([Uint8Array.from(name, (char) => char.charCodeAt(0)), data]);
  return joined([Uint8Array.from(be32(data.length)), body, Uint8Array.from(be32(crc32(body)))]);
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** @param {number} value @returns {number[]} four bytes, the largest first */
function be32(value) {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

module.exports = { areEqual, placed, onWhite, opaque, cut, isEmpty, shrunk, png };
