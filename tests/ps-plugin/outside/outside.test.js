"use strict";
// The tool that runs other people's code: what it finds in a folder, what it says of it, and that
// nothing of it gets out of its context.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { piecesOf } = require("./pieces.js");
const { runAll } = require("./outside.js");
const { linesOf, summaryOf } = require("./report.js");

/** A folder with these files, for one test. */
function folderWith(t, files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "outside-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const fence = (...lines) => ["```js", ...lines, "```", ""].join("\n");

/** What became of each fence of a page, inside of a scope. */
async function kindsOf(t, ...fences) {
  const folder = folderWith(t, { "page.md": fences.map((code) => fence(code)).join("\n") });
  const outcomes = await runAll(piecesOf(folder), { seconds: 5 });
  return outcomes.filter(({ way }) => way !== "outside").map(({ kind, what }) => [kind, what]);
}

test("a page's fenced blocks of JavaScript are pieces, each with its line; others are not", (t) => {
  const page = ["# Page", fence("one();"), "```css", "p { }", "```", fence("two();", "three();")];
  const folder = folderWith(t, { "page.md": page.join("\n"), "note.txt": "no", "a.js": "1;" });
  const pieces = piecesOf(folder).map(({ file, line, code }) => [file, line, code]);
  assert.deepEqual(pieces, [
    ["a.js", 1, "1;"],
    ["page.md", 3, "one();"],
    ["page.md", 10, "two();\nthree();"],
  ]);
});

test("a piece ran, was refused, could not be read, lacked a name, threw, or was late", async (t) => {
  const kinds = await kindsOf(
    t,
    'const { app } = require("photoshop"); await app.activeDocument.createLayer();',
    "doc.histogram;",
    "doc.nowhereDocumented;",
    "doc.layers[0] = ;",
    "somebody.paint();",
    'throw new Error("mine");',
    "await new Promise(() => {});",
  );
  assert.deepEqual(kinds, [
    ["ran", ""],
    ["refused", "Document.histogram"],
    ["refused", 'Document has no "nowhereDocumented"'],
    ["no code", "Unexpected token ';'"],
    ["names", "somebody is not defined"],
    ["threw", "mine"],
    ["late", "took longer than 5 s"],
  ]);
});

test("a refusal that a piece caught and wrote to its console counts", async (t) => {
  const [[kind, what]] = await kindsOf(t, "try { doc.guides; } catch (e) { console.log(e); }");
  assert.deepEqual([kind, what], ["refused", "Document.guides"]);
});

test("a piece sees the host's globals, and none of Node's", async (t) => {
  const names = ["process", "Buffer", "setImmediate", "structuredClone", "TextEncoder"];
  const asks = names.map(
    (name) => `if (typeof ${name} !== "undefined") throw new Error("${name}");`,
  );
  const reach =
    'await fetch("https://example.org").then(() => { throw new Error("out"); }, () => {});';
  const modules =
    'for (const m of ["child_process", "net"]) { try { require(m); } catch { continue; } throw m; }';
  assert.deepEqual(await kindsOf(t, [...asks, reach, modules].join("\n")), [["ran", ""]]);
});

test("a plugin is loaded, its panels opened, its buttons pressed and its commands run", async (t) => {
  const manifest = {
    id: "org.example",
    name: "Example",
    version: "1.0.0",
    manifestVersion: 5,
    main: "index.html",
    entrypoints: [
      { type: "panel", id: "main", label: "Main" },
      { type: "command", id: "mix", label: "Mix" },
    ],
  };
  const code = `
    const { entrypoints } = require("uxp");
    const { app, core } = require("photoshop");
    entrypoints.setup({
      panels: { main: { show() {} } },
      commands: { mix: () => core.executeAsModal(() => app.activeDocument.createLayer()) },
    });
    document.getElementById("ask").addEventListener("click", () => app.activeDocument.guides);
  `;
  const folder = folderWith(t, {
    "manifest.json": JSON.stringify(manifest),
    "index.html": '<body><button id="ask">?</button></body><script src="index.js"></script>',
    "index.js": code,
  });
  const pieces = piecesOf(folder);
  const outcomes = await runAll(pieces);
  assert.deepEqual(
    outcomes.map(({ way, kind }) => `${way}: ${kind}`),
    ["load: ran", "panel main: ran", "command mix: ran", "click ask: refused"],
  );
  const summary = summaryOf(pieces, outcomes);
  assert.match(summary, /1 pieces: 0 ran/);
  assert.match(summary, /1 {2}Document\.guides \[documented\]/);
  assert.equal(linesOf(outcomes, false).length, 1);
});
