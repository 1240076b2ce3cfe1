"use strict";
// Module "uxp": entry points, storage, host facts. Storage lives in a Map or the browser's localStorage.
//
// documented below means AdobeDocs/uxp-photoshop, src/pages/uxp-api.

const { refusing, fixed } = require("../documented/guarded.js");
const { createFiles } = require("../storage/saving.js");
const { createEntrypoints } = require("./entrypoints.js");
const { createSecureStorage, memoryShelf } = require("../storage/secure_storage.js");

/** @typedef {import("../storage/secure_storage.js").Shelf} Shelf */
/** @typedef {{requiredPermissions?: {launchProcess?: {schemes?: string[]}}}} Launching */

/** documented: modules that UXP has and this host has not. */
const OTHER_MODULES = ["fs", "os", "path", "process"]; // seen in a host: uxp-toolkit requires them

/**
 * @param {object} world
 * @param {import("./entrypoints.js").Manifest & Launching} [world.manifest]
 * @param {string} [world.version] of the Photoshop that it stands for
 * @param {{uiLocale: string}} [world.language] that the painter has Photoshop speak
 * @param {Shelf} world.shelf
 * @param {ReturnType<typeof createFiles>} [world.files] that plugins may write
 * @param {(url: string) => void} [world.openExternal]
 * @param {(text: string) => void} [world.report] what UXP's console would say
 * @param {(error: Error) => void} [world.raise] an error that nobody can catch
 * @param {() => boolean} [world.late] whether a late setup makes no panel
 * @param {{passed(): number}} [world.clock] since the page's script began
 */
function createUxp({
  manifest,
  version = "27.0.0",
  language = { uiLocale: "en_US" },
  shelf,
  files = createFiles(),
  openExternal = () => {},
  report = console.warn,
  ...times
}) {
  const { entrypoints, host } = createEntrypoints({ manifest, report, ...times });
  const secureStorage = createSecureStorage(shelf);
  const uxp = refusing("uxp", {
    entrypoints,
    storage: refusing("uxp.storage", { secureStorage, ...files.storage }),
    host: fixed("uxp.host", {
      name: "Photoshop",
      version,
      get uiLocale() {
        return language.uiLocale;
      },
    }),
    versions: fixed("uxp.versions", { uxp: "uxp-9.2.0", plugin: manifest?.version ?? "" }),
    shell: refusing("uxp.shell", {
      async openExternal(url) {
        // documented: an empty text where it succeeded, else what went wrong
        const refusal = refusalOf(manifest, String(url));
        if (!refusal) openExternal(String(url));
        return refusal;
      },
    }),
  });
  return { uxp, secureStorage, entry: host, showPanels: host.showPanels };
}

/**
 * Why an address is not opened, or "". documented: launchProcess has to name the scheme; file: is not
 * for this call. assumed: the words.
 *
 * @param {Launching | undefined} manifest
 * @param {string} url
 */
function refusalOf(manifest, url) {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1].toLowerCase() ?? "";
  const schemes = manifest?.requiredPermissions?.launchProcess?.schemes ?? [];
  if (scheme !== "file" && schemes.includes(scheme)) return "";
  return `Permission denied to launch ${url}. Manifest entry not found.`;
}

/**
 * The modules that a plugin's `require` finds by name; of the others that UXP has it is said that this
 * host has them not.
 *
 * @param {Record<string, unknown>} modules
 */
function builtinsOf(modules) {
  const own = { ...modules };
  if (own.photoshop) own.photoshop = refusing("photoshop", /** @type {any} */ (own.photoshop));
  for (const name of OTHER_MODULES) {
    Object.defineProperty(own, name, {
      get() {
        throw new Error(`module "${name}" exists in UXP but is not modelled by this host`);
      },
    });
  }
  return own;
}

module.exports = { createUxp, memoryShelf, builtinsOf, OTHER_MODULES };
