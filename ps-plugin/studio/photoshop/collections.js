"use strict";
// Photoshop's collections: Documents, Layers, HistoryStates, Channels. Adobe calls them arrays
// (changelog 24.6: "methods inherited from an Array"; historystates.md filters one), with members of
// their own; reading one that is neither is refused.
//
// With the habit `bareCollections` there is what the class's page lists, indices and the methods of
// DOM collections, and nothing else of an array: no iterator, no map, no filter.

const { factOf } = require("../documented/guarded.js");

/** What JavaScript itself and tests' printers look for. */
const HARMLESS = new Set(["then", "toJSON", "constructor", "toString", "valueOf", "inspect"]);

/**
 * @param {string} kind a class in documented/pages.js
 * @param {any[]} items
 * @param {object} own its members beside length, getByName and typename
 * @param {() => boolean} isBare
 * @returns {any}
 */
function createCollection(kind, items, own, isBare) {
  const extras = Object.assign(Object.create(own), { getByName: byName(kind, items) });
  if (factOf(kind, "typename")) extras.typename = kind;
  const isExtra = (name) => Object.hasOwn(extras, name) || Object.hasOwn(own, name);
  const asIndex = (name) => typeof name === "string" && /^(0|[1-9]\d*)$/.test(name);
  return new Proxy(isBare() ? bareOf(items) : [...items], {
    get(list, name) {
      if (isExtra(name)) return extras[name];
      if (name in list || typeof name === "symbol" || asIndex(name)) return list[name];
      if (HARMLESS.has(name)) return undefined;
      if (factOf(kind, name)) {
        throw new Error(`${kind}.${name} exists in Photoshop but is not modelled by this host`);
      }
      throw new TypeError(`${kind} has no "${name}"`);
    },
    has: (list, name) => name in list || isExtra(name),
    set(_, name) {
      throw new TypeError(`${kind}.${String(name)} is read-only`);
    },
  });
}

/** assumed: none of that name is an error, as it is in ExtendScript. */
function byName(kind, items) {
  return (name) => {
    const found = items.find((item) => item.name === name);
    if (!found) throw new Error(`${kind} has no element named "${name}"`);
    return found;
  };
}

/** An array-like object without an iterator. */
function bareOf(items) {
  const bare = Object.create(null);
  items.forEach((item, index) => (bare[index] = item));
  const hidden = (name, value) => Object.defineProperty(bare, name, { value });
  hidden("length", items.length);
  for (const name of ["forEach", "keys", "values", "entries"]) {
    hidden(name, (...given) => items[name](...given));
  }
  return bare;
}

module.exports = { createCollection };
