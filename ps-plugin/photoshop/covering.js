"use strict";

/**
 * Whether what is painted now can be seen: a stroke on a layer that is hidden, or wholly under
 * another, would be lost. Only step layers are known to be opaque; of others it is not said.
 *
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/panel").Rect} Rect
 */

const { flat, groupsOf, hull, leafById, siblingsOf } = require("./tree.js");

/**
 * @param {Tree} tree
 * @param {number | null} active layer
 * @param {number[]} opaque layers
 * @returns {{layer: string, over: Leaf[]} | null} its name, and what lies over all of it, the lowest
 *   first (none: it is hidden); null: it is seen
 */
function coverOf(tree, active, opaque) {
  const layer = leafById(tree, active);
  if (!layer || layer.layers) return null;
  const { left, right } = layer.bounds;
  const part = left < right ? layer.bounds : hull(flat(tree.layers));
  const way = [layer, ...groupsOf(layer)];
  const over = way.flatMap((one) => {
    const beside = siblingsOf(tree, one);
    return beside.slice(beside.indexOf(one) + 1).filter((leaf) => covers(leaf, part, opaque));
  });
  const hidden = way.some(({ visible }) => !visible);
  return hidden || over.length > 0 ? { layer: layer.name, over } : null;
}

/** @param {Leaf} leaf @param {Rect} part @param {number[]} opaque @returns {boolean} */
function covers({ id, visible, opacity, masked, isClippingMask, bounds, layers }, part, opaque) {
  if (!visible || opacity < 100 || masked || isClippingMask) return false;
  if (layers) return layers.some((leaf) => covers(leaf, part, opaque));
  const { left, top, right, bottom } = bounds;
  const around = left <= part.left && top <= part.top && right >= part.right;
  return opaque.includes(id) && around && bottom >= part.bottom;
}

module.exports = { coverOf };
