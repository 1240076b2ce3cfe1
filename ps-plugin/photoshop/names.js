"use strict";

/**
 * The last way to know a painting's layers again, where a program kept neither of their notes: by
 * their names, inside a group whose name ends in the run's id. Pure.
 *
 * kindByName(leaf)                what a layer is by its name
 * foundByName(leaves, found, index)   notes as they should stand in those without one
 *
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../state/papers.js").Found} Found
 */

const STEP = /^(\d+) · σ \d+\.\d+$/; // layerName in tree.js
const RUN = / · ([0-9a-f]{6})$/; // groupName there

/** @param {Leaf} leaf @returns {"run" | "step" | ""} */
function kindByName({ name, parent, layers }) {
  if (layers) return RUN.test(name) && layers.some((one) => STEP.test(one.name)) ? "run" : "";
  return parent && RUN.test(parent.name) && STEP.test(name) ? "step" : "";
}

/**
 * Only steps that the document's own list has, and that no layer says it is.
 *
 * @param {Leaf[]} leaves
 * @param {Found[]} found by their notes
 * @param {import("../state/papers.js").Index} index
 * @returns {Found[]}
 */
function foundByName(leaves, found, { runs, steps }) {
  const noted = new Set(found.map(({ layer }) => layer));
  const taken = new Set(found.map(({ note, group }) => (group ? note.run : note.step)));
  const images = new Map(steps.map(({ id, image }) => [id, image]));
  /** @type {Found[]} */
  const named = [];
  for (const leaf of leaves) {
    const kind = noted.has(leaf.id) ? "" : kindByName(leaf);
    const group = kind === "run";
    const home = group ? leaf : leaf.parent;
    const [, beginning] = (kind && home && RUN.exec(home.name)) || [];
    const run = beginning && runs.find(({ id }) => id.startsWith(beginning))?.id;
    if (!run) continue;
    const { left, top } = (group ? stepIn(leaf) : leaf).bounds;
    const place = { v: /** @type {1} */ (1), run, left, top };
    const step = group ? undefined : `${run}.${Number(STEP.exec(leaf.name)?.[1]) - 1}`;
    const image = step && images.get(step);
    if (taken.has(step || run) || (step && !image)) continue;
    named.push({ layer: leaf.id, group, note: { ...place, ...(step && { step, image }) } });
  }
  return named;
}

/** The uppermost step of a group: the finished picture lies where the whole does. @param {Leaf} group */
function stepIn(group) {
  return (group.layers || []).find(({ name }) => STEP.test(name)) || group;
}

module.exports = { kindByName, foundByName };
