"use strict";
// Which layers are read after a change: those that may have changed, and no others.

const test = require("node:test");
const assert = require("node:assert/strict");
const { makeSuspicion } = require("../../../ps-plugin/photoshop/suspicion.js");

const WHOLE = { left: 0, top: 0, right: 8, bottom: 8 };
const plain = { bounds: WHOLE, masked: false, locked: false };

/** Three step layers, 1 to 3, of which one is active. */
function desk() {
  const host = { active: [9], state: 1, undone: null };
  const { suspects, settled } = makeSuspicion({
    activeLayers: () => host.active,
    historyState: () => host.state,
    undoneTo: () => host.undone,
  });
  const notes = ["a", "b", "c"].map((step, i) => [step, { layer: i + 1, mark: "" }]);
  const there = new Map([1, 2, 3].map((layer) => [layer, plain]));
  const look = () => suspects(7, notes, there, () => WHOLE);
  const read = () => {
    const steps = look();
    settled(7, [1, 2, 3]);
    return steps;
  };
  return { host, notes, there, look, read };
}

test("a stroke on a layer of the painter's own reads nothing, one on a step reads that step", () => {
  const { host, read } = desk();
  assert.deepEqual(read(), []);
  host.state = 2;
  host.active = [2];
  assert.deepEqual(read(), ["b"]);
  host.state = 3;
  host.active = [9];
  assert.deepEqual(read(), []);
});

test("what was painted on is not read again and again, but when the history moves", () => {
  const { host, notes, read } = desk();
  notes[0][1].mark = "painted";
  host.state = 2;
  read();
  host.state = 3;
  assert.deepEqual(read(), []);
  host.state = 2;
  host.undone = 2;
  assert.deepEqual(read(), ["a"]);
  notes[0][1].mark = "";
  host.state = 3;
  host.undone = null;
  assert.deepEqual(read(), ["a"], "forward again");
});

test("a move, a mask, a lock and their end are seen from outside, each once", () => {
  const { there, read } = desk();
  for (const change of [
    { bounds: { ...WHOLE, left: 2, right: 10 } },
    { masked: true },
    { locked: true },
  ]) {
    there.set(3, { ...plain, ...change });
    assert.deepEqual(read(), ["c"]);
    assert.deepEqual(read(), []);
    there.set(3, plain);
    assert.deepEqual(read(), ["c"]);
  }
});

test("a look that failed is still owed", () => {
  const { host, look, read } = desk();
  host.active = [1];
  assert.deepEqual(look(), ["a"]);
  host.active = [9];
  assert.deepEqual(read(), ["a"]);
  assert.deepEqual(read(), []);
});
