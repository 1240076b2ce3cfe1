"use strict";

/**
 * What newer versions wrote into a document, which nobody here knows: kept at its places. Pure.
 *
 * withUnknown(fresh, old)   what is written now, and what else the old one says of the same
 * withNote(note, old)       a layer's note over its old text
 * withIndex(json, old)      a document's list of runs over its old text
 * versionOf(json)           the list's version; one above ours is not written over
 *
 * Of objects in a list those with the same `id` are the same, of others those at one position.
 */

const VERSION = 1;
const OPTIONAL = ["step", "input", "image", "quality", "keep", "left", "top"]; // of a layer's note

/**
 * @param {unknown} fresh
 * @param {unknown} old
 * @returns {any} fresh with the fields that old has alone
 */
function withUnknown(fresh, old) {
  if (Array.isArray(fresh) && Array.isArray(old)) {
    const byId = new Map(old.map((item) => [item?.id, item]));
    return fresh.map((item, i) => withUnknown(item, item?.id ? byId.get(item.id) : old[i]));
  }
  if (!isObject(fresh) || !isObject(old)) return fresh;
  const known = Object.entries(fresh).map(([key, value]) => [key, withUnknown(value, old[key])]);
  return { ...Object.fromEntries(known), ...without(old, Object.keys(fresh)) };
}

/**
 * @template {object} N
 * @param {N} note
 * @param {string | null} text of the layer's note until now
 * @returns {N} of the same step, input or region: with what else that says
 */
function withNote(note, text) {
  const old = parsed(text);
  const is = (/** @type {any} */ { run, step, input, region }) =>
    `${run} ${step} ${input} ${region}`;
  const has = "run" in note || "region" in note;
  return has && isObject(old) && is(note) === is(old)
    ? withUnknown(note, without(old, OPTIONAL))
    : note;
}

/** @param {string} json @param {string | null} old @returns {string} */
function withIndex(json, old) {
  return JSON.stringify(withUnknown(JSON.parse(json), parsed(old)));
}

/** @param {string | null} json @returns {unknown} */
function versionOf(json) {
  const found = parsed(json);
  return isObject(found) && "v" in found ? found.v : VERSION;
}

/** @param {string | null} json @returns {unknown} undefined: another program's text */
function parsed(json) {
  try {
    return JSON.parse(json || "null");
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {Record<string, unknown>} object @param {string[]} keys */
function without(object, keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

module.exports = { withUnknown, withNote, withIndex, versionOf, VERSION };
