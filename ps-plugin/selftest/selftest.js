"use strict";

/**
 * What cannot be proven without a painter's own Photoshop, tried there: each check says what it
 * saw or why it failed, and the report goes home with who ran it. Nothing stays behind: no document,
 * no setting, no history state of the painter's, however it ends.
 *
 * GROUPS, CHECKS            in the order they run
 * runSelftest(lab, tell)    runs them all, whatever fails, until it is stopped
 * reportOf(lab, results)    (report.js) the text to copy
 *
 * @typedef {object} StartFacts what start.js knows of this life of the panel
 * @property {number} setUp milliseconds from the script's first line until the entry points were
 *   given; -1: never
 * @property {string} main the name by which the first module was found
 * @property {boolean} packaged whether the modules are one script of the page's
 * @property {{create: number, show: number, hide: number, destroy: number}} calls
 *
 * @typedef {object} Lab what the checks work with
 * @property {typeof import("photoshop")} photoshop
 * @property {typeof import("uxp")["storage"]} storage
 * @property {{name: string, version: string, uiLocale: string}} host
 * @property {{uxp: string, plugin: string}} versions
 * @property {StartFacts} [start]
 * @property {typeof fetch} fetch
 * @property {(url: string) => WebSocket} socket
 * @property {(milliseconds: number) => Promise<void>} wait
 * @property {(png: Uint8Array) => string} [urlOf]
 * @property {(url: string) => void} [revoke]
 * @property {() => {address: string, token: string}} bridge where the panel found it
 * @property {{document: Document, place: HTMLElement}} page where elements can be tried
 * @property {(what: Asked) => void} ask the painter for something; "": no more
 * @property {() => boolean} done whether the painter says that it was done
 * @property {() => boolean} stopped whether the painter has had enough
 * @property {ReturnType<import("../photoshop/modal.js").makeModal>} modal
 *
 * @typedef {"" | "stroke" | "key" | "arrow"} Asked
 *
 * @typedef {object} Check
 * @property {string} name words/ says what it proves: selftest.NAME
 * @property {(lab: Lab) => Promise<string | import("./outcomes.js").Outcome>} run what it
 *   saw, in figures; throws what is wrong
 *
 * @typedef {{name: string, state: "ok" | "other" | "failed" | "hand", saw: string}} Result
 */

const { makeHistory } = require("../photoshop/history.js");
const { makeModal } = require("../photoshop/modal.js");
const { sweep } = require("./scratch.js");
const { wordsOf } = require("./outcomes.js");
const { PAGE } = require("./page.js");
const { NETWORK } = require("./network.js");
const { PIXELS } = require("./pixels.js");
const { LAYERS } = require("./layers.js");
const { HISTORY } = require("./history.js");
const { SAVING } = require("./saving.js");
const { HAND } = require("./hand.js");
const { listed } = require("../photoshop/tree.js");

/** @type {Record<string, Check[]>} by words/'s selftestGroup.NAME */
const GROUPS = {
  page: PAGE,
  network: NETWORK,
  pixels: PIXELS,
  layers: LAYERS,
  history: HISTORY,
  saving: SAVING,
  hand: HAND,
};

const CHECKS = Object.values(GROUPS).flat();

/**
 * @param {Omit<Lab, "modal">} tools
 * @param {(name: string, result: Result | null) => void} tell null: it begins
 * @param {Check[]} [checks]
 * @returns {Promise<Result[]>} of those that ran
 */
async function runSelftest(tools, tell, checks = CHECKS) {
  const { app, core, action } = tools.photoshop;
  const { wait } = tools;
  const history = makeHistory({ app, action, wait });
  const lab = { ...tools, modal: makeModal({ app, core, action, wait, history }) };
  const before = listed(app.documents).map(({ id }) => id);
  const results = [];
  for (const { name, run } of checks) {
    if (lab.stopped()) break;
    tell(name, null);
    const result = await resultOf(name, () => run(lab));
    results.push(result);
    tell(name, result);
    await sweep(lab, before).catch(() => undefined); // a dialog may be open; the next one looks again
  }
  return results;
}

/**
 * @param {string} name
 * @param {() => ReturnType<Check["run"]>} run
 * @returns {Promise<Result>}
 */
async function resultOf(name, run) {
  try {
    const saw = await run();
    return typeof saw === "string" ? { name, state: "ok", saw } : { name, ...saw };
  } catch (error) {
    return { name, state: "failed", saw: wordsOf(error) };
  }
}

module.exports = { GROUPS, CHECKS, runSelftest };
