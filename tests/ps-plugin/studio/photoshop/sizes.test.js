"use strict";
// What changes the size or the place of pictures, and what makes several layers one: units, defaults
// and directions are those of Adobe's pages.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { opened, edgesOf } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);
const { makeRaster, filled } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);

const RED = [255, 0, 0, 255];
const LIME = [0, 255, 0, 255];

/** A document with a layer of a red and a green pixel side by side at 1, 2. */
function painted(width = 8, height = 6) {
  const tools = opened(width, height);
  const raster = makeRaster(rectangle(1, 2, 2, 1), 4, Uint8Array.from([...RED, ...LIME]));
  const id = edits.newLayer(tools.document, { name: "two", raster });
  const pixels = () => [...(edits.layerIn(tools.document.state, id).raster?.data ?? [])];
  return { ...tools, it: tools.app.activeDocument, id, pixels };
}

const box = (layer) => Object.values(edgesOf(layer.bounds));

test("translate moves by pixels, or by percent of the layer's own size", async () => {
  const { it, modal } = painted();
  const [layer] = it.layers;
  await modal(async () => {
    await layer.translate(3, -1);
    assert.deepEqual(box(layer), [4, 1, 6, 2]);
    const percent = (_value) => ({ _unit: "percentUnit", _value });
    await layer.translate(percent(-50), percent(200));
    assert.deepEqual(box(layer), [3, 3, 5, 4]);
    await assert.rejects(it.backgroundLayer.translate(1, 1), /“Background” is locked/);
  });
});

test("flip mirrors a layer within its own bounds", async () => {
  const { it, modal, pixels, constants } = painted();
  await modal(() => it.layers[0].flip(constants.FlipAxis.HORIZONTAL));
  assert.deepEqual(
    [box(it.layers[0]), pixels()],
    [
      [1, 2, 3, 3],
      [...LIME, ...RED],
    ],
  );
});

test("rotate turns clockwise about the middle or an anchor; other angles than quarters are refused", async () => {
  const { it, modal, pixels, constants } = painted();
  const [layer] = it.layers;
  await modal(async () => {
    await layer.rotate(90, constants.AnchorPosition.TOPLEFT);
    assert.deepEqual(
      [box(layer), pixels()],
      [
        [0, 2, 1, 4],
        [...RED, ...LIME],
      ],
    );
    await layer.rotate({ _unit: "angleUnit", _value: -90 }, constants.AnchorPosition.BOTTOMLEFT);
    assert.deepEqual(pixels(), [...RED, ...LIME]);
    await layer.rotate(180);
    assert.deepEqual(pixels(), [...LIME, ...RED]);
    await assert.rejects(layer.rotate(45), /45 degrees is not modelled/);
  });
});

test("scale takes percent, about the middle or an anchor", async () => {
  const { it, modal, pixels, constants } = painted();
  const [layer] = it.layers;
  await modal(() => layer.scale(200, 100, constants.AnchorPosition.TOPLEFT));
  assert.deepEqual(
    [box(layer), pixels()],
    [
      [1, 2, 5, 3],
      [...RED, ...RED, ...LIME, ...LIME],
    ],
  );
  await assert.rejects(
    modal(() => layer.scale(0, 100)),
    /above 0/,
  );
});

test("clear empties what is selected, or all where nothing is", async () => {
  const { it, modal, pixels } = painted();
  await modal(async () => {
    await it.selection.selectRectangle({ left: 0, top: 0, right: 2, bottom: 6 });
    await it.layers[0].clear();
    assert.deepEqual(pixels(), LIME);
    await it.selection.deselect();
    await it.layers[0].clear();
    assert.deepEqual(pixels(), []);
  });
});

test("a layer goes to the front of all, or to the bottom of its group above a background", async () => {
  const { it, document, modal } = painted();
  edits.newLayer(document, { name: "top" });
  const order = () => Array.from(it.layers, ({ name }) => name);
  await modal(async () => {
    it.layers[1].bringToFront();
    assert.deepEqual(order(), ["two", "top", "Background"]);
    it.layers[0].sendToBack();
    assert.deepEqual(order(), ["top", "two", "Background"]);
  });
});

test("a crop takes bounds of the document and moves what is left to 0, 0", async () => {
  const { it, document, modal, pixels } = painted();
  await modal(() => it.crop({ left: 2, top: 1, right: 6, bottom: 5 }));
  assert.deepEqual([it.width, it.height], [4, 4]);
  assert.deepEqual([box(it.layers[0]), pixels()], [[0, 1, 1, 2], LIME]);
  assert.deepEqual(box(it.backgroundLayer), [0, 0, 4, 4]);
  document.undo();
  assert.deepEqual([it.width, it.height], [8, 6]);
});

test("the canvas grows evenly on all sides, or away from an anchor, and a background with it", async () => {
  const { it, modal, app, constants } = painted();
  const paper = new app.SolidColor();
  paper.rgb.hexValue = "0000FF";
  await modal(async () => {
    app.backgroundColor = paper;
    await it.resizeCanvas(12, 10);
    assert.deepEqual([it.width, it.height, box(it.layers[0])], [12, 10, [3, 4, 5, 5]]);
    assert.deepEqual(box(it.backgroundLayer), [0, 0, 12, 10]);
    assert.equal((await it.sampleColor({ x: 0, y: 0 })).rgb.hexValue, "0000FF");
    await it.resizeCanvas(20, 20, constants.AnchorPosition.TOPLEFT);
    assert.deepEqual(box(it.layers[0]), [3, 4, 5, 5]);
  });
});

test("an image is resized to pixels; of one side alone the other follows", async () => {
  const { it, modal } = painted();
  await modal(async () => {
    await it.resizeImage(16, 12, 300);
    assert.deepEqual([it.width, it.height, it.resolution], [16, 12, 300]);
    assert.deepEqual(box(it.layers[0]), [2, 4, 6, 6]);
    await it.resizeImage(8);
    assert.deepEqual([it.width, it.height], [8, 6]);
    await assert.rejects(it.resizeImage(), /not modelled/);
  });
});

test("a canvas is turned clockwise, with all that is on it", async () => {
  const { it, modal, pixels } = painted();
  await modal(() => it.rotate(90));
  assert.deepEqual([it.width, it.height], [6, 8]);
  assert.deepEqual(
    [box(it.layers[0]), pixels()],
    [
      [3, 1, 4, 3],
      [...RED, ...LIME],
    ],
  );
  await modal(() => it.rotate(-90));
  assert.deepEqual([it.width, it.height, box(it.layers[0])], [8, 6, [1, 2, 3, 3]]);
});

test("trim cuts transparent sides away, save those that are excluded; revealAll takes beyond in", async () => {
  const { it, modal, constants } = painted();
  await modal(async () => {
    it.backgroundLayer.delete();
    await it.trim(constants.TrimType.TRANSPARENT, true, false, true, true);
    assert.deepEqual([it.width, it.height, box(it.layers[0])], [3, 1, [1, 0, 3, 1]]);
    await it.layers[0].translate(2, 0);
    await it.revealAll();
    assert.deepEqual([it.width, it.height], [5, 1]);
  });
});

test("flatten leaves a Background, without what was hidden", async () => {
  const { it, document, modal } = painted();
  const all = filled(rectangle(0, 0, 8, 6), [9, 9, 9, 255]);
  edits.showLayer(document, edits.newLayer(document, { raster: all }), false);
  await modal(() => it.flatten());
  assert.deepEqual([it.layers.length, it.layers[0].name], [1, "Background"]);
  assert.equal(it.layers[0].isBackgroundLayer, true);
  await modal(async () => {
    assert.equal((await it.sampleColor({ x: 1, y: 2 })).rgb.hexValue, "FF0000");
    assert.equal((await it.sampleColor({ x: 0, y: 0 })).rgb.hexValue, "FFFFFF");
  });
});

test("merging visible layers keeps hidden ones, and makes no Background where there was none", async () => {
  const { it, document, modal } = painted();
  edits.deleteLayers(document, [1]);
  const hidden = edits.newLayer(document, { name: "hidden" });
  edits.showLayer(document, hidden, false);
  edits.newLayer(document, { name: "top", raster: filled(rectangle(5, 5, 1, 1), RED) });
  await modal(() => it.mergeVisibleLayers());
  assert.deepEqual(
    Array.from(it.layers, ({ name, isBackgroundLayer }) => [name, isBackgroundLayer]),
    [
      ["hidden", false],
      ["top", false],
    ],
  );
  assert.deepEqual(box(it.layers[1]), [1, 2, 6, 6]);
});

test("merge is of the selected layers: one goes down onto a pixel layer, more become one", async () => {
  const { it, document, modal } = painted();
  const spot = (x) => filled(rectangle(x, 0, 1, 1), RED);
  const upper = edits.newLayer(document, { name: "upper", raster: spot(7) });
  await modal(async () => {
    const merged = await it.layers[1].merge();
    assert.deepEqual([merged.name, box(merged)], ["two", [1, 0, 8, 3]]);
    assert.equal(it.layers.length, 2);
    assert.deepEqual(
      Array.from(it.activeLayers, ({ id }) => id),
      [merged.id],
    );
  });
  document.undo();
  const group = edits.newGroup(document, { name: "g" });
  const lone = edits.newLayer(document, { name: "lone" });
  edits.placeLayer(document, lone, group, "placeBefore");
  await modal(async () => {
    await assert.rejects(it.layers[0].merge(), /no pixel layer beneath/);
    edits.selectLayers(document, [upper, it.layers.getByName("two").id]);
    assert.equal((await it.layers[0].merge()).name, "upper");
  });
});

test("a document is duplicated whole or merged, and the duplicate comes to the front", async () => {
  const { it, app, modal } = painted();
  await modal(async () => {
    const whole = await it.duplicate("twin");
    assert.deepEqual([whole.name, whole.layers.length, whole.saved], ["twin", 2, false]);
    assert.equal(app.activeDocument.id, whole.id);
    assert.equal((await it.duplicate("one", true)).layers.length, 1);
  });
});

test("layers are duplicated into another document, in their order", async () => {
  const { it, app, modal } = painted();
  await modal(async () => {
    const other = await app.createDocument({ width: 9, height: 9 });
    const alone = await it.layers[0].duplicate(other);
    assert.deepEqual([alone.document.id, alone.name], [other.id, "two"]);
    await it.duplicateLayers([it.layers[1], it.layers[0]], other);
    const order = Array.from(other.layers, ({ name }) => name);
    assert.deepEqual(order, ["two", "Background", "two", "Background"]);
    const twins = await it.duplicateLayers([it.layers[0]]);
    assert.equal(twins[0].id, it.layers[0].id);
    const deep = await app.createDocument({ width: 2, height: 2, depth: 16 });
    await assert.rejects(it.layers[0].duplicate(deep), /other modes is not modelled/);
  });
});

test("releasing a clipping releases what is clipped above it; the lowest layer cannot be clipped", async () => {
  const { it, document, modal } = painted();
  const clips = () => Array.from(it.layers, ({ isClippingMask }) => isClippingMask);
  for (const name of ["a", "b"]) edits.newLayer(document, { name, clipped: true });
  await modal(async () => {
    it.layers[1].isClippingMask = false;
    assert.deepEqual(clips(), [false, false, false, false]);
    assert.throws(() => (it.backgroundLayer.isClippingMask = true), /no layer below/);
  });
});

test("the background keeps its blend mode; passThrough is a group's; fill opacity is 0..100", async () => {
  const { it, modal } = painted();
  const [layer] = it.layers;
  await modal(async () => {
    assert.throws(() => (it.backgroundLayer.blendMode = "multiply"), /keeps its blend mode/);
    assert.throws(() => (layer.blendMode = "passThrough"), /only a group/);
    layer.fillOpacity = 40;
    assert.deepEqual([layer.fillOpacity, layer.opacity], [40, 100]);
    assert.throws(() => (layer.fillOpacity = 255), /0\.\.100/);
  });
});

test("pixel layers are rasterized already; other kinds are not modelled", async () => {
  const { it, document, modal, constants } = painted();
  const { ENTIRELAYER } = constants.RasterizeType;
  await modal(async () => {
    await it.layers[0].rasterize(ENTIRELAYER);
    await it.rasterizeAllLayers();
    edits.newLayer(document, {
      foreign: { kept: [{ key: "curv", data: "" }], ranges: "", maskParameters: "" },
    });
    await assert.rejects(it.layers[0].rasterize(ENTIRELAYER), /not modelled/);
    await assert.rejects(it.rasterizeAllLayers(), /not modelled/);
  });
});
