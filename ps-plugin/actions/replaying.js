"use strict";

/**
 * "Paint it again": a run that a document knows and this bridge lost is painted from what lies in
 * the document, after the runs it left; the document's layers then belong to the new run, and one
 * can go on from them. What is painted, and in which order, the bridge says
 * (bridge/history/replay.py).
 *
 * makeReplaying(parts)   paintAgain(document, run)
 *
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/panel").Replay} Replay
 */

const { reduce } = require("../state/state.js");
const { stepsOf } = require("../state/runs.js");
const { indexOf } = require("./arrivals.js");
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
    /** @type {Record<string, string>} */
    let made = {};
    for (let lost = ""; lost !== wanted; ) {
      const index = indexOf(state(), document);
      const { done, next, orphan } = await bridge.replay({ index, run: wanted, made });
      if (orphan) throw new Error(t("again.orphan", { number: state().runs[orphan].number }));
      if (done.length > 0) {
        lost = done[0].lost;
        told ||= await linked(document, done[0], told);
        made = {};
      } else if (next) {
        await handOver(document, next);
        made = { [next.lost]: await painted(next.command) };
      }
    }
  }

  /**
   * The document's layers belong to the run that was painted again.
   *
   * @param {number} document
   * @param {Replay["done"][0]} again
   * @param {string} before what differs in a run that it left
   * @returns {Promise<string>} what is not as it was
   */
  async function linked(document, { lost, run, differs }, before) {
    const made = state().runs[run];
    const image = lastHanded(document, lost);
    const difference =
      differs.map(({ name, was, now }) => `${name}: ${was} → ${now}`).join("; ") ||
      (await looksOther(made, image));
    await relink(lost, run);
    const why = before || difference;
    const { number } = made;
    const text = why ? t("again.near", { number, why }) : t("again.done", { number });
    dispatch({ type: "said", notice: { kind: "note", text } });
    return difference;
  }

  /**
   * What the run is made from, from the document to the bridge.
   *
   * @param {number} document
   * @param {NonNullable<Replay["next"]>} next
   */
  async function handOver(document, { lost, images }) {
    const { recipe, number } = state().runs[lost];
    const place = state().papers[document].places[lost] || { left: 0, top: 0 };
    const frame = { place, width: recipe.width, height: recipe.height };
    const found = await layers.readInputs(document, Object.values(images), frame);
    for (const [name, id] of Object.entries(images)) {
      const picture = found.get(id);
      if (picture) await bridge.putImage(picture);
      else if (!(await bridge.image(id))) throw new Error(t("again.missing", { number, name }));
    }
  }

  /**
   * @param {NonNullable<Replay["next"]>["command"]} command
   * @returns {Promise<string>} the run, once it was painted up to its last step
   */
  async function painted(command) {
    const request = newRequest();
    // For no document: its layers are there already.
    const place = { left: 0, top: 0, above: null };
    dispatch({ type: "asked", request, document: null, place });
    bridge.send({ ...command, request });
    return until(() => {
      const { run: id, refusal } = state().asked[request];
      if (refusal) throw new Error(refusal);
      const made = id && state().runs[id];
      if (!made) return null;
      if (made.state === "failed") throw new Error(made.message || t("painting.failed"));
      if (made.state === "cancelled") throw new Error(t("again.cancelled"));
      const done = stepsOf(state(), made.id);
      return done.length > 0 && done[done.length - 1].index >= made.last ? made.id : null;
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

module.exports = { makeReplaying };
