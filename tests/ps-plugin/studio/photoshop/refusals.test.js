"use strict";
// Wrong uses of Photoshop's modules: each is refused with a sentence that names it.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { WRONG, RIGHT } = require("../wrong_uses.js");
const { opened, paint, rgba } = require("../tools.js");

const WRONG_USES = [
  ["NaN for an id", (t) => t.imaging.getPixels({ layerID: NaN }), /layerID must be number/],
  ["no options at all", (t) => t.imaging.getPixels(), /options must be/],
  ["too many arguments", (t) => t.imaging.getPixels({}, {}), /takes 1/],
  ["an unknown layer", (t) => t.imaging.getPixels({ layerID: 99 }), /no layer 99/],
  ["an unknown document", (t) => t.imaging.getPixels({ documentID: 5 }), /no document 5/],
  ["another profile", (t) => t.imaging.getPixels({ colorProfile: "Adobe RGB" }), /not modelled/],
  ["32 bit", (t) => t.imaging.getPixels({ componentSize: 32 }), /not modelled/],
  [
    "an ArrayBuffer",
    (t) => t.imaging.createImageDataFromBuffer(new ArrayBuffer(4), one),
    /must be/,
  ],
  ["five components", (t) => t.imaging.createImageDataFromBuffer(rgba(1, 1), five), /not modelled/],
  ["pixels for a group", (t) => intoGroup(t), /not a pixel layer/],
  ["RGBA as a selection", (t) => rgbaSelection(t), /one component/],
  ["into a layer that is no group", (t) => intoLayer(t), /not a group/],
  ["a misspelt property", (t) => t.app.activeDocument.activeLayer, /Document has no "activeLayer"/],
  ["a property not modelled", (t) => t.app.activeDocument.guides, /not modelled/],
  ["a new property", (t) => (t.app.activeDocument.layers[0].note = 1), /Layer has no "note"/],
  ["a read-only property", (t) => (t.app.activeDocument.width = 1), /read-only/],
  ["an unknown event", (t) => t.action.addNotificationListener(["all"], () => {}), /"all"/],
  ["an unknown function", (t) => t.imaging.getPixel({}), /imaging.getPixel is not modelled/],
  ["an unknown constant", (t) => t.constants.LayerKinds, /not modelled/],
  ["a descriptor's unknown key", (t) => play(t, { ...getSettings, key: "x" }), /knows no "key"/],
  [
    "an unknown reference",
    (t) => play(t, { _obj: "get", _target: [{ _ref: "path" }] }),
    /reference/,
  ],
  ["moving the background", (t) => moveBackground(t), /background/],
];
const one = { width: 1, height: 1, components: 4, colorSpace: "RGB" };
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

/** Runs a line of a plugin's in the panel's world, inside of a modal scope. */
async function run(code) {
  const file =
    'const { app, core, action, constants, imaging } = require("photoshop");' +
    'const uxp = require("uxp");' +
    `module.exports = async (layer, part, context) => ${code};`;
  const read = (name) => {
    if (name !== "line.js") throw new Error(`Module not found: ${name}`);
    return file;
  };
  const host = createHost({ read });
  host.model.newDocument({ width: 4, height: 4 });
  const { app, core, imaging } = host.photoshop;
  const line = host.run("line.js", { window: new Window() });
  return core.executeAsModal(
    async (context) => {
      const layer = await app.activeDocument.createPixelLayer();
      const part = await imaging.createImageDataFromBuffer(rgba(1, 1), one);
      return line(layer, part, context);
    },
    { commandName: "Line" },
  );
}

for (const { what, code, says } of WRONG.filter((use) => use.says)) {
  test(`refused when it runs: ${what}`, () => assert.rejects(run(code), says));
}

for (const { code } of RIGHT) test(`let through: ${code}`, () => run(code));

test("at least twenty wrong uses are caught by the types, and as many when they run", () => {
  assert.ok(WRONG.filter((use) => use.types).length >= 20);
  assert.ok(WRONG.filter((use) => use.says).length >= 20);
  assert.ok(WRONG.filter((use) => use.types && use.says).length >= 20);
  assert.deepEqual(
    WRONG.filter((use) => !use.types && !use.says),
    [],
  );
});
