"use strict";

/**
 * The last way to know a painting's layers again at a glance, where a program kept neither of their
 * notes: by their names, inside a group whose name ends in the run's id. Which run and step they
 * are, the bridge says (bridge/history/names.py). Pure.
 */

const STEP = /^(\d+) · σ \d+\.\d+$/; // layerName in tree.js
const RUN = / · ([0-9a-f]{6})$/; // groupName there

/** @param {import("./layer_tree.js").Leaf} leaf @returns {"run" | "step" | ""} */
function kindByName({ name, parent, layers }) {
  if (layers) return RUN.test(name) && layers.some((one) => STEP.test(one.name)) ? "run" : "";
  return parent && RUN.test(parent.name) && STEP.test(name) ? "step" : "";
}

module.exports = { kindByName };
