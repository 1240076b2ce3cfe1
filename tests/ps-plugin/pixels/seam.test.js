"use strict";
// A small selection on a smooth picture, painted by the embedded model in a crop around it, pasted
// back without a seam.
//
// The measure: by how much what was changed differs from one pixel to the next. Where the mask is
// full those are the painting's own edges; across the mask's edge they must not be larger, at the
// 95th percentile. A hard mask fails by far, so the measure can fail.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { makeRaster, filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { makeRun, makeStep } = require("../support.js");
const { python } = require("../python.js");

const ROOT = path.join(__dirname, "..", "..", "..");
const [WIDTH, HEIGHT] = [480, 360];
const SELECTED = rectangle(210, 150, 60, 50);
const NATIVE = 128; // pixels: the embedded model's side

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)).unref());
const index = () => '{"v":1,"runs":[],"steps":[]}';

const PAINT = `
import sys
from pathlib import Path
import numpy as np
from pipelines.model import load_model
from pipelines.pixels import image_id
from pipelines.preview import picture
from pipelines.recipe import Recipe
from pipelines.record import Inputs
from pipelines.run import follow, start
folder, width, height = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
read = lambda name: np.frombuffer((folder / name).read_bytes(), np.uint8).reshape(height, width, -1)
source, mask = read("source"), read("mask")
inputs = Inputs({image_id(source): source, image_id(mask): mask})
model = load_model(Path("pipelines/embedded/weights"))
assert model.info.native == ${NATIVE}
for seed in map(int, sys.argv[4:]):
    recipe = Recipe(prompt="a house", width=width, height=height, init_image=image_id(source),
                    mask=image_id(mask), strength=0.75, num_inference_steps=8, seed=seed)
    record = start(model, recipe, inputs)
    for record in follow(model, record, inputs):
        pass
    (folder / f"picture {seed}").write_bytes(picture(model, record, inputs).tobytes())
`;

/** A sky: nowhere does a channel change by more than one level from one pixel to the next. */
function sky() {
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let i = 0; i < data.length; i += 4) {
    const [x, y] = [(i / 4) % WIDTH, Math.floor(i / 4 / WIDTH)];
    const colour = [120 + 60 * Math.sin(x / 200), 150 + y / 9, 200 - y / 6, 255];
    for (let c = 0; c < 4; c += 1) data[i + c] = Math.round(colour[c]);
  }
  return makeRaster(rectangle(0, 0, WIDTH, HEIGHT), 4, data);
}

/** Steps of the change, across the mask's edge and where it is full, and pixels changed elsewhere. */
async function seams(feather, seeds) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  try {
    const host = createHost({ manifest: {} });
    const document = host.model.newDocument({ width: WIDTH, height: HEIGHT });
    edits.setLayer(document, document.state.active[0], "raster", sky());
    edits.select(document, "Select", filled(SELECTED, [255]));
    const layers = makeLayers(host.photoshop, wait);
    const settings = { source: "composite", where: "selection", feather, context: true };
    const { picture, mask, place } = await layers.readSource(document.id, settings, NATIVE);
    const { width, height } = picture;
    assert.ok(width < WIDTH && height < HEIGHT && width >= NATIVE, `${width}x${height}`);
    fs.writeFileSync(path.join(folder, "source"), picture.pixels);
    fs.writeFileSync(path.join(folder, "mask"), mask.pixels);
    execFileSync(python(), ["-c", PAINT, folder, width, height, ...seeds].map(String), {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const canvas = rectangle(0, 0, WIDTH, HEIGHT);
    const before = composite(document.state, canvas).data;
    const found = { edge: [], inside: [], outside: 0 };
    for (const [number, seed] of seeds.entries()) {
      const run = makeRun(number + 1, { recipe: { width, height } });
      const pixels = new Uint8Array(fs.readFileSync(path.join(folder, `picture ${seed}`)));
      const group = await layers.openGroup(document.id, run, place, index(), []);
      const line = { run, group, place, index, showLast: true, siblings: [] };
      const shown = { width, height, channels: 4, pixels };
      const arrival = { step: makeStep(run.id, 0), picture: shown, quality: "full", note: null };
      const { layers: notes } = await layers.putSteps(document.id, line, [arrival]);
      edits.setLayer(document, Object.values(notes)[0].layer, "visible", true);
      measure(before, composite(document.state, canvas).data, { mask, place }, found);
      edits.setLayer(document, group, "visible", false);
    }
    return found;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function measure(before, after, { mask, place }, found) {
  const maskAt = (x, y) => {
    const [dx, dy] = [x - place.left, y - place.top];
    const beside = dx < 0 || dy < 0 || dx >= mask.width || dy >= mask.height;
    return beside ? 0 : mask.pixels[dy * mask.width + dx];
  };
  const changeAt = (i) => [0, 1, 2].map((c) => after[i + c] - before[i + c]);
  for (let y = 0; y < HEIGHT - 1; y += 1) {
    for (let x = 0; x < WIDTH - 1; x += 1) {
      const at = (y * WIDTH + x) * 4;
      const here = maskAt(x, y);
      const change = changeAt(at);
      if (here === 0 && change.some((value) => value !== 0)) found.outside += 1;
      for (const [dx, dy] of [
        [1, 0],
        [0, 1],
      ]) {
        const there = maskAt(x + dx, y + dy);
        if (here === 0 && there === 0) continue;
        const next = changeAt(at + (dy * WIDTH + dx) * 4);
        const step = Math.max(...change.map((value, c) => Math.abs(value - next[c])));
        found[here === 255 && there === 255 ? "inside" : "edge"].push(step);
      }
    }
  }
}

const at95 = (values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)];

test("a small selection is painted in a crop and pasted back without a seam", async () => {
  const { edge, inside, outside } = await seams(16, [1, 2]);
  const [across, within] = [at95(edge), at95(inside)];
  assert.ok(within > 3, `the model painted something: ${within}`);
  // A hard edge is over twice as steep as the inside, see below. A feathered one is about as steep,
  // a level more or less from one set of weights to the next.
  assert.ok(across <= 1.25 * within, `across the edge ${across} levels, inside ${within}`);
  assert.equal(outside, 0, "pixels outside the mask that changed");
});

test("the measure sees a hard edge", async () => {
  const { edge, inside, outside } = await seams(0, [1]);
  assert.ok(at95(edge) > 2 * at95(inside), `${at95(edge)} and ${at95(inside)}`);
  assert.equal(outside, 0, "pixels outside the mask that changed");
});
