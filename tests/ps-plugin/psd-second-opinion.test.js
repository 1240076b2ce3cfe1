"use strict";
// A second reader's opinion of the PSD files we write: ag-psd, which shares no code with psd-tools.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const assert = require("node:assert/strict");

const { initializeCanvas, readPsd, writePsdBuffer } = require("ag-psd");
const { infoHandlersMap } = require("ag-psd/dist/additionalInfo");
const { readBytes } = require("ag-psd/dist/psdReader");
const { writeBytes } = require("ag-psd/dist/psdWriter");

const { python } = require("./python.js");

const ROOT = path.join(__dirname, "..", "..");

initializeCanvas(
  () => {
    throw new Error("no canvas is needed: pixels are read as they are");
  },
  (width, height) =>
    /** @type {ImageData} */ ({
      width,
      height,
      data: new Uint8ClampedArray(width * height * 4),
    }),
);

/**
 * @param {number} depth bits per channel
 * @returns {{ psd: import("ag-psd").Psd, pixels: Record<string, string> }} the file as ag-psd
 *   reads it, and our own layers' pixels in base64 by layer name
 */
function written(depth) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  try {
    const file = path.join(folder, "a.psd");
    const script = `
import base64, json, sys
from bridge.psd.document import pixel_layers
from bridge.psd.files import write_document
from tests.bridge.psd.samples import Album, painting
album = Album(${depth})
document = painting(album, ${depth})
open(sys.argv[1], "wb").write(write_document(document, album.images))
named = {layer.name: layer.image for layer in pixel_layers(document.layers) if layer.image}
print(json.dumps({n: base64.b64encode(album.images[i].raw).decode() for n, i in named.items()}))
`;
    const out = execFileSync(python(), ["-c", script, file], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const psd = readPsd(fs.readFileSync(file), {
      useImageData: true,
      skipThumbnail: true,
    });
    return { psd, pixels: JSON.parse(out) };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test("ag-psd reads every layer's place, name, state and pixels", () => {
  const { psd, pixels } = written(8);
  assert.deepEqual([psd.width, psd.height, psd.bitsPerChannel], [70, 50, 8]);
  const [ground, group] = psd.children ?? [];
  assert.equal(group.name, "Painting 1 · 日本の海 😀…");
  assert.equal(group.id, 7);
  assert.equal(group.opened, false);
  assert.ok(Math.abs((group.opacity ?? 1) - 128 / 255) < 1e-6);
  const [step, masked, inner, empty] = group.children ?? [];
  assert.deepEqual([step.name, step.hidden, step.left, step.top], ["12 · σ 1.83", true, 5, -3]);
  assert.deepEqual(inner.children, []);
  assert.equal(empty.name, "empty");
  assert.deepEqual([masked.mask?.left, masked.mask?.top, masked.mask?.defaultColor], [48, 44, 0]);
  for (const layer of [ground, step, masked]) {
    const ours = Buffer.from(pixels[layer.name ?? ""], "base64");
    assert.ok(layer.imageData, `${layer.name} has pixels`);
    assert.deepEqual(Buffer.from(layer.imageData.data), ours, `${layer.name} is the same`);
  }
});

test("ag-psd shows the same flattened picture and the same XMP", () => {
  const { psd } = written(8);
  assert.ok(psd.imageData);
  assert.equal(psd.imageData.data.length, 70 * 50 * 4);
  assert.ok(psd.imageResources?.xmpMetadata?.includes("海 &amp; &lt;sky&gt;"));
});

/** What differs between two PSD files, by the bridge's reader: layers by id, and resources. */
const COMPARE = `
import json, sys
from msgspec import to_builtins
from bridge.psd.document import walk
from bridge.psd.files import merged_pixels, opened, read_document
first, second = (open(name, "rb").read() for name in sys.argv[1:3])
(one, these), (other, those) = read_document(first), read_document(second)
bare = lambda layer: {k: v for k, v in to_builtins(layer).items() if k not in ("layers", "metadata")}
pairs = list(zip(walk(one.layers), walk(other.layers), strict=True))
before, after = (set(opened(data).image_resources) for data in (first, second))
print(json.dumps({
    "pixels": set(these) == set(those),
    "flattened": bool((merged_pixels(opened(first)) == merged_pixels(opened(second))).all()),
    "xmp": one.xmp == other.xmp,
    "layers": all(bare(a) == bare(b) for a, b in pairs),
    "noted": sum(bool(a.metadata.xmp and a.metadata.settings) for a, _ in pairs),
    "notes": [a.metadata == b.metadata for a, b in pairs].count(False),
    "equal": one == other,
    "lost": sorted(int(key) for key in before - after),
}))
`;

/** A file of ours, read and written again by ag-psd, compared with what it was. */
function throughAgPsd() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  try {
    const [first, second] = ["a.psd", "b.psd"].map((name) => path.join(folder, name));
    const script = `
import sys
from bridge.psd.files import write_document
from tests.bridge.psd.samples import Album, painting
album = Album()
open(sys.argv[1], "wb").write(write_document(painting(album), album.images))
`;
    execFileSync(python(), ["-c", script, first], { cwd: ROOT });
    const psd = readPsd(fs.readFileSync(first), { useImageData: true, skipThumbnail: true });
    fs.writeFileSync(second, writePsdBuffer(psd));
    return JSON.parse(
      execFileSync(python(), ["-c", COMPARE, first, second], { cwd: ROOT, encoding: "utf8" }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const ICC_PROFILE = 1039; // the image resource that ag-psd does not write

test("saved again by ag-psd every pixel, layer and the XMP stay; layers' notes and the profile do not", () => {
  const found = throughAgPsd();
  assert.deepEqual(
    { ...found, noted: undefined },
    {
      pixels: true,
      flattened: true,
      xmp: true,
      layers: true,
      noted: undefined,
      notes: found.noted,
      equal: false,
      lost: [ICC_PROFILE],
    },
  );
  assert.ok(found.noted >= 2);
});

test("where it passes on the bytes of the block that holds notes, nothing of the document is lost", () => {
  const handler = infoHandlersMap.shmd;
  const own = { ...handler };
  handler.read = (reader, target, left) => {
    target.block = readBytes(reader, left());
  };
  handler.has = (target) => target.block !== undefined;
  handler.write = (writer, target) => writeBytes(writer, target.block);
  try {
    const { pixels, equal, notes } = throughAgPsd();
    assert.deepEqual({ pixels, equal, notes }, { pixels: true, equal: true, notes: 0 });
  } finally {
    Object.assign(handler, own);
  }
});
