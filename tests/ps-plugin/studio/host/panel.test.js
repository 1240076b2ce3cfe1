"use strict";
// The panel's own files, unchanged, in Node: on this host and a small DOM.

const test = require("node:test");
const assert = require("node:assert/strict");
const { loadPage } = require("../../start_page.js");

test("without a bridge it starts, touches no document and says how to start one", async (t) => {
  const stopped = [];
  const timers = (...given) => stopped.push(setTimeout(...given)) && stopped.at(-1);
  t.after(() => stopped.forEach(clearTimeout));
  const fetch = async () => {
    throw new TypeError("no bridge here");
  };
  class WebSocket {
    constructor() {
      setTimeout(() => this.onerror?.({}) ?? this.onclose?.({}), 1);
    }
    close() {}
    addEventListener(name, listener) {
      if (name === "close") setTimeout(listener, 1, {});
    }
  }
  const { host, window, open } = loadPage({ world: { fetch, WebSocket, setTimeout: timers } });
  const document = host.model.newDocument({ width: 64, height: 64 });
  const before = document.state;
  await open();
  await new Promise((wake) => setTimeout(wake, 200));
  assert.match(window.document.getElementById("status").textContent, /no bridge|searching/i);
  assert.match(window.document.getElementById("start-unix").value, /scripts\/start\.py/);
  assert.equal(document.state, before);
  assert.equal(host.undisposed(), 0);
});
