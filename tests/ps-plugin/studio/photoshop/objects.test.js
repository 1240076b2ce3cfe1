"use strict";
// Photoshop's objects on the stand-in host: what they say of themselves, and their methods.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { opened, edgesOf } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);
const merging = require(`${STUDIO}document/merging.js`);
const geometry = require(`${STUDIO}document/geometry.js`);
const { convertDepth } = require(`${STUDIO}document/modes.js`);
const { createPhotoshop, EVENTS } = require(`${STUDIO}photoshop/photoshop.js`);
const { Model } = require(`${STUDIO}document/model.js`);
const { filled } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);

const names = (list) => list.map((one) => one.name);

test("a clipped layer says so, and an adjustment is of its own kind", async () => {
  const { app, constants, document, modal } = opened();
  const kept = [{ key: "curv", data: "" }];
  edits.newLayer(document, { foreign: { kept, ranges: "", maskParameters: "" } });
  const [layer] = app.activeDocument.layers;
  assert.deepEqual([layer.kind, layer.isClippingMask], [constants.LayerKind.CURVES, false]);
  await modal(async () => {
    layer.isClippingMask = true;
  });
  assert.equal(app.activeDocument.layers[0].isClippingMask, true);
  assert.equal(document.state.layers[1].clipped, true);
});

test("what is put or made within a clipping becomes part of it", async () => {
  const { app, document, modal } = opened();
  const base = edits.newLayer(document, { name: "base" });
  edits.newLayer(document, { name: "clipped", clipped: true });
  const other = edits.newLayer(document, { name: "other" });
  edits.selectLayers(document, [base]);
  edits.newLayer(document, { name: "made" });
  await modal(async () => {
    const [moving] = app.activeDocument.layers;
    moving.move(app.activeDocument.layers.at(-2), "placeBefore");
  });
  const said = app.activeDocument.layers.map(({ name, isClippingMask }) => [name, isClippingMask]);
  assert.deepEqual(said, [
    ["clipped", true],
    ["made", true],
    ["other", true],
    ["base", false],
    ["Background", false],
  ]);
  assert.ok(other);
});

test("a document says what it is", () => {
  const { app, constants, document } = opened(16, 12);
  const it = app.activeDocument;
  const said = [it.typename, it.id, it.title, it.name, it.width, it.height, it.path, it.saved];
  const title = "Untitled-1";
  assert.deepEqual(said, ["Document", document.id, title, title, 16, 12, "", true]);
  assert.equal(it.mode, constants.DocumentMode.RGB);
  assert.equal(it.bitsPerChannel, constants.BitsPerChannelType.EIGHT);
  assert.equal(it.resolution, 72);
  assert.equal(it.backgroundLayer.id, 1);
  assert.equal(app.documents.length, 1);
  edits.newLayer(document);
  assert.equal(it.saved, false);
});

test("a layer says what it is, and its background has locks of its own", async () => {
  const { app, constants, modal } = opened(16, 12);
  const [layer] = app.activeDocument.layers;
  assert.deepEqual([layer.typename, layer.id, layer.name], ["Layer", 1, "Background"]);
  assert.equal(layer.document.id, app.activeDocument.id);
  assert.equal(layer._docId, app.activeDocument.id);
  assert.deepEqual([layer.isBackgroundLayer, layer.locked, layer.allLocked], [true, true, false]);
  assert.deepEqual([layer.positionLocked, layer.transparentPixelsLocked], [true, true]);
  assert.deepEqual([layer.pixelsLocked, layer.visible, layer.opacity], [false, true, 100]);
  assert.deepEqual([layer.kind, layer.parent], [constants.LayerKind.NORMAL, null]);
  assert.deepEqual(edgesOf(layer.bounds), { left: 0, top: 0, right: 16, bottom: 12 });
  assert.deepEqual(edgesOf(layer.boundsNoEffects), edgesOf(layer.bounds));
  assert.equal(layer.layers, null);
  assert.equal(layer.selected, true);
  await modal(async () => {
    const group = await app.activeDocument.createLayerGroup({ name: "g", opacity: 50 });
    assert.deepEqual([group.kind, group.opacity], [constants.LayerKind.GROUP, 50]);
    assert.equal(group.blendMode, constants.BlendMode.PASSTHROUGH);
    group.blendMode = constants.BlendMode.NORMAL;
    group.opacity = 25;
    group.visible = false;
    assert.deepEqual([group.blendMode, group.opacity, group.visible], ["normal", 25, false]);
    assert.equal(group.layers.length, 0);
  });
});

test("active layers are set as a list or one by one", async () => {
  const { app, modal } = opened();
  await modal(async () => {
    const a = await app.activeDocument.createPixelLayer({ name: "a" });
    const b = await app.activeDocument.createPixelLayer({ name: "b" });
    app.activeDocument.activeLayers = [a, b];
    assert.deepEqual(names(app.activeDocument.activeLayers), ["b", "a"]);
    a.selected = false;
    assert.deepEqual(names(app.activeDocument.activeLayers), ["b"]);
  });
});

test("layers are grouped, duplicated and deleted; a document keeps its last one", async () => {
  const { app, modal } = opened();
  await modal(async () => {
    const it = app.activeDocument;
    const a = await it.createPixelLayer({ name: "a" });
    const group = await it.groupLayers([a]);
    assert.deepEqual([names(it.layers), names(group.layers)], [["Group 1", "Background"], ["a"]]);
    const twin = await a.duplicate();
    assert.deepEqual(names(group.layers), ["a copy", "a"]);
    const out = await a.duplicate(it.backgroundLayer, "placeBefore", "out");
    assert.deepEqual([out.name, out.parent], ["out", null]);
    const from = await it.createLayerGroup({ name: "both", fromLayers: [twin, a] });
    assert.deepEqual(names(from.layers), ["a copy", "a"]);
    for (const layer of [from, group, out]) layer.delete();
    assert.deepEqual(names(it.layers), ["Background"]);
    assert.throws(() => it.layers[0].delete(), /keeps at least one layer/);
  });
});

test("ids are never used twice, not even after undoing", () => {
  const { host, document } = opened();
  const first = edits.newLayer(document);
  document.undo();
  assert.ok(edits.newLayer(document) > first);
  const other = host.model.newDocument({ width: 2, height: 2 });
  host.model.close(other);
  assert.ok(host.model.newDocument({ width: 2, height: 2 }).id > other.id);
});

test("history states are listed, the first as a snapshot, and may be gone back to", async () => {
  const { app, document, modal } = opened();
  edits.newLayer(document, { name: "a" });
  const [first, second] = app.activeDocument.historyStates;
  assert.deepEqual([first.typename, first.name, first.snapshot], ["HistoryState", "New", true]);
  assert.deepEqual([second.name, second.snapshot], ["New Layer", false]);
  assert.equal(first.docId, app.activeDocument.id);
  assert.equal(first.parent.id, app.activeDocument.id);
  assert.equal(app.activeDocument.activeHistoryState.id, second.id);
  await modal(async () => (app.activeDocument.activeHistoryState = first));
  assert.deepEqual(names(app.activeDocument.layers), ["Background"]);
});

test("an old history state's pixels can be read", async () => {
  const { app, document, imaging, modal } = opened(4, 4);
  const historyStateID = app.activeDocument.activeHistoryState.id;
  edits.newLayer(document, { raster: filled(rectangle(0, 0, 4, 4), [9, 9, 9, 255]) });
  const first = (options) =>
    modal(async () => {
      const { imageData } = await imaging.getPixels(options);
      const data = await imageData.getData({});
      imageData.dispose();
      return data[0];
    });
  assert.deepEqual([await first({}), await first({ historyStateID })], [9, 255]);
});

test("Document.suspendHistory makes one state of what its function does", async () => {
  const { app, document } = opened();
  const it = app.activeDocument;
  await it.suspendHistory(async (context) => {
    await context.document.createPixelLayer({ name: "a" });
    await context.document.createPixelLayer({ name: "b" });
  }, "Two layers");
  assert.deepEqual(names(document.history), ["New", "Two layers"]);
});

test("a history is suspended once at a time, and resumed in another scope's turn", async () => {
  const { app, document, modal } = opened();
  await modal(async ({ hostControl }) => {
    const options = { documentID: document.id, name: "One" };
    const suspension = await hostControl.suspendHistory(options);
    await assert.rejects(hostControl.suspendHistory(options), /already suspended/);
    await modal(async (inner) => {
      await app.activeDocument.createPixelLayer();
      await inner.hostControl.resumeHistory(suspension, false);
    });
    await assert.rejects(hostControl.resumeHistory(suspension), /has ended/);
  });
  assert.deepEqual(names(document.history), ["New"]);
  assert.equal(document.state.layers.length, 1);
});

test("an exception that a nested scope throws rolls back what the outer one suspended", async () => {
  const { app, document, modal } = opened();
  const before = document.state;
  const work = modal(async ({ hostControl }) => {
    await hostControl.suspendHistory({ documentID: document.id, name: "Outer" });
    await app.activeDocument.createPixelLayer();
    await modal(async () => {
      await app.activeDocument.createPixelLayer();
      throw new Error("inner");
    });
  });
  await assert.rejects(work, /inner/);
  assert.equal(document.state, before);
  assert.deepEqual(names(document.history), ["New"]);
});

test("two documents are suspended at a time, each with a history of its own", async () => {
  const { host, app, document, modal } = opened();
  const other = host.model.newDocument({ width: 3, height: 3 });
  await assert.rejects(
    modal(async ({ hostControl }) => {
      const suspended = [];
      for (const { id } of [document, other]) {
        suspended.push(await hostControl.suspendHistory({ documentID: id, name: "Both" }));
      }
      for (const it of app.documents) await it.createPixelLayer();
      await hostControl.resumeHistory(suspended[0]);
      throw new Error("later");
    }),
    /later/,
  );
  assert.deepEqual(names(document.history), ["New", "Both"]);
  assert.deepEqual(names(other.history), ["New"]);
});

test("a document that was registered is closed with the scope, unless it was taken off", async () => {
  const { host, modal } = opened();
  const [one, two] = [1, 2].map(() => host.model.newDocument({ width: 2, height: 2 }));
  await modal(async ({ hostControl }) => {
    for (const { id } of [one, two]) await hostControl.registerAutoCloseDocument(id);
    await hostControl.unregisterAutoCloseDocument(two.id);
  });
  assert.deepEqual(
    [host.model.documents.includes(one), host.model.documents.includes(two)],
    [false, true],
  );
});

test("progress is what reportProgress says, from 0 to 1", async () => {
  const { host, modal } = opened();
  await modal(async (context) => {
    assert.deepEqual(host.modal.progress(), { commandName: "Test", value: null });
    context.reportProgress({ value: 0.5, commandName: "Half" });
    assert.deepEqual(host.modal.progress(), { commandName: "Half", value: 0.5 });
    assert.throws(() => context.reportProgress({ value: 50 }), /value is 0..1, got 50/);
    assert.deepEqual(Object.keys(context), [], "a spread of the context has nothing in it");
  });
  assert.equal(host.modal.progress(), null);
});

test("documents are made, brought to the front and closed by a plugin", async () => {
  const { host, app, modal } = opened();
  await modal(async () => {
    const first = app.activeDocument;
    const made = await app.createDocument({ width: 5, height: 4, fill: "transparent", name: "x" });
    assert.deepEqual([app.activeDocument.title, made.layers[0].isBackgroundLayer], ["x", false]);
    app.activeDocument = first;
    assert.equal(app.activeDocument.id, first.id);
    await made.close();
    app.activeDocument.closeWithoutSaving();
    assert.equal(app.activeDocument, null);
    assert.throws(() => first.width, /no longer open/);
  });
  assert.equal(host.model.documents.length, 0);
});

test("a selection says where it is, and is taken away", async () => {
  const { app, document, modal } = opened();
  const { selection } = app.activeDocument;
  edits.select(document, "Select", filled(rectangle(1, 2, 3, 4), [200]));
  assert.deepEqual([selection.typename, selection.docId], ["Selection", document.id]);
  assert.deepEqual(edgesOf(selection.bounds), { left: 1, top: 2, right: 4, bottom: 6 });
  assert.equal(selection.solid, false);
  await modal(() => selection.deselect());
  assert.equal(selection.bounds, null);
});

test("a selection is put with soft edges, in place of the old one or added to it", async () => {
  const { app, imaging, modal } = opened(8, 8);
  const put = async (value, more) => {
    const options = { width: 2, height: 2, components: 1, colorSpace: "Grayscale" };
    const data = new Uint8Array(4).fill(value);
    const imageData = await imaging.createImageDataFromBuffer(data, options);
    await imaging.putSelection({ imageData, ...more });
    imageData.dispose();
  };
  await modal(async () => {
    await put(77, { targetBounds: { left: 1, top: 1 } });
    await put(255, { targetBounds: { left: 5, top: 1 }, replace: false });
    const { imageData, sourceBounds } = await imaging.getSelection({});
    const row = [...(await imageData.getData({})).slice(0, 6)];
    assert.deepEqual([row, sourceBounds.left], [[77, 77, 0, 0, 255, 255], 1]);
    imageData.dispose();
    await put(9, {});
    const { bounds } = app.activeDocument.selection;
    assert.deepEqual(edgesOf(bounds), { left: 0, top: 0, right: 2, bottom: 2 });
  });
});

test("applyAlpha mats on white; JPEG takes three components of 8 bit", async () => {
  const model = new Model();
  const encodeJpeg = async ({ rgb }) => Uint8Array.of(0xff, 0xd8, rgb[0]);
  const { photoshop } = createPhotoshop(model, { encodeJpeg });
  const document = model.newDocument({ width: 1, height: 1, fill: "transparent" });
  edits.newLayer(document, { raster: filled(rectangle(0, 0, 1, 1), [55, 55, 55, 51]) });
  const { imaging, core } = photoshop;
  await core.executeAsModal(
    async () => {
      const { imageData } = await imaging.getPixels({ applyAlpha: true });
      assert.deepEqual([...(await imageData.getData({}))], [215, 215, 215]);
      assert.deepEqual(await imaging.encodeImageData({ imageData }), [255, 216, 215]);
      assert.equal(await imaging.encodeImageData({ imageData, base64: true }), "/9jX");
      imageData.dispose();
    },
    { commandName: "Encode" },
  );
});

test("alerts are shown; the host says its version", async () => {
  const { host, app, core } = opened();
  await app.showAlert("one");
  await core.showAlert({ message: "two" });
  assert.deepEqual(host.alerts, ["one", "two"]);
  assert.match(host.uxp.host.version, /^\d+\.\d+\.\d+$/);
  assert.match(host.uxp.versions.uxp, /^uxp-\d+\.\d+\.\d+$/);
  assert.equal(core.apiVersion, 2);
});

test("each event that may be listened to is sent, and a listener may be taken off", async () => {
  const { host, app, action, document, modal } = opened();
  const heard = new Set();
  const listener = (event) => heard.add(event);
  await action.addNotificationListener(EVENTS, listener);
  await modal(async () => {}); // the two of a scope
  const layer = edits.newLayer(document); // make, historyStateChanged
  edits.setLayer(document, layer, "name", "a"); // set
  edits.showLayer(document, layer, false); // hide
  edits.showLayer(document, layer, true); // show
  edits.placeLayer(document, layer, 1, "placeBefore"); // move
  edits.deleteLayers(document, [layer]); // delete
  await host.stroke(1, filled(rectangle(0, 0, 1, 1), [0, 0, 0, 255])); // toolModalStateChanged
  edits.duplicateLayer(document, 1); // duplicate
  merging.mergeSelected(document); // mergeLayersNew
  edits.newLayer(document);
  merging.mergeVisible(document); // mergeVisible
  merging.flatten(document); // flattenImage
  geometry.resizeImage(document, 8, 8); // imageSize
  geometry.resizeCanvas(document, 9, 9, { x: 0, y: 0 }, [0, 0, 0]); // canvasSize
  geometry.crop(document, { left: 0, top: 0, right: 8, bottom: 8 }); // crop
  geometry.rotateCanvas(document, 1); // rotateEventEnum
  convertDepth(document, 16); // convertMode
  edits.freeBackground(document, 1);
  geometry.scaleLayer(document, 1, { x: 0.5, y: 0.5 }, { x: 0, y: 0 }); // transform
  const state = document.state;
  host.model.open({ name: "x.psd", state }); // open, select
  host.model.close(host.model.active); // close
  await new Promise((wake) => setTimeout(wake, 5));
  const sentElsewhere = ["save", "placeEvent"]; // studio/storage/pictures.test.js
  assert.deepEqual([...heard].sort(), EVENTS.filter((e) => !sentElsewhere.includes(e)).sort());
  heard.clear();
  await action.removeNotificationListener(EVENTS, listener);
  await modal(() => app.activeDocument.createPixelLayer());
  await new Promise((wake) => setTimeout(wake, 5));
  assert.equal(heard.size, 0);
});

test("a group's triangle and a mask's presence are read, the triangle is set", async () => {
  const { app, action, modal } = opened();
  const reference = (property, id) => ({
    _target: [
      { _ref: "property", _property: property },
      { _ref: "layer", _id: id },
    ],
  });
  await modal(async () => {
    const { id } = await app.activeDocument.createLayerGroup();
    const close = { _obj: "set", ...reference("layerSectionExpanded", id), to: false };
    await action.batchPlay([close], {});
    const ask = ["layerSectionExpanded", "hasUserMask"].map((property) => ({
      _obj: "get",
      ...reference(property, id),
    }));
    const [open, mask] = await action.batchPlay(ask, {});
    assert.deepEqual([open.layerSectionExpanded, mask.hasUserMask], [false, false]);
  });
});

test("what is set on a document comes back from it", async () => {
  const { action, document, modal } = opened();
  const target = [
    { _ref: "property", _property: "XMPMetadataAsUTF8" },
    { _ref: "document", _id: document.id },
  ];
  const to = { _obj: "XMPMetadataAsUTF8", XMPMetadataAsUTF8: "<x:xmpmeta/>" };
  await modal(() => action.batchPlay([{ _obj: "set", _target: target, to }], {}));
  const [answer] = await action.batchPlay([{ _obj: "get", _target: target }], {});
  assert.equal(answer.XMPMetadataAsUTF8, "<x:xmpmeta/>");
  assert.deepEqual(names(document.history), ["New"]);
});

test("a plugin puts a colour into the painter's hand, in a scope", async () => {
  const { app, modal } = opened();
  const colour = new app.SolidColor();
  colour.rgb.hexValue = "#ff9801";
  assert.equal(colour.rgb.hexValue, "FF9801");
  assert.throws(() => (colour.rgb.hexValue = "orange"), /must be like "FF9801"/);
  assert.throws(() => colour.cmyk, /not modelled|has no/);
  assert.throws(() => (app.foregroundColor = colour), /modal/i);
  await modal(async () => (app.foregroundColor = colour));
  assert.equal(app.foregroundColor.rgb.hexValue, "FF9801");
});
