"use strict";
// Every emulated behaviour says how it is known: the table in ps-plugin/studio/provenance.md is whole,
// names what is there, and points at tests that exist. The counts are printed.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { ROOT, STUDIO, filesIn } = require("../files.js");
const { opened } = require("./tools.js");
const { COMMANDS } = require(path.join(STUDIO, "photoshop/batch_play.js"));
const { EVENTS } = require(path.join(STUDIO, "photoshop/photoshop.js"));
const pages = require(path.join(STUDIO, "documented/pages.js"));
const { names, commit } = require(path.join(STUDIO, "documented/page_names.js"));
const { makeNames } = require(path.join(STUDIO, "documented/make_page_names.js"));
const { lendClipboard } = require(path.join(STUDIO, "uxp/clipboard.js"));
const world = require(path.join(STUDIO, "uxp/world.js"));
const { STYLES_KNOWN } = require(path.join(STUDIO, "uxp/page_limits.js"));

const KNOWN = ["documented", "seen in a host", "assumed"];
const TEXT = fs.readFileSync(path.join(STUDIO, "provenance.md"), "utf8");
const ROWS = TEXT.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [what, behaviour, known, source, shown] = line.slice(2, -2).split(" | ");
    return { what: what.slice(1, -1), behaviour, known, source, shown };
  });
const SOURCES = [...TEXT.matchAll(/^- ([\w.-]+): ./gm)].map(([, name]) => name);

/** Names of everything that a plugin can reach on this host. */
async function surface() {
  const tools = opened();
  const { host, app, core, action, imaging, document, modal } = tools;
  const layer = app.activeDocument.layers[0];
  /** Names of its own and of its class. */
  const names = (prefix, object) => {
    const proto = Object.getPrototypeOf(object);
    const classes = proto && proto !== Object.prototype ? Reflect.ownKeys(proto) : [];
    return [...Reflect.ownKeys(object), ...classes]
      .filter((key) => typeof key === "string" && key !== "constructor")
      .map((key) => `${prefix}.${key}`);
  };
  const members = (kind, collection) =>
    Object.keys(pages.classes[kind])
      .filter((name) => name in collection)
      .map((name) => `${kind}.${name}`);
  const [image, context] = await modal(async (context) => {
    const { imageData } = await imaging.getPixels({ documentID: document.id });
    imageData.dispose();
    return [imageData, context];
  });
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(image));
  const { uxp } = host;
  const { secureStorage, localFileSystem, ...words } = uxp.storage;
  const folder = await localFileSystem.getTemporaryFolder();
  const file = await folder.createFile("x", { overwrite: true });
  await file.write("x");
  const window = { navigator: {} };
  lendClipboard(window, {});
  return new Set([
    ...names("app", app),
    ...names("core", core),
    ...names("action", action),
    ...names("imaging", imaging),
    ...names("Document", app.activeDocument),
    ...names("Layer", layer),
    ...names("Selection", app.activeDocument.selection),
    ...names("HistoryState", app.activeDocument.historyStates[0]),
    ...names("Channel", app.activeDocument.channels[0]),
    ...names("Bounds", layer.bounds),
    ...names("SolidColor", app.foregroundColor),
    ...names("RGBColor", app.foregroundColor.rgb),
    ...members("Documents", app.documents),
    ...members("Layers", app.activeDocument.layers),
    ...members("HistoryStates", app.activeDocument.historyStates),
    ...members("Channels", app.activeDocument.channels),
    "HTMLCollection",
    ...names("ImageData", image).filter((name) => !name.includes("_")),
    ...methods.filter((name) => name !== "constructor").map((name) => `ImageData.${name}`),
    ...names("context", context),
    ...names("hostControl", context.hostControl),
    ...Object.keys(COMMANDS).map((name) => `batchPlay: ${name}`),
    ...EVENTS.map((event) => `event: ${event}`),
    ...names("uxp.entrypoints", uxp.entrypoints),
    ...names("uxp.storage.secureStorage", secureStorage),
    ...names("uxp.storage.localFileSystem", localFileSystem),
    ...Object.keys(words).map((word) => `uxp.storage.${word}`),
    ...names("File", file),
    ...names("Folder", folder),
    ...names("EntryMetadata", await file.getMetadata()),
    ...names("saveAs", app.activeDocument.saveAs),
    ...names("clipboard", window.navigator.clipboard),
    ...names("uxp.shell", uxp.shell),
    ...Reflect.ownKeys(uxp)
      .filter((key) => !["entrypoints", "storage", "shell"].includes(String(key)))
      .map((key) => `uxp.${String(key)}`),
    ...Object.keys(host.photoshop).filter((key) => key === "constants"),
    "page",
    "require",
    "global",
    "network.fetch",
    "network.WebSocket",
    "sp-textfield.value",
    ...[
      "keys",
      "disabled",
      "styles",
      "markup",
      "events",
      "devicePixelRatio",
      "alerts",
      "dialogs",
      "globals",
      "widgets",
    ].map((what) => `page: ${what}`),
  ]);
}

test("nothing that a plugin can reach is without a row, and each row names something it can", async () => {
  const there = await surface();
  const told = new Set(ROWS.map((row) => row.what));
  assert.deepEqual(
    [...there].filter((name) => !told.has(name)),
    [],
  );
  assert.deepEqual(
    [...told].filter((name) => !there.has(name)),
    [],
  );
});

test("each row says how it is known and by whom, and no behaviour stands twice", () => {
  for (const { what, behaviour, known, source } of ROWS) {
    assert.ok(KNOWN.includes(known), `${what}: ${known}`);
    assert.ok(behaviour.length > 1, what);
    if (known === "assumed") assert.equal(source, "–", `${what} is assumed and has a source`);
    else assert.ok(SOURCES.includes(source), `${what}: no source "${source}" at the head`);
  }
  const keys = ROWS.map(({ what, behaviour }) => `${what}: ${behaviour}`);
  assert.equal(new Set(keys).size, keys.length);
  const used = new Set(ROWS.map((row) => row.source));
  assert.deepEqual(
    SOURCES.filter((source) => !used.has(source)),
    [],
  );
});

test("each row points at a test that there is", () => {
  const titles = new Set();
  for (const file of filesIn(__dirname).filter((name) => name.endsWith(".test.js"))) {
    const code = fs.readFileSync(path.join(__dirname, file), "utf8");
    for (const [, , title] of code.matchAll(/\btest\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g)) {
      titles.add(title.replaceAll('\\"', '"'));
    }
  }
  assert.deepEqual(
    ROWS.filter(({ shown }) => !titles.has(shown)).map(({ shown }) => shown),
    [],
  );
});

/** Files in which pages may be cited. */
function citing() {
  const inFolder = (folder, kind) =>
    filesIn(path.join(ROOT, folder))
      .filter((name) => kind.test(name) && !name.endsWith("page_names.js"))
      .map((name) => path.join(ROOT, folder, name));
  return [
    ...inFolder("docs", /\.md$/),
    ...inFolder("ps-plugin", /\.(js|ts|md)$/),
    ...inFolder("tests/ps-plugin", /\.js$/),
  ];
}

test("each of Adobe's pages that code and documents cite is there", () => {
  const above = (name) => name.split("/").map((_, index, parts) => parts.slice(0, index).join("/"));
  const folders = new Set(names.flatMap(above));
  const cited = /\b(?:ps[-_]reference|uxp-api|guides|scripting)\/[\w./-]*\w/g;
  const strange = [];
  let found = 0;
  for (const file of citing()) {
    for (const [page] of fs.readFileSync(file, "utf8").matchAll(cited)) {
      found += 1;
      const isThere = names.includes(page) || folders.has(page);
      if (!isThere) strange.push(`${path.basename(file)}: ${page}`);
    }
  }
  assert.deepEqual(strange, []);
  assert.ok(found > 20, `${found} citations`);
});

test("the list of pages is of the commit that the tables are of, and is what its maker writes", (t) => {
  assert.equal(commit, pages.commit);
  const checkout = process.env.PENTIMENTO_ADOBE_PAGES;
  if (!checkout) return t.diagnostic("PENTIMENTO_ADOBE_PAGES names no checkout: not made anew");
  const text = fs.readFileSync(path.join(STUDIO, "documented/page_names.js"), "utf8");
  assert.equal(makeNames(checkout), text);
});

test("the counts of what is documented, seen in a host and assumed", (t) => {
  const lacking = [
    ...Object.values(world.GLOBALS),
    ...Object.values(world.METHODS).map(({ known }) => known),
    STYLES_KNOWN,
  ];
  const counts = Object.fromEntries(
    KNOWN.map((known) => {
      const rows = ROWS.filter((row) => row.known === known).length;
      return [known, rows + lacking.filter((text) => text.startsWith(known)).length];
    }),
  );
  const total = ROWS.length + lacking.length;
  assert.equal(counts.documented + counts["seen in a host"] + counts.assumed, total);
  const words = KNOWN.map((known) => `${counts[known]} ${known}`).join(", ");
  t.diagnostic(`provenance of the stand-in host's ${total} behaviours: ${words}`);
});
