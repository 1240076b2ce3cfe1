"use strict";
// The panel's files, unchanged, in a page of their own: `require` and the widgets are put into its
// window before its first script runs.
//
// Host modules are loaded anew in that window, over the studio's one model, so that what the panel
// is given (errors, arrays, promises) is of its own world, as in UXP; and a reloaded panel finds
// the documents as they were. When they have taken what they need, the window loses what UXP lacks,
// and what its page or its style sheets use in vain is reported as an error.

const { complaints } = require("./uxp_world.js");

const { createRequire, prefetch } = globalThis["PentimentoLoader"];

const FOLDER = "panel/"; // below /studio/
const HOST_FILES = [
  "photoshop.js",
  "uxp.js",
  "widgets.js",
  "themes.js",
  "permissions.js",
  "uxp_world.js",
  "saving.js",
  "clipboard.js",
];

/** @typedef {{get(): string, set(color: string): void}} Foreground such as "#2b2b2b" */

/**
 * @typedef {object} Panel
 * @property {Window & typeof globalThis} window
 * @property {ReturnType<import("./modal.js").createModal>} modal
 * @property {() => number} undisposed
 * @property {string[]} reports what UXP's console would say
 * @property {(theme: import("./themes.js").Theme) => void} applyTheme
 */

/**
 * @param {object} options
 * @param {HTMLIFrameElement} options.frame
 * @param {import("./model.js").Model} options.model
 * @param {import("./faults.js").Faults} options.faults
 * @param {Foreground} options.foreground the painter's colour
 * @param {(path: string) => Promise<string>} options.fetchText below /studio/
 * @param {Record<string, string>} options.secrets what the panel finds in its secure storage
 * @returns {Promise<Panel>}
 */
async function openPanel({ frame, model, faults, foreground, fetchText, secrets }) {
  const page = await fetchText(`${FOLDER}index.html`);
  const manifest = JSON.parse(await fetchText("manifest.json"));
  const texts = new Map();
  for (const file of HOST_FILES) await prefetch(file, fetchText, texts);
  for (const script of scriptsOf(page)) await prefetch(FOLDER + script, fetchText, texts);

  const { createUxp } = require("./uxp.js");
  const { secureStorage } = createUxp({ shelf: localStorage });
  for (const [key, value] of Object.entries(secrets)) await secureStorage.setItem(key, value);

  const read = (path) => texts.get(path);
  const entered = new Promise((done) => {
    globalThis["pentimentoEnter"] = (window) =>
      done(lend(window, { model, faults, foreground, manifest, read }));
  });
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  frame.srcdoc = atHome(page);
  const { panel, showPanels } = await entered;
  await loaded;
  await showPanels(panel.window.document.body);
  /** @type {Record<string, string>} */
  const sheets = {};
  for (const sheet of sheetsOf(page)) sheets[sheet] = await fetchText(FOLDER + sheet);
  for (const text of complaints(panel.window.document, sheets)) reportError(new Error(text));
  return panel;
}

/**
 * Gives a window the host, then takes from it what UXP lacks.
 *
 * @param {any} window
 * @param {object} host
 * @param {import("./model.js").Model} host.model
 * @param {import("./faults.js").Faults} host.faults
 * @param {Foreground} host.foreground
 * @param {any} host.manifest
 * @param {(path: string) => string} host.read a file below /studio/
 * @returns {{panel: Panel, showPanels: (root: HTMLElement) => Promise<void>}}
 */
function lend(window, { model, faults, foreground, manifest, read }) {
  const here = { read, Function: window.Function, origin: `${location.origin}/studio/` };
  const setTimeout = window.setTimeout.bind(window);
  const load = createRequire({
    ...here,
    globals: { window, document: window.document, setTimeout },
  });
  load("widgets.js").defineWidgets(window, faults);
  const files = load("saving.js").createFiles();
  const showAlert = (message) => window.alert(message);
  const services = { encodeJpeg, faults, files, foreground, showAlert };
  const { photoshop, modal, undisposed } = load("photoshop.js").createPhotoshop(model, services);
  /** @type {string[]} */
  const reports = [];
  const report = (text) => console.warn(text) ?? reports.push(text);
  const shelf = window.localStorage;
  const { createUxp } = load("uxp.js");
  const { uxp, showPanels } = createUxp({ manifest, shelf, files, openExternal, report });
  const builtins = { photoshop, uxp };
  window.require = createRequire({ ...here, builtins }).from(`${FOLDER}index.html`);
  const { fetchAtHome, guardNetwork, guardRequests } = load("permissions.js");
  const fetch = fetchAtHome(window.fetch.bind(window), location);
  const network = { fetch, WebSocket: window.WebSocket };
  Object.assign(window, guardNetwork(manifest, network, faults));
  guardRequests(manifest, window, faults);
  load("clipboard.js").lendClipboard(window, manifest);
  const { applyTheme } = load("themes.js");
  load("uxp_world.js").strip(window);
  const follow = (theme) => applyTheme(window.document, theme);
  return { panel: { window, modal, undisposed, reports, applyTheme: follow }, showPanels };
}

/** The style sheets of a page, as it names them. */
function sheetsOf(page) {
  const links = [...page.matchAll(/<link[^>]*>/g)].map(([link]) => link);
  const sheets = links.filter((link) => /rel="stylesheet"/.test(link));
  return sheets.flatMap((link) => /href="(?:\.\/)?([^"]+)"/.exec(link)?.[1] ?? []);
}

/** The scripts of a page, as it names them. */
function scriptsOf(page) {
  return [...page.matchAll(/<script[^>]*\bsrc="([^"]+)"/g)].map(([, src]) => src.replace("./", ""));
}

/** The page with its own addresses made whole, after UXP's style and the studio's door. */
function atHome(page) {
  const whole = page.replace(
    /\b(src|href)="(?!\w+:|\/|#)(?:\.\/)?([^"]+)"/g,
    (_, name, address) => `${name}="/studio/${FOLDER}${address}"`,
  );
  const first =
    '<link rel="stylesheet" href="/studio/uxp.css"><script src="/studio/enter.js"></script>';
  return whole.replace(/<head[^>]*>/, (head) => head + first);
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

module.exports = { openPanel, scriptsOf, sheetsOf, atHome };
