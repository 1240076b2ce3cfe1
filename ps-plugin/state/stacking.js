"use strict";

/**
 * Where a new painting's group lies among those that are there. Pure.
 *
 * What is newest is seen: it lies above every earlier painting of what it was made of, and above all
 * of which that is not known (a painting of all that was seen, or one of a document that was opened
 * again). A painting of all that is seen lies above everything. Of variations, the first that was
 * asked for lies on top, and each further one beneath the one before it.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Papers} Papers
 * @typedef {import("../types/panel").RunView} RunView
 */

const { kinOf, variationsOf } = require("./runs.js");

/**
 * @param {State} state
 * @param {Papers} papers of the document it comes into
 * @param {RunView} run
 * @returns {import("../photoshop/layers.js").Beside}
 */
function besideOf(state, papers, run) {
  const paintings = new Map(Object.entries(papers.groups).map(([id, group]) => [group, id]));
  /** @param {string} id @returns {number | null} the painter's layer that all of it was made of */
  const sourceOf = (id) => {
    const above = papers.places[kinOf(state, id)[0]]?.above ?? null;
    const other = above === null ? undefined : paintings.get(above);
    return other === undefined || other === id ? above : sourceOf(other);
  };
  const groupsOf = (/** @type {string[]} */ ids) => ids.flatMap((id) => papers.groups[id] ?? []);
  const variations = variationsOf(state, run).map(({ id }) => id);
  const source = sourceOf(run.id);
  const alike = papers.runs.filter(
    (id) => source === null || [source, null].includes(sourceOf(id)),
  );
  const ofAll = source === null && !run.parent;
  return {
    under: ofAll ? [] : groupsOf(alike.filter((id) => !variations.includes(id))),
    over: groupsOf(variations),
    seen: papers.behind?.includes(run.id) ? "behind" : state.selected === null ? "front" : "choice",
  };
}

module.exports = { besideOf };
