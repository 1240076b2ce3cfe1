"use strict";
// What the painter does to the panel's layers is understood, and nothing is done against them.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { filled, cut } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { findLayer, flatten } = require("../../../ps-plugin/studio/document/document.js");
const { openPanel, fakeBridge, until } = require("../support.js");
const { set, papersOf, layerCount, withPainting, continued } = require("./painted_panel.js");

const WHOLE = rectangle(0, 0, 16, 16);
const noteOf = (open, step) => papersOf(open).layers[step];
const layerOf = (open, step) => findLayer(open.document.state, noteOf(open, step).layer);
const stepNames = ({ document }) =>
  flatten(document.state.layers)
    .filter((layer) => layer.name.includes(" · σ "))
    .map((layer) => parseInt(layer.name));
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The panel notices what a painter did once the history moved. */
function done(open, change, id, field, value) {
  edits.setLayer(open.document, id, field, value);
  return until(change, `${field} to be noticed`);
}

test("what comes and goes while the bridge is away is known once it is back", async () => {
  const open = await withPainting();
  const { bridge, document, panel, state, run } = open;
  const { layer } = noteOf(open, `${run}.1`);
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  edits.deleteLayers(document, [layer]);
  await until(() => noteOf(open, `${run}.1`).layer === -1, "the layer to be missed");
  document.undo();
  await rest(100);
  bridge.state.up = true;
  panel.again();
  await until(() => noteOf(open, `${run}.1`).layer === layer, "the layer that is there again");
  panel.stop();
});

test("a document that is opened while the bridge is away is read once it is back", async () => {
  const open = await withPainting();
  const { bridge, panel, host, state, run } = open;
  const copy = () => host.model.newDocument({ width: 16, height: 16 });
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  const other = copy();
  other.record("Elsewhere", { ...open.document.state });
  await rest(100);
  bridge.state.up = true;
  panel.again();
  await until(() => state().papers[other.id]?.groups[run] >= 0, "what it holds");
  panel.stop();
});

test("a moved layer is known as moved, left where it is, and goes on with its pixels there", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  set(open.panel, { steps: 3, source: "nothing" });
  await open.panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  for (let i = 0; i < 3; i += 1) bridge.step(run, i);
  await until(() => layerCount(open) === 3, "three layers");
  const step = `${run}.1`;
  const { layer, image } = noteOf(open, step);
  edits.shiftLayer(open.document, layer, 5, 2);
  await until(() => noteOf(open, step).mark === "moved", "the mark");
  bridge.tell({ type: "finished", run, step: `${run}.2` });
  await until(() => noteOf(open, `${run}.2`).quality === "full", "finer pictures");
  const { raster } = layerOf(open, step);
  assert.deepEqual(
    [raster.left, raster.top, raster.data[2]],
    [5, 2, 100],
    "not refined, not put back",
  );
  open.panel.select(step);
  const { rewind } = await continued(open);
  assert.equal(rewind.handed, image);
  const edit = bridge.images.get(rewind.edit);
  const at = (x, y) => [...edit.pixels.slice((y * 16 + x) * 4, (y * 16 + x) * 4 + 4)];
  assert.deepEqual(
    [at(4, 8), at(5, 1)],
    [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
    "empty where it came from",
  );
  assert.deepEqual(at(5, 2), [60, 60, 100, 255]);
  bridge.paint([...bridge.state.runs.keys()][1]);
  edits.shiftLayer(open.document, layer, -5, -2);
  await until(() => noteOf(open, step).quality === "full", "to be refined once it is back");
  open.panel.stop();
});

test("a stroke is seen through the masks and opacities of the groups it lies in", async () => {
  const open = await withPainting();
  const step = `${open.run}.2`;
  const { layer } = noteOf(open, step);
  const painted = () => noteOf(open, step).mark === "painted";
  edits.selectLayers(open.document, [layer]);
  await done(open, painted, layer, "raster", filled(WHOLE, [255, 0, 0, 255]));
  const group = papersOf(open).groups[open.run];
  edits.setLayer(open.document, group, "mask", filled(rectangle(0, 0, 8, 16), [255]));
  edits.setLayer(open.document, group, "opacity", 0.6);
  open.panel.select(step);
  const { rewind } = await continued(open);
  const { pixels } = open.bridge.images.get(rewind.edit);
  assert.deepEqual([...pixels.slice(0, 4)], [255, 0, 0, 153], "through the group's opacity");
  assert.deepEqual([...pixels.slice(8 * 4, 8 * 4 + 4)], [0, 0, 0, 0], "behind the group's mask");
  open.panel.stop();
});

test("a mask and an opacity dim what was painted; alone they are no edit", async () => {
  const open = await withPainting();
  const step = `${open.run}.2`;
  const { layer } = noteOf(open, step);
  const half = filled(rectangle(0, 0, 8, 16), [128]);
  const masked = () => noteOf(open, step).mark === "masked";
  await done(open, masked, layer, "mask", half);
  assert.equal(noteOf(open, step).painted, false);
  open.panel.select(step);
  assert.equal((await continued(open)).rewind.edit, undefined);
  const painted = () => noteOf(open, step).mark === "painted";
  edits.selectLayers(open.document, [layer]);
  await done(open, painted, layer, "raster", filled(WHOLE, [255, 0, 0, 255]));
  edits.setLayer(open.document, layer, "opacity", 0.5);
  const { rewind } = await continued(open);
  const { pixels } = open.bridge.images.get(rewind.edit);
  assert.deepEqual([...pixels.slice(0, 4)], [255, 0, 0, 64], "128 / 255 × 0.5");
  assert.deepEqual([...pixels.slice(8 * 4, 8 * 4 + 4)], [0, 0, 0, 0], "behind the mask");
  open.panel.stop();
});

test("undoing step layers is noticed, redoing brings them back, and nothing is written twice", async () => {
  const open = await withPainting();
  const states = open.document.history.length;
  const start = open.document.history.findIndex(({ name }) => name.startsWith("Painting"));
  open.document.goTo(start - 1);
  await until(() => layerCount(open) === 0, "the layers to be gone");
  assert.equal(papersOf(open).groups[open.run], -1);
  await rest(120);
  assert.deepEqual([open.document.history.length, stepNames(open).length], [states, 0]);
  open.document.goTo(states - 1);
  await until(() => layerCount(open) === 4, "the layers to be back");
  assert.ok(papersOf(open).groups[open.run] >= 0);
  assert.deepEqual([open.document.history.length, stepNames(open)], [states, [1, 2, 3, 4]]);
  open.panel.stop();
});

test("a step that comes while its group is undone is not given up: redone, both are there", async () => {
  const bridge = fakeBridge();
  const open = await openPanel({ bridge });
  set(open.panel, { steps: 3, source: "nothing" });
  await open.panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  bridge.step(run, 0);
  await until(() => layerCount(open) === 1, "the first step");
  const [states, { pictureOf }] = [open.document.history.length, bridge];
  const start = open.document.history.findIndex(({ name }) => name.startsWith("Painting"));
  bridge.pictureOf = (...asked) => {
    open.document.goTo(start - 1); // the very moment before the second step is written
    bridge.pictureOf = pictureOf;
    return pictureOf.apply(bridge, asked);
  };
  bridge.step(run, 1);
  await until(() => bridge.pictureOf === pictureOf, "the second step to be asked for");
  open.document.goTo(states - 1);
  await until(() => layerCount(open) === 2, "both steps");
  assert.deepEqual(stepNames(open), [1, 2]);
  open.panel.stop();
});

test("a refinement that was undone is not done again, and its pixels are no edit", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  set(open.panel, { steps: 2, source: "nothing" });
  await open.panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.paint(run);
  const isFine = () => open.document.history.at(-1).name.endsWith("finer pictures");
  await until(isFine, "finer pictures");
  await rest(60);
  const states = open.document.history.length;
  edits.selectLayers(open.document, [noteOf(open, `${run}.1`).layer]);
  open.document.undo();
  await rest(200);
  assert.deepEqual([open.document.current, open.document.history.length], [states - 2, states]);
  const note = noteOf(open, `${run}.1`);
  assert.deepEqual([note.mark || "", note.painted], ["", false]);
  open.panel.select(`${run}.1`);
  assert.equal((await continued(open)).rewind.edit, undefined);
  open.panel.stop();
});

test("a locked layer is not refined and nobody hears of it; unlocked it is", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  set(open.panel, { steps: 3, source: "nothing" });
  await open.panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  for (let i = 0; i < 3; i += 1) bridge.step(run, i);
  await until(() => layerCount(open) === 3, "three layers");
  const { layer } = noteOf(open, `${run}.1`);
  edits.setLayer(open.document, layer, "locked", true);
  bridge.tell({ type: "finished", run, step: `${run}.2` });
  await until(() => noteOf(open, `${run}.2`).quality === "full", "finer pictures");
  assert.deepEqual([layerOf(open, `${run}.1`).raster.data[2], open.state().notice], [100, null]);
  edits.setLayer(open.document, layer, "locked", false);
  await until(() => noteOf(open, `${run}.1`).quality === "full", "the unlocked one");
  assert.equal(layerOf(open, `${run}.1`).raster.data[2], 200);
  open.panel.stop();
});

test("deleted layers and groups stay deleted, through a reload too, until they are asked for", async () => {
  const open = await withPainting();
  edits.deleteLayers(open.document, [noteOf(open, `${open.run}.1`).layer]);
  await until(() => layerCount(open) === 3, "the loss to be noticed");
  open.panel.stop();
  const host = createHost({ model: open.host.model });
  const again = await openPanel({ bridge: open.bridge, host });
  await rest(100);
  assert.deepEqual([stepNames(again), layerCount(again)], [[1, 3, 4], 3]);
  edits.deleteLayers(again.document, [papersOf(again).groups[open.run]]);
  await until(() => layerCount(again) === 0, "the group to be missed");
  await rest(100);
  assert.deepEqual(stepNames(again), []);
  again.panel.bring(`${open.run}.2`);
  await until(() => layerCount(again) === 1, "the layer that was asked for");
  assert.deepEqual(stepNames(again), [3]);
  again.panel.stop();
});

test("a layer that was duplicated, renamed and moved out of its group is still the step's", async () => {
  const open = await withPainting();
  const step = `${open.run}.1`;
  const { layer } = noteOf(open, step);
  for (const { id } of flatten(open.document.state.layers)) {
    if (id !== 1) edits.setLayer(open.document, id, "name", "renamed by an Action");
  }
  edits.placeLayer(open.document, layer, open.document.state.layers.at(-1).id, "placeBefore");
  edits.duplicateLayer(open.document, layer);
  await rest(120);
  assert.equal(noteOf(open, step).layer, layer);
  assert.equal(layerCount(open), 4);
  edits.selectLayers(open.document, [layer]);
  const painted = () => noteOf(open, step).painted;
  await done(open, painted, layer, "raster", filled(WHOLE, [1, 2, 3, 255]));
  open.panel.stop();
});

test("new steps stay hidden once the painter chose what is seen", async () => {
  const open = await openPanel();
  set(open.panel, { steps: 4, source: "nothing" });
  await open.panel.generate();
  const [run] = open.bridge.state.runs.keys();
  open.bridge.tell({ type: "started", run });
  for (let i = 0; i < 2; i += 1) open.bridge.step(run, i);
  await until(() => layerCount(open) === 2, "two layers");
  edits.showLayer(open.document, noteOf(open, `${run}.0`).layer, true);
  edits.showLayer(open.document, noteOf(open, `${run}.1`).layer, false);
  open.bridge.step(run, 2);
  await until(() => layerCount(open) === 3, "the third");
  const seen = [0, 1, 2].map((index) => layerOf(open, `${run}.${index}`).visible);
  assert.deepEqual(seen, [true, false, false]);
  open.panel.stop();
});

test("writing that keeps failing stops with one sentence, and goes on when asked", async () => {
  const open = await withPainting();
  const [run] = open.bridge.state.runs.keys();
  edits.setLayer(open.document, papersOf(open).groups[run], "locked", true);
  open.panel.select(`${run}.3`);
  const told = [];
  open.panel.store.subscribe(({ notice }) => {
    if (notice && told.at(-1) !== notice.text) told.push(notice.text);
  });
  edits.deleteLayers(open.document, []);
  open.bridge.step(run, 4);
  await until(() => papersOf(open).stuck[run], "it to stop");
  assert.equal(told.length, 1);
  assert.match(told[0], /the group of painting 1 is locked; unlock it\).*try again/);
  await open.panel.generate();
  const other = [...open.bridge.state.runs.keys()][1];
  open.bridge.paint(other);
  await until(() => noteOf(open, `${other}.3`), "another painting's layers");
  open.panel.tryAgain(run);
  assert.equal(papersOf(open).stuck[run], undefined);
  await until(() => papersOf(open).stuck[run], "it to stop again");
  await rest(60);
  edits.setLayer(open.document, papersOf(open).groups[run], "locked", false);
  await until(() => noteOf(open, `${run}.4`), "the step that waited, without a press");
  open.panel.stop();
});

test("key steps: so many layers, the rest a click away; bake leaves the last and what was worked on", async () => {
  const settings = { keep: "keyframes", keyframes: 3 };
  const open = await withPainting({ steps: 9, wanted: 3, settings });
  await rest(100);
  assert.deepEqual(stepNames(open), [3, 6, 9]);
  open.panel.bring(`${open.run}.0`);
  await until(() => layerCount(open) === 4, "the layer asked for");
  const { layer } = noteOf(open, `${open.run}.5`);
  edits.selectLayers(open.document, [layer]);
  const painted = () => noteOf(open, `${open.run}.5`).painted;
  await done(open, painted, layer, "raster", filled(WHOLE, [1, 2, 3, 255]));
  const states = open.document.history.length;
  await open.panel.bake(open.run);
  assert.deepEqual([...new Set(stepNames(open))].sort(), [6, 9]);
  assert.equal(open.document.history.length, states + 1);
  assert.match(open.state().notice.text, /the steps you worked on \(6\)/);
  assert.ok(layerOf(open, `${open.run}.8`).visible || layerOf(open, `${open.run}.5`).visible);
  await rest(120);
  assert.deepEqual([...new Set(stepNames(open))].sort(), [6, 9], "nothing comes back by itself");
  open.panel.select(`${open.run}.1`);
  assert.equal((await continued(open)).step, `${open.run}.1`);
  open.panel.stop();
});

test("an undone bake brings every step back with its paper: rough ones are refined then", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  const { document } = open;
  set(open.panel, { steps: 6, source: "nothing" });
  await open.panel.generate();
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  for (const index of [0, 1, 2, 3]) bridge.step(run, index);
  bridge.tell({ type: "cancelled", run });
  await until(() => layerCount(open) === 4, "the layers");
  const before = structuredClone(papersOf(open));
  await open.panel.bake(run);
  assert.deepEqual(stepNames(open), [4]);
  for (const again of [false, true]) {
    if (again) document.redo();
    if (again) await until(() => layerCount(open) === 1, "the bake again");
    document.undo();
    await until(() => layerCount(open) === 4, "the layers to be noticed");
    const { layers, groups } = papersOf(open);
    const kept = ({ layer, image, quality }) => [layer, image, quality];
    const [now, then] = [layers, before.layers].map((all) => Object.values(all).map(kept));
    assert.deepEqual([now, groups], [then, before.groups]);
  }
  bridge.tell({ type: "refined", step: `${run}.1`, quality: "full" });
  document.redo();
  document.undo();
  edits.newLayer(document, { name: "Mine" }); // going on: nothing is undone any more
  await until(() => noteOf(open, `${run}.1`).quality === "full", "the finer picture");
  open.panel.stop();
});

test("a stroke of the moment before a bake is seen: its layer stays", async () => {
  const open = await withPainting();
  const { layer } = noteOf(open, `${open.run}.1`);
  edits.setLayer(open.document, layer, "raster", filled(WHOLE, [9, 9, 9, 255]));
  await open.panel.bake(open.run);
  assert.deepEqual(stepNames(open).sort(), [2, 4]);
  assert.match(open.state().notice.text, /the steps you worked on \(2\)/);
  assert.ok(noteOf(open, `${open.run}.1`).painted);
  open.panel.stop();
});

test("the last step alone becomes a layer, and a reload does not bring the others", async () => {
  const open = await withPainting({ steps: 5, wanted: 1, settings: { keep: "last" } });
  assert.deepEqual(stepNames(open), [5]);
  open.panel.stop();
  const host = createHost({ model: open.host.model });
  const again = await openPanel({ bridge: open.bridge, host });
  await rest(100);
  assert.deepEqual(stepNames(again), [5]);
  again.panel.stop();
});

test("with a selection and no strokes the selected part goes back and the rest is kept", async () => {
  const open = await withPainting();
  open.panel.store.dispatch({ type: "settings", settings: { feather: 0 } });
  edits.select(open.document, "Select", filled(rectangle(2, 3, 6, 5), [200]));
  await until(() => open.state().document.selection !== null, "the selection to be seen");
  open.panel.select(`${open.run}.1`);
  const { rewind } = await continued(open);
  assert.deepEqual([rewind.mode, rewind.keep_outside, rewind.edit], ["repaint", true, undefined]);
  const { pixels } = open.bridge.images.get(rewind.mask);
  assert.deepEqual([pixels[0], pixels[3 * 16 + 2], pixels[8 * 16 + 2]], [0, 200, 0]);
  open.panel.store.dispatch({ type: "onward", onward: { keepOutside: false } });
  assert.equal((await continued(open)).rewind.keep_outside, false);
  edits.select(open.document, "Deselect", null);
  await until(() => open.state().document.selection === null, "nothing selected");
  const { rewind: whole, anew } = await continued(open);
  assert.deepEqual([whole.mask, anew], [undefined, true], "all of it is painted anew");
  assert.equal(whole.keep_outside, false);
  open.panel.stop();
});

test("the mix is what the host composes of the painting alone; other modes are refused by name", async () => {
  const open = await withPainting();
  const { document } = open;
  const id = (index) => noteOf(open, `${open.run}.${index}`).layer;
  edits.newLayer(document, { name: "Mine" });
  edits.setLayer(document, document.state.active[0], "raster", filled(WHOLE, [0, 255, 0, 255]));
  for (const index of [1, 3]) edits.showLayer(document, id(index), true);
  edits.setLayer(document, id(3), "mask", filled(rectangle(3, 0, 9, 16), [90]));
  edits.setLayer(document, id(3), "opacity", 0.6);
  edits.setLayer(document, papersOf(open).groups[open.run], "opacity", 0.8);
  open.panel.select(`${open.run}.2`);
  for (const index of [1, 3]) edits.showLayer(document, id(index), true);
  await rest(60);
  for (const index of [1, 3]) edits.showLayer(document, id(index), true);
  edits.showLayer(document, id(2), false);
  open.panel.store.dispatch({ type: "onward", onward: { mixed: true } });
  const { rewind } = await continued(open);
  const group = document.state.layers.filter((one) => one.id === papersOf(open).groups[open.run]);
  const wanted = cut(composite({ ...document.state, layers: group }, WHOLE), WHOLE);
  assert.deepEqual([...open.bridge.images.get(rewind.edit).pixels], [...wanted.data]);
  assert.equal(rewind.handed, noteOf(open, `${open.run}.2`).image);
  edits.setLayer(document, id(1), "blend", "multiply");
  await open.panel.rewind();
  assert.match(open.state().notice.text, /“2 · σ 5.00” is not in Normal mode/);
  open.panel.stop();
});
