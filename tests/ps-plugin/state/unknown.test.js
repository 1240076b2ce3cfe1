"use strict";
// What newer versions wrote into a document stays there, at its place.

const test = require("node:test");
const assert = require("node:assert/strict");
const { findLayer } = require("../../../ps-plugin/studio/document/document.js");
const { readProperty, writeProperty } = require("../../../ps-plugin/photoshop/xmp.js");
const { noteOf, parsedRegion, freshBrush } = require("../../../ps-plugin/state/regions.js");
const unknown = require("../../../ps-plugin/state/unknown.js");
const { openPanel, fakeBridge, until } = require("../support.js");

const NEW = { of: ["tomorrow", { deep: null }] };

/** The same with a field more in every object. */
function grown(value) {
  if (Array.isArray(value)) return value.map(grown);
  if (typeof value !== "object" || value === null) return value;
  const known = Object.entries(value).map(([key, part]) => [key, grown(part)]);
  return { ...Object.fromEntries(known), zz: NEW };
}

test("fields that only the old one has stay at every level, lists by id, else by position", () => {
  const plain = { v: 1, runs: [{ id: "a", recipe: { regions: [{ prompt: "x" }] } }, { id: "b" }] };
  assert.deepEqual(unknown.withUnknown(plain, grown(plain)), grown(plain));
  const [first, second] = grown(plain).runs;
  const turned = { ...plain, runs: [{ id: "c" }, { id: "b" }, { ...plain.runs[0], kept: true }] };
  const runs = [{ id: "c" }, second, { ...first, kept: true }];
  assert.deepEqual(unknown.withUnknown(turned, grown(plain)), { ...turned, runs, zz: NEW });
  assert.deepEqual(unknown.withUnknown({ hold: null }, { hold: { zz: 1 } }), { hold: null });
});

test("a note keeps what is not known of the same step, and nothing of another", () => {
  const old = { v: 1, run: "r", step: "r.1", quality: "linear", zz: NEW };
  const note = { v: 1, run: "r", step: "r.1", image: "i" };
  assert.deepEqual(unknown.withNote(note, JSON.stringify(old)), { ...note, zz: NEW });
  const other = { ...note, step: "r.2" };
  assert.deepEqual(unknown.withNote(other, JSON.stringify(old)), other);
  assert.deepEqual(unknown.withNote({ v: 1 }, JSON.stringify({ v: 1, zz: 1 })), { v: 1 });
  assert.deepEqual(unknown.withNote(note, "{"), note);
});

test("a region's note of a newer version is read, and written back whole", () => {
  const note = noteOf({ id: "one", brush: freshBrush("a boat", []), picture: false });
  const newer = JSON.stringify({ ...note, zz: NEW, brush: { ...note.brush, zz: NEW } });
  assert.deepEqual(noteOf(parsedRegion(newer)), note);
  assert.deepEqual(unknown.withNote(note, newer), JSON.parse(newer));
});

/** A panel whose document has a run of two steps, not refined yet. */
async function painted() {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  const { panel, state, document } = open;
  panel.store.dispatch({
    type: "settings",
    settings: { prompt: "a", steps: 2, source: "nothing" },
  });
  await panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  for (let i = 0; i < 2; i += 1) bridge.step(run, i);
  const layers = () => state().papers[document.id].layers;
  await until(() => layers()[`${run}.1`], "two layers");
  const index = () => readProperty(document.state.xmp, "document");
  const setIndex = (data) => {
    const xmp = writeProperty(document.state.xmp, "document", JSON.stringify(data));
    document.record("Elsewhere", { ...document.state, xmp });
  };
  const metadata = (step) => findLayer(document.state, layers()[step].layer).metadata;
  const settingsOf = (step) => JSON.parse(metadata(step).settings["org.pentimento"]);
  return { ...open, run, layers, index, setIndex, metadata, settingsOf };
}

/** A document as a newer version leaves it: every note says more. */
function growNotes(document) {
  const more = (layer) => {
    const text = layer.metadata.settings["org.pentimento"];
    const layers = layer.layers.map(more);
    if (!text) return { ...layer, layers };
    const json = JSON.stringify({ ...JSON.parse(text), zz: NEW });
    const xmp = writeProperty(layer.metadata.xmp, "layer", json);
    return { ...layer, layers, metadata: { xmp, settings: { "org.pentimento": json } } };
  };
  document.record("Elsewhere", { ...document.state, layers: document.state.layers.map(more) });
}

test("the panel that goes on in a document of a newer version keeps what that wrote", async () => {
  const open = await painted();
  const { panel, bridge, document, run } = open;
  const written = grown(JSON.parse(open.index()));
  open.setIndex(written);
  growNotes(document);
  bridge.tell({ type: "finished", run, step: `${run}.1` });
  await until(() => open.layers()[`${run}.1`].quality === "full", "finer pictures");
  const finer = open.settingsOf(`${run}.1`);
  assert.deepEqual([finer.zz, finer.quality], [NEW, undefined]);
  assert.deepEqual(JSON.parse(readProperty(open.metadata(`${run}.1`).xmp, "layer")), finer);
  panel.select(`${run}.0`);
  await panel.rewind();
  await until(() => bridge.state.runs.size === 2, "a branch");
  const branch = [...bridge.state.runs.keys()][1];
  bridge.paint(branch);
  await until(() => open.layers()[`${branch}.1`], "the branch's layers");
  const after = JSON.parse(open.index());
  assert.deepEqual(after.zz, NEW);
  assert.deepEqual(after.runs[0].recipe.zz, NEW);
  assert.deepEqual([after.runs[0].zz, after.steps[0].zz], [NEW, NEW]);
  assert.equal(after.runs[1].id, branch);
  assert.equal("zz" in after.runs[1], false);
  panel.stop();
});

test("a list of a newer version that older ones must not touch is said, and not written over", async () => {
  const open = await painted();
  const newer = { v: 2, runs: { by: "name" } };
  open.panel.stop();
  open.setIndex(newer);
  const later = await openPanel({ host: open.host, bridge: open.bridge });
  const told = () => JSON.stringify(later.state().notice);
  await until(() => /version 2.*update Pentimento/.test(told()), "a sentence");
  open.bridge.tell({ type: "finished", run: open.run, step: `${open.run}.1` });
  later.panel.store.dispatch({ type: "settings", settings: { prompt: "b" } });
  await later.panel.generate();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(JSON.parse(open.index()), newer);
  later.panel.stop();
});
