"use strict";
// What is written back sits exactly where it was read: two hundred documents of chance, of any size,
// depth and profile, with layers and selections anywhere.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { makeRaster, cut } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle, common, isEmpty } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { SRGB, P3, fullOf } = require("../../../ps-plugin/studio/document/colour.js");
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { widened, deepened } = require("../../../ps-plugin/pixels/colours.js");
const { softened } = require("../../../ps-plugin/pixels/crop.js");
const { imageId } = require("../../../ps-plugin/pixels/sha256.js");
const { chance, makeRun, makeStep } = require("../support.js");

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)).unref());
const index = () => '{"v":1,"runs":[],"steps":[]}';
const ROUNDS = 200;

/** Noise in a document's own numbers. */
function noise(bounds, channels, depth, random) {
  const full = fullOf(depth);
  const count = (bounds.right - bounds.left) * (bounds.bottom - bounds.top) * channels;
  const data = depth === 8 ? new Uint8Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i += 1) data[i] = Math.round(random() * full);
  if (channels === 4) {
    for (let i = 3; i < count; i += 4) data[i] = 1 + Math.round(random() ** 0.3 * (full - 1));
  }
  return makeRaster(bounds, channels, data);
}

/** A document of chance with a painted layer, perhaps a selection, and what the painter set. */
function situation(seed) {
  const random = chance(seed);
  const whole = (least, most) => least + Math.floor(random() * (most - least + 1));
  const somewhere = (width, height, least) => {
    const [left, top] = [whole(-9, width - least), whole(-9, height - least)];
    return rectangle(left, top, whole(least, width), whole(least, height));
  };
  const host = createHost({ manifest: {} });
  const [width, height] = [whole(9, 90), whole(9, 90)];
  const depth = random() < 0.5 ? 8 : 16;
  const profile = random() < 0.5 ? SRGB : P3;
  const document = host.model.newDocument({ width, height, depth, profile, fill: "transparent" });
  const canvas = rectangle(0, 0, width, height);
  const [layer] = document.state.active;
  const box = somewhere(width, height, 1);
  const raster = noise(isEmpty(common(box, canvas)) ? canvas : box, 4, depth, random);
  edits.setLayer(document, layer, "raster", raster);
  const shown = common(rectangle(raster.left, raster.top, raster.width, raster.height), canvas);
  const selected = random() < 0.8 ? common(somewhere(width, height, 3), canvas) : null;
  const meets = selected && !isEmpty(selected) && !isEmpty(common(selected, shown));
  if (meets) edits.select(document, "Select", noise(selected, 1, depth, random));
  const settings = {
    source: random() < 0.5 ? "layer" : "composite",
    where: meets ? "selection" : "everywhere",
    feather: random() < 0.5 ? 0 : whole(1, 12),
    context: random() < 0.7,
  };
  const native = [8, 16, 32, 64][whole(0, 3)];
  const layers = makeLayers(host.photoshop, wait);
  return { host, document, layers, raster, selected: meets ? selected : null, settings, native };
}

/** A document's numbers as the bridge has them. */
const wide = (data) => (data.BYTES_PER_ELEMENT === 2 ? widened(data) : data);

/** The source as it ought to be read, laid on white. */
function expected(state, raster, settings, rect) {
  const source = settings.source === "layer" ? raster : composite(state, rect);
  const data = wide(cut(source, rect, 4, state.depth).data);
  const full = data.BYTES_PER_ELEMENT === 2 ? 65535 : 255;
  const flat = [];
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    for (let c = 0; c < 3; c += 1) {
      const over = Math.round((data[i + c] * alpha) / full + full - alpha);
      flat.push(alpha === full ? data[i + c] : over);
    }
  }
  return flat;
}

/** A step's picture of the source's size: its own noise under the mask, colour 0 where nothing is. */
function stepOf({ width, height, pixels, profile }, mask, random) {
  const deep = pixels.BYTES_PER_ELEMENT === 2;
  const half = new Uint16Array(width * height * 4).map(() => Math.round(random() * 32768));
  const painted = deep ? widened(half) : Uint8Array.from(half, (value) => value >> 7 || 1);
  const full = deep ? 65535 : 255;
  for (let i = 3; i < painted.length; i += 4) {
    const alpha = mask ? mask.pixels[(i - 3) / 4] : full;
    painted[i] = deep ? widened([Math.round((alpha * 32768) / 65535)])[0] : alpha;
    if (painted[i] === 0) painted.fill(0, i - 3, i);
  }
  return { width, height, channels: 4, pixels: painted, profile };
}

test("what is written back sits exactly where it was read: 200 documents of any size and depth", async () => {
  const seen = { crops: 0, deep: 0, wide: 0, soft: 0, odd: 0 };
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const { host, document, layers, raster, selected, settings, native } = situation(seed);
    const before = document.state;
    const told = `seed ${seed}: ${JSON.stringify({ settings, native, selected })}`;
    const { picture, mask, place } = await layers.readSource(document.id, settings, native);
    const rect = rectangle(place.left, place.top, picture.width, picture.height);
    assert.deepEqual([...picture.pixels], expected(before, raster, settings, rect), told);

    if (selected) {
      const grey = cut(before.selection, rect, 1, before.depth).data;
      const eight = Uint8Array.from(grey, (value) =>
        Math.round((value * 255) / fullOf(before.depth)),
      );
      const hard = { width: picture.width, height: picture.height, channels: 1, pixels: eight };
      const pixels = before.depth === 16 ? deepened(eight) : eight;
      assert.deepEqual(mask.pixels, softened({ ...hard, pixels }, settings.feather).pixels, told);
    } else assert.equal(mask, null, told);

    const step = stepOf(picture, mask, chance(seed + 1000));
    const run = makeRun(1, { recipe: { width: picture.width, height: picture.height } });
    const group = await layers.openGroup(document.id, run, place, index(), []);
    const line = { run, group, place, index, showLast: true, siblings: [] };
    const arrival = { step: makeStep(run.id, 0), picture: step, quality: "full", note: null };
    const written = await layers.putSteps(document.id, line, [arrival]);
    const [note] = Object.values(written.layers);
    assert.deepEqual(written.changed, [], `${told}: read back as it was handed out`);
    assert.equal(note.image, imageId(step), told);

    const layer = document.state.layers
      .flatMap((one) => one.layers)
      .find(({ id }) => id === note.layer);
    const canvas = rectangle(0, 0, before.width, before.height);
    const found = wide(cut(layer.raster, canvas, 4, before.depth).data);
    for (let y = 0; y < before.height; y += 1) {
      for (let x = 0; x < before.width; x += 1) {
        const [dx, dy] = [x - rect.left, y - rect.top];
        const inside = dx >= 0 && dy >= 0 && dx < step.width && dy < step.height;
        const at = (y * before.width + x) * 4;
        for (let c = 0; c < 4; c += 1) {
          const wanted = inside ? step.pixels[(dy * step.width + dx) * 4 + c] : 0;
          if (found[at + c] !== wanted) assert.fail(`${told}: pixel ${x}, ${y} of the layer`);
        }
      }
    }
    const own = document.state.layers.find(({ id }) => id === before.layers[0].id);
    assert.equal(own.raster, before.layers[0].raster, `${told}: the painter's layer is untouched`);
    assert.equal(host.undisposed(), 0, told);
    seen.crops += Number(selected !== null && picture.width < before.width);
    seen.deep += Number(before.depth === 16);
    seen.wide += Number(before.profile === P3);
    seen.soft += Number(mask !== null && settings.feather > 0);
    seen.odd += picture.width % 2;
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 20, `${count} ${what}`);
});

test("a step that shows nothing new leaves every pixel of the picture as it was", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { document, layers, settings, native } = situation(seed);
    const paper = noise(
      rectangle(0, 0, document.state.width, document.state.height),
      4,
      document.state.depth,
      chance(seed),
    );
    for (let i = 3; i < paper.data.length; i += 4) paper.data[i] = fullOf(document.state.depth);
    edits.setLayer(document, document.state.active[0], "raster", paper);
    const canvas = rectangle(0, 0, paper.width, paper.height);
    const before = composite(document.state, canvas);
    const { picture, mask, place } = await layers.readSource(document.id, settings, native);
    const { width, height, pixels, profile } = picture;
    const same = pixels.slice(0, 0).constructor.from({ length: width * height * 4 }, (_, i) => {
      const at = i >> 2;
      if (i % 4 < 3) return !mask || mask.pixels[at] ? pixels[at * 3 + (i % 4)] : 0;
      return mask ? mask.pixels[at] : pixels.BYTES_PER_ELEMENT === 2 ? 65535 : 255;
    });
    const run = makeRun(1, { recipe: { width, height } });
    const group = await layers.openGroup(document.id, run, place, index(), []);
    const line = { run, group, place, index, showLast: true, siblings: [] };
    const step = { width, height, channels: 4, pixels: same, profile };
    const arrival = { step: makeStep(run.id, 0), picture: step, quality: "full", note: null };
    await layers.putSteps(document.id, line, [arrival]);
    const layer = document.state.layers
      .flatMap((one) => one.layers)
      .find(({ name }) => name.startsWith("1 · σ"));
    edits.setLayer(document, layer.id, "visible", true);
    const after = composite(document.state, canvas);
    assert.deepEqual(after.data, before.data, `seed ${seed}`);
  }
});
