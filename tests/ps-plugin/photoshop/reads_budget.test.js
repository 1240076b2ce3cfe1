"use strict";
// What the panel asks of Photoshop, act by act, in a document of 105 layers: each question is a call
// between processes, so each act has a budget. The figures are printed.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../ps-plugin/studio/";
const { createHost } = require(`${STUDIO}host/host.js`);
const edits = require(`${STUDIO}document/edits.js`);
const { filled, laid } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { findLayer, flatten } = require(`${STUDIO}document/document.js`);
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { openPanel, until } = require("../support.js");

const LAYERS = 105;
const STEPS = LAYERS - 3; // beside them: the background, the painter's own layer, the run's group
const REGULAR = [300, 500]; // milliseconds: the panel's looks that come again and again

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits that are cut short; what comes again and again stands still until it is let go. */
function clock() {
  const held = new Map();
  const state = { running: true };
  return {
    wait: (ms) => {
      if (!REGULAR.includes(ms))
        return new Promise((done) => setTimeout(done, ms < 20000 ? 20 : ms).unref());
      if (state.running) return new Promise((done) => setTimeout(done, 20).unref());
      return new Promise((done) => held.set(done, ms));
    },
    hold: () => void (state.running = false),
    /** Once more: all of it, or what comes as often as that. @param {number} [often] */
    async tick(often) {
      for (const [done, ms] of [...held]) {
        if (often !== undefined && ms !== often) continue;
        held.delete(done);
        done();
      }
      await sleep(2);
    },
  };
}

/** Until nothing is asked any more. @param {ReturnType<typeof createHost>} host */
async function quiet(host) {
  for (let calm = 0, before = -1; calm < 6; calm += 1) {
    await sleep(25);
    const { calls } = host.reads();
    if (calls !== before) calm = 0;
    before = calls;
  }
}

async function cost(host, act) {
  const before = host.reads();
  await act();
  await quiet(host);
  const after = host.reads();
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

const told = ({ calls, dom, plays, descriptors, imaging }) =>
  `${calls} calls (${dom} reads of objects, ${plays} batchPlay with ${descriptors} descriptors, ${imaging} imaging)`;

/** A document with a finished run, a background and a layer of the painter's. */
async function painted(time) {
  const host = createHost();
  host.model.newDocument({ width: 16, height: 16 });
  edits.newLayer(host.model.active, { name: "the painter's" });
  const opened = await openPanel({ host, wait: time.wait });
  const { panel, bridge, state, document } = opened;
  panel.store.dispatch({
    type: "settings",
    settings: { prompt: "a house", steps: STEPS, source: "nothing" },
  });
  await panel.generate();
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  const papers = () => state().papers[document.id];
  for (let i = 0; i < STEPS - 1; i += 1) bridge.step(run, i);
  const layers = () => Object.values(papers().layers).filter(({ layer }) => layer >= 0);
  await until(() => layers().length === STEPS - 1, "the steps");
  return { ...opened, host, run, papers, layers };
}

const BUDGET = {
  "one census": { calls: 5, descriptors: 5 },
  "opening a document": { calls: 370, descriptors: 520 }, // 103 of them read each step's pixels
  "the arrival of a step": { calls: 150, descriptors: 40 },
  "a stroke noticed": { calls: 90, descriptors: 20 },
  "a look at a step": { calls: 80, descriptors: 20 },
  paint: { calls: 210, descriptors: 60 },
  "a second at rest": { calls: 55, descriptors: 0 },
};

test("each act has a budget of calls in a document of 105 layers", async (t) => {
  const time = clock();
  const { panel, host, bridge, state, run, papers, layers, document } = await painted(time);
  await sleep(200);
  time.hold();
  await sleep(50);
  await quiet(host);
  /** @type {Record<string, Awaited<ReturnType<typeof cost>>>} */
  const found = {};

  found["the arrival of a step"] = await cost(host, async () => {
    bridge.step(run, STEPS - 1);
    await until(() => layers().length === STEPS, "the last step");
  });
  bridge.tell({ type: "finished", run, step: `${run}.${STEPS - 1}` });
  await quiet(host);
  assert.equal(flatten(document.state.layers).length, LAYERS);

  const step = `${run}.50`;
  const { layer } = papers().layers[step];
  edits.selectLayers(document, [layer]);
  await quiet(host); // what is asked then is asked for the choice
  found["a stroke noticed"] = await cost(host, async () => {
    const before = findLayer(document.state, layer).raster;
    const stroke = filled(rectangle(2, 2, 3, 3), [255, 0, 0, 255]);
    edits.setLayer(document, layer, "raster", laid(before, stroke));
    time.tick();
    await until(() => papers().layers[step].mark === "painted", "the stroke");
  });

  found["a look at a step"] = await cost(host, async () => {
    panel.select(`${run}.20`);
    await until(() => findLayer(document.state, papers().layers[`${run}.20`].layer).visible, "it");
  });

  found.paint = await cost(host, async () => {
    panel.store.dispatch({ type: "settings", settings: { source: "composite", steps: 4 } });
    await panel.generate();
    await until(() => bridge.state.runs.size === 2, "a run");
    const [, second] = bridge.state.runs.keys();
    await until(() => papers().groups[second] >= 0, "its group");
  });

  time.tick();
  await quiet(host);
  const seconds = await cost(host, async () => {
    for (let i = 0; i < 20; i += 1) await time.tick(300);
    for (let i = 0; i < 12; i += 1) await time.tick(500);
  });
  found["a second at rest"] = scaled(seconds, 1 / 6);

  const census = makeLayers(host.photoshop, time.wait);
  const wanted = layers().map((note) => note.layer);
  await census.census(document.id, wanted);
  found["one census"] = await cost(host, () => census.census(document.id, wanted));

  panel.stop();
  found["opening a document"] = await cost(host, async () => {
    const again = await openPanel({ host, bridge, wait: time.wait });
    await until(
      () => Object.keys(again.state().papers[document.id]?.layers ?? {}).length,
      "layers",
    );
    await quiet(host);
    again.panel.stop();
  });

  for (const [act, figures] of Object.entries(found)) t.diagnostic(`${act}: ${told(figures)}`);
  for (const [act, { calls, descriptors }] of Object.entries(BUDGET)) {
    assert.ok(found[act].calls <= calls, `${act}: ${told(found[act])}`);
    assert.ok(found[act].descriptors <= descriptors, `${act}: ${told(found[act])}`);
  }
});

const scaled = (figures, factor) =>
  Object.fromEntries(
    Object.entries(figures).map(([key, count]) => [key, Math.ceil(count * factor)]),
  );
