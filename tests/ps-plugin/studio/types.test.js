"use strict";
// The studio's JSDoc types hold: tsc finds nothing to say.

const test = require("node:test");
const assert = require("node:assert/strict");
const path = require("node:path");
const { spawnSync } = require("node:child_process");

const ROOT = path.join(__dirname, "..", "..", "..");

test("tsc accepts the studio's files", () => {
  const tsc = path.join(ROOT, "tests", "node_modules", "typescript", "bin", "tsc");
  const config = path.join(ROOT, "ps-plugin", "studio", "jsconfig.json");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
