"use strict";
// A document's layers are read in one call, whose answers differ between hosts: whatever a host
// answers, the tree is the one that Photoshop's own objects show.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../ps-plugin/studio/";
const { createHost } = require(`${STUDIO}host/host.js`);
const edits = require(`${STUDIO}document/edits.js`);
const { makeMask } = require(`${STUDIO}document/masks.js`);
const { filled } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { makeLayerTree } = require("../../../ps-plugin/photoshop/layer_tree.js");
const { flat } = require("../../../ps-plugin/photoshop/tree.js");

const piece = (left) => filled(rectangle(left, 2, 4, 3), [9, 9, 9, 255]);

/** Groups in groups, an empty one, clippings, masks, locks, modes. */
function mixed({ background = true } = {}) {
  const host = createHost();
  const fill = background ? "white" : "transparent";
  const document = host.model.newDocument({ width: 20, height: 12, fill });
  const low = edits.newLayer(document, { name: "low", raster: piece(1) });
  const clipped = edits.newLayer(document, { name: "clipped", raster: piece(3) });
  edits.setLayer(document, clipped, "clipped", true);
  const inner = edits.newLayer(document, { name: "inner", raster: piece(5) });
  const nested = edits.newGroup(document, { name: "nested" }, [inner]);
  const beside = edits.newLayer(document, { name: "beside" });
  edits.newGroup(document, { name: "outer" }, [nested, beside]);
  edits.newGroup(document, { name: "empty" }, []);
  const last = edits.newLayer(document, { name: "last", raster: piece(7) });
  edits.setLayer(document, last, "opacity", 0.5);
  edits.setLayer(document, last, "blend", "multiply");
  edits.setLayer(document, inner, "locked", true);
  edits.showLayer(document, low, false);
  makeMask(document, low, "revealAll");
  return { host, document };
}

/** What the panel reads of each layer. */
function told(tree) {
  const { GROUP, NORMAL } = createHost().photoshop.constants.LayerKind;
  return flat(tree.layers).map((leaf) => [
    leaf.id,
    leaf.name,
    leaf.visible,
    Math.round(leaf.opacity),
    leaf.blendMode,
    leaf.isClippingMask,
    leaf.locked,
    [GROUP, NORMAL].includes(leaf.kind) ? leaf.kind : "another",
    [leaf.bounds.left, leaf.bounds.top, leaf.bounds.right, leaf.bounds.bottom].join(),
    leaf.parent?.id ?? null,
    leaf.layers?.length ?? null,
  ]);
}

/** The tree as a host with other answers has it. */
async function treeWith(mixture, answer) {
  const { app, action, constants } = mixture.host.photoshop;
  const batchPlay = async (...given) => answer(await action.batchPlay(...given));
  const { treeOf, way } = makeLayerTree({ action: { ...action, batchPlay }, constants });
  const trees = [];
  for (let i = 0; i < 4; i += 1) trees.push(await treeOf(app.activeDocument));
  return { tree: trees[3], trees, way: way(mixture.document.id) };
}

const refuse = () => {
  throw new Error("refused");
};

const changed = (change) => (answers) =>
  answers.map((answer) => (answer.list ? { ...answer, list: change(answer.list) } : answer));

const without = (...keys) =>
  changed((list) =>
    list.map((entry) =>
      Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key))),
    ),
  );

const plainly = ({ _obj, ...bounds }) =>
  Object.fromEntries(Object.entries(bounds).map(([edge, { _value }]) => [edge, _value]));

const isEnd = ({ layerSection }) => layerSection._value === "layerSectionEnd";

for (const background of [true, false]) {
  const on = background ? "on a background" : "without a background";

  test(`one call tells all layers ${on}, as Photoshop's own objects are`, async () => {
    const mixture = mixed({ background });
    const objects = await treeWith(mixture, refuse);
    const { tree, way } = await treeWith(mixture, (answers) => answers);
    assert.equal(way, "");
    assert.equal(objects.way, "refused");
    assert.deepEqual(told(tree), told(objects.tree));
  });
}

const BEARABLE = {
  "the list in the other order": changed((list) => [...list].reverse()),
  "no indices": without("itemIndex"),
  "no indices, in the other order": (answers) =>
    without("itemIndex")(changed((list) => [...list].reverse())(answers)),
  "no ends of groups": changed((list) => list.filter((entry) => !isEnd(entry))),
  "no ids of groups": without("parentLayerID"),
  "bounds without units": changed((list) =>
    list.map((entry) => ({ ...entry, bounds: entry.bounds && plainly(entry.bounds) })),
  ),
  "keys that were not asked for": changed((list) => list.map((entry) => ({ ...entry, _obj: "x" }))),
  "nothing of masks": without("hasUserMask", "userMaskEnabled"),
};

for (const [what, answer] of Object.entries(BEARABLE)) {
  test(`understood: ${what}`, async () => {
    const mixture = mixed();
    const objects = await treeWith(mixture, refuse);
    const { tree, way } = await treeWith(mixture, answer);
    assert.equal(way, "");
    assert.deepEqual(told(tree), told(objects.tree));
    const masks = flat(tree.layers).map(({ masked }) => masked);
    const known = what !== "nothing of masks";
    assert.equal(masks.includes(true), known);
  });
}

const STRANGE = {
  "an error": () => [{ _obj: "error", message: "not available", result: -25920 }],
  "a rejection": refuse,
  "no answer": () => [],
  "no list": () => [{}],
  "no names": without("name"),
  "no sections": without("layerSection"),
  "no kinds": without("layerKind"),
  "no bounds": without("bounds"),
  "neither ends nor ids of groups": (answers) =>
    without("parentLayerID")(changed((list) => list.filter((entry) => !isEnd(entry)))(answers)),
  "a layer is missing": changed((list) => list.slice(1)),
  "other ids": changed((list) => list.map((entry) => ({ ...entry, layerID: entry.layerID + 50 }))),
  "opacity in percent": changed((list) => list.map((entry) => ({ ...entry, opacity: 100 }))),
  "kinds of other numbers": changed((list) =>
    list.map((entry) => ({ ...entry, layerKind: entry.layerKind + 1 })),
  ),
  "bounds in half pixels": changed((list) =>
    list.map((entry) => {
      const half = Object.entries(plainly(entry.bounds)).map(([edge, value]) => [edge, value / 2]);
      return { ...entry, bounds: Object.fromEntries(half) };
    }),
  ),
  "everything is visible": changed((list) => list.map((entry) => ({ ...entry, visible: true }))),
};

for (const [what, answer] of Object.entries(STRANGE)) {
  test(`read from the objects themselves: ${what}`, async () => {
    const mixture = mixed();
    const objects = await treeWith(mixture, refuse);
    const { trees, way } = await treeWith(mixture, answer);
    assert.notEqual(way, "");
    for (const tree of trees) assert.deepEqual(told(tree), told(objects.tree));
  });
}

test("a failure now and then costs that one look, three in a row are believed", async () => {
  const mixture = mixed();
  let calls = 0;
  const { way } = await treeWith(mixture, (answers) => ((calls += 1) === 1 ? refuse() : answers));
  assert.deepEqual([calls, way], [4, ""]);
  calls = 0;
  await treeWith(mixture, () => ((calls += 1), refuse()));
  assert.equal(calls, 3);
});

test("a leaf's own object is found after the layers were moved about", async () => {
  const mixture = mixed();
  const { app, action, constants } = mixture.host.photoshop;
  const { treeOf } = makeLayerTree({ action, constants });
  const tree = await treeOf(app.activeDocument);
  edits.placeLayer(mixture.document, tree.layers[0].id, tree.layers[2].id, "placeAfter");
  for (const leaf of flat(tree.layers)) assert.equal(tree.own(leaf)?.id, leaf.id);
  edits.deleteLayers(mixture.document, [tree.layers[0].id]);
  const again = await treeOf(app.activeDocument);
  assert.equal(again.layers.length, tree.layers.length - 1);
});
