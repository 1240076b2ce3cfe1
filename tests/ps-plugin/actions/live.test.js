"use strict";
// The live stream: what the panel says is to be seen, what it reads for that, and what it makes
// of frames.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { inFewSteps } = require("../../../ps-plugin/actions/live.js");
const { STILL, framed, framesPerSecond } = require("../../../ps-plugin/state/live_events.js");
const { keyOf } = require("../../../ps-plugin/state/regions.js");
const { MODEL, fakeBridge, openPanel, until } = require("../support.js");

const paint = (left, top, right, bottom, colour = [200, 30, 30, 255]) =>
  filled(rectangle(left, top, right - left, bottom - top), colour);
const calm = (milliseconds = 150) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const here = (state) => state().regions[state().document.id] || [];

/** A bridge that streams when told to, and counts what it is handed. */
function streaming() {
  const bridge = fakeBridge();
  const stream = { live: "1".repeat(32), number: 0, newest: 0, uploads: 0, gate: null };
  const { fetch } = bridge;
  return Object.assign(bridge, {
    stream,
    fetch: async (url, options = {}) => {
      if (options.method === "PUT") {
        stream.uploads += 1;
        await stream.gate;
      }
      if (!url.includes("/live/")) return fetch(url, options);
      if (!url.includes(stream.live)) return { ok: false, status: 404, json: async () => ({}) };
      const number = stream.newest;
      return {
        ok: true,
        status: 200,
        headers: { get: (name) => (name === "X-Frame" ? String(number) : null) },
        arrayBuffer: async () => new Uint8Array([number]).buffer,
      };
    },
    /** What was asked to be seen, oldest first. */
    asked: () => bridge.commands.filter(({ type }) => type === "live"),
    /** A frame of the newest request, or of another one; `quiet`: its event was not read. */
    frame({ quiet = false, ...more } = {}) {
      const { request, recipe } = bridge.asked().at(-1);
      stream.newest = stream.number += 1;
      const event = { live: stream.live, number: stream.number, request, seed: recipe.seed };
      const frame = { type: "frame", seq: bridge.state.seq, ...event, left: null, seconds: 0.25 };
      const whole = { ...frame, latency: 0.3, ...more };
      if (!quiet) for (const socket of bridge.sockets) socket.say(whole);
      return whole;
    },
  });
}

/** A host that counts what is read, by layer; the composite is layer 0. */
function watched() {
  const host = createHost();
  const reads = [];
  const { photoshop } = host;
  const imaging = new Proxy(photoshop.imaging, {
    get: (of, name) =>
      name === "getPixels"
        ? (options) => {
            reads.push(options.layerID ?? 0);
            return of.getPixels(options);
          }
        : of[name],
  });
  const seen = new Proxy(photoshop, {
    get: (of, name) => (name === "imaging" ? imaging : of[name]),
  });
  return { host: { ...host, photoshop: seen }, reads };
}

/** A panel with a prompt and two painted regions, "house" and "tree" over it; nothing as source. */
async function withTwo(settings = {}) {
  const { host, reads } = watched();
  const opened = await openPanel({ host, bridge: streaming() });
  const { panel, state } = opened;
  panel.store.dispatch({
    type: "settings",
    settings: { prompt: "a field", source: "nothing", seed: 7, seedKept: true, ...settings },
  });
  for (const [prompt, piece] of [
    ["house", paint(2, 4, 9, 12)],
    ["tree", paint(6, 2, 14, 12, [30, 200, 30, 128])],
  ]) {
    await panel.addRegion(false);
    await host.stroke(here(state).at(-1).layer, piece);
    panel.setRegion(keyOf(here(state).at(-1)), { prompt });
    await until(() => here(state).every(({ unsaved }) => !unsaved), "the note");
  }
  const [house, tree] = here(state).map(({ layer }) => layer);
  const select = (layer) => host.painter((document) => edits.selectLayers(document, [layer]));
  return { ...opened, reads, house, tree, select };
}

/** The same, playing, and its first state said. */
async function playing(settings) {
  const opened = await withTwo(settings);
  opened.panel.playLive();
  await until(() => opened.bridge.asked().length === 1, "the first state");
  await calm();
  opened.reads.length = 0;
  return opened;
}

test("playing says what Paint would paint, in few steps, with its regions; each change anew", async () => {
  const { panel, bridge, state } = await playing();
  const [first] = bridge.asked();
  assert.equal(first.frames, null);
  assert.equal(first.variation, false);
  const { few } = MODEL;
  const { recipe } = first;
  assert.deepEqual(
    [recipe.prompt, recipe.seed, recipe.model, recipe.sampler, recipe.num_inference_steps],
    ["a field", 7, few.model, few.sampler, few.num_inference_steps],
  );
  assert.deepEqual(
    recipe.regions.map(({ prompt }) => prompt),
    ["house", "tree"],
  );
  panel.store.dispatch({ type: "settings", settings: { keep: "last", language: "de" } });
  await calm();
  assert.equal(bridge.asked().length, 1, "nothing of the picture has changed");
  panel.store.dispatch({ type: "settings", settings: { prompt: "a sea", language: "en" } });
  await until(() => bridge.asked().length === 2);
  panel.setRegion(keyOf(here(state)[0]), { alpha: 0.5 });
  await until(() => bridge.asked().length === 3);
  panel.setRegion(keyOf(here(state)[1]), { on: false });
  await until(() => bridge.asked().length === 4);
  const last = bridge.asked().at(-1).recipe;
  assert.deepEqual([last.prompt, last.regions.length, last.regions[0].alpha], ["a sea", 1, 0.5]);
  await panel.generate();
  const painted = bridge.commands.findLast(({ type }) => type === "generate").recipe;
  const { num_inference_steps, sampler, ...same } = last;
  assert.deepEqual({ ...painted, num_inference_steps, sampler }, last);
  assert.ok(same);
});

test("a stroke on a region is said with its new mask; other masks are neither read nor sent again", async () => {
  const { host, bridge, reads, house, tree, select } = await playing();
  const before = bridge.asked()[0].recipe.regions.map(({ mask }) => mask);
  await select(tree);
  const { uploads } = bridge.stream;
  await host.stroke(tree, paint(8, 4, 10, 6)); // its bounds stay
  await until(() => bridge.asked().length === 2, "the stroke");
  await calm();
  const after = bridge.asked()[1].recipe.regions.map(({ mask }) => mask);
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
  assert.deepEqual(reads, [tree]);
  assert.equal(bridge.stream.uploads, uploads + 1);
  // Undone from another layer: what was read before is not believed.
  await select(house);
  await host.painter((document) => document.undo());
  await until(() => bridge.asked().length === 3, "the undo");
  const masks = () =>
    bridge.asked()[bridge.asked().length - 1].recipe.regions.map(({ mask }) => mask);
  assert.deepEqual(masks(), before);
  await host.painter((document) => document.redo());
  await until(() => bridge.asked().length === 4, "the stroke again");
  assert.deepEqual(masks(), after);
});

test("strokes that come faster than they can be sent: one waits, and it is the newest", async () => {
  const { host, bridge, reads, tree, select } = await playing();
  await select(tree);
  let open = () => {};
  bridge.stream.gate = new Promise((resolve) => {
    open = () => resolve(undefined);
  });
  const { uploads } = bridge.stream;
  await host.stroke(tree, paint(0, 0, 1, 1));
  await until(() => bridge.stream.uploads > uploads, "the first is on its way");
  for (let i = 1; i < 6; i += 1) await host.stroke(tree, paint(i, 0, i + 1, 1));
  await calm();
  assert.deepEqual(reads, [tree], "nothing is read while the last is on its way");
  open();
  await until(() => bridge.asked().length === 3);
  await calm();
  assert.deepEqual(reads, [tree, tree]);
  assert.equal(bridge.asked().length, 3);
  const newest = bridge.images.get(bridge.asked()[2].recipe.regions[1].mask);
  assert.deepEqual([...newest.pixels.subarray(0, 7)], [255, 255, 255, 255, 255, 255, 0]);
});

test("nothing is read in the middle of a stroke", async () => {
  const { panel, host, bridge, reads, tree, select } = await playing();
  await select(tree);
  let lift = () => {};
  const lifted = new Promise((resolve) => {
    lift = () => resolve(undefined);
  });
  const stroke = host.stroke(tree, paint(0, 0, 4, 4), lifted);
  await calm(20);
  panel.store.dispatch({ type: "settings", settings: { source: "composite" } });
  await calm();
  assert.deepEqual(reads, []);
  assert.equal(bridge.asked().length, 1);
  lift();
  await stroke;
  await until(() => bridge.asked().length > 1);
  assert.ok(reads.includes(0), "the composite");
});

test("a source is read once, until something of it may have changed; regions are no part of it", async () => {
  const { host, bridge, reads, house, tree, select, document } = await playing({
    source: "composite",
  });
  const [ground] = document.state.layers;
  const source = () => reads.filter((layer) => layer === 0).length;
  await select(tree);
  await host.stroke(tree, paint(0, 0, 3, 3));
  await until(() => bridge.asked().length === 2);
  await calm();
  assert.equal(source(), 0);
  await select(ground.id);
  await host.stroke(ground.id, paint(0, 0, 8, 8, [0, 0, 255, 255]));
  await until(() => bridge.asked().length === 3);
  const [before, after] = bridge.asked().slice(1);
  assert.notEqual(before.recipe.init_image, after.recipe.init_image);
  assert.deepEqual(before.recipe.regions, after.recipe.regions);
  const seen = source();
  await select(house);
  await host.stroke(house, paint(1, 1, 2, 2));
  await until(() => bridge.asked().length === 4);
  await calm();
  assert.equal(source(), seen);
});

test("a picture is shown when its frame was told of, the newest only, with its facts", async () => {
  const { bridge, state, urls } = await playing();
  const live = () => state().live;
  const thumbs = urls.size;
  const first = bridge.frame();
  await until(() => live().shown?.number === 1, "the first frame");
  assert.deepEqual(
    [live().shown.request, live().shown.seed],
    [first.request, bridge.asked()[0].recipe.seed],
  );
  assert.ok(live().latency > 0);
  assert.equal(framesPerSecond(live()), 4);
  // A newer picture than the one told of hangs when its own event comes.
  bridge.frame({ quiet: true });
  for (const socket of bridge.sockets) socket.say({ ...first, number: 1.5 });
  await calm();
  assert.equal(live().shown.number, 1);
  for (const socket of bridge.sockets) socket.say({ ...first, number: 2 });
  await until(() => live().shown.number === 2, "the second frame");
  bridge.frame({ quiet: true });
  bridge.frame();
  await until(() => live().shown.number === 4, "frames that were not read are passed over");
  assert.equal(urls.size, thumbs + 1, "pictures that were replaced are given back");
});

test("a pause ends it: what is in flight of a new state is seen, then nothing is read or sent", async () => {
  const { panel, host, bridge, reads, state, tree, select } = await playing();
  await select(tree);
  bridge.frame();
  await until(() => state().live.shown?.number === 1);
  panel.store.dispatch({ type: "settings", settings: { prompt: "a sea" } });
  await until(() => bridge.asked().length === 2);
  panel.playLive();
  const [, , paused] = bridge.asked();
  assert.equal(paused.frames, 0);
  assert.equal(state().live.playing, false);
  bridge.frame();
  await until(() => state().live.shown.number === 2, "the frame that was in flight");
  bridge.frame();
  await host.stroke(tree, paint(0, 0, 3, 3));
  panel.store.dispatch({ type: "settings", settings: { prompt: "a wood" } });
  await calm(700);
  assert.equal(state().live.shown.number, 2);
  assert.equal(bridge.asked().length, 3);
  assert.deepEqual(reads, []);
  panel.playLive();
  await until(() => bridge.asked().length === 4);
  const again = bridge.asked()[3].recipe;
  assert.equal(again.prompt, "a wood");
  assert.notEqual(again.regions[1].mask, paused.recipe.regions[1].mask);
});

test("a step is one frame, four are four, also while it plays; each shows what is there now", async () => {
  const { panel, bridge, state } = await withTwo();
  panel.stepLive(1);
  await until(() => bridge.asked().length === 1);
  assert.equal(bridge.asked()[0].frames, 1);
  assert.equal(state().live.left, 1);
  bridge.frame({ left: 0 });
  await until(() => state().live.shown?.number === 1);
  assert.equal(state().live.left, 0);
  panel.varyLive(true);
  panel.stepLive(4);
  await until(() => bridge.asked().length === 2);
  assert.deepEqual([bridge.asked()[1].frames, bridge.asked()[1].variation], [4, true]);
  for (const left of [3, 2, 1, 0]) {
    bridge.frame({ left, seed: 10 + left });
    await until(() => state().live.shown.seed === 10 + left, `the frame before ${left}`);
    assert.equal(state().live.left, left);
  }
  bridge.frame({ left: 0, seed: 99 });
  await calm();
  assert.equal(state().live.shown.seed, 10, "of what is done nothing more is wanted");
  panel.playLive();
  await until(() => bridge.asked().length === 3);
  panel.stepLive(1);
  await until(() => bridge.asked().length === 4);
  assert.deepEqual([state().live.playing, bridge.asked()[3].frames], [false, 1]);
});

test("variation is said at once, and its frames follow each other", async () => {
  const { panel, bridge, state } = await playing();
  panel.varyLive(true);
  await until(() => bridge.asked().length === 2);
  assert.equal(bridge.asked()[1].variation, true);
  const latency = [];
  for (const seed of [7, 8, 9]) {
    bridge.frame({ seed });
    await until(() => state().live.shown?.seed === seed);
    latency.push(state().live.latency);
    await calm(30);
  }
  assert.equal(new Set(latency).size, 1, "only the first of them tells how long the edit took");
});

test("what cannot be shown is said in the section; the next change tries again", async () => {
  const { panel, host, bridge, state } = await playing();
  const [{ request }] = bridge.asked();
  bridge.tell({ type: "failed", message: "prompt is too long", request });
  assert.equal(state().live.trouble, "prompt is too long");
  assert.equal(state().notice, null);
  panel.store.dispatch({ type: "settings", settings: { prompt: "short" } });
  await until(() => bridge.asked().length === 2);
  assert.equal(state().live.trouble, "");
  bridge.tell({ type: "failed", message: "late", request });
  assert.equal(state().live.trouble, "", "the painter is past it");
  host.faults.failReads(2);
  panel.store.dispatch({ type: "settings", settings: { source: "composite" } });
  await until(() => state().live.trouble !== "", "the host's own sentence");
  assert.equal(bridge.asked().length, 2);
  assert.equal(state().live.playing, true);
  panel.store.dispatch({ type: "settings", settings: { source: "nothing", prompt: "x" } });
  await until(() => bridge.asked().length === 3);
  assert.equal(state().live.trouble, "");
});

test("without words there is nothing to be seen, and it says so", async () => {
  const { panel, bridge, state } = await openPanel({ bridge: streaming() });
  panel.playLive();
  await until(() => state().live.trouble !== "");
  assert.equal(bridge.asked().length, 0);
  panel.store.dispatch({ type: "settings", settings: { prompt: "a field", source: "nothing" } });
  await until(() => bridge.asked().length === 1);
  assert.equal(state().live.trouble, "");
});

test("after a break of the connection it says again what it plays; paused it says nothing", async () => {
  const { panel, bridge, state } = await playing();
  bridge.frame();
  await until(() => state().live.shown);
  bridge.drop();
  await until(() => state().connection.status === "lost");
  bridge.state.up = true;
  panel.again();
  await until(() => bridge.asked().length === 2, "the state, again");
  await calm();
  assert.equal(bridge.asked().length, 2);
  assert.deepEqual(bridge.asked()[1].recipe, bridge.asked()[0].recipe);
  assert.equal(bridge.asked()[1].frames, null);
  bridge.stream.live = "2".repeat(32);
  bridge.stream.number = 0;
  bridge.frame();
  await until(() => state().live.shown.live === bridge.stream.live, "frames count from 1 again");
  bridge.drop();
  await until(() => state().connection.status === "lost");
  panel.playLive();
  bridge.state.up = true;
  panel.again();
  await until(() => state().connection.status === "open");
  await calm();
  const since = bridge.asked().slice(2);
  assert.ok(since.every(({ frames }) => frames === 0));
});

test("kept, a frame is painted by its own recipe and seed, whatever is there by now", async () => {
  const { panel, bridge, state } = await playing();
  bridge.frame({ seed: 4242 });
  await until(() => state().live.shown);
  const [{ recipe }] = bridge.asked();
  panel.store.dispatch({ type: "settings", settings: { prompt: "a sea", keep: "last" } });
  await until(() => bridge.asked().length === 2);
  bridge.images.clear(); // what is only shown may be forgotten
  await panel.keepFrame();
  const kept = bridge.commands.findLast(({ type }) => type === "generate");
  assert.deepEqual(kept.recipe, { ...recipe, seed: 4242 });
  assert.deepEqual(
    recipe.regions.map(({ mask }) => bridge.images.has(mask)),
    [true, true],
    "its images are there to stay",
  );
  const [run] = [...bridge.state.runs.values()];
  const papers = () => state().papers[state().document.id];
  await until(() => papers().runs.includes(run.id), "a painting of this document");
  bridge.paint(run.id);
  await until(() => Object.values(papers().layers).some(({ layer }) => layer >= 0), "its layer");
});

test("it leaves no history state behind and takes no layer from the painter's hand", async () => {
  const { panel, host, bridge, state, tree, select, document } = await playing({
    source: "composite",
  });
  await select(tree);
  const before = document.history.length;
  await host.stroke(tree, paint(0, 0, 3, 3));
  await until(() => bridge.asked().length === 2);
  bridge.frame();
  await until(() => state().live.shown);
  panel.stepLive(4);
  await until(() => bridge.asked().length === 3);
  await calm();
  assert.equal(document.history.length, before + 1, "the stroke");
  assert.deepEqual(document.state.active, [tree]);
  assert.equal(host.undisposed(), 0);
});

test("out of sight it ends", async () => {
  const { panel, bridge, state } = await playing();
  panel.rest();
  assert.equal(bridge.commands.at(-1).type, "stop");
  assert.equal(state().live.playing, false);
  panel.store.dispatch({ type: "settings", settings: { prompt: "a sea" } });
  await calm();
  assert.equal(bridge.asked().length, 1);
});

test("few steps: what the model says, and of a weak change of a picture one at least", () => {
  const recipe = { prompt: "x", width: 8, height: 8, guidance_scale: 5, num_inference_steps: 30 };
  const own = {
    few: { model: "m", sampler: "dpmpp_2m", num_inference_steps: 8, guidance_scale: null },
  };
  const sibling = {
    few: { model: "m-few", sampler: "lcm", num_inference_steps: 4, guidance_scale: 1 },
  };
  assert.deepEqual(inFewSteps(recipe, own), {
    ...recipe,
    model: "m",
    sampler: "dpmpp_2m",
    num_inference_steps: 8,
  });
  assert.equal(inFewSteps(recipe, sibling).guidance_scale, 1);
  const from = { ...recipe, init_image: "0".repeat(64) };
  assert.equal(inFewSteps({ ...from, strength: 0.5 }, sibling).num_inference_steps, 4);
  for (let percent = 1; percent <= 100; percent += 1) {
    const strength = percent / 100;
    const steps = inFewSteps({ ...from, strength }, sibling).num_inference_steps;
    assert.ok(Math.trunc(steps * strength) >= 1, `${steps} steps at ${strength}`);
  }
});

test("the pace is the mean of the last frames, and a new stream's begins anew", () => {
  const state = { live: { ...STILL, playing: true } };
  const frame = (live, seconds) => ({ live, seconds, number: 1, request: "", left: null });
  const two = framed(framed(state, frame("a", 0.1)), frame("a", 0.3));
  assert.equal(framesPerSecond(two.live), 5);
  assert.equal(framesPerSecond(framed(two, frame("b", 0.5)).live), 2);
  assert.equal(framesPerSecond(STILL), 0);
});
