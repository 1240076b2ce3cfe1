"use strict";
// tsc over the panel, without a DOM library: right as it stands, and wrong uses are caught.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawnSync } = require("node:child_process");

const ROOT = path.join(__dirname, "../..");
const TSC = path.join(ROOT, "tests/node_modules/typescript/bin/tsc");

/** Each line is wrong in its own way; Photoshop would say so at run time, or say nothing. */
const WRONG = {
  "a misspelt option": "imaging.getPixels({ documentId: 1 });",
  "bounds without all edges": "imaging.getPixels({ sourceBounds: { left: 0, top: 0 } });",
  "pixels put on no layer": "imaging.putPixels({ imageData: part });",
  "image data without a colour space":
    "imaging.createImageDataFromBuffer(new Uint8Array(4), { width: 1, height: 1, components: 4 });",
  "an array instead of a buffer":
    'imaging.createImageDataFromBuffer([1], { width: 1, height: 1, components: 1, colorSpace: "RGB" });',
  "a modal scope without a name": "core.executeAsModal(async () => {}, {});",
  "a modal scope without options": "core.executeAsModal(async () => {});",
  "a placement that does not exist": "layer.move(layer, constants.ElementPlacement.PLACEABOVE);",
  "a read-only property": "layer.id = 3;",
  "a property no layer has": "layer.colour;",
  "a document method that does not exist": "app.activeDocument.addLayer();",
  "a descriptor without a verb": "action.batchPlay([{ _target: [] }], {});",
  "listening to a name instead of names":
    'action.addNotificationListener("historyStateChanged", () => {});',
  "a canvas' pixels, which UXP has not": 'document.createElement("canvas").getContext("2d");',
  "an EventSource, which UXP has not": 'new EventSource("http://localhost");',
  "a TextEncoder, which UXP has not": 'new TextEncoder().encode("x");',
  "a Worker, which UXP has not": 'new Worker("x.js");',
  "window, where document is meant": "window.document;",
  "crypto, which UXP has not": 'crypto.subtle.digest("SHA-256", new Uint8Array(1));',
  "a token that may be absent": 'uxp.storage.secureStorage.getItem("token").then((t) => t.length);',
  "an event the panel does not know": 'dispatch({ type: "exploded" });',
  "a mode that does not exist": 'goOn("erase");',
  "a module the panel has not": 'require("./layerz.js");',
};

const HEAD = `"use strict";
/** @typedef {import("./types/panel").PanelEvent} Event */
/** @typedef {import("./types/wire").Mode} Mode */
const { app, core, action, constants, imaging } = require("photoshop");
const uxp = require("uxp");
const use = (/** @type {unknown} */ value) => value;
const dispatch = (/** @type {Event} */ event) => event;
const goOn = (/** @type {Mode} */ mode) => mode;
const layer = app.activeDocument.layers[0];
/** @type {import("photoshop/dom/ImagingModule").imaging.PhotoshopImageData} */
const part = JSON.parse("{}");
use([core, action, constants, uxp, layer, part, dispatch, goOn]);
`;

/** tsc's complaints about the panel's files and one more, by line of that one. */
function check(text) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "panel-types-"));
  const panel = path.join(ROOT, "ps-plugin");
  try {
    fs.cpSync(path.join(panel, "types"), path.join(folder, "types"), { recursive: true });
    const config = JSON.parse(fs.readFileSync(path.join(panel, "jsconfig.json"), "utf8"));
    config.compilerOptions.baseUrl = ROOT;
    fs.writeFileSync(path.join(folder, "jsconfig.json"), JSON.stringify(config));
    fs.writeFileSync(path.join(folder, "wrong.js"), text);
    const { stdout } = spawnSync(
      process.execPath,
      [TSC, "-p", path.join(folder, "jsconfig.json")],
      { encoding: "utf8" },
    );
    return new Set([...stdout.matchAll(/wrong\.js\((\d+),/g)].map(([, line]) => Number(line)));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test("the panel is right as it stands", () => {
  const config = path.join(ROOT, "ps-plugin", "jsconfig.json");
  const { status, stdout } = spawnSync(process.execPath, [TSC, "-p", config], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test(`${Object.keys(WRONG).length} wrong uses are caught, each on its own line`, () => {
  const lines = Object.values(WRONG).map((line) => `{ ${line} }`);
  const start = HEAD.split("\n").length;
  const found = check(`${HEAD}${lines.join("\n")}\n`);
  const missed = Object.keys(WRONG).filter((_, i) => !found.has(start + i));
  assert.deepEqual(missed, []);
  const stray = [...found].filter((line) => line < start);
  assert.deepEqual(stray, [], "the lines before them are right");
});
