"use strict";

/**
 * The tree of runs and steps. Pure.
 *
 * runOf(step)         the run a step's id names
 * stepsOf(state, id)  a run's own steps, in order
 * lineage(state, id)  the records a step came from, the noisiest first
 * kinOf(state, run)   the painting a run belongs to: its root and all that branched off
 * variationsOf(state, run)   the other runs that were asked for with it
 * waitingIn(state, document) what waits of a document, the next first
 * placeOf(state, run)        how many of all that wait come before it
 * madeAlike(state, document, recipe)   its paintings that differ from it by their seed at most
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").StepView} StepView
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/wire").Recipe} Recipe
 */

const { sameRegions } = require("./regions.js");

/** @param {string} step "run.index" */
function runOf(step) {
  return step.slice(0, step.indexOf("."));
}

/** @param {State} state @param {string} run @returns {StepView[]} */
function stepsOf(state, run) {
  return Object.values(state.steps)
    .filter((step) => step.run === run)
    .sort((a, b) => a.index - b.index);
}

/** @param {State} state @param {string} id @returns {StepView[]} the noisiest first, `id` last */
function lineage(state, id) {
  const line = [];
  for (let at = state.steps[id]; at; at = state.steps[at.parent || ""]) line.unshift(at);
  return line;
}

/** @param {State} state @param {string} run @returns {string[]} the root first */
function kinOf({ runs }, run) {
  let root = run;
  for (let parent = runs[run]?.parent; parent && runs[runOf(parent)]; ) {
    root = runOf(parent);
    parent = runs[root].parent;
  }
  return withBranches({ runs }, root);
}

/** @param {Pick<State, "runs">} state @param {string} run @returns {string[]} the run first */
function withBranches({ runs }, run) {
  const ids = [run];
  for (const id of ids) {
    for (const other of Object.values(runs)) {
      const left = other.parent && runOf(other.parent) === id;
      if (left && !ids.includes(other.id)) ids.push(other.id);
    }
  }
  return ids;
}

/**
 * @param {Pick<State, "runs">} state
 * @param {Pick<import("../types/wire").Run, "id" | "request">} run
 */
function variationsOf({ runs }, { id, request }) {
  return Object.values(runs).filter((other) => other.request === request && other.id !== id);
}

/** @param {RunView} run */
const waits = ({ state, elsewhere }) => state === "queued" && !elsewhere;

/** @param {State} state @param {number} document */
function waitingIn({ runs, papers }, document) {
  const here = (papers[document]?.runs ?? []).map((id) => runs[id]);
  return here.filter((run) => run && waits(run)).sort((one, other) => one.number - other.number);
}

/** @param {State} state @param {RunView} run */
function placeOf({ runs }, { number }) {
  return Object.values(runs).filter((other) => waits(other) && other.number < number).length;
}

/**
 * @param {State} state
 * @param {number} document
 * @param {Recipe} recipe as it would be asked for
 */
function madeAlike({ runs, papers }, document, { seed, regions = [], ...recipe }) {
  const wanted = { init_image: null, mask: null, ...recipe };
  const keys = /** @type {(keyof typeof wanted)[]} */ (Object.keys(wanted));
  return (papers[document]?.runs ?? [])
    .map((id) => runs[id])
    .filter((run) => run && !run.parent && !["cancelled", "failed"].includes(run.state))
    .filter(({ recipe: made }) =>
      keys.every((key) => (made[key] ?? null) === (wanted[key] ?? null)),
    )
    .filter(({ recipe: made }) => sameRegions(made.regions ?? [], regions));
}

module.exports = {
  runOf,
  stepsOf,
  lineage,
  kinOf,
  withBranches,
  variationsOf,
  waitingIn,
  placeOf,
  madeAlike,
};
