"use strict";
// How the panel reads and writes Photoshop holds under either behaviour of hosts that differ: late or
// missing events, collections that cannot be iterated, bounds of a class, reads that fail once, depths.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../ps-plugin/studio/";
const { createHost } = require(`${STUDIO}host/host.js`);
const edits = require(`${STUDIO}document/edits.js`);
const { filled, laid } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { fullOf } = require(`${STUDIO}document/colour.js`);
const { findLayer, flatten, changeLayer } = require(`${STUDIO}document/document.js`);
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { makeHistory } = require("../../../ps-plugin/photoshop/history.js");
const { openPanel, until } = require("../support.js");

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function stroke(document, layer, colour = [255, 0, 0]) {
  const { depth } = document.state;
  const full = fullOf(depth);
  const values = [...colour.map((value) => Math.round((value * full) / 255)), full];
  const piece = filled(rectangle(2, 2, 3, 3), values, depth);
  const { raster } = findLayer(document.state, layer);
  edits.selectLayers(document, [layer]);
  edits.setLayer(document, layer, "raster", raster ? laid(raster, piece) : piece);
}

/** A painting of four steps, done. */
async function painted(options) {
  const open = await openPanel(options);
  const { panel, bridge, state, document } = open;
  const settings = { prompt: "a house", steps: 4, source: "nothing" };
  panel.store.dispatch({ type: "settings", settings });
  await panel.generate();
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  bridge.paint(run);
  const notes = () => Object.values(state().papers[document.id].layers);
  await until(() => notes().length === 4 && notes().every(({ layer }) => layer >= 0), "its steps");
  const noteOf = (index) => state().papers[document.id].layers[`${run}.${index}`];
  return { ...open, run, noteOf };
}

// -- strokes are noticed

test("a stroke is noticed within 400 ms without an event, and with one only once", async (t) => {
  for (const held of [true, false]) {
    const host = createHost({ habits: held ? ["heldEvents"] : [] });
    const document = host.model.newDocument({ width: 8, height: 8 });
    const { app, action } = host.photoshop;
    const history = makeHistory({ app, action, wait: sleep });
    let heard = 0;
    history.listen(() => (heard += 1));
    void history.start(() => true);
    t.after(history.stop);
    await sleep(320);
    for (let strokes = 1; strokes <= 3; strokes += 1) {
      const before = Date.now();
      edits.newLayer(document);
      await until(() => heard === strokes, "the stroke");
      const took = Date.now() - before;
      assert.ok(took <= 400, `${took} ms`);
      await sleep(330);
      assert.equal(heard, strokes, "told once");
    }
    history.stop();
  }
});

test("a look for strokes is one read of the history, and at rest or out of sight none", async (t) => {
  const host = createHost({ habits: ["heldEvents"] });
  host.model.newDocument({ width: 8, height: 8 });
  const { app, action } = host.photoshop;
  let needed = true;
  const history = makeHistory({ app, action, wait: () => sleep(10) });
  void history.start(() => needed);
  t.after(history.stop);
  const during = async (ms) => {
    const before = host.reads().calls;
    await sleep(ms);
    return host.reads().calls - before;
  };
  await sleep(30);
  const calls = await during(200);
  assert.ok(calls > 0 && calls <= 4 * 21, `${calls} calls`); // the document, its state, and their ids
  history.hide();
  await sleep(20);
  assert.equal(await during(100), 0);
  history.wake();
  assert.ok((await during(100)) > 0);
  needed = false;
  await sleep(20);
  assert.equal(await during(100), 0);
  history.stop();
});

test("what the panel writes itself is no news, a stroke just before or after it is", async (t) => {
  const host = createHost({ habits: ["heldEvents"] });
  const document = host.model.newDocument({ width: 8, height: 8 });
  const { history, ...layers } = makeLayers(host.photoshop, sleep);
  let heard = 0;
  history.listen(() => (heard += 1));
  void history.start(() => true);
  t.after(history.stop);
  await sleep(320);
  const region = { id: "r", brush: { prompt: "sky" }, picture: false, name: "sky" };
  await layers.addRegion(document.id, region, false);
  await sleep(400);
  assert.equal(heard, 0);
  edits.newLayer(document);
  await layers.addRegion(document.id, { ...region, id: "s" }, false);
  assert.equal(heard, 1, "the stroke before the write");
  edits.newLayer(document);
  await sleep(400);
  assert.equal(heard, 2, "the stroke after it");
  history.stop();
});

test("without events a painted step is marked, and Live sees a stroke", async () => {
  const host = createHost({ habits: ["heldEvents"] });
  const open = await painted({ host });
  stroke(open.document, open.noteOf(1).layer);
  await until(() => open.noteOf(1).mark === "painted", "the mark");
  open.panel.stop();
});

// -- one history state

test("each write is one history state, also where the last change of a tick is left out", async () => {
  for (const habits of [[], ["sameTickResume"]]) {
    const open = await painted({ host: createHost({ habits }) });
    const names = open.document.history.map(({ name }) => name);
    assert.ok(!names.includes("Late Change"), names.join());
    const before = names.length;
    await open.panel.remove(open.run);
    assert.equal(open.document.history.length, before + 1);
    open.panel.stop();
  }
});

// -- depths

test("16 bit goes out and comes back where hosts read a document's own depth only", async () => {
  const host = createHost({ habits: ["ownDepthOnly"] });
  const document = host.model.newDocument({ width: 16, height: 16, depth: 16 });
  stroke(document, 1);
  const whole = filled(rectangle(1, 1, 6, 6), [32768], 16);
  edits.select(document, "Select", whole);
  const { readSource } = makeLayers(host.photoshop, sleep);
  const settings = { source: "composite", where: "selection", feather: 0, context: false };
  const { picture, mask } = await readSource(document.id, settings, 8);
  assert.deepEqual([picture.pixels.BYTES_PER_ELEMENT, mask.pixels.BYTES_PER_ELEMENT], [2, 2]);
  assert.equal(Math.max(...mask.pixels), 65535);
});

/** The host, but its documents have 32 bits. */
function deep(host) {
  const { app, ...others } = host.photoshop;
  const deepened = (document) =>
    document &&
    new Proxy(document, {
      get: (one, name) => (name === "bitsPerChannel" ? "bitDepth32" : one[name]),
      set: (one, name, value) => Reflect.set(one, name, value),
    });
  const photoshop = {
    ...others,
    app: new Proxy(app, {
      get(one, name) {
        if (name === "activeDocument") return deepened(one[name]);
        return name === "documents" ? one[name].map(deepened) : one[name];
      },
    }),
  };
  return { ...host, photoshop };
}

test("a document of 32 bits is refused in a sentence before a pixel of it is read", async () => {
  const host = createHost();
  host.model.newDocument({ width: 16, height: 16 });
  const { panel, state, bridge } = await openPanel({ host: deep(host) });
  const settings = { prompt: "x", source: "composite" };
  panel.store.dispatch({ type: "settings", settings });
  await panel.generate();
  assert.match(state().notice.text, /8 or 16 bits/);
  const layers = makeLayers(deep(host).photoshop, sleep);
  const all = { source: "composite", where: "everywhere", feather: 0, context: false };
  await assert.rejects(layers.readSource(host.model.active.id, all, 8), /8 or 16 bits/);
  assert.deepEqual([host.reads().imaging, bridge.commands.length], [0, 0]);
  panel.stop();
});

test("a painting whose document became one of 32 bits gets no more steps, and it is said why", async () => {
  const host = createHost();
  host.model.newDocument({ width: 16, height: 16 });
  const layers = makeLayers(deep(host).photoshop, sleep);
  const { id } = host.model.active;
  const run = { id: "a".repeat(32), number: 1, recipe: { prompt: "x" } };
  const place = { left: 0, top: 0, above: null };
  await assert.rejects(layers.openGroup(id, run, place, "{}", []), /8 or 16 bits/);
  assert.equal(host.model.active.history.length, 1);
});

// -- reads that fail

test("a read that fails once is done again; what fails twice is told", async () => {
  const host = createHost();
  const { id } = host.model.newDocument({ width: 8, height: 8 });
  const { readSource } = makeLayers(host.photoshop, sleep);
  const all = { source: "composite", where: "everywhere", feather: 0, context: false };
  host.faults.failReads(1);
  assert.equal((await readSource(id, all, 8)).picture.width, 8);
  host.faults.failReads(2);
  await assert.rejects(readSource(id, all, 8), { number: -1 });
  assert.equal((await readSource(id, all, 8)).picture.width, 8);
  assert.equal(host.undisposed(), 0);
});

// -- what Photoshop's objects are

class Bounds {
  #edges;
  constructor(edges) {
    this.#edges = edges;
  }
  get left() {
    return this.#edges.left;
  }
  get top() {
    return this.#edges.top;
  }
  get right() {
    return this.#edges.right;
  }
  get bottom() {
    return this.#edges.bottom;
  }
  get width() {
    return this.#edges.right - this.#edges.left;
  }
  get height() {
    return this.#edges.bottom - this.#edges.top;
  }
}

/** The host, with bounds of a class, lists without an iterator, and nothing told in one call. */
function bare(host) {
  const inside = new WeakMap();
  const own = (value) => inside.get(value) ?? value;
  function wrapped(value) {
    if (value instanceof Promise) return value.then(wrapped);
    if (typeof value !== "object" || value === null || value instanceof Bounds) return value;
    if (Array.isArray(value)) {
      const list = {
        length: value.length,
        forEach: (act) => value.forEach((x) => act(wrapped(x))),
      };
      value.forEach((one, i) => (list[i] = wrapped(one)));
      return list;
    }
    if (!("typename" in value))
      return "left" in value && "right" in value ? new Bounds(value) : value;
    const proxy = new Proxy(value, {
      get(one, name) {
        const found = one[name];
        if (typeof found !== "function" || /^[A-Z]/.test(String(name))) return wrapped(found);
        return (...given) => wrapped(found.apply(one, given.map(own)));
      },
      set: (one, name, given) => Reflect.set(one, name, own(given)),
    });
    inside.set(proxy, value);
    return proxy;
  }
  const action = new Proxy(host.photoshop.action, {
    get: (one, name) => (name === "batchPlay" ? refusing(one[name]) : one[name]),
  });
  const imaging = new Proxy(host.photoshop.imaging, {
    get:
      (one, name) =>
      async (options, ...others) => {
        const found = await one[name](options, ...others);
        if (found?.sourceBounds) return { ...found, sourceBounds: new Bounds(found.sourceBounds) };
        return found;
      },
  });
  return {
    ...host,
    photoshop: { ...host.photoshop, app: wrapped(host.photoshop.app), action, imaging },
  };
}

const refusing = (batchPlay) => (commands, options) => {
  if (commands.some(({ _obj }) => _obj === "multiGet")) throw new Error("no such command");
  return batchPlay(commands, options);
};

const HABITS = ["heldEvents", "sameTickResume", "ownDepthOnly"];

for (const [what, habits, change] of [
  ["a host of documented habits", [], (host) => host],
  ["a host of other habits", HABITS, (host) => host],
  ["bare lists, bounds of a class, nothing told in one call", [], bare],
  ["all of it at once", HABITS, bare],
]) {
  test(`the main job: ${what}`, async () => {
    const host = createHost({ habits });
    host.model.newDocument({ width: 16, height: 16 });
    const open = await painted({ host: change(host) });
    const { panel, document, run, noteOf, bridge, state } = open;
    const step = noteOf(1);
    stroke(document, step.layer);
    await until(() => noteOf(1).mark === "painted", "the mark");
    panel.select(`${run}.1`);
    await until(() => findLayer(document.state, step.layer).visible, "the step in sight");
    const others = [0, 2, 3].map((i) => findLayer(document.state, noteOf(i).layer).visible);
    assert.deepEqual(others, [false, false, false]);
    await panel.rewind();
    await until(() => bridge.state.runs.size === 2, state().notice?.text || "the second line");
    const { rewind } = bridge.commands.find(({ type }) => type === "continue");
    assert.ok(bridge.images.has(rewind.edit), "the strokes went out");
    const [, second] = bridge.state.runs.keys();
    bridge.paint(second);
    const home = () => state().papers[document.id].groups[second];
    await until(
      () => home() >= 0 && state().papers[document.id].layers[`${second}.3`],
      "its steps",
    );
    assert.equal(noteOf(1).mark, "painted");
    assert.deepEqual(document.state.active, [step.layer]);
    panel.store.dispatch({ type: "settings", settings: { source: "layer", where: "everywhere" } });
    await panel.generate();
    await until(() => bridge.state.runs.size === 3, state().notice?.text || "a third run");
    await panel.remove(run);
    await until(() => !findLayer(document.state, step.layer), "the removal");
    assert.equal(host.undisposed(), 0);
    panel.stop();
  });
}

// -- notes

/** As some program left the layers' notes; a panel that is opened then. */
async function reopened(metadataOf, change = (open) => void open) {
  const open = await painted();
  open.panel.stop();
  for (const layer of flatten(open.document.state.layers)) {
    const metadata = metadataOf(layer.metadata);
    open.document.amend(changeLayer(open.document.state, layer.id, { metadata }));
  }
  change(open);
  const { bridge } = open;
  const again = await openPanel({ host: createHost({ model: open.host.model }), bridge });
  const { layers, groups } = again.state().papers[open.document.id];
  const found = Object.keys(layers).filter((step) => layers[step].layer >= 0);
  const noteOf = (index) => again.state().papers[open.document.id].layers[`${open.run}.${index}`];
  return { ...again, found, group: groups[open.run], noteOf, before: open };
}

test("steps are found by their layers' XMP alone, as after a first save that lost their settings", async () => {
  const { panel, found, group } = await reopened((metadata) => ({ ...metadata, settings: {} }));
  assert.equal(found.length, 4);
  assert.ok(group >= 0);
  panel.stop();
});

test("steps without any note are found by their names in their group, and painted ones are marked", async () => {
  const nothing = () => ({ xmp: null, settings: {} });
  const { panel, found, group, noteOf, before, document } = await reopened(nothing, (open) => {
    stroke(open.document, open.noteOf(1).layer);
  });
  assert.deepEqual(
    [found.length, group],
    [4, before.state().papers[document.id].groups[before.run]],
  );
  await until(() => noteOf(1).mark === "painted", "the mark");
  assert.deepEqual(
    [0, 2, 3].map((i) => noteOf(i).mark || ""),
    ["", "", ""],
  );
  stroke(document, noteOf(2).layer);
  await until(() => noteOf(2).mark === "painted", "another mark");
  assert.equal(noteOf(3).mark || "", "");
  panel.stop();
});

test("a name alone, outside of its group or renamed, is nobody's step", async () => {
  const nothing = () => ({ xmp: null, settings: {} });
  const { panel, found } = await reopened(nothing, ({ document, noteOf, state, run }) => {
    edits.setLayer(document, noteOf(0).layer, "name", "mine");
    const group = state().papers[document.id].groups[run];
    edits.placeLayer(document, noteOf(1).layer, group, "placeBefore");
  });
  assert.deepEqual(found.map((step) => step.slice(-1)).sort(), ["2", "3"]);
  panel.stop();
});

for (const how of ["select", "bring"]) {
  test(`a step that is chosen (${how}) while its layer is being written is shown once it is there`, async () => {
    const { panel, bridge, state, document } = await openPanel();
    panel.store.dispatch({
      type: "settings",
      settings: { prompt: "x", steps: 4, source: "nothing" },
    });
    await panel.generate();
    const [run] = bridge.state.runs.keys();
    bridge.paint(run);
    const step = `${run}.1`;
    await until(() => state().steps[step], "the news of it");
    panel[how](step);
    const layers = () => state().papers[document.id].layers;
    await until(() => Object.keys(layers()).length === 4, "its layers");
    const isSeen = () => findLayer(document.state, layers()[step].layer).visible;
    await until(isSeen, "the step in sight");
    panel.stop();
  });
}
