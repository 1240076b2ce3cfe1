"use strict";
// A plugin's page in Node has a clipboard of its own, by the names that UXP has.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

const PLUGIN = `
module.exports = async () => {
  await navigator.clipboard.writeText("a tree");
  const [read, got] = [await navigator.clipboard.readText(), await window.navigator.clipboard.getContent()];
  return [read["text/plain"], got["text/plain"]];
};`;

test("what a plugin's page in Node puts into the clipboard it reads there, by the manifest's leave", async () => {
  const run = (clipboard) =>
    createHost({ manifest: { requiredPermissions: { clipboard } }, read: () => PLUGIN }).run(
      "main.js",
      { window: new Window() },
    )();
  assert.deepEqual(await run("readAndWrite"), ["a tree", "a tree"]);
  await assert.rejects(run("read"), /Permission denied to the clipboard/);
});
