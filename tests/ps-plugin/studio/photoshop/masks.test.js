"use strict";
// User masks: made by batchPlay or by pixels, seen in the composite, read, applied, deleted.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { edgesOf, opened, paint } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);
const { composite } = require(`${STUDIO}document/composite.js`);
const { filled } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { changeLayer } = require(`${STUDIO}document/document.js`);

const CHANNEL = { _ref: "channel", _enum: "channel", _value: "mask" };
const make = (beginning) => ({
  _obj: "make",
  new: { _class: "channel" },
  at: CHANNEL,
  using: { _enum: "userMaskEnabled", _value: beginning },
});

/** A document with a layer of one colour over transparency, active. */
async function layered(colours) {
  const tools = opened(6, 4, { fill: "transparent", ...colours });
  const { app, imaging, modal } = tools;
  const layer = await modal(async () => {
    const made = await app.activeDocument.createPixelLayer({ name: "a" });
    await paint(imaging, made.id, 6, 4, 0, 0, 255);
    return made;
  });
  const play = (command) => modal(() => tools.action.batchPlay([command], {}));
  const alpha = () => {
    const { state } = tools.document;
    return [...composite(state, rectangle(0, 0, 6, 1)).data].filter((_, i) => i % 4 === 3);
  };
  return { ...tools, layer, play, alpha };
}

for (const [beginning, shown] of Object.entries({
  revealAll: [255, 255, 255, 255, 255, 255],
  hideAll: [0, 0, 0, 0, 0, 0],
  revealSelection: [0, 255, 255, 100, 0, 0],
  hideSelection: [255, 0, 0, 155, 255, 255],
})) {
  test(`a mask is made by batchPlay: ${beginning}`, async () => {
    const { document, play, alpha, action } = await layered();
    const selection = filled(rectangle(1, 0, 3, 4), [255]);
    selection.data.forEach((_, i) => i % 3 === 2 && (selection.data[i] = 100));
    edits.select(document, "Select", selection);
    await play(make(beginning));
    assert.deepEqual(alpha(), shown);
    const has = { _target: [{ _property: "hasUserMask" }, { _ref: "layer", _id: 2 }] };
    const [answer] = await action.batchPlay([{ _obj: "get", ...has }], {});
    assert.equal(answer.hasUserMask, true);
    const on = { _target: [{ _property: "userMaskEnabled" }, { _ref: "layer", _id: 2 }] };
    const [enabled] = await action.batchPlay([{ _obj: "get", ...on }], {});
    assert.equal(enabled.userMaskEnabled, true);
    await assert.rejects(play(make("revealAll")), /has a user mask already/);
  });
}

test("a mask that reveals all shows and reads what lies beyond it", async () => {
  const { document, play, alpha, layer, imaging, modal } = await layered();
  await play(make("revealAll"));
  edits.shiftLayer(document, layer.id, -3, 0);
  const raster = filled(rectangle(0, 0, 6, 4), [9, 9, 9, 255]);
  document.record("Brush Tool", changeLayer(document.state, layer.id, { raster }));
  assert.deepEqual(alpha(), [255, 255, 255, 255, 255, 255]);
  const ids = { documentID: document.id, layerID: layer.id };
  const { imageData, sourceBounds } = await modal(() => imaging.getLayerMask(ids));
  assert.deepEqual([sourceBounds.left, sourceBounds.right], [-3, 6]);
  assert.ok((await imageData.getData({})).every((value) => value === 255));
  imageData.dispose();
});

test("a mask is deleted, or applied: then it is the layer's transparency", async () => {
  const { document, layer, play, alpha } = await layered();
  edits.select(document, "Select", filled(rectangle(2, 0, 2, 4), [255]));
  await play(make("revealSelection"));
  const remove = (apply) => ({ _obj: "delete", _target: [CHANNEL], apply });
  await play(remove(false));
  assert.deepEqual(alpha(), [255, 255, 255, 255, 255, 255]);
  document.undo();
  await play(remove(true));
  assert.deepEqual(alpha(), [0, 0, 255, 255, 0, 0]);
  assert.deepEqual(edgesOf(layer.bounds), { left: 2, top: 0, right: 4, bottom: 4 });
  await assert.rejects(play(remove(true)), /no user mask/);
});

test("pixels make a mask, change it, and come back", async () => {
  const { document, layer, imaging, modal, alpha } = await layered();
  const grey = async (value, width, height) =>
    imaging.createImageDataFromBuffer(new Uint8Array(width * height).fill(value), {
      width,
      height,
      components: 1,
      chunky: false,
      colorSpace: "Grayscale",
      colorProfile: "Gray Gamma 2.2",
    });
  await modal(async () => {
    const layerID = layer.id;
    await assert.rejects(imaging.getLayerMask({ layerID }), /no user mask/);
    const [one, other] = [await grey(200, 6, 4), await grey(50, 2, 4)];
    const into = { layerID, imageData: other, replace: false, targetBounds: { left: 1, top: 0 } };
    await assert.rejects(imaging.putLayerMask(into), /no user mask/);
    await imaging.putLayerMask({ layerID, imageData: one });
    await imaging.putLayerMask(into);
    one.dispose();
    other.dispose();
    const { imageData, sourceBounds } = await imaging.getLayerMask({ layerID, kind: "user" });
    assert.deepEqual([...(await imageData.getData({})).slice(0, 6)], [200, 50, 50, 200, 200, 200]);
    assert.deepEqual(sourceBounds, { left: 0, top: 0, right: 6, bottom: 4 });
    imageData.dispose();
  });
  assert.deepEqual(alpha(), [200, 50, 50, 200, 200, 200]);
  document.undo();
  assert.deepEqual(alpha(), [200, 200, 200, 200, 200, 200]);
});

test("a mask on a group hides what is in it", async () => {
  const { document, layer, alpha } = await layered();
  const group = edits.newGroup(document, {}, [layer.id]);
  edits.setLayer(document, group, "mask", filled(rectangle(0, 0, 3, 4), [255]));
  assert.deepEqual(alpha(), [255, 255, 255, 0, 0, 0]);
});

test("a background takes no mask, a locked layer neither", async () => {
  const { app, modal, action, document } = opened();
  const play = (command) => modal(() => action.batchPlay([command], {}));
  await assert.rejects(play(make("revealAll")), /background layer takes no mask/);
  await modal(() => app.activeDocument.createPixelLayer({ name: "a" }));
  edits.setLayer(document, 2, "locked", true);
  await assert.rejects(play(make("revealAll")), /locked/);
  await assert.rejects(play({ ...make("revealAll"), using: undefined }), /userMaskEnabled/);
});
