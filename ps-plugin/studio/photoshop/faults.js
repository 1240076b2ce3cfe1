"use strict";
// What goes wrong in a real Photoshop, on demand: a host has one of these, `host.faults` in Node and
// `studio.faults` in the browser. Nothing happens that was not asked for.
//
//   busy(times)              the next scopes are refused with error 9, as if a dialog were open
//   cancel(calls)            Escape is pressed when that many more calls were made inside scopes
//   failReads(times)         the next calls of getPixels fail, each once
//   tighten(on)              reads are trimmed to what is not empty within the part asked for, not
//                            only to the layer: selections arrive in part, too
//   cacheLevels(count)       how many pyramid levels there are for a smaller targetSize; 1: none
//   after(scopes, deed, to)  once that many more scopes have ended, the painter (or an Action) does
//                            one of DEEDS; to: {document, layer} by id, else the ones in front.
//                            What finds nothing to be done to waits for the end of the next scope
//   now(deed, to)            the same at once; no scope may be open
//   habit(name, on)          another behaviour than the usual one: habits.js lists them
//   clear()                  no faults any more, and the usual behaviour
//
// `waiting()` says what has not happened yet, so that a test knows whether its fault was met.

const edits = require("../document/edits.js");
const { flatten } = require("../document/document.js");
const { habitNamed } = require("./habits.js");

/** @typedef {import("../document/model.js").Model} Model */
/** @typedef {import("../document/model.js").OpenDocument} OpenDocument */
/** @typedef {{document?: number, layer?: number}} Where ids */

const CACHE_LEVELS = 4; // documented: a preference; 4 is Photoshop's default
// seen in a host: the number and the beginning; the rest differs from report to report
const READ_FAILED = "Code: -1. Could not complete your request because of a program error.";

/**
 * What painters and Actions do between two scopes.
 *
 * @type {Record<string, (document: OpenDocument, layer?: number) => void>}
 */
const DEEDS = {
  closeDocument: (document) => document.model.close(document),
  deleteGroup: (document, layer) => edits.deleteLayers(document, [layer ?? topGroup(document).id]),
  deleteLayer: (document, layer) => edits.deleteLayers(document, [layer ?? topLayer(document).id]),
  lockLayer: (document, layer) =>
    edits.setLayer(document, layer ?? topLayer(document).id, "locked", true),
  renameAll(document) {
    for (const { id } of flatten(document.state.layers)) {
      edits.setLayer(document, id, "name", `Step ${id} by an Action`);
    }
  },
};

function topGroup(document) {
  const group = flatten(document.state.layers).findLast((layer) => layer.kind === "group");
  if (!group) throw new Error("deleteGroup: the document has no group");
  return group;
}

/** The uppermost pixel layer, in groups too. */
function topLayer(document) {
  const layer = flatten(document.state.layers).findLast((one) => one.kind === "pixel");
  if (!layer) throw new Error("the document has no pixel layer");
  return layer;
}

/** @typedef {ReturnType<typeof createFaults>} Faults */

/** @param {Model} model @param {string[]} [habits] from the start on */
function createFaults(model, habits = []) {
  const none = () => ({ busy: 0, cancel: 0, reads: 0, tight: false, levels: CACHE_LEVELS });
  let set = none();
  /** @type {{scopes: number, deed: string, to: Where}[]} */
  let later = [];
  const had = new Set(habits.map(habitNamed));

  const count = (name, value) => {
    if (Number.isInteger(value) && value >= 1) return value;
    throw new TypeError(`faults.${name} takes a whole number from 1, got ${value}`);
  };

  /** @param {string} deed @param {Where} [to] */
  function now(deed, { document, layer } = {}) {
    requireDeed(deed);
    const found =
      document === undefined ? model.active : model.documents.find(({ id }) => id === document);
    if (!found) throw new Error(`${deed}: no such document is open`);
    DEEDS[deed](found, layer);
  }

  return {
    busy: (times = 1) => void (set.busy = count("busy", times)),
    cancel: (calls = 1) => void (set.cancel = count("cancel", calls)),
    failReads: (times = 1) => void (set.reads = count("failReads", times)),
    tighten: (on = true) => void (set.tight = on),
    cacheLevels: (levels) => void (set.levels = count("cacheLevels", levels)),
    /** @param {number} scopes @param {string} deed @param {Where} [to] */
    after(scopes, deed, to = {}) {
      requireDeed(deed);
      later.push({ scopes: count("after", scopes), deed, to });
    },
    now,
    /** @param {string} name @param {boolean} [on] */
    habit: (name, on = true) =>
      void (on ? had.add(habitNamed(name)) : had.delete(habitNamed(name))),
    clear() {
      set = none();
      had.clear();
      later = [];
    },
    waiting: () => [
      ...["busy", "cancel", "reads"].filter((name) => set[name] > 0),
      ...later.map(({ deed }) => deed),
    ],

    // What the host asks, each time it comes by.
    takeBusy: () => set.busy > 0 && set.busy-- > 0,
    takeCancel: () => set.cancel > 0 && --set.cancel === 0,
    /** @throws when a read shall fail */
    takeRead() {
      if (set.reads > 0 && set.reads-- > 0) {
        throw readFailed();
      }
    },
    isTight: () => set.tight,
    levels: () => set.levels,
    /** @param {import("./habits.js").Habit} name */
    has: (name) => had.has(name),
    scopeEnded() {
      for (const entry of later) entry.scopes -= 1;
      const due = later.filter(({ scopes }) => scopes === 0);
      later = later.filter(({ scopes }) => scopes > 0);
      for (const { deed, to } of due) {
        try {
          now(deed, to);
        } catch {
          later.push({ scopes: 1, deed, to }); // nothing there to do it to yet
        }
      }
    },
  };
}

const readFailed = () => Object.assign(new Error(READ_FAILED), { number: -1 });

function requireDeed(deed) {
  if (!(deed in DEEDS)) {
    throw new TypeError(`there is no deed "${deed}"; there are ${Object.keys(DEEDS).join(", ")}`);
  }
}

module.exports = { createFaults, readFailed, DEEDS };
