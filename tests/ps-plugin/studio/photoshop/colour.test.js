"use strict";
// Depth and profile: numbers from outside, and pixels through documents of every kind.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const colour = require(`${STUDIO}document/colour.js`);
const { opened } = require("../tools.js");
const edits = require(`${STUDIO}document/edits.js`);
const { filled, onScreen } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { chance } = require("../../support.js");

const { SRGB, P3, ADOBE, converted } = colour;
const as = (profile, full) => ({ profile, full });

test("the transfer curve is IEC 61966-2-1's: 8-bit 188 is half of 255's light", () => {
  assert.ok(Math.abs(colour.decode(188 / 255) - 0.5) < 0.003);
  for (let value = 0; value <= 255; value++) {
    assert.ok(Math.abs(colour.encode(colour.decode(value / 255)) * 255 - value) < 1e-4);
  }
});

test("sRGB's primaries have the Display P3 values that CSS Color 4 prints", () => {
  const corners = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255);
  const p3 = converted(corners, 3, as(SRGB, 255), as(P3, 32768));
  const printed = [0.91749, 0.20029, 0.13856, 0.4584, 0.98527, 0.29832, 0, 0, 0.95959];
  [...p3].forEach((value, i) => assert.ok(Math.abs(value / 32768 - printed[i]) < 3e-5, `${i}`));
});

test("what only Display P3 has is clipped in sRGB", () => {
  const green = converted(Uint8Array.of(0, 255, 0), 3, as(P3, 255), as(SRGB, 255));
  assert.deepEqual([...green], [0, 255, 0]);
});

test("sRGB's primaries have the Adobe RGB values that its specification and CSS Color 4 give", () => {
  const corners = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255);
  const adobe = converted(corners, 3, as(SRGB, 255), as(ADOBE, 32768));
  const known = [0.85859, 0, 0, 0.5649, 1, 0.2344, 0, 0, 0.98103];
  [...adobe].forEach((value, i) => assert.ok(Math.abs(value / 32768 - known[i]) < 5e-4, `${i}`));
});

test("greys go between sRGB and Adobe RGB by their curves: 128 is 127 there, and back", () => {
  const grey = (value, from, to) => [...converted(Uint8Array.of(value, value, value), 3, from, to)];
  assert.deepEqual(grey(128, as(SRGB, 255), as(ADOBE, 255)), [127, 127, 127]);
  assert.deepEqual(grey(255, as(ADOBE, 255), as(P3, 255)), [255, 255, 255]);
  assert.deepEqual(grey(0, as(ADOBE, 255), as(SRGB, 32768)), [0, 0, 0]);
});

test("what only Adobe RGB has is clipped in sRGB, and its colours are shown on an sRGB screen", () => {
  const green = converted(Uint8Array.of(0, 255, 0), 3, as(ADOBE, 255), as(SRGB, 255));
  assert.deepEqual([...green], [0, 255, 0]);
  const raster = filled(rectangle(0, 0, 1, 1), [219, 0, 0, 255]);
  const [red, ...others] = onScreen(raster, ADOBE);
  assert.ok(Math.abs(red - 255) <= 1 && others[0] === 0, "Adobe's 219 is sRGB's red");
});

const WAYS = [
  [P3, SRGB],
  [ADOBE, SRGB],
  [SRGB, ADOBE],
];

for (const full of [255, 32768]) {
  for (const [from, to] of WAYS) {
    test(`each of ten thousand colours is the nearest one of 0..${full}, from ${from} to ${to}`, () => {
      const random = chance(5);
      const data = Uint16Array.from({ length: 30_000 }, () => Math.floor(random() * 32769));
      const rows = colour.matrixBetween(from, to);
      const result = converted(data, 3, as(from, 32768), as(to, full));
      const nearest = data.map((_, i) => {
        const pixel = data.slice(i - (i % 3), i - (i % 3) + 3);
        const lights = [...pixel].map((value) => colour.decode(value / 32768, from));
        const light = rows[i % 3].reduce((sum, m, c) => sum + m * lights[c], 0);
        return Math.round(colour.encode(Math.min(1, Math.max(0, light)), to) * full);
      });
      assert.deepEqual([...result], [...nearest]);
    });
  }
}

test("greys and alpha have no profile: each of 32769 stays itself", () => {
  const greys = Uint16Array.from({ length: 32769 * 4 }, (_, i) => i >> 2);
  assert.deepEqual(converted(greys, 4, as(SRGB, 32768), as(P3, 32768)), greys);
});

test("every 8-bit colour of a chart survives sRGB, Display P3 at 16 bit, sRGB", () => {
  const random = chance(3);
  const chart = Uint8Array.from({ length: 30_000 }, () => Math.floor(random() * 256));
  const wide = converted(chart, 3, as(SRGB, 255), as(P3, 32768));
  assert.deepEqual(converted(wide, 3, as(P3, 32768), as(SRGB, 255)), chart);
});

test("8 bit to 16 and back is exact, and so are 32769 values through the full range", () => {
  const eight = Uint8Array.from({ length: 256 }, (_, i) => i);
  const sixteen = converted(eight, 1, as("", 255), as("", 32768));
  assert.equal(sixteen[255], 32768);
  assert.deepEqual(converted(sixteen, 1, as("", 32768), as("", 255)), eight);
  const all = Uint16Array.from({ length: 32769 }, (_, i) => i);
  const full = converted(all, 1, as("", 32768), as("", 65535));
  assert.equal(full[32768], 65535);
  assert.deepEqual(converted(full, 1, as("", 65535), as("", 32768)), all);
});

const RGBA = { components: 4, colorSpace: "RGB" };

/** Writes to a new layer and reads it back with the same words. */
async function through(tools, values, { colorProfile, ...more }, { width = 5, height = 3 } = {}) {
  return tools.modal(async () => {
    const { id } = await tools.app.activeDocument.createPixelLayer();
    const options = { width, height, ...RGBA, ...more, ...(colorProfile && { colorProfile }) };
    const imageData = await tools.imaging.createImageDataFromBuffer(values, options);
    await tools.imaging.putPixels({ layerID: id, imageData, targetBounds: { left: 2, top: 1 } });
    const componentSize = imageData.componentSize;
    imageData.dispose();
    const read = { layerID: id, componentSize, ...(colorProfile && { colorProfile }) };
    const back = await tools.imaging.getPixels(read);
    const data = await back.imageData.getData({ fullRange: more.fullRange });
    const { colorProfile: profile } = back.imageData;
    back.imageData.dispose();
    return { id, data, profile, componentSize };
  });
}

for (const depth of /** @type {const} */ ([8, 16])) {
  for (const profile of [SRGB, P3, ADOBE]) {
    test(`8-bit sRGB comes back from a ${depth}-bit ${profile} document`, async () => {
      const tools = opened(16, 12, { depth, profile });
      const random = chance(7);
      const values = Uint8Array.from({ length: 60 }, () => 1 + Math.floor(random() * 255));
      const { data } = await through(tools, values, { colorProfile: SRGB });
      const worst = Math.max(...values.map((value, i) => Math.abs(value - data[i])));
      // 8 bit spread over a wider profile leave fewer steps for colours within sRGB
      const coarse = { [SRGB]: 0, [P3]: 3, [ADOBE]: 8 };
      assert.ok(worst <= (depth === 8 ? coarse[profile] : 0), `${worst} levels`);
    });
  }
}

test("16 bit come back to the bit, also in their full range", async () => {
  const tools = opened(16, 12, { depth: 16, profile: P3 });
  const random = chance(11);
  const values = Uint16Array.from({ length: 60 }, () => 1 + Math.floor(random() * 32768));
  const { data, profile, componentSize } = await through(tools, values, {});
  assert.deepEqual(data, values);
  assert.deepEqual([profile, componentSize], [P3, 16]);
  const white = new Uint16Array(60).fill(65535);
  assert.deepEqual((await through(tools, white, { fullRange: true })).data, white);
});

test("without a wish, pixels have the document's depth and profile", async () => {
  const { imaging, modal, app, constants } = opened(4, 4, { depth: 16, profile: P3 });
  assert.equal(app.activeDocument.bitsPerChannel, constants.BitsPerChannelType.SIXTEEN);
  assert.equal(app.activeDocument.colorProfileName, P3);
  await modal(async () => {
    const { imageData } = await imaging.getPixels({});
    assert.deepEqual([imageData.componentSize, imageData.colorProfile], [16, P3]);
    assert.deepEqual(await imageData.getData({}), new Uint16Array(48).fill(32768));
    imageData.dispose();
  });
});

test("data without a profile have that of the document", async () => {
  const tools = opened(16, 12, { profile: P3 });
  const values = new Uint8Array(60).fill(255).map((_, i) => (i % 4 === 1 ? 40 : 255));
  assert.deepEqual((await through(tools, values, {})).data, values);
});

test("masks and selections have the document's depth", async () => {
  const { document, imaging, modal } = opened(8, 8, { depth: 16 });
  edits.select(document, "Rectangular Marquee", filled(rectangle(1, 1, 2, 2), [128]));
  await modal(async () => {
    const { imageData } = await imaging.getSelection({});
    assert.deepEqual(await imageData.getData({}), new Uint16Array(4).fill(16448));
    imageData.dispose();
  });
});

test("changing the mode changes numbers and not the picture", async () => {
  const { document, app, constants, modal } = opened(8, 8);
  const red = edits.newLayer(document, { raster: filled(rectangle(0, 0, 2, 2), [255, 0, 0, 255]) });
  await modal(async () => {
    app.activeDocument.bitsPerChannel = constants.BitsPerChannelType.SIXTEEN;
    await app.activeDocument.convertProfile(P3, constants.Intent.RELATIVECOLORIMETRIC);
  });
  const { data } = edits.layerIn(document.state, red).raster;
  assert.deepEqual([...data.slice(0, 4)], [30064, 6563, 4540, 32768]);
  await modal(async () => {
    await app.activeDocument.convertProfile(SRGB, constants.Intent.RELATIVECOLORIMETRIC);
    app.activeDocument.bitsPerChannel = constants.BitsPerChannelType.EIGHT;
  });
  const back = edits.layerIn(document.state, red).raster;
  assert.deepEqual([...back.data.slice(0, 4)], [255, 0, 0, 255]);
  document.undo();
  assert.equal(document.state.depth, 16);
});

test("a document is made with the depth and profile it is asked for", async () => {
  const { app, core } = opened();
  await core.executeAsModal(
    () => app.createDocument({ width: 3, height: 3, depth: 16, profile: P3 }),
    { commandName: "New" },
  );
  assert.equal(app.activeDocument.colorProfileName, P3);
  assert.ok((await app.getColorProfiles("RGB")).includes(P3));
});
