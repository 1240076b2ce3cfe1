"use strict";
// entrypoints.setup on this host: what it takes and refuses, and whom Photoshop calls when.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

const MANIFEST = {
  id: "org.example",
  name: "Example",
  version: "1.2.3",
  entrypoints: [
    { type: "panel", id: "a", label: { default: "Panel A" }, minimumSize: { width: 9, height: 8 } },
    { type: "panel", id: "b", label: "Panel B" },
    { type: "command", id: "c", label: "Command C" },
  ],
};

/** A host whose plugin was set up. */
function setUp(entries) {
  const host = createHost({ manifest: MANIFEST });
  host.uxp.entrypoints.setup(entries);
  return host;
}

const nothing = () => {};

test("entrypoints are set up once, with ids of the manifest", () => {
  const { uxp } = createHost({ manifest: MANIFEST });
  const { setup } = uxp.entrypoints;
  const refused = { name: "EntryPointsError", message: /no panel "other"/ };
  assert.throws(() => setup({ panels: { other: nothing } }), refused);
  assert.throws(() => setup({ commands: { a: nothing } }), /no command "a"/);
  setup({ panels: { a: nothing } });
  assert.throws(() => setup({}), /once/);
});

for (const [what, entries, says] of [
  ["a panel without create and show", { panels: { a: { hide: nothing } } }, /create or show/],
  ["a handler that is no function", { panels: { a: { show: 1 } } }, /show of panel "a"/],
  ["a plugin without create", { plugin: { destroy: nothing } }, /plugin must have create/],
  ["a command without run", { commands: { c: { cancel: nothing } } }, /must have run/],
  ["a menu item without an id", { panels: { a: { show: nothing, menuItems: [{}] } } }, /has an id/],
  ["two items of one id", { panels: { a: { show: nothing, menuItems: ["x", "x"] } } }, /two items/],
]) {
  test(`entry points are refused: ${what}`, () => {
    assert.throws(() => setUp(entries), { name: "EntryPointsError", message: says });
  });
}

test("a panel given as a function is its show, a plugin its create, a command its run", async () => {
  const called = [];
  const host = setUp({
    plugin: () => called.push("plugin"),
    panels: { a: () => called.push("show") },
    commands: { c: () => called.push("run") },
  });
  await host.showPanels(null);
  await host.entry.runCommand("c");
  assert.deepEqual(called, ["plugin", "show", "run"]);
});

test("create comes once for each panel, show each time, hide and destroy when they are closed", async () => {
  const called = [];
  const handlers = (id) =>
    Object.fromEntries(
      ["create", "show", "hide", "destroy"].map((name) => [
        name,
        (_, data) => called.push(`${name} ${id}${data ? ` ${data}` : ""}`),
      ]),
    );
  const { entry } = setUp({ panels: { a: handlers("a"), b: handlers("b") } });
  await entry.showPanel("a", null, "data");
  await entry.showPanel("a", null);
  await entry.showPanel("b", null);
  await entry.hidePanel("a", "data");
  await entry.destroyPanel("a");
  await entry.showPanel("a", null);
  assert.deepEqual(called, [
    ...["create a", "show a data", "show a", "create b", "show b", "hide a data", "destroy a"],
    ...["create a", "show a"],
  ]);
  await assert.rejects(entry.showPanel("d", null), /no panel "d"/);
});

test("panels share one document: the body is the first one's, others have an element uxp-panel", async () => {
  const { document } = new Window();
  const roots = {};
  const host = setUp({
    panels: { a: { create: (root) => (roots.a = root) }, b: { show: (root) => (roots.b = root) } },
  });
  await host.showPanels(document.body);
  assert.equal(roots.a, document.body);
  assert.equal(roots.b.localName, "uxp-panel");
  assert.equal(roots.b.getAttribute("panelid"), "b");
  assert.equal(roots.b.ownerDocument, document);
});

test("in a handler, this says what the manifest says of its entry point", async () => {
  const said = [];
  const host = setUp({
    plugin: {
      create() {
        said.push(this.id, this.version, this.isFirstParty());
      },
    },
    panels: {
      a: {
        show() {
          said.push(this.id, this.label, this.minimumSize.width);
        },
      },
    },
    commands: {
      c: {
        run() {
          said.push(this.id, this.label, this.isManifestCommand);
        },
      },
    },
  });
  await host.showPanels(null);
  await host.entry.runCommand("c");
  assert.deepEqual(said, [
    "org.example",
    "1.2.3",
    false,
    "a",
    "Panel A",
    9,
    "c",
    "Command C",
    true,
  ]);
  const { entrypoints } = host.uxp;
  assert.equal(entrypoints.getPanel("a").title, "Panel A");
  assert.equal(entrypoints.getPanel("z"), null);
  assert.equal(entrypoints.getCommand("c").label, "Command C");
  assert.equal(entrypoints.getCommand("z"), null);
  assert.throws(() => entrypoints.getPanel("a").width, /not modelled/);
});

test("a handler that throws or rejects is reported, and what failed to be created is not shown", async () => {
  const shown = [];
  const host = setUp({
    panels: {
      a: {
        create: () => {
          throw new Error("no room");
        },
        show: () => shown.push("a"),
      },
      b: async () => {
        throw new Error("no light");
      },
    },
  });
  await host.showPanels(null);
  assert.deepEqual(shown, []);
  assert.deepEqual(host.reports, [
    'The create of panel "a" failed: no room',
    'The show of panel "b" failed: no light',
  ]);
});

test("a plugin whose create throws has no panels", async () => {
  const shown = [];
  const host = setUp({
    plugin: () => {
      throw new Error("not today");
    },
    panels: { a: () => shown.push("a") },
  });
  await host.showPanels(null);
  assert.deepEqual(shown, []);
  assert.deepEqual(host.reports, ["The create of the plugin failed: not today"]);
});

test("a panel's menu: items are found, changed, put in, taken out and chosen", async () => {
  const chosen = [];
  const { uxp, entry } = setUp({
    panels: {
      a: {
        show: nothing,
        invokeMenu(id) {
          chosen.push([this.id, id]);
        },
        menuItems: [
          { id: "one", label: "One", checked: true },
          "-",
          "Two",
          { id: "more", label: "More", submenu: [{ id: "deep", label: "Deep", enabled: false }] },
        ],
      },
    },
  });
  const menu = uxp.entrypoints.getPanel("a").menuItems;
  assert.equal(menu.size, 4);
  assert.equal(menu.getItemAt(1).label, "-");
  assert.equal(menu.getItem("Two").label, "Two");
  assert.equal(menu.getItem("none"), null);
  const one = menu.getItem("one");
  assert.deepEqual([one.id, one.label, one.enabled, one.checked], ["one", "One", true, true]);
  one.checked = false;
  one.label = "Uno";
  assert.deepEqual([one.label, one.checked], ["Uno", false]);
  assert.throws(() => (one.enabled = "yes"), /a menu item's enabled is a boolean/);
  await entry.invokeMenu("a", "one");
  await assert.rejects(entry.invokeMenu("a", "deep"), /not enabled/);
  menu.getItem("more").submenu.getItem("deep").enabled = true;
  await entry.invokeMenu("a", "deep");
  assert.deepEqual(chosen, [
    ["a", "one"],
    ["a", "deep"],
  ]);
  menu.insertAt(4, { id: "last", label: "Last" });
  menu.insertAt(0, "first");
  menu.getItem("Two").remove();
  menu.removeAt(1);
  assert.deepEqual(
    [0, 1, 2].map((i) => menu.getItemAt(i).id),
    ["first", "more", "last"],
  );
  assert.throws(() => menu.insertAt(9, "x"), RangeError);
  await assert.rejects(entry.invokeMenu("a", "one"), /has no item "one"/);
});

test("an address is opened outside only where the manifest's launchProcess names its scheme", async () => {
  const opened = (manifest) => createHost({ manifest }).uxp.shell.openExternal;
  const allowed = { requiredPermissions: { launchProcess: { schemes: ["https", "file"] } } };
  assert.equal(await opened(allowed)("https://example.org/"), "");
  assert.match(await opened(allowed)("http://example.org/"), /Permission denied/);
  assert.match(await opened(allowed)("file:///etc"), /Permission denied/);
  assert.match(await opened({})("https://example.org/"), /Permission denied/);
});

test("UXP's other modules are refused by name", () => {
  for (const name of ["os", "fs"]) {
    const read = () => `module.exports = require("${name}");`;
    const host = createHost({ manifest: {}, read });
    assert.throws(() => host.run("a.js"), new RegExp(`"${name}" exists in UXP`));
  }
});
