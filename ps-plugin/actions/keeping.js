"use strict";

/**
 * What the panel keeps between two lives: the token, the bridge's address, settings and styles.
 * All in secureStorage: localStorage "can be cleared", and the token is a secret.
 *
 * token      the pairing token; read back when it is written: where it was not kept, the panel says
 *            so and works on
 * address    such as http://127.0.0.1:7866, tried by this machine's other names too; absent:
 *            localhost, then 127.0.0.1, on 7866
 * settings, styles   JSON in ASCII, each value checked when it is read
 *
 * The studio writes token (from #token=…) and address (its own origin) before it loads the page.
 *
 * @typedef {import("../types/panel").Shelf} Shelf
 */

const { addressOf } = require("../bridge/addresses.js");
const { wrongIn } = require("../state/fields.js");
const { exported, imported } = require("../state/presets.js");

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
  const address = addressOf(await read(shelf, "address"));
  return { settings, presets, token, address };
}

/** @param {string} text @returns {Partial<import("../types/panel").Settings> | null} */
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
 * @param {import("../types/panel").Store} store
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
        if (mine === changes) void write(secureStorage, key, ascii(text(value)));
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

/**
 * Photoshop refuses empty values; what it says to have kept is read back, since it may be lost.
 *
 * @param {Shelf} shelf
 * @param {string} key
 * @param {string} value ASCII
 * @returns {Promise<boolean>} whether it is kept
 */
async function write(shelf, key, value) {
  if (!value) return false;
  try {
    await shelf.setItem(key, value);
  } catch {
    return false; // the panel works on with what it knows
  }
  return (await read(shelf, key)) === value;
}

/**
 * @param {Shelf} shelf
 * @param {string} address empty: as before
 * @param {string} token
 * @returns {Promise<boolean>} whether the panel will know it when it is opened again
 */
async function savePairing(shelf, address, token) {
  const found = !address || (await write(shelf, "address", address));
  return (await write(shelf, "token", token)) && found;
}

module.exports = { load, saveSoon, savePairing };
