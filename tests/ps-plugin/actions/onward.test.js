"use strict";
// How to go on from a step: what each way says it does is what is asked for.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
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
  const { rewind, recipe } = await continued(open);
  assert.ok(rewind.mask, "all of it is painted anew");
  assert.equal(recipe.seed, 77);
  choose(open, { mode: "replay" });
  assert.match(onwardOf(open.state()).help, /Another seed changes nothing this way/);
  choose(open, { mode: null, changes: { seed: 77, sampler: "lcm" } });
  assert.equal(onwardOf(open.state()).mode, "replay");
  open.panel.stop();
});
