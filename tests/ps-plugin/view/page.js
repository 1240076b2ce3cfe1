"use strict";
// The panel's page over a small DOM, and a panel on it: what the tests of its face share.

const fs = require("node:fs");
const path = require("node:path");
const { Window } = require("../../node_modules/happy-dom");
const { makeView } = require("../../../ps-plugin/view/view.js");
const { use } = require("../../../ps-plugin/words/texts.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../../ps-plugin/studio/uxp/widgets.js");
const { openPanel } = require("../support.js");

const PANEL = path.join(__dirname, "../../../ps-plugin");

/** The page with nothing run yet. @param {(window: any) => void} [before] its body is there */
function blankPage(before = () => {}) {
  const window = new Window({ url: "http://localhost:7866/" });
  before(window);
  const page = fs.readFileSync(path.join(PANEL, "index.html"), "utf8");
  window.document.body.innerHTML = page.replace(/[^]*<body>|<\/body>[^]*/g, "");
  return window;
}

/** A connected panel with its view. `habits`: with the host's widgets, and these habits of its. */
async function openPage({ world, habits, ...options } = {}) {
  const open = await openPanel(habits ? { host: createHost({ habits }), ...options } : options);
  const window = blankPage(habits && ((blank) => defineWidgets(blank, open.host.faults)));
  const copied = [];
  const copy = async (text) => void copied.push(text);
  const { uxp, photoshop } = open.host;
  const lab = {
    photoshop,
    storage: uxp.storage,
    host: uxp.host,
    versions: uxp.versions,
    fetch: open.bridge.fetch,
    socket: open.bridge.socket,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2))),
    bridge: open.panel.bridge,
  };
  makeView(window.document, open.panel, { copy, lab, ...world });
  const el = (id) => window.document.getElementById(id);
  const set = (settings) => open.panel.store.dispatch({ type: "settings", settings });
  const fill = (id, value, event = "input") => {
    el(id).value = value;
    el(id).dispatchEvent(new window.Event(event));
  };
  const close = () => {
    open.panel.stop();
    use("en");
  };
  const shown = (id) => !el(id).classList.contains("gone");
  return { ...open, window, el, set, fill, close, shown, copied };
}

/**
 * Everything the page says: texts of elements without children, titles, placeholders. A notice
 * stays as it was said.
 */
function said(window) {
  const root = window.document.getElementById("pentimento");
  return [...root.querySelectorAll(":not(#notice-text)")].flatMap((element) => {
    const text = element.children.length === 0 ? element.textContent.trim() : "";
    const hints = ["title", "placeholder"].map((name) => element.getAttribute(name) || "");
    return [text, ...hints];
  });
}

module.exports = { PANEL, blankPage, openPage, said };
