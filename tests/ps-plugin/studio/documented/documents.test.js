"use strict";
// What Adobe's pages of documents, layers, colours and history say, done and checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, paint, edgesOf } = require("../tools.js");
const { from } = require("./tools.js");

/** Work in a scope on a document of 20 x 10 with layers a, b and c above its background. */
async function withLayers(work) {
  const tools = opened(20, 10);
  const { app, modal } = tools;
  const it = app.activeDocument;
  await modal(async () => {
    for (const name of ["a", "b", "c"]) await it.createLayer({ name });
    const [c, b, a] = it.layers;
    await work({ ...tools, it, a, b, c });
  });
}
const namesOf = (layers) => Array.from(layers, ({ name }) => name);

from("ps-reference/classes/document.md", () => {
  test("createLayerGroup makes an empty group, or one of the given layers", () =>
    withLayers(async ({ it, a, b }) => {
      const empty = await it.createLayerGroup({ name: "Empty", opacity: 80 });
      assert.deepEqual([empty.layers.length, Math.round(empty.opacity)], [0, 80]);
      const full = await it.createLayerGroup({ name: "Full", fromLayers: [a, b] });
      assert.deepEqual(namesOf(full.layers), ["b", "a"]);
    }));

  test("groupLayers puts existing layers into a new group and answers with it", () =>
    withLayers(async ({ it, a, c }) => {
      const group = await it.groupLayers([a, c]);
      assert.equal(group.kind, "group");
      assert.deepEqual(namesOf(group.layers), ["c", "a"]);
      assert.equal(a.parent.id, group.id);
    }));

  test("duplicateLayers answers with the copies and leaves what was copied", () =>
    withLayers(async ({ it, a, c }) => {
      const copies = await it.duplicateLayers([a, c]);
      assert.equal(copies.length, 2);
      assert.equal(it.layers.length, 6);
      for (const copy of copies) assert.ok(![a.id, c.id].includes(copy.id));
    }));

  test("resizeCanvas changes the size and does not scale, growing evenly on all sides", () =>
    withLayers(async ({ it, a, imaging }) => {
      await paint(imaging, a.id, 4, 2, 1, 1, 50);
      await it.resizeCanvas(it.width + 10, it.height + 4);
      assert.deepEqual([it.width, it.height], [30, 14]);
      assert.deepEqual(edgesOf(a.bounds), { left: 6, top: 3, right: 10, bottom: 5 });
    }));

  test("resizeImage scales what is in the document", () =>
    withLayers(async ({ it, a, imaging }) => {
      await paint(imaging, a.id, 4, 2, 2, 2, 50);
      await it.resizeImage(40, 20);
      assert.deepEqual([it.width, it.height], [40, 20]);
      assert.deepEqual(edgesOf(a.bounds), { left: 4, top: 4, right: 12, bottom: 8 });
    }));

  test("rotate turns the image clockwise and makes the canvas fit", () =>
    withLayers(async ({ it, a, imaging }) => {
      await paint(imaging, a.id, 2, 1, 0, 0, 50);
      await it.rotate(90);
      assert.deepEqual([it.width, it.height], [10, 20]);
      assert.deepEqual(edgesOf(a.bounds), { left: 9, top: 0, right: 10, bottom: 2 });
    }));

  test("crop leaves the given bounds, which begin at 0, 0 then", () =>
    withLayers(async ({ it, a, imaging }) => {
      await paint(imaging, a.id, 2, 2, 6, 4, 50);
      await it.crop({ left: 5, top: 3, right: 12, bottom: 9 });
      assert.deepEqual([it.width, it.height], [7, 6]);
      assert.deepEqual(edgesOf(a.bounds), { left: 1, top: 1, right: 3, bottom: 3 });
    }));

  test("flatten leaves one layer, which is the Background", () =>
    withLayers(async ({ it }) => {
      await it.flatten();
      assert.equal(it.layers.length, 1);
      assert.equal(it.layers[0].isBackgroundLayer, true);
    }));

  test("mergeVisibleLayers makes no Background where there was none", () =>
    withLayers(async ({ app }) => {
      const clear = await app.createDocument({ width: 5, height: 5, fill: "transparent" });
      await clear.createLayer({ name: "Top" });
      await clear.mergeVisibleLayers();
      assert.deepEqual(namesOf(clear.layers), ["Top"]);
      assert.equal(clear.backgroundLayer, null);
    }));

  test("sampleColor answers with the colour at a place, as numbers and as a hex value", () =>
    withLayers(async ({ it, c, imaging }) => {
      await paint(imaging, c.id, 3, 3, 0, 0, 200);
      const { rgb } = await it.sampleColor({ x: 1, y: 1 });
      assert.equal(rgb.hexValue.length, 6);
      assert.equal(Math.round(rgb.red), parseInt(rgb.hexValue.slice(0, 2), 16));
    }));

  test("width, height and id are read only", () =>
    withLayers(async ({ it }) => {
      for (const name of ["width", "height", "id", "resolution"]) {
        assert.throws(() => (it[name] = 5), /read-only/, name);
      }
    }));

  test("trim with TRANSPARENT takes the named sides only", () =>
    withLayers(async ({ app, imaging, constants }) => {
      const clear = await app.createDocument({ width: 9, height: 9, fill: "transparent" });
      await paint(imaging, clear.layers[0].id, 3, 3, 2, 2, 50);
      await clear.trim(constants.TrimType.TRANSPARENT, false, false, true, false);
      assert.deepEqual([clear.width, clear.height], [9, 5]);
    }));
});

from("ps-reference/classes/layer.md", () => {
  test("a layer at the top of a document has no parent, one in a group has the group", () =>
    withLayers(async ({ it, a, b }) => {
      assert.equal(a.parent, null);
      const group = await it.createLayerGroup({ fromLayers: [b] });
      assert.equal(b.parent.id, group.id);
    }));

  test("a layer that does not exist in a blend mode's list is refused it", () =>
    withLayers(async ({ a, constants }) => {
      a.blendMode = constants.BlendMode.MULTIPLY;
      assert.equal(a.blendMode, "multiply");
      assert.throws(() => (a.blendMode = "moreOrLess"));
    }));

  test("releasing a clipping mask releases those above it", () =>
    withLayers(async ({ b, c }) => {
      b.isClippingMask = true;
      c.isClippingMask = true;
      b.isClippingMask = false;
      assert.equal(c.isClippingMask, false);
    }));

  test("locked is true while any property is", () =>
    withLayers(async ({ a }) => {
      assert.equal(a.locked, false);
      a.positionLocked = true;
      assert.deepEqual([a.locked, a.allLocked, a.pixelsLocked], [true, false, false]);
    }));

  test("move places a layer beside another, or into a group", () =>
    withLayers(async ({ it, a, c, constants }) => {
      const { PLACEBEFORE, PLACEINSIDE } = constants.ElementPlacement;
      a.move(c, PLACEBEFORE);
      assert.deepEqual(namesOf(it.layers).slice(0, 3), ["a", "c", "b"]);
      const group = await it.createLayerGroup({ name: "g" });
      c.move(group, PLACEINSIDE);
      assert.deepEqual(namesOf(group.layers), ["c"]);
    }));

  test("translate moves a layer by pixels", () =>
    withLayers(async ({ a, imaging }) => {
      await paint(imaging, a.id, 2, 2, 1, 1, 50);
      await a.translate(3, 4);
      assert.deepEqual(edgesOf(a.bounds), { left: 4, top: 5, right: 6, bottom: 7 });
    }));

  test("a duplicate has a name, pixels and an id of its own", () =>
    withLayers(async ({ a, imaging }) => {
      await paint(imaging, a.id, 2, 2, 1, 1, 50);
      const copy = await a.duplicate();
      assert.notEqual(copy.id, a.id);
      assert.deepEqual(edgesOf(copy.bounds), edgesOf(a.bounds));
    }));

  test("what a plugin changes of a layer outside of a scope is refused", async () => {
    const { app } = opened();
    assert.throws(() => (app.activeDocument.layers[0].name = "x"), /inside a modal scope/);
  });
});

from("ps-reference/classes/layers.md", () => {
  test("layers are found by their name", () =>
    withLayers(async ({ it, b }) => assert.equal(it.layers.getByName("b").id, b.id)));
});

from("ps-reference/objects/bounds.md", () => {
  test("bounds know their width and height, which follow their edges and cannot be written", () =>
    withLayers(async ({ a, imaging }) => {
      await paint(imaging, a.id, 4, 2, 1, 1, 50);
      assert.deepEqual([a.bounds.width, a.bounds.height], [4, 2]);
      const bounds = a.bounds;
      bounds.right += 3;
      assert.equal(bounds.width, 7);
      assert.throws(() => (bounds.width = 1), /read-only/);
    }));
});

from("ps-reference/classes/solidcolor.md", () => {
  test("a new colour is white; of a changed one the hex value follows", () => {
    const { app } = opened();
    const colour = new app.SolidColor();
    assert.equal(colour.rgb.hexValue, "FFFFFF");
    colour.rgb.green = 16;
    assert.equal(colour.rgb.hexValue, "FF10FF");
  });
});

from("ps-reference/classes/historystate.md", () => {
  test("a document goes back to a state that is made its active one", () =>
    withLayers(async ({ it }) => {
      const before = it.activeHistoryState;
      await it.createLayer({ name: "d" });
      assert.equal(it.layers.length, 5);
      it.activeHistoryState = before;
      assert.equal(it.layers.length, 4);
    }));
});

from("ps-reference/classes/selection.md", () => {
  test("a rectangle is selected, inverted and taken away", () =>
    withLayers(async ({ it, app }) => {
      const { selection } = it;
      await selection.selectRectangle({ left: 2, top: 1, right: 8, bottom: 6 });
      assert.deepEqual(edgesOf(selection.bounds), { left: 2, top: 1, right: 8, bottom: 6 });
      await selection.inverse();
      assert.deepEqual(edgesOf(selection.bounds), { left: 0, top: 0, right: 20, bottom: 10 });
      await selection.deselect();
      assert.equal(app.activeDocument.selection.bounds, null);
    }));
});
