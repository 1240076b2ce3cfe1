"use strict";
// The panel loaded as Photoshop loads it, from the page that the manifest names: what the tests of
// its start share.

const path = require("node:path");
const { Window } = require("../node_modules/happy-dom");
const { createHost } = require("../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../ps-plugin/studio/uxp/widgets.js");
const { until } = require("./support.js");

const ROOT = path.join(__dirname, "..", "..");

/** Timers that do not keep the tests' process alive. */
const setTimeout_ = (act, ms) => setTimeout(act, ms).unref();
const nobody = async () => {
  throw new TypeError("nobody there");
};

/**
 * A page that was loaded; no panel of it was opened yet.
 *
 * @param {object} [options] of createHost, and
 * @param {any} [options.world] globals that shall differ
 * @param {(host: any) => void} [options.before] what is done to the host before the page is loaded
 */
function loadPage({ world = {}, before = () => {}, ...options } = {}) {
  const host = createHost(options);
  before(host);
  const window = new Window({ url: "http://localhost:7866/" });
  defineWidgets(window, host.faults);
  const globals = { fetch: nobody, WebSocket: class {}, setTimeout: setTimeout_, ...world };
  const { sheets, errors } = host.openPage({ window, ...globals });
  const { document } = window;
  const el = (id) => document.getElementById(id);
  return {
    host,
    window,
    sheets,
    errors,
    el,
    /** The painter opens the panel. */
    open: () => host.showPanels(document.body),
    made: () => !el("pentimento").classList.contains("gone"),
    /** What stands in the place where the start speaks. */
    starting: () => el("starting").textContent.replace(/\s+/g, " ").trim(),
    report: () => el("starting").querySelector("textarea")?.value ?? "",
  };
}

/** One whose panel was opened and made. */
async function openedPage(options) {
  const page = loadPage(options);
  await page.open();
  await until(() => page.made() || page.report(), "the panel");
  return page;
}

module.exports = { ROOT, loadPage, openedPage };
