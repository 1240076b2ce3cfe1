"use strict";
// tsc over the panel, without a DOM library: right as it stands, and wrong uses are caught.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawnSync } = require("node:child_process");

const { WRONG, RIGHT } = require("./studio/wrong_uses.js");

const ROOT = path.join(__dirname, "../..");
const TSC = path.join(ROOT, "tests/node_modules/typescript/bin/tsc");

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
/** @type {import("photoshop/dom/CoreModules").ExecutionContext} */
const context = JSON.parse("{}");
use([core, action, constants, imaging, uxp, layer, part, context, dispatch, goOn]);
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

const wrong = WRONG.filter((use) => use.types);

test(`${wrong.length} wrong uses are caught by the types, each on its own line`, () => {
  const lines = [...wrong, ...RIGHT].map(({ code }) => `{ ${code}; }`);
  const start = HEAD.split("\n").length;
  const found = check(`${HEAD}${lines.join("\n")}\n`);
  const missed = wrong.filter((_, i) => !found.has(start + i));
  assert.deepEqual(missed, []);
  const stray = [...found].filter((line) => line < start || line >= start + wrong.length);
  assert.deepEqual(stray, [], "the lines before them are right, and so are the right uses");
});
