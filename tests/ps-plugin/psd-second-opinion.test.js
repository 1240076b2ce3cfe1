"use strict";
// A second reader's opinion of the PSD files we write: ag-psd, which shares no code with psd-tools.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const assert = require("node:assert/strict");

const { initializeCanvas, readPsd } = require("ag-psd");

const { python } = require("./python.js");

const ROOT = path.join(__dirname, "..", "..");

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
from bridge.document import pixel_layers
from bridge.psd import write_document
from tests.bridge.psd_samples import Album, painting
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
