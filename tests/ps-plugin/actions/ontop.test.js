"use strict";
// What is seen is what the brush touches: where paintings lie, and what choosing a step does.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { openPanel, until } = require("../support.js");
const { set, papersOf } = require("./painted_panel.js");

const SIZE = 16;

/** A panel over a document with a sketch, which is active, and the painter's ink above it. */
async function withSketch(settings = {}) {
  const open = await openPanel();
  const sketch = paintedLayer(open, "Sketch", [200, 10, 10, 255]);
  paintedLayer(open, "Ink", [0, 0, 0, 255], rectangle(0, 0, 2, 2));
  edits.selectLayers(open.document, [sketch]);
  set(open.panel, {
    prompt: "a tree",
    steps: 2,
    source: "layer",
    strength: 1,
    ...settings,
  });
  await until(() => open.state().document?.active === sketch, "the sketch is active");
  return { ...open, sketch };
}

function paintedLayer({ document }, name, colour, rect = rectangle(0, 0, SIZE, SIZE)) {
  const layer = edits.newLayer(document, { name });
  edits.setLayer(document, layer, "raster", filled(rect, colour));
  return layer;
}

/** Presses Paint, and waits for all its layers. @returns the new runs, in the order of asking */
async function painted(open) {
  const before = new Set(open.bridge.state.runs.keys());
  const fresh = () => [...open.bridge.state.runs.keys()].filter((run) => !before.has(run));
  await open.panel.generate();
  await until(() => fresh().length > 0, open.state().notice?.text || "a run");
  for (const run of fresh()) open.bridge.paint(run);
  await until(() => fresh().every((run) => layerOf(open, `${run}.1`) >= 0), "its layers");
  return fresh();
}

/** What the canvas shows. */
const seen = ({ document }) => composite(document.state, rectangle(0, 0, SIZE, SIZE)).data;
const layerOf = (open, step) => papersOf(open).layers[step]?.layer;
const stack = ({ document }) => document.state.layers.map(({ name }) => name.split(" · ")[0]);

test("a second painting of a layer lies on the first and is seen; the painter's ink stays", async () => {
  const open = await withSketch();
  await painted(open);
  assert.deepEqual(stack(open), ["Background", "Sketch", "Painting 1", "Ink"]);
  edits.selectLayers(open.document, [open.sketch]);
  await until(() => open.state().document.active === open.sketch, "the sketch is active again");
  await painted(open);
  assert.deepEqual(stack(open), ["Background", "Sketch", "Painting 1", "Painting 2", "Ink"]);
  assert.deepEqual(open.state().document.active, open.sketch);
  open.panel.stop();
});

test("a painting of a painted step is one of what that was made of", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  edits.selectLayers(open.document, [layerOf(open, `${first}.1`)]);
  await painted(open);
  edits.selectLayers(open.document, [open.sketch]);
  await painted(open);
  assert.deepEqual(stack(open).slice(2), ["Painting 1", "Painting 2", "Painting 3", "Ink"]);
  open.panel.stop();
});

test("of variations the first that was asked for lies on top of the earlier paintings", async () => {
  const open = await withSketch();
  await painted(open);
  edits.selectLayers(open.document, [open.sketch]);
  set(open.panel, { variations: 3 });
  await painted(open);
  const [, , ...above] = stack(open);
  assert.deepEqual(above, ["Painting 1", "Painting 4", "Painting 3", "Painting 2", "Ink"]);
  open.panel.stop();
});

test("a painting of all that is seen lies above everything, its variations beneath each other", async () => {
  const open = await withSketch({ source: "composite", variations: 2 });
  const before = seen(open);
  await painted(open);
  assert.deepEqual(stack(open).slice(2), ["Ink", "Painting 2", "Painting 1"]);
  const after = seen(open);
  assert.ok(
    before.some((value, i) => value !== after[i]),
    "it is seen",
  );
  open.panel.stop();
});

/** Ids of the layers that are seen, with all they lie in. */
function visible({ document }) {
  const within = (layers) =>
    layers.flatMap((one) => (one.visible ? [one.id, ...within(one.layers)] : []));
  return within(document.state.layers);
}

const active = ({ document }) => [...document.state.active];
const historyOf = ({ document }) => document.history.map(({ name }) => name);

/** Clicks a step, and waits until the brush is on it. */
async function choose(open, step) {
  open.panel.bring(step);
  await until(() => active(open)[0] === layerOf(open, step), `the brush on ${step}`);
  await until(() => open.state().document.active === layerOf(open, step), "the panel knows");
}

test("a chosen step is seen and has the brush; later ones step aside, and come back with a later choice", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  const [second] = await painted(open);
  const before = visible(open);
  await choose(open, `${first}.0`);
  const seenNow = visible(open);
  assert.ok(seenNow.includes(layerOf(open, `${first}.0`)));
  for (const step of [`${first}.1`, `${second}.1`]) {
    assert.ok(!seenNow.includes(layerOf(open, step)), step);
  }
  for (const mine of [open.sketch, stack(open).indexOf("Ink") && before.at(-1)]) {
    assert.ok(seenNow.includes(mine), "the painter's own stays");
  }
  await choose(open, `${second}.1`);
  assert.ok(visible(open).includes(layerOf(open, `${second}.1`)));
  open.panel.stop();
});

test("what stepped aside is given back when the panel's choice is left by the next painting", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  const before = visible(open);
  await choose(open, `${first}.0`);
  edits.selectLayers(open.document, [open.sketch]);
  await painted(open);
  assert.deepEqual(
    visible(open).filter((id) => before.includes(id)),
    before,
  );
  assert.ok(!visible(open).includes(layerOf(open, `${first}.0`)));
  open.panel.stop();
});

test("what the painter hid or showed since is not given back against their will", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  await choose(open, `${first}.0`);
  edits.showLayer(open.document, layerOf(open, `${first}.1`), true);
  edits.showLayer(open.document, layerOf(open, `${first}.1`), false);
  edits.showLayer(open.document, layerOf(open, `${first}.0`), false);
  await open.panel.generate();
  const run = [...open.bridge.state.runs.keys()].at(-1);
  open.bridge.paint(run);
  await until(() => layerOf(open, `${run}.1`) >= 0, "the next painting");
  assert.ok(!visible(open).includes(layerOf(open, `${first}.0`)));
  open.panel.stop();
});

test("a painting that arrives while a step is chosen neither covers it nor takes the brush", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 2, "a second run, which waits");
  const second = [...open.bridge.state.runs.keys()].at(-1);
  await choose(open, `${first}.0`);
  const before = visible(open);
  open.bridge.paint(second);
  await until(() => layerOf(open, `${second}.1`) >= 0, "its layers");
  assert.deepEqual(visible(open), before);
  assert.deepEqual(active(open), [layerOf(open, `${first}.0`)]);
  await choose(open, `${second}.1`);
  assert.ok(visible(open).includes(layerOf(open, `${second}.1`)));
  open.panel.stop();
});

test("looking along the line moves no brush, and a step's layer chosen in the list is its frame", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  open.panel.select(`${first}.0`);
  await until(() => visible(open).includes(layerOf(open, `${first}.0`)), "it is looked at");
  assert.deepEqual(active(open), [open.sketch]);
  edits.selectLayers(open.document, [layerOf(open, `${first}.1`)]);
  await until(() => open.state().selected === `${first}.1`, "its frame");
  edits.selectLayers(open.document, [open.sketch]);
  await until(() => open.state().document.active === open.sketch, "another layer");
  assert.equal(open.state().selected, `${first}.1`, "the step stays, to go on from");
  open.panel.stop();
});

test("a choice is no stray history state: none where the host keeps none of what is seen", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  const before = historyOf(open);
  await choose(open, `${first}.0`);
  assert.ok(historyOf(open).length <= before.length + 1);
  assert.deepEqual(historyOf(open).slice(0, before.length), before);
  open.panel.stop();
});

test("a layer under a painting, or hidden, is named before a stroke is lost, and shown by a press", async () => {
  const open = await withSketch();
  const [first] = await painted(open);
  const cover = () => open.state().cover;
  await until(() => cover() !== null, "the line");
  assert.deepEqual([cover().layer, cover().over], ["Sketch", "Painting 1"]);
  await open.panel.uncover();
  assert.ok(!visible(open).includes(papersOf(open).groups[first]));
  assert.equal(cover(), null);
  assert.deepEqual(active(open), [open.sketch], "the brush stays");
  const second = await painted(open);
  assert.ok(visible(open).includes(papersOf(open).groups[first]), "given back");
  assert.ok(visible(open).includes(papersOf(open).groups[second[0]]));

  const hidden = layerOf(open, `${second[0]}.0`);
  edits.selectLayers(open.document, [hidden]);
  await until(() => cover()?.layer.startsWith("1 · "), "the hidden step is named");
  await open.panel.uncover();
  assert.ok(visible(open).includes(hidden));
  open.panel.stop();
});
