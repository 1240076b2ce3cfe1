"use strict";
// What the host answers to many questions at once, what it counts, and habits of hosts that a plugin's
// reading and writing has to stand.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { opened } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);

const LENIENT = { failOnMissingProperty: false, failOnMissingElement: false };
const ALL = { _obj: "layer", index: 1, count: -1 };

const question = (target, wanted, range) => ({
  _obj: "multiGet",
  _target: { _ref: target },
  extendedReference: range ? [wanted, range] : [wanted],
  options: LENIENT,
});

test("multiGet lists the layers above a background from the bottom, a group between its end and itself", async () => {
  const { action, document } = opened();
  const low = edits.newLayer(document, { name: "low" });
  const inside = edits.newLayer(document, { name: "inside" });
  const group = edits.newGroup(document, { name: "group" }, [inside]);
  const wanted = ["name", "layerID", "layerSection", "parentLayerID", "opacity", "hasUserMask"];
  const home = { _ref: "document", _id: document.id };
  const [{ list }] = await action.batchPlay([question([home], wanted, ALL)], {});
  assert.deepEqual(
    list.map((one) => [one.name, one.layerSection._value.replace("layerSection", "")]),
    [
      ["low", "Content"],
      ["</Layer group>", "End"],
      ["inside", "Content"],
      ["group", "Start"],
    ],
  );
  assert.deepEqual([list[0].layerID, list[0].opacity, list[0].hasUserMask], [low, 255, false]);
  assert.deepEqual([list[2].parentLayerID, list[3].layerID], [group, group]);
});

test("multiGet of one layer answers with the properties it has, and no more", async () => {
  const { action, document } = opened();
  const target = [
    { _ref: "layer", _id: 1 },
    { _ref: "document", _id: document.id },
  ];
  const wanted = ["name", "layerKind", "userMaskEnabled", "bounds"];
  const [answer] = await action.batchPlay([question(target, wanted)], {});
  assert.deepEqual(Object.keys(answer).sort(), ["bounds", "name"]);
  assert.equal(answer.bounds.right._value, 16);
  const [gone] = await action.batchPlay([question([{ _ref: "layer", _id: 77 }], wanted)], {});
  assert.equal(gone._obj, "error");
});

test("the host counts what a plugin asks of it", async () => {
  const { host, app, action, imaging, modal } = opened();
  const before = host.reads();
  const { name } = app.activeDocument.layers[0];
  assert.equal(name, "Background");
  assert.equal(host.reads().dom - before.dom, 3); // activeDocument, layers, name
  await action.batchPlay([
    { _obj: "get", _target: [{ _property: "hasUserMask" }, { _ref: "layer", _id: 1 }] },
  ]);
  await modal(async () => (await imaging.getPixels({})).imageData.dispose());
  const after = host.reads();
  assert.deepEqual([after.plays, after.descriptors, after.imaging], [1, 1, 1]);
});

test("heldEvents: a history event comes with the next click elsewhere", async () => {
  const { host, app, action, document } = opened();
  host.faults.habit("heldEvents");
  const heard = [];
  await action.addNotificationListener(["historyStateChanged"], (event) => heard.push(event));
  edits.newLayer(document);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(heard, []);
  const other = host.model.newDocument({ width: 4, height: 4 });
  assert.equal(app.activeDocument.id, other.id);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(heard, ["historyStateChanged"]);
});

test("sameTickResume: what changed in the very tick of resumeHistory is a state of its own", async () => {
  for (const [pause, names] of [
    [false, ["New", "Late Change"]],
    [true, ["New", "Steps"]],
  ]) {
    const { host, app, document, modal } = opened();
    host.faults.habit("sameTickResume");
    await modal(async ({ hostControl }) => {
      const suspension = await hostControl.suspendHistory({
        documentID: document.id,
        name: "Steps",
      });
      await app.activeDocument.createPixelLayer();
      if (pause) await new Promise((resolve) => setTimeout(resolve, 2));
      await hostControl.resumeHistory(suspension);
    });
    assert.deepEqual(
      document.history.map((state) => state.name),
      names,
    );
    assert.equal(document.state.layers.length, 2);
  }
});

test("ownDepthOnly: pixels of another depth than the document's fail with -1", async () => {
  const { host, imaging, modal } = opened(8, 8, { depth: 16 });
  await modal(async () => {
    (await imaging.getPixels({ componentSize: 8 })).imageData.dispose();
    host.faults.habit("ownDepthOnly");
    await assert.rejects(imaging.getPixels({ componentSize: 8 }), { number: -1 });
    for (const componentSize of /** @type {const} */ ([16, -1])) {
      (await imaging.getPixels({ componentSize })).imageData.dispose();
    }
  });
});
