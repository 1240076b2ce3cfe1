"use strict";

/**
 * Which step layers are worth reading after a change: reading keeps Photoshop to itself, so a
 * stroke on one layer must not cost a look at them all.
 *
 * A stroke lands on an active layer, the step's or one of the painter's over it; a move, a mask, a lock show from outside; going back or
 * forward in the history may bring back or take away what was ever noticed before.
 *
 * @typedef {import("../types/panel").LayerNote} LayerNote
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("./sight.js").Whereabouts} Whereabouts
 */

/** @param {Pick<ReturnType<import("./layers.js").makeLayers>, "activeLayers" | "historyState" | "undoneTo">} layers */
function makeSuspicion(layers) {
  /** @type {Map<number, Set<number>>} history states that were looked at, by document */
  const visited = new Map();
  /** @type {Map<number, number>} the last of them */
  const latest = new Map();
  /** @type {Map<string, string>} how a layer looked from outside, by document and layer */
  const looks = new Map();
  /** @type {Set<string>} layers that ever were more than handed out */
  const touched = new Set();
  /** @type {Set<string>} layers whose look is still to come, because the last one failed */
  const owed = new Set();

  /**
   * @param {number} id document
   * @param {[string, LayerNote][]} notes by step
   * @param {Map<number, Whereabouts>} there
   * @param {(step: string) => Rect | null} extentOf where its pixels should lie; null: not known
   * @param {{jumped: boolean}} [moved] what movement said
   * @returns {string[]} steps
   */
  function suspects(id, notes, there, extentOf, { jumped } = movement(id)) {
    const active = new Set(layers.activeLayers());
    return notes.flatMap(([step, note]) => {
      const now = there.get(note.layer);
      if (!now) return [];
      const key = `${id} ${note.layer}`;
      const before = looks.get(key) ?? lookOf(expected(note, extentOf(step), now));
      looks.set(key, lookOf(now));
      if (note.mark) touched.add(key);
      const strokes = [note.layer, ...(now.over?.ids || [])].some((layer) => active.has(layer));
      // A write may have found a lock that no look has seen.
      const over =
        (note.mark === "locked" && !now.locked) || (note.mark === "masked" && !now.masked);
      const changed = strokes || over || before !== lookOf(now);
      const worth = changed || owed.has(key) || (jumped && touched.has(key));
      if (worth) owed.add(key);
      return worth ? [step] : [];
    });
  }

  /** They were read. @param {number} id document @param {number[]} read layers */
  function settled(id, read) {
    for (const layer of read) owed.delete(`${id} ${layer}`);
  }

  /**
   * What the history did since the last call.
   *
   * @param {number} id
   * @returns {{jumped: boolean, stayed: boolean}} jumped: it is not at something new
   */
  function movement(id) {
    const seen = visited.get(id) || new Set();
    const now = layers.historyState(id);
    const jumped = seen.has(now) || layers.undoneTo(id) !== null;
    const stayed = latest.get(id) === now;
    visited.set(id, seen.add(now));
    latest.set(id, now);
    return { jumped, stayed };
  }

  return { movement, suspects, settled };
}

/**
 * From outside, as its note has it.
 *
 * @param {LayerNote} note
 * @param {Rect | null} extent
 * @param {Whereabouts} now
 * @returns {Whereabouts}
 */
function expected({ mark }, extent, now) {
  const bounds = mark === "painted" || mark === "moved" || !extent ? now.bounds : extent;
  return { bounds, masked: mark === "masked", locked: mark === "locked" };
}

/** @param {Whereabouts} now */
function lookOf({ bounds: { left, top, right, bottom }, masked, locked, over }) {
  return [left, top, right, bottom, masked, locked, over?.look].join();
}

module.exports = { makeSuspicion };
