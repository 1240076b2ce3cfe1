"use strict";

/**
 * The tree of runs and steps. Pure.
 *
 * runOf(step)         the run a step's id names
 * stepsOf(state, id)  a run's own steps, in order
 * lineage(state, id)  the records a step came from, the noisiest first
 * kinOf(state, run)   the painting a run belongs to: its root and all that branched off
 * variationsOf(state, run)   the other runs that were asked for with it
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").StepView} StepView
 */

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

module.exports = { runOf, stepsOf, lineage, kinOf, withBranches, variationsOf };
