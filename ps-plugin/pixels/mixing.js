"use strict";

/**
 * Layers laid over each other as Photoshop's Normal mode lays them: straight alpha, user masks and
 * opacities taken in. Exact where the top is opaque or absent.
 *
 * lay(below, above, mask, share)   in place
 * veiled(picture, mask, share)     what is seen of a layer under its mask and opacity
 * faded(picture, base)             what is seen of one that is clipped onto another
 * blank(picture)                   nothing, as large and as deep
 * onlyHides(handed, edit)          whether an edit shows nothing that was not handed out
 *
 * @typedef {import("../types/panel").Picture} Picture RGBA here
 */

/** @param {Picture} picture */
function full({ pixels }) {
  return pixels.BYTES_PER_ELEMENT === 1 ? 255 : 65535;
}

/**
 * Source over: W3C Compositing and Blending 1, section 9.1.4.
 *
 * @param {Picture} below changed in place
 * @param {Picture} above of the same size
 * @param {Picture | null} mask grey, 8 bit, of the same size; null: none
 * @param {number} share opacity, 0..1
 */
function lay(below, above, mask, share) {
  const most = full(below);
  const under = below.pixels;
  const over = above.pixels;
  for (let i = 0, k = 0; i < over.length; i += 4, k += 1) {
    const alpha = (over[i + 3] / most) * (mask ? (share * mask.pixels[k]) / 255 : share);
    if (alpha === 0) continue;
    if (alpha === 1) {
      for (let c = 0; c < 4; c += 1) under[i + c] = over[i + c];
      continue;
    }
    const rest = (under[i + 3] / most) * (1 - alpha);
    const total = alpha + rest;
    under[i + 3] = Math.round(total * most);
    for (let c = 0; c < 3; c += 1) {
      const colour = Math.round((alpha * over[i + c] + rest * under[i + c]) / total);
      under[i + c] = under[i + 3] === 0 ? 0 : colour; // equal pictures have equal hashes
    }
  }
}

/**
 * @param {Picture} picture
 * @param {Picture | null} mask
 * @param {number} share
 * @returns {Picture}
 */
function veiled(picture, mask, share) {
  if (!mask && share === 1) return picture;
  const seen = blank(picture);
  lay(seen, picture, mask, share);
  return seen;
}

/** @param {Picture} picture @param {Picture} base of the same size @returns {Picture} */
function faded(picture, base) {
  const seen = blank(picture);
  const most = full(base);
  for (let i = 0; i < base.pixels.length; i += 4) {
    const alpha = Math.round((picture.pixels[i + 3] * base.pixels[i + 3]) / most);
    if (alpha === 0) continue;
    seen.pixels.set(picture.pixels.subarray(i, i + 3), i);
    seen.pixels[i + 3] = alpha;
  }
  return seen;
}

/**
 * Laid over what was handed out, is an edit that? Then it was erased or veiled, and not painted on.
 *
 * @param {Picture} handed
 * @param {Picture} edit of the same size and depth
 */
function onlyHides(handed, edit) {
  if (handed.pixels.length !== edit.pixels.length) return false;
  const over = { ...handed, pixels: handed.pixels.slice() };
  lay(over, edit, null, 1);
  return over.pixels.every((value, i) => value === handed.pixels[i]);
}

/** Nothing, as large and as deep. @param {Picture} picture @returns {Picture} */
function blank(picture) {
  return { ...picture, pixels: picture.pixels.slice().fill(0) };
}

module.exports = { lay, onlyHides, veiled, faded, blank };
