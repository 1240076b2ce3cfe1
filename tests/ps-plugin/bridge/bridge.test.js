"use strict";
// The bridge client against scripted sockets, and against the golden messages Python reads too.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { makeBridge, PROTOCOL } = require("../../../ps-plugin/bridge/bridge.js");
const { initial, reduce } = require("../../../ps-plugin/state/state.js");
const { fakeBridge, until, runId, plain } = require("../support.js");

const GOLDEN = path.join(__dirname, "..", "..", "golden", "wire");
const golden = (name) => JSON.parse(fs.readFileSync(path.join(GOLDEN, `${name}.json`), "utf8"));
const EVENTS = [
  ...["welcome", "ready", "queued", "started", "stepped", "refined", "finished", "cancelled"],
  ...["failed", "dropped", "frame", "notice"],
];
const COMMANDS = ["hello", "generate", "continue", "cancel", "keep", "live", "stop"];

const PATIENCE = 20000; // what the client gives a bridge to answer

const never = () => new Promise(() => undefined);

/** A client of a bridge in memory; waits are cut short, and its patience ends when told to. */
function client(bridge = fakeBridge(), token = "secret", patience = never) {
  const heard = [];
  const connections = [];
  const waits = [];
  const made = makeBridge(
    {
      fetch: bridge.fetch,
      socket: bridge.socket,
      wait: (ms) => {
        if (ms === PATIENCE) return patience();
        waits.push(ms);
        return new Promise((resolve) => setTimeout(resolve, 5).unref());
      },
      random: Math.random,
    },
    { event: (event) => heard.push(event), connection: (now) => connections.push(now) },
  );
  made.start(null, token);
  const status = () => connections.at(-1)?.status;
  return { bridge, made, heard, connections, waits, status };
}

const generate = (request) => ({
  type: "generate",
  request,
  recipe: { prompt: "x", width: 8, height: 8, num_inference_steps: 2 },
});

test("every golden event is understood, and no golden message is missing here", () => {
  const names = fs.readdirSync(GOLDEN).filter((name) => name.endsWith(".json"));
  assert.deepEqual(names.sort(), [...EVENTS, ...COMMANDS].map((name) => `${name}.json`).sort());
  const { store, model, runs, steps } = reduce(initial, { ...golden("welcome"), resumed: false });
  assert.equal(store, golden("welcome").store);
  assert.deepEqual(model, golden("welcome").model);
  assert.ok(Object.keys(runs).length > 0);
  assert.ok(Object.keys(steps).length > 0);
  for (const name of EVENTS) {
    const event = golden(name);
    assert.equal(event.type, name);
    const after = reduce(reduce(initial, golden("queued")), event);
    if (name !== "welcome") assert.notEqual(JSON.stringify(after), JSON.stringify(initial), name);
  }
});

test("hello is the golden one's shape, and so are the commands the panel sends", async () => {
  const sent = [];
  const bridge = fakeBridge();
  const socket = (url) => {
    const made = bridge.socket(url);
    const send = made.send.bind(made);
    made.send = (text) => {
      sent.push(JSON.parse(text));
      send(text);
    };
    return made;
  };
  const { made, status } = client({ ...bridge, socket });
  await until(() => status() === "open", "a connection");
  made.send(generate("r1"));
  made.send({ type: "cancel", run: runId(1) });
  made.send({ type: "keep", run: runId(1), keep: true });
  await until(() => sent.length === 4, "four messages");
  const optional = { hello: ["seen"], generate: ["count"] };
  for (const message of sent) {
    const known = golden(message.type);
    for (const key of Object.keys(message)) assert.ok(key in known, `${message.type}.${key}`);
    const missing = Object.keys(known).filter((key) => !(key in message));
    assert.deepEqual(
      missing.filter((key) => !(optional[message.type] || []).includes(key)),
      [],
    );
  }
  assert.equal(sent[0].protocol, golden("hello").protocol);
  assert.equal(PROTOCOL, golden("hello").protocol);
  made.close();
});

test("localhost is tried first, then 127.0.0.1", async () => {
  const bridge = fakeBridge();
  const asked = [];
  const fetch = async (url, options) => {
    asked.push(url);
    if (url.startsWith("http://localhost")) throw new TypeError("refused");
    return bridge.fetch(url, options);
  };
  const { made, status, connections } = client({ ...bridge, fetch });
  await until(() => status() === "open", "a connection");
  const paths = asked.map((url) => url.replace(/\?challenge=[0-9a-f]{64}$/, ""));
  assert.deepEqual(paths, ["http://localhost:7866/health", "http://127.0.0.1:7866/health"]);
  assert.equal(connections.at(-1).address, "http://127.0.0.1:7866");
  assert.match(bridge.sockets[0].url, /^ws:\/\/127\.0\.0\.1:7866\/ws$/);
  made.close();
});

test("without a bridge it says so with the command to type, and waits longer each time", async () => {
  const bridge = fakeBridge();
  bridge.state.up = false;
  const { made, connections, waits } = client(bridge);
  await until(() => waits.length >= 8, "eight attempts");
  assert.equal(connections.at(-1).status, "lost");
  assert.equal(connections.at(-1).trouble, "absent");
  assert.deepEqual(waits.slice(0, 7), [500, 1000, 2000, 4000, 8000, 10000, 10000]);
  made.close();
});

test("a bridge that takes the connection and says nothing is given up on, and asked again", async () => {
  const bridge = fakeBridge();
  let giveUp = () => {};
  const first = new Promise((resolve) => (giveUp = () => resolve(undefined)));
  const patience = () => (sockets === 1 ? first : never());
  const silent = { close() {}, send() {} };
  let sockets = 0;
  const socket = (url) => ((sockets += 1) === 1 ? silent : bridge.socket(url));
  const { made, status } = client({ ...bridge, socket }, "secret", patience);
  await until(() => sockets === 1, "the silent one");
  giveUp();
  await until(() => status() === "open", "a connection");
  assert.equal(sockets, 2);
  made.close();
});

test("a wrong token asks for another, and goes on with the right one", async () => {
  const { made, status, connections } = client(fakeBridge(), "wrong");
  await until(() => status() === "unpaired", "a refusal");
  assert.equal(connections.at(-1).trouble, "token");
  made.pair(null, "secret");
  await until(() => status() === "open", "a connection");
  made.close();
});

test("a bridge of another protocol is named, not talked to", async () => {
  const bridge = fakeBridge();
  const fetch = async () => ({
    ok: true,
    json: async () => ({ program: "pentimento", protocol: 9 }),
  });
  const { made, connections } = client({ ...bridge, fetch });
  await until(() => connections.length > 0, "an answer");
  assert.equal(connections[0].trouble, "newer");
  assert.equal(bridge.sockets.length, 0);
  made.close();
});

test("after a broken connection every event is heard once, in order", async () => {
  const { bridge, made, heard, status } = client();
  await until(() => status() === "open", "a connection");
  made.send(generate("r1"));
  await until(() => heard.some(({ type }) => type === "queued"), "queued");
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "started", run });
  bridge.step(run, 0);
  bridge.drop();
  bridge.step(run, 1);
  bridge.tell({ type: "finished", run, step: `${run}.1` });
  bridge.state.up = true;
  await until(() => heard.some(({ type }) => type === "finished"), "the rest of the story");
  const told = heard
    .filter(({ type }) => type !== "welcome")
    .map(({ type, seq }) => `${seq} ${type}`);
  assert.deepEqual(told, ["1 queued", "2 started", "3 stepped", "4 stepped", "5 finished"]);
  made.close();
});

test("a request that nobody answered is sent again; one the bridge has is not", async () => {
  const bridge = fakeBridge();
  const deaf = bridge.accept;
  bridge.accept = () => {};
  const { made, heard, status } = client(bridge);
  await until(() => status() === "open", "a connection");
  made.send(generate("lost"));
  await until(() => bridge.commands.length === 1, "the request");
  bridge.drop();
  bridge.accept = deaf;
  bridge.state.up = true;
  await until(() => heard.some(({ run }) => run?.request === "lost"), "the request again");
  assert.equal(bridge.commands.length, 2);

  bridge.drop();
  bridge.accept(generate("meanwhile"));
  bridge.state.up = true;
  await until(() => status() === "open" && heard.some(({ run }) => run?.request === "meanwhile"));
  assert.equal(bridge.commands.length, 2, "nothing was asked for twice");
  made.close();
});

test("what is asked for while the bridge is away arrives when it is back", async () => {
  const { bridge, made, heard, status } = client();
  await until(() => status() === "open", "a connection");
  bridge.drop();
  made.send(generate("later"));
  made.send({ type: "cancel", run: runId(1) });
  bridge.state.up = true;
  await until(() => heard.some(({ type }) => type === "cancelled"), "the cancel");
  assert.deepEqual(bridge.commands.map(({ type }) => type).sort(), ["cancel", "generate"]);
  made.close();
});

test("the same pixels are sent once, and the bridge's name for them is the panel's", async () => {
  const bridge = fakeBridge();
  let puts = 0;
  const fetch = (url, options = {}) => {
    if (options.method === "PUT") puts += 1;
    return bridge.fetch(url, options);
  };
  const { made, status } = client({ ...bridge, fetch });
  await until(() => status() === "open", "a connection");
  const picture = plain(4, 3, [1, 2, 3]);
  const id = await made.putImage(picture);
  assert.equal(await made.putImage({ ...picture, pixels: picture.pixels.slice() }), id);
  assert.equal(puts, 1);
  assert.deepEqual([...bridge.images.get(id).pixels], [...picture.pixels]);
  made.close();
});

test("what is lent to the stream is sent again once the stream does not show it; a painting has it to keep", async () => {
  const bridge = fakeBridge();
  const puts = [];
  const fetch = (url, options = {}) => {
    if (options.method === "PUT") puts.push(url.includes("fleeting=yes") ? "lent" : "kept");
    return bridge.fetch(url, options);
  };
  const { made, status } = client({ ...bridge, fetch });
  await until(() => status() === "open", "a connection");
  const [one, other] = [plain(4, 3, [1, 2, 3]), plain(4, 3, [4, 5, 6])];
  const show = (mask) =>
    made.send({ type: "live", request: "live-1", recipe: { regions: [{ mask }] } });
  show(await made.lendImage(one));
  await made.lendImage(one);
  assert.deepEqual(puts, ["lent"]);
  show(await made.lendImage(other));
  await made.lendImage(one);
  assert.deepEqual(puts, ["lent", "lent", "lent"]);
  await made.putImage(other);
  await made.lendImage(other);
  assert.deepEqual(puts.slice(3), ["kept"]);
  bridge.drop();
  await until(() => status() === "lost", "the end");
  bridge.state.up = true;
  await until(() => status() === "open", "the connection again");
  await made.lendImage(one);
  assert.deepEqual(puts.slice(4), ["lent"], "the stream ended with the connection");
  made.close();
});

test("an error of the bridge is told in its own sentence", async () => {
  const bridge = fakeBridge();
  const fetch = async (url, options) =>
    url.includes("/steps/")
      ? { ok: false, status: 404, json: async () => ({ message: "there is no such step" }) }
      : bridge.fetch(url, options);
  const { made, status } = client({ ...bridge, fetch });
  await until(() => status() === "open", "a connection");
  await assert.rejects(made.picture("x.0"), { message: "there is no such step" });
  made.close();
});
