"use strict";
// Two panels and a command line at one bridge: everybody hears of every run, each takes its own.

const test = require("node:test");
const assert = require("node:assert/strict");
const { initial, reduce } = require("../../../ps-plugin/state/state.js");
const { openPanel, fakeBridge, makeRun, until } = require("../support.js");

const papersOf = ({ state, document }) => state().papers[document.id];
const noticeOf = ({ state }) => state().notice;

/** Panels of two painters, each with a document of its own, at one bridge. */
async function two() {
  const bridge = fakeBridge();
  const one = await openPanel({ bridge, random: Math.random });
  const other = await openPanel({ bridge, random: Math.random });
  const ask = async (open, prompt) => {
    const before = new Set(bridge.state.runs.keys());
    open.panel.store.dispatch({
      type: "settings",
      settings: { prompt, steps: 3, source: "nothing" },
    });
    await open.panel.generate();
    const fresh = () => [...bridge.state.runs.keys()].find((run) => !before.has(run));
    await until(fresh, "a run");
    return fresh();
  };
  const stop = () => [one, other].forEach(({ panel }) => panel.stop());
  return { bridge, one, other, ask, stop };
}

test("two panels that paint at once get each its own painting, and its branch", async () => {
  const { bridge, one, other, ask, stop } = await two();
  const boat = await ask(one, "a boat");
  const hill = await ask(other, "a green hill");
  bridge.paint(hill);
  bridge.paint(boat);
  await until(() => papersOf(one).layers[`${boat}.2`], "the boat's layers");
  await until(() => papersOf(other).layers[`${hill}.2`], "the hill's layers");
  for (const [open, run] of [
    [one, boat],
    [other, hill],
  ])
    open.panel.select(`${run}.1`);
  await Promise.all([one.panel.rewind(), other.panel.rewind()]);
  await until(() => bridge.state.runs.size === 4, "both branches");
  for (const [open, run] of [
    [one, boat],
    [other, hill],
  ]) {
    await until(() => papersOf(open).runs.length === 2, "its branch");
    const [first, branch] = papersOf(open).runs;
    assert.equal(first, run);
    assert.equal(bridge.state.runs.get(branch).parent, `${run}.1`);
  }
  stop();
});

test("what a command line is refused, and its failed run, is no panel's business", async () => {
  const { bridge, one, stop } = await two();
  bridge.tell({ type: "failed", message: "count must be in 1..16", request: "run 5f", run: null });
  const run = bridge.accept({ request: "run 6a", recipe: makeRun(1).recipe });
  bridge.tell({ type: "failed", message: "The worker died.", request: "run 6a", run: run.id });
  assert.equal(noticeOf(one), null);
  assert.equal(one.state().runs[run.id].state, "failed");
  assert.deepEqual(papersOf(one).runs, []);
  bridge.tell({ type: "failed", message: "The disk is full." }); // told to this panel alone
  assert.equal(noticeOf(one).text, "The disk is full.");
  stop();
});

test("a refusal is told by the panel that asked, by the other not", async () => {
  const { bridge, one, other, stop } = await two();
  bridge.accept = ({ request }) => bridge.tell({ type: "failed", message: "Too large.", request });
  one.panel.store.dispatch({ type: "settings", settings: { prompt: "a boat", source: "nothing" } });
  await one.panel.generate();
  await until(() => noticeOf(one), "the refusal");
  assert.equal(noticeOf(one).text, "Too large.");
  assert.equal(noticeOf(other), null);
  stop();
});

test("Cancel reaches the run in one's own document", async () => {
  const { bridge, one, other, ask, stop } = await two();
  const boat = await ask(one, "a boat");
  const hill = await ask(other, "a green hill");
  one.panel.cancel(boat);
  await until(() => one.state().runs[boat].state === "cancelled", "its end");
  assert.equal(other.state().runs[hill].state, "queued");
  stop();
});

test("a run that copies a request's name comes into no document, announced however often", () => {
  const place = { left: 0, top: 0, above: null };
  const blank = { runs: [], places: {}, groups: {}, layers: {}, inputs: [], keeps: {}, wished: [] };
  let state = { ...initial, papers: { 7: { ...blank, stuck: {} } } };
  const tell = (event) => (state = reduce(state, event));
  tell({ type: "asked", request: "mine", document: 7, place });
  for (const request of ["constructor", "__proto__", "other", "mine", "mine"]) {
    const number = request === "mine" ? 1 : 2;
    tell({ type: "queued", run: makeRun(number, { request }), position: 0 });
  }
  tell({ type: "queued", run: makeRun(3, { request: "mine" }), position: 0 });
  assert.deepEqual(state.papers[7].runs, [makeRun(1).id]);
  for (const request of ["constructor", "__proto__", "other"]) {
    tell({ type: "failed", message: "no", request, run: null });
    assert.equal(state.notice, null);
  }
});

test("as many runs come into the document as were asked for, announced however often", () => {
  const place = { left: 0, top: 0, above: null };
  const blank = { runs: [], places: {}, groups: {}, layers: {}, inputs: [], keeps: {}, wished: [] };
  let state = { ...initial, papers: { 7: { ...blank, stuck: {} } } };
  const tell = (event) => (state = reduce(state, event));
  tell({ type: "asked", request: "mine", document: 7, place, count: 3 });
  for (const number of [1, 2, 1, 3, 3, 4, 2, 5]) {
    tell({ type: "queued", run: makeRun(number, { request: "mine" }), position: 0 });
  }
  assert.deepEqual(
    state.papers[7].runs,
    [1, 2, 3].map((number) => makeRun(number).id),
  );
  assert.equal(state.asked.mine.run, makeRun(1).id);
});

test("a notice about a run is told where that run is, one about the store to everybody", async () => {
  const { bridge, one, other, ask, stop } = await two();
  const run = await ask(one, "a very long prompt");
  bridge.tell({ type: "notice", run, message: "The end of the prompt is not heard." });
  await until(() => noticeOf(one), "the notice");
  assert.equal(noticeOf(one).text, "The end of the prompt is not heard.");
  assert.equal(noticeOf(other), null);
  bridge.tell({ type: "notice", run: null, message: "The store is nearly full." });
  await until(() => noticeOf(other), "the notice");
  assert.equal(noticeOf(other).text, "The store is nearly full.");
  stop();
});
