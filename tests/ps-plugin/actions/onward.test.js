"use strict";
// How to go on from a step: what each way says it does is what is asked for.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { findLayer } = require("../../../ps-plugin/studio/document/document.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { onwardOf } = require("../../../ps-plugin/state/timeline.js");
const { papersOf, withPainting, continued } = require("./painted_panel.js");
const { until } = require("../support.js");

const STROKE = filled(rectangle(0, 0, 16, 16), [255, 0, 0, 255]);

/** Choose a way, as the panel's list does. */
const choose = (open, onward) => open.panel.store.dispatch({ type: "onward", onward });
const possible = (open) =>
  onwardOf(open.state())
    .ways.filter((way) => way.possible)
    .map((way) => way.mode);

/** Paint on the chosen step's own layer. */
function paintOn(open, step) {
  const { layer } = papersOf(open).layers[step];
  edits.setLayer(open.document, layer, "raster", STROKE);
  edits.selectLayers(open.document, [layer]);
}

const seen = (open, step) =>
  until(() => papersOf(open).layers[step].painted, "the stroke to be seen");

test("a painted step goes on as before where that is chosen, and says that it leaves strokes out", async () => {
  const open = await withPainting();
  const step = `${open.run}.1`;
  open.panel.select(step);
  assert.deepEqual(possible(open), ["repaint", "replay"]);
  paintOn(open, step);
  await seen(open, step);
  assert.deepEqual(possible(open), ["repaint", "keep", "nudge", "hold", "replay"]);
  assert.equal(onwardOf(open.state()).mode, "repaint");
  choose(open, { mode: "replay" });
  assert.match(onwardOf(open.state()).help, /without your strokes/);
  assert.deepEqual((await continued(open)).rewind, { mode: "replay" });
  choose(open, { mode: "replay", mixed: true });
  assert.equal(onwardOf(open.state()).mode, "repaint", "what is seen together are strokes");
  open.panel.stop();
});

test("a stroke made after As before was chosen counts", async () => {
  for (const looks of [true, false]) {
    const open = await withPainting();
    const step = `${open.run}.1`;
    open.panel.select(step);
    choose(open, { mode: "replay" });
    paintOn(open, step);
    if (looks) await seen(open, step);
    const { rewind } = await continued(open);
    assert.equal(rewind.mode, "repaint");
    assert.ok(rewind.edit);
    open.panel.stop();
  }
});

test("another seed paints anew where the sampler draws no noise, and As before says it cannot", async () => {
  const open = await withPainting({ settings: { sampler: "ddim" } });
  open.panel.select(`${open.run}.1`);
  choose(open, { changes: { seed: 77 } });
  assert.equal(onwardOf(open.state()).mode, "repaint");
  const { anew, recipe } = await continued(open);
  assert.ok(anew, "all of it is painted anew");
  assert.equal(recipe.seed, 77);
  choose(open, { mode: "replay" });
  assert.match(onwardOf(open.state()).help, /Another seed changes nothing this way/);
  choose(open, { mode: null, changes: { seed: 77, sampler: "lcm" } });
  assert.equal(onwardOf(open.state()).mode, "replay");
  open.panel.stop();
});

test("a second line from the same step lies above the first, where it is seen", async () => {
  const open = await withPainting();
  open.panel.select(`${open.run}.1`);
  const lines = [open.run];
  for (const count of [2, 3]) {
    await continued(open);
    await until(() => open.bridge.state.runs.size === count, "a branch");
    const run = [...open.bridge.state.runs.keys()].at(-1);
    open.bridge.paint(run);
    await until(() => papersOf(open).groups[run] >= 0, "its group");
    lines.push(run);
  }
  const { groups } = papersOf(open);
  const upwards = open.document.state.layers.map((layer) => layer.id);
  assert.deepEqual(
    upwards.filter((id) => Object.values(groups).includes(id)),
    lines.map((run) => groups[run]),
  );
  open.panel.stop();
});

test("a step of which something was erased is told from one that was painted on", async () => {
  const open = await withPainting();
  const step = `${open.run}.1`;
  open.panel.select(step);
  const { layer } = papersOf(open).layers[step];
  const { raster } = findLayer(open.document.state, layer);
  const data = raster.data.slice();
  for (let i = 0; i < 40; i += 4) data.fill(0, i, i + 4);
  edits.setLayer(open.document, layer, "raster", { ...raster, data });
  edits.selectLayers(open.document, [layer]);
  await seen(open, step);
  const sent = () => open.bridge.commands.filter(({ type }) => type === "continue").length;
  await open.panel.rewind();
  assert.match(open.state().notice.text, /On step 2 only the eraser was used/);
  assert.equal(sent(), 0);
  choose(open, { mode: "replay" });
  assert.deepEqual((await continued(open)).rewind, { mode: "replay" });
  open.panel.stop();
});

test("the only painting of a document can be removed: an empty layer stays", async () => {
  const open = await withPainting();
  const others = open.document.state.layers.filter(
    ({ id }) => id !== papersOf(open).groups[open.run],
  );
  edits.deleteLayers(
    open.document,
    others.map(({ id }) => id),
  );
  await open.panel.remove(open.run);
  assert.equal(open.state().notice, null);
  assert.equal(open.document.state.layers.length, 1);
  assert.deepEqual(papersOf(open).runs, []);
  open.panel.stop();
});
