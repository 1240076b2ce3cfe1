"use strict";
// What the panel's tests share: made-up runs, a bridge that answers from memory, seeded chance.

const { createHost } = require("../../ps-plugin/studio/host/host.js");
const { makePanel } = require("../../ps-plugin/actions/panel.js");
const { imageId } = require("../../ps-plugin/pixels/sha256.js");
const { portOf } = require("../../ps-plugin/bridge/addresses.js");
const { proofOf } = require("../../ps-plugin/bridge/secrets.js");
const { bytesOf, valuesOf } = require("../../ps-plugin/pixels/colours.js");
const brain = require("./brain.js");

/** Small and repeatable: mulberry32, public domain (github.com/bryc/code, PRNGs.md). */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const runId = (number) => String(number).padStart(32, "a");

function makeRun(number, more = {}) {
  const { recipe, ...rest } = more;
  return {
    id: runId(number),
    number,
    request: `request-${number}`,
    recipe: { prompt: `picture ${number}`, width: 8, height: 8, num_inference_steps: 4, ...recipe },
    state: "queued",
    first: 0,
    last: 3,
    working_width: 8,
    working_height: 8,
    enlarged: 1,
    parent: null,
    rewind: null,
    ...rest,
  };
}

function makeStep(run, index, parent = index > 0 ? `${run}.${index - 1}` : null) {
  return { id: `${run}.${index}`, run, parent, index, sigma: 10 / (index + 1), seconds: 0.1 };
}

const MODEL = {
  name: "embedded",
  hash: "0".repeat(64),
  family: "sd",
  native: 128,
  guidance_scale: 3,
  device: "cpu",
  samplers: ["ddim", "dpmpp_2m"],
  few: { model: "embedded", sampler: "ddim", num_inference_steps: 3, guidance_scale: null },
};

/** A picture of one colour. */
function plain(width, height, [r, g, b, a = 255]) {
  const pixels = new Uint8Array(width * height * 4);
  for (let i = 0; i < pixels.length; i += 4) pixels.set([r, g, b, a], i);
  return { width, height, channels: 4, pixels };
}

/**
 * A bridge in memory, behind `fetch` and `WebSocket`: it stores images, and paints when told to.
 * Each step is a plain picture whose grey says its index. It counts its runs from `before` on.
 */
function fakeBridge({ before = 0, token: ours = "secret" } = {}) {
  const sockets = [];
  const images = new Map();
  const commands = [];
  const events = [];
  const state = { seq: 0, runs: new Map(), steps: new Map(), up: true, quality: "full" };
  const size = new Map(); // run -> [width, height]

  class Socket {
    constructor(url) {
      this.url = url;
      sockets.push(this);
      setTimeout(() => (state.up ? this.onopen() : this.onclose({ code: 1006, reason: "" })), 0);
    }
    send(text) {
      const message = JSON.parse(text);
      if (message.type === "hello") return this.greet(message);
      commands.push(message);
      if (message.type === "generate" || message.type === "continue") bridge.accept(message);
      if (message.type === "cancel") bridge.tell({ type: "cancelled", run: message.run });
    }
    greet({ seen, token }) {
      if (token !== ours) return this.onclose({ code: 1008, reason: "The token does not fit." });
      this.open = true;
      this.say({
        type: "welcome",
        protocol: 2,
        version: "1",
        store: "store",
        seq: state.seq,
        model: MODEL,
        runs: [...state.runs.values()],
        steps: [...state.steps.values()],
        resumed: seen !== null,
        store_bytes: 0,
        quota_bytes: 1,
      });
      if (seen !== null) for (const event of events) if (event.seq > seen) this.say(event);
    }
    say(event) {
      if (this.open) this.onmessage({ data: JSON.stringify(event) });
    }
    close() {
      this.open = false;
      this.onclose({ code: 1000, reason: "" });
    }
  }

  const bridge = {
    state,
    commands,
    images,
    sockets,
    socket: (url) => new Socket(url),
    tell(event) {
      const full = { seq: (state.seq += 1), ...event };
      events.push(full);
      if (event.type === "finished") state.runs.get(event.run).state = "finished";
      if (event.type === "stepped") state.steps.set(event.step.id, event.step);
      for (const socket of sockets) socket.say(full);
    },
    accept({ count = 1, ...command }) {
      const runs = Array.from({ length: count }, (_, i) => bridge.take(command, i));
      return runs[0];
    },
    take({ request, recipe, step, rewind }, variation) {
      const old = step && state.runs.get(step.slice(0, step.indexOf(".")));
      const number = before + state.runs.size + 1;
      const asked = recipe || old.recipe;
      const merged = variation ? { ...asked, seed: asked.seed + variation } : asked;
      const first = step ? Number(step.slice(step.indexOf(".") + 1)) : 0;
      const run = makeRun(number, { request, recipe: merged, parent: step || null, rewind, first });
      state.runs.set(run.id, run);
      size.set(run.id, [merged.width, merged.height]);
      bridge.tell({ type: "queued", run: { ...run }, position: 0 });
      return run;
    },
    step(run, index) {
      const first = state.runs.get(run).first;
      const parent = index > first ? `${run}.${index - 1}` : null;
      bridge.tell({ type: "stepped", step: makeStep(run, index, parent), seconds_left: 1 });
    },
    paint(run) {
      const { first, recipe } = state.runs.get(run);
      bridge.tell({ type: "started", run });
      for (let i = first; i < recipe.num_inference_steps; i += 1) bridge.step(run, i);
      bridge.tell({ type: "finished", run, step: `${run}.${recipe.num_inference_steps - 1}` });
    },
    /** Asked to let a panel in: one of those before pairing. Tests of pairing have another. */
    pairing: () => ({ ok: false, status: 404, json: async () => ({ message: "nothing here" }) }),
    /** What was painted over a picture; tests of converted documents say it. */
    strokes: () => null,
    /** The connection breaks, as when the bridge is killed. */
    drop() {
      state.up = false;
      for (const socket of sockets.splice(0)) {
        socket.open = false;
        socket.onclose({ code: 1006, reason: "" });
      }
    },
    pictureOf(id, quality = state.quality) {
      const run = id.slice(0, id.indexOf("."));
      const index = Number(id.slice(id.indexOf(".") + 1));
      const [width, height] = size.get(run);
      const shade = 40 + 20 * index;
      return plain(width, height, [shade, shade, quality === "full" ? 200 : 100]);
    },
    async fetch(url, options = {}) {
      if (!state.up) throw new TypeError("Network request failed");
      const { pathname, searchParams } = new URL(url);
      if (pathname === "/health") return json(health(url, ours));
      if (pathname.startsWith("/pair")) return bridge.pairing(url, JSON.parse(options.body));
      if (pathname === "/doctor") return json({ log: "/data/bridge.log" });
      const [, kind, id, part] = pathname.split("/");
      if (kind === "history" && id === "replay") {
        const stored = [[...state.runs.values()], [...state.steps.values()]];
        return json(await brain.asked("replay", options.body, ...stored));
      }
      if (kind === "history") return json(await brain.asked("history", options.body));
      if (options.method === "PUT") {
        const fact = (name) => Number(searchParams.get(name));
        const picture = {
          width: fact("width"),
          height: fact("height"),
          channels: fact("channels"),
          pixels: valuesOf(new Uint8Array(options.body).buffer, fact("depth")),
          profile: searchParams.get("profile"),
        };
        images.set(imageId(picture), picture);
        return json({ id: imageId(picture) });
      }
      if (kind === "images" && !images.has(id)) {
        return { ok: false, status: 404, json: async () => ({ message: "no such image" }) };
      }
      if (kind === "images" && part === "strokes") {
        const handed = images.get(searchParams.get("handed"));
        const replayed = searchParams.get("replayed") === "yes";
        if (!handed) return { ok: false, status: 404, json: async () => ({ message: "gone" }) };
        return json({ edit: bridge.strokes(images.get(id), handed, replayed) });
      }
      if (kind === "images") return raw(images.get(id), "full");
      if (part === "thumbnail") return bytes(new Uint8Array(8), {});
      const quality = searchParams.get("quality") === "full" ? "full" : state.quality;
      const picture = bridge.pictureOf(id, quality);
      images.set(imageId(picture), picture);
      return raw(picture, quality);
    },
  };
  return bridge;
}

/** That it is a bridge, and that it knows the token. */
function health(url, token) {
  const { origin, searchParams } = new URL(url);
  const challenge = searchParams.get("challenge");
  const proof = challenge && proofOf(token, portOf(origin), challenge);
  return { program: "pentimento", protocol: 2, proof };
}

const json = (value) => ({ ok: true, status: 200, json: async () => value });
const bytes = (data, headers) => ({
  ok: true,
  status: 200,
  headers: { get: (name) => headers[name] ?? null },
  arrayBuffer: async () => data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
});
const raw = (picture, quality) =>
  bytes(bytesOf(picture.pixels), {
    "X-Width": picture.width,
    "X-Height": picture.height,
    "X-Channels": picture.channels,
    "X-Depth": 8 * picture.pixels.BYTES_PER_ELEMENT,
    "X-Profile": picture.profile || "sRGB",
    "X-Quality": quality,
    "X-Image-Id": imageId(picture),
  });

/** A panel over the stand-in host and the bridge in memory, connected. */
async function openPanel({
  width = 16,
  height = 16,
  host = createHost(),
  bridge = fakeBridge(),
  random = chance(1),
  // Waits are cut short, but for those that give up on somebody.
  wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms < 20000 ? 20 : ms).unref()),
  now,
} = {}) {
  if (!host.model.active) host.model.newDocument({ width, height });
  const { secureStorage } = host;
  await secureStorage.setItem("token", "secret");
  const urls = new Set();
  let made = 0;
  const panel = makePanel({
    photoshop: host.photoshop,
    secureStorage,
    fetch: bridge.fetch,
    socket: bridge.socket,
    wait,
    ...(now && { now }),
    random,
    urlOf: () => {
      const url = `blob:${(made += 1)}`;
      urls.add(url);
      return url;
    },
    revoke: (url) => urls.delete(url),
  });
  await panel.start();
  const state = () => panel.store.state();
  await until(() => state().connection.status === "open" && state().document, "a connection");
  await until(() => state().papers[state().document.id], "a scan of the document");
  return { panel, host, bridge, state, urls, document: host.model.active };
}

/** Waits until something is so. */
async function until(so, what = String(so)) {
  const end = Date.now() + 60_000; // only what hangs
  while (!so()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

module.exports = { chance, runId, makeRun, makeStep, MODEL, plain, fakeBridge, openPanel, until };
