"use strict";

/**
 * "Paint it again": a run that a document knows and this bridge lost is painted from the recipe and
 * the hidden layers in the document, after the runs it left; the document's layers then belong to
 * the new run, and one can go on from them. The rules are the command line's
 * (bridge/commands/replay.py).
 *
 * makeReplaying(parts)   paintAgain(document, run)
 * asAsked(run)           the recipe without what the rewind itself added
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/wire").Recipe} Recipe
 * @typedef {import("../types/wire").Command} Command
 */

const { reduce } = require("../state/state.js");
const { runOf, stepsOf } = require("../state/runs.js");
const { inputsNamed, indexOf } = require("./arrivals.js");
const { imageId } = require("../pixels/sha256.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {() => string} parts.newRequest
 */
function makeReplaying({ store, bridge, layers, newRequest }) {
  const { state, dispatch } = store;

  /**
   * @param {number} document
   * @param {string} wanted run
   */
  async function paintAgain(document, wanted) {
    let told = "";
    for (const old of lost(wanted)) {
      const run = state().runs[old]; // as the runs before it are called by now
      await handOver(document, run);
      const made = await painted(run);
      const image = lastHanded(document, run.id);
      const difference = whatDiffers(run, made) || (await looksOther(made, image));
      await relink(run.id, made.id);
      told ||= difference;
      const { number } = made;
      const text = told ? t("again.near", { number, why: told }) : t("again.done", { number });
      dispatch({ type: "said", notice: { kind: "note", text } });
    }
  }

  /** The runs to be painted, in order. @param {string} wanted */
  function lost(wanted) {
    const { runs } = state();
    const chain = [];
    for (let at = runs[wanted]; at && at.elsewhere; ) {
      chain.unshift(at.id);
      if (!at.parent) break;
      const left = runs[runOf(at.parent)];
      if (!left) throw new Error(t("again.orphan", { number: at.number }));
      at = left;
    }
    return chain;
  }

  /**
   * What the run is made from, from the document to the bridge.
   *
   * @param {number} document
   * @param {RunView} run
   */
  async function handOver(document, run) {
    const named = inputsNamed({ ...run, recipe: asAsked(run) });
    const place = state().papers[document].places[run.id] || { left: 0, top: 0 };
    const ids = named.map(([, id]) => id);
    const frame = { place, width: run.recipe.width, height: run.recipe.height };
    const found = await layers.readInputs(document, ids, frame);
    for (const [name, id] of named) {
      const picture = found.get(id);
      if (picture) await bridge.putImage(picture);
      else if (!(await bridge.image(id))) {
        throw new Error(t("again.missing", { number: run.number, name }));
      }
    }
  }

  /** @param {RunView} run @returns {Promise<RunView>} painted up to its last step */
  async function painted(run) {
    const request = newRequest();
    // For no document: its layers are there already.
    const place = { left: 0, top: 0, above: null };
    dispatch({ type: "asked", request, document: null, place });
    const recipe = asAsked(run);
    /** @type {Command} */
    const command =
      run.parent && run.rewind
        ? { type: "continue", request, step: run.parent, rewind: run.rewind, recipe }
        : { type: "generate", request, recipe };
    bridge.send(command);
    return until(() => {
      const { run: id, refusal } = state().asked[request];
      if (refusal) throw new Error(refusal);
      const made = id && state().runs[id];
      if (!made) return null;
      if (made.state === "failed") throw new Error(made.message || t("painting.failed"));
      if (made.state === "cancelled") throw new Error(t("again.cancelled"));
      const done = stepsOf(state(), made.id);
      return done.length > 0 && done[done.length - 1].index >= made.last ? made : null;
    });
  }

  /**
   * @template T
   * @param {() => T | null} so
   * @returns {Promise<T>}
   */
  function until(so) {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const found = so();
          if (found === null) return;
          resolve(found);
        } catch (error) {
          reject(error);
        }
        stop();
      };
      const stop = store.subscribe(look);
      look();
    });
  }

  /** @param {number} document @param {string} run @returns {string | null} ImageId */
  function lastHanded(document, run) {
    const { layers: notes } = state().papers[document];
    const known = stepsOf(state(), run).filter(({ id }) => notes[id]?.image);
    return known.length > 0 ? notes[known[known.length - 1].id].image : null;
  }

  /** @param {RunView} made @param {string | null} image of the last step as handed out before */
  async function looksOther(made, image) {
    if (image === null) return "";
    const { picture } = await bridge.picture(`${made.id}.${made.last}`, "full");
    return imageId(picture) === image ? "" : t("again.otherPixels");
  }

  /** @param {string} from @param {string} to */
  async function relink(from, to) {
    const { papers, runs } = state();
    const linked = reduce(state(), { type: "relinked", from, to });
    for (const id of Object.keys(papers).map(Number)) {
      if (!papers[id].runs.includes(from)) continue;
      await layers.relabel(id, runs[from], runs[to], indexOf(linked, id));
    }
    dispatch({ type: "relinked", from, to });
  }

  return paintAgain;
}

/** @param {Pick<RunView, "recipe" | "rewind">} run @returns {Recipe} */
function asAsked({ recipe, rewind }) {
  return {
    ...recipe,
    hold: rewind?.mode === "hold" ? null : recipe.hold,
    kept: rewind?.keep_outside ? null : recipe.kept,
  };
}

/** What is not as it was when the run was first painted. @param {RunView} before @param {RunView} now */
function whatDiffers({ made_with: before = {} }, { made_with: now = {} }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const other = names.filter((name) => before[name] !== now[name]);
  return other.map((name) => `${name}: ${before[name] ?? "?"} → ${now[name] ?? "?"}`).join("; ");
}

module.exports = { makeReplaying, asAsked };
