"use strict";
// Module "uxp": entry points, storage, host facts. Storage lives in a Map or the browser's localStorage.
//
// documented below means AdobeDocs/uxp-photoshop, src/pages/uxp-api.

const { refusing } = require("./guarded.js");
const { createFiles } = require("./saving.js");

const SECURE = "uxp.secureStorage.";
const HANDLER_MS = 300; // documented: what a panel's handlers may take with manifest v5
const encoder = new TextEncoder(); // taken before the world is stripped of it

/**
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Shelf where strings are kept
 */

/**
 * @param {object} world
 * @param {{entrypoints?: {type: string, id: string}[], version?: string}} [world.manifest]
 *   whose entry points are checked
 * @param {Shelf} world.shelf
 * @param {ReturnType<typeof createFiles>} [world.files] that plugins may write
 * @param {(url: string) => void} [world.openExternal]
 * @param {(text: string) => void} [world.report] what UXP's console would say
 */
function createUxp({
  manifest,
  shelf,
  files = createFiles(),
  openExternal = () => {},
  report = console.warn,
}) {
  /** @type {{panels?: Record<string, any>, commands?: Record<string, any>} | null} */
  let entries = null;

  const entrypoints = {
    /** documented: once, and with the ids of the manifest. */
    setup(given) {
      if (entries) throw new Error("entrypoints.setup may be called once only");
      for (const [kind, type] of [
        ["panels", "panel"],
        ["commands", "command"],
      ]) {
        for (const id of Object.keys(given[kind] ?? {})) {
          const declared = manifest?.entrypoints?.some((one) => one.type === type && one.id === id);
          if (manifest && !declared) throw new Error(`the manifest has no ${type} "${id}"`);
        }
      }
      entries = given;
    },
  };

  /** What Photoshop does when a panel is first opened. */
  async function showPanels(rootNode) {
    for (const [id, panel] of Object.entries(entries?.panels ?? {})) {
      const { create, show } = typeof panel === "function" ? { create: panel, show: null } : panel;
      await inTime(report, `create of panel "${id}"`, () => create?.call(panel, rootNode));
      await inTime(report, `show of panel "${id}"`, () => show?.call(panel, rootNode));
    }
  }

  const secureStorage = createSecureStorage(shelf);
  const uxp = refusing("uxp", {
    entrypoints,
    storage: refusing("uxp.storage", { secureStorage, localFileSystem: files.localFileSystem }),
    host: { name: "Photoshop", version: "27.0.0", uiLocale: "en_US" },
    versions: { uxp: "9.2.0", plugin: manifest?.version ?? "" },
    shell: refusing("uxp.shell", { openExternal: async (url) => openExternal(String(url)) }),
  });
  return { uxp, showPanels, secureStorage };
}

/**
 * documented: a handler's promise is waited for, for 300 ms. assumed: the text, and that a handler
 * that takes longer goes on unheard.
 */
async function inTime(report, what, handler) {
  const began = Date.now();
  const late = Symbol("late");
  let timer;
  const limit = new Promise((wake) => (timer = setTimeout(() => wake(late), HANDLER_MS)));
  const done = await Promise.race([handler(), limit]);
  clearTimeout(timer);
  const took = Date.now() - began;
  if (done === late || took > HANDLER_MS) {
    report(`The ${what} took longer than ${HANDLER_MS} ms: the plugin timed out.`);
  }
}

/** documented: values go in as text or bytes and come out as Uint8Array, null when absent. */
function createSecureStorage(shelf) {
  return refusing("uxp.storage.secureStorage", {
    async setItem(key, value) {
      if (typeof key !== "string")
        throw new TypeError("secureStorage.setItem: key must be a string");
      shelf.setItem(SECURE + key, hex(bytesOf(value)));
    },
    async getItem(key) {
      const found = shelf.getItem(SECURE + key);
      return found === null ? null : unhex(found);
    },
    async removeItem(key) {
      shelf.removeItem(SECURE + key);
    },
  });
}

function bytesOf(value) {
  if (typeof value === "string") return encoder.encode(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "ArrayBuffer") return new Uint8Array(value);
  if (tag.endsWith("Array") && value.buffer) return new Uint8Array(value.buffer);
  throw new TypeError("secureStorage.setItem: value must be a string or bytes");
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const unhex = (text) =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.substr(i * 2, 2), 16));

/**
 * A shelf that forgets, for tests.
 *
 * @returns {Shelf}
 */
function memoryShelf() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
  };
}

module.exports = { createUxp, memoryShelf };
