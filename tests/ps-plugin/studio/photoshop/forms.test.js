"use strict";
// Commands as Photoshop's own listener prints them: what other people's plugins send by batchPlay.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened } = require("../tools.js");
const STUDIO = "../../../../ps-plugin/studio/";
const edits = require(`${STUDIO}document/edits.js`);
const { filled } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { LISTED } = require(`${STUDIO}documented/event_codes.js`);

const TARGET = { _ref: "layer", _enum: "ordinal", _value: "targetEnum" };
const pixels = (value) => ({ _unit: "pixelsUnit", _value: value });
const percent = (value) => ({ _unit: "percentUnit", _value: value });
const degrees = (value) => ({ _unit: "angleUnit", _value: value });
const place = (_value) => ({ _ref: "layer", _enum: "ordinal", _value });

/** A document with two painted layers, a below b, and `play`: one command in a scope. */
function prepared() {
  const tools = opened(16, 12);
  const { document, action, modal } = tools;
  const paint = (left, name) =>
    edits.newLayer(document, {
      name,
      raster: filled(rectangle(left, 2, 4, 2), [10, 20, 30, 255]),
    });
  const [a, b] = [paint(1, "a"), paint(6, "b")];
  const play = async (command) => (await modal(() => action.batchPlay([command], {})))[0];
  const names = () => tools.app.activeDocument.layers.map(({ name }) => name);
  const layer = (id) => edits.layerIn(document.state, id);
  return { ...tools, a, b, play, names, layer };
}

test("batchPlay names a layer, fades it and sets its mode, in one history state", async () => {
  const { document, b, play, layer } = prepared();
  const states = document.history.length;
  const to = { _obj: "layer", name: "c", opacity: percent(40), fillOpacity: percent(50) };
  const mode = { _enum: "blendMode", _value: "multiply" };
  await play({ _obj: "set", _target: [TARGET], to: { ...to, mode } });
  const { name, opacity, fill, blend } = layer(b);
  assert.deepEqual([name, opacity, fill, blend], ["c", 0.4, 0.5, "multiply"]);
  assert.equal(document.history.length, states + 1);
  await assert.rejects(
    play({ _obj: "set", _target: [TARGET], to: { _obj: "layer", opacity: 40 } }),
    /percentUnit/,
  );
  const wrong = { _obj: "layer", legacyContentProtected: true };
  await assert.rejects(play({ _obj: "set", _target: [TARGET], to: wrong }), /not modelled/);
  assert.equal(document.history.length, states + 1, "what failed leaves no state");
});

test("batchPlay makes layers and groups, also of what is selected", async () => {
  const { document, a, b, play, names, app } = prepared();
  await play({ _obj: "make", _target: [{ _ref: "layer" }], using: { _obj: "layer", name: "new" } });
  assert.deepEqual(names(), ["new", "b", "a", "Background"]);
  edits.selectLayers(document, [a, b]);
  const using = { _obj: "layerSection", name: "both" };
  await play({ _obj: "make", _target: [{ _ref: "layerSection" }], from: TARGET, using });
  assert.deepEqual(names(), ["new", "both", "Background"]);
  assert.deepEqual(
    app.activeDocument.layers[1].layers.map(({ name }) => name),
    ["b", "a"],
  );
  await play({ _obj: "make", _target: [{ _ref: "layerSection" }] });
  assert.equal(app.activeDocument.activeLayers[0].name, "Group 1");
});

test("batchPlay moves layers in their order and their pixels by an offset", async () => {
  const { a, b, play, names, layer } = prepared();
  await play({ _obj: "move", _target: [TARGET], to: place("previous"), adjustment: false });
  assert.deepEqual(names(), ["a", "b", "Background"]);
  await play({
    _obj: "move",
    _target: [{ _ref: "layer", _id: b }],
    to: place("front"),
    version: 5,
  });
  assert.deepEqual(names(), ["b", "a", "Background"]);
  await play({ _obj: "move", _target: [{ _ref: "layer", _name: "b" }], to: place("back") });
  assert.deepEqual(names(), ["a", "b", "Background"]);
  const to = { _obj: "offset", horizontal: pixels(3), vertical: pixels(-1) };
  await play({ _obj: "move", _target: [{ _ref: "layer", _id: a }], to });
  assert.deepEqual([layer(a).raster.left, layer(a).raster.top], [4, 1]);
  const index = { _obj: "move", _target: [TARGET], to: { _ref: "layer", _index: 2 } };
  await assert.rejects(play(index), /not modelled/);
});

test("batchPlay doubles, deletes and merges what is selected", async () => {
  const { host, document, a, b, play, names } = prepared();
  edits.selectLayers(document, [a, b]);
  await play({ _obj: "duplicate", _target: [TARGET], ID: [21, 22], version: 5 });
  assert.deepEqual(names(), ["b copy", "b", "a copy", "a", "Background"]);
  await play({ _obj: "delete", _target: [TARGET], layerID: [21, 22] });
  assert.deepEqual(names(), ["b", "a", "Background"]);
  edits.selectLayers(document, [b]);
  await play({ _obj: "copyToLayer" });
  assert.deepEqual(names(), ["b copy", "b", "a", "Background"]);
  edits.selectLayers(document, [a, b]);
  await play({ _obj: "mergeLayersNew" });
  assert.deepEqual(names(), ["b copy", "b", "Background"]);
  const other = host.model.newDocument({ width: 4, height: 4 });
  host.model.activate(document);
  const into = { _ref: "document", _id: other.id };
  await play({ _obj: "duplicate", _target: [TARGET], to: into, name: "there" });
  assert.equal(other.state.layers.at(-1).name, "there");
});

test("batchPlay clips layers onto the one below and releases them", async () => {
  const { b, play, layer, app } = prepared();
  await play({ _obj: "groupEvent", _target: [TARGET] });
  assert.deepEqual([layer(b).clipped, app.activeDocument.layers[0].isClippingMask], [true, true]);
  await play({ _obj: "ungroup", _target: [TARGET] });
  assert.equal(layer(b).clipped, false);
});

test("batchPlay transforms a layer about its middle: percent, quarters, offset", async () => {
  const { document, b, play, layer } = prepared();
  const states = document.history.length;
  const centre = { _enum: "quadCenterState", _value: "QCSAverage" };
  const offset = { _obj: "offset", horizontal: pixels(1), vertical: pixels(0) };
  const whole = { _obj: "transform", _target: [TARGET], freeTransformCenterState: centre };
  await play({ ...whole, width: percent(50), height: percent(100), angle: degrees(90), offset });
  const { left, top, width, height } = layer(b).raster;
  assert.deepEqual([width, height], [2, 2]);
  assert.deepEqual([left, top], [8, 2]);
  assert.equal(document.history.length, states + 1);
  await assert.rejects(play({ ...whole, angle: degrees(30) }), /not modelled/);
});

test("batchPlay hides and shows by the key that the listener prints", async () => {
  const { b, play, layer } = prepared();
  await play({ _obj: "hide", null: [TARGET] });
  assert.equal(layer(b).visible, false);
  await play({ _obj: "show", null: [{ _ref: "layer", _name: "b" }] });
  assert.equal(layer(b).visible, true);
  const answer = await play({ _obj: "hide", null: [{ _ref: "layer", _name: "none" }] });
  assert.equal(answer._obj, "error");
});

test("batchPlay changes the document's size, turns it, makes it flat", async () => {
  const { document, play, names, app } = prepared();
  const size = () => [document.state.width, document.state.height];
  const interpolation = { _enum: "interpolationType", _value: "bicubicAutomatic" };
  const more = { constrainProportions: true, interfaceIconFrameDimmed: interpolation };
  await play({ _obj: "imageSize", width: pixels(32), ...more });
  assert.deepEqual(size(), [32, 24]);
  await play({ _obj: "imageSize", height: percent(50) });
  assert.deepEqual(size(), [16, 12]);
  const right = { _enum: "horizontalLocation", _value: "right" };
  await play({ _obj: "canvasSize", relative: true, width: pixels(4), horizontal: right });
  assert.deepEqual(size(), [20, 12]);
  assert.equal(document.state.layers[1].raster.left, 5, "what is new lies at the left");
  const edges = { left: pixels(4), top: pixels(0), right: pixels(20), bottom: pixels(12) };
  await play({
    _obj: "crop",
    to: { _obj: "rectangle", ...edges },
    angle: degrees(0),
    delete: true,
  });
  assert.deepEqual(size(), [16, 12]);
  const page = { _ref: "document", _enum: "ordinal", _value: "first" };
  await assert.rejects(play({ _obj: "rotateEventEnum", _target: [page], angle: degrees(90) }));
  await play({ _obj: "rotateEventEnum", angle: degrees(90) });
  assert.deepEqual(size(), [12, 16]);
  await play({ _obj: "convertMode", depth: 16 });
  assert.equal(document.state.depth, 16);
  const twin = { _obj: "duplicate", name: "twin", merged: true };
  await play({ ...twin, _target: [{ _ref: "document", _enum: "ordinal" }] });
  assert.deepEqual([app.documents.length, app.activeDocument.name], [2, "twin"]);
  await play({ _obj: "close", saving: { _enum: "yesNo", _value: "no" } });
  await play({ _obj: "mergeVisible", duplicate: false });
  await play({ _obj: "flattenImage" });
  assert.deepEqual(names(), ["Background"]);
});

test("a rasterized layer is of pixels; of those there is nothing to do", async () => {
  const { play, layer, b } = prepared();
  const { raster } = layer(b);
  await play({ _obj: "rasterizeLayer", _target: [TARGET] });
  assert.equal(layer(b).raster, raster);
});

test("a plugin may listen to every event of the page, and to no others", async () => {
  const { action, document, b } = prepared();
  const heard = [];
  const listener = (event) => heard.push(event);
  await action.addNotificationListener([...LISTED], listener);
  assert.ok(["save", "cut", "paste", "undoEvent", "gaussianBlur"].every((e) => LISTED.includes(e)));
  edits.duplicateLayer(document, b);
  await new Promise((wake) => setTimeout(wake, 5));
  assert.deepEqual(heard, ["duplicate"]);
  for (const strange of ["undo", "layerMoved", "historyChanged"]) {
    await assert.rejects(
      action.addNotificationListener([strange], listener),
      /Photoshop has no event/,
    );
  }
  await assert.rejects(action.addNotificationListener(["all"], listener), /not modelled/);
});
