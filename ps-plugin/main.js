"use strict";

/** Where the panel meets Photoshop: the only file that asks for the host's modules. */

const photoshop = require("photoshop");
const { entrypoints, host, storage, versions } = require("uxp");
const { makePanel } = require("./panel.js");
const { makeView } = require("./view.js");

/** @param {number} milliseconds @returns {Promise<void>} */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Needs the manifest's permission; where it fails the text is there to be marked by hand. */
const copy = async (/** @type {string} */ text) => {
  await navigator.clipboard.setContent({ "text/plain": text });
};

/** What the panel and its self-test reach the world with. */
const world = {
  photoshop,
  /** @type {typeof fetch} */
  fetch: (url, options) => fetch(url, options),
  socket: (/** @type {string} */ url) => new WebSocket(url),
  wait,
};

const panel = makePanel({
  ...world,
  secureStorage: storage.secureStorage,
  random: Math.random,
  urlOf: (png) => URL.createObjectURL(new Blob([png], { type: "image/png" })),
  revoke: (url) => URL.revokeObjectURL(url),
  locale: host.uiLocale,
});

const lab = { ...world, storage, host, versions, bridge: panel.bridge };

let started = false;

/** Handlers must return within 300 ms: everything slow happens in the background. */
function show() {
  if (started) return;
  started = true;
  makeView(document, panel, { copy, lab });
  void panel.start();
}

/** A stream that nobody sees is none. Photoshop has not always told of it. */
function hide() {
  panel.rest();
}

// Adobe: within the first 20 ms, or an error appears that nobody can catch.
entrypoints.setup({ panels: { pentimento: { show, hide } } });
