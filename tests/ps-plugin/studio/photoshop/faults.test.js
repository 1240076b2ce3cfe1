"use strict";
// What goes wrong on demand: each fault happens as asked, once as often, and is then over.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { opened, paint } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);
const { DEEDS } = require(`${STUDIO}photoshop/faults.js`);
const { filled, laid } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);

const rect = (left, top, width, height) => rectangle(left, top, width, height);

test("busy: error 9, twice, at once; then the host is free", async () => {
  const { host, modal } = opened();
  host.faults.busy(2);
  for (const _ of [1, 2])
    await assert.rejects(
      modal(async () => 1),
      { number: 9 },
    );
  assert.equal(await modal(async () => "in"), "in");
});

test("cancel: the third call raises, and all after it; what was suspended is rolled back", async () => {
  const { host, app, document, modal } = opened();
  const before = document.state;
  host.faults.cancel(3);
  let reached = 0;
  const work = modal(async ({ hostControl }) => {
    await hostControl.suspendHistory({ documentID: document.id, name: "Steps" });
    for (; reached < 9; reached++) await app.activeDocument.createPixelLayer();
  });
  await assert.rejects(work, /cancelled/);
  assert.equal(reached, 2);
  assert.equal(document.state, before);
  assert.deepEqual(host.faults.waiting(), []);
});

test("failReads: one getPixels fails with number -1, the next one reads", async () => {
  const { host, imaging, modal } = opened();
  host.faults.failReads();
  await modal(async () => {
    await assert.rejects(imaging.getPixels({}), { number: -1 });
    (await imaging.getPixels({})).imageData.dispose();
  });
  assert.equal(host.undisposed(), 0);
});

test("tighten: a read is trimmed to what is not empty in the part asked for", async () => {
  const { host, document, imaging, modal } = opened(20, 20);
  const dots = laid(
    filled(rect(2, 2, 1, 1), [9, 9, 9, 255]),
    filled(rect(15, 9, 2, 1), [9, 9, 9, 255]),
  );
  const layerID = edits.newLayer(document, { raster: dots });
  edits.select(
    document,
    "Select",
    laid(filled(rect(1, 1, 2, 2), [255]), filled(rect(9, 4, 3, 1), [90])),
  );
  const sourceBounds = { left: 5, top: 0, right: 20, bottom: 20 };
  const bounds = async (call, options) => {
    const { imageData, sourceBounds } = await imaging[call](options);
    imageData.dispose();
    const { left, top, right, bottom } = sourceBounds;
    return [left, top, right, bottom];
  };
  await modal(async () => {
    assert.deepEqual(await bounds("getPixels", { layerID, sourceBounds }), [5, 2, 17, 10]);
    assert.deepEqual(await bounds("getSelection", { sourceBounds }), [5, 1, 12, 5]);
    host.faults.tighten();
    assert.deepEqual(await bounds("getPixels", { layerID, sourceBounds }), [15, 9, 17, 10]);
    assert.deepEqual(await bounds("getSelection", { sourceBounds }), [9, 4, 12, 5]);
  });
});

test("cacheLevels: without a pyramid a small picture is made of the large one", async () => {
  const { host, imaging, modal } = opened(64, 32);
  const level = async () => {
    const got = await imaging.getPixels({ targetSize: { width: 8 } });
    got.imageData.dispose();
    return [got.level, got.sourceBounds.right];
  };
  await modal(async () => {
    assert.deepEqual(await level(), [3, 8]);
    host.faults.cacheLevels(1);
    assert.deepEqual(await level(), [0, 64]);
  });
});

test("after: a document is closed when the second scope has ended, and not before", async () => {
  const { host, app, document, modal } = opened();
  host.faults.after(2, "closeDocument");
  await modal(async () => assert.equal(app.documents.length, 1));
  assert.equal(app.documents.length, 1);
  assert.deepEqual(host.faults.waiting(), ["closeDocument"]);
  await modal(async () => assert.equal(app.documents.length, 1));
  assert.equal(app.activeDocument, null);
  await assert.rejects(
    modal(({ hostControl }) => hostControl.suspendHistory({ documentID: document.id, name: "x" })),
    /no document/,
  );
});

test("a deed that finds nothing yet waits for the end of the next scope", async () => {
  const { host, app, document, modal } = opened();
  host.faults.after(1, "deleteGroup");
  await modal(async () => {});
  await modal(() => app.activeDocument.createLayerGroup({ name: "Painting 1" }));
  assert.equal(document.state.layers.length, 1);
  assert.equal(document.history.at(-1).name, "Delete Layer");
});

test("a locked layer takes no pixels and is not deleted, but may be named, hidden, ordered", async () => {
  const { host, app, imaging, modal, constants } = opened();
  const [layer] = await modal(async () => [await app.activeDocument.createPixelLayer()]);
  host.faults.now("lockLayer");
  await modal(async () => {
    assert.equal(layer.locked && layer.allLocked, true);
    await assert.rejects(paint(imaging, layer.id, 1, 1, 0, 0, 9), /“Layer 1” is locked/);
    assert.throws(() => layer.delete(), /Delete command because “Layer 1” is locked/);
    assert.throws(() => (layer.opacity = 50), /locked/);
    layer.name = "kept";
    layer.visible = false;
    const group = await app.activeDocument.createLayerGroup();
    layer.move(group, constants.ElementPlacement.PLACEINSIDE);
    group.allLocked = true;
    layer.allLocked = false;
    await assert.rejects(paint(imaging, layer.id, 1, 1, 0, 0, 9), /locked/, "by its group");
  });
  host.model.active.undo();
});

test("smaller locks hold what they name", async () => {
  const { app, document, imaging, modal } = opened();
  await modal(async () => {
    const layer = await app.activeDocument.createPixelLayer({ name: "a" });
    await paint(imaging, layer.id, 2, 2, 0, 0, 9);
    layer.positionLocked = true;
    assert.equal(layer.locked, true);
    assert.equal(layer.allLocked, false);
    await paint(imaging, layer.id, 2, 2, 0, 0, 10);
    assert.throws(() => edits.shiftLayer(document, layer.id, 1, 1), /Move command/);
    layer.positionLocked = false;
    layer.pixelsLocked = true;
    edits.shiftLayer(document, layer.id, 1, 1);
    await assert.rejects(paint(imaging, layer.id, 2, 2, 0, 0, 10), /locked/);
  });
});

test("renameAll: every layer and group has another name, and its id", () => {
  const { host, document } = opened();
  const id = edits.newGroup(document, { name: "Painting 1" });
  host.faults.now("renameAll");
  assert.equal(edits.layerIn(document.state, id).name, `Step ${id} by an Action`);
});

test("a deed or a number that makes no sense is refused", () => {
  const { host } = opened();
  assert.throws(
    () => host.faults.after(1, "explode"),
    /no deed "explode"; there are closeDocument/,
  );
  assert.throws(() => host.faults.busy(0), /whole number from 1, got 0/);
  assert.throws(() => host.faults.now("deleteGroup", { document: 1 }), /no such document/);
});

test("nothing goes wrong that was not asked for, and clear() is the end of it", async () => {
  const { host, modal } = opened();
  host.faults.busy();
  host.faults.after(1, Object.keys(DEEDS)[0]);
  host.faults.clear();
  assert.deepEqual(host.faults.waiting(), []);
  assert.equal(await modal(async () => 1), 1);
  assert.equal(host.model.documents.length, 1);
});

test("a painter waits for the scope's end, a plugin for the stroke's", async () => {
  const { host, document, action, modal } = opened();
  const order = [];
  const heard = [];
  await action.addNotificationListener(["toolModalStateChanged"], (_, { state }) =>
    heard.push(state._value),
  );
  let end = () => {};
  const scope = modal(async () => {
    await new Promise((wake) => (end = () => wake(null)));
    order.push("scope");
  });
  const waiting = host.painter(() => order.push("painter"));
  end();
  await Promise.all([scope, waiting]);
  let lift = () => {};
  const lifted = new Promise((wake) => (lift = () => wake(null)));
  const piece = filled(rect(0, 0, 2, 2), [1, 2, 3, 255]);
  const stroke = host.stroke(1, piece, lifted).then(() => order.push("stroke"));
  await new Promise((wake) => setTimeout(wake, 1));
  const next = modal(async () => order.push("next scope"));
  setTimeout(lift, 30);
  await Promise.all([stroke, next]);
  assert.deepEqual(order, ["scope", "painter", "stroke", "next scope"]);
  assert.deepEqual([...document.state.layers[0].raster.data.slice(0, 4)], [1, 2, 3, 255]);
  assert.equal(document.history.at(-1).name, "Brush Tool");
  await new Promise((wake) => setTimeout(wake, 5));
  assert.deepEqual(heard, ["enter", "exit"]);
});
