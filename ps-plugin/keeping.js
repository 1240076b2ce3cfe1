"use strict";

/**
 * What the panel keeps between two lives: the token, the bridge's address, the settings. All in
 * secureStorage: localStorage "can be cleared", and the token is a secret.
 *
 * @typedef {import("./types/panel").Shelf} Shelf
 */

const { initial } = require("./state.js");

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
  const [text, token, address] = [
    await read(shelf, "settings"),
    await read(shelf, "token"),
    await read(shelf, "address"),
  ];
  return { settings: parsedSettings(text), token, address: address || null };
}

/** @param {string} text @returns {Partial<import("./types/panel").Settings> | null} */
function parsedSettings(text) {
  try {
    const found = Object.entries(JSON.parse(text));
    const fitting = found.filter(([key, value]) => fits(key, value));
    return Object.fromEntries(fitting);
  } catch {
    return null; // nothing kept yet, or of another version
  }
}

/** @param {string} key @param {unknown} value */
function fits(key, value) {
  const usual = Object.entries(initial.settings).find(([name]) => name === key)?.[1];
  if (key === "guidance_scale") return value === null || typeof value === "number";
  return usual !== undefined && typeof value === typeof usual;
}

/**
 * Settings are written when they have been left alone for a moment.
 *
 * @param {import("./types/panel").Store} store
 * @param {{secureStorage: Shelf, wait: (milliseconds: number) => Promise<void>}} world
 */
function saveSoon(store, { secureStorage, wait }) {
  let saved = store.state().settings;
  let changes = 0;
  store.subscribe(() => {
    const { settings } = store.state();
    if (settings === saved) return;
    saved = settings;
    const mine = (changes += 1);
    void wait(CALM).then(() => {
      if (mine === changes) void secureStorage.setItem("settings", ascii(settings));
    });
  });
}

/** JSON in ASCII: UXP has no TextDecoder to read anything else back. @param {object} value */
function ascii(value) {
  return JSON.stringify(value).replace(
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
