"use strict";
// What is painted around a selection, and how the selection's edge fades: properties and closed forms.

const { execFileSync } = require("node:child_process");
const path = require("node:path");
const test = require("node:test");
const assert = require("node:assert/strict");

const { chance } = require("../support.js");
const { python } = require("../python.js");
const { painted, cropAround, workingSize, softened } = require("../../../ps-plugin/pixels/crop.js");
const { initial } = require("../../../ps-plugin/state/state.js");

const NATIVES = [128, 256, 512, 1024];
const size = ({ left, top, right, bottom }) => [right - left, bottom - top];
const contains = (outer, inner) =>
  outer.left <= inner.left &&
  outer.top <= inner.top &&
  outer.right >= inner.right &&
  outer.bottom >= inner.bottom;

/** A picture somewhere, a selection in it, a feather and a model. */
function situation(random) {
  const whole = (least, most) => least + Math.floor(random() * (most - least + 1));
  const within = { left: whole(-50, 50), top: whole(-50, 50) };
  within.right = within.left + whole(8, 3000);
  within.bottom = within.top + whole(8, 3000);
  const left = whole(within.left, within.right - 1);
  const top = whole(within.top, within.bottom - 1);
  const selection = {
    left,
    top,
    right: whole(left + 1, Math.min(within.right, left + whole(1, 900))),
    bottom: whole(top + 1, Math.min(within.bottom, top + whole(1, 900))),
  };
  return {
    within,
    selection,
    feather: whole(0, 60),
    native: NATIVES[whole(0, 3)],
  };
}

const clipped = (rect, by, within) => ({
  left: Math.max(within.left, rect.left - by),
  top: Math.max(within.top, rect.top - by),
  right: Math.min(within.right, rect.right + by),
  bottom: Math.min(within.bottom, rect.bottom + by),
});

test("a crop lies in the picture and holds the selection, its feather and context", () => {
  const random = chance(4);
  for (let i = 0; i < 2000; i += 1) {
    const { within, selection, feather, native } = situation(random);
    const crop = cropAround(selection, within, feather, native);
    const told = JSON.stringify({ within, selection, feather, native, crop });
    assert.ok(contains(within, crop), told);
    const context = Math.floor(Math.max(...size(selection)) / 4);
    assert.ok(contains(crop, clipped(selection, feather + context, within)), told);
    assert.ok(contains(crop, clipped(selection, feather + native / 8, within)), told);
    for (const [side, room] of [0, 1].map((n) => [size(crop)[n], size(within)[n]])) {
      assert.ok(side % 8 === 0 || side === room, told);
    }
  }
});

test("a crop is as large as the model likes, and the model never shrinks it without need", () => {
  const random = chance(5);
  for (let i = 0; i < 2000; i += 1) {
    const { within, selection, feather, native } = situation(random);
    const crop = cropAround(selection, within, feather, native);
    const told = JSON.stringify({ within, selection, feather, native, crop });
    const context = Math.ceil(feather + Math.max(Math.max(...size(selection)) / 4, native / 8));
    const need = size(clipped(selection, context, within)).map((side) => Math.ceil(side / 8) * 8);
    const [width, height] = size(crop);
    if (need[0] <= native && need[1] <= native) {
      assert.equal(width, Math.min(native, size(within)[0]), told);
      assert.equal(height, Math.min(native, size(within)[1]), told);
    }
    if (need[0] * need[1] <= (1.5 * native) ** 2) {
      const working = workingSize({ width, height }, native);
      assert.ok(working.width >= width && working.height >= height, told);
    }
    assert.ok(width <= Math.max(native, need[0]) && height <= Math.max(native, need[1]), told);
  }
});

test("a selection in the middle of a large picture is in the middle of its crop", () => {
  const within = { left: 0, top: 0, right: 4000, bottom: 3000 };
  const selection = { left: 1990, top: 1490, right: 2010, bottom: 1510 };
  assert.deepEqual(cropAround(selection, within, 8, 512), {
    left: 1744,
    top: 1244,
    right: 2256,
    bottom: 1756,
  });
  const corner = { left: 3990, top: 0, right: 4000, bottom: 10 };
  assert.deepEqual(cropAround(corner, within, 8, 512), {
    left: 3488,
    top: 0,
    right: 4000,
    bottom: 512,
  });
});

test("working sizes are the bridge's", () => {
  const random = chance(6);
  const sizes = Array.from({ length: 500 }, () => [
    8 + Math.floor(random() ** 3 * 8000),
    8 + Math.floor(random() ** 3 * 8000),
    NATIVES[Math.floor(random() * 4)],
  ]);
  const script = `
import json, sys
from pipelines.pixels import working_size
print(json.dumps([working_size(*size) for size in json.loads(sys.argv[1])]))`;
  const cwd = path.join(__dirname, "..", "..", "..");
  const theirs = execFileSync(python(), ["-c", script, JSON.stringify(sizes)], {
    cwd,
  });
  const ours = sizes.map(([width, height, native]) => workingSize({ width, height }, native));
  assert.deepEqual(
    ours.map(({ width, height }) => [width, height]),
    JSON.parse(theirs.toString()),
  );
});

const grey = (width, height, pixels) => ({
  width,
  height,
  channels: 1,
  pixels,
});

test("one selected pixel fades with its distance, in a circle", () => {
  const side = 41;
  const feather = 12;
  for (const kind of [Uint8Array, Uint16Array]) {
    const full = kind === Uint8Array ? 255 : 65535;
    const mask = grey(side, side, new kind(side * side));
    mask.pixels[20 * side + 20] = full;
    const { pixels } = softened(mask, feather);
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const near = Math.max(0, 1 - Math.hypot(x - 20, y - 20) / feather);
        assert.equal(pixels[y * side + x], Math.round(full * near * near * (3 - 2 * near)));
      }
    }
  }
});

test("a straight edge fades along its S and ends after so many pixels", () => {
  const mask = grey(40, 3, new Uint8Array(120).fill(255));
  for (let y = 0; y < 3; y += 1) mask.pixels.fill(0, y * 40 + 10, y * 40 + 40);
  const { pixels } = softened(mask, 8);
  const row = [...pixels.subarray(40, 80)];
  assert.ok(row.slice(0, 10).every((value) => value === 255));
  assert.deepEqual(row.slice(10, 18), [244, 215, 174, 128, 81, 40, 11, 0]);
  assert.ok(row.slice(17).every((value) => value === 0));
});

test("what is selected stays at least as selected; what is full stays full; far away is nothing", () => {
  const random = chance(7);
  for (let i = 0; i < 40; i += 1) {
    const width = 3 + Math.floor(random() * 40);
    const height = 3 + Math.floor(random() * 40);
    const feather = 1 + random() * 14;
    const mask = grey(width, height, new Uint8Array(width * height));
    for (let n = 0; n < 9; n += 1) {
      mask.pixels[Math.floor(random() * mask.pixels.length)] = n % 2 ? 255 : random() * 256;
    }
    const soft = softened(mask, feather).pixels;
    for (let at = 0; at < soft.length; at += 1) {
      assert.ok(soft[at] >= mask.pixels[at]);
      const near = mask.pixels.some(
        (value, from) =>
          value > 0 &&
          Math.hypot((from % width) - (at % width), ((from / width) | 0) - ((at / width) | 0)) <
            feather,
      );
      if (!near) assert.equal(soft[at], 0);
    }
  }
});

test("without a feather a mask is left alone, and its own soft edge with it", () => {
  const mask = grey(2, 1, Uint8Array.of(7, 200));
  assert.equal(softened(mask, 0), mask);
});

test("a whole picture's mask fades in less than two seconds", () => {
  const mask = grey(2048, 2048, new Uint8Array(2048 * 2048));
  mask.pixels.fill(255, 900 * 2048, 1100 * 2048);
  const began = process.cpuUsage(); // other programs take none of it
  softened(mask, 64);
  const { user, system } = process.cpuUsage(began); // microseconds
  assert.ok(user + system < 2e6, `${(user + system) / 1e6} s`);
});

test("the state says what will be painted: a crop, the whole, and whether it is enlarged", () => {
  const selection = { left: 600, top: 400, right: 660, bottom: 460 };
  const document = {
    id: 1,
    width: 2000,
    height: 1000,
    depth: 8,
    mode: "RGB",
    selection,
  };
  const settings = {
    ...initial.settings,
    source: "composite",
    where: "selection",
    feather: 8,
  };
  const state = { ...initial, document, settings, model: { native: 512 } };
  const part = painted(state);
  assert.deepEqual([part.crop, part.enlarged, size(part.rect)], [true, 1, [512, 512]]);
  const whole = painted({
    ...state,
    settings: { ...settings, context: false },
  });
  assert.deepEqual([whole.crop, size(whole.rect)], [false, [2000, 1000]]);
  assert.ok(whole.enlarged > 1.8 && whole.enlarged < 2);
  const nothing = painted({
    ...state,
    settings: { ...settings, source: "nothing" },
  });
  assert.deepEqual(size(nothing.rect), [2000, 1000]);
  assert.equal(painted({ ...state, model: null }), null);
});
