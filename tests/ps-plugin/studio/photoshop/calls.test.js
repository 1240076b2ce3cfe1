"use strict";
// Calls as Adobe's samples make them: what they leave out, which units they use, what comes back.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, edgesOf } = require("../tools.js");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

test("a document made without sizes has Photoshop's default size", async () => {
  const { app, modal } = opened();
  await modal(async () => {
    const made = await app.createDocument();
    const { width, height, resolution } = made;
    assert.deepEqual([width, height, resolution], [2100, 1500, 300]);
    const small = await app.createDocument({ width: 4, height: 3, resolution: 72, name: "s" });
    assert.deepEqual([small.height, small.resolution, small.name], [3, 72, "s"]);
    await assert.rejects(app.createDocument({ mode: "CMYKColorMode" }), /not modelled/);
  });
});

test("a document is filled with white, black, the background colour, or a colour alone", async () => {
  const { app, modal, constants } = opened();
  const { BLACK, BACKGROUNDCOLOR } = constants.DocumentFill;
  const colour = new app.SolidColor();
  colour.rgb.green = 0;
  await modal(async () => {
    app.backgroundColor = colour;
    const size = { width: 2, height: 2 };
    const seen = [];
    for (const more of [{}, { fill: BLACK }, { fill: BACKGROUNDCOLOR }, { fillColor: colour }]) {
      const made = await app.createDocument({ ...size, ...more });
      assert.equal(made.layers[0].isBackgroundLayer, true);
      seen.push((await made.sampleColor({ x: 1, y: 1 })).rgb.hexValue);
    }
    assert.deepEqual(seen, ["FFFFFF", "000000", "FF00FF", "FF00FF"]);
    const clear = await app.createDocument({ ...size, fill: "transparent" });
    assert.equal((await clear.sampleColor({ x: 0, y: 0 })).typename, "NoColor");
    await assert.rejects(clear.sampleColor({ x: 2, y: 0 }), /not on the canvas/);
  });
});

test("a colour is white at first, and its parts are 0..255", () => {
  const { app } = opened();
  const colour = new app.SolidColor();
  assert.deepEqual([colour.rgb.hexValue, colour.base.typename], ["FFFFFF", "RGBColor"]);
  colour.rgb.red = 8;
  assert.equal(colour.rgb.hexValue, "08FFFF");
  assert.throws(() => (colour.rgb.red = 256), /0\.\.255/);
  const other = new app.SolidColor();
  assert.equal(other.isEqual(colour), false);
  other.rgb = colour.rgb;
  assert.equal(other.isEqual(colour), true);
});

test("a modal scope is entered without options, and a history suspended without a name", async () => {
  const { app, core, document } = opened();
  assert.equal(await core.executeAsModal(async () => 5), 5);
  await app.activeDocument.suspendHistory(async (context) => {
    await context.document.createLayer({ name: "without a kind" });
    await context.document.createLayer("group", { name: "g" });
  });
  assert.equal(document.history.length, 2);
  assert.equal(app.activeDocument.layers[0].kind, "group");
  await assert.rejects(
    core.executeAsModal(() => app.activeDocument.createLayer("text")),
    /not modelled/,
  );
});

test("batchPlay: an ordinal means the target, an application ends a reference, redraw is an option", async () => {
  const { app, action, modal } = opened();
  const layer = { _ref: "layer", _enum: "ordinal" };
  const here = [layer, { _ref: "document", _enum: "ordinal" }, { _ref: "application" }];
  await modal(async () => {
    const options = { immediateRedraw: true, continueOnError: false };
    await action.batchPlay([{ _obj: "hide", _target: here }], options);
    assert.equal(app.activeDocument.layers[0].visible, false);
    await action.batchPlay([{ _obj: "show", _target: { _ref: here } }], {});
    assert.equal(app.activeDocument.layers[0].visible, true);
    await action.batchPlay([{ _obj: "make", _target: [{ _ref: "layer" }], layerID: 2 }], {});
    assert.equal(app.activeDocument.layers.length, 2);
    const application = { _ref: "application", _enum: "ordinal", _value: "targetEnum" };
    const name = { _ref: "property", _property: "hostName" };
    const ask = { _obj: "get", _target: { _ref: [name, application] } };
    assert.deepEqual(await action.batchPlay([ask], {}), [{ hostName: "Photoshop" }]);
  });
});

test("batchPlay: without a document it answers -25922, and does not reject", async () => {
  const { photoshop } = createHost({ manifest: {} });
  const hide = { _obj: "hide", _target: [{ _ref: "layer", _enum: "ordinal" }] };
  const [answer] = await photoshop.core.executeAsModal(() =>
    photoshop.action.batchPlay([hide], {}),
  );
  assert.deepEqual([answer._obj, answer.result], ["error", -25922]);
});

test("units are converted; pixels need a resolution", () => {
  const { app, constants } = opened();
  const { PIXELS, INCHES, CM, POINTS, PICAS, MM } = constants.Units;
  assert.equal(app.convertUnits(600, PIXELS, INCHES, 300), 2);
  assert.ok(Math.abs(app.convertUnits(1, INCHES, CM) - 2.54) < 1e-9);
  assert.equal(app.convertUnits(6, PICAS, POINTS), 72);
  assert.ok(Math.abs(app.convertUnits(25.4, MM, PIXELS, 72) - 72) < 1e-9);
  assert.throws(() => app.convertUnits(1, PIXELS, INCHES), /need a resolution/);
});

test("the application updates its panels and comes to the front without a word", async () => {
  const { app, core } = opened();
  assert.equal(await app.updateUI(), undefined);
  assert.equal(app.bringToFront(), undefined);
  assert.equal(await core.redrawDocument({ documentID: app.activeDocument.id }), 0);
});

test("a document says what is not modelled of it by its plain value, and refuses to change it", () => {
  const { app, constants } = opened();
  const it = app.activeDocument;
  const said = [it.zoom, it.pixelAspectRatio, it.quickMaskMode, it.cloudDocument];
  assert.deepEqual(said, [100, 1, false, false]);
  assert.equal(it.colorProfileType, constants.ColorProfileType.CUSTOM);
  assert.equal(it.artboards.length, 0);
  assert.equal(it.activeChannels.length, 3);
  assert.throws(() => (it.quickMaskMode = true), /writing .* not modelled/);
  const channel = it.channels[0];
  assert.deepEqual([channel.typename, channel.visible], ["ComponentChannel", true]);
  assert.equal(channel.parent.id, it.id);
});

test("a selection is made of rectangles, polygons, all, the inverse, a layer's opacity", async () => {
  const { app, modal, constants } = opened(8, 6);
  const it = app.activeDocument;
  const { EXTEND, DIMINISH, INTERSECT } = constants.SelectionType;
  const box = () => it.selection.bounds && Object.values(edgesOf(it.selection.bounds));
  assert.equal(it.selection.parent.id, it.id);
  await modal(async () => {
    const rect = (left, top, right, bottom, mode) =>
      it.selection.selectRectangle({ left, top, right, bottom }, mode);
    await rect(1, 1, 3, 3);
    await rect(4, 1, 6, 3, EXTEND);
    assert.deepEqual([box(), it.selection.solid], [[1, 1, 6, 3], false]);
    await rect(4, 0, 8, 6, DIMINISH);
    assert.deepEqual(box(), [1, 1, 3, 3]);
    await rect(2, 0, 8, 2, INTERSECT);
    assert.deepEqual([box(), it.selection.solid], [[2, 1, 3, 2], true]);
    await it.selection.inverse();
    assert.deepEqual(box(), [0, 0, 8, 6]);
    await it.selection.selectAll();
    await it.selection.inverse();
    assert.equal(it.selection.bounds, null);
    const corners = [
      { x: 0, y: 0 },
      { x: 4, y: 0 },
      { x: 4, y: 4 },
      { x: 0, y: 4 },
    ];
    await it.selection.selectPolygon(corners);
    assert.deepEqual(box(), [0, 0, 4, 4]);
    await it.selection.load(it.backgroundLayer);
    assert.deepEqual(box(), [0, 0, 8, 6]);
    await assert.rejects(it.selection.load(it.channels[0]), /channel is not modelled/);
  });
});
