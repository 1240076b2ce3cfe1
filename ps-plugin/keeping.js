"use strict";

/**
 * What the panel keeps between two lives: the token, the bridge's address, settings and styles.
 * All in secureStorage: localStorage "can be cleared", and the token is a secret.
 *
 * @typedef {import("./types/panel").Shelf} Shelf
 */

const { wrongIn } = require("./fields.js");
const { exported, imported } = require("./presets.js");

const CALM = 800; // milliseconds after the last change

/** @param {Shelf} shelf @param {string} key */
async function read(shelf, key) {
  try {
    const bytes = await shelf.getItem(key);
    return bytes ? String.fromCharCode(...bytes) : "";
  } catch {
    return ""; // Adobe: secureStorage may lose what it holds; then the panel asks again
  }
}

/** @param {Shelf} shelf */
async function load(shelf) {
  const settings = parsedSettings(await read(shelf, "settings"));
  const presets = parsedPresets(await read(shelf, "styles"));
  const token = await read(shelf, "token");
  const address = (await read(shelf, "address")) || null;
  return { settings, presets, token, address };
}

/** @param {string} text @returns {Partial<import("./types/panel").Settings> | null} */
function parsedSettings(text) {
  try {
    const found = Object.entries(JSON.parse(text));
    return Object.fromEntries(found.filter(([key, value]) => wrongIn(key, value) === null));
  } catch {
    return null; // nothing kept yet, or of another version
  }
}

/** @param {string} text */
function parsedPresets(text) {
  try {
    return imported(text);
  } catch {
    return [];
  }
}

/**
 * Settings and styles are written when they have been left alone for a moment.
 *
 * @param {import("./types/panel").Store} store
 * @param {{secureStorage: Shelf, wait: (milliseconds: number) => Promise<void>}} world
 */
function saveSoon(store, { secureStorage, wait }) {
  keep("settings", () => store.state().settings, JSON.stringify);
  keep("styles", () => store.state().presets, exported);

  /**
   * @template V
   * @param {string} key
   * @param {() => V} present
   * @param {(value: V) => string} text
   */
  function keep(key, present, text) {
    let saved = present();
    let changes = 0;
    store.subscribe(() => {
      const value = present();
      if (value === saved) return;
      saved = value;
      const mine = (changes += 1);
      void wait(CALM).then(() => {
        if (mine === changes) void secureStorage.setItem(key, ascii(text(value)));
      });
    });
  }
}

/** JSON in ASCII: UXP has no TextDecoder to read anything else back. @param {string} json */
function ascii(json) {
  return json.replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** @param {Shelf} shelf @param {string} address empty: as before @param {string} token */
async function savePairing(shelf, address, token) {
  if (address) await shelf.setItem("address", address);
  await shelf.setItem("token", token);
}

module.exports = { load, saveSoon, savePairing };
