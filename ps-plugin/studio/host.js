"use strict";
// The host in Node: a model, both modules, and the panel's files run unchanged. For tests.

const fs = require("node:fs");
const path = require("node:path");
const { Model } = require("./model.js");
const { createPhotoshop } = require("./photoshop.js");
const { createUxp, memoryShelf } = require("./uxp.js");
const { createRequire } = require("./loader.js");

const ROOT = path.join(__dirname, "..", "..");

/** What UXP's global world has and Node has too: documented in uxp-api. */
const SHARED = ["fetch", "WebSocket", "setTimeout", "clearTimeout", "setInterval", "clearInterval"];
/** What Node has and UXP has not: seen missing in Photoshop 27.10. */
const MISSING = ["TextEncoder", "TextDecoder", "Worker", "EventSource", "process", "Buffer"];

/**
 * @param {object} [options]
 * @param {{entrypoints?: {type: string, id: string}[], version?: string}} [options.manifest]
 *   manifest.json at the root when absent
 * @param {import("./uxp.js").Shelf} [options.shelf] what the panel keeps between two lives
 * @param {Model} [options.model] to go on with a model after the panel was reloaded
 */
function createHost({
  manifest = readManifest(),
  shelf = memoryShelf(),
  model = new Model(),
} = {}) {
  /** @type {string[]} */
  const alerts = [];
  const showAlert = (message) => alerts.push(message);
  const { photoshop, modal, undisposed } = createPhotoshop(model, { showAlert });
  const { uxp, showPanels, secureStorage } = createUxp({ manifest, shelf });

  /**
   * Run one of the panel's files as UXP would, in a window of the caller's.
   *
   * @param {string} file below ps-plugin/
   * @param {{window?: any} & Record<string, unknown>} [world] window, and globals that shall differ
   */
  function run(file, { window = {}, ...others } = {}) {
    const shared = Object.fromEntries(SHARED.map((name) => [name, globalThis[name]]));
    const missing = Object.fromEntries(MISSING.map((name) => [name, undefined]));
    const globals = { ...shared, ...missing, window, document: window.document, ...others };
    const load = createRequire({
      read: (name) => fs.readFileSync(path.join(ROOT, "ps-plugin", name), "utf8"),
      builtins: { photoshop, uxp },
      globals,
      origin: path.join(ROOT, "ps-plugin") + path.sep,
    });
    return load(file);
  }

  return {
    model,
    photoshop,
    uxp,
    modal,
    alerts,
    secureStorage,
    /** Image data that were not given back. */
    undisposed,
    run,
    /** What Photoshop does when the painter opens the panel. */
    showPanels,
  };
}

function readManifest() {
  const file = path.join(ROOT, "manifest.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
}

module.exports = { createHost };
