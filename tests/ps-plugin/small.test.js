"use strict";
// The panel's small rooms: hashes, XMP, pixels, latest, what is kept.

const test = require("node:test");
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const zlib = require("node:zlib");
const { sha256, imageId } = require("../../ps-plugin/pixels/sha256.js");
const { readProperty, writeProperty, NAMESPACE } = require("../../ps-plugin/photoshop/xmp.js");
const PACKETS = require("../xmp_packets.json"); // bridge/psd/xmp.py reads the same
const { placed, onWhite, opaque, shrunk, png } = require("../../ps-plugin/pixels/pixels.js");
const { latest } = require("../../ps-plugin/actions/latest.js");
const keeping = require("../../ps-plugin/actions/keeping.js");
const { makeNotes } = require("../../ps-plugin/photoshop/notes.js");
const { createStore } = require("../../ps-plugin/state/store.js");
const { initial, reduce } = require("../../ps-plugin/state/state.js");
const { chance, plain } = require("./support.js");

test("sha256 is Node's for every length around its blocks, with and without a head", () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = crypto.createHash("shake256", { outputLength: length }).update("x").digest();
    for (const head of ["", "12x12x3:8:sRGB\n", "h".repeat(64)]) {
      const wanted = crypto.createHash("sha256").update(head).update(bytes).digest("hex");
      assert.equal(sha256(bytes, head), wanted);
    }
  }
});

test("an image's name is the hash that the contract gives", () => {
  const picture = {
    width: 2,
    height: 1,
    channels: 3,
    pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
  };
  const text = Buffer.concat([Buffer.from("2x1x3:8:sRGB\n"), Buffer.from(picture.pixels)]);
  assert.equal(imageId(picture), crypto.createHash("sha256").update(text).digest("hex"));
});

const HARD = "quotes \" and <tags> & $& $1 ' \n 木の家 🏠 ]]>";

test("a property comes back as it went in, and other programs' stay", () => {
  const alien =
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ' +
    'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png"/></rdf:RDF>' +
    '</x:xmpmeta><?xpacket end="w"?>';
  for (const packet of [null, alien]) {
    const once = writeProperty(packet, "layer", HARD);
    assert.equal(readProperty(once, "layer"), HARD);
    const twice = writeProperty(once, "layer", "new");
    assert.equal(readProperty(twice, "layer"), "new");
    assert.equal(twice.match(/pentimento:layer>/g)?.length, 2);
    const both = writeProperty(twice, "document", HARD);
    assert.deepEqual([readProperty(both, "layer"), readProperty(both, "document")], ["new", HARD]);
    if (packet) assert.ok(both.includes('dc:format="image/png"'));
  }
  assert.equal(readProperty(alien, "layer"), null);
});

test("a property that another program turned into an attribute is read, and replaced", () => {
  const packet = writeProperty(null, "layer", "x").replace(
    /<rdf:Description.*<\/rdf:Description>/,
    `<rdf:Description rdf:about="" xmlns:pentimento="${NAMESPACE}" ` +
      'pentimento:layer="a &quot;b&quot; &#x6728;"/>',
  );
  assert.equal(readProperty(packet, "layer"), 'a "b" 木');
  const changed = writeProperty(packet, "layer", "c");
  assert.equal(readProperty(changed, "layer"), "c");
  assert.ok(!changed.includes("&quot;b"));
});

for (const [how, { packet, layer }] of Object.entries(PACKETS)) {
  test(`a property is known by its namespace, and written once: ${how}`, () => {
    assert.equal(readProperty(packet, "layer"), layer);
    const written = writeProperty(packet, "layer", "new");
    assert.equal(readProperty(written, "layer"), "new");
    assert.equal(writeProperty(written, "layer", "new"), written);
    assert.ok(!/\b(one|two)\b/.test(written), written);
    for (const theirs of ["theirs", '"its"', "<c/>", "&lt;", 'a="1"']) {
      assert.equal(written.split(theirs).length, packet.split(theirs).length, theirs);
    }
  });
}

test("trimmed pixels land where they were, for a thousand random places", () => {
  const random = chance(3);
  const whole = (most) => Math.floor(random() * most);
  for (let round = 0; round < 1000; round += 1) {
    const part = { width: 1 + whole(5), height: 1 + whole(5), components: 4 };
    const data = Uint8Array.from({ length: part.width * part.height * 4 }, () => 1 + whole(255));
    const corner = { left: whole(12) - 4, top: whole(12) - 4 };
    const rect = {
      left: whole(4),
      top: whole(4),
      right: 5 + whole(5),
      bottom: 5 + whole(5),
    };
    const { width, pixels } = placed({ ...part, data }, corner, rect, 4);
    for (let y = rect.top; y < rect.bottom; y += 1) {
      for (let x = rect.left; x < rect.right; x += 1) {
        const [u, v] = [x - corner.left, y - corner.top];
        const inside = u >= 0 && v >= 0 && u < part.width && v < part.height;
        const from = (v * part.width + u) * 4;
        const to = ((y - rect.top) * width + x - rect.left) * 4;
        const wanted = inside ? [...data.slice(from, from + 4)] : [0, 0, 0, 0];
        assert.deepEqual([...pixels.slice(to, to + 4)], wanted);
      }
    }
  }
});

test("layers without alpha are opaque, grey becomes colour, colours under alpha 0 are forgotten", () => {
  const rect = { left: 0, top: 0, right: 1, bottom: 1 };
  const read = (components, data) => [
    ...placed({ width: 1, height: 1, components, data: Uint8Array.from(data) }, rect, rect, 4)
      .pixels,
  ];
  assert.deepEqual(read(3, [1, 2, 3]), [1, 2, 3, 255]);
  assert.deepEqual(read(1, [9]), [9, 9, 9, 255]);
  assert.deepEqual(read(2, [9, 8]), [9, 9, 9, 8]);
  assert.deepEqual(read(4, [9, 9, 9, 0]), [0, 0, 0, 0]);
  const grey = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) };
  assert.deepEqual([...opaque(grey).pixels], [7, 7, 7, 255]);
});

test("what is transparent is paper for the model, what is opaque is untouched", () => {
  assert.deepEqual([...onWhite(plain(1, 1, [10, 20, 30, 255])).pixels], [10, 20, 30]);
  assert.deepEqual([...onWhite(plain(1, 1, [10, 20, 30, 0])).pixels], [255, 255, 255]);
  assert.deepEqual([...onWhite(plain(1, 1, [0, 0, 0, 51])).pixels], [204, 204, 204]);
});

test("a thumbnail keeps colour and shape, and its PNG holds the same pixels", () => {
  const small = shrunk(plain(100, 50, [10, 200, 30]), 20);
  assert.deepEqual([small.width, small.height], [20, 10]);
  assert.deepEqual([...small.pixels.slice(0, 3)], [10, 200, 30]);
  const noisy = {
    ...small,
    pixels: small.pixels.map((_, i) => (i * 37) % 256),
  };
  const file = Buffer.from(png(noisy));
  assert.equal(file.subarray(1, 4).toString(), "PNG");
  const chunks = {};
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const name = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 4, at + 8 + length);
    assert.equal(file.readUInt32BE(at + 8 + length), crc(body), `${name}'s checksum`);
    chunks[name] = body.subarray(4);
    at += 12 + length;
  }
  assert.deepEqual([chunks.IHDR.readUInt32BE(0), chunks.IHDR.readUInt32BE(4)], [20, 10]);
  const raw = zlib.inflateSync(chunks.IDAT);
  const rows = Array.from({ length: 10 }, (_, y) => [...raw.subarray(y * 61 + 1, y * 61 + 61)]);
  assert.deepEqual(rows.flat(), [...noisy.pixels]);
});

/** CRC-32 another way round, as a second opinion: bit by bit over polynomial division. */
function crc(bytes) {
  let value = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0n; bit < 8n; bit += 1n) {
      const low = (value ^ (BigInt(byte) >> bit)) & 1n;
      value = (value >> 1n) ^ (low ? 0xedb88320n : 0n);
    }
  }
  return Number(value ^ 0xffffffffn);
}

test("latest works off the newest argument only, one at a time, also after an error", async () => {
  const done = [];
  const errors = [];
  let release = () => {};
  const run = latest(
    async (argument) => {
      await new Promise((resolve) => (release = resolve));
      if (argument === 3) throw new Error("three");
      done.push(argument);
    },
    (error) => errors.push(error.message),
  );
  const step = async () => {
    release();
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  for (const argument of [1, 2, 3]) run(argument);
  await step();
  await step();
  assert.deepEqual([done, errors], [[1], ["three"]]);
  run(4);
  await step();
  assert.deepEqual(done, [1, 4]);
});

test("settings survive, whatever is in the prompt; nonsense on the shelf is left there", async () => {
  const kept = new Map();
  const secureStorage = {
    getItem: async (key) => (kept.has(key) ? Uint8Array.from(Buffer.from(kept.get(key))) : null),
    setItem: async (key, value) => void kept.set(key, value),
  };
  const store = createStore(reduce, initial);
  keeping.saveSoon(store, { secureStorage, wait: async () => {} });
  store.dispatch({
    type: "settings",
    settings: { prompt: "木の家 🏠", steps: 9 },
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await keeping.savePairing(secureStorage, "http://localhost:1", "token");
  const { settings, token, address } = await keeping.load(secureStorage);
  assert.deepEqual([settings.prompt, settings.steps], ["木の家 🏠", 9]);
  assert.deepEqual([token, address], ["token", "http://localhost:1"]);
  kept.set("settings", '{"steps": "many", "prompt": "fine", "other": 1}');
  assert.deepEqual((await keeping.load(secureStorage)).settings, {
    prompt: "fine",
  });
  kept.set("settings", "not JSON");
  assert.equal((await keeping.load(secureStorage)).settings, null);
});

test("a mask that is switched off hides nothing, and answers that fail are no masks", async () => {
  const masks = { 1: [true, true], 2: [true, false], 3: [false], 4: [true] };
  const batchPlay = async (questions) =>
    questions.map(({ _target: [{ _property }, { _id }] }) => {
      const [hasUserMask, userMaskEnabled] = masks[_id] ?? [];
      const value = { hasUserMask, userMaskEnabled }[_property];
      return value === undefined ? { _obj: "error" } : { [_property]: value };
    });
  const notes = makeNotes({ batchPlay });
  const layers = [1, 2, 3, 4, 5].map((id) => ({ id, masked: null }));
  assert.deepEqual(await notes.haveMasks(7, layers), [true, false, false, true, false]);
});
