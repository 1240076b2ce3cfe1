"use strict";

/**
 * Finding one's way among layers, and what ours are called.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/wire").Run} Run
 * @typedef {import("./types/wire").Step} Step
 */

const { t } = require("./texts.js");

/** @param {Layer} layer @param {boolean} visible */
function setVisible(layer, visible) {
  if (layer.visible !== visible) layer.visible = visible;
}

/** @param {Layer[]} layers @returns {Layer[]} groups before what is in them */
function flat(layers) {
  return layers.flatMap((layer) => [layer, ...flat([...(layer.layers || [])])]);
}

/** @param {Document} document @param {number | null} id */
function layerById(document, id) {
  return flat([...document.layers]).find((layer) => layer.id === id) || null;
}

/** @param {Layer} layer @returns {Layer[]} those it lies in */
function groupsOf({ parent }) {
  return parent && "kind" in parent ? [parent, ...groupsOf(parent)] : [];
}

/** Those beside a layer and itself, the lowest first. @param {Document} document @param {Layer} layer */
function siblingsOf(document, layer) {
  const [group] = groupsOf(layer);
  return [...((group ? group.layers : document.layers) || [])].reverse();
}

/**
 * Each layer with those clipped onto it. A clipped one that has none below it is a layer like others.
 *
 * @param {Layer[]} layers the lowest first
 */
function clipsOf(layers) {
  /** @type {{base: Layer, onto: Layer[]}[]} */
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

/** The highest of those clipped right above a layer; itself where there is none. @param {Document} document @param {Layer} layer */
function topOfClip(document, layer) {
  const siblings = siblingsOf(document, layer);
  const above = siblings.slice(siblings.findIndex(({ id }) => id === layer.id) + 1);
  const end = above.findIndex((one) => !one.isClippingMask);
  return (end < 0 ? above : above.slice(0, end)).pop() || layer;
}

/** @param {Layer} layer @returns {Layer} the outermost group it lies in, or itself */
function root(layer) {
  return layer.parent && "kind" in layer.parent ? root(layer.parent) : layer;
}

/**
 * Which layers lie where among each other, and which are shown.
 *
 * @param {Layer[]} layers
 * @returns {string}
 */
function outline(layers) {
  return layers
    .map(({ id, visible, layers: inside }) =>
      [id, visible ? "" : "-", inside ? `(${outline([...inside])})` : ""].join(""),
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
  flat,
  layerById,
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
