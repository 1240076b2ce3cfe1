"use strict";
// The panel's files, unchanged, in a page of their own: `require` and the widgets are put into its
// window before its first script runs.
//
// Host modules are loaded anew in that window, over the studio's one model, so that what the panel
// is given (errors, arrays, promises) is of its own world, as in UXP; and a reloaded panel finds
// the documents as they were. When they have taken what they need, the window loses what UXP lacks,
// and what its page or its style sheets use in vain is reported as an error.
//
// The server gives out the manifest and what lies in its page's folder, and nothing else of the
// plugin's.

const { complaints } = require("../uxp/page_limits.js");
const { createRequire, prefetch } = require("./loader.js");
const { namedIn, baseOf, placeOf } = require("./page.js");
const { createUxp } = require("../uxp/uxp.js");

const FOLDER = "panel/"; // below /studio/: the folder of the manifest's page
const NOWHERE = "panel/missing/"; // what lies beside that folder
const HOST_FILES = [
  "photoshop/photoshop.js",
  "uxp/uxp.js",
  "uxp/widgets.js",
  "uxp/themes.js",
  "uxp/permissions.js",
  "uxp/world.js",
  "storage/saving.js",
  "uxp/clipboard.js",
  "uxp/alerts.js",
  "uxp/dom_shadow.js",
];

/** @typedef {{get(): string, set(color: string): void}} Foreground such as "#2b2b2b" */

/**
 * @typedef {object} Panel
 * @property {Window & typeof globalThis} window
 * @property {ReturnType<import("../photoshop/modal.js").createModal>} modal
 * @property {() => number} undisposed
 * @property {string[]} reports what UXP's console would say
 * @property {ReturnType<import("../uxp/entrypoints.js").createEntrypoints>["host"]} entry what the painter
 *   does with panels
 * @property {(theme: import("../uxp/themes.js").Theme) => void} applyTheme
 */

/** @typedef {NonNullable<Parameters<typeof import("../storage/saving.js").createFiles>[0]>} Storing */

/**
 * @param {object} options
 * @param {HTMLIFrameElement} options.frame
 * @param {import("../document/model.js").Model} options.model
 * @param {import("../photoshop/faults.js").Faults} options.faults
 * @param {Foreground} options.foreground the painter's colour
 * @param {(path: string) => Promise<string>} options.fetchText below /studio/
 * @param {Record<string, string>} options.secrets what the panel finds in its secure storage
 * @param {Storing} options.storing where its files lie, and how they are read
 * @returns {Promise<Panel>}
 */
async function openPanel({ frame, model, faults, foreground, fetchText, secrets, storing }) {
  const manifest = JSON.parse(await fetchText("manifest.json"));
  const { main = "index.html" } = manifest;
  const served = servedFrom(main);
  const page = await fetchText(served(main));
  const base = baseOf(main, faults.has("rootBase"));
  const texts = new Map();
  for (const file of HOST_FILES) await prefetch(file, fetchText, texts);
  const ownText = (path) => fetchText(served(path)).catch(() => undefined);
  const own = new Map();
  /** @type {Record<string, string>} */
  const sheets = {};
  for (const { kind, address } of namedIn(page)) {
    const place = placeOf(base, address);
    if (kind === "script") await prefetch(place, ownText, own, base);
    const text = kind === "sheet" ? await ownText(place) : undefined;
    if (text !== undefined) sheets[address] = text;
  }

  const { secureStorage } = createUxp({ shelf: localStorage });
  for (const [key, value] of Object.entries(secrets)) await secureStorage.setItem(key, value);

  const plugin = { manifest, base, read: (path) => own.get(path) };
  const read = (path) => texts.get(path);
  const entered = new Promise((done) => {
    globalThis["pentimentoEnter"] = (window) =>
      done(lend(window, { model, faults, foreground, plugin, read, storing }));
  });
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  frame.srcdoc = atHome(page, (address) => `/studio/${served(placeOf(base, address))}`);
  /** @type {Panel} */
  const panel = await entered;
  await loaded;
  await panel.entry.showPanels(panel.window.document.body);
  for (const text of complaints(panel.window.document, sheets)) reportError(new Error(text));
  return panel;
}

/** Where the server has a file of the plugin's. @param {string} main the manifest's page */
function servedFrom(main) {
  const folder = main.slice(0, main.lastIndexOf("/") + 1);
  return (path) => (path.startsWith(folder) ? FOLDER + path.slice(folder.length) : NOWHERE + path);
}

/**
 * Gives a window the host, then takes from it what UXP lacks.
 *
 * @param {any} window
 * @param {object} host
 * @param {import("../document/model.js").Model} host.model
 * @param {import("../photoshop/faults.js").Faults} host.faults
 * @param {Foreground} host.foreground
 * @param {{manifest: any, base: string, read: (path: string) => string | undefined}} host.plugin its
 *   files, from its root
 * @param {(path: string) => string | undefined} host.read a file below /studio/
 * @param {Storing} host.storing
 * @returns {Panel}
 */
function lend(window, { model, faults, foreground, plugin, read, storing }) {
  const { manifest, base } = plugin;
  const here = { read, Function: window.Function, origin: `${location.origin}/studio/` };
  const setTimeout = window.setTimeout.bind(window);
  const load = createRequire({
    ...here,
    globals: { window, document: window.document, setTimeout },
  });
  load("uxp/widgets.js").defineWidgets(window, faults, openExternal);
  const files = load("storage/saving.js").createFiles({ manifest, faults, ...storing });
  const natives = load("uxp/alerts.js").nativesOf(window);
  const showAlert = (message) => natives.alert(message);
  const services = { encodeJpeg, faults, files, foreground, showAlert };
  const { photoshop, modal, undisposed } = load("photoshop/photoshop.js").createPhotoshop(
    model,
    services,
  );
  /** @type {string[]} */
  const reports = [];
  const report = (text) => console.warn(text) ?? reports.push(text);
  const shelf = window.localStorage;
  const raise = (error) =>
    void setTimeout(() => {
      throw error;
    });
  const clock = scriptClock(window.performance);
  const { createUxp, builtinsOf } = load("uxp/uxp.js");
  const { uxp, entry } = createUxp({
    manifest,
    shelf,
    files,
    openExternal,
    report,
    raise,
    clock,
    late: () => faults.has("lateSetup"),
  });
  const builtins = builtinsOf({ photoshop, uxp });
  const own = { ...here, read: plugin.read, origin: `${here.origin}${FOLDER}`, builtins };
  window.require = createRequire(own).from(base);
  const { fetchAtHome, guardNetwork, guardRequests } = load("uxp/permissions.js");
  const fetch = fetchAtHome(window.fetch.bind(window), location);
  const network = { fetch, WebSocket: window.WebSocket };
  Object.assign(window, guardNetwork(manifest, network, faults));
  guardRequests(manifest, window, faults);
  load("uxp/clipboard.js").lendClipboard(window, manifest);
  Object.assign(window, load("uxp/alerts.js").alertsOf(manifest, natives));
  load("uxp/dom_shadow.js").guardShadow(window, manifest);
  const { applyTheme } = load("uxp/themes.js");
  load("uxp/world.js").strip(window, faults);
  const follow = (theme) => applyTheme(window.document, theme);
  clock.begin();
  return { window, modal, undisposed, reports, entry, applyTheme: follow };
}

/**
 * When the page's script that runs now began: when all before it was done, and it was there itself.
 *
 * @param {Performance} performance of the page's window
 */
function scriptClock(performance) {
  let entered = 0;
  return {
    begin: () => void (entered = performance.now()),
    passed() {
      const there = performance.getEntriesByType("resource");
      const ends = there.map((one) => /** @type {PerformanceResourceTiming} */ (one).responseEnd);
      return performance.now() - Math.max(entered, ...ends);
    },
  };
}

/**
 * The page with its own addresses made whole, after UXP's style and the studio's door.
 *
 * @param {string} page
 * @param {(address: string) => string} whole
 */
function atHome(page, whole) {
  const named = /\b(src|href)="(?!\w+:|#)([^"]+)"/g;
  const first =
    '<link rel="stylesheet" href="/studio/uxp/uxp.css"><script src="/studio/host/enter.js"></script>';
  return page
    .replace(named, (_, name, address) => `${name}="${whole(address)}"`)
    .replace(/<head[^>]*>/, (head) => head + first);
}

const openExternal = (url) => window.open(url, "_blank", "noopener");

/** RGB pixels as a JPEG, by the browser. */
async function encodeJpeg({ width, height, rgb }) {
  const pixels = new ImageData(width, height);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    pixels.data.set([rgb[i], rgb[i + 1], rgb[i + 2], 255], j);
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return new Uint8Array(await blob.arrayBuffer());
}

module.exports = { openPanel };
