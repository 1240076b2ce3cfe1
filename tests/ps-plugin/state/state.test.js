"use strict";
// The reducer, the tree it holds, and the timeline made of it.

const test = require("node:test");
const assert = require("node:assert/strict");
const { initial, reduce, lineage, stepsOf, BLANK } = require("../../../ps-plugin/state/state.js");
const timeline = require("../../../ps-plugin/state/timeline.js");
const { nextBatch, indexOf } = require("../../../ps-plugin/actions/arrivals.js");
const { chance, runId, makeRun, makeStep, MODEL } = require("../support.js");

const fold = (events, state = initial) => events.reduce(reduce, state);
const DOCUMENT = {
  id: 7,
  title: "Untitled",
  width: 8,
  height: 8,
  depth: 8,
  mode: "RGB",
  layer: "Background",
  selection: null,
};
const connection = (status) => ({
  type: "connection",
  connection: { status, address: "", trouble: "", message: "" },
});
const OPEN = [
  connection("open"),
  { type: "document", document: DOCUMENT },
  { type: "opened", document: 7, papers: BLANK, runs: [], steps: [] },
];
const asked = (number) => ({
  type: "asked",
  request: `request-${number}`,
  document: 7,
  place: { left: 0, top: 0, above: null },
});
const stepped = (run, index, parent) => ({
  type: "stepped",
  step: makeStep(run, index, parent),
  seconds_left: 2,
});

/** Painting 1 with four steps, and a branch that left its third. */
function branched() {
  const [one, two] = [runId(1), runId(2)];
  return fold([
    ...OPEN,
    asked(1),
    { type: "queued", run: makeRun(1), position: 0 },
    ...[0, 1, 2, 3].map((index) => stepped(one, index)),
    { type: "finished", run: one, step: `${one}.3` },
    asked(2),
    { type: "queued", run: makeRun(2, { parent: `${one}.2`, first: 2 }), position: 0 },
    stepped(two, 2, `${one}.1`),
    stepped(two, 3, `${two}.2`),
  ]);
}

/** A life of a bridge: runs are queued, painted, branched, cancelled, refined, in any order. */
function story(random, length) {
  const events = [];
  const runs = [];
  const pick = (list) => list[Math.floor(random() * list.length)];
  for (let seq = 1; seq <= length; seq += 1) {
    const run = pick(runs);
    const act = runs.length === 0 ? 0 : Math.floor(random() * 7);
    if (act === 0) {
      const number = runs.length + 1;
      const old = random() < 0.5 && run && run.done > 0 ? run : null;
      const parent = old ? `${old.id}.${old.first + old.done - 1}` : null;
      const first = old ? old.first + old.done - 1 : 0;
      const fresh = {
        id: runId(number),
        first,
        done: 0,
        before: old && first > 0 ? `${old.id}.${first - 1}` : null,
      };
      runs.push(fresh);
      events.push({ type: "queued", seq, run: makeRun(number, { parent, first }), position: 0 });
    } else if (act <= 3) {
      const index = run.first + run.done;
      const parent = run.done ? `${run.id}.${index - 1}` : run.before;
      run.done += 1;
      events.push({ ...stepped(run.id, index, parent), seq });
    } else if (act === 4 && run.done) {
      const quality = pick(["tiny", "full"]);
      events.push({ type: "refined", seq, step: `${run.id}.${run.first}`, quality });
    } else if (act === 5 && run.done) {
      events.push({
        type: "finished",
        seq,
        run: run.id,
        step: `${run.id}.${run.first + run.done - 1}`,
      });
    } else {
      events.push({ type: "cancelled", seq, run: run.id });
    }
  }
  return events;
}

test("steps heard again change nothing, in two hundred random stories", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const events = story(chance(seed), 40);
    const once = fold(events);
    const ids = events.filter(({ type }) => type === "stepped").map(({ step }) => step.id);
    assert.deepEqual(new Set(Object.keys(once.steps)), new Set(ids));
    const again = fold(
      events.filter(({ type }) => type === "stepped" || type === "refined"),
      once,
    );
    assert.deepEqual(Object.keys(again.steps).sort(), Object.keys(once.steps).sort());
    for (const id of ids) assert.equal(again.steps[id].quality, once.steps[id].quality);
  }
});

test("a fresh start from Welcome tells the same tree as the events did", () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const lived = fold(story(chance(seed), 40));
    const welcome = {
      type: "welcome",
      seq: 40,
      store: "s",
      model: MODEL,
      resumed: false,
      runs: Object.values(lived.runs).map(({ position, secondsLeft, elsewhere, ...run }) => run),
      steps: Object.values(lived.steps).map(({ quality, ...step }) => step),
      store_bytes: 1,
      quota_bytes: 2,
    };
    const born = reduce(initial, welcome);
    for (const id of Object.keys(lived.steps)) {
      assert.deepEqual(
        lineage(born, id).map((step) => step.id),
        lineage(lived, id).map((step) => step.id),
      );
    }
    for (const [id, run] of Object.entries(lived.runs))
      assert.equal(born.runs[id].state, run.state);
  }
});

test("a branch's lineage goes back through the line it left, and its sibling is not in it", () => {
  const [one, two] = [runId(1), runId(2)];
  const ids = lineage(branched(), `${two}.3`).map((step) => step.id);
  assert.deepEqual(ids, [`${one}.0`, `${one}.1`, `${two}.2`, `${two}.3`]);
});

test("a branch's line starts below the step it left", () => {
  const [first, second] = timeline.linesOf(branched());
  assert.deepEqual([first.depth, first.column, first.cells.length], [0, 0, 4]);
  assert.deepEqual([second.depth, second.column], [1, 2]);
  assert.deepEqual(
    second.cells.map((cell) => cell.column),
    [2, 3],
  );
});

test("image-to-image starts late, and its line still starts at the left", () => {
  const run = runId(1);
  const state = fold([
    ...OPEN,
    asked(1),
    { type: "queued", run: makeRun(1, { first: 2 }), position: 0 },
    stepped(run, 2, null),
    stepped(run, 3),
  ]);
  assert.deepEqual(
    timeline.linesOf(state)[0].cells.map((cell) => cell.column),
    [0, 1],
  );
});

test("a run nobody here asked for is on no timeline until it is brought here", () => {
  const state = fold([...OPEN, { type: "queued", run: makeRun(1), position: 0 }]);
  assert.deepEqual(timeline.linesOf(state), []);
  assert.deepEqual(
    timeline.straysOf(state).map((run) => run.number),
    [1],
  );
  const here = reduce(state, { type: "adopted", document: 7, run: runId(1) });
  assert.deepEqual(
    timeline.linesOf(here).map((line) => line.run.number),
    [1],
  );
  assert.deepEqual(timeline.straysOf(here), []);
});

test("bringing a painting brings its branches, whatever left them", () => {
  const housed = branched();
  const closed = reduce(housed, { type: "closed", document: 7 });
  assert.deepEqual(
    timeline.straysOf(closed).map((run) => run.number),
    [1],
  );
  const opened = { type: "opened", document: 8, papers: BLANK, runs: [], steps: [] };
  const state = fold([opened, { type: "adopted", document: 8, run: runId(1) }], closed);
  assert.deepEqual(state.papers[8].runs, [runId(1), runId(2)]);
});

test("steps without a layer come first and in order, better pictures when nothing is painted", () => {
  let state = branched();
  const [one, two] = [runId(1), runId(2)];
  const grouped = (run, group) => ({ type: "grouped", document: 7, run, group, inputs: [] });
  assert.deepEqual(
    nextBatch(state).steps.map((step) => step.index),
    [0, 1, 2, 3],
  );
  state = fold([grouped(one, 1), grouped(two, 2)], state);
  const note = (layer, quality) => ({ layer, image: "i", quality, painted: false });
  const layers = Object.fromEntries(
    stepsOf(state, one).map((step) => [step.id, note(10 + step.index, "linear")]),
  );
  state = reduce(state, { type: "layered", document: 7, layers });
  assert.deepEqual(
    nextBatch(state).steps.map((step) => step.id),
    [`${two}.2`, `${two}.3`],
  );
  const rest = { [`${two}.2`]: note(20, "full"), [`${two}.3`]: note(21, "full") };
  state = reduce(state, { type: "layered", document: 7, layers: rest });
  assert.equal(nextBatch(state), null, "a run is being painted: refining waits");
  state = reduce(state, { type: "finished", run: two, step: `${two}.3` });
  assert.deepEqual(
    nextBatch(state).steps.map((step) => step.index),
    [0, 1, 2, 3],
  );
  const painted = { ...layers[`${one}.2`], painted: true };
  state = reduce(state, { type: "layered", document: 7, layers: { [`${one}.2`]: painted } });
  assert.deepEqual(
    nextBatch(state).steps.map((step) => step.index),
    [0, 1, 3],
  );
});

test("all layers at the end: nothing comes before the run is over", () => {
  const run = runId(1);
  let state = fold([
    ...OPEN,
    { type: "settings", settings: { together: true } },
    asked(1),
    { type: "queued", run: makeRun(1), position: 0 },
    { type: "grouped", document: 7, run, group: 1, inputs: [] },
    stepped(run, 0),
    stepped(run, 1),
  ]);
  assert.equal(nextBatch(state), null);
  state = reduce(state, { type: "finished", run, step: `${run}.1` });
  assert.deepEqual(
    nextBatch(state).steps.map((step) => step.index),
    [0, 1],
  );
});

test("the document's list names every run, and every step that has a layer", () => {
  const state = branched();
  const one = runId(1);
  const note = { layer: 5, image: "f".repeat(64), quality: "full", painted: false };
  const { v, runs, steps } = JSON.parse(indexOf(state, 7, { [`${one}.1`]: note }));
  assert.equal(v, 1);
  assert.deepEqual(
    runs.map((run) => run.number),
    [1, 2],
  );
  assert.deepEqual(Object.keys(runs[0]).sort(), Object.keys(makeRun(1)).sort());
  assert.deepEqual(steps, [{ ...makeStep(one, 1), image: "f".repeat(64) }]);
});

test("only modes that fit are offered: three of them need strokes", () => {
  const one = runId(1);
  const select = { type: "selected", step: `${one}.1` };
  const mode = (wished, painted, changes = {}) => {
    const note = { layer: 5, image: "i", quality: "full", painted };
    const events = [
      select,
      { type: "layered", document: 7, layers: { [`${one}.1`]: note } },
      { type: "onward", onward: { mode: wished, changes } },
    ];
    return timeline.onwardOf(fold(events, branched())).mode;
  };
  for (const wished of ["nudge", "keep", "hold", "repaint", "replay"])
    assert.equal(mode(wished, true), wished);
  for (const wished of ["nudge", "keep", "hold"]) assert.equal(mode(wished, false), "repaint");
  assert.equal(mode("replay", false), "replay");
  assert.equal(
    mode(null, false, { prompt: "night" }),
    "replay",
    "other words keep the step's noise",
  );
});

test("choosing another step forgets what was wished for the last one", () => {
  const one = runId(1);
  const state = fold(
    [
      { type: "selected", step: `${one}.1` },
      { type: "onward", onward: { changes: { prompt: "night" } } },
      { type: "selected", step: `${one}.2` },
    ],
    branched(),
  );
  assert.deepEqual(state.onward, initial.onward);
});

test("removing a run takes its layers off the timeline and leaves the others", () => {
  const [one, two] = [runId(1), runId(2)];
  const state = fold(
    [
      { type: "selected", step: `${two}.2` },
      { type: "removed", document: 7, run: two },
    ],
    branched(),
  );
  assert.deepEqual(
    timeline.linesOf(state).map((line) => line.run.id),
    [one],
  );
  assert.equal(state.selected, null);
});

test("progress names the step, its total and the time left; a queue its length", () => {
  const run = runId(1);
  const waiting = fold([...OPEN, asked(1), { type: "queued", run: makeRun(1), position: 0 }]);
  assert.equal(timeline.progressOf(waiting).text, "next in line");
  const painting = fold([{ type: "started", run }, stepped(run, 0), stepped(run, 1)], waiting);
  assert.deepEqual(
    [timeline.progressOf(painting).text, timeline.progressOf(painting).value],
    ["step 2 of 4 · 2 s left", 0.5],
  );
  assert.equal(timeline.progressOf(reduce(painting, { type: "cancelled", run })), null);
  const away = fold([connection("lost")], waiting);
  assert.equal(timeline.progressOf(away).text, "waits until the bridge is back");
});
