"use strict";
// Photoshop's Bounds: a class with getters. A spread of one holds nothing, and its numbers are copied
// one by one. What a plugin changes on it is its own copy.

const { checkType } = require("../documented/check.js");
const { guarded } = require("../documented/guarded.js");

/**
 * @param {import("../document/bounds.js").Bounds} bounds
 * @returns {any}
 */
function createBounds({ left, top, right, bottom }) {
  const edges = { left, top, right, bottom };
  const own = {
    typename: "Bounds",
    get width() {
      return edges.right - edges.left;
    },
    get height() {
      return edges.bottom - edges.top;
    },
  };
  for (const name of Object.keys(edges)) {
    Object.defineProperty(own, name, {
      enumerable: true,
      get: () => edges[name],
      set(value) {
        checkType("number", value, `Bounds.${name}`);
        edges[name] = value;
      },
    });
  }
  return guarded("Bounds", own);
}

module.exports = { createBounds };
