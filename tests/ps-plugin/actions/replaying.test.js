"use strict";
// A document whose runs the bridge lost: painted again from what the document holds.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { findLayer, flatten } = require("../../../ps-plugin/studio/document/document.js");
const { linesOf } = require("../../../ps-plugin/state/timeline.js");
const { initial, reduce, BLANK } = require("../../../ps-plugin/state/state.js");
const { readProperty } = require("../../../ps-plugin/photoshop/xmp.js");
const { imageId } = require("../../../ps-plugin/pixels/sha256.js");
const { openPanel, fakeBridge, makeRun, makeStep, runId, until } = require("../support.js");

const papersOf = ({ state, document }) => state().papers[document.id];
const runsOf = (bridge) => [...bridge.state.runs.keys()];

/** What the bridge spells out where it is not said, besides nulls. */
const SPELLED = {
  recipe: { eta: 0, panorama: false, regions: [] },
  rewind: { weight: 1, release: 1, keep_outside: false, variation_seed: 0 },
};

/** What is said in a part of a command, and what is spelled out. */
function said(part, spelled) {
  const found = Object.entries(part ?? {}).filter(([, value]) => value !== null);
  return { ...(part && spelled), ...Object.fromEntries(found) };
}

/** A painting of a selected part with a branch from a step that was painted on. */
async function withBranch() {
  const open = await openPanel();
  const { panel, bridge, document } = open;
  edits.select(document, "Select", filled(rectangle(4, 4, 6, 6), [128]));
  const settings = { prompt: "a tree", steps: 4, source: "composite", context: false };
  panel.store.dispatch({ type: "settings", settings });
  await panel.generate();
  await until(() => bridge.state.runs.size === 1, "a run");
  bridge.paint(runsOf(bridge)[0]);
  const step = `${runsOf(bridge)[0]}.1`;
  await until(() => papersOf(open).layers[`${runsOf(bridge)[0]}.3`], "its layers");
  const { layer } = papersOf(open).layers[step];
  edits.setLayer(document, layer, "raster", filled(rectangle(0, 0, 16, 16), [255, 0, 0, 255]));
  panel.select(step);
  await panel.rewind();
  await until(() => bridge.state.runs.size === 2, "a branch");
  bridge.paint(runsOf(bridge)[1]);
  await until(() => papersOf(open).layers[`${runsOf(bridge)[1]}.3`], "the branch's layers");
  panel.stop();
  const sent = bridge.commands.filter(({ type }) => type === "generate" || type === "continue");
  return { ...open, sent, old: runsOf(bridge) };
}

/** The same document, a bridge that knows nothing of it and paints what it is asked for. */
async function elsewhere(open) {
  const bridge = fakeBridge({ before: 10 });
  const accept = bridge.accept;
  bridge.accept = (command) => {
    const run = accept(command);
    setTimeout(() => bridge.paint(run.id), 5);
  };
  return openPanel({ bridge, host: createHost({ model: open.host.model }) });
}

test("a lost branch is painted again with what it came from, and its layers are the new run's", async () => {
  const open = await withBranch();
  const other = await elsewhere(open);
  const pixels = flatten(other.document.state.layers).map((layer) => layer.raster);
  assert.ok(linesOf(other.state()).every(({ run }) => run.elsewhere));
  await other.panel.paintAgain(open.old[1]);
  assert.match(other.state().notice.text, /painted again as painting 12, exactly as it was/);
  const sent = other.bridge.commands.filter(
    ({ type }) => type === "generate" || type === "continue",
  );
  const bare = ({ recipe, rewind, type }) => {
    const how = said(rewind, SPELLED.rewind);
    return { type, ...said(recipe, SPELLED.recipe), hold: 0, kept: 0, rewind: how };
  };
  assert.deepEqual(bare(sent[0]), bare(open.sent[0]));
  assert.deepEqual(bare(sent[1]), { ...bare(sent[0]), ...bare(open.sent[1]) });
  assert.equal(sent[1].step, `${runsOf(other.bridge)[0]}.1`);
  for (const { recipe, rewind } of sent) {
    for (const id of [recipe.init_image, recipe.mask, rewind?.edit, rewind?.handed]) {
      if (id) assert.ok(other.bridge.images.has(id));
    }
  }
  const now = flatten(other.document.state.layers).map((layer) => layer.raster);
  assert.deepEqual(now, pixels, "not a pixel of the document changed");
  const lines = linesOf(other.state());
  assert.deepEqual(
    lines.map(({ run, depth, cells }) => [run.id, depth, cells.length]),
    [
      [runsOf(other.bridge)[0], 0, 4],
      [runsOf(other.bridge)[1], 1, 3],
    ],
  );
  assert.ok(lines.every(({ cells }) => cells.every(({ hasLayer }) => hasLayer)));
  const { layer } = papersOf(other).layers[`${runsOf(other.bridge)[0]}.1`];
  const text = findLayer(other.document.state, layer).metadata.settings["org.pentimento"];
  assert.equal(JSON.parse(text).step, `${runsOf(other.bridge)[0]}.1`);
  const list = JSON.parse(readProperty(other.document.state.xmp, "document"));
  assert.deepEqual(
    list.runs.map((run) => run.id),
    runsOf(other.bridge),
  );
  const strange = list.runs.flatMap((run) =>
    Object.keys(run).filter((key) => !(key in makeRun(1))),
  );
  assert.deepEqual(strange, [], "the bridge refuses a list with fields it does not know");

  other.panel.select(`${runsOf(other.bridge)[1]}.2`);
  await other.panel.rewind();
  const last = other.bridge.commands.findLast(({ type }) => type === "continue");
  assert.equal(last.step, `${runsOf(other.bridge)[1]}.2`);
  other.panel.stop();

  const fresh = await openPanel({
    bridge: other.bridge,
    host: createHost({ model: open.host.model }),
  });
  assert.ok(linesOf(fresh.state()).every(({ run }) => !run.elsewhere));
  fresh.panel.stop();
});

test("an input that was painted over is named, and nothing is painted", async () => {
  const open = await withBranch();
  const input = flatten(open.document.state.layers).find(({ name }) => name === "init_image");
  edits.setLayer(
    open.document,
    input.id,
    "raster",
    filled(rectangle(0, 0, 16, 16), [9, 9, 9, 255]),
  );
  const other = await elsewhere(open);
  await other.panel.paintAgain(open.old[1]);
  assert.match(other.state().notice.text, /its init_image is not among the document's layers/);
  assert.equal(runsOf(other.bridge).length, 0);
  other.panel.stop();
});

test("what a machine paints otherwise is said to be approximate", async () => {
  const open = await withBranch();
  const bridge = fakeBridge({ before: 10 });
  const { accept, pictureOf } = bridge;
  bridge.accept = (command) => setTimeout(bridge.paint, 5, accept(command).id);
  bridge.pictureOf = (...asked) => {
    const picture = pictureOf(...asked);
    return { ...picture, pixels: picture.pixels.map((value) => value ^ 1) };
  };
  const other = await openPanel({ bridge, host: createHost({ model: open.host.model }) });
  await other.panel.paintAgain(open.old[0]);
  assert.match(other.state().notice.text, /approximately/);
  const [again] = runsOf(bridge);
  /** @type {unknown[]} */
  const compared = [];
  bridge.strokes = (shown, handed, replayed) => {
    compared.push([imageId(handed), replayed]);
    return imageId(shown);
  };
  other.panel.select(`${again}.1`);
  await other.panel.rewind();
  const { rewind } = bridge.commands.findLast(({ type }) => type === "continue");
  const base = imageId(bridge.pictureOf(`${again}.1`, "full"));
  assert.deepEqual(compared.at(-1), [base, true], "what a replay changes is told from paint");
  assert.deepEqual([rewind.handed, rewind.mask], [base, undefined]);
  assert.ok(bridge.images.has(rewind.edit));
  other.panel.stop();
});

test("relinking renames a run wherever it is named, and keeps the tree", () => {
  const [one, two, three] = [runId(1), runId(2), runId(3)];
  const hold = { step: `${one}.0`, edit: "e", handed: "h", mask: "m" };
  const events = [
    {
      type: "opened",
      document: 7,
      papers: { ...BLANK, runs: [one, two], groups: { [one]: 5 }, layers: { [`${one}.1`]: {} } },
      runs: [makeRun(1), makeRun(2, { parent: `${one}.1`, recipe: { hold } })],
      steps: [makeStep(one, 0), makeStep(one, 1), makeStep(two, 1, `${one}.0`)],
    },
    { type: "queued", run: makeRun(3), position: 0 },
    { type: "stepped", step: makeStep(three, 0), seconds_left: 0 },
    { type: "stepped", step: makeStep(three, 1), seconds_left: 0 },
    { type: "relinked", from: one, to: three },
  ];
  const state = events.reduce(reduce, initial);
  assert.deepEqual(Object.keys(state.runs), [two, three]);
  assert.equal(state.runs[two].parent, `${three}.1`);
  assert.equal(state.runs[two].recipe.hold.step, `${three}.0`);
  assert.equal(state.steps[`${two}.1`].parent, `${three}.0`);
  assert.ok(!JSON.stringify(state).includes(one));
  assert.deepEqual(state.papers[7].groups, { [three]: 5 });
});
