"use strict";
// The self-test on the stand-in host: all of it passes there, and each check fails on a host that
// is broken in just that way.

const test = require("node:test");
const assert = require("node:assert/strict");
const { announce } = require("../../../ps-plugin/studio/photoshop/strokes.js");
const { CHECKS, runSelftest } = require("../../../ps-plugin/selftest/selftest.js");
const { reportOf, DOES } = require("../../../ps-plugin/selftest/report.js");
const { TEXTS } = require("../../../ps-plugin/words/texts.js");
const { BY_HAND, HEALTH, SEEN, Socket, answer, makeLab } = require("./lab.js");

/** Photoshop with one function in another's place. */
function patched(photoshop, module, name, make) {
  const own = photoshop[module];
  const other = make(own[name].bind(own));
  return {
    ...photoshop,
    [module]: new Proxy(own, { get: (o, key) => (key === name ? other : o[key]) }),
  };
}

async function failures(lab) {
  const results = await runSelftest(lab, () => {});
  return results.filter(({ name, state }) => state !== "ok" && !BY_HAND.includes(name));
}

test("on the stand-in host every check passes, and nothing is left behind", async () => {
  const { lab, host, painters, place } = makeLab();
  const before = painters.state;
  const told = [];
  const results = await runSelftest(lab, (name, result) => told.push([name, result !== null]));
  assert.deepEqual(
    results.filter(({ state }) => state !== "ok").map(({ name, state }) => [name, state]),
    BY_HAND.map((name) => [name, "hand"]),
  );
  assert.equal(place.children.length, 0);
  assert.deepEqual(host.model.documents, [painters]);
  assert.equal(host.model.active, painters);
  assert.equal(painters.state, before);
  assert.equal(host.undisposed(), 0);
  assert.equal(await lab.storage.secureStorage.getItem("selftest"), null);
  assert.deepEqual(told.slice(0, 2), [
    ["pageBase", false],
    ["pageBase", true],
  ]);
  assert.equal(results.length, CHECKS.length);
});

test("each check has its own name, and a text that says what it proves", () => {
  const names = CHECKS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(TEXTS.en[`selftest.${name}`], name);
});

test("each check says in the report what the panel does about it, and no other name does", () => {
  assert.deepEqual(Object.keys(DOES).sort(), CHECKS.map(({ name }) => name).sort());
});

test("the report is one paste: versions at its top, a line for each check, where to send it", async () => {
  const { lab } = makeLab({ fetch: async () => answer({ program: "other" }) });
  const results = await runSelftest(lab, () => {});
  const lines = (await reportOf(lab, results, CHECKS.length)).split("\n");
  assert.match(lines[0], /^pentimento-selftest \S+: \d+ ok, \d+ other, \d+ failed, 2 by hand$/);
  assert.match(lines[1], /^Photoshop 25\.0\.0, uxp-9\.2\.0, en_US, (macOS|Windows)$/);
  assert.equal(lines.length, 3 + CHECKS.length);
  assert.ok(lines.length <= 60, `${lines.length} lines`);
  assert.match(lines.at(-1), /send/);
  const line = (name) => lines.find((one) => one.slice(7).startsWith(`${name} `));
  assert.match(line("httpName"), /^FAILED httpName +\S.*other.* \| localhost first/);
  assert.match(line("httpNumber"), /^other {2}httpNumber /);
  assert.match(line("pixels8"), /^ok {5}pixels8 +8 bit, sRGB.* \| every picture/);
  for (const one of lines) assert.ok(one.length < 200, one);
});

const offset = (put) => (options) => {
  const { left, top, right, bottom } = options.targetBounds;
  return put({ ...options, targetBounds: { left: left + 1, top, right: right + 1, bottom } });
};

const inverted = (read) => async (options) => {
  const { imageData, sourceBounds } = await read(options);
  const { width, height, components } = imageData;
  const data = (await imageData.getData({})).map((value) => 255 - value);
  imageData.dispose();
  return {
    imageData: { width, height, components, getData: async () => data, dispose() {} },
    sourceBounds,
  };
};

/** Answers of batchPlay as a Photoshop gives them that loses what `lost` names. */
const forgetful = (lost) => (play) => async (descriptors, options) => {
  const answers = await play(descriptors, options);
  return answers.map((given, i) => {
    const { _obj, _target } = descriptors[i];
    const target = [_target].flat();
    const named = target.some((part) => part?._property === lost.property);
    const layer = target.some((part) => part?._ref === "layer");
    return _obj === "get" && named && layer === lost.layer ? {} : given;
  });
};

/** What is broken, and which checks say so. */
const BROKEN = {
  "secureStorage that keeps nothing": {
    breaks: ["storage", "emptyValue"],
    of: ({ storage }) => ({
      storage: {
        ...parts(storage),
        secureStorage: {
          setItem: async () => {},
          getItem: async () => null,
          removeItem: async () => {},
        },
      },
    }),
  },
  "secureStorage that forgets to remove": {
    breaks: ["storage", "emptyValue"],
    of: ({ storage }) => ({
      storage: {
        ...parts(storage),
        secureStorage: {
          setItem: async () => {},
          removeItem: async () => {},
          getItem: async () => Uint8Array.from("pentimento 1", (c) => c.charCodeAt(0)),
        },
      },
    }),
  },
  "a manifest that forbids numbers": {
    breaks: ["httpNumber", "socketNumber"],
    of: () => ({
      fetch: async (url) => {
        if (url.includes("127.0.0.1")) throw new Error("Permission denied to the url");
        return answer(url.endsWith("/health") ? HEALTH : SEEN);
      },
      socket(url) {
        if (url.includes("127.0.0.1")) throw new Error("Permission denied to the url");
        return new Socket(url);
      },
    }),
  },
  "a bridge that is not there": {
    breaks: ["httpName", "httpNumber", "socketName", "socketNumber", "post", "origin"],
    of: () => ({
      fetch: async () => {
        throw new TypeError("Network request failed");
      },
      socket: () => {
        const connection = {};
        setTimeout(() => connection.onclose({ code: 1006 }), 0);
        return connection;
      },
    }),
  },
  "a bridge that never answers": {
    breaks: ["httpName", "httpNumber", "socketName", "socketNumber", "post", "origin"],
    of: () => ({ fetch: () => new Promise(() => {}), socket: () => ({}) }),
  },
  "another program on the port": {
    breaks: ["httpName", "httpNumber"],
    of: () => ({ fetch: async (url) => answer(url.endsWith("/health") ? { program: "x" } : SEEN) }),
  },
  "a panel without a token": {
    breaks: ["origin"],
    of: () => ({ bridge: () => ({ address: "http://localhost:7866", token: "" }) }),
  },
  "a bridge that refuses the Origin": {
    breaks: ["origin"],
    of: () => ({
      fetch: async (url) =>
        url.endsWith("/health")
          ? answer(HEALTH)
          : answer({ message: "panel and studio only" }, false),
    }),
  },
  "pixels that land one to the right": {
    breaks: ["pixels8", "pixels16", "profile", "composite"],
    of: ({ photoshop }) => ({ photoshop: patched(photoshop, "imaging", "putPixels", offset) }),
  },
  "a selection the wrong way round": {
    breaks: ["selection"],
    of: ({ photoshop }) => ({ photoshop: patched(photoshop, "imaging", "getSelection", inverted) }),
  },
  "a selection that is not made": {
    breaks: ["selection"],
    of: ({ photoshop }) => ({
      photoshop: patched(photoshop, "imaging", "putSelection", () => async () => {}),
    }),
  },
  "a document without the profile asked for": {
    breaks: ["profile"],
    of: ({ photoshop }) => ({
      photoshop: patched(
        photoshop,
        "app",
        "createDocument",
        (create) =>
          ({ profile, ...rest }) =>
            create(rest),
      ),
    }),
  },
  "settings that are lost": {
    breaks: ["firstSettings", "settingsKept", "duplicate"],
    of: ({ photoshop }) => ({
      photoshop: patched(
        photoshop,
        "action",
        "batchPlay",
        forgetful({ property: "generatorSettings", layer: true }),
      ),
    }),
  },
  "layer XMP that is lost": {
    breaks: ["firstLayerXmp", "layerXmpKept", "duplicate"],
    of: ({ photoshop }) => ({
      photoshop: patched(
        photoshop,
        "action",
        "batchPlay",
        forgetful({ property: "XMPMetadataAsUTF8", layer: true }),
      ),
    }),
  },
  "document XMP that is lost": {
    breaks: ["firstDocumentXmp", "documentXmpKept", "duplicate"],
    of: ({ photoshop }) => ({
      photoshop: patched(
        photoshop,
        "action",
        "batchPlay",
        forgetful({ property: "XMPMetadataAsUTF8", layer: false }),
      ),
    }),
  },
  "a history that is not suspended": {
    breaks: ["oneState", "sameTick", "failedWrite", "suppose", "renamed"],
    of: ({ photoshop }) => ({
      photoshop: patched(photoshop, "core", "executeAsModal", (run) => (work, options) => {
        const hostControl = { suspendHistory: async () => 0, resumeHistory: async () => {} };
        return run(() => work({ hostControl }), options);
      }),
    }),
  },
  "layers that cannot be chosen": {
    breaks: ["active"],
    of: ({ photoshop }) => ({
      photoshop: patched(
        photoshop,
        "action",
        "batchPlay",
        (play) => async (descriptors, options) =>
          descriptors[0]._obj === "select" ? [{}] : play(descriptors, options),
      ),
    }),
  },
  "a painter who does nothing": {
    breaks: ["keys", "arrows", "stroke"],
    of: () => ({ ask: () => {} }),
  },
  "a pen that is never lifted": {
    breaks: ["keys", "arrows", "stroke"],
    of: () => ({ ask: () => {} }),
    hand: (model) => announce(model, "enter"),
  },
};

/** A module as a plain object, to be mixed. */
const parts = (module) => ({
  localFileSystem: module.localFileSystem,
  secureStorage: module.secureStorage,
});

for (const [what, { breaks, of, hand }] of Object.entries(BROKEN)) {
  test(`the self-test finds ${what}`, async () => {
    const { lab, host, painters } = makeLab();
    const quick = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1)));
    const broken = { ...lab, wait: quick, ...of(lab) };
    if (hand) broken.ask = (asked) => asked === "stroke" && setTimeout(() => hand(host.model), 5);
    const wrong = await failures(broken);
    assert.deepEqual(
      wrong.map(({ name }) => name),
      breaks,
    );
    for (const { saw } of wrong) assert.ok(saw && !saw.includes("undefined"), saw);
    assert.deepEqual(host.model.documents, [painters], "a scratch document stayed open");
  });
}
