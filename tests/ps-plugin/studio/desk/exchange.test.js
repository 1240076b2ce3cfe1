"use strict";
// Documents as the bridge's JSON and back: every pixel, name, place and piece of metadata.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { createExchange } = require(`${STUDIO}desk/exchange.js`);
const { createFiles } = require(`${STUDIO}desk/files.js`);
const { makeLayer, newState, findLayer, changeLayer, changeState } = require(
  `${STUDIO}document/document.js`,
);
const { composite } = require(`${STUDIO}document/composite.js`);
const { makeRaster, shownOutside, laid } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { SRGB, P3, ADOBE, fullOf } = require(`${STUDIO}document/colour.js`);

/** A bridge of a few lines: images by number, and the last document that was posted. */
function smallBridge() {
  const images = [];
  let posted = null;
  const answer = (body, headers = {}) => new Response(body, { headers });
  async function fetch(url, { method = "GET", body, headers }) {
    assert.equal(headers.Authorization, "Bearer secret");
    const { pathname, searchParams } = new URL(url);
    if (method === "PUT" && pathname === "/images") {
      const facts = Object.fromEntries(searchParams);
      images.push({ ...facts, bytes: new Uint8Array(body) });
      return answer(JSON.stringify({ id: String(images.length - 1), ...facts }));
    }
    if (pathname.startsWith("/images/")) {
      const { bytes, width, height, channels, depth } = images[pathname.split("/")[2]];
      const facts = {
        "X-Width": width,
        "X-Height": height,
        "X-Channels": channels,
        "X-Depth": depth,
      };
      return answer(bytes, facts);
    }
    if (pathname === "/psd") {
      posted = body;
      return answer("psd bytes");
    }
    if (pathname === "/psd/open") return answer(posted);
    return new Response('{"message": "no such thing"}', { status: 404 });
  }
  const exchange = createExchange({ address: "http://127.0.0.1:7866", token: "secret", fetch });
  return { exchange, images, fetch, posted: () => JSON.parse(posted) };
}

function picture(depth = 8, profile = SRGB) {
  const noise = (bounds, channels, start) => {
    const count = (bounds.right - bounds.left) * (bounds.bottom - bounds.top) * channels;
    const full = fullOf(depth);
    const kind = depth === 8 ? Uint8Array : Uint16Array;
    const data = kind.from({ length: count }, (_, i) => 1 + ((start + i * 9973) % full));
    return makeRaster(bounds, channels, data);
  };
  const below = makeLayer({ id: 3, name: "σ ∞ 画", raster: noise(rectangle(2, 3, 5, 4), 4, 1) });
  const masked = makeLayer({
    id: 5,
    name: "masked",
    visible: false,
    opacity: 0.4,
    fill: 0.6,
    held: ["position", "pixels"],
    blend: "multiply",
    raster: noise(rectangle(-2, 0, 6, 6), 4, 9),
    mask: noise(rectangle(0, 0, 4, 4), 1, 4),
    metadata: { xmp: "<x/>", settings: { "org.pentimento": '{"v":1}' } },
  });
  const empty = makeLayer({ id: 6, name: "empty" });
  const group = makeLayer({ id: 9, kind: "group", name: "g", open: true, layers: [masked, empty] });
  return changeState(newState(20, 10, { depth, profile }), {
    xmp: "<doc/>",
    layers: [below, group],
    active: [3],
  });
}

test("a document comes back as it went", async () => {
  const { exchange } = smallBridge();
  const state = picture();
  await exchange.psdOf(state);
  assert.deepEqual(await exchange.openPsd(new Blob(["psd"])), state);
});

test("the JSON is that of the contract, bottom layer first", async () => {
  const { exchange, posted } = smallBridge();
  await exchange.psdOf(picture());
  const { width, height, depth, profile, xmp, layers } = posted();
  assert.deepEqual([width, height, depth, profile, xmp], [20, 10, 8, "sRGB", "<doc/>"]);
  assert.deepEqual(
    layers.map((layer) => [layer.kind, layer.id]),
    [
      ["pixel", 3],
      ["group", 9],
    ],
  );
  assert.deepEqual(Object.keys(layers[1]).sort(), [
    "blend",
    "clipped",
    "fill",
    "id",
    "kept",
    "kind",
    "layers",
    "locks",
    "mask",
    "metadata",
    "name",
    "opacity",
    "open",
    "ranges",
    "unused",
    "visible",
  ]);
  assert.equal(layers[1].layers[1].image, null);
});

/** As the bridge gives a file of another program. */
function foreign(image) {
  const plain = { visible: true, opacity: 1, fill: 1, blend: "normal", locks: [], mask: null };
  const metadata = { xmp: null, settings: {} };
  const text = { key: "TySh", data: "AAEC" };
  const effects = { key: "lfx2", data: "AwQF" };
  const mask = { image: image(1), left: 1, top: 2, outside: false, parameters: "AX8=" };
  const layer = (id, name, fields) => ({
    ...{ ...plain, kind: "pixel", id, name, left: 0, top: 0, image: image(4), metadata },
    ...{ clipped: false, ranges: "", kept: [], unused: null },
    ...fields,
  });
  return {
    ...{ width: 4, height: 4, depth: 8, profile: "sRGB", xmp: null },
    layers: [
      layer(1, "base", { mask: { ...mask, outside: true }, fill: 0.4, kept: [effects] }),
      layer(2, "text", { clipped: true, ranges: "AAAA", kept: [text, effects], unused: mask }),
      layer(3, "curves", { image: null, kept: [{ key: "curv", data: "AAE=" }] }),
    ],
    kept: [{ key: "Patt", data: "BgcI" }],
    resources: [{ key: "1005", data: "CQoL" }],
    notices: ["layer effects: kept, but not shown here"],
  };
}

/** An exchange with a bridge that opens `foreign`, what it posted, and what it told. */
async function openedForeign() {
  const bridge = smallBridge();
  const { images, posted } = bridge;
  const image = (channels) => {
    const bytes = Uint8Array.from({ length: 16 * channels }, (_, i) => 1 + i);
    images.push({ width: "4", height: "4", channels: String(channels), depth: "8", bytes });
    return String(images.length - 1);
  };
  const json = foreign(image);
  const fetch = async (url, options) =>
    url.endsWith("/psd/open") ? new Response(JSON.stringify(json)) : bridge.fetch(url, options);
  const told = [];
  const other = createExchange({ address: "http://127.0.0.1:7866", token: "secret", fetch });
  const state = await other.openPsd(new Blob(["psd"]), (notices) => told.push(...notices));
  return { exchange: other, state, json, told, posted };
}

test("what the studio does not know of a file is in the file that it saves", async () => {
  const { exchange, state, json, told, posted } = await openedForeign();
  await exchange.psdOf(state);
  const named = ({ image, ...rest }) => rest;
  const bare = (layer) => ({
    ...named(layer),
    mask: layer.mask && named(layer.mask),
    unused: layer.unused && named(layer.unused),
  });
  const { notices, layers, ...file } = json;
  const { layers: saved, ...again } = posted();
  assert.deepEqual(again, file);
  assert.deepEqual(saved.map(bare), layers.map(bare));
  assert.deepEqual(told, notices);
});

test("a text layer that was painted on is saved as pixels, with its effects", async () => {
  const { exchange, state, posted } = await openedForeign();
  const text = findLayer(state, 2);
  const raster = makeRaster(rectangle(0, 0, 4, 4), 4, new Uint8Array(64).fill(9));
  await exchange.psdOf(changeLayer(state, text.id, { raster }));
  assert.deepEqual(
    posted().layers[1].kept.map(({ key }) => key),
    ["lfx2"],
  );
});

test("a mask that shows what lies outside of it shows strokes made there", () => {
  const mask = shownOutside(makeRaster(rectangle(1, 0, 1, 1), 1, Uint8Array.of(0)));
  const red = Uint8Array.from({ length: 16 }, () => 255);
  const layer = makeLayer({
    id: 1,
    name: "l",
    raster: makeRaster(rectangle(0, 0, 4, 1), 4, red),
    mask,
  });
  const state = changeState(newState(4, 1), { layers: [layer] });
  const alphas = ({ data }) => [...data].filter((_, i) => i % 4 === 3);
  assert.deepEqual(alphas(composite(state, rectangle(0, 0, 4, 1))), [255, 0, 255, 255]);
  const more = laid(mask, makeRaster(rectangle(3, 0, 1, 1), 1, Uint8Array.of(7)));
  const changed = changeLayer(state, 1, { mask: more });
  assert.deepEqual(alphas(composite(changed, rectangle(0, 0, 4, 1))), [255, 0, 255, 7]);
  const clipped = makeLayer({ ...layer, id: 2, mask: null, clipped: true });
  const both = changeState(state, { layers: [layer, clipped] });
  assert.deepEqual(alphas(composite(both, rectangle(0, 0, 4, 1))), [255, 0, 255, 255]);
});

test("fill opacity fades a layer, a group and what is clipped, as opacity does", () => {
  const white = (id, fields) => {
    const raster = makeRaster(rectangle(0, 0, 1, 1), 4, Uint8Array.of(255, 255, 255, 255));
    return makeLayer({ id, name: "l", raster, ...fields });
  };
  const alpha = (...layers) =>
    composite(changeState(newState(1, 1), { layers }), rectangle(0, 0, 1, 1)).data[3];
  assert.equal(alpha(white(1, { fill: 0.4 })), 102);
  assert.equal(alpha(white(1, { fill: 0.4, opacity: 0.5 })), 51);
  assert.equal(alpha(white(1, { fill: 0.4 }), white(2, { clipped: true })), 102);
  const group = makeLayer({ id: 2, kind: "group", name: "g", fill: 0.2, layers: [white(1, {})] });
  assert.equal(alpha(group), 51);
});

test("a clipped layer is seen where the layer below it is", () => {
  const solid = (bounds, value, alpha) => {
    const count = (bounds.right - bounds.left) * (bounds.bottom - bounds.top);
    const data = Uint8Array.from({ length: 4 * count }, (_, i) => (i % 4 === 3 ? alpha : value));
    return makeRaster(bounds, 4, data);
  };
  const base = makeLayer({ id: 1, name: "base", raster: solid(rectangle(0, 0, 2, 1), 10, 128) });
  const top = { id: 2, name: "top", raster: solid(rectangle(1, 0, 3, 1), 200, 255) };
  const seen = (layers) =>
    [...composite(changeState(newState(4, 1), { layers }), rectangle(0, 0, 4, 1)).data].filter(
      (_, i) => i % 4 === 0 || i % 4 === 3,
    );
  const clipped = makeLayer({ ...top, clipped: true });
  assert.deepEqual(seen([base, clipped]), [10, 128, 200, 128, 0, 0, 0, 0]);
  assert.deepEqual(seen([base, makeLayer(top)]), [10, 128, 200, 255, 200, 255, 200, 255]);
  assert.deepEqual(seen([{ ...base, visible: false }, clipped]), [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(seen([clipped]), seen([makeLayer(top)]));
});

test("pixels that did not change are not sent again", async () => {
  const { exchange, images } = smallBridge();
  await exchange.psdOf(picture());
  const state = picture();
  await exchange.psdOf(state);
  const sent = images.length;
  await exchange.psdOf(changeState(state, { xmp: null }));
  assert.equal(images.length, sent);
});

test("a 16-bit grey image becomes a 16-bit document, white stays white", async () => {
  const bytes = new Uint8Array(new Uint16Array([0, 128, 257, 65535]).buffer);
  const facts = { "X-Width": "2", "X-Height": "2", "X-Channels": "1", "X-Depth": "16" };
  const info = '{"id": "0", "width": 2, "height": 2, "depth": 16, "profile": "sRGB"}';
  const fetch = async (_, { method }) =>
    method === "PUT" ? new Response(info) : new Response(bytes, { headers: facts });
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  const { layers, depth } = await exchange.openImage(new Blob([bytes], { type: "image/png" }));
  const grey = [...layers[0].raster.data].filter((_, i) => i % 4 === 0);
  assert.deepEqual([depth, grey, layers[0].raster.data[3]], [16, [0, 64, 129, 32768], 32768]);
});

for (const profile of [P3, ADOBE]) {
  test(`a deep document of ${profile} comes back as it went: pixels, masks, locks, opacity`, async () => {
    const { exchange, images, posted } = smallBridge();
    const state = picture(16, profile);
    await exchange.psdOf(state);
    assert.deepEqual([posted().depth, posted().profile], [16, profile]);
    assert.ok(images.every(({ depth }) => depth === "16"));
    assert.deepEqual(posted().layers[1].layers[0].locks, ["position", "pixels"]);
    assert.deepEqual(await exchange.openPsd(new Blob(["psd"])), state);
  });
}

test("a profile that no document here can have is refused with the way out", async () => {
  const json = '{"id": "0", "width": 2, "height": 2, "depth": 8, "profile": "ProPhoto RGB"}';
  const facts = { "X-Width": "2", "X-Height": "2", "X-Channels": "1", "X-Depth": "8" };
  const fetch = async (_, { method }) =>
    method === "PUT" ? new Response(json) : new Response(new Uint8Array(4), { headers: facts });
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  const file = new Blob(["x"], { type: "image/png" });
  await assert.rejects(exchange.openImage(file), /convert this one from ProPhoto RGB first/);
});

test("a file that is too large to be painted whole says so when it is opened", async () => {
  for (const [width, height, count] of [
    [8193, 8, 1],
    [8, 9000, 1],
    [8192, 8192, 0],
  ]) {
    const json = { width, height, depth: 8, profile: "sRGB", layers: [] };
    const fetch = async () => new Response(JSON.stringify(json));
    const exchange = createExchange({ address: "http://x", token: "", fetch });
    const told = [];
    await exchange.openPsd(new Blob(["8BPS"]), (notices) => told.push(...notices));
    assert.equal(told.length, count);
    if (count)
      assert.match(told[0], /^it is \d+ × \d+ pixels, and at most 8192 a side are painted/);
  }
});

test("what the bridge refuses is said in its own words", async () => {
  const fetch = async () => new Response('{"message": "this is no PSD"}', { status: 400 });
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  await assert.rejects(exchange.openPsd(new Blob(["x"])), { message: "this is no PSD" });
});

test("what the bridge says of a picture file is told, not dropped", async () => {
  const { exchange } = speaking(["it has 4 pages, the first one is taken"]);
  const told = [];
  await exchange.openImage(new Blob(["tiff"], { type: "image/tiff" }), (all) => told.push(...all));
  assert.deepEqual(told, ["it has 4 pages, the first one is taken"]);
});

/** A bridge that takes any file in as one grey pixel, and says something of it. */
function speaking(notices) {
  const facts = { width: 1, height: 1, channels: 4, depth: 8, profile: "sRGB" };
  const headers = { "X-Width": 1, "X-Height": 1, "X-Channels": 4, "X-Depth": 8 };
  const asked = [];
  const fetch = async (url, { method = "GET" } = {}) => {
    asked.push(url);
    return method === "PUT"
      ? new Response(JSON.stringify({ id: "0", ...facts, notices }))
      : new Response(Uint8Array.of(7, 7, 7, 255), { headers });
  };
  const bridge = { address: "http://127.0.0.1:7866", token: "secret", fetch };
  return { exchange: createExchange(bridge), asked };
}

test("a file is opened by what is in it, whatever its name and type say", async () => {
  const asked = [];
  const fetch = async (url, { method = "GET", headers }) => {
    asked.push(`${method} ${new URL(url).pathname} ${headers["Content-Type"]}`);
    return new Response('{"message": "no"}', { status: 400 });
  };
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  for (const bytes of ["8BPS…", "GIF89a", "BM", "\x89PNG", ""]) {
    await assert.rejects(exchange.open(new Blob([bytes], { type: "" })), { message: "no" });
  }
  const picture = "PUT /images image/png";
  assert.deepEqual(asked, [
    ...["POST /psd/open application/octet-stream", picture, picture, picture, picture],
  ]);
});

test("what is to be said of several files is said together", async () => {
  const said = [];
  const open = async ({ name }, tell) => {
    if (name === "b.psd") throw new Error("it is broken");
    tell([`notice of ${name}`]);
    return newState(4, 4);
  };
  const names = [];
  const model = { open: ({ name }) => names.push(name) };
  const files = createFiles({ model, exchange: { open }, say: (text) => said.push(text) });
  await files.open(["a.psd", "b.psd", "c.psd"].map((name) => ({ name })));
  assert.deepEqual(names, ["a.psd", "c.psd"]);
  assert.deepEqual(said.at(-1).split("\n"), [
    "a.psd: notice of a.psd",
    "b.psd could not be opened: it is broken",
    "c.psd: notice of c.psd",
  ]);
});

test("a bridge that does not answer is named, and what to do", async () => {
  const fetch = async () => {
    throw new TypeError("Failed to fetch");
  };
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  const message = /^the bridge does not answer\. What is open here stays .* start the bridge again/;
  await assert.rejects(exchange.psdOf(newState(4, 4)), { message });
  await assert.rejects(exchange.open(new Blob(["8BPS"])), { message });
});

test("blend modes that are shown as Normal are named when a file is opened", async () => {
  const layer = (id, blend) => ({
    kind: "pixel",
    id,
    name: `l${id}`,
    visible: true,
    opacity: 1,
    blend,
  });
  const blends = ["normal", "multiply", "hue", "hue", "dissolve", "hue", "hue"];
  const group = { ...layer(99, "passThrough"), kind: "group", layers: [layer(98, "divide")] };
  const layers = [...blends.map((blend, i) => layer(i + 1, blend)), group];
  const json = { width: 4, height: 4, depth: 8, profile: "sRGB", layers, notices: ["first"] };
  const fetch = async () => new Response(JSON.stringify(json));
  const told = [];
  const exchange = createExchange({ address: "http://x", token: "", fetch });
  await exchange.openPsd(new Blob(["8BPS"]), (notices) => told.push(...notices));
  const rest = "kept in the file, but shown as Normal here";
  assert.deepEqual(told, [
    "first",
    `blend mode hue of layer "l3", "l4", "l6" and 1 more: ${rest}`,
    `blend mode dissolve of layer "l5": ${rest}`,
    `blend mode divide of layer "l98": ${rest}`,
  ]);
});
