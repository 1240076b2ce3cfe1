"use strict";

/**
 * What events make of the papers: what of ours lies in each open document. Pure.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Papers} Papers
 * @typedef {import("../types/panel").Keep} Keep
 */

const { gone } = require("./papers.js");
const { runOf, withBranches } = require("./runs.js");

/** @type {Papers} */
const BLANK = {
  runs: [],
  places: {},
  groups: {},
  layers: {},
  inputs: [],
  keeps: {},
  wished: [],
  stuck: {},
};

/** @param {State} state @param {number} document @param {(papers: Papers) => Papers} change */
function withPapers(state, document, change) {
  const papers = change(state.papers[document] || BLANK);
  return { ...state, papers: { ...state.papers, [document]: papers } };
}

/**
 * A run that a document asked for lies in it from now on.
 *
 * @param {State} state
 * @param {string} run
 * @param {{document: number, place: import("../types/panel").Place, keep: Keep}} asked
 */
function housed(state, run, { document, place, keep }) {
  return withPapers(state, document, (papers) =>
    papers.runs.includes(run)
      ? papers
      : {
          ...papers,
          runs: [...papers.runs, run],
          places: { ...papers.places, [run]: place },
          keeps: { ...papers.keeps, [run]: keep },
        },
  );
}

/**
 * @param {State} state
 * @param {{document: number, run: string, group: number, inputs: string[]}} event
 */
function grouped(state, { document, run, group, inputs }) {
  return withPapers(state, document, (papers) => ({
    ...papers,
    groups: { ...papers.groups, [run]: group },
    inputs: [...papers.inputs, ...inputs],
  }));
}

/**
 * @param {State} state
 * @param {number} document
 * @param {Papers["layers"]} notes
 */
function layered(state, document, notes) {
  return withPapers(state, document, (papers) => {
    // A run that was removed while its layers were being written stays removed.
    const known = Object.entries(notes).filter(([step]) => papers.runs.includes(runOf(step)));
    return { ...papers, layers: { ...papers.layers, ...Object.fromEntries(known) } };
  });
}

/**
 * All of a run's layers lie elsewhere, together: a crop, another canvas, a moved group.
 *
 * @param {State} state
 * @param {{document: number, run: string, x: number, y: number}} event by how many pixels
 */
function shifted(state, { document, run, x, y }) {
  return withPapers(state, document, (papers) => {
    const place = papers.places[run] || { left: 0, top: 0, above: null };
    const layers = Object.entries(papers.layers).map(([step, note]) => {
      const { extent } = note;
      if (runOf(step) !== run || !extent) return [step, note];
      const { left, top, right, bottom } = extent;
      const there = { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
      return [step, { ...note, extent: there }];
    });
    return {
      ...papers,
      places: { ...papers.places, [run]: { ...place, left: place.left + x, top: place.top + y } },
      layers: Object.fromEntries(layers),
    };
  });
}

/**
 * What has no group yet shall not cover the step that is chosen now.
 *
 * @param {State} state
 * @param {number} document
 */
function chosen(state, document) {
  return withPapers(state, document, (papers) => ({
    ...papers,
    behind: papers.runs.filter((run) => !(run in papers.groups)),
  }));
}

/**
 * A step without a layer shall have one.
 *
 * @param {State} state
 * @param {number} document
 * @param {string} step
 */
function wished(state, document, step) {
  const run = runOf(step);
  return withPapers(state, document, (papers) => ({
    ...papers,
    layers: without(papers.layers, [step]),
    wished: [...papers.wished, step],
    groups: papers.groups[run] === -1 ? without(papers.groups, [run]) : papers.groups,
  }));
}

/**
 * @param {State} state
 * @param {{document: number, run: string, text: string, locked: boolean}} event an empty text: it
 *   may go on; locked: it waits for the painter to unlock the group
 */
function stuck(state, { document, run, text, locked }) {
  return withPapers(state, document, (papers) => ({
    ...papers,
    stuck: text ? { ...papers.stuck, [run]: { text, locked } } : without(papers.stuck, [run]),
  }));
}

/**
 * Layers that were taken away to make the document light; so were those a run was made from.
 *
 * @param {State} state
 * @param {number} document
 * @param {string[]} steps
 */
function baked(state, document, steps) {
  return withPapers(state, document, (papers) => {
    const lost = steps.map((step) => [step, gone(papers.layers[step])]);
    const layers = { ...papers.layers, ...Object.fromEntries(lost) };
    return { ...papers, layers, inputs: [] }; // a later run brings again what it needs
  });
}

/**
 * A painting that lies in no open document, with its branches.
 *
 * @param {State} state
 * @param {{document: number, run: string, keep?: Keep}} event
 */
function adopted(state, { document, run, keep = "all" }) {
  const place = { left: 0, top: 0, above: null };
  return withBranches(state, run).reduce(
    (next, id) => housed(next, id, { document, place, keep }),
    state,
  );
}

/** @param {State} state @param {number} document @param {string} run */
function removed(state, document, run) {
  const gone = state.selected !== null && state.steps[state.selected]?.run === run;
  const next = withPapers(state, document, (papers) => ({
    ...papers,
    runs: papers.runs.filter((id) => id !== run),
    places: without(papers.places, [run]),
    groups: without(papers.groups, [run]),
    stuck: without(papers.stuck, [run]),
    layers: without(
      papers.layers,
      Object.keys(papers.layers).filter((step) => runOf(step) === run),
    ),
    inputs: [], // some went with the group; a later run brings again what it needs
  }));
  return gone ? { ...next, selected: null } : next;
}

/**
 * @template V
 * @param {Record<string, V>} record
 * @param {string[]} keys
 * @returns {Record<string, V>}
 */
function without(record, keys) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

module.exports = {
  BLANK,
  housed,
  grouped,
  layered,
  shifted,
  chosen,
  wished,
  stuck,
  baked,
  adopted,
  removed,
  without,
};
