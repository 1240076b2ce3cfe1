"use strict";
// Strokes: exactly where they are drawn, never more than their opacity, and nowhere else.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { createStroke, strokeOn } = require(`${STUDIO}document/brush.js`);
const { makeRaster, filled, cut } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { objection, warning } = require(`${STUDIO}desk/tools.js`);
const edits = require(`${STUDIO}document/edits.js`);
const { opened } = require("../tools.js");
const { makeLayer, newState, changeState, changeLayer } = require(`${STUDIO}document/document.js`);

const EMPTY = { raster: null, background: false };
const RED = /** @type {const} */ ([200, 10, 20]);

function draw(points, { layer = EMPTY, width = 32, height = 24, selection = null, ...brush } = {}) {
  const canvas = { width, height, selection };
  const all = { size: 1, hardness: 1, opacity: 1, color: RED, erase: false, ...brush };
  const stroke = createStroke(all, canvas);
  for (const [x, y, pressure = 1] of points) stroke.add({ x, y, pressure });
  stroke.finish();
  return strokeOn(layer, stroke);
}

const whole = (raster, width = 32, height = 24) => cut(raster, rectangle(0, 0, width, height));
const at = (raster, x, y) => [...cut(raster, rectangle(x, y, 1, 1)).data];

test("a brush of one pixel paints the one pixel it was pressed on", () => {
  const raster = draw([[5.9, 7.01]]);
  assert.deepEqual(
    [raster.left, raster.top, raster.width, raster.height, ...raster.data],
    [5, 7, 1, 1, ...RED, 255],
  );
});

test("a brush of one pixel draws a line without gaps", () => {
  const raster = draw([
    [2.5, 3.5],
    [28.5, 3.5],
  ]);
  assert.deepEqual([raster.left, raster.top, raster.width, raster.height], [2, 3, 27, 1]);
  for (let x = 2; x <= 28; x++) assert.equal(at(raster, x, 3)[3], 255, `x ${x}`);
});

test("a hard dab covers its disc and nothing beyond its rim", () => {
  const raster = whole(draw([[16, 12]], { size: 10 }));
  for (let y = 0; y < 24; y++) {
    for (let x = 0; x < 32; x++) {
      const distance = Math.hypot(x + 0.5 - 16, y + 0.5 - 12);
      const alpha = at(raster, x, y)[3];
      if (distance <= 4.5) assert.equal(alpha, 255, `inside at ${x}, ${y}`);
      if (distance >= 5.5) assert.equal(alpha, 0, `outside at ${x}, ${y}`);
    }
  }
});

test("a dab is the same in all four mirrors", () => {
  const raster = whole(draw([[16, 12]], { size: 9, hardness: 0.2 }));
  for (let y = 0; y < 12; y++) {
    for (let x = 0; x < 16; x++) {
      const alpha = at(raster, x, y)[3];
      assert.equal(at(raster, 31 - x, y)[3], alpha);
      assert.equal(at(raster, x, 23 - y)[3], alpha);
    }
  }
});

test("dabs that overlap never cover more than the stroke's opacity", () => {
  const back = Array.from({ length: 12 }, (_, i) => [i % 2 ? 26 : 6, 12]);
  const raster = whole(draw(back, { size: 8, opacity: 0.5 }));
  const alphas = new Set(raster.data.filter((_, i) => i % 4 === 3));
  assert.equal(Math.max(...alphas), 128);
});

test("two strokes of half opacity cover three quarters", () => {
  const first = draw([[16, 12]], { size: 8, opacity: 0.5 });
  const both = draw([[16, 12]], { size: 8, opacity: 0.5, layer: { ...EMPTY, raster: first } });
  assert.ok(Math.abs(at(both, 16, 12)[3] - 0.75 * 255) <= 1);
});

test("outside of a selection not a bit changes, and half selected is half painted", () => {
  const raster = makeRaster(
    rectangle(0, 0, 32, 24),
    4,
    Uint8Array.from({ length: 32 * 24 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 31) % 256)),
  );
  const selection = makeRaster(
    rectangle(8, 0, 16, 24),
    1,
    new Uint8Array(16 * 24).map((_, i) => (i % 16 < 8 ? 255 : 128)),
  );
  const painted = draw(
    [
      [0, 12],
      [32, 12],
    ],
    { size: 12, selection, layer: { raster, background: false } },
  );
  for (let y = 0; y < 24; y++) {
    for (let x = 0; x < 32; x++) {
      const selected = x >= 8 && x < 24;
      if (!selected) assert.deepEqual(at(painted, x, y), at(raster, x, y));
    }
  }
  assert.deepEqual(at(painted, 10, 12), [...RED, 255]);
  const [before] = at(raster, 20, 12);
  assert.ok(Math.abs(at(painted, 20, 12)[0] - (before + RED[0]) / 2) <= 1);
});

test("the eraser takes alpha and leaves colour; on a background it paints white", () => {
  const raster = filled(rectangle(0, 0, 32, 24), [10, 20, 30, 255]);
  const holed = draw([[16, 12]], { size: 8, erase: true, layer: { raster, background: false } });
  assert.equal(at(holed, 16, 12)[3], 0);
  assert.deepEqual(at(holed, 2, 2), [10, 20, 30, 255]);
  const white = draw([[16, 12]], { size: 8, erase: true, layer: { raster, background: true } });
  assert.deepEqual(at(white, 16, 12), [255, 255, 255, 255]);
});

test("where transparency is locked a stroke colours what is there, and adds and takes nothing", () => {
  const raster = filled(rectangle(10, 0, 6, 24), [9, 8, 7, 100]);
  const layer = { raster, background: false, held: ["transparency"] };
  const line = [
    [2, 12],
    [30, 12],
  ];
  const painted = draw(line, { size: 6, layer });
  assert.deepEqual([painted.left, painted.width], [10, 6]);
  assert.deepEqual(at(painted, 12, 12), [...RED, 100]);
  assert.deepEqual(at(painted, 12, 2), [9, 8, 7, 100]);
  assert.deepEqual(at(draw(line, { size: 6, layer, erase: true }), 12, 12), [255, 255, 255, 100]);
  assert.equal(draw(line, { size: 6, layer: { ...layer, raster: null } }), null);
});

for (const [key, said] of Object.entries({
  nvrt: "“l” is an adjustment: choose or make a layer to paint on.",
  "hue ": "“l” is an adjustment: choose or make a layer to paint on.",
  SoCo: "“l” is a fill: choose or make a layer to paint on.",
  TySh: "",
  lfx2: "",
})) {
  test(`before a stroke on a layer with the block ${key} is said: ${said || "nothing"}`, () => {
    const foreign = { kept: [{ key, data: "" }], ranges: "", maskParameters: "" };
    const layer = makeLayer({ id: 1, name: "l", foreign });
    const state = changeState(newState(4, 4), { layers: [layer] });
    assert.equal(objection(state, [layer]), said);
  });
}

test("clearing a layer whose transparency is locked makes it white, and no smaller", () => {
  const { document } = opened(6, 4, { fill: "transparent" });
  const raster = filled(rectangle(1, 0, 2, 1), [9, 8, 7, 100]);
  const id = document.state.layers[0].id;
  document.record("x", changeLayer(document.state, id, { raster, held: ["transparency"] }));
  edits.clearSelected(document, id);
  const [{ raster: cleared }] = document.state.layers;
  assert.deepEqual([cleared.left, cleared.width], [1, 2]);
  assert.deepEqual([...cleared.data.slice(0, 4)], [255, 255, 255, 100]);
});

test("a stroke on text or a smart object says that it becomes pixels", () => {
  const said = (key) =>
    warning(
      makeLayer({
        id: 1,
        name: "l",
        foreign: { kept: [{ key, data: "" }], ranges: "", maskParameters: "" },
      }),
    );
  assert.equal(said("TySh"), "“l” is text: painted on, it is saved as pixels.");
  assert.equal(said("SoLd"), "“l” is a smart object: painted on, it is saved as pixels.");
  assert.equal(said("lfx2"), "");
});

test("a layer in a hidden group is not painted on", () => {
  const layer = makeLayer({ id: 1, name: "l" });
  const group = (layers, fields) =>
    makeLayer({ id: 2, kind: "group", name: "g", layers, ...fields });
  const state = (visible) => changeState(newState(4, 4), { layers: [group([layer], { visible })] });
  assert.equal(objection(state(true), [layer]), "");
  assert.equal(objection(state(false), [layer]), "“g” is hidden: show it before painting on it.");
});

test("a pen's pressure makes the stroke thinner", () => {
  const wide = draw([[16, 12, 1]], { size: 16 });
  const thin = draw([[16, 12, 0.2]], { size: 16 });
  assert.ok(thin.width < wide.width / 2, `${thin.width} of ${wide.width}`);
});

test("the same points make the same pixels", () => {
  const points = [
    [2, 3],
    [9, 20],
    [18, 4],
    [30, 15],
  ];
  assert.deepEqual(
    draw(points, { size: 7, hardness: 0.4 }),
    draw(points, { size: 7, hardness: 0.4 }),
  );
});

test("a stroke that leaves the canvas paints what is on it", () => {
  const raster = draw(
    [
      [-10, 12],
      [50, 12],
    ],
    { size: 4 },
  );
  assert.deepEqual([raster.left, raster.left + raster.width], [0, 32]);
  assert.equal(draw([[-20, -20]], { size: 4 }), null);
});

test("in a 16-bit Display P3 document red is the red that was chosen, and covers as much", () => {
  const canvas = { width: 32, height: 24, selection: null, depth: /** @type {16} */ (16) };
  const brush = { size: 1, hardness: 1, opacity: 0.5, color: /** @type {const} */ ([255, 0, 0]) };
  const stroke = createStroke({ ...brush, erase: false }, { ...canvas, profile: "Display P3" });
  stroke.add({ x: 3.5, y: 4.5, pressure: 1 });
  const raster = strokeOn(EMPTY, stroke);
  assert.deepEqual(at(raster, 3, 4), [30064, 6563, 4540, 16384]);
  const eraser = createStroke(
    { ...brush, erase: true, opacity: 1 },
    { ...canvas, profile: "Display P3" },
  );
  eraser.add({ x: 3.5, y: 4.5, pressure: 1 });
  assert.equal(strokeOn({ raster, background: false }, eraser), null);
});
