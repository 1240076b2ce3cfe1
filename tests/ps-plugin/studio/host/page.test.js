"use strict";
// How this host loads a plugin's page: which tags count, where addresses begin, and when a setup is late.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

const PAGE = `<!doctype html><html><head>
  <!-- <script src="commented.js"></script> -->
  <link rel="stylesheet" href="a.css" /><link rel="icon" href="a.ico" />
  <script src="a.js"></script><script src='lib/b.js'></script><script>ran.push("inline");</script>
</head><body><p id="words">Words</p><script src="last.js"></script></body></html>`;

/** Milliseconds of the process's own time, as a slow script takes them. */
function spend(milliseconds) {
  const began = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
  while (spent() < milliseconds);
}

/** What ran of a page in a folder, with these files beside it. */
function loaded(files, { habits = [], main = "in/index.html" } = {}) {
  const read = (path) => ({ [main]: PAGE, ...files })[path];
  const host = createHost({ manifest: { main }, read, habits });
  const window = new Window();
  const ran = [];
  const page = host.openPage({ window, ran, spend });
  return { host, window, ran, ...page };
}

const says = (name) => `ran.push("${name}");`;

test("a page's addresses begin at its folder", () => {
  const { ran, sheets, host } = loaded({
    "in/a.js": says("in/a"),
    "a.js": says("a"),
    "in/a.css": "p {}",
    "in/lib/b.js": says("in/lib/b"),
    "in/last.js": says("last"),
  });
  assert.deepEqual(ran, ["in/a", "in/lib/b", "inline", "last"]);
  assert.deepEqual(sheets, { "in/a.css": "p {}" });
  assert.deepEqual(host.reports, []);
});

test("rootBase: a page's addresses begin at the plugin's root, and its scripts' requires", () => {
  const needs = 'ran.push(require("./c.js"), require("./in/c.js"));';
  const { ran, sheets } = loaded(
    {
      "a.js": needs,
      "c.js": 'module.exports = "c";',
      "in/c.js": 'module.exports = "in/c " + require("./d.js");',
      "in/d.js": 'module.exports = "in/d";', // of a module: documented, from its own file
      "a.css": "p {}",
    },
    { habits: ["rootBase"] },
  );
  assert.deepEqual(ran, ["c", "in/c in/d", "inline"]);
  assert.deepEqual(sheets, { "a.css": "p {}" });
});

test("without rootBase a script's requires begin at the page's folder, not at the script's", () => {
  const { ran } = loaded({
    "in/lib/b.js": 'ran.push(require("./c.js"));',
    "in/c.js": 'module.exports = "in/c";',
    "in/lib/c.js": 'module.exports = "in/lib/c";',
  });
  assert.deepEqual(ran, ["in/c", "inline"]);
});

test("what a page names and is not there is reported and left out", () => {
  const { ran, host } = loaded({ "in/last.js": says("last") });
  assert.deepEqual(ran, ["inline", "last"]);
  const missing = ["a.css", "a.js", "lib/b.js"].map((name) => `${name} was not found`);
  assert.deepEqual(host.reports, missing);
});

test("an address that leaves the plugin finds nothing", () => {
  const files = { "in/a.js": 'require("../../c.js");', "c.js": "" };
  const { errors } = loaded(files);
  assert.match(errors[0].message, /Module not found/);
});

test("a script that throws is reported, and those after it run; the body is there for all", () => {
  const { ran, errors, window } = loaded({
    "in/a.js": "ran.push(document.getElementById('words').textContent); throw new Error('no');",
    "in/last.js": says("last"),
  });
  assert.deepEqual(ran, ["Words", "inline", "last"]);
  assert.equal(errors[0].message, "no");
  assert.equal(window.document.querySelector("script"), null);
});

const SLOW = "spend(25); ";
const SETUP = 'require("uxp").entrypoints.setup({ panels: {} }); ran.push("after");';

test("the time from the page's first script to setup is measured", () => {
  const soon = loaded({ "in/a.js": SETUP }).host.entry.setupMs();
  const late = loaded({ "in/a.js": SLOW, "in/last.js": SETUP }).host.entry.setupMs();
  assert.ok(soon < 20, `${soon}`);
  assert.ok(late >= 25, `${late}`);
});

test("lateSetup: more than 20 ms after the script began, setup makes no panel and nobody can catch why", async () => {
  const panel = 'require("uxp").entrypoints.setup({ panels: { a: () => ran.push("shown") } });';
  const main = "index.html";
  const manifest = { main, entrypoints: [{ type: "panel", id: "a" }] };
  const shown = async (script, habits) => {
    const files = { [main]: PAGE, "a.js": `try { ${script} } catch { ran.push("caught"); }` };
    const host = createHost({ manifest, habits, read: (path) => files[path] });
    const ran = [];
    host.openPage({ window: new Window(), ran, spend });
    await host.showPanels(null);
    return [ran, host.reports.filter((text) => /_isSet/.test(text)).length];
  };
  assert.deepEqual(await shown(SLOW + panel, ["lateSetup"]), [["inline"], 1]);
  assert.deepEqual(await shown(panel, ["lateSetup"]), [["inline", "shown"], 0]);
  assert.deepEqual(await shown(SLOW + panel, []), [["inline", "shown"], 0]);
});
