"use strict";
// The host in Node: a model, both modules, and the panel's files run unchanged. For tests:
//
//   const host = createHost();
//   const document = host.model.newDocument({ width, height, depth: 8 | 16, profile });
//   const { app, core, imaging, action, constants } = host.photoshop;    what a plugin gets
//   host.uxp, host.run("main.js", { window }), host.showPanels(root)     the panel itself
//
// The painter, between a plugin's modal scopes:
//   await host.painter((document) => edits.newLayer(document))   waits for the scopes' end; edits.js,
//                                                                masks.js and modes.js say what there is
//   await host.stroke(layerId, piece)   a raster laid on a layer, with the events around a stroke
//   document.undo(), document.redo(), host.model.activate(document), host.model.close(document)
//   host.model.setBusy("a dialog")      until setBusy("") every scope waits, then error 9
//   host.modal.cancel()                 Escape; host.modal.isModal(), host.modal.progress()
//
// What goes wrong: host.faults, see faults.js. What a plugin left undone or did wrong:
// host.undisposed(), host.alerts, host.reports. What it cost: host.reads(), see reads.js.

const fs = require("node:fs");
const path = require("node:path");
const { Model } = require("./model.js");
const { createPhotoshop } = require("./photoshop.js");
const { createUxp, memoryShelf } = require("./uxp.js");
const { createFaults } = require("./faults.js");
const { counted } = require("./reads.js");
const { createFiles } = require("./saving.js");
const { changeLayer } = require("./document.js");
const { layerIn } = require("./edits.js");
const { announce } = require("./strokes.js");
const { laid } = require("./raster.js");
const { createRequire } = require("./loader.js");
const { bareGlobals, strip } = require("./uxp_world.js");
const { guardNetwork } = require("./permissions.js");

const ROOT = path.join(__dirname, "..", "..");

/** What Node has beside a browser's globals. */
const NODES_OWN = ["process", "Buffer", "global", "setImmediate", "structuredClone"];
/** seen in a host: what a WebSocket of Photoshop 2026 says that it comes from. */
const ORIGIN = "file://";

/**
 * @param {object} [options]
 * @param {import("./permissions.js").Manifest & {entrypoints?: {type: string, id: string}[],
 *   version?: string}} [options.manifest]
 *   manifest.json at the root when absent
 * @param {import("./uxp.js").Shelf} [options.shelf] what the panel keeps between two lives
 * @param {Model} [options.model] to go on with a model after the panel was reloaded
 * @param {(path: string) => string} [options.read] a panel file's text; the folder's when absent
 * @param {string[]} [options.habits] see habits.js
 */
function createHost({
  manifest = readManifest(),
  shelf = memoryShelf(),
  model = new Model(),
  read = (name) => fs.readFileSync(path.join(ROOT, "ps-plugin", name), "utf8"),
  habits = [],
} = {}) {
  /** @type {string[]} */
  const alerts = [];
  const showAlert = (message) => alerts.push(message);
  const faults = createFaults(model, habits);
  const files = createFiles();
  const { modal, undisposed, ...made } = createPhotoshop(model, { showAlert, faults, files });
  const { photoshop, reads } = counted(made.photoshop);
  /** @type {string[]} */
  const reports = [];
  const report = (text) => reports.push(text);
  const { uxp, showPanels, secureStorage } = createUxp({ manifest, shelf, files, report });

  /**
   * Run one of the panel's files as UXP would, in a window of the caller's, which is stripped of
   * what UXP lacks. The manifest's permissions hold for `fetch` and `WebSocket`.
   *
   * @param {string} file below ps-plugin/
   * @param {{window?: any, fetch?: any, WebSocket?: any} & Record<string, unknown>} [world] window,
   *   and globals that shall differ
   */
  function run(file, { window = {}, fetch = globalThis.fetch, WebSocket, ...others } = {}) {
    const socket = WebSocket ?? fromFile(globalThis["WebSocket"]);
    if (window.EventTarget && !stripped.has(window)) strip(window);
    stripped.add(window);
    const missing = Object.fromEntries(NODES_OWN.map((name) => [name, undefined]));
    const globals = {
      ...bareGlobals(),
      ...missing,
      ...guardNetwork(manifest, { fetch, WebSocket: socket }),
      window,
      globalThis: window,
      document: window.document,
      ...others,
    };
    const load = createRequire({
      read,
      builtins: { photoshop, uxp },
      globals,
      origin: path.join(ROOT, "ps-plugin") + path.sep,
    });
    return load(file);
  }

  async function free() {
    while (modal.isModal()) await modal.free();
  }

  /**
   * A change by the painter to the document in front, when no plugin is modal.
   *
   * @template T
   * @param {(document: import("./model.js").OpenDocument) => T} change
   * @returns {Promise<T>}
   */
  async function painter(change) {
    await free();
    if (!model.active) throw new Error("no document is open");
    return change(model.active);
  }

  /**
   * A stroke of the painter's: plugins hear of its beginning and its end, and wait between them.
   *
   * @param {number} id layer of the document in front
   * @param {import("./raster.js").Raster} piece of the document's depth
   * @param {Promise<unknown>} [lifted] when the pen is lifted
   */
  async function stroke(id, piece, lifted) {
    const document = await painter((active) => active);
    announce(model, "enter");
    model.setBusy("the painter is painting");
    try {
      await lifted;
      await free();
      const { raster } = layerIn(document.state, id);
      document.record(
        "Brush Tool",
        changeLayer(document.state, id, { raster: laid(raster, piece) }),
      );
    } finally {
      model.setBusy("");
      announce(model, "exit");
    }
  }

  return {
    model,
    faults,
    painter,
    stroke,
    photoshop,
    uxp,
    modal,
    /** What plugins have asked of Photoshop so far, counted: reads.js. */
    reads,
    alerts,
    secureStorage,
    /** What UXP's console would say. */
    reports,
    /** Image data that were not given back. */
    undisposed,
    run,
    /** What Photoshop does when the painter opens the panel. */
    showPanels,
  };
}

/** Windows that have lost what UXP lacks. @type {WeakSet<object>} */
const stripped = new WeakSet();

/** Node's WebSocket (undici's, where Node has one) with the Origin that Photoshop sends. */
function fromFile(WebSocket) {
  if (!WebSocket) return undefined;
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, { protocols: protocols ?? [], headers: { origin: ORIGIN } });
    }
  };
}

function readManifest() {
  const file = path.join(ROOT, "manifest.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
}

module.exports = { createHost };
