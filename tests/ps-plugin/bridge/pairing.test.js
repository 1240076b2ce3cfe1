"use strict";
// Being let in: the panel's side of it, against a bridge in memory that keeps to bridge/access/pairing.py.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { addressOf, waysTo, portOf } = require("../../../ps-plugin/bridge/addresses.js");
const { promiseOf, wordsOf } = require("../../../ps-plugin/bridge/pairing.js");
const { proofOf, same, secret } = require("../../../ps-plugin/bridge/secrets.js");
const { hmac } = require("../../../ps-plugin/pixels/sha256.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { makePanel } = require("../../../ps-plugin/actions/panel.js");
const { makeView } = require("../../../ps-plugin/view/view.js");
const { blankPage } = require("../view/page.js");
const { fakeBridge, until } = require("../support.js");

const GOLDEN = JSON.parse(
  fs.readFileSync(path.join(__dirname, "..", "..", "golden", "pairing.json"), "utf8"),
);
const TOKEN = "secret".repeat(6);

/** A bridge that lets panels in; the painter there says `answer(words, letIn)`. */
function doorkeeper() {
  const bridge = fakeBridge({ token: TOKEN });
  const waiting = new Map();
  let made = 0;
  const answer = (status, value) => ({
    ok: status === 200,
    status,
    json: async () => value,
  });
  bridge.pairing = (url, body) => {
    const { port, pathname } = new URL(url);
    if (pathname === "/pair") {
      const id = String((made += 1)).padStart(16, "0");
      waiting.set(id, { promise: body.promise, nonce: id + id, left: 120, port, state: "waiting" });
      return answer(200, { id, nonce: id + id, left: 120 });
    }
    const id = pathname.split("/")[2];
    const one = waiting.get(id);
    if (!one) return answer(404, { message: "this asking is over" });
    if (promiseOf(body.nonce) !== one.promise) return answer(403, { message: "not promised" });
    one.words = wordsOf(body.nonce, one.nonce, Number(port)).join(" ");
    one.left -= 1;
    if (one.state !== "waiting") waiting.delete(id);
    const token = one.state === "in" ? TOKEN : null;
    return answer(200, { state: one.state, left: one.left, token });
  };
  const say = (words, state) => {
    const one = [...waiting.values()].find((other) => other.words === words);
    assert.ok(one, `nobody waits with the words ${words}`);
    one.state = state;
  };
  return { bridge, waiting, yes: (words) => say(words, "in"), no: (words) => say(words, "no") };
}

/** A panel that was never paired, on its page. */
async function open({ door = doorkeeper(), host = createHost(), fetch = door.bridge.fetch } = {}) {
  if (!host.model.active) host.model.newDocument({ width: 16, height: 16 });
  const asked = [];
  const window = blankPage();
  const panel = makePanel({
    photoshop: host.photoshop,
    secureStorage: host.secureStorage,
    fetch: async (url, options) => {
      asked.push(url);
      return fetch(url, options);
    },
    socket: door.bridge.socket,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms < 20000 ? 15 : ms).unref()),
    random: Math.random,
    urlOf: () => "blob:",
    revoke: () => {},
  });
  const { uxp, photoshop } = host;
  const lab = { ...uxp, photoshop, fetch, socket: door.bridge.socket, wait: async () => {} };
  makeView(window.document, panel, { copy: async () => {}, lab: { ...lab, bridge: panel.bridge } });
  const el = (id) => window.document.getElementById(id);
  await panel.start();
  const state = () => panel.store.state();
  const stage = (wanted) => until(() => state().pairing?.stage === wanted, `the stage ${wanted}`);
  return {
    door,
    host,
    panel,
    state,
    stage,
    el,
    window,
    asked,
    shown: (id) => !el(id).classList.contains("gone"),
    words: () => [...el("pairing-words").children].map((word) => word.textContent).join(" "),
    connected: () => until(() => state().connection.status === "open", "a connection"),
    close: () => panel.stop(),
  };
}

test("promise, words and proof are those that the bridge computes too", () => {
  const { nonce, bridge, port, promise, words, token, challenge, proof } = GOLDEN;
  assert.equal(promiseOf(nonce), promise);
  assert.deepEqual(wordsOf(nonce, bridge, port), words);
  assert.equal(proofOf(token, port, challenge), proof);
});

test("hmac is RFC 4231's, for keys longer than a block too", () => {
  assert.equal(
    hmac("Jefe", "what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  assert.equal(
    hmac("\xaa".repeat(131), "Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});

test("no two secrets are alike, also where chance always says the same", () => {
  const drawn = Array.from({ length: 50 }, () => secret(() => 0.5));
  assert.equal(new Set(drawn).size, 50);
  assert.ok(drawn.every((one) => /^[0-9a-f]{64}$/.test(one)));
  assert.ok(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
});

test("an address is one of this machine, however it was typed, and is tried by its other names", () => {
  assert.equal(addressOf(" localhost:7866/ "), "http://localhost:7866");
  assert.equal(addressOf("LOCALHOST"), "http://localhost:7866");
  assert.equal(addressOf("http://127.0.0.1:8000"), "http://127.0.0.1:8000");
  assert.equal(addressOf("[::1]:80"), "http://[::1]:80");
  for (const other of [
    "",
    "10.0.0.1",
    "http://localhost.evil.net",
    "localhost:99999",
    "ftp://localhost",
  ]) {
    assert.equal(addressOf(other), null, other);
  }
  assert.deepEqual(waysTo("http://127.0.0.1:1"), ["http://127.0.0.1:1", "http://localhost:1"]);
  assert.equal(portOf("http://[::1]:81"), 81);
});

test("a panel without a token asks, shows the bridge's words, and is in after the yes", async () => {
  const panel = await open();
  await panel.stage("waiting");
  const [one] = panel.door.waiting.values();
  assert.equal(panel.words(), one.words);
  assert.equal(panel.words().split(" ").length, 6);
  assert.ok(panel.shown("pairing-words") && !panel.shown("token-how") && !panel.shown("ask-in"));
  assert.match(panel.el("pairing-left").textContent, /^They count for another 1:[0-5]\d\.$/);
  panel.door.yes(panel.words());
  await panel.connected();
  assert.ok(panel.shown("work") && !panel.shown("welcome"));
  const kept = String.fromCharCode(...(await panel.host.secureStorage.getItem("token")));
  assert.equal(kept, TOKEN);
  assert.equal(panel.state().pairing, null);
  panel.close();
});

test("the next time it is opened it asks nobody", async () => {
  const first = await open();
  await first.stage("waiting");
  first.door.yes(first.words());
  await first.connected();
  first.close();
  const second = await open({ door: first.door, host: first.host });
  await second.connected();
  assert.deepEqual(
    second.asked.filter((url) => url.includes("/pair")),
    [],
  );
  second.close();
});

test("after a no it stays outside, says so, and asks with other words when told to", async () => {
  const panel = await open();
  await panel.stage("waiting");
  const before = panel.words();
  panel.door.no(before);
  await panel.stage("no");
  assert.match(panel.el("pairing-text").textContent, /said no at the bridge/);
  assert.ok(!panel.shown("pairing-words") && panel.shown("ask-in"));
  panel.el("ask-in").click();
  await panel.stage("waiting");
  assert.notEqual(panel.words(), before);
  panel.close();
});

test("when two minutes have passed it says so and asks no more by itself", async () => {
  const panel = await open();
  await panel.stage("waiting");
  const [[id, one]] = panel.door.waiting;
  one.left = 2;
  await until(() => panel.state().pairing.left === 1, "the last second");
  panel.door.waiting.delete(id);
  await panel.stage("late");
  assert.match(panel.el("pairing-text").textContent, /^Two minutes have passed/);
  assert.equal(panel.el("ask-in").textContent, "Pair again");
  const asked = panel.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(panel.asked.length, asked);
  panel.close();
});

test("when the bridge was started anew the panel says that the words count no more", async () => {
  const panel = await open();
  await panel.stage("waiting");
  panel.door.waiting.clear();
  await panel.stage("anew");
  assert.match(panel.el("pairing-text").textContent, /was started anew/);
  panel.close();
});

test("a bridge that goes away is looked for, and asked anew when it is back", async () => {
  const panel = await open();
  await panel.stage("waiting");
  const before = panel.words();
  panel.door.bridge.state.up = false;
  await until(() => panel.state().connection.trouble === "absent", "the loss");
  panel.door.bridge.state.up = true;
  await until(() => panel.words() !== before && panel.state().pairing.stage === "waiting", "words");
  panel.door.yes(panel.words());
  await panel.connected();
  panel.close();
});

test("a bridge that has too many, or is too old to pair, is heard with its own sentence", async () => {
  const door = doorkeeper();
  const message = "4 panels are waiting to be let in; answer them first, or wait";
  door.bridge.pairing = () => ({ ok: false, status: 429, json: async () => ({ message }) });
  const panel = await open({ door });
  await panel.stage("said");
  assert.equal(panel.el("pairing-text").textContent, `The bridge says: ${message}`);
  assert.ok(panel.shown("ask-in"));
  panel.close();
});

test("two panels have words of their own, and a yes lets in the one that shows them", async () => {
  const door = doorkeeper();
  const one = await open({ door });
  const other = await open({ door, host: createHost() });
  await one.stage("waiting");
  await other.stage("waiting");
  assert.notEqual(one.words(), other.words());
  door.yes(other.words());
  await other.connected();
  assert.equal(one.state().pairing.stage, "waiting");
  one.close();
  other.close();
});

test("a panel that was closed asks no more", async () => {
  const panel = await open();
  await panel.stage("waiting");
  panel.close();
  await new Promise((resolve) => setTimeout(resolve, 40));
  const asked = panel.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(panel.asked.length, asked);
});

test("who passes the talk on from another port makes the panel show other words", async () => {
  const door = doorkeeper();
  const relay = (url, options) => door.bridge.fetch(url.replace(":7000", ":7866"), options);
  const host = createHost();
  await host.secureStorage.setItem("address", "http://localhost:7000");
  const panel = await open({ door, host, fetch: relay });
  await panel.stage("waiting");
  const [one] = door.waiting.values();
  assert.notEqual(panel.words(), one.words);
  panel.close();
});

test("the nonce is not said before the bridge has said its own", async () => {
  const door = doorkeeper();
  const bodies = [];
  const { pairing } = door.bridge;
  door.bridge.pairing = (url, body) => {
    bodies.push(body);
    return pairing(url, body);
  };
  const panel = await open({ door });
  await panel.stage("waiting");
  assert.deepEqual(Object.keys(bodies[0]), ["promise"]);
  assert.equal(bodies[0].promise, promiseOf(bodies[1].nonce));
  panel.close();
});

test("the token is told to nobody who does not prove to know it", async () => {
  const door = doorkeeper();
  const told = [];
  const squatter = async (url, options) => {
    told.push(url + JSON.stringify(options ?? {}));
    const proof = "0".repeat(64);
    return {
      ok: true,
      status: 200,
      json: async () => ({ program: "pentimento", protocol: 2, proof }),
    };
  };
  const host = createHost();
  await host.secureStorage.setItem("token", TOKEN);
  const panel = await open({ door, host, fetch: squatter });
  await until(() => panel.state().connection.trouble === "token", "the refusal");
  assert.equal(door.bridge.sockets.length, 0);
  assert.ok(told.length > 0 && told.every((text) => !text.includes(TOKEN)));
  assert.equal(panel.el("ask-in").textContent, "Pair again");
  assert.equal(panel.state().pairing, null, "nobody is asked by itself");
  panel.close();
});

test("a proof that was made for another port, or for an earlier challenge, is none", async () => {
  const door = doorkeeper();
  for (const made of [
    (challenge) => proofOf(TOKEN, 7867, challenge),
    () => proofOf(TOKEN, 7866, "ab".repeat(32)),
    () => null,
  ]) {
    const fetch = async (url) => ({
      ok: true,
      json: async () => ({ program: "pentimento", protocol: 2, proof: made(url.split("=")[1]) }),
    });
    const host = createHost();
    await host.secureStorage.setItem("token", TOKEN);
    const panel = await open({ door, host, fetch });
    await until(() => panel.state().connection.trouble === "token", "the refusal");
    panel.close();
  }
  assert.equal(door.bridge.sockets.length, 0);
});

for (const [what, broken] of Object.entries({
  "refuses to keep it": { setItem: () => Promise.reject(new Error("not stored")) },
  "forgets what it took": { setItem: async () => {}, getItem: async () => null },
  "cannot be read": { getItem: () => Promise.reject(new Error("broken")) },
})) {
  test(`where secure storage ${what}, the panel works on and says what follows`, async () => {
    const host = createHost();
    const { secureStorage } = host;
    const shelf = { getItem: secureStorage.getItem, setItem: secureStorage.setItem, ...broken };
    const panel = await open({ host: { ...host, secureStorage: shelf } });
    await panel.stage("waiting");
    panel.door.yes(panel.words());
    await panel.connected();
    assert.match(panel.el("notice-text").textContent, /did not keep the token.*asks again/);
    assert.ok(panel.shown("notice") && panel.shown("work"));
    panel.close();
  });
}

test("nothing empty is put into secure storage, which Photoshop refuses", async () => {
  const host = createHost();
  const put = [];
  const shelf = {
    getItem: host.secureStorage.getItem,
    setItem: async (key, value) => {
      if (!value) throw new Error(`${key} is empty`);
      put.push(key);
    },
  };
  const panel = await open({ host: { ...host, secureStorage: shelf } });
  await panel.stage("waiting");
  panel.el("more-token").click();
  panel.el("pair").click();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(put, []);
  panel.close();
});

test("the whole job without a password field's value and by the name localhost alone", async () => {
  const host = createHost({ habits: ["blindPasswords", "localhostOnly"] });
  await host.secureStorage.setItem("address", "http://127.0.0.1:7866");
  const door = doorkeeper();
  const { guardNetwork } = require("../../../ps-plugin/studio/uxp/permissions.js");
  const manifest = { requiredPermissions: { network: { domains: "all" } } };
  const { fetch } = guardNetwork(manifest, { fetch: door.bridge.fetch }, host.faults);
  const panel = await open({ door, host, fetch });
  await panel.stage("waiting");
  door.yes(panel.words());
  await panel.connected();
  assert.equal(panel.state().connection.address, "http://localhost:7866");
  panel.close();
});
