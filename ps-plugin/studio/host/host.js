"use strict";
// The host in Node: a model, both modules, and the panel's files run unchanged. It promises documents
// of 8 or 16 bit (0..32768) in sRGB, Display P3 or Adobe RGB (1998), converted on request; files and
// folders on a disk in memory (host.disk, host.dialogs), PNG and JPEG files of real bytes; an error
// for whatever it does not model and whatever the published types refuse; the manifest's permissions
// for every address; a window without what UXP lacks. For tests:
//
//   const host = createHost();
//   const document = host.model.newDocument({ width, height, depth: 8 | 16, profile });
//   const { app, core, imaging, action, constants } = host.photoshop;    what a plugin gets
//   host.openPage({ window }), host.showPanels(body)      the panel itself, from the manifest's page
//   host.uxp, host.run("a.js", { window })                any file of the plugin's, by itself
//   host.entry                                            the painter opens and closes panels, chooses
//                                                         in their menus; setupMs(): see uxp/entrypoints.js
//
// The painter, between a plugin's modal scopes:
//   await host.painter((document) => edits.newLayer(document))   waits for the scopes' end; edits.js,
//                                                                masks.js and modes.js in document/ say what there is
//   await host.stroke(layerId, piece)   a raster laid on a layer, with the events around a stroke
//   document.undo(), document.redo(), host.model.activate(document), host.model.close(document)
//   host.save(path), host.open(path)    a PSD on the painter's disk: host.disk, see storage/disk.js
//   host.model.setBusy("a dialog")      until setBusy("") every scope waits, then error 9
//   host.modal.cancel()                 Escape; host.modal.isModal(), host.modal.progress()
//
// What goes wrong: host.faults, see photoshop/faults.js. What a plugin left undone or did wrong:
// host.undisposed(), host.alerts, host.reports. What it cost: host.reads(), see reads.js.

const fs = require("node:fs");
const path = require("node:path");
const { Model } = require("../document/model.js");
const { createPhotoshop } = require("../photoshop/photoshop.js");
const { createUxp, memoryShelf, builtinsOf } = require("../uxp/uxp.js");
const { createClock } = require("../uxp/entrypoints.js");
const { namedIn, bodyOf, baseOf, placeOf } = require("./page.js");
const { createFaults } = require("../photoshop/faults.js");
const { counted } = require("./reads.js");
const { createFiles } = require("../storage/saving.js");
const { createDisk } = require("../storage/disk.js");
const { createDialogs } = require("../storage/file_system.js");
const { changeLayer } = require("../document/document.js");
const { layerIn } = require("../document/edits.js");
const { announce } = require("../photoshop/strokes.js");
const { laid } = require("../document/raster.js");
const { createRequire } = require("./loader.js");
const { bareGlobals, strip } = require("../uxp/world.js");
const { lendClipboard } = require("../uxp/clipboard.js");
const { alertsOf, nativesOf } = require("../uxp/alerts.js");
const { guardShadow } = require("../uxp/dom_shadow.js");
const { bareOf } = require("../documented/globals.js");
const { guardNetwork } = require("../uxp/permissions.js");

const ROOT = path.join(__dirname, "..", "..", "..");

/** What Node has beside a browser's globals. */
const NODES_OWN = ["process", "Buffer", "setImmediate", "structuredClone"];
/** seen in a host: what a WebSocket of Photoshop 2026 says that it comes from. */
const ORIGIN = "file://";

/**
 * @param {object} [options]
 * @param {string} [options.folder] the plugin's root: where its manifest.json lies
 * @param {import("../uxp/permissions.js").Manifest & import("../uxp/entrypoints.js").Manifest &
 *   import("../uxp/uxp.js").Launching & import("../storage/file_system.js").Storing &
 *   import("../uxp/clipboard.js").Copying & import("../uxp/alerts.js").Alerting & import("../uxp/dom_shadow.js").Shading & {main?: string, host?: {minVersion: string}}}
 *   [options.manifest] that in the folder when absent
 * @param {import("../uxp/uxp.js").Shelf} [options.shelf] what the panel keeps between two lives
 * @param {Model} [options.model] to go on with a model after the panel was reloaded
 * @param {(path: string) => string | undefined} [options.read] a file's text, from the plugin's root;
 *   the folder's when absent
 * @param {string[]} [options.habits] see photoshop/habits.js
 * @param {string} [options.version] of the Photoshop that it stands for: what is newer is refused.
 *   The oldest one that the manifest takes when absent
 * @param {import("../storage/disk.js").Disk} [options.disk] files of the painter's and the plugin's; of
 *   another host's life, or a new one
 */
function createHost({
  folder = ROOT,
  manifest = readManifest(folder),
  shelf = memoryShelf(),
  model = new Model(),
  read = (name) => fs.readFileSync(path.join(folder, name), "utf8"),
  habits = [],
  version = manifest.host?.minVersion,
  ...options
} = {}) {
  /** @type {string[]} */
  const alerts = [];
  const showAlert = (message) => void alerts.push(message);
  const faults = createFaults(model, habits);
  const packaged = (name) => {
    const text = textOf(name);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  const { disk = createDisk(packaged) } = options;
  const dialogs = createDialogs(disk);
  const files = createFiles({ manifest, disk, dialogs, faults });
  const { modal, undisposed, ...made } = createPhotoshop(model, {
    showAlert,
    faults,
    files,
    version,
  });
  const { photoshop, reads } = counted(made.photoshop);
  /** @type {string[]} */
  const reports = [];
  const report = (text) => reports.push(text);
  const language = { uiLocale: "en_US" };
  const clock = createClock(ownTime);
  const late = () => faults.has("lateSetup");
  const { uxp, entry, showPanels, secureStorage } = createUxp({
    manifest,
    version,
    language,
    shelf,
    files,
    report,
    clock,
    late,
  });

  /**
   * `require` for the plugin's files, in a window of the caller's, which is stripped of what UXP
   * lacks. The manifest's permissions hold for `fetch` and `WebSocket`.
   *
   * @typedef {{window?: any, fetch?: any, WebSocket?: any, Function?: any} & Record<string, unknown>}
   *   World window, globals that shall differ, and Function of the context the files shall live in
   * @param {World} world
   */
  function loaderIn({ window = {}, fetch = globalThis.fetch, WebSocket, Function, ...others }) {
    const socket = WebSocket ?? fromFile(globalThis["WebSocket"]);
    const natives = nativesOf(window);
    const asking = alertsOf(manifest, { ...natives, alert: natives.alert ?? showAlert });
    if (window.EventTarget && !stripped.has(window)) {
      Object.assign(window, asking);
      guardShadow(window, manifest);
      strip(window, faults);
      if (window.navigator) lendClipboard(window, manifest);
    }
    stripped.add(window);
    const missing = Object.fromEntries(NODES_OWN.map((name) => [name, undefined]));
    const globals = {
      ...bareGlobals(),
      ...missing,
      ...bareOf(window),
      ...guardNetwork(manifest, { fetch, WebSocket: socket }, faults),
      window,
      globalThis: window,
      global: window, // seen in samples: Adobe's own call the window so, too
      document: window.document,
      navigator: window.navigator,
      ...asking,
      ...others,
    };
    return createRequire({
      read,
      builtins: builtinsOf({ photoshop, uxp }),
      globals,
      Function,
      origin: folder + path.sep,
    });
  }

  /** Run one of the plugin's files as UXP would. @param {string} file @param {World} [world] */
  const run = (file, world = {}) => loaderIn(world)(file);

  /**
   * Load the manifest's page as Photoshop would: its body into the window, its style sheets looked
   * for, its scripts run in their order. seen in a host: scripts of the head find the body.
   *
   * @param {World} [world]
   * @returns {{sheets: Record<string, string>, errors: Error[]}} what was found and what failed
   */
  function openPage(world = {}) {
    const main = manifest.main ?? "index.html";
    const page = textOf(main);
    if (page === undefined) throw new Error(`the manifest's page ${main} is not there`);
    const base = baseOf(main, faults.has("rootBase"));
    const load = loaderIn(world);
    /** @type {Record<string, string>} */
    const sheets = {};
    /** @type {Error[]} */
    const errors = [];
    // seen in samples: a plugin without a panel may name a script in place of a page
    if (main.endsWith(".js")) attempt(() => load(main));
    else lay(page);
    return { sheets, errors };

    /** @param {string} page */
    function lay(page) {
      if (world.window) world.window.document.body.innerHTML = bodyOf(page);
      for (const { kind, address, text } of namedIn(page)) {
        const place = address ? placeOf(base, address) : main;
        const found = address ? textOf(place) : text;
        if (found === undefined) report(`${address} was not found`);
        else if (kind === "sheet") sheets[place] = found;
        else attempt(() => load.script(place, found, base));
      }
    }

    function attempt(script) {
      clock.begin();
      try {
        script();
      } catch (error) {
        errors.push(/** @type {Error} */ (error));
        report(String(error));
      }
    }
  }

  function textOf(file) {
    try {
      return read(file);
    } catch {
      return undefined;
    }
  }

  async function free() {
    while (modal.isModal()) await modal.free();
  }

  /**
   * A change by the painter to the document in front, when no plugin is modal.
   *
   * @template T
   * @param {(document: import("../document/model.js").OpenDocument) => T} change
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
   * @param {import("../document/raster.js").Raster} piece of the document's depth
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
    /** The painter saves the document in front as a PSD. @param {string} path on the disk */
    save: async (path) => files.saveTo(await painter((active) => active), path),
    /** The painter opens a file. @param {string} path */
    async open(path) {
      await free();
      return model.open(await files.readFrom(path));
    },
    stroke,
    photoshop,
    uxp,
    modal,
    /** What plugins have asked of Photoshop so far, counted: reads.js. */
    reads,
    alerts,
    /** The painter's files, and answers to dialogs about them: storage/file_system.js. */
    disk,
    dialogs,
    secureStorage,
    /** Photoshop's, as the painter has it: its uiLocale may be set. */
    language,
    /** What UXP's console would say. */
    reports,
    /** Image data that were not given back. */
    undisposed,
    run,
    openPage,
    entry,
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

/** Milliseconds of this process's own: what else the machine does makes no script late. */
function ownTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function readManifest(folder) {
  const file = path.join(folder, "manifest.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
}

module.exports = { createHost };
