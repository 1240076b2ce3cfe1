"use strict";

/**
 * What cannot be proven without a painter's own Photoshop, tried there: each check says what it
 * saw or why it failed, and the report goes home with who ran it.
 *
 * CHECKS                    in the order they run
 * runSelftest(lab, tell)    runs them all, whatever fails
 * reportOf(lab, results)    the text to copy; in no language, for whoever mends the panel
 *
 * @typedef {object} Lab what the checks work with
 * @property {typeof import("photoshop")} photoshop
 * @property {typeof import("uxp")["storage"]} storage
 * @property {{name: string, version: string, uiLocale: string}} host
 * @property {{uxp: string, plugin: string}} versions
 * @property {typeof fetch} fetch
 * @property {(url: string) => WebSocket} socket
 * @property {(milliseconds: number) => Promise<void>} wait
 * @property {() => {address: string, token: string}} bridge where the panel found it
 * @property {(asked: boolean) => void} ask the painter for one stroke
 * @property {ReturnType<import("./modal.js").makeModal>} modal
 *
 * @typedef {object} Check
 * @property {string} name texts.js says what it proves: selftest.NAME
 * @property {(lab: Lab) => Promise<string>} run what it saw, in figures; throws what is wrong
 *
 * @typedef {{name: string, ok: boolean, saw: string}} Result
 */

const { makeHistory } = require("./history.js");
const { makeModal } = require("./modal.js");
const { NETWORK } = require("./selftest_network.js");
const { PIXELS } = require("./selftest_pixels.js");
const { DOCUMENT } = require("./selftest_document.js");

/** @type {Check[]} */
const CHECKS = [...NETWORK, ...PIXELS, ...DOCUMENT];

/**
 * @param {Omit<Lab, "modal">} tools
 * @param {(name: string, result: Result | null) => void} tell null: it begins
 * @param {Check[]} [checks]
 * @returns {Promise<Result[]>}
 */
async function runSelftest(tools, tell, checks = CHECKS) {
  const { app, core, action } = tools.photoshop;
  const { wait } = tools;
  const history = makeHistory({ app, action, wait });
  const lab = { ...tools, modal: makeModal({ app, core, action, wait, history }) };
  const results = [];
  for (const { name, run } of checks) {
    tell(name, null);
    const result = await resultOf(name, () => run(lab));
    results.push(result);
    tell(name, result);
  }
  return results;
}

/** @param {string} name @param {() => Promise<string>} run @returns {Promise<Result>} */
async function resultOf(name, run) {
  try {
    return { name, ok: true, saw: await run() };
  } catch (error) {
    const message = error instanceof Error ? error.message : JSON.stringify(error);
    return { name, ok: false, saw: String(message) };
  }
}

/** @param {Pick<Lab, "host" | "versions">} lab @param {Result[]} results */
function reportOf({ host, versions }, results) {
  const good = results.filter(({ ok }) => ok).length;
  return [
    `pentimento-selftest ${versions.plugin} ${good}/${results.length}`,
    `${host.name} ${host.version}, ${versions.uxp}, ${host.uiLocale}`,
    ...results.map(({ name, ok, saw }) => `${ok ? "ok  " : "FAIL"} ${name}: ${saw}`),
  ].join("\n");
}

module.exports = { CHECKS, runSelftest, reportOf };
