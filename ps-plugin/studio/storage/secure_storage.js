"use strict";
// storage.secureStorage: values by key, kept between two lives of a plugin.
//
// documented: uxp/key-value-storage/secure-storage.md. assumed: of a typed array that is a view of a
// part of its buffer, the whole buffer is stored (whoever gives no such view need not know); the words
// of the refusals; that keys are numbered in the order in which they came.

const { refusing } = require("../documented/guarded.js");

const SECURE = "uxp.secureStorage.";
const encoder = new TextEncoder(); // taken before the world is stripped of it

/**
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Shelf
 *   where strings are kept, other people's too
 */

/** @param {Shelf} shelf */
function createSecureStorage(shelf) {
  const requireKey = (key, call) => {
    if (typeof key !== "string") throw new TypeError(`secureStorage.${call}: key must be a string`);
  };
  const keys = () =>
    Array.from({ length: shelf.length }, (_, i) => shelf.key(i) ?? "")
      .filter((key) => key.startsWith(SECURE))
      .map((key) => key.slice(SECURE.length));

  return refusing("uxp.storage.secureStorage", {
    get length() {
      return keys().length;
    },
    /** documented: rejects where the value is empty. */
    async setItem(key, value) {
      requireKey(key, "setItem");
      const bytes = bytesOf(value);
      if (bytes.length === 0) throw new Error("secureStorage.setItem: the value is empty");
      shelf.setItem(SECURE + key, hex(bytes));
    },
    /** documented: null when absent. */
    async getItem(key) {
      requireKey(key, "getItem");
      const found = shelf.getItem(SECURE + key);
      return found === null ? null : unhex(found);
    },
    /** documented: rejects where nothing is kept by that key. */
    async removeItem(key) {
      requireKey(key, "removeItem");
      if (shelf.getItem(SECURE + key) === null) {
        throw new Error(`secureStorage.removeItem: there is no "${key}"`);
      }
      shelf.removeItem(SECURE + key);
    },
    key: (index) => keys()[index] ?? null,
    /** documented: rejects where there is nothing to clear. */
    async clear() {
      const all = keys();
      if (all.length === 0) throw new Error("secureStorage.clear: there is nothing to clear");
      for (const key of all) shelf.removeItem(SECURE + key);
    },
  });
}

function bytesOf(value) {
  if (typeof value === "string") return encoder.encode(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "ArrayBuffer") return new Uint8Array(value);
  if (tag.endsWith("Array") && value.buffer) return new Uint8Array(value.buffer);
  throw new TypeError("secureStorage.setItem: value must be a string or bytes");
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const unhex = (text) =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.substr(i * 2, 2), 16));

/**
 * A shelf that forgets, for tests.
 *
 * @returns {Shelf}
 */
function memoryShelf() {
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
  };
}

module.exports = { createSecureStorage, memoryShelf };
