"use strict";
// Where Adobe's pages say that something is refused, asked about or answered in a form of its own.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { opened, edgesOf } = require("../tools.js");
const { from } = require("./tools.js");

const UXP = "uxp-api/reference-js/modules/uxp";

from("ps-reference/classes/selection.md", () => {
  test("a selection beyond the canvas is refused, not cut; taking away may reach beyond it", async () => {
    const { app, modal, constants } = opened(64, 64);
    const { selection } = app.activeDocument;
    const { EXTEND, DIMINISH } = constants.SelectionType;
    const beyond = { left: 40, top: -10, right: 100, bottom: 20 };
    const corners = [
      { x: 0, y: 0 },
      { x: 70, y: 0 },
      { x: 0, y: 9 },
    ];
    await modal(async () => {
      await assert.rejects(selection.selectRectangle(beyond), /beyond the canvas is not modelled/);
      await assert.rejects(selection.selectRectangle(beyond, EXTEND), /beyond the canvas/);
      await assert.rejects(selection.selectPolygon(corners), /beyond the canvas/);
      assert.equal(selection.bounds, null);
      await selection.selectAll();
      await selection.selectRectangle({ left: 0, top: -9, right: 64, bottom: 32 }, DIMINISH);
    });
    assert.deepEqual(edgesOf(selection.bounds), { left: 0, top: 32, right: 64, bottom: 64 });
  });
});

from("ps-reference/media/photoshopcore.md", () => {
  test("core.showAlert takes an object with a message and answers nothing", async () => {
    const { host, core } = opened();
    assert.equal(await core.showAlert({ message: "hi" }), undefined);
    await assert.rejects(core.showAlert("hi"), TypeError);
    await assert.rejects(core.showAlert({ text: "hi" }), TypeError);
    assert.deepEqual(host.alerts, ["hi"]);
  });
});

from("ps-reference/modules/constants.md", () => {
  /** A document that was changed, closed with these options by a painter who answers so. */
  async function closed(options, ...answers) {
    const { host, app, modal } = opened();
    for (const answer of answers) host.dialogs.next(...answer);
    const closing = modal(async () => {
      const it = app.activeDocument;
      await it.createLayer();
      await it.close(...options);
    });
    const error = await closing.then(() => null, String);
    const saved = host.disk.find("/Users/painter/a.psd") !== undefined;
    return { error, open: host.model.documents.length, saved, waiting: host.dialogs.waiting() };
  }

  test("closing a changed document asks what becomes of its changes", async () => {
    const { SaveOptions } = opened().constants;
    const asks = [[], [SaveOptions.PROMPTTOSAVECHANGES]];
    for (const options of asks) {
      const unanswered = await closed(options);
      assert.match(unanswered.error ?? "", /a dialog for closing Untitled-1 is open/);
      assert.equal(unanswered.open, 1);
      const dropped = await closed(options, ["discard"]);
      assert.deepEqual(dropped, { error: null, open: 0, saved: false, waiting: 0 });
      const kept = await closed(options, ["save"], ["/Users/painter/a.psd"]);
      assert.deepEqual(kept, { error: null, open: 0, saved: true, waiting: 0 });
      const cancelled = await closed(options, []);
      assert.match(cancelled.error ?? "", /cancelled/);
      assert.equal(cancelled.open, 1);
    }
    const unasked = await closed([SaveOptions.DONOTSAVECHANGES]);
    assert.deepEqual([unasked.error, unasked.open], [null, 0]);
  });
});

from("ps-reference/changelog/index.md", () => {
  test("a layer in a group is brought to the front of its group", async () => {
    const { app, modal } = opened();
    const it = app.activeDocument;
    await modal(async () => {
      const a = await it.createLayer({ name: "a" });
      const b = await it.createLayer({ name: "b" });
      const group = await it.groupLayers([a, b]);
      a.bringToFront();
      assert.deepEqual(
        Array.from(group.layers, ({ name }) => name),
        ["a", "b"],
      );
    });
  });

  test("what came later than the Photoshop asked for is refused: imaging, timeOut, a background colour", async () => {
    const at = (version) => {
      const host = createHost({ manifest: {}, version, read: () => CODE });
      host.model.newDocument({ width: 4, height: 4 });
      return host;
    };
    const CODE = 'module.exports = () => require("photoshop").imaging_beta;';
    const reads = (version) => at(version).photoshop.imaging.getPixels;
    assert.throws(
      () => reads("24.3.0"),
      /photoshop.imaging.getPixels is there since Photoshop 24.4/,
    );
    assert.equal(typeof reads("24.4.0"), "function");
    assert.throws(() => at("24.3.0").run("a.js")(), /photoshop.imaging_beta is not modelled/);
    const waits = (version) =>
      at(version).photoshop.core.executeAsModal(() => 1, { commandName: "x", timeOut: 2 });
    await assert.rejects(waits("25.9.0"), /timeOut is there since Photoshop 25.10/);
    assert.equal(await waits("25.10.0"), 1);
    const colours = async (version) => {
      const { app, core } = at(version).photoshop;
      const colour = new app.SolidColor();
      await core.executeAsModal(() => void (app.backgroundColor = colour), { commandName: "x" });
    };
    await assert.rejects(colours("24.1.0"), /backgroundColor is there since Photoshop 24.2/);
    await colours("24.2.0");
  });
});

from(`${UXP}/shell/shell.md`, () => {
  test("an address that is not opened resolves with what went wrong", async () => {
    const manifest = { requiredPermissions: { launchProcess: { schemes: ["https", "file"] } } };
    const { shell } = createHost({ manifest }).uxp;
    assert.equal(await shell.openExternal("https://example.org", "Why"), "");
    assert.match(await shell.openExternal("file:///tmp/a"), /Permission denied/);
    assert.match(await shell.openExternal("mailto:a@example.org"), /Permission denied/);
  });
});

from(`${UXP}/persistent-file-storage/entry.md`, () => {
  test("an entry's text has its kind, its name and its native path", async () => {
    const { storage } = createHost({ manifest: {} }).uxp;
    const folder = await storage.localFileSystem.getTemporaryFolder();
    const file = await folder.createFile("a.txt");
    for (const part of ["file", "a.txt", file.nativePath])
      assert.ok(`${file}`.includes(part), part);
    assert.ok(`${folder}`.includes(folder.nativePath));
  });
});

const MANIFEST = {
  entrypoints: [
    { type: "panel", id: "p", label: "P", shortcut: { mac: "Cmd+Shift+P", win: "Ctrl+Shift+P" } },
    { type: "command", id: "c", label: "C", shortcut: { mac: "Ctrl+Alt+K" } },
    { type: "command", id: "d", label: "D" },
  ],
};
function entrypointsOf() {
  const { entrypoints } = createHost({ manifest: MANIFEST }).uxp;
  const act = () => {};
  entrypoints.setup({
    panels: { p: { show: act, menuItems: ["signIn"] } },
    commands: { c: act, d: act },
  });
  return entrypoints;
}

from(`${UXP}/entry-points/uxp-menu-item.md`, () => {
  test("a menu item's id is read and not written", () => {
    const item = entrypointsOf().getPanel("p").menuItems.getItem("signIn");
    assert.throws(() => (item.id = "other"), TypeError);
    assert.equal(item.id, "signIn");
    item.label = "Sign out";
    assert.equal(item.label, "Sign out");
  });
});

from(`${UXP}/entry-points/uxp-command-info.md`, () => {
  test("a shortcut is its key and the four that may go with it", () => {
    const entrypoints = entrypointsOf();
    const none = { commandKey: false, altKey: false, shiftKey: false, ctrlKey: false };
    const panel = { ...none, shortcutKey: "P", commandKey: true, shiftKey: true };
    assert.deepEqual(entrypoints.getPanel("p").shortcut, panel);
    const command = { ...none, shortcutKey: "K", ctrlKey: true, altKey: true };
    assert.deepEqual(entrypoints.getCommand("c").shortcut, command);
    assert.equal(entrypoints.getCommand("d").shortcut, undefined);
  });
});

from(`${UXP}/host-information/host.md`, () => {
  test("the host's name has the capital that Adobe's own plugins compare it with", () => {
    assert.equal(createHost({ manifest: {} }).uxp.host.name, "Photoshop");
  });
});

from("ps-reference/objects/createoptions/grouplayercreateoptions.md", () => {
  test("a new group passes through unless a blend mode is asked for", async () => {
    const { app, modal, constants } = opened();
    const it = app.activeDocument;
    await modal(async () => {
      assert.equal((await it.createLayerGroup()).blendMode, constants.BlendMode.PASSTHROUGH);
      const { NORMAL } = constants.BlendMode;
      assert.equal((await it.createLayerGroup({ blendMode: NORMAL })).blendMode, NORMAL);
    });
  });
});
