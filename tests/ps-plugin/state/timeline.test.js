"use strict";
// The timeline as data and under the hand: stems, marks, ways to go on, scrubbing.

const test = require("node:test");
const assert = require("node:assert/strict");
const { initial, reduce, BLANK } = require("../../../ps-plugin/state/state.js");
const { linesOf, onwardOf, straysOf } = require("../../../ps-plugin/state/timeline.js");
const { makeScrub, walked } = require("../../../ps-plugin/view/scrub.js");
const { runId, makeRun, makeStep } = require("../support.js");

const fold = (events, state = initial) => events.reduce(reduce, state);
const DOCUMENT = { id: 7, title: "a", width: 8, height: 8, depth: 8, mode: "RGB", layer: "b" };
const place = { left: 0, top: 0, above: null };
const [one, two, three, four] = [1, 2, 3, 4].map(runId);

/** A run with all its steps, in the document. */
function lived(number, more = {}) {
  const id = runId(number);
  const first = more.first ?? 0;
  const steps = [0, 1, 2, 3].filter((index) => index >= first);
  return [
    { type: "asked", request: `request-${number}`, document: 7, place },
    { type: "queued", run: makeRun(number, more), position: 0 },
    ...steps.map((index) => ({ type: "stepped", step: makeStep(id, index), seconds_left: 1 })),
    { type: "finished", run: id, step: `${id}.3` },
  ];
}

/** Painting 1; 2 left its first step, 3 left its third, 4 left the third step of 2. */
function family(selection = null) {
  return fold([
    { type: "document", document: { ...DOCUMENT, selection } },
    { type: "opened", document: 7, papers: BLANK, runs: [], steps: [] },
    ...lived(1),
    ...lived(2, { parent: `${one}.0`, first: 0 }),
    ...lived(3, { parent: `${one}.2`, first: 2 }),
    ...lived(4, { parent: `${two}.2`, first: 2 }),
  ]);
}

const noted = (state, step, note) =>
  reduce(state, {
    type: "layered",
    document: 7,
    layers: { [step]: { layer: 5, image: "i", ...note } },
  });

test("a branch's stem passes every line between it and the one it left, and no other", () => {
  const lines = linesOf(family());
  assert.deepEqual(
    lines.map(({ run, depth, column, through }) => [run.id, depth, column, through]),
    [
      [one, 0, 0, []],
      [two, 1, 0, [2]],
      [four, 2, 2, [2]],
      [three, 1, 2, []],
    ],
  );
});

test("each cell says what the painter did to its layer", () => {
  for (const mark of ["painted", "moved", "masked", "locked"]) {
    const painted = mark === "painted" || mark === "moved";
    const state = noted(family(), `${one}.1`, { mark, painted });
    const [line] = linesOf(state);
    assert.deepEqual(
      line.cells.map((cell) => [cell.mark, cell.painted, cell.hasLayer]),
      [
        ["", false, false],
        [mark, painted, true],
        ["", false, false],
        ["", false, false],
      ],
    );
  }
});

test("what is offered first: strokes, the selected part, other words, or the whole step anew", () => {
  const selected = (state, step) => reduce(state, { type: "selected", step });
  const bare = selected(family(), `${one}.1`);
  const area = { left: 1, top: 1, right: 4, bottom: 4 };
  const region = selected(family(area), `${one}.1`);
  const painted = noted(region, `${one}.1`, { mark: "painted", painted: true });
  const masked = noted(bare, `${one}.1`, { mark: "masked", painted: false });
  const words = reduce(region, { type: "onward", onward: { changes: { prompt: "a boat" } } });
  const mixed = reduce(region, { type: "onward", onward: { mixed: true } });
  const told = (state) => {
    const { mode, region: part, keepOutside, ways } = onwardOf(state);
    const possible = ways.filter((way) => way.possible).map((way) => way.mode);
    return [mode, part, keepOutside, ways[0].name, possible.join(" ")];
  };
  const plain = "repaint replay";
  const edit = "repaint keep nudge hold";
  assert.deepEqual(told(bare), ["repaint", false, false, "Roll again", plain]);
  assert.deepEqual(told(region), ["repaint", true, true, "Roll again", plain]);
  assert.deepEqual(told(painted), ["repaint", false, false, "Repaint", `${edit} replay`]);
  assert.deepEqual(told(masked), ["repaint", false, false, "Roll again", plain]);
  assert.deepEqual(told(words), ["replay", false, false, "Roll again", plain]);
  assert.deepEqual(told(mixed), ["repaint", false, false, "Repaint", edit]);
  const chosen = reduce(words, { type: "onward", onward: { mode: "repaint" } });
  assert.deepEqual(told(chosen).slice(0, 3), ["repaint", true, true]);
});

test("a run that is being painted again is no stray, one that nobody asked for is", () => {
  const started = fold([
    { type: "asked", request: "request-3", document: null, place },
    { type: "queued", run: makeRun(3), position: 0 },
    { type: "queued", run: makeRun(4), position: 0 },
  ]);
  assert.deepEqual(
    straysOf(started).map((run) => run.id),
    [four],
  );
});

test("runs of another bridge's store stay on the timeline as not in this bridge", () => {
  const state = fold(
    [{ type: "welcome", store: "other", model: null, runs: [], steps: [], resumed: false }],
    family(),
  );
  const lines = linesOf(state);
  assert.equal(lines.length, 4);
  assert.ok(lines.every(({ run, cells }) => run.elsewhere && cells.length > 0));
});

test("arrow keys walk a line to its ends and no further", () => {
  const steps = ["a", "b", "c"];
  const ways = { ArrowLeft: "a", ArrowRight: "c", Home: "a", End: "c", Enter: null };
  for (const [key, step] of Object.entries(ways)) assert.equal(walked(key, steps, "b"), step);
  assert.equal(walked("ArrowLeft", steps, "a"), null);
  assert.equal(walked("ArrowRight", steps, "c"), null);
});

test("dragging looks along the line once per step; a press alone is left to the click", () => {
  const looked = [];
  const captured = [];
  const listeners = {};
  const strip = {
    addEventListener: (type, listener) => (listeners[type] = listener),
    setPointerCapture: (pointer) => captured.push(pointer),
  };
  const { bind } = makeScrub({
    stepAt: (run, x) => `${run}.${Math.floor(x / 10)}`,
    look: (step) => looked.push(step),
  });
  bind(strip, "run");
  const send = (type, clientX, buttons = 1) =>
    listeners[type]({ clientX, buttons, button: 0, pointerId: 4 });
  send("pointermove", 35, 0);
  send("pointerdown", 35);
  send("pointermove", 38);
  send("pointerup", 38, 0);
  assert.deepEqual([looked, captured], [[], []]);
  send("pointerdown", 35);
  for (const x of [33, 29, 25, 12, 11, 24]) send("pointermove", x);
  send("pointerup", 24, 0);
  send("pointermove", 55, 0);
  assert.deepEqual([looked, captured], [["run.2", "run.1", "run.2"], [4]]);
  send("pointerdown", 35);
  send("pointermove", 5, 0);
  send("pointermove", 15);
  assert.equal(looked.length, 3, "let go outside of the panel");
});
