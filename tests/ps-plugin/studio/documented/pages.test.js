"use strict";
// The stand-in's classes against Adobe's pages: each member that it shows is documented, may be written
// where the page says so, and is there since the Photoshop that the page names; each that it lacks is
// refused by name. The counts are printed.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { opened } = require("../tools.js");
const STUDIO = path.join(__dirname, "..", "..", "..", "..", "ps-plugin", "studio");
const pages = require(path.join(STUDIO, "documented/pages.js"));
const { createHost } = require(path.join(STUDIO, "host/host.js"));
const { makePages } = require(path.join(STUDIO, "documented/make_page_checks.js"));
const { membersOf, enumsOf } = require(path.join(STUDIO, "documented/page_tables.js"));
const { factOf, isNewer } = require(path.join(STUDIO, "documented/guarded.js"));

/** Shown although no page's table lists it, and why. */
const BEYOND = {
  "Photoshop.SolidColor": "solidcolor.md imports the class from app",
  "Layer._docId": "seen in hosts: plugins read it",
  "Layer.selected": "@types/photoshop",
  "SolidColor.base": "solidcolor.md: its sample",
  "Channel.typename": "changelog: Photoshop 24.5",
};
/** Documented as writable, and only read here. */
const READ_HERE = [
  "Channel.kind",
  "Channel.name",
  "Channel.visible",
  "Document.activeChannels",
  "Document.colorProfileName",
  "Document.colorProfileType",
  "Document.pixelAspectRatio",
  "Document.quickMaskMode",
];

/** One object of each class that the stand-in has. */
async function samples({ app, modal, action, core }) {
  const it = app.activeDocument;
  const clear = await modal(async () => {
    await app.createDocument({ width: 2, height: 2, fill: "transparent" });
    return app.activeDocument.sampleColor({ x: 0, y: 0 });
  });
  return {
    Photoshop: app,
    Document: it,
    Layer: it.layers[0],
    HistoryState: it.historyStates[0],
    Selection: it.selection,
    Channel: it.channels[0],
    Bounds: it.layers[0].bounds,
    SolidColor: app.foregroundColor,
    RGBColor: app.foregroundColor.rgb,
    NoColor: clear,
    Documents: app.documents,
    Layers: it.layers,
    HistoryStates: it.historyStates,
    Channels: it.channels,
    "photoshop.core": core,
    "photoshop.action": action,
    "Document.saveAs": it.saveAs,
  };
}

const listed = (kind) =>
  Object.keys(pages.classes[kind] ?? pages.modules[kind.replace("photoshop.", "")]);

/** Members of the object's own or its class's; of a collection those that its page lists. */
function shownBy(kind, object) {
  if (Array.isArray(object)) return listed(kind).filter((name) => name in object);
  const own = Object.getOwnPropertyNames(object);
  const proto = Object.getPrototypeOf(object);
  return proto === Object.prototype ? own : [...own, ...Object.getOwnPropertyNames(proto)];
}

test("what the stand-in shows is documented, or has a reason", async () => {
  const strange = [];
  for (const [kind, object] of Object.entries(await samples(opened()))) {
    for (const name of shownBy(kind, object)) {
      if (!factOf(kind, name) && !BEYOND[`${kind}.${name}`]) strange.push(`${kind}.${name}`);
    }
  }
  assert.deepEqual(strange, []);
});

test("what is documented and not modelled is refused by name, never undefined", async () => {
  for (const [kind, object] of Object.entries(await samples(opened()))) {
    const lacking = listed(kind).filter((name) => !(name in object));
    for (const name of lacking) {
      assert.throws(() => object[name], /not modelled by this host/, `${kind}.${name}`);
    }
    assert.throws(() => object.nowhereDocumented, TypeError, kind);
  }
});

test("a member is written where its page says so, and nowhere else", async () => {
  for (const [kind, object] of Object.entries(await samples(opened()))) {
    const proto = Object.getPrototypeOf(object);
    for (const name of listed(kind).filter((one) => !kind.includes(".") && one in object)) {
      const { kind: access } = factOf(kind, name) ?? {};
      const setter = Object.getOwnPropertyDescriptor(proto, name)?.set;
      const written = access === "rw" && !READ_HERE.includes(`${kind}.${name}`);
      assert.equal(Boolean(setter), written, `${kind}.${name} is "${access}" on its page`);
      if (written) continue;
      const says = access === "rw" ? /writing .* not modelled/ : /is read-only/;
      assert.throws(() => (object[name] = 1), says, `${kind}.${name}`);
    }
  }
});

test("methods that a page calls async answer with a promise, others at once", async () => {
  const { app, modal } = opened();
  assert.ok(Array.isArray(app.getColorProfiles()));
  await modal(async () => {
    const [layer] = app.activeDocument.layers;
    assert.ok(layer.duplicate() instanceof Promise);
    assert.equal(app.activeDocument.layers[0].bringToFront(), undefined);
    assert.equal(app.activeDocument.layers[0].delete(), undefined);
    assert.ok(app.updateUI() instanceof Promise);
  });
});

test("what is newer than the Photoshop asked for is refused, unless a plugin asks first", async () => {
  const old = createHost({ manifest: {}, version: "25.0.0" });
  const fresh = createHost({ manifest: {} });
  for (const host of [old, fresh]) host.model.newDocument({ width: 4, height: 4 });
  const [before, now] = [old, fresh].map(({ photoshop }) => photoshop.app.activeDocument);
  assert.equal(now.zoom, 100);
  assert.ok("zoom" in now && !("zoom" in before));
  assert.throws(() => before.zoom, /Document.zoom is there since Photoshop 25.1, .* 25.0.0/);
  assert.throws(() => old.photoshop.app.updateUI(), /since Photoshop 26.0/);
  const choose = (host, it) =>
    host.photoshop.core.executeAsModal(async () => (it.activeLayers = [it.layers[0]]));
  await choose(fresh, now);
  await assert.rejects(choose(old, before), /activeLayers is there since Photoshop 26.9/);
  assert.equal(before.activeLayers.length, 1, "reading it is older");
});

test("the panel's tests run on the oldest Photoshop that the manifest takes", () => {
  const manifest = JSON.parse(
    fs.readFileSync(path.join(STUDIO, "..", "..", "manifest.json"), "utf8"),
  );
  const host = createHost();
  host.model.newDocument({ width: 4, height: 4 });
  const newer = isNewer("25.1", manifest.host.minVersion);
  assert.equal("zoom" in host.photoshop.app.activeDocument, !newer);
});

test("versions are compared number by number", () => {
  assert.ok(isNewer("25.10", "25.9.1") && isNewer("26.0", "25.12") && isNewer("25.0.1", "25.0"));
  assert.ok(!isNewer("25.0", "25.0.0") && !isNewer("NA", "25.0.0") && !isNewer("99.0", undefined));
});

test("the generator reads access, versions, types, defaults, old names and overloads", () => {
  const page = [
    "# Made Up",
    "## Properties",
    "| Name | Type | Access | Min Version | Description |",
    "| :--- | :--- | :--- | :--- | :--- |",
    "| size | [*Size*](/x.md#size) | R W | 24.1 | Large. [(26.9)](/log.md) |",
    "| ~~old~~ | *number* \\| *string* | R | 22.5 | - |",
    "## Methods",
    "### turn",
    '\\<span class="minversion" style="x"\\>25.0\\</span\\>',
    "**async** : *Promise*`<void>`",
    "#### Parameters",
    "| Name | Type | Default value | Description |",
    "| :--- | :--- | :--- | :--- |",
    "| `by` | *number* | 90 | - |",
    "| `options?` | *object* | - | - |",
    "| `options.soft?` | *boolean* | - | - |",
  ].join("\n");
  assert.deepEqual(membersOf(page), {
    MadeUp: {
      size: "rw 24.1 Size changed 26.9",
      old: "r 22.5 number | string deprecated",
      turn: "method 25.0 (by = 90: number, options?: object) Promise<void>",
    },
  });
  const list =
    '### Side\nclass="minversion" \\>24.0\\<\n| Name | Description |\n|--|--|\n| LEFT | - |';
  assert.deepEqual(enumsOf(list), { Side: "24.0 LEFT" });
});

const checkout = process.env.PENTIMENTO_ADOBE_PAGES;
test(
  "pages.js is what the generator makes of the checkout that PENTIMENTO_ADOBE_PAGES names",
  { skip: !checkout },
  async () => {
    const committed = fs.readFileSync(path.join(STUDIO, "documented/pages.js"), "utf8");
    assert.equal(committed, await makePages(String(checkout)));
  },
);

test("the counts of members: documented, modelled, refused, beyond the pages", async (t) => {
  const total = { documented: 0, modelled: 0, refused: 0, beyond: 0 };
  for (const [kind, object] of Object.entries(await samples(opened()))) {
    const modelled = listed(kind).filter((name) => name in object).length;
    const documented = listed(kind).length;
    const beyond = shownBy(kind, object).filter((name) => !factOf(kind, name)).length;
    const counts = { documented, modelled, refused: documented - modelled, beyond };
    for (const key of Object.keys(total)) total[key] += counts[key];
    const words = Object.entries(counts).map(([key, count]) => `${count} ${key}`);
    t.diagnostic(`${kind}: ${words.join(", ")}`);
  }
  assert.equal(total.documented, total.modelled + total.refused);
  assert.equal(total.beyond, Object.keys(BEYOND).length);
  const words = Object.entries(total).map(([key, count]) => `${count} ${key}`);
  t.diagnostic(`members of the classes that the stand-in has: ${words.join(", ")}`);
  t.diagnostic(`from AdobeDocs/uxp-photoshop ${pages.commit.slice(0, 9)}`);
});
