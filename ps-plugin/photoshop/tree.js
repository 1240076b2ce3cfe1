"use strict";

/**
 * Finding one's way among layers, and what ours are called.
 *
 * All of it takes Photoshop's own objects, and plain values of the same names (layer_tree.js), which
 * cost nothing to read. Photoshop's collections have a length and indices; whether they can be
 * iterated is not documented: `listed` makes an Array of them.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/wire").Run} Run
 * @typedef {import("../types/wire").Step} Step
 */

const { t } = require("../words/texts.js");

/** @param {Tree} tree @param {Leaf} leaf @param {boolean} visible */
function setVisible(tree, leaf, visible) {
  const layer = leaf.visible === visible ? null : tree.own(leaf);
  if (layer) layer.visible = visible;
}

/** @template T @param {ArrayLike<T> | null | undefined} collection @returns {T[]} */
function listed(collection) {
  return Array.from(collection || []);
}

/**
 * @template {{layers?: ArrayLike<any> | null}} L
 * @param {ArrayLike<L>} layers
 * @returns {L[]} groups before what is in them
 */
function flat(layers) {
  return listed(layers).flatMap((layer) => [layer, ...flat(listed(layer.layers))]);
}

/** @param {Tree} tree @param {number | null} id */
function leafById(tree, id) {
  return flat(tree.layers).find((leaf) => leaf.id === id) || null;
}

/**
 * @template {Layer | Leaf} L
 * @param {L} layer
 * @returns {L[]} those it lies in
 */
function groupsOf({ parent }) {
  const group = /** @type {L | null} */ (parent && "kind" in parent ? parent : null);
  return group ? [group, ...groupsOf(group)] : [];
}

/** Those beside a layer and itself, the lowest first. @param {Tree} tree @param {Leaf} leaf */
function siblingsOf(tree, leaf) {
  return [...((leaf.parent ? leaf.parent.layers : tree.layers) || [])].reverse();
}

/**
 * Each layer with those clipped onto it. A clipped one that has none below it is a layer like others.
 *
 * @template {{isClippingMask: boolean}} L
 * @param {L[]} layers the lowest first
 */
function clipsOf(layers) {
  /** @type {{base: L, onto: L[]}[]} */
  const found = [];
  for (const layer of layers) {
    if (layer.isClippingMask && found.length > 0) found[found.length - 1].onto.push(layer);
    else found.push({ base: layer, onto: [] });
  }
  return found;
}

/**
 * Puts a layer of ours, inside a modal scope, above what is clipped onto the one below it: between
 * those it would take the painter's layers onto itself, or be clipped as well.
 *
 * @param {Document} document
 * @param {Layer} layer
 * @param {typeof import("photoshop").constants.ElementPlacement} placement
 */
function lift(document, layer, { PLACEBEFORE }) {
  const top = topOfClip(document, layer);
  if (top.id !== layer.id) layer.move(top, PLACEBEFORE);
  if (layer.isClippingMask) layer.isClippingMask = false;
}

/**
 * The highest of those clipped right above a layer; itself where there is none.
 *
 * @param {Document} document
 * @param {Layer} layer
 */
function topOfClip(document, layer) {
  const { id, parent } = layer;
  const group = parent && "kind" in parent ? parent : document;
  const beside = listed(group.layers); // top first
  let top = layer;
  for (let i = beside.findIndex((one) => one.id === id) - 1; i >= 0; i -= 1) {
    if (!beside[i].isClippingMask) break;
    top = beside[i];
  }
  return top;
}

/** @template {Layer | Leaf} L @param {L} layer @returns {L} the outermost group it lies in, or itself */
function root(layer) {
  return groupsOf(layer).pop() || layer;
}

/** Around all that has pixels. @param {{bounds: Rect}[]} layers @returns {Rect} */
function hull(layers) {
  const filled = layers
    .map(({ bounds }) => bounds)
    .filter(({ left, top, right, bottom }) => left < right && top < bottom);
  if (filled.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  return {
    left: Math.min(...filled.map(({ left }) => left)),
    top: Math.min(...filled.map(({ top }) => top)),
    right: Math.max(...filled.map(({ right }) => right)),
    bottom: Math.max(...filled.map(({ bottom }) => bottom)),
  };
}

/**
 * Which layers lie where among each other, and which are shown.
 *
 * @param {Leaf[]} layers
 * @returns {string}
 */
function outline(layers) {
  return layers
    .map(({ id, visible, layers: inside }) =>
      [id, visible ? "" : "-", inside ? `(${outline(inside)})` : ""].join(""),
    )
    .join();
}

/** @param {Run} run */
function groupName(run) {
  const words = Array.from(run.recipe.prompt.trim().replace(/\s+/g, " "));
  const prompt = words.length > 24 ? `${words.slice(0, 24).join("")}…` : words.join("");
  const name = t("painting.words", { number: run.number, prompt });
  return `${name} · ${run.id.slice(0, 6)}`;
}

/** @param {Step} step */
function layerName(step) {
  return `${step.index + 1} · σ ${step.sigma.toFixed(2)}`;
}

module.exports = {
  listed,
  flat,
  leafById,
  hull,
  root,
  groupsOf,
  siblingsOf,
  clipsOf,
  lift,
  topOfClip,
  outline,
  setVisible,
  groupName,
  layerName,
};
