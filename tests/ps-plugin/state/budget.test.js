"use strict";
// The step budget: which steps become layers, and that the estimate is an upper figure.

const test = require("node:test");
const assert = require("node:assert/strict");
const { writePsdBuffer } = require("ag-psd");
const { keepOf, isKept, estimate } = require("../../../ps-plugin/state/budget.js");
const { chance } = require("../support.js");

const kept = (keep, first, last) => {
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return all.filter((index) => isKept(keep, index, first, last));
};

test("key steps are as many as wished, evenly spread, and the last is always one", () => {
  assert.deepEqual(kept(6, 0, 19), [3, 6, 9, 13, 16, 19]);
  assert.deepEqual(kept(1, 4, 9), [9]);
  assert.deepEqual(kept("last", 4, 9), [9]);
  assert.deepEqual(kept("all", 4, 6), [4, 5, 6]);
  for (let count = 1; count <= 40; count += 1) {
    for (let keep = 1; keep <= 45; keep += 1) {
      const steps = kept(keep, 7, 6 + count);
      assert.equal(steps.length, Math.min(keep, count));
      assert.equal(steps.at(-1), 6 + count);
      const gaps = steps.map((step, i) => step - (i ? steps[i - 1] : 6));
      assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 1, `${keep} of ${count}`);
    }
  }
});

test("the settings say what a run keeps", () => {
  assert.equal(keepOf({ keep: "all", keyframes: 6 }), "all");
  assert.equal(keepOf({ keep: "keyframes", keyframes: 6 }), 6);
  assert.equal(keepOf({ keep: "last", keyframes: 6 }), "last");
});

test("layers of pure noise weigh at most the estimate, and nearly as much", () => {
  const random = chance(5);
  for (const [width, height] of [
    [256, 256],
    [129, 301],
    [400, 77],
  ]) {
    const noise = () => ({
      width,
      height,
      data: Uint8ClampedArray.from({ length: width * height * 4 }, () => random() * 256),
    });
    const psd = (count) => {
      const children = Array.from({ length: count }, () => ({ name: "12", imageData: noise() }));
      const whole = { width, height, data: new Uint8ClampedArray(width * height * 4) };
      return writePsdBuffer({ width, height, children, imageData: whole }).length;
    };
    const { layers, bytes } = estimate({ keep: "all", keyframes: 6 }, { width, height }, 7);
    const weight = psd(8) - psd(1);
    assert.equal(layers, 7);
    assert.ok(weight <= bytes, `${weight} is more than ${bytes}`);
    assert.ok(weight > 0.9 * bytes, `${weight} is far less than ${bytes}`);
  }
});
