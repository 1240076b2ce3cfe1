"use strict";
// Documents saved as PNG, JPEG, PSD and PSB, and opened and placed from files; seen by other readers.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const { opened } = require("../tools.js");
const { python } = require("../../python.js");
const STUDIO = "../../../../ps-plugin/studio/";
const edits = require(`${STUDIO}document/edits.js`);
const { SRGB, P3, ADOBE, fullOf } = require(`${STUDIO}document/colour.js`);
const { makeRaster } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { findLayer } = require(`${STUDIO}document/document.js`);
const { nameIn } = require(`${STUDIO}storage/icc.js`);
const { readPng } = require(`${STUDIO}storage/png.js`);
const { encode } = require(`${STUDIO}vendor/png.js`);

const READER = `
import json, sys
import numpy as np
from PIL import Image
from bridge.images.profiles import name_of
image = Image.open(sys.argv[1])
icc = image.info.get("icc_profile", b"")
print(json.dumps({"mode": image.mode, "size": image.size, "profile": name_of(icc) if icc else None,
                  "pixels": np.asarray(image).ravel().tolist()}))
`;

/** What Python's imaging library and the bridge's profiles say of a file. */
function seenByOthers(bytes, ending) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-"));
  const file = path.join(folder, `x.${ending}`);
  try {
    fs.writeFileSync(file, bytes);
    const root = path.join(__dirname, "..", "..", "..", "..");
    const env = { ...process.env, PYTHONPATH: root };
    return JSON.parse(execFileSync(python(), ["-c", READER, file], { env, encoding: "utf8" }));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const smooth = (depth, width, height) => {
  const full = fullOf(depth);
  const kind = depth === 8 ? Uint8Array : Uint16Array;
  const at = (i) => [i % width, Math.floor(i / width)];
  const data = kind.from({ length: width * height * 4 }, (_, k) => {
    const [x, y] = at(k >> 2);
    const shares = [x / width, y / height, (x + y) / (width + height), 1];
    return Math.round(shares[k & 3] * full);
  });
  return makeRaster(rectangle(0, 0, width, height), 4, data);
};

const fileOf = async ({ uxp }, name) =>
  (await uxp.storage.localFileSystem.getTemporaryFolder()).createFile(name, { overwrite: true });
const bytesOf = async ({ uxp }, file) =>
  new Uint8Array(await file.read({ format: uxp.storage.formats.binary }));

for (const profile of [SRGB, P3, ADOBE]) {
  test(`a PNG has every pixel, and ${profile} with it, for other readers`, async () => {
    const { host, document, app, modal } = opened(19, 11, { profile, fill: "transparent" });
    const raster = smooth(8, 19, 11);
    raster.data.fill(0, 0, 40);
    edits.setLayer(document, 1, "raster", raster);
    const file = await fileOf(host, "a.png");
    await modal(() => app.activeDocument.saveAs.png(file, { compression: 9 }, true));
    const seen = seenByOthers(await bytesOf(host, file), "png");
    const short = profile === SRGB ? "sRGB" : profile;
    assert.deepEqual([seen.mode, seen.size, seen.profile], ["RGBA", [19, 11], short]);
    assert.deepEqual(seen.pixels, [...raster.data]);
  });

  test(`a JPEG looks as the document does, and ${profile} is with it unless it is left out`, async () => {
    const { host, document, app, modal } = opened(19, 11, { profile });
    const raster = smooth(8, 19, 11);
    edits.setLayer(document, 1, "raster", raster);
    const file = await fileOf(host, "a.jpg");
    const worst = async (quality, embedColorProfile) => {
      const options = { quality, embedColorProfile };
      await modal(() => app.activeDocument.saveAs.jpg(file, options, true));
      const bytes = await bytesOf(host, file);
      const seen = seenByOthers(bytes, "jpg");
      const rgb = [...raster.data].filter((_, i) => i % 4 !== 3);
      const off = Math.max(...rgb.map((value, i) => Math.abs(value - seen.pixels[i])));
      return { off, length: bytes.length, profile: seen.profile };
    };
    const best = await worst(12, true);
    const poor = await worst(1, false);
    assert.ok(best.off <= 4, `${best.off} levels at the best quality`);
    assert.ok(poor.length < best.length && poor.off < 90, `${poor.off} levels at the poorest`);
    assert.equal(best.profile, profile === SRGB ? "sRGB" : profile);
    assert.equal(poor.profile, null);
  });
}

test("16 bit stay 16 bit in a PNG, and come back to the bit", async () => {
  const { host, document, app, modal } = opened(9, 7, { depth: 16, profile: ADOBE });
  const raster = smooth(16, 9, 7);
  edits.setLayer(document, 1, "raster", raster);
  const file = await fileOf(host, "deep.png");
  await modal(() => app.activeDocument.saveAs.png(file));
  const bytes = await bytesOf(host, file);
  const twin = await fileOf(host, "twin.png");
  await twin.write(bytes.buffer, { format: host.uxp.storage.formats.binary });
  const again = await modal(() => app.open(twin));
  assert.equal(again.colorProfileName, ADOBE);
  const { depth, layers } = host.model.active.state;
  assert.equal(depth, 16);
  assert.deepEqual([...layers[0].raster.data], [...raster.data]);
  assert.equal(layers[0].background, true, "without transparency it is a Background");
});

const WRITER = `
import io, json
import numpy as np
from PIL import Image
from bridge.images.profiles import icc_of
for mode in ("L", "LA", "RGB", "RGBA"):
    pixels = np.cumsum(np.arange(30 * 20 * len(mode)).reshape(20, 30, -1) % 5, axis=1, dtype=np.uint8)
    out = io.BytesIO()
    image = Image.fromarray(pixels if len(mode) > 1 else pixels[..., 0], mode)
    image.save(out, "PNG", icc_profile=icc_of("Display P3"))
    print(json.dumps([len(mode), pixels.ravel().tolist(), out.getvalue().hex()]))
`;

test("PNG files of another program are read to the bit, with filters, profile and interlaced", async () => {
  const env = { ...process.env, PYTHONPATH: path.join(__dirname, "..", "..", "..", "..") };
  const lines = execFileSync(python(), ["-W", "ignore", "-c", WRITER], { env, encoding: "utf8" });
  for (const [channels, pixels, file] of lines.trim().split("\n").map((line) => JSON.parse(line))) {
    const read = await readPng(Uint8Array.from(Buffer.from(file, "hex")));
    assert.deepEqual([read.width, read.height, read.channels, read.profile], [30, 20, channels, P3]);
    assert.deepEqual([...read.data], pixels);
    const data = Uint8Array.from(pixels);
    const woven = encode({ width: 30, height: 20, channels, data }, { interlace: "Adam7" });
    assert.deepEqual([...(await readPng(woven)).data], pixels);
  }
  const palette = [[1, 2, 3]];
  const indexed = encode({ width: 1, height: 1, channels: 1, data: Uint8Array.of(0), palette });
  await assert.rejects(readPng(indexed), /palette or of few bits are not modelled/);
});

test("what is transparent becomes the matte in a JPEG, white where none is named", async () => {
  const { host, app, constants, modal } = opened(8, 8, { fill: "transparent" });
  const file = await fileOf(host, "a.jpg");
  const first = async (options) => {
    await modal(() => app.activeDocument.saveAs.jpg(file, { quality: 12, ...options }, true));
    return seenByOthers(await bytesOf(host, file), "jpg").pixels.slice(0, 3);
  };
  assert.deepEqual(await first({}), [255, 255, 255]);
  assert.deepEqual(await first({ matteColor: constants.MatteColor.BLACK }), [0, 0, 0]);
  const red = new app.SolidColor();
  red.rgb.hexValue = "ff0000";
  const [r, g, b] = await first({ customMatte: red });
  assert.ok(r >= 253 && g <= 2 && b <= 2, `${r} ${g} ${b}`);
});

test("options of saving are those of the page, in its ranges; what is not written is refused", async () => {
  const { host, app, constants, modal } = opened();
  const file = await fileOf(host, "a.png");
  const { saveAs } = app.activeDocument;
  const refused = (save, words) => assert.rejects(modal(save), words);
  await refused(() => saveAs.png(file, { quality: 3 }), /PNGSaveOptions has no "quality"/);
  await refused(() => saveAs.png(file, { compression: 10 }), /0 to 9/);
  await refused(() => saveAs.png(file, { method: "fast" }), /one of PNGMethod/);
  await refused(() => saveAs.png(file, { interlaced: true }), /not modelled/);
  await refused(() => saveAs.jpg(file, { quality: 13 }), /0 to 12/);
  await refused(() => saveAs.jpg(file, { quality: "high" }), /must be number/);
  const { PROGRESSIVE, OPTIMIZEDBASELINE } = constants.JPEGFormatOptions;
  await refused(() => saveAs.jpg(file, { formatOptions: PROGRESSIVE }), /not modelled/);
  await refused(() => saveAs.psd(file, { layers: false }), /not modelled/);
  assert.throws(() => saveAs.gif, /not modelled/);
  await assert.rejects(saveAs.png(file), /modal scope/);
  await modal(() => saveAs.jpg(file, { formatOptions: OPTIMIZEDBASELINE }));
  await modal(() => saveAs.png(file, { method: constants.PNGMethod.QUICK }));
});

test("a document knows its file: save writes there, and asks where it has none", async () => {
  const { host, document, app, constants, modal } = opened();
  const { disk, dialogs } = host;
  const page = app.activeDocument;
  assert.equal(page.path, "");
  dialogs.next();
  await assert.rejects(
    modal(() => page.save()),
    /cancelled/,
  );
  dialogs.next("/Users/painter/mine.psd");
  await modal(() => page.save());
  assert.deepEqual(
    [page.name, page.path, page.saved],
    ["mine.psd", "/Users/painter/mine.psd", true],
  );
  edits.newLayer(document);
  assert.equal(page.saved, false);
  await modal(() => page.save());
  const layersOf = (name) => disk.find(name).content.picture.state.layers.length;
  assert.deepEqual([page.saved, layersOf("/Users/painter/mine.psd")], [true, 2]);
  edits.newLayer(document);
  await modal(() => page.close(constants.SaveOptions.SAVECHANGES));
  assert.equal(layersOf("/Users/painter/mine.psd"), 3);
  assert.equal(host.model.active, null);
});

test("a new document's first save loses generatorSettings where a host has that habit, XMP stays", async () => {
  for (const forgetful of [true, false]) {
    const { host, document, app, modal } = opened();
    host.faults.habit("forgetfulSave", forgetful);
    const metadata = { xmp: "<x/>", settings: { key: '{"a":1}' } };
    document.amend({
      ...document.state,
      xmp: "<doc/>",
      layers: document.state.layers.map((layer) => ({ ...layer, metadata })),
    });
    const file = await fileOf(host, "new.psd");
    await modal(() => app.activeDocument.saveAs.psd(file));
    await modal(() => app.open(file));
    const { layers, xmp } = host.model.active.state;
    assert.deepEqual([xmp, layers[0].metadata.xmp], ["<doc/>", "<x/>"]);
    assert.equal("key" in layers[0].metadata.settings, !forgetful);
    const kept = { ...metadata, settings: { key: "b" } };
    const again = host.model.active;
    again.amend({ ...again.state, layers: layers.map((layer) => ({ ...layer, metadata: kept })) });
    await modal(() => app.activeDocument.saveAs.psd(file));
    await modal(() => app.open(file));
    assert.equal(host.model.active.state.layers[0].metadata.settings.key, "b", "the second save");
  }
});

test("a PNG is saved by batchPlay without a dialog, to a session token", async () => {
  const { host, document, app, action, modal } = opened(6, 5);
  edits.setLayer(document, 1, "raster", smooth(8, 6, 5));
  const { localFileSystem } = host.uxp.storage;
  const file = await fileOf(host, "silent.png");
  const save = {
    _obj: "save",
    as: { _obj: "PNGFormat", method: { _enum: "PNGMethod", _value: "quick" } },
    in: { _path: localFileSystem.createSessionToken(file), _kind: "local" },
    documentID: document.id,
    copy: true,
    lowerCase: true,
    _options: { dialogOptions: "dontDisplay" },
  };
  await assert.rejects(action.batchPlay([save], {}), /modal scope/);
  const [answer] = await modal(() => action.batchPlay([save], {}));
  assert.notEqual(answer._obj, "error");
  const { mode, size } = seenByOthers(await bytesOf(host, file), "png");
  assert.deepEqual([mode, size], ["RGB", [6, 5]]);
  const wrong = { ...save, in: { _path: "/tmp/x.png", _kind: "local" } };
  await assert.rejects(
    modal(() => action.batchPlay([wrong], {})),
    /token is not defined/,
  );
  const open = { _obj: "open", target: { _path: save.in._path, _kind: "local" } };
  await modal(() => action.batchPlay([{ ...open, _target: [{ _ref: "application" }] }], {}));
  await modal(() => action.batchPlay([open], {}));
  assert.equal(app.documents.length, 3);
  assert.equal(app.activeDocument.name, "silent.png");
  await modal(() =>
    action.batchPlay([{ _obj: "close", saving: { _enum: "yesNo", _value: "no" } }]),
  );
  assert.equal(app.documents.length, 2);
});

test("a file is placed as a smart object in the middle, in the document's colours", async () => {
  const { host, document, app, action, constants, imaging, modal } = opened(16, 12, {
    profile: P3,
  });
  const { localFileSystem, formats } = host.uxp.storage;
  const source = host.model.newDocument({ width: 4, height: 2, fill: [1, 0, 0] });
  const file = await fileOf(host, "red.png");
  await modal(() => app.activeDocument.saveAs.png(file));
  const bytes = await file.read({ format: formats.binary });
  assert.equal(nameIn(new Uint8Array(256)), "", "no tags, no name");
  const fresh = await fileOf(host, "fetched.png");
  await fresh.write(bytes, { format: formats.binary });
  host.model.close(source);
  host.model.activate(document);
  const place = {
    _obj: "placeEvent",
    null: { _path: localFileSystem.createSessionToken(fresh), _kind: "local" },
    freeTransformCenterState: { _enum: "quadCenterState", _value: "QCSAverage" },
    offset: {
      _obj: "offset",
      horizontal: { _unit: "pixelsUnit", _value: 1 },
      vertical: { _unit: "pixelsUnit", _value: 0 },
    },
  };
  const heard = [];
  await action.addNotificationListener(["placeEvent"], (event) => heard.push(event));
  const states = document.history.length;
  await modal(() => action.batchPlay([place], {}), { interactive: true });
  await new Promise((wake) => setTimeout(wake, 5));
  assert.deepEqual([document.history.length, heard], [states + 1, ["placeEvent"]]);
  const [layer] = app.activeDocument.layers;
  assert.deepEqual([layer.name, layer.kind], ["fetched", constants.LayerKind.SMARTOBJECT]);
  const { raster } = findLayer(document.state, layer.id);
  const { left, top, width, height, data } = raster;
  assert.deepEqual([left, top, width, height], [7, 5, 4, 2]);
  assert.deepEqual([...data.slice(0, 4)], [234, 51, 35, 255], "sRGB's red in Display P3");
  await modal(async () => {
    const { imageData } = await imaging.getPixels({ layerID: layer.id });
    await assert.rejects(imaging.putPixels({ layerID: layer.id, imageData }), /not a pixel layer/);
    imageData.dispose();
    await layer.rasterize(constants.RasterizeType.ENTIRELAYER);
  });
  assert.equal(app.activeDocument.layers[0].kind, constants.LayerKind.NORMAL);
  await assert.rejects(
    modal(() => action.batchPlay([{ ...place, linked: true }], {})),
    /linked file is not modelled/,
  );
});
