"use strict";
// Photoshop's collections and Bounds, and a page's collections of elements, as Adobe lists them.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { strip } = require("../../../../ps-plugin/studio/uxp/world.js");
const { opened, edgesOf } = require("../tools.js");

const names = (list) => Array.from(list, ({ name }) => name);

test("documents and layers are added and found by name; a name that is not there is an error", async () => {
  const { app, modal } = opened();
  await modal(async () => {
    const made = await app.documents.add({ width: 3, height: 2, name: "second" });
    assert.equal(app.documents.getByName("second").id, made.id);
    assert.equal(app.documents.parent.typename, "Photoshop");
    assert.throws(() => app.documents.getByName("third"), /no element named "third"/);
    const layer = await made.layers.add();
    assert.equal(made.layers.getByName(layer.name).id, layer.id);
    assert.deepEqual(
      [app.documents.typename, made.layers.typename, app.documents.length],
      ["Documents", "Layers", 2],
    );
  });
});

test("history states and channels are found by name and know their document", () => {
  const { app } = opened();
  const it = app.activeDocument;
  assert.equal(it.historyStates.getByName("New").docId, it.id);
  assert.deepEqual([it.historyStates.parent.id, it.channels.parent.id], [it.id, it.id]);
  assert.deepEqual(names(it.channels), ["Red", "Green", "Blue"]);
  assert.equal(it.channels.getByName("Green").kind, "component");
  assert.deepEqual(names(it.componentChannels), names(it.channels));
  assert.throws(() => it.channels.add(), /Channels.add exists in Photoshop but is not modelled/);
});

test("a collection is read and not written, and refuses what no array has", () => {
  const { app } = opened();
  const { layers } = app.activeDocument;
  assert.ok(Array.isArray(layers));
  assert.deepEqual(names([...layers]), ["Background"]);
  assert.throws(() => (layers[0] = null), /read-only/);
  assert.throws(() => (layers.length = 0), /Layers.length is read-only/);
  assert.throws(() => layers.first, /Layers has no "first"/);
  assert.equal(layers[7], undefined);
});

test("bareCollections: length, indices, forEach and what the page lists; nothing else of an array", async () => {
  const { host, app, modal } = opened();
  host.faults.habit("bareCollections");
  const it = app.activeDocument;
  await modal(async () => {
    for (const name of ["a", "b"]) await it.createPixelLayer({ name });
    it.activeLayers = it.layers;
    const group = await it.createLayerGroup({ fromLayers: it.activeLayers });
    assert.deepEqual(names(group.layers), ["b", "a", "Layer 1"]);
  });
  const { layers } = it.layers[0];
  const heard = [];
  layers.forEach(({ name }) => heard.push(name));
  assert.deepEqual(heard, ["b", "a", "Layer 1"]);
  assert.equal(layers.getByName("a").name, layers[1].name);
  assert.throws(() => [...layers], /is not iterable/);
  assert.throws(() => layers.map((layer) => layer), /Layers has no "map"/);
  assert.throws(() => app.documents.find(Boolean), /Documents has no "find"/);
  host.faults.clear();
  assert.equal([...it.layers].length, 1);
});

test("bareCollections: a page's children and what its selectors find cannot be iterated", () => {
  const window = new Window();
  let has = true;
  strip(window, /** @type {any} */ ({ has: () => has }));
  window.document.body.innerHTML = "<p>a</p><p>b</p>";
  const { children } = window.document.body;
  for (const list of [children, window.document.querySelectorAll("p")]) {
    const heard = [];
    list.forEach((element) => heard.push(element.textContent));
    assert.deepEqual(heard, ["a", "b"]);
    assert.deepEqual([...list.keys()], [0, 1]);
    assert.equal(list.item(1).textContent, "b");
    assert.throws(() => [...list], /is not iterable/);
    assert.equal(Array.from(list).length, 2);
  }
  has = false;
  assert.equal([...children].length, 2);
});

test("bounds are an object with getters: a spread holds nothing, width and height are numbers", async () => {
  const { app, imaging, modal } = opened(16, 12);
  const { bounds } = app.activeDocument.layers[0];
  assert.equal(bounds.typename, "Bounds");
  assert.deepEqual([bounds.width, bounds.height], [16, 12]);
  assert.deepEqual({ ...bounds }, {});
  bounds.left = 4;
  assert.equal(bounds.width, 12);
  assert.equal(app.activeDocument.layers[0].bounds.left, 0, "it is the plugin's own copy");
  assert.throws(() => (bounds.width = 1), /Bounds.width is read-only/);
  const six = { ...edgesOf(bounds), width: 12, height: 12 };
  await modal(async () => {
    for (const sourceBounds of [bounds, six]) {
      const { imageData } = await imaging.getPixels({ sourceBounds });
      assert.equal(imageData.width, 12);
      imageData.dispose();
    }
  });
});

test("layers and documents have their members from their class: a spread holds nothing", () => {
  const { app } = opened();
  assert.deepEqual({ ...app.activeDocument.layers[0] }, {});
  assert.deepEqual(Object.keys(app.activeDocument), []);
});

test("a constant that is misspelt is refused", () => {
  const { constants } = createHost({ manifest: {} }).photoshop;
  assert.equal(constants.FlipAxis.BOTH, "both");
  assert.throws(() => constants.LayerKind.GROUPS, /constants.LayerKind has no "GROUPS"/);
});
