"use strict";

/**
 * The timeline as data: what a painter sees of the runs in the open document.
 *
 * linesOf(state)       one line per run, a branch below the line it left
 * straysOf(state)      paintings the bridge holds that lie in no open document
 * onwardOf(state)      what "Continue from here" would do now, and whether it can
 * progressOf(state)    the run that is being painted, in words
 * placeSaid(state, run)   how many come before one that waits
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/panel").StepView} StepView
 * @typedef {import("../types/wire").Mode} Mode
 *
 * @typedef {object} Cell
 * @property {StepView} step
 * @property {number} column
 * @property {boolean} painted there is something of the painter's to go on from
 * @property {import("../types/panel").Mark} mark what the painter did to its layer
 * @property {boolean} selected
 * @property {boolean} hasLayer
 *
 * @typedef {object} OnwardView what "Continue from here" would do now
 * @property {StepView} step
 * @property {RunView} run
 * @property {boolean} painted there is something of the painter's in the step's layer
 * @property {import("../types/panel").Mark} mark
 * @property {string[]} added the painter's layers over it that count as painted on it
 * @property {boolean} mixed all that is seen of the painting's layers is the edit
 * @property {boolean} region only the selected part goes back to the step
 * @property {Mode} mode
 * @property {{mode: Mode, name: string, possible: boolean}[]} ways
 * @property {string} help one line on the mode
 * @property {boolean} keepOutside everything else stays exactly
 *
 * @typedef {object} Line
 * @property {RunView} run
 * @property {number} depth 0 for a painting of its own, 1 for a branch, ...
 * @property {number} column where the line starts
 * @property {number} planned how many steps it will have
 * @property {number[]} through columns of the branches that come down past this line
 * @property {Cell[]} cells
 */

const { DRAWS } = require("./recipe_fields.js");
const { stepsOf, runOf } = require("./state.js");
const { variationsOf, waitingIn, placeOf } = require("./runs.js");
const { t } = require("../words/texts.js");

/**
 * The five ways to go on; words/ names and explains them in a painter's words.
 *
 * @type {{mode: Mode, edit: boolean}[]}
 */
const MODES = [
  { mode: "repaint", edit: false },
  { mode: "keep", edit: true },
  { mode: "nudge", edit: true },
  { mode: "hold", edit: true },
  { mode: "replay", edit: false },
];

/** @param {State} state @returns {Line[]} */
function linesOf(state) {
  const papers = state.document && state.papers[state.document.id];
  if (!papers) return [];
  const here = papers.runs.map((id) => state.runs[id]).filter(Boolean);
  here.sort((a, b) => a.number - b.number || (a.created || 0) - (b.created || 0));
  const ids = new Set(here.map((run) => run.id));
  /** @type {Line[]} */
  const lines = [];
  /** @param {RunView} run @param {number} depth */
  const add = (run, depth) => {
    lines.push(lineOf(state, run, depth));
    for (const child of here) {
      if (child.parent && runOf(child.parent) === run.id) add(child, depth + 1);
    }
  };
  for (const run of here) if (!run.parent || !ids.has(runOf(run.parent))) add(run, 0);
  return withStems(leftAligned(lines));
}

/** @param {State} state @param {RunView} run @param {number} depth @returns {Line} */
function lineOf(state, run, depth) {
  const layers = (state.document && state.papers[state.document.id]?.layers) || {};
  const cells = stepsOf(state, run.id).map((step) => {
    const note = layers[step.id];
    /** @type {Cell} */
    const cell = {
      step,
      column: step.index,
      painted: note !== undefined && note.painted,
      mark: (note && note.mark) || (note && note.painted ? "painted" : ""),
      selected: step.id === state.selected,
      hasLayer: note !== undefined && note.layer >= 0,
    };
    return cell;
  });
  const column = firstOf(state, run);
  const going = run.state === "running" || run.state === "queued";
  const planned = going ? run.last - column + 1 : 0;
  return { run, depth, column, planned, through: [], cells };
}

/**
 * A branch hangs below the step it left; what lies between is passed.
 *
 * @param {Line[]} lines
 */
function withStems(lines) {
  const passed = lines.map(() => /** @type {number[]} */ ([]));
  lines.forEach(({ run, depth, column }, i) => {
    if (depth === 0 || !run.parent) return;
    const from = lines.findIndex((line) => line.run.id === runOf(run.parent || ""));
    for (let row = from + 1; row < i; row += 1) passed[row].push(column);
  });
  return lines.map((line, i) => ({ ...line, through: [...new Set(passed[i])] }));
}

/**
 * Index of a run's first step, also before it was painted.
 *
 * @param {State} state
 * @param {RunView} run
 */
function firstOf(state, run) {
  const [step] = stepsOf(state, run.id);
  const parent = run.parent ? state.steps[run.parent] : undefined;
  return step ? step.index : parent ? parent.index : run.first;
}

/**
 * Image-to-image starts at a late step: no line begins with empty columns.
 *
 * @param {Line[]} lines
 */
function leftAligned(lines) {
  let shift = 0;
  return lines.map((line) => {
    if (line.depth === 0) shift = line.column;
    const cells = line.cells.map((cell) => ({ ...cell, column: cell.column - shift }));
    return { ...line, column: line.column - shift, cells };
  });
}

/**
 * After a crash or a reload the bridge still holds what no document does.
 *
 * @param {State} state
 * @returns {RunView[]} the newest first; branches come along with the painting they left
 */
function straysOf(state) {
  const housed = new Set(Object.values(state.papers).flatMap((papers) => papers.runs));
  return Object.values(state.runs)
    .filter((run) => !run.elsewhere && !housed.has(run.id))
    .filter((run) => state.asked[run.request]?.document !== null) // being painted again
    .filter((run) => !run.parent || !state.runs[runOf(run.parent)])
    .sort((a, b) => b.number - a.number);
}

/**
 * With a selection and no strokes the selected part goes back to this step and the rest stays:
 * that is the first thing offered.
 *
 * @param {State} state
 * @returns {OnwardView | null}
 */
function onwardOf(state) {
  const step = state.selected === null ? undefined : state.steps[state.selected];
  const run = step && state.runs[step.run];
  if (!step || !run || !state.document) return null;
  const note = state.papers[state.document.id]?.layers[step.id];
  const { mixed, changes, mode: wished } = state.onward;
  const painted = note !== undefined && note.painted;
  const edited = painted || mixed;
  /** @param {{mode: Mode, edit: boolean}} way */
  const possible = ({ mode, edit }) => (mode === "replay" ? !mixed : edited || !edit);
  const fits = MODES.some((way) => way.mode === wished && possible(way));
  const idle = isIdle(run.recipe, changes);
  const changed = Object.keys(changes).length > 0;
  const mode = wished && fits ? wished : !edited && changed && !idle ? "replay" : "repaint";
  const region = mode === "repaint" && !edited && state.document.selection !== null;
  const ways = MODES.map((way) => ({
    mode: way.mode,
    name: t(way.mode !== "repaint" || edited ? `mode.${way.mode}` : "mode.roll"),
    possible: possible(way),
  }));
  const plain = mode === "repaint" && !edited;
  const replay = idle ? "modeHelp.sameSeed" : painted ? "modeHelp.unpainted" : "modeHelp.replay";
  const repaint = plain ? (region ? "modeHelp.rollPart" : "modeHelp.roll") : "modeHelp.repaint";
  const help = t({ replay, repaint }[/** @type {string} */ (mode)] ?? `modeHelp.${mode}`);
  const keepOutside = state.onward.keepOutside ?? region;
  const mark = (note && note.mark) || "";
  const added = (note && note.added) || [];
  return { step, run, painted, mark, added, mixed, region, mode, ways, help, keepOutside };
}

/**
 * Another seed changes nothing where no noise is drawn any more, unless something is painted anew.
 *
 * @param {import("../types/wire").Recipe} recipe
 * @param {State["onward"]["changes"]} changes
 */
function isIdle(recipe, changes) {
  const { seed, sampler, eta, regions } = { ...recipe, ...changes };
  const isolates = (regions || []).some(({ mode }) => mode === "isolate");
  const draws = DRAWS.includes(sampler || "") || (eta || 0) > 0 || isolates;
  return seed !== recipe.seed && !draws;
}

/**
 * @param {State} state
 * @returns {{run: RunView, value: number, text: string} | null}
 */
function progressOf(state) {
  const papers = state.document && state.papers[state.document.id];
  const here = papers ? papers.runs.map((id) => state.runs[id]) : [];
  const isAway = state.connection.status !== "open";
  const running = here.find((run) => run && run.state === "running" && !run.elsewhere);
  if (running) {
    const total = running.recipe.num_inference_steps || 20;
    const done = stepsOf(state, running.id);
    const first = firstOf(state, running);
    const at = done.length ? done[done.length - 1].index + 1 : first;
    const left = running.secondsLeft;
    const share = (at - first) / Math.max(1, total - first);
    const values = { step: at, total, time: left === null ? "" : duration(left) };
    const text = t(
      isAway ? "progress.away" : left === null ? "progress.step" : "progress.left",
      values,
    );
    const others = variationsOf(state, running);
    if (others.length === 0) return { run: running, value: share, text };
    const going = others.filter((run) => run.state === "running").length + 1;
    const several = t("progress.several", { going, all: others.length + 1, text });
    return { run: running, value: share, text: several };
  }
  const [waiting] = state.document ? waitingIn(state, state.document.id) : [];
  if (!waiting) return null;
  const text = isAway ? t("progress.waits") : placeSaid(state, waiting);
  return { run: waiting, value: 0, text };
}

/** How many come before a run that waits. @param {State} state @param {RunView} run */
function placeSaid(state, run) {
  const count = placeOf(state, run);
  return count === 0 ? t("progress.next") : t("progress.before", { count });
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 60) return t("progress.seconds", { count: Math.max(1, Math.round(seconds)) });
  return t("progress.minutes", { count: Math.round(seconds / 60) });
}

module.exports = { MODES, linesOf, straysOf, onwardOf, progressOf, placeSaid, duration };
