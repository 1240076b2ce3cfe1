"use strict";

/**
 * Small pictures for the timeline: from the layers' pixels where they pass by, else from the
 * bridge, one at a time. Addresses of pictures that were replaced are given back.
 *
 * @typedef {import("../types/panel").State} State
 */

const { png } = require("../pixels/pixels.js");
const { linesOf } = require("../state/timeline.js");

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {(step: string) => Promise<Uint8Array>} parts.fetchThumbnail PNG
 * @param {(png: Uint8Array) => string} parts.urlOf
 * @param {(url: string) => void} parts.revoke
 */
function makeThumbs({ store, fetchThumbnail, urlOf, revoke }) {
  /** @type {Set<string>} steps the bridge could not give */
  const missed = new Set();
  let running = false;

  /** @param {string} step @param {Uint8Array} bytes */
  function replace(step, bytes) {
    const old = store.state().thumbs[step];
    store.dispatch({ type: "thumb", step, url: urlOf(bytes) });
    if (old) revoke(old);
  }

  /** @param {State} state @returns {string | undefined} a step on the timeline without a picture */
  function next(state) {
    for (const { run, cells } of linesOf(state)) {
      if (run.elsewhere) continue;
      const cell = cells.find(({ step }) => !state.thumbs[step.id] && !missed.has(step.id));
      if (cell) return cell.step.id;
    }
    return undefined;
  }

  async function drain() {
    running = true;
    while (store.state().connection.status === "open") {
      const step = next(store.state());
      if (!step) break;
      try {
        const bytes = await fetchThumbnail(step);
        if (!store.state().thumbs[step]) replace(step, bytes);
      } catch {
        missed.add(step); // its cell stays grey; the layer's own pixels may still come by
      }
    }
    running = false;
  }

  return {
    wake() {
      if (!running) void drain();
    },
    /** @param {string} step @param {import("../types/panel").Picture} picture RGB, already small */
    put(step, picture) {
      replace(step, png(picture));
    },
  };
}

module.exports = { makeThumbs };
