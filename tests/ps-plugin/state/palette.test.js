"use strict";
// Palettes in the panel and at the bridge: the same files, read alike, refused alike. The Python side
// holds the same files in tests/bridge/commands/test_palette_files.py.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { exportedPalette, importedPalette } = require("../../../ps-plugin/state/palette.js");
const { openPanel, until } = require("../support.js");

const FOLDER = path.join(__dirname, "..", "..", "golden", "palettes");
const read = (name) => fs.readFileSync(path.join(FOLDER, name), "utf8");

test("a palette of the bridge's is read, and what is written of it is the file both hold", () => {
  const palette = importedPalette(read("ours.json"));
  assert.deepEqual(
    palette.brushes.map(({ name, brush }) => [name, brush.mode, brush.on]),
    [
      ["Sky", "isolate", false],
      ["Baum", "blend", true],
    ],
  );
  assert.equal(exportedPalette(palette) + "\n", read("from_panel.json"));
  assert.deepEqual(importedPalette(read("from_panel.json")), palette);
});

test("SemanticDraw's own file means what the bridge reads in it", () => {
  const palette = importedPalette(read("semantic_draw.json"));
  assert.deepEqual(palette, importedPalette(read("semantic_draw_as_ours.json")));
  assert.equal(palette.brushes.length, 2);
});

test("what the bridge refuses is refused here, with a sentence", () => {
  const wrong = JSON.parse(read("wrong.json"));
  assert.ok(wrong.length > 20);
  for (const one of wrong) {
    assert.throws(
      () => importedPalette(JSON.stringify(one)),
      (error) => error.constructor === Error && error.message.length > 10,
      JSON.stringify(one).slice(0, 100),
    );
  }
  for (const text of ["", "{", "7"]) assert.throws(() => importedPalette(text), /not a palette/);
});

test("a palette becomes layers to paint on, the last brush on top, with words and seed", async () => {
  const { panel, state, document } = await openPanel();
  await panel.importPalette(read("ours.json"));
  await until(() => state().regions[document.id]?.length === 2, "two regions");
  const names = document.state.layers.map(({ name }) => name);
  assert.ok(names.includes("Sky") && names.includes("Baum"));
  assert.deepEqual(
    state().regions[document.id].map(({ name }) => name),
    ["Sky", "Baum"],
  );
  const { prompt, negative_prompt, seed, seedKept } = state().settings;
  assert.deepEqual([prompt, negative_prompt, seed, seedKept], ["hills", "fog", 7, true]);
  await panel.importPalette("{}");
  assert.match(state().notice.text, /format is undefined/);
  panel.stop();
});
