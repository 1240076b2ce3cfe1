"use strict";
// Two habits of real hosts that decide whether a panel can be paired: blind password fields, and
// http:// to localhost alone.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../../../ps-plugin/studio/uxp/widgets.js");
const {
  fetchAtHome,
  guardNetwork,
  guardRequests,
} = require("../../../../ps-plugin/studio/uxp/permissions.js");
const { PANEL, panelFiles } = require("../../files.js");

const ALL = { requiredPermissions: { network: { domains: "all" } } };

test("the value of a password field reads as empty where a host has that habit", () => {
  const { faults } = createHost({ habits: ["blindPasswords"] });
  const window = new Window();
  defineWidgets(window, faults);
  window.document.body.innerHTML =
    '<sp-textfield type="password"></sp-textfield><sp-textfield></sp-textfield>';
  const [password, plain] = window.document.body.children;
  for (const field of [password, plain]) {
    field.value = "secret";
    assert.equal(field.inner.value, "secret");
  }
  assert.equal(password.value, "");
  assert.equal(plain.value, "secret");
  faults.habit("blindPasswords", false);
  assert.equal(password.value, "secret");
});

test("where http:// reaches localhost alone, numbers and other machines are refused and ws:// is not", async () => {
  const { faults } = createHost({ habits: ["localhostOnly"] });
  const reached = [];
  class WebSocket {
    constructor(url) {
      reached.push(url);
    }
  }
  const world = { fetch: async (url) => reached.push(url), WebSocket };
  const { fetch, WebSocket: Guarded } = guardNetwork(ALL, world, faults);
  for (const url of ["http://127.0.0.1:7866/", "http://[::1]:7866/", "http://192.168.1.2:7866/"]) {
    await assert.rejects(fetch(url), /Network request failed/);
  }
  await fetch("http://localhost:7866/health");
  await fetch("https://example.org/");
  new Guarded("ws://192.168.1.2:7866/ws");
  assert.deepEqual(reached, [
    "http://localhost:7866/health",
    "https://example.org/",
    "ws://192.168.1.2:7866/ws",
  ]);
  faults.habit("localhostOnly", false);
  await fetch("http://127.0.0.1:7866/");
  assert.equal(reached.length, 4);
});

test("the older way to the network has the same habit", () => {
  const { faults } = createHost({ habits: ["localhostOnly"] });
  const window = new Window();
  guardRequests(ALL, window, faults);
  const request = new window.XMLHttpRequest();
  assert.throws(() => request.open("GET", "http://127.0.0.1:7866/"), /Network request failed/);
});

test("a page's fetch reaches the bridge it came from by any name of the machine, and nothing else so", () => {
  const page = { origin: "http://127.0.0.1:7866", port: "7866" };
  const fetch = fetchAtHome((url) => url, page);
  assert.equal(fetch("http://localhost:7866/health?a"), "http://127.0.0.1:7866/health?a");
  assert.equal(fetch("http://[::1]:7866/"), "http://127.0.0.1:7866/");
  for (const other of ["http://localhost:7867/", "http://localhost:78660/", "/studio/a.js"]) {
    assert.equal(fetch(other), other);
  }
});

test("nothing of the panel has a password field, but the self-test that tries one", () => {
  const files = panelFiles().filter((name) => /\.(html|js)$/.test(name));
  const having = files.filter((name) =>
    /type\W{1,4}password/i.test(fs.readFileSync(path.join(PANEL, name), "utf8")),
  );
  assert.deepEqual(having, ["selftest/page.js"]);
});
