"use strict";
// What painters do to regions' layers: merged, grouped, masked, undone, in two documents, in a crop.

const test = require("node:test");
const assert = require("node:assert/strict");
const regions = require("../../../ps-plugin/state/regions.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { findLayer } = require("../../../ps-plugin/studio/document/document.js");
const { filled, laid } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { openPanel, until } = require("../support.js");

const paint = (left, top, right, bottom) =>
  filled(rectangle(left, top, right - left, bottom - top), [200, 30, 30, 255]);
const asked = (bridge) => bridge.commands.findLast(({ type }) => type === "generate").recipe;

/** A panel whose document has these regions, each painted on: {prompt: rectangle}. */
async function withRegions(pieces, options) {
  const open = await openPanel(options);
  const { panel, host, state } = open;
  panel.store.dispatch({ type: "settings", settings: { prompt: "a field", source: "nothing" } });
  const here = () => state().regions[state().document.id] || [];
  const named = (prompt) => here().find(({ brush }) => brush.prompt === prompt);
  const set = (prompt, change) => panel.setRegion(regions.keyOf(named(prompt)), change);
  const saved = () => until(() => here().every(({ unsaved }) => !unsaved), "the notes");
  const add = async (prompt, piece) => {
    await panel.addRegion(false);
    const made = here().at(-1);
    await host.stroke(made.layer, piece);
    panel.setRegion(regions.keyOf(made), { prompt });
    await saved();
    await until(() => named(prompt).name === prompt, "the name");
  };
  for (const [prompt, piece] of Object.entries(pieces)) await add(prompt, piece);
  const recipe = async () => {
    await panel.generate();
    return asked(open.bridge);
  };
  const maskOf = ({ mask }) => open.bridge.images.get(mask);
  return { ...open, here, named, set, saved, add, recipe, maskOf };
}

/** As Merge Layers leaves two layers: one new one, with what is left of the metadata. */
function merged(document, upper, lower, metadata) {
  const [one, other] = [upper, lower].map((id) => findLayer(document.state, id));
  const raster = laid(other.raster, one.raster);
  edits.selectLayers(document, [upper]);
  const id = edits.newLayer(document, { name: one.name, raster, ...(metadata && { metadata }) });
  edits.deleteLayers(document, [upper, lower]);
  return id;
}

test("a region clipped onto a layer, or in a group clipped onto one, is where that layer is", async () => {
  const open = await withRegions({ disc: paint(2, 2, 6, 6), stripes: paint(0, 4, 16, 8) });
  const { host, named, recipe, maskOf } = open;
  const { layer } = named("stripes");
  const wanted = (x, y) => (x >= 2 && x < 6 && y >= 4 && y < 6 ? 255 : 0);
  const check = async () => {
    const { pixels } = maskOf((await recipe()).regions[1]);
    for (let i = 0; i < 256; i++) assert.equal(pixels[i], wanted(i % 16, i >> 4), `${i}`);
  };
  await host.painter((document) => edits.setLayer(document, layer, "clipped", true));
  await check();
  await host.painter((document) => edits.showLayer(document, named("disc").layer, false));
  await check(); // hidden or not
  await host.painter((document) => {
    const inside = [named("disc").layer, layer];
    edits.showLayer(document, named("disc").layer, true);
    const group = edits.newGroup(document, { name: "both" }, inside);
    edits.selectLayers(document, [group]);
  });
  await open.panel.addRegion(true);
  const [whole] = (await recipe()).regions;
  const { pixels } = maskOf(whole);
  assert.deepEqual([pixels[2 * 16 + 2], pixels[4 * 16 + 4], pixels[4 * 16 + 9]], [255, 255, 0]);
  open.panel.stop();
});

test("a region's layer that is merged stays the region where its note is kept", async () => {
  const open = await withRegions({ house: paint(1, 1, 5, 5) });
  const { host, document, named, state, recipe, maskOf } = open;
  const { layer } = named("house");
  let merge = 0;
  await host.painter(async (document) => {
    edits.selectLayers(document, [layer]);
    const plain = edits.newLayer(document, { name: "Mine", raster: paint(8, 8, 12, 12) });
    merge = merged(document, plain, layer, findLayer(document.state, layer).metadata);
  });
  await until(() => named("house").layer === merge, "the merged layer");
  assert.equal(state().notice, null);
  const [house] = (await recipe()).regions;
  const { pixels } = maskOf(house);
  assert.deepEqual([pixels[17], pixels[9 * 16 + 9], pixels[6 * 16 + 6]], [255, 255, 0]);
  await host.painter((document) => document.undo());
  await host.painter((document) => document.undo());
  await until(() => named("house").layer === layer, "the layer before the merge");
  assert.ok(findLayer(document.state, layer));
  open.panel.stop();
});

test("where a merge loses the note the region says so, keeps its settings and takes the merged layer", async () => {
  const open = await withRegions({ house: paint(1, 1, 5, 5), tree: paint(6, 6, 9, 9) });
  const { panel, host, state, document, named, set, saved, recipe } = open;
  set("tree", { alpha: 0.5 });
  await saved();
  const [house, tree] = [named("house").layer, named("tree").layer];
  let merge = 0;
  await host.painter((document) => {
    merge = merged(document, tree, house, findLayer(document.state, house).metadata);
  });
  await until(() => state().notice, "a sentence");
  assert.match(state().notice.text, /The layer of a region is gone: tree/);
  assert.deepEqual([named("house").layer, named("tree").layer], [merge, -1]);
  assert.deepEqual(
    (await recipe()).regions.map(({ prompt }) => prompt),
    ["house"],
  );
  await host.painter((document) => edits.newLayer(document, { raster: paint(0, 0, 2, 2) }));
  await panel.relinkRegion(regions.keyOf(named("tree")));
  const { regions: now } = await recipe();
  assert.deepEqual(
    now.map(({ prompt, alpha }) => [prompt, alpha]),
    [
      ["house", 1],
      ["tree", 0.5],
    ],
  );
  assert.equal(document.state.active.length, 1);
  panel.stop();
});

test("a layer that is left without its note is no region any more, and the panel says so", async () => {
  const open = await withRegions({ house: paint(1, 1, 5, 5) });
  const { host, state, named } = open;
  await host.painter((document) =>
    edits.setLayer(document, named("house").layer, "metadata", { xmp: null, settings: {} }),
  );
  await until(() => named("house").layer < 0, "the loss to be noticed");
  assert.match(state().notice.text, /gone: house/);
  open.panel.stop();
});

test("a group is a region under its own mask, its layers under theirs", async () => {
  const open = await withRegions({});
  const { panel, host, here, recipe, maskOf } = open;
  const inner = [];
  for (const piece of [paint(0, 0, 8, 8), paint(8, 8, 16, 16)]) {
    await host.painter((document) => inner.push(edits.newLayer(document, { raster: piece })));
  }
  let group = 0;
  await host.painter((document) => {
    group = edits.newGroup(document, { name: "trees" }, inner);
    edits.setLayer(document, group, "mask", filled(rectangle(0, 0, 16, 10), [128]));
    edits.setLayer(document, inner[0], "mask", filled(rectangle(4, 0, 4, 8), [255]));
  });
  await panel.addRegion(true);
  assert.deepEqual([here()[0].layer, here()[0].name], [group, "trees"]);
  const at = ({ pixels }, x, y) => pixels[y * 16 + x];
  const mask = maskOf((await recipe()).regions[0]);
  const seen = [
    [1, 1],
    [5, 1],
    [9, 9],
    [9, 12],
  ].map(([x, y]) => at(mask, x, y));
  assert.deepEqual(seen, [0, 128, 128, 0]);
  await host.painter((document) =>
    edits.setLayer(document, group, "mask", filled(rectangle(0, 0, 16, 16), [255])),
  );
  assert.equal(at(maskOf((await recipe()).regions[0]), 9, 12), 255);
  panel.stop();
});

test("an undone removal gives the region back, an undone making takes it, and so does each redo", async () => {
  const open = await withRegions({ house: paint(1, 1, 5, 5) });
  const { panel, host, state, document, here, named, set, saved } = open;
  set("house", { alpha: 0.25, blur: 7 });
  await saved();
  const before = named("house");
  await panel.removeRegion(regions.keyOf(before));
  assert.deepEqual(here(), []);
  await host.painter(() => document.undo());
  await until(() => here().length === 1, "the region");
  assert.deepEqual(named("house"), before);
  await host.painter(() => document.redo());
  await until(() => here().length === 0, "the removal again");
  assert.equal(state().notice, null);
  await host.painter((document) => edits.newLayer(document, { raster: paint(0, 0, 4, 4) }));
  await panel.addRegion(true);
  const [made] = here();
  await host.painter(() => document.undo());
  await until(() => here().length === 0, "the making undone");
  assert.equal(state().notice, null, "nothing is lost, so nothing is said");
  await host.painter(() => document.redo());
  await until(() => here().length === 1, "the region made again");
  assert.equal(here()[0].layer, made.layer);
  panel.stop();
});

test("two documents have regions of their own; what was changed last is written on return", async () => {
  const open = await withRegions({ house: paint(1, 1, 5, 5) });
  const { panel, host, state, document, here, named, set, add, recipe } = open;
  panel.chooseRegion(regions.keyOf(named("house")));
  const other = host.model.newDocument({ width: 16, height: 16 });
  await until(() => state().document.id === other.id && state().papers[other.id], "the other");
  assert.deepEqual([here(), state().region], [[], null]);
  await add("boat", paint(0, 0, 4, 4));
  assert.deepEqual(
    (await recipe()).regions.map(({ prompt }) => prompt),
    ["boat"],
  );
  set("boat", { alpha: 0.5 });
  host.model.activate(document);
  await until(() => state().document.id === document.id, "the first again");
  set("house", { alpha: 0.75 });
  await until(() => !named("house").unsaved, "its note");
  assert.equal(state().notice && state().notice.text, null);
  host.model.activate(other);
  await until(() => state().document.id === other.id, "the other again");
  await until(() => !named("boat").unsaved, "what was changed there");
  panel.stop();
  const again = await openPanel({ host });
  await until(() => again.state().regions[other.id]?.length === 1, "the notes");
  assert.equal(again.state().regions[other.id][0].brush.alpha, 0.5);
  again.panel.stop();
});

test("a small selection is painted as a crop, and regions are cut to it", async () => {
  const options = { width: 400, height: 300 };
  const open = await withRegions(
    { house: paint(190, 90, 260, 140), sea: paint(0, 0, 20, 20) },
    options,
  );
  const { panel, host, state, document, recipe, maskOf } = open;
  const settings = { source: "composite", where: "selection", context: true, feather: 4 };
  panel.store.dispatch({ type: "settings", settings });
  await host.painter((document) =>
    edits.select(document, "Select", filled(rectangle(200, 100, 40, 30), [255])),
  );
  await until(() => state().document.selection !== null, "the selection");
  const { width, height, regions: painted } = await recipe();
  assert.ok(width < 300 && height < 300, `${width}x${height} is a crop`);
  assert.deepEqual(
    painted.map(({ prompt }) => prompt),
    ["house"],
  );
  assert.match(state().notice.text, /Nothing is painted here for sea/);
  const mask = maskOf(painted[0]);
  assert.deepEqual([mask.width, mask.height], [width, height]);
  const { left, top } = Object.values(state().asked).at(-1).place;
  const at = (x, y) => mask.pixels[(y - top) * width + x - left];
  assert.deepEqual(
    [at(190, 90), at(189, 90), at(190, 89), at(259, 139), at(260, 139), at(259, 140)],
    [255, 0, 0, 255, 0, 0],
  );
  assert.ok(document.state.selection, "the selection is still there");
  panel.stop();
});
