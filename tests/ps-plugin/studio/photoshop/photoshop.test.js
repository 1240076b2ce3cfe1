"use strict";
// The stand-in host: what it lets through, and what it refuses as Photoshop does.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { edgesOf, opened, paint, rgba } = require("../tools.js");
const { OUTSIDE } = require("../../../../ps-plugin/studio/photoshop/modal.js");
const edits = require("../../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../../ps-plugin/studio/document/bounds.js");

test("outside of a modal scope imaging is refused in Photoshop's own words", async () => {
  const { imaging } = opened();
  await assert.rejects(imaging.getPixels({}), { message: OUTSIDE });
  assert.equal(OUTSIDE, "The requested functionality is only allowed from inside a modal scope.");
});

test("outside of a modal scope changes to objects are refused and reading is not", () => {
  const { app } = opened();
  const layer = app.activeDocument.layers[0];
  assert.equal(layer.name, "Background");
  assert.throws(() => (layer.name = "Sky"), {
    message:
      "Event: set may modify the state of Photoshop. " +
      "Such events are only allowed from inside a modal scope",
  });
});

test("a busy host rejects with error number 9 once the time-out has passed", async () => {
  const { host, modal } = opened();
  host.model.setBusy("a stroke");
  await assert.rejects(
    modal(async () => {}, { timeOut: 0.05 }),
    { number: 9 },
  );
});

test("a scope begins when the host becomes free within the time-out", async () => {
  const { host, modal } = opened();
  host.model.setBusy("a stroke");
  setTimeout(() => host.model.setBusy(""), 30);
  assert.equal(await modal(async () => "done"), "done");
});

test("a nested scope is the same scope", async () => {
  const { core, modal } = opened();
  await modal(async () => {
    await modal(async () => assert.equal(core.isModal(), true));
    assert.equal(core.isModal(), true);
  });
  assert.equal(core.isModal(), false);
});

test("after the user cancels, every call raises and onCancel was told", async () => {
  const { host, app, modal } = opened();
  let told = false;
  await assert.rejects(
    modal(async (context) => {
      context.onCancel = () => (told = true);
      host.modal.cancel();
      assert.equal(context.isCancelled, true);
      await app.activeDocument.createPixelLayer();
    }),
    /cancelled/,
  );
  assert.equal(told, true);
  assert.equal(app.activeDocument.layers.length, 1);
});

test("suspended history becomes one state with the name it was given", async () => {
  const { app, modal } = opened();
  await modal(async ({ hostControl }) => {
    const id = app.activeDocument.id;
    const suspension = await hostControl.suspendHistory({ documentID: id, name: "Steps" });
    await app.activeDocument.createPixelLayer({ name: "a" });
    await app.activeDocument.createPixelLayer({ name: "b" });
    await hostControl.resumeHistory(suspension);
  });
  assert.deepEqual(
    app.activeDocument.historyStates.map((state) => state.name),
    ["New", "Steps"],
  );
});

test("finalName renames the committed state", async () => {
  const { app, modal } = opened();
  await modal(async ({ hostControl }) => {
    const documentID = app.activeDocument.id;
    const suspension = await hostControl.suspendHistory({ documentID, name: "Steps" });
    await app.activeDocument.createPixelLayer();
    suspension.finalName = "3 steps";
    await hostControl.resumeHistory(suspension);
  });
  assert.equal(app.activeDocument.activeHistoryState.name, "3 steps");
});

test("an exception rolls suspended history back", async () => {
  const { app, document, modal } = opened();
  const before = document.state;
  const failing = modal(async ({ hostControl }) => {
    await hostControl.suspendHistory({ documentID: document.id, name: "Steps" });
    await app.activeDocument.createPixelLayer();
    throw new Error("no");
  });
  await assert.rejects(failing, /no/);
  assert.equal(document.state, before);
  assert.equal(document.history.length, 1);
});

test("a suspension without a change leaves no history state", async () => {
  const { document, modal } = opened();
  await modal(({ hostControl }) =>
    hostControl.suspendHistory({ documentID: document.id, name: "Nothing" }),
  );
  assert.equal(document.history.length, 1);
});

test("undo brings the picture back and leaves what is seen as it is", async () => {
  const { document } = opened();
  const id = edits.newLayer(document, { name: "a" });
  edits.setLayer(document, id, "name", "b");
  edits.showLayer(document, id, false);
  document.undo();
  const layer = edits.layerIn(document.state, id);
  assert.deepEqual([layer.name, layer.visible], ["a", false]);
  document.redo();
  assert.equal(edits.layerIn(document.state, id).name, "b");
});

test("getPixels trims to where the layer has pixels and says so", async () => {
  const { app, imaging, modal } = opened();
  await modal(async () => {
    const layer = await app.activeDocument.createPixelLayer();
    await paint(imaging, layer.id, 4, 3, 5, 6, 90);
    const sourceBounds = { left: 0, top: 0, right: 16, bottom: 12 };
    const got = await imaging.getPixels({ layerID: layer.id, sourceBounds });
    assert.deepEqual(got.sourceBounds, { left: 5, top: 6, right: 9, bottom: 9 });
    assert.deepEqual(await got.imageData.getData({}), rgba(4, 3, 90));
    got.imageData.dispose();
  });
});

test("an empty layer has no pixels to get", async () => {
  const { app, imaging, modal } = opened();
  await modal(async () => {
    const layer = await app.activeDocument.createPixelLayer();
    await assert.rejects(imaging.getPixels({ layerID: layer.id }), /no pixels/);
  });
});

test("the background layer has three components, other layers four", async () => {
  const { app, document, imaging, modal } = opened();
  await modal(async () => {
    const background = await imaging.getPixels({ layerID: 1 });
    assert.equal(background.imageData.components, 3);
    background.imageData.dispose();
    edits.freeBackground(document, 1);
    const layer = await imaging.getPixels({ layerID: app.activeDocument.layers[0].id });
    assert.equal(layer.imageData.components, 4);
    layer.imageData.dispose();
  });
});

test("putPixels discards what the layer held unless replace is false", async () => {
  const { document, app, imaging, modal } = opened();
  await modal(async () => {
    const { id } = await app.activeDocument.createPixelLayer();
    await paint(imaging, id, 2, 2, 0, 0, 10);
    await paint(imaging, id, 2, 2, 4, 4, 20);
    assert.deepEqual(edgesOf(app.activeDocument.layers[0].bounds), {
      left: 4,
      top: 4,
      right: 6,
      bottom: 6,
    });
    const imageData = await imaging.createImageDataFromBuffer(rgba(1, 1), {
      width: 1,
      height: 1,
      components: 4,
      colorSpace: "RGB",
    });
    await imaging.putPixels({ layerID: id, imageData, replace: false });
    imageData.dispose();
  });
  const { raster } = edits.layerIn(document.state, app.activeDocument.layers[0].id);
  assert.deepEqual([raster.left, raster.top, raster.width, raster.height], [0, 0, 6, 6]);
});

test("what goes in comes out to the bit, at odd places and sizes", async () => {
  const { app, imaging, modal } = opened(31, 17);
  await modal(async () => {
    const { id } = await app.activeDocument.createPixelLayer();
    for (const [width, height, left, top] of [
      [1, 1, 30, 16],
      [7, 5, -3, -2],
      [31, 17, 0, 0],
      [13, 3, 25, 15],
    ]) {
      const pixels = Uint8Array.from(
        { length: width * height * 4 },
        (_, i) => 1 + ((i * 37) % 255),
      );
      const imageData = await imaging.createImageDataFromBuffer(pixels, {
        width,
        height,
        components: 4,
        colorSpace: "RGB",
      });
      await imaging.putPixels({ layerID: id, imageData, targetBounds: { left, top } });
      imageData.dispose();
      const back = await imaging.getPixels({ layerID: id });
      assert.deepEqual([back.sourceBounds.left, back.sourceBounds.top], [left, top]);
      assert.deepEqual(await back.imageData.getData({}), pixels);
      back.imageData.dispose();
    }
  });
});

test("a smaller target is read from a pyramid level, with bounds of that level", async () => {
  const { imaging, modal } = opened(64, 32);
  await modal(async () => {
    const got = await imaging.getPixels({ targetSize: { width: 16 } });
    assert.deepEqual([got.imageData.width, got.imageData.height, got.level], [16, 8, 2]);
    assert.deepEqual(got.sourceBounds, { left: 0, top: 0, right: 16, bottom: 8 });
    got.imageData.dispose();
  });
});

test("a selection is 255 where it is selected and trimmed to itself", async () => {
  const { app, document, imaging, modal } = opened();
  await modal(async () => {
    await assert.rejects(imaging.getSelection({}), /no selection/);
  });
  assert.equal(app.activeDocument.selection.bounds, null);
  edits.select(document, "Rectangular Marquee", filled(rectangle(3, 4, 5, 2), [255]));
  await modal(async () => {
    const got = await imaging.getSelection({});
    assert.deepEqual(got.sourceBounds, { left: 3, top: 4, right: 8, bottom: 6 });
    assert.deepEqual(await got.imageData.getData({}), new Uint8Array(10).fill(255));
    assert.equal(got.imageData.components, 1);
    got.imageData.dispose();
  });
});

test("image data that is not given back is counted", async () => {
  const { host, imaging, modal } = opened();
  await modal(async () => {
    const { imageData } = await imaging.getPixels({});
    assert.equal(host.undisposed(), 1);
    imageData.dispose();
    await assert.rejects(imageData.getData({}), /disposed/);
  });
  assert.equal(host.undisposed(), 0);
});

test("planar data come out as they went in", async () => {
  const { imaging, modal } = opened();
  await modal(async () => {
    const planar = Uint8Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
    const image = await imaging.createImageDataFromBuffer(planar, {
      width: 2,
      height: 3,
      components: 4,
      colorSpace: "RGB",
      chunky: false,
    });
    assert.deepEqual(await image.getData({ chunky: false }), planar);
    assert.deepEqual((await image.getData({})).slice(0, 4), Uint8Array.from([0, 6, 12, 18]));
    image.dispose();
  });
});

test("layers are listed top first and move where they are told", async () => {
  const { app, constants, modal } = opened();
  const names = (layers) => layers.map((layer) => layer.name);
  const { PLACEINSIDE, PLACEBEFORE, PLACEAFTER } = constants.ElementPlacement;
  await modal(async () => {
    const a = await app.activeDocument.createPixelLayer({ name: "a" });
    const b = await app.activeDocument.createPixelLayer({ name: "b" });
    const group = await app.activeDocument.createLayerGroup({ name: "g" });
    assert.deepEqual(names(app.activeDocument.layers), ["g", "b", "a", "Background"]);
    a.move(group, PLACEINSIDE);
    b.move(a, PLACEBEFORE);
    assert.deepEqual(names(group.layers), ["b", "a"]);
    b.move(a, PLACEAFTER);
    assert.deepEqual(names(group.layers), ["a", "b"]);
    assert.equal(a.parent.id, group.id);
    b.move(group, PLACEAFTER);
    assert.deepEqual(names(app.activeDocument.layers), ["g", "b", "Background"]);
  });
});

test("a new layer becomes the active one, and select brings the old one back", async () => {
  const { app, action, modal } = opened();
  await modal(async () => {
    const [before] = app.activeDocument.activeLayers;
    const layer = await app.activeDocument.createPixelLayer();
    assert.deepEqual(ids(app.activeDocument.activeLayers), [layer.id]);
    const select = {
      _obj: "select",
      _target: [{ _ref: "layer", _id: before.id }],
      makeVisible: false,
    };
    await action.batchPlay([select], {});
    assert.deepEqual(ids(app.activeDocument.activeLayers), [before.id]);
    const add = { _enum: "selectionModifierType", _value: "addToSelection" };
    const more = {
      _obj: "select",
      _target: [{ _ref: "layer", _id: layer.id }],
      selectionModifier: add,
    };
    await action.batchPlay([more], {});
    assert.equal(app.activeDocument.activeLayers.length, 2);
    const target = { _ref: "layer", _enum: "ordinal", _value: "targetEnum" };
    await action.batchPlay([{ _obj: "selectNoLayers", _target: [target] }], {});
    assert.equal(app.activeDocument.activeLayers.length, 0);
  });
});

const ids = (layers) => layers.map((layer) => layer.id);

test("metadata are set and read back, also outside of a scope", async () => {
  const { action, modal } = opened();
  const layer = { _ref: "layer", _id: 1 };
  const settings = { _property: "generatorSettings" };
  const xmp = { _ref: "property", _property: "XMPMetadataAsUTF8" };
  const property = "org.pentimento";
  await modal(() =>
    action.batchPlay(
      [
        { _obj: "set", _target: [settings, layer], to: { _obj: "null", json: "{}" }, property },
        { _obj: "set", _target: [xmp, layer], to: { _obj: "layer", XMPMetadataAsUTF8: "<x/>" } },
      ],
      {},
    ),
  );
  const [one, two, three] = await action.batchPlay(
    [
      { _obj: "get", _target: [settings, layer], property },
      { _obj: "get", _target: [xmp, layer] },
      { _obj: "get", _target: [xmp, { _ref: "document", _enum: "ordinal", _value: "targetEnum" }] },
    ],
    {},
  );
  assert.equal(one.generatorSettings.json, "{}");
  assert.equal(two.XMPMetadataAsUTF8, "<x/>");
  assert.deepEqual(three, {});
});

const getSettings = {
  _obj: "get",
  _target: [{ _property: "generatorSettings" }, { _ref: "layer", _id: 1 }],
};

test("a layer that is gone answers with an error descriptor and stops the batch", async () => {
  const { action } = opened();
  const get = (id) => ({
    ...getSettings,
    _target: [getSettings._target[0], { _ref: "layer", _id: id }],
  });
  const answers = await action.batchPlay([get(77), get(1)], {});
  assert.equal(answers.length, 1);
  assert.equal(answers[0]._obj, "error");
  assert.equal((await action.batchPlay([get(77), get(1)], { continueOnError: true })).length, 2);
});

test("the painter's changes are told to listeners, the plugin's own are not", async () => {
  const { app, action, document, modal } = opened();
  const heard = [];
  await action.addNotificationListener(["historyStateChanged"], (event, descriptor) =>
    heard.push([event, descriptor.documentID, descriptor.name]),
  );
  edits.newLayer(document, { name: "mine" });
  await modal(() => app.activeDocument.createPixelLayer());
  await new Promise((wake) => setTimeout(wake, 5));
  assert.deepEqual(heard, [["historyStateChanged", document.id, "New Layer"]]);
});

test("two documents keep to themselves", async () => {
  const { host, app, document, modal } = opened();
  const other = host.model.newDocument({ width: 4, height: 4 });
  assert.equal(app.activeDocument.id, other.id);
  await modal(() => app.documents[0].createPixelLayer({ name: "in the first" }));
  assert.equal(document.state.layers.length, 2);
  assert.equal(other.state.layers.length, 1);
  host.model.close(other);
  assert.equal(app.activeDocument.id, document.id);
});
