"use strict";
// What comes back looks as it went out: a chart of every colour a document can have, from its layer
// through the panel, the bridge's arithmetic and a model that changes nothing, back into a layer.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { makeRaster } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { SRGB, P3, fullOf } = require("../../../ps-plugin/studio/document/colour.js");
const { makeLayers } = require("../../../ps-plugin/photoshop/layers.js");
const { bytesOf, narrowed, valuesOf, widened } = require("../../../ps-plugin/pixels/colours.js");
const { areEqual, placed, shrunk } = require("../../../ps-plugin/pixels/pixels.js");
const { imageId } = require("../../../ps-plugin/pixels/sha256.js");
const { chance, makeRun, makeStep } = require("../support.js");
const { python } = require("../python.js");

const ROOT = path.join(__dirname, "..", "..", "..");
const LEVELS = 9;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)).unref());
const index = () => '{"v":1,"runs":[],"steps":[]}';
const SETTINGS = { source: "layer", where: "everywhere", feather: 0, context: true };

/** The bridge, with a model that hands back what it saw; then how different two pictures look. */
const BRIDGE = `
import sys
from pathlib import Path
from bridge.config import Limits
from bridge.images.image import from_raw
from pipelines.colour import from_srgb, to_srgb
from pipelines.pixels import framed
folder, width, height, depth, profile = Path(sys.argv[1]), *map(int, sys.argv[2:5]), sys.argv[5]
def read(name, channels):
    return from_raw((folder / name).read_bytes(), width=width, height=height, channels=channels,
                    depth=depth, profile=profile, limits=Limits())
source = read("source", 3)
seen = to_srgb(source.pixels, profile)
assert profile == "sRGB" or seen.dtype == "uint16"
picture = framed(from_srgb(seen, profile, depth, source.pixels), None, None)
(folder / "picture").write_bytes(picture.tobytes())
`;
const LOOK = `
import sys
from pathlib import Path
import numpy as np
from tests.pipelines.colour_chart import difference, lab
folder, depth, profile = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
kind = np.uint8 if depth == 8 else np.uint16
before, after = (np.frombuffer((folder / n).read_bytes(), kind).reshape(-1, 4) for n in ("a", "b"))
assert (before[:, 3] == after[:, 3]).all()
print(difference(lab(before, profile), lab(after, profile)).max(), (before != after).mean())
`;

function run(script, ...given) {
  return execFileSync(python(), ["-c", script, ...given.map(String)], { cwd: ROOT }).toString();
}

/** @returns {number[]} every combination of nine levels of red, green and blue, then opaque */
function chart(depth) {
  const level = (i) => Math.round((i * fullOf(depth)) / (LEVELS - 1));
  const colours = [];
  for (let i = 0; i < LEVELS ** 3; i += 1) {
    const [r, g, b] = [Math.floor(i / LEVELS ** 2), Math.floor(i / LEVELS) % LEVELS, i % LEVELS];
    colours.push(level(r), level(g), level(b), fullOf(depth));
  }
  return colours;
}

for (const [profile, name] of [
  [SRGB, "sRGB"],
  [P3, "Display P3"],
]) {
  for (const depth of [8, 16]) {
    test(`a chart of all of ${name} at ${depth} bit comes back looking as it went out`, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
      try {
        const [width, height] = [LEVELS ** 2, LEVELS];
        const host = createHost({ manifest: {} });
        const document = host.model.newDocument({ width, height, depth, profile });
        edits.newLayer(document, { name: "chart" });
        const values = depth === 8 ? Uint8Array.from(chart(8)) : Uint16Array.from(chart(16));
        const raster = makeRaster(rectangle(0, 0, width, height), 4, values);
        edits.setLayer(document, document.state.active[0], "raster", raster);
        const layers = makeLayers(host.photoshop, wait);
        const { picture, place } = await layers.readSource(document.id, SETTINGS, 128);
        assert.equal(picture.profile, name);

        fs.writeFileSync(path.join(folder, "source"), bytesOf(picture.pixels));
        run(BRIDGE, folder, width, height, depth, name);
        const made = fs.readFileSync(path.join(folder, "picture"));
        const pixels = valuesOf(new Uint8Array(made).buffer, depth);
        const step = { width, height, channels: 4, pixels, profile: name };
        const painting = makeRun(1, { recipe: { width, height } });
        const group = await layers.openGroup(document.id, painting, place, index(), []);
        const line = { run: painting, group, place, index, showLast: true, siblings: [] };
        const arrival = {
          step: makeStep(painting.id, 0),
          picture: step,
          quality: "full",
          note: null,
        };
        const { layers: notes } = await layers.putSteps(document.id, line, [arrival]);
        const [{ layer }] = Object.values(notes);
        const back = document.state.layers.flatMap((one) => one.layers).find((l) => l.id === layer);

        const wide = (data) => bytesOf(depth === 16 ? widened(data) : data);
        fs.writeFileSync(path.join(folder, "a"), wide(raster.data));
        fs.writeFileSync(path.join(folder, "b"), wide(back.raster.data));
        const [difference, changed] = run(LOOK, folder, depth, name).split(" ").map(Number);
        assert.ok(difference < 1, `CIEDE2000 ${difference}`);
        assert.ok(
          difference < 0.01 && (depth === 16 || changed === 0),
          `${difference}, ${changed}`,
        );
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  }
}

test("a painting of another profile is converted by the host, and looks the same", async () => {
  const host = createHost({ manifest: {} });
  const document = host.model.newDocument({
    width: 16,
    height: 1,
    profile: P3,
    fill: "transparent",
  });
  const layers = makeLayers(host.photoshop, wait);
  const random = chance(3);
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 3 ? 255 : random() * 256));
  const picture = { width: 16, height: 1, channels: 4, pixels };
  const run1 = makeRun(1, { recipe: { width: 16, height: 1 } });
  const place = { left: 0, top: 0, above: null };
  const group = await layers.openGroup(document.id, run1, place, index(), []);
  const line = { run: run1, group, place, index, showLast: true, siblings: [] };
  const arrival = { step: makeStep(run1.id, 0), picture, quality: "full", note: null };
  const { changed } = await layers.putSteps(document.id, line, [arrival]);
  assert.equal(
    changed[0].profile,
    "Display P3",
    "what was handed out is what lies in the document",
  );
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  fs.writeFileSync(path.join(folder, "a"), pixels);
  fs.writeFileSync(path.join(folder, "b"), changed[0].pixels);
  const look = LOOK.replace("lab(after, profile)", 'lab(after, "Display P3")');
  assert.ok(Number(run(look, folder, 8, "sRGB").split(" ")[0]) < 1);
  fs.rmSync(folder, { recursive: true });
});

test("a thumbnail shows a document's colours as sRGB has them, as the bridge would", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  const random = chance(9);
  const pixels = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : random() * 256,
  );
  fs.writeFileSync(path.join(folder, "a"), pixels);
  const script = `
import sys
from pathlib import Path
import numpy as np
from pipelines.colour import to_srgb
pixels = np.frombuffer(Path(sys.argv[1]).read_bytes(), np.uint8).reshape(16, 16, 4)[..., :3]
print(" ".join(map(str, np.rint(to_srgb(pixels, sys.argv[2]) / 257).astype(int).ravel())))`;
  for (const profile of ["Display P3", "Adobe RGB (1998)"]) {
    const theirs = run(script, path.join(folder, "a"), profile).trim().split(" ").map(Number);
    const ours = shrunk({ width: 16, height: 16, channels: 4, pixels, profile }, 16);
    const most = Math.max(...theirs.map((value, i) => Math.abs(value - ours.pixels[i])));
    assert.ok(most <= 1, `${profile}: ${most} levels`);
    assert.equal(ours.profile, undefined);
  }
  const plain = shrunk({ width: 16, height: 16, channels: 4, pixels }, 16);
  assert.deepEqual([...plain.pixels.subarray(0, 3)], [...pixels.subarray(0, 3)]);
  fs.rmSync(folder, { recursive: true });
});

test("a step of 2048 x 2048 at 16 bit is prepared and read back in less than two seconds of work", () => {
  const side = 2048;
  const data = new Uint16Array(side * side * 4).fill(12345);
  const rect = { left: 0, top: 0, right: side, bottom: side };
  /** @type {Record<string, number>} milliseconds of this process, whatever else the machine does */
  const times = {};
  const timed = (name, work) => {
    const began = process.cpuUsage();
    const made = work();
    times[name] = Math.round(process.cpuUsage(began).user / 1000);
    return made;
  };
  const half = timed("narrowed", () => narrowed(data));
  const back = timed("widened", () => widened(half));
  const part = { width: side, height: side, components: 4, data: back };
  const picture = timed("placed", () => placed(part, rect, rect, 4));
  timed("areEqual", () => areEqual(picture, { ...picture, pixels: data }));
  timed("imageId", () => imageId(picture));
  timed("shrunk", () => shrunk(picture, 88));
  const total = Object.values(times).reduce((sum, time) => sum + time, 0);
  assert.ok(total < 2000, JSON.stringify(times));
});
