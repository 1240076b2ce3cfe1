"use strict";
// layers.js over the stand-in host: the only code that touches a document, and what it leaves alone.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { makeModal } = require("../../../ps-plugin/photoshop/modal.js");
const { imageId } = require("../../../ps-plugin/pixels/sha256.js");
const { chance, makeRun, makeStep, plain } = require("../support.js");
const brain = require("../brain.js");

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)).unref());
const TOP = { left: 0, top: 0, above: null };
/** The whole active layer. */
const LAYER = { source: "layer", where: "everywhere", feather: 0, context: true };
const index = () => '{"v":1,"runs":[],"steps":[]}';

function opened(width = 16, height = 12) {
  const host = createHost({ manifest: {} });
  const document = host.model.newDocument({ width, height });
  return { host, document, layers: makeLayers(host.photoshop, wait) };
}

/** A run's group and its first steps. */
async function painted({ document, layers }, { place = TOP, count = 2, size = [16, 12] } = {}) {
  const [width, height] = size;
  const run = makeRun(1, { recipe: { width, height } });
  const group = await layers.openGroup(document.id, run, place, index(), []);
  const line = { run, group, place, index, showLast: true, siblings: [] };
  const arrivals = Array.from({ length: count }, (_, i) => ({
    step: makeStep(run.id, i),
    picture: plain(width, height, [10 * i, 50, 60]),
    quality: "linear",
    note: null,
  }));
  const { layers: notes } = await layers.putSteps(document.id, line, arrivals);
  return { run, group, line, arrivals, notes };
}

const names = (document) => document.history.map((state) => state.name);
const all = (list) => list.flatMap((layer) => [layer, ...all(layer.layers)]);
const named = (document, name) => all(document.state.layers).find((layer) => layer.name === name);

/** A base with two layers clipped onto it and one above; the base is active. */
function clipping(document) {
  const base = edits.newLayer(document, { name: "base" });
  for (const name of ["one", "two"]) edits.newLayer(document, { name, clipped: true });
  edits.newLayer(document, { name: "over" });
  edits.selectLayers(document, [base]);
  return base;
}

const stack = ({ state }, layers = state.layers) =>
  layers.map(({ name, clipped }) => `${name.split(" · ")[0]}${clipped ? " clipped" : ""}`);

test("a painting made from the base of a clipping lies above what is clipped onto it", async () => {
  const open = opened();
  const above = clipping(open.document);
  await painted(open, { place: { ...TOP, above } });
  assert.deepEqual(stack(open.document), [
    ...["Background", "base", "one clipped", "two clipped", "Painting 1", "over"],
  ]);
});

test("a painting made from a clipped layer lies above the others that are clipped", async () => {
  const open = opened();
  clipping(open.document);
  await painted(open, { place: { ...TOP, above: named(open.document, "one").id } });
  assert.deepEqual(stack(open.document).slice(-2), ["Painting 1", "over"]);
});

test("a painting goes above what the painter clipped onto the one below it", async () => {
  const open = opened();
  const { group } = await painted(open);
  edits.selectLayers(open.document, [group]);
  edits.newLayer(open.document, { name: "glaze", clipped: true });
  await painted(open, { place: { ...TOP, above: group } });
  assert.deepEqual(stack(open.document).slice(1), ["Painting 1", "glaze clipped", "Painting 1"]);
});

test("a step that arrives while a clipping is painted on is not clipped, nor what it is made from", async () => {
  const open = opened();
  const { document, layers } = open;
  const { group, line } = await painted(open);
  const first = document.state.layers.at(-1).layers[0].id;
  edits.selectLayers(document, [first]);
  edits.newLayer(document, { name: "glaze", clipped: true });
  edits.selectLayers(document, [first]);
  const arrival = {
    step: makeStep(line.run.id, 2),
    picture: plain(16, 12, [9, 9, 9]),
    quality: "linear",
    note: null,
  };
  await layers.putSteps(document.id, line, [arrival]);
  const inside = all(document.state.layers).find(({ id }) => id === group).layers;
  assert.deepEqual(stack(document, inside), ["1", "glaze clipped", "2", "3"]);
});

test("a new region's layer lies above all, and leaves what is clipped as it is", async () => {
  const { document, layers } = opened();
  clipping(document);
  const brush = { prompt: "a boat", colour: "#102030" };
  await layers.addRegion(document.id, { id: "r", brush, picture: null }, false);
  assert.deepEqual(stack(document).slice(-3), ["two clipped", "over", "a boat"]);
});

test("steps lie in one collapsed group, the noisiest at the bottom, the newest in sight", async () => {
  const open = opened();
  const { run } = await painted(open, { count: 3 });
  const [background, group] = open.document.state.layers;
  assert.equal(background.name, "Background");
  assert.equal(group.name, `Painting 1 · picture 1 · ${run.id.slice(0, 6)}`);
  assert.equal(group.open, false);
  assert.deepEqual(
    group.layers.map((layer) => layer.name),
    ["1 · σ 10.00", "2 · σ 5.00", "3 · σ 3.33"],
  );
  assert.deepEqual(
    group.layers.map((layer) => layer.visible),
    [false, false, true],
  );
  assert.equal(open.host.undisposed(), 0);
});

/** What the bridge reads in it. */
async function contents({ layers, document }) {
  return brain.asked("history", JSON.stringify(await layers.texts(document.id)));
}

test("each layer says in two places which step it is, and what was handed out", async () => {
  const open = opened();
  const { run, notes } = await painted(open, {
    place: { left: 3, top: 2, above: null },
    size: [6, 5],
  });
  const { metadata } = named(open.document, "1 · σ 10.00");
  const note = JSON.parse(metadata.settings["org.pentimento"]);
  const image = imageId(plain(6, 5, [0, 50, 60]));
  const wanted = {
    v: 1,
    run: run.id,
    step: `${run.id}.0`,
    image,
    left: 3,
    top: 2,
    quality: "linear",
  };
  assert.deepEqual(note, wanted);
  assert.match(metadata.xmp, /<pentimento:layer>/);
  assert.equal(notes[`${run.id}.0`].image, image);
  const { ours, papers } = await contents(open);
  assert.equal(ours.length, 3);
  assert.deepEqual(Object.keys(papers.layers), [`${run.id}.0`, `${run.id}.1`]);
});

test("with the generator settings lost, the XMP still finds every layer", async () => {
  const open = opened();
  const { run } = await painted(open);
  const strip = (layer) => ({
    ...layer,
    metadata: { ...layer.metadata, settings: {} },
    layers: layer.layers.map(strip),
  });
  const { state } = open.document;
  open.document.record("Strip", { ...state, layers: state.layers.map(strip) });
  const { ours, papers } = await contents(open);
  assert.equal(ours.length, 3);
  assert.deepEqual(papers.runs, [run.id]);
});

test("active layers, selection and the rest of the document stay as they were", async () => {
  const open = opened();
  const { document } = open;
  edits.newLayer(document, { name: "Mine" });
  edits.newLayer(document, { name: "Mine too" });
  const mine = document.state.layers.slice(1).map((layer) => layer.id);
  edits.selectLayers(document, mine);
  edits.select(document, "Select", filled(rectangle(2, 3, 5, 5), [200]));
  const { selection, layers: before } = document.state;
  const { line, arrivals, notes } = await painted(open);
  const refined = arrivals.map((arrival) => ({
    ...arrival,
    quality: "full",
    picture: plain(16, 12, [1, 2, 3]),
    note: notes[arrival.step.id],
  }));
  await open.layers.putSteps(document.id, line, refined);
  const steps = Object.values(notes).map((note) => note.layer);
  await open.layers.show(document.id, steps[0], { groups: [line.group], steps });
  assert.deepEqual(new Set(document.state.active), new Set(mine));
  assert.equal(document.state.selection, selection);
  assert.deepEqual(document.state.layers.slice(0, 3), before);
});

test("each batch is one history state, and so is removing a run", async () => {
  const open = opened();
  const start = names(open.document).length;
  const { run, group, notes } = await painted(open, { count: 5 });
  assert.deepEqual(names(open.document).slice(start), ["Painting 1", "Painting 1: step 5"]);
  const mine = [group, ...Object.values(notes).map((note) => note.layer)];
  await open.layers.removeRun(open.document.id, run, mine, index());
  assert.equal(names(open.document).at(-1), "Remove painting 1");
  assert.equal(names(open.document).length, start + 3);
  assert.deepEqual(
    open.document.state.layers.map((layer) => layer.name),
    ["Background"],
  );
});

test("a write that fails leaves the document as it was, and the next one works", async () => {
  const open = opened();
  const { line, arrivals } = await painted(open);
  const { layers: before } = open.document.state;
  const broken = { ...arrivals[0], step: makeStep(line.run.id, 2) };
  broken.picture = { ...broken.picture, pixels: broken.picture.pixels.slice(4) };
  const sound = { ...arrivals[0], step: makeStep(line.run.id, 3) };
  await assert.rejects(open.layers.putSteps(open.document.id, line, [sound, broken]));
  assert.deepEqual(
    open.document.state.layers[1].layers.map((layer) => layer.name),
    before[1].layers.map((layer) => layer.name),
  );
  await open.layers.putSteps(open.document.id, line, [sound]);
  assert.equal(open.document.state.layers[1].layers.length, 3);
  assert.equal(open.host.undisposed(), 0);
});

test("better pictures replace a layer's pixels unless it was painted on", async () => {
  const open = opened();
  const { run, line, arrivals, notes } = await painted(open);
  const touched = notes[`${run.id}.0`].layer;
  const raster = filled(rectangle(0, 0, 16, 12), [9, 9, 9, 255]);
  edits.setLayer(open.document, touched, "raster", raster);
  const better = arrivals.map((arrival) => ({
    ...arrival,
    picture: plain(16, 12, [200, 200, 200]),
    quality: "full",
    note: notes[arrival.step.id],
  }));
  const { layers: now } = await open.layers.putSteps(open.document.id, line, better);
  assert.deepEqual([now[`${run.id}.0`].painted, now[`${run.id}.1`].painted], [true, false]);
  assert.equal(now[`${run.id}.1`].quality, "full");
  assert.deepEqual(
    [...named(open.document, "1 · σ 10.00").raster.data.slice(0, 4)],
    [9, 9, 9, 255],
  );
  assert.deepEqual(
    [...named(open.document, "2 · σ 5.00").raster.data.slice(0, 4)],
    [200, 200, 200, 255],
  );
});

test("what comes back sits exactly where it was read: a hundred layers, sizes and offsets", async () => {
  const random = chance(11);
  const whole = (most) => Math.floor(random() * most);
  for (let round = 0; round < 100; round += 1) {
    const open = opened(9 + whole(20), 9 + whole(20));
    const { width, height } = open.document.state;
    edits.newLayer(open.document, { name: "Sketch" });
    const id = open.document.state.active[0];
    const [left, top] = [whole(width + 6) - 6, whole(height + 6) - 6];
    const box = rectangle(left, top, 1 + whole(12), 1 + whole(12));
    const seen =
      left + box.right - left > 0 && top + box.bottom - top > 0 && left < width && top < height;
    edits.setLayer(open.document, id, "raster", filled(box, [1 + whole(254), 7, 8, 255]));
    if (!seen) {
      await assert.rejects(open.layers.readSource(open.document.id, LAYER, 128), /is empty/);
      continue;
    }
    const { picture, place } = await open.layers.readSource(open.document.id, LAYER, 128);
    const visible = {
      left: Math.max(0, box.left),
      top: Math.max(0, box.top),
      right: Math.min(width, box.right),
      bottom: Math.min(height, box.bottom),
    };
    assert.deepEqual([place.left, place.top], [visible.left, visible.top]);
    assert.deepEqual(
      [picture.width, picture.height],
      [visible.right - visible.left, visible.bottom - visible.top],
    );
    const { line, arrivals, notes } = await painted(open, {
      place,
      count: 1,
      size: [picture.width, picture.height],
    });
    const step = named(open.document, "1 · σ 10.00").raster;
    assert.deepEqual(
      [step.left, step.top, step.width, step.height],
      [visible.left, visible.top, picture.width, picture.height],
    );
    const wanted = {
      layer: notes[arrivals[0].step.id].layer,
      place,
      width: picture.width,
      height: picture.height,
    };
    const image = imageId(arrivals[0].picture);
    const [back] = await open.layers.sights(open.document.id, [{ ...wanted, image }]);
    assert.deepEqual([imageId(back.picture), back.mark], [image, ""]);
    assert.equal(line.run.number, 1);
  }
});

test("the selection is soft, placed by its own bounds, and empty around itself", async () => {
  const open = opened();
  edits.select(open.document, "Select", filled(rectangle(4, 5, 3, 2), [77]));
  const rect = { left: 2, top: 1, right: 12, bottom: 11 };
  const mask = await open.layers.readSelection(open.document.id, rect, 0);
  assert.deepEqual([mask.width, mask.height, mask.channels], [10, 10, 1]);
  for (let y = 0; y < 10; y += 1) {
    for (let x = 0; x < 10; x += 1) {
      const inside = x >= 2 && x < 5 && y >= 4 && y < 6;
      assert.equal(mask.pixels[y * 10 + x], inside ? 77 : 0, `${x}, ${y}`);
    }
  }
  await assert.rejects(
    open.layers.readSelection(open.document.id, { left: 9, top: 9, right: 12, bottom: 12 }, 0),
    /beside the picture/,
  );
  edits.select(open.document, "Deselect", null);
  assert.equal(await open.layers.readSelection(open.document.id, rect, 0), null);
});

test("looking at a step hides its siblings and the other paintings, and nothing else", async () => {
  const open = opened();
  const { group, notes } = await painted(open, { count: 3 });
  const second = makeRun(2);
  const other = await open.layers.openGroup(open.document.id, second, TOP, index(), []);
  const shown = Object.values(notes)[1].layer;
  const steps = Object.values(notes).map((note) => note.layer);
  await open.layers.show(open.document.id, shown, { groups: [group, other], steps });
  const visible = all(open.document.state.layers).filter((layer) => layer.visible);
  assert.deepEqual(visible.map((layer) => layer.id).sort(), [1, group, shown].sort());
});

test("a group goes on top of the painter's own layer, not into a group of theirs", async () => {
  const open = opened();
  const { document } = open;
  const inner = edits.newLayer(document, { name: "Inner" });
  edits.newLayer(document, { name: "Frame" });
  edits.newGroup(document, { name: "Folder" }, [inner]);
  const place = { left: 0, top: 0, above: inner };
  await open.layers.openGroup(document.id, makeRun(1), place, index(), []);
  const order = document.state.layers.map((layer) => layer.name.slice(0, 10));
  assert.deepEqual(order, ["Background", "Folder", "Painting 1", "Frame"]);
});

test("a group the painter opened stays open while steps arrive", async () => {
  const open = opened();
  const { run, line, arrivals, group } = await painted(open);
  edits.openGroup(open.document, group, true);
  const late = { ...arrivals[0], step: makeStep(run.id, 2) };
  await open.layers.putSteps(open.document.id, line, [late]);
  const [, shown] = open.document.state.layers;
  assert.equal(shown.layers.length, 3);
  assert.equal(shown.open, true);
});

test("a group the painter threw away is not made again, step by step", async () => {
  const open = opened();
  const { run, line, arrivals, group } = await painted(open);
  edits.deleteLayers(open.document, [group]);
  const late = { ...arrivals[0], step: makeStep(run.id, 2) };
  const { layers: notes } = await open.layers.putSteps(open.document.id, line, [late]);
  assert.equal(notes[`${run.id}.2`].layer, -1);
  assert.deepEqual(
    open.document.state.layers.map((layer) => layer.name),
    ["Background"],
  );
});

test("inputs lie in a hidden group at the bottom, with the fields' names and their ids", async () => {
  const open = opened();
  const picture = { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(5, 250) };
  const inputs = [{ name: "mask", id: imageId(picture), picture }];
  await open.layers.openGroup(open.document.id, makeRun(1), TOP, index(), inputs);
  const group = named(open.document, "inputs");
  assert.deepEqual([group.visible, group.open], [false, false]);
  const [layer] = group.layers;
  assert.deepEqual([...layer.raster.data], [5, 5, 5, 255, 250, 250, 250, 255]);
  const { input, image } = JSON.parse(layer.metadata.settings["org.pentimento"]);
  assert.deepEqual([input, image], ["mask", imageId(picture)]);
});

test("nothing is written in the middle of a stroke, and a busy host is asked again", async () => {
  const listeners = [];
  const log = [];
  let busy = 2;
  const core = {
    executeAsModal: async (work) => {
      if (busy > 0) {
        busy -= 1;
        throw Object.assign(new Error("host is in a modal state"), { number: 9 });
      }
      return work({});
    },
  };
  const action = { addNotificationListener: async (_events, listener) => listeners.push(listener) };
  const stroke = (state) => listeners[0]("toolModalStateChanged", { state: { _value: state } });
  const slow = (ms) => new Promise((resolve) => setTimeout(resolve, ms > 1000 ? 500 : 1));
  const modal = makeModal({ app: { activeDocument: null }, core, action, wait: slow });
  await modal.look("first", async () => log.push("first"));
  assert.deepEqual([log, busy], [["first"], 0]);
  stroke("enter");
  assert.equal(modal.inStroke(), true);
  const second = modal.look("second", async () => log.push("second"));
  const third = modal.look("third", async () => log.push("third"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(log, ["first"]);
  stroke("exit");
  await Promise.all([second, third]);
  assert.deepEqual(log, ["first", "second", "third"]);
  await assert.rejects(modal.look("fails", async () => Promise.reject(new Error("no"))));
  await modal.look("after", async () => log.push("after"));
  assert.equal(log.at(-1), "after");
});
