"use strict";
// Wrong uses of Photoshop's modules: each is refused with a sentence that names it.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, paint, rgba } = require("./host_tools.js");

const WRONG_USES = [
  ["a misspelt option", (t) => t.imaging.getPixels({ layerId: 1 }), /no "layerId"/],
  ["a layer id as text", (t) => t.imaging.getPixels({ layerID: "1" }), /layerID must be number/],
  ["NaN for an id", (t) => t.imaging.getPixels({ layerID: NaN }), /layerID must be number/],
  [
    "bounds with a missing edge",
    (t) => t.imaging.getPixels({ sourceBounds: { left: 0 } }),
    /missing/,
  ],
  ["no options at all", (t) => t.imaging.getPixels(), /options must be/],
  ["too many arguments", (t) => t.imaging.getPixels({}, {}), /takes 1/],
  ["an unknown layer", (t) => t.imaging.getPixels({ layerID: 99 }), /no layer 99/],
  ["an unknown document", (t) => t.imaging.getPixels({ documentID: 5 }), /no document 5/],
  ["another profile", (t) => t.imaging.getPixels({ colorProfile: "Adobe RGB" }), /not modelled/],
  ["32 bit", (t) => t.imaging.getPixels({ componentSize: 32 }), /not modelled/],
  [
    "full-range values without saying so",
    (t) => t.imaging.createImageDataFromBuffer(new Uint16Array(4).fill(65535), one),
    /0\.\.32768 without fullRange, got 65535/,
  ],
  ["12 bit", (t) => t.imaging.getPixels({ componentSize: 12 }), /componentSize must be/],
  ["no commandName", (t) => t.core.executeAsModal(async () => {}, {}), /commandName is missing/],
  [
    "an ArrayBuffer",
    (t) => t.imaging.createImageDataFromBuffer(new ArrayBuffer(4), one),
    /must be/,
  ],
  ["a buffer too short", (t) => t.imaging.createImageDataFromBuffer(rgba(1, 2), one), /8|elements/],
  [
    "no colour space",
    (t) => t.imaging.createImageDataFromBuffer(rgba(1, 1), noSpace),
    /colorSpace/,
  ],
  ["five components", (t) => t.imaging.createImageDataFromBuffer(rgba(1, 1), five), /not modelled/],
  ["pixels for a group", (t) => intoGroup(t), /not a pixel layer/],
  ["RGBA as a selection", (t) => rgbaSelection(t), /one component/],
  ["a wrong placement", (t) => t.app.activeDocument.layers[0].move(t.layer, "inside"), /must be/],
  ["into a layer that is no group", (t) => intoLayer(t), /not a group/],
  [
    "a wrong layer option",
    (t) => t.app.activeDocument.createPixelLayer({ title: "x" }),
    /no "title"/,
  ],
  ["a misspelt property", (t) => t.app.activeDocument.activeLayer, /Document has no "activeLayer"/],
  ["a property not modelled", (t) => t.app.activeDocument.guides, /not modelled/],
  ["a new property", (t) => (t.app.activeDocument.layers[0].note = 1), /Layer has no "note"/],
  ["a read-only property", (t) => (t.app.activeDocument.width = 1), /read-only/],
  ["an unknown event", (t) => t.action.addNotificationListener(["all"], () => {}), /"all"/],
  ["an unknown function", (t) => t.imaging.getPixel({}), /imaging.getPixel is not modelled/],
  ["an unknown constant", (t) => t.constants.LayerKinds, /not modelled/],
  [
    "a descriptor not modelled",
    (t) => play(t, { _obj: "flattenImage", _target: [] }),
    /not modelled/,
  ],
  ["a descriptor's unknown key", (t) => play(t, { ...getSettings, key: "x" }), /knows no "key"/],
  [
    "an unknown reference",
    (t) => play(t, { _obj: "get", _target: [{ _ref: "path" }] }),
    /reference/,
  ],
  ["moving the background", (t) => moveBackground(t), /background/],
];
const one = { width: 1, height: 1, components: 4, colorSpace: "RGB" };
const noSpace = { width: 1, height: 1, components: 4 };
const five = { width: 1, height: 1, components: 5, colorSpace: "RGB" };
const getSettings = {
  _obj: "get",
  _target: [{ _property: "generatorSettings" }, { _ref: "layer", _id: 1 }],
};
const play = (t, command) => t.action.batchPlay([command], {});

async function intoGroup({ app, imaging }) {
  const group = await app.activeDocument.createLayerGroup({ name: "g" });
  await paint(imaging, group.id, 1, 1, 0, 0, 1);
}

async function rgbaSelection({ imaging }) {
  const imageData = await imaging.createImageDataFromBuffer(rgba(1, 1), one);
  await imaging.putSelection({ imageData }).finally(() => imageData.dispose());
}

function intoLayer({ app, layer, constants }) {
  app.activeDocument.backgroundLayer.id;
  layer.move(app.activeDocument.backgroundLayer, constants.ElementPlacement.PLACEINSIDE);
}

function moveBackground({ app, layer, constants }) {
  app.activeDocument.backgroundLayer.move(layer, constants.ElementPlacement.PLACEBEFORE);
}

for (const [what, use, refusal] of WRONG_USES) {
  test(`refused: ${what}`, async () => {
    const tools = opened();
    await tools.modal(async () => {
      const layer = await tools.app.activeDocument.createPixelLayer();
      await assert.rejects(async () => use({ ...tools, layer }), refusal);
    });
  });
}
