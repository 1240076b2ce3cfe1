"use strict";
// What cannot be painted, or not now, is said before anything is sent, and as it is.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { progressOf } = require("../../../ps-plugin/state/timeline.js");
const { openPanel, until } = require("../support.js");

const set = (panel, settings) => panel.store.dispatch({ type: "settings", settings });

test("a picture whose side is over 8192 is refused before anything of it is sent", async () => {
  const { panel, bridge, state } = await openPanel({ width: 9000, height: 8 });
  for (const source of ["nothing", "all"]) {
    set(panel, { prompt: "a tree", source, where: "everywhere" });
    await panel.generate();
    const said = "The picture would be 9000 × 8 pixels, and at most 8192 a side are painted.";
    assert.ok(state().notice.text.startsWith(said), state().notice.text);
  }
  assert.deepEqual(bridge.commands, []);
  assert.equal(bridge.images.size, 0);
  panel.stop();
});

test("so is one whose side is under 8", async () => {
  const { panel, bridge, state } = await openPanel({ width: 16, height: 1 });
  set(panel, { prompt: "a tree", source: "nothing", where: "everywhere" });
  await panel.generate();
  assert.match(state().notice.text, /^The picture would be 16 × 1 pixels, and at least 8 a side/);
  assert.deepEqual(bridge.commands, []);
  panel.stop();
});

test("a selected part of so large a picture is painted", async () => {
  const { panel, bridge, document } = await openPanel({ width: 9000, height: 8 });
  edits.select(document, "Select", filled(rectangle(40, 0, 8, 8), [255]));
  set(panel, { prompt: "a tree", source: "all", where: "selection", context: true });
  await panel.generate();
  assert.equal(bridge.commands[0].type, "generate");
  assert.ok(bridge.commands[0].recipe.width <= 8192);
  panel.stop();
});

test("while the bridge is away no progress is claimed, and nothing can be cancelled", async () => {
  const { panel, bridge, state } = await openPanel();
  set(panel, { prompt: "a tree", steps: 4, source: "nothing" });
  await panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.state.up = false;
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  assert.equal(progressOf(state()).text, "waits until the bridge is back");
  bridge.state.up = true;
  await until(() => state().connection.status === "open", "the bridge");
  bridge.tell({ type: "started", run });
  bridge.step(run, 0);
  assert.equal(progressOf(state()).text, "step 1 of 4 · 1 s left");
  bridge.state.up = false;
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  const said = "step 1 of 4 when the bridge went away; it goes on when it is back";
  assert.equal(progressOf(state()).text, said);
  panel.stop();
});
