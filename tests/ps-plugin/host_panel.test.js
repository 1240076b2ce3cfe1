"use strict";
// The panel's own files, unchanged, in Node: on this host and a small DOM.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Window } = require("../node_modules/happy-dom");
const { createHost } = require("../../ps-plugin/studio/host.js");
const { defineWidgets } = require("../../ps-plugin/studio/widgets.js");

const INDEX = path.join(__dirname, "..", "..", "ps-plugin", "index.html");

/** The panel's page, with nothing run yet. */
function panelPage() {
  const window = new Window({ url: "http://localhost:7866/" });
  defineWidgets(window);
  const html = fs.readFileSync(INDEX, "utf8");
  window.document.body.innerHTML = html.slice(html.indexOf("<body>") + 6, html.indexOf("</body>"));
  return window;
}

test("without a bridge it starts, touches no document and says how to start one", async (t) => {
  const host = createHost();
  const document = host.model.newDocument({ width: 64, height: 64 });
  const before = document.state;
  const window = panelPage();
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
  host.run("main.js", { window, fetch, WebSocket, setTimeout: timers });
  await host.showPanels(window.document.body);
  await new Promise((wake) => setTimeout(wake, 200));
  assert.match(window.document.getElementById("status").textContent, /no bridge|searching/i);
  assert.match(window.document.getElementById("start-unix").value, /scripts\/start\.py/);
  assert.equal(document.state, before);
  assert.equal(host.undisposed(), 0);
});
