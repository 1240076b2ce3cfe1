"use strict";
// The thirty lines that stand in for CommonJS, and what they do to the panel's page.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createRequire, prefetch, resolve } = require("../../../../ps-plugin/studio/host/loader.js");

const FILES = {
  "panel/main.js":
    'const { b } = require("./lib/b.js"); module.exports = { b, host: require("photoshop") };',
  "panel/lib/b.js": 'const c = require("../c.js"); exports.b = c.name; c.loaded += 1;',
  "panel/c.js": 'module.exports = { name: "c", loaded: 0 };',
};
const read = (path) => FILES[path];

test("paths are resolved as from the file that asks", () => {
  assert.equal(resolve("panel/lib/b.js", "../c.js"), "panel/c.js");
  assert.equal(resolve("main.js", "./a.js"), "a.js");
});

test("files find each other, and the host's modules by name", () => {
  const load = createRequire({ read, builtins: { photoshop: "the host" } });
  assert.deepEqual({ ...load("panel/main.js") }, { b: "c", host: "the host" });
});

test("a file runs once however often it is required", () => {
  const load = createRequire({ read, builtins: { photoshop: 1 } });
  load("panel/main.js");
  load("panel/lib/b.js");
  assert.equal(load("panel/c.js").loaded, 1);
});

test("a module that is not there is named, with the file that wants it", () => {
  const load = createRequire({ read: () => 'require("fs");' });
  assert.throws(() => load("panel/main.js"), /"fs", required by panel\/main.js/);
});

test("files see the globals they are given", () => {
  const load = createRequire({
    read: () => "module.exports = window.name;",
    globals: { window: { name: "w" } },
  });
  assert.equal(load("a.js"), "w");
});

test("everything that will be required is fetched beforehand, once", async () => {
  const fetched = [];
  const texts = await prefetch("panel/main.js", async (path) => {
    fetched.push(path);
    return FILES[path];
  });
  assert.deepEqual(fetched.sort(), ["panel/c.js", "panel/lib/b.js", "panel/main.js"]);
  assert.equal(texts.get("panel/c.js"), FILES["panel/c.js"]);
});
