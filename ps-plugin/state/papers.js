"use strict";

/**
 * What of ours lies in a document, as the bridge read it (bridge/history/contents.py). Pure.
 *
 * reconciled(now, before, afresh)     after layers came or went: undone, deleted, duplicated, merged
 * shiftOf(before, now)                how far most of a run's layers went, all alike
 * gone(note)                          of a layer that is not there any more
 *
 * @typedef {import("../types/panel").Papers} Papers
 * @typedef {import("../types/panel").LayerNote} LayerNote
 */

const { runOf } = require("./runs.js");

/**
 * What was written while the document was looked through is kept; everything else is as found.
 *
 * @param {Papers} now
 * @param {Papers} before when the look began
 * @param {{papers: Papers, ids: Set<number>}} afresh as found, and all layers of ours there are
 * @returns {Papers}
 */
function reconciled(now, before, { papers: found, ids }) {
  const runs = [...now.runs, ...found.runs.filter((run) => !before.runs.includes(run))];
  const groups = { ...now.groups };
  for (const run of [...new Set(runs)]) {
    const old = before.groups[run];
    if (now.groups[run] !== old || ids.has(old)) continue;
    const home = found.groups[run] ?? -1;
    if (home >= 0 || old !== undefined) groups[run] = home;
  }
  const layers = { ...now.layers };
  for (const step of new Set([...Object.keys(before.layers), ...Object.keys(found.layers)])) {
    const old = before.layers[step];
    const lies = found.layers[step];
    if (now.layers[step]?.layer !== old?.layer || ids.has(old?.layer)) continue;
    if (lies && lies.layer >= 0) layers[step] = { ...old, ...lies, quality: best(old, lies) };
    else if (old) layers[step] = gone(old);
    // What arrived while its group was away was never written: it is due now.
    const back = before.groups[runOf(step)] === -1 && groups[runOf(step)] >= 0;
    if (back && layers[step]?.layer === -1 && !layers[step].image) delete layers[step];
  }
  return {
    ...now,
    runs: [...new Set(runs)].filter((run) => now.runs.includes(run) || !before.runs.includes(run)),
    places: { ...found.places, ...now.places },
    groups,
    layers,
    inputs: [
      ...new Set([
        ...found.inputs,
        ...now.inputs.filter((image) => !before.inputs.includes(image)),
      ]),
    ],
    keeps: { ...found.keeps, ...now.keeps },
  };
}

/**
 * How good a picture is that was found again. A refinement that was undone is not done again; a copy
 * that outlived its step's layer is the painter's own, and is never refined.
 *
 * @param {LayerNote | undefined} old
 * @param {LayerNote} lies
 * @returns {import("../types/wire").Quality}
 */
function best(old, lies) {
  if (!old || !old.image) return lies.quality;
  return (old.layer >= 0 ? old.layer : old.was) === lies.layer ? old.quality : "full";
}

/**
 * Layers that were moved each for itself are paint; most of them together are a place. One alone
 * says nothing.
 *
 * @param {[import("../types/panel").Rect, import("../types/panel").Rect][]} bounds of each layer, as
 *   it was handed out and now
 * @returns {{x: number, y: number} | null} null: they lie where they were
 */
function shiftOf(bounds) {
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const [before, now] of bounds) {
    const x = now.left - before.left;
    const y = now.top - before.top;
    const same = now.right - x === before.right && now.bottom - y === before.bottom;
    if (same) votes.set(`${x} ${y}`, (votes.get(`${x} ${y}`) || 0) + 1);
  }
  const [most] = [...votes].sort((one, other) => other[1] - one[1]);
  if (!most || most[1] < 2 || 2 * most[1] <= bounds.length) return null;
  const [x, y] = most[0].split(" ").map(Number);
  return x === 0 && y === 0 ? null : { x, y };
}

/** The note of a layer that is not there any more. @param {LayerNote} note @returns {LayerNote} */
function gone(note) {
  const was = note.layer >= 0 ? note.layer : note.was;
  return { ...note, layer: -1, was, painted: false, mark: "" };
}

module.exports = { reconciled, shiftOf, gone };
