"use strict";
// Soft selections: shapes, feather, combining, outline.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const selections = require(`${STUDIO}document/selection.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { cut } = require(`${STUDIO}document/raster.js`);

const CANVAS = rectangle(0, 0, 40, 30);
const box = (left, top, right, bottom) =>
  selections.rectangleSelection({ x: left, y: top }, { x: right, y: bottom }, CANVAS);
const sum = ({ data }) => data.reduce((total, value) => total + value, 0);
const at = (selection, x, y) => cut(selection, rectangle(x, y, 1, 1), 1).data[0];

test("a rectangle selects whole pixels, from any corner", () => {
  assert.deepEqual(box(20.2, 15.6, 4.4, 3.4), box(4, 3, 20, 16));
  const { left, top, width, height, data } = box(4, 3, 20, 16);
  assert.deepEqual([left, top, width, height], [4, 3, 16, 13]);
  assert.ok(data.every((value) => value === 255));
});

test("a rectangle beside the canvas selects nothing", () => {
  assert.equal(box(50, 50, 60, 60), null);
});

test("a lasso along pixel edges selects the same as the rectangle", () => {
  const corners = [
    { x: 5, y: 6 },
    { x: 25, y: 6 },
    { x: 25, y: 20 },
    { x: 5, y: 20 },
  ];
  assert.deepEqual(selections.polygonSelection(corners, CANVAS), box(5, 6, 25, 20));
});

test("a lasso's area is the polygon's area", () => {
  const triangle = [
    { x: 3.3, y: 2.1 },
    { x: 36.7, y: 9.4 },
    { x: 12.2, y: 27.8 },
  ];
  const [a, b, c] = triangle;
  const area = Math.abs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2;
  const selected = sum(selections.polygonSelection(triangle, CANVAS)) / 255;
  assert.ok(Math.abs(selected - area) < 0.01 * area, `${selected} for ${area}`);
});

test("feathering keeps the amount of selection and softens the edge", () => {
  const hard = box(12, 8, 28, 22);
  const soft = selections.feathered(hard, 2, CANVAS);
  assert.ok(Math.abs(sum(soft) - sum(hard)) < 0.01 * sum(hard));
  const row = [9, 11, 12, 14, 20].map((x) => at(soft, x, 15));
  assert.deepEqual(
    [...row].sort((a, b) => a - b),
    row,
  );
  assert.ok(row[0] > 0 && row[2] > 128 && row[2] < 200, row.join());
  assert.equal(row[4], 255);
});

test("adding, taking away, inverting", () => {
  const left = box(0, 0, 10, 10);
  const right = box(8, 0, 20, 10);
  assert.deepEqual(selections.combined(left, right, "add"), box(0, 0, 20, 10));
  assert.deepEqual(selections.combined(left, right, "subtract"), box(0, 0, 8, 10));
  assert.equal(selections.combined(left, left, "subtract"), null);
  assert.deepEqual(selections.combined(left, right, "replace"), right);
  const rest = selections.inverted(left, CANVAS);
  assert.equal(at(rest, 5, 5), 0);
  assert.equal(at(rest, 15, 5), 255);
  assert.equal(sum(rest) / 255, 40 * 30 - 100);
});

test("the outline of a rectangle is its four sides", () => {
  const edges = selections
    .outline(box(4, 3, 20, 16))
    .map(String)
    .sort();
  assert.deepEqual(edges, ["20,3,20,16", "4,16,20,16", "4,3,20,3", "4,3,4,16"].sort());
});
