"use strict";
// The painter's own layers about a step's: those that count as painted on it, and those that are named.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled, cut } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { findLayer, changeLayer } = require("../../../ps-plugin/studio/document/document.js");
const { openPanel, fakeBridge, until } = require("../support.js");
const { papersOf, withPainting, continued } = require("../actions/painted_panel.js");

const WHOLE = rectangle(0, 0, 16, 16);
const STROKE = filled(rectangle(4, 4, 8, 8), [255, 0, 0, 255]);
const noteOf = (open, index) => papersOf(open).layers[`${open.run}.${index}`];

/** A stroke on a new layer of the painter's above another one. */
function newStroke({ document }, above, fields = {}, raster = STROKE) {
  edits.selectLayers(document, [above]);
  const id = edits.newLayer(document, { name: "Mine", ...fields });
  edits.setLayer(document, id, "raster", raster);
  return id;
}

test("a stroke on a new layer right above a step counts as painted on the step, and is named", async () => {
  const open = await withPainting();
  const { document } = open;
  const { layer } = noteOf(open, 3);
  newStroke(open, layer);
  await until(() => noteOf(open, 3).mark === "painted", "the mark");
  assert.deepEqual(noteOf(open, 3).added, ["Mine"]);
  assert.deepEqual(
    [0, 1, 2].map((index) => noteOf(open, index).mark || ""),
    ["", "", ""],
  );
  open.panel.select(`${open.run}.3`);
  const { rewind } = await continued(open);
  const group = document.state.layers.filter(({ id }) => id === papersOf(open).groups[open.run]);
  const wanted = cut(composite({ ...document.state, layers: group }, WHOLE), WHOLE);
  assert.deepEqual([...open.bridge.images.get(rewind.edit).pixels], [...wanted.data]);
  assert.equal(rewind.handed, noteOf(open, 3).image);
  open.panel.stop();
});

test("what is clipped onto a step stays inside of it; a second stroke there is noticed as well", async () => {
  const open = await withPainting();
  const { document } = open;
  const { layer } = noteOf(open, 3);
  const id = newStroke(
    open,
    layer,
    { clipped: true, opacity: 0.5 },
    filled(WHOLE, [255, 0, 0, 255]),
  );
  edits.setLayer(document, layer, "mask", filled(rectangle(0, 0, 8, 16), [255]));
  await until(() => noteOf(open, 3).mark === "painted", "the mark");
  open.panel.select(`${open.run}.3`);
  const edit = async () => open.bridge.images.get((await continued(open)).rewind.edit).pixels;
  const before = await edit();
  assert.deepEqual([...before.subarray(0, 4)], [178, 50, 100, 255], "half of the red");
  assert.equal(before[8 * 4 + 3], 0, "the step's mask hides it");
  edits.setLayer(document, id, "raster", filled(WHOLE, [0, 255, 0, 255]));
  assert.deepEqual([...(await edit()).subarray(0, 4)], [50, 178, 100, 255]);
  open.panel.stop();
});

test("a step under a painter's layer is not refined, and is again once that is gone", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  open.panel.store.dispatch({ type: "settings", settings: { steps: 3, source: "nothing" } });
  await open.panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  for (let i = 0; i < 3; i += 1) bridge.step(run, i);
  const here = { ...open, run };
  await until(() => noteOf(here, 2)?.layer >= 0, "three layers");
  const id = newStroke(here, noteOf(here, 2).layer);
  await until(() => noteOf(here, 2).mark === "painted", "the mark");
  bridge.tell({ type: "finished", run, step: `${run}.2` });
  await until(() => noteOf(here, 1).quality === "full", "finer pictures");
  assert.equal(noteOf(here, 2).quality, "linear");
  edits.deleteLayers(open.document, [id]);
  await until(() => noteOf(here, 2).quality === "full", "to be refined");
  open.panel.stop();
});

test("it belongs to the nearest step that is seen below it; hidden, empty and alien ones to none", async () => {
  const open = await withPainting();
  const { document } = open;
  newStroke(open, noteOf(open, 3).layer);
  await until(() => noteOf(open, 3).mark === "painted", "the mark");
  open.panel.select(`${open.run}.1`);
  await until(() => noteOf(open, 1).mark === "painted", "the step that is shown");
  await until(() => !noteOf(open, 3).mark, "the other one to be free of it");
  edits.showLayer(document, document.state.active[0], false);
  edits.newLayer(document, { name: "Empty" });
  await until(() => !noteOf(open, 1).mark, "nothing that is seen");
  open.panel.stop();
});

test("layers over the painting and adjustments over a step are named, with what to do", async () => {
  const open = await withPainting();
  const { document } = open;
  const { layer } = noteOf(open, 3);
  edits.setLayer(document, layer, "raster", filled(WHOLE, [9, 9, 9, 255]));
  const curves = { kept: [{ key: "curv", data: "" }], ranges: "", maskParameters: "" };
  edits.selectLayers(document, [layer]);
  edits.newLayer(document, { name: "Curves 1", foreign: curves });
  newStroke(open, papersOf(open).groups[open.run], { name: "On top" });
  open.panel.select(`${open.run}.3`);
  const { rewind } = await continued(open);
  assert.deepEqual([...open.bridge.images.get(rewind.edit).pixels.subarray(0, 4)], [9, 9, 9, 255]);
  const { text } = open.state().notice;
  assert.match(text, /over the painting's group: On top\. Move .* right above step 4/);
  assert.match(text, /not taken in: Curves 1\. Merge them into step 4/);
  open.panel.stop();
});

test("a stroke that cannot be composed is refused by its name, and never left out", async () => {
  const open = await withPainting();
  const id = newStroke(open, noteOf(open, 3).layer, { blend: "multiply" });
  await until(() => noteOf(open, 3).mark === "painted", "the mark");
  open.panel.select(`${open.run}.3`);
  await open.panel.rewind();
  assert.match(open.state().notice.text, /“Mine” is not in Normal mode.*merge it down/);
  assert.ok(!open.bridge.commands.some(({ type }) => type === "continue"));
  edits.setLayer(open.document, id, "blend", "normal");
  await continued(open);
  open.panel.stop();
});

test("a step that is clipped onto a layer shows what lies over that, and counts as masked", async () => {
  const open = await withPainting();
  const { document } = open;
  const { layer } = noteOf(open, 3);
  const base = newStroke(
    open,
    noteOf(open, 2).layer,
    {},
    filled(rectangle(0, 0, 8, 16), [1, 1, 1, 255]),
  );
  edits.setLayer(document, layer, "clipped", true);
  await until(() => noteOf(open, 3).mark === "masked", "the mark");
  edits.selectLayers(document, [layer]);
  edits.setLayer(document, layer, "raster", filled(WHOLE, [9, 9, 9, 255]));
  await until(() => noteOf(open, 3).mark === "painted", "the stroke");
  assert.ok(findLayer(document.state, base));
  open.panel.select(`${open.run}.3`);
  const { rewind } = await continued(open);
  const { pixels } = open.bridge.images.get(rewind.edit);
  assert.deepEqual([...pixels.subarray(0, 4)], [9, 9, 9, 255]);
  assert.deepEqual([...pixels.subarray(8 * 4, 8 * 4 + 4)], [0, 0, 0, 0]);
  open.panel.stop();
});

test("a region inside the painting's group is no paint", async () => {
  const open = await withPainting();
  const { document } = open;
  const id = newStroke(open, noteOf(open, 3).layer, { name: "sky" });
  await until(() => noteOf(open, 3).mark === "painted", "the mark");
  const note = { v: 1, kind: "region", region: "r", brush: {}, picture: false };
  const metadata = { xmp: null, settings: { "org.pentimento": JSON.stringify(note) } };
  document.record("Note", changeLayer(document.state, id, { metadata }));
  edits.selectLayers(document, [noteOf(open, 3).layer]);
  edits.setLayer(document, id, "name", "sky 2");
  await until(() => !noteOf(open, 3).mark, "no mark");
  open.panel.stop();
});

/** The whole document in Display P3, near enough: each number one more. */
function convert({ document }) {
  const shift = (layer) => ({
    ...layer,
    raster: layer.raster && {
      ...layer.raster,
      data: layer.raster.data.map((v, i) => (i % 4 === 3 ? v : v + 1)),
    },
    layers: layer.layers.map(shift),
  });
  const { state } = document;
  const profile = "Display P3";
  document.record("Convert", { ...state, profile, layers: state.layers.map(shift) });
}

test("after Convert to Profile no step counts as painted, but one that the bridge finds strokes on", async () => {
  const open = await withPainting();
  convert(open);
  const ids = [0, 1, 2, 3].map((index) => noteOf(open, index).layer);
  for (const id of ids) edits.selectLayers(open.document, [id]);
  edits.selectLayers(open.document, ids);
  edits.setLayer(open.document, ids[0], "name", "renamed");
  const marks = () => [0, 1, 2, 3].map((index) => noteOf(open, index).mark);
  await until(() => marks().every((mark) => mark === "converted"), "the marks");
  open.panel.select(`${open.run}.3`);
  assert.equal((await continued(open)).rewind.edit, undefined, "nothing was painted");
  const asked = [];
  open.bridge.strokes = (shown, handed) =>
    asked.push([shown.profile, handed.pixels[0]]) && "e".repeat(64);
  const { rewind } = await continued(open);
  assert.deepEqual([rewind.edit, rewind.handed], ["e".repeat(64), noteOf(open, 3).image]);
  assert.deepEqual(asked.at(-1), ["Display P3", 100]);
  assert.equal(noteOf(open, 3).mark, "painted");
  open.panel.stop();
});

test("what counted as painted and turns out not to be leaves the step as it is, not all anew", async () => {
  const open = await withPainting();
  const { layer } = noteOf(open, 3);
  edits.shiftLayer(open.document, layer, 1, 0);
  await until(() => noteOf(open, 3).painted, "the mark");
  open.panel.select(`${open.run}.3`);
  edits.shiftLayer(open.document, layer, -1, 0); // the very moment before
  const { rewind, anew } = await continued(open);
  assert.deepEqual([rewind.mode, rewind.edit, rewind.mask], ["repaint", undefined, undefined]);
  assert.equal(anew, undefined);
  open.panel.stop();
});

test("all layers moved together are a place, where what is new lies as well", async () => {
  const open = await withPainting();
  const ids = [0, 1, 2, 3].map((index) => noteOf(open, index).layer);
  for (const id of ids) edits.shiftLayer(open.document, id, -3, 2);
  const placeOf = () => papersOf(open).places[open.run];
  await until(() => placeOf().left === -3 && placeOf().top === 2, "the place");
  await until(() => ids.every((_, index) => !noteOf(open, index).mark), "no marks");
  newStroke(open, ids[3], {}, filled(rectangle(0, 2, 1, 3), [255, 0, 0, 255]));
  await until(() => noteOf(open, 3).mark === "painted", "the stroke");
  open.panel.select(`${open.run}.3`);
  const { rewind } = await continued(open);
  const { pixels } = open.bridge.images.get(rewind.edit);
  assert.deepEqual([...pixels.subarray(3 * 4, 3 * 4 + 4)], [255, 0, 0, 255]);
  const [, branch] = open.bridge.state.runs.keys();
  await until(() => papersOf(open).places[branch], "the branch");
  assert.deepEqual(
    [papersOf(open).places[branch].left, papersOf(open).places[branch].top],
    [-3, 2],
  );
  open.panel.stop();
});
