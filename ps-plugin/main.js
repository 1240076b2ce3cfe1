"use strict";

/**
 * Where the panel meets Photoshop: the only file beside start.js that asks for the host's modules.
 * Loading it loads nothing else, so whoever loads it knows what it means when that fails: it is not
 * there.
 */

/** @param {number} milliseconds @returns {Promise<void>} */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Needs the manifest's permission; where it fails the text is there to be marked by hand. */
const copy = async (/** @type {string} */ text) => {
  await navigator.clipboard.setContent({ "text/plain": text });
};

/**
 * Make the panel in the page.
 *
 * @param {Document} document
 * @returns {{rest(): void, wake(): void, started: Promise<void>}} `started` fails where the panel cannot go to work
 */
function open(document) {
  const photoshop = require("photoshop");
  const { host, storage, versions } = require("uxp");
  const { makePanel } = require("./actions/panel.js");
  const { makeView } = require("./view/view.js");

  /** What the panel and its self-test reach the world with. */
  const world = {
    photoshop,
    /** @type {typeof fetch} */
    fetch: (url, options) => fetch(url, options),
    socket: (/** @type {string} */ url) => new WebSocket(url),
    wait,
    urlOf: (/** @type {Uint8Array} */ png) =>
      URL.createObjectURL(new Blob([png], { type: "image/png" })),
    revoke: (/** @type {string} */ url) => URL.revokeObjectURL(url),
  };
  const panel = makePanel({
    ...world,
    secureStorage: storage.secureStorage,
    random: Math.random,
    locale: host.uiLocale,
  });
  const start = window.pentimentoStart;
  const lab = { ...world, storage, host, versions, start, bridge: panel.bridge };
  makeView(document, panel, { copy, lab });
  return { rest: () => panel.rest(), wake: () => panel.wake(), started: panel.start() };
}

module.exports = { open };
