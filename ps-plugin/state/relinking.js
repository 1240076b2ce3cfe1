"use strict";

/**
 * A run under its new id, after it was painted again: in the papers, in the branches that left it,
 * in recipes that name its steps. Pure.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Papers} Papers
 */

const { STEPS } = require("./recipe_fields.js");
const { at } = require("./fields.js");
const { runOf } = require("./runs.js");

/**
 * @param {State} state
 * @param {string} from
 * @param {string} to
 * @returns {State}
 */
function relinked(state, from, to) {
  if (!state.runs[from] || !state.runs[to]) return state;
  /** @param {string} step */
  const renamed = (step) => (runOf(step) === from ? to + step.slice(from.length) : step);
  const { [from]: _gone, ...runs } = state.runs;
  const steps = Object.values(state.steps).filter((step) => step.run !== from);
  return {
    ...state,
    runs: mapped(runs, (run) => ({
      ...run,
      parent: run.parent && renamed(run.parent),
      recipe: STEPS.reduce((recipe, path) => at(path, recipe, renamed), run.recipe),
      ...(run.id === to && { again: true }),
    })),
    steps: Object.fromEntries(
      steps.map((step) => [step.id, { ...step, parent: step.parent && renamed(step.parent) }]),
    ),
    papers: mapped(state.papers, (papers) => inPapers(papers, from, to, renamed)),
    thumbs: { ...rekeyed(state.thumbs, renamed), ...state.thumbs },
    selected: state.selected && renamed(state.selected),
  };
}

/**
 * @param {Papers} papers
 * @param {string} from
 * @param {string} to
 * @param {(step: string) => string} renamed
 * @returns {Papers}
 */
function inPapers(papers, from, to, renamed) {
  if (!papers.runs.includes(from)) return papers;
  /** @param {string} run */
  const named = (run) => (run === from ? to : run);
  return {
    ...papers,
    runs: [...new Set(papers.runs.map(named))],
    places: rekeyed(papers.places, named),
    groups: rekeyed(papers.groups, named),
    keeps: rekeyed(papers.keeps, named),
    stuck: rekeyed(papers.stuck, named),
    layers: rekeyed(papers.layers, renamed),
    wished: papers.wished.map(renamed),
  };
}

/**
 * @template V
 * @param {Record<string, V>} record
 * @param {(value: V) => V} change
 * @returns {Record<string, V>}
 */
function mapped(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/**
 * @template V
 * @param {Record<string, V>} record
 * @param {(key: string) => string} named
 * @returns {Record<string, V>}
 */
function rekeyed(record, named) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [named(key), value]));
}

module.exports = { relinked };
