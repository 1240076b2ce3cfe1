"use strict";
// Files that a plugin writes, and the clipboard, in the stand-in host.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, paint } = require("../tools.js");
const { lendClipboard } = require("../../../../ps-plugin/studio/uxp/clipboard.js");

const fileOf = async ({ uxp }) => {
  const folder = await uxp.storage.localFileSystem.getTemporaryFolder();
  return folder.createFile("x.psd", { overwrite: true });
};

test("a document is saved to a file of the plugin's and opened again as it was", async () => {
  const { host, document, app, imaging, modal } = opened();
  const file = await fileOf(host);
  await modal(async () => {
    const layer = await app.activeDocument.createPixelLayer({ name: "mine" });
    await paint(imaging, layer.id, 4, 3, 2, 1, 90);
    await app.activeDocument.saveAs.psd(file, {}, true);
  });
  const { layers } = document.state;
  assert.equal(document.saved, false, "a copy leaves the document as it is");
  await modal(() => app.activeDocument.saveAs.psd(file));
  assert.equal(document.saved, true);
  await modal(() => app.activeDocument.closeWithoutSaving());
  const again = await modal(() => app.open(file));
  assert.notEqual(again.id, document.id);
  assert.deepEqual(host.model.active.state.layers, layers);
});

test("saving and opening need a scope, and a file that is the plugin's", async () => {
  const { host, app, modal } = opened();
  const file = await fileOf(host);
  await assert.rejects(app.open(file), /modal scope/);
  await assert.rejects(app.activeDocument.saveAs.psd(file), /modal scope/);
  await assert.rejects(
    modal(() => app.open(file)),
    /that a document was saved to/,
  );
  await assert.rejects(
    modal(() => app.activeDocument.saveAs.psd("x.psd")),
    /a file of localFileSystem/,
  );
  await modal(() => app.activeDocument.saveAs.psd(file));
  await file.delete();
  await assert.rejects(
    modal(() => app.open(file)),
    /that a document was saved to/,
  );
});

test("the clipboard takes UXP's form, and only with the manifest's permission", async () => {
  const taken = [];
  const native = {
    writeText: async (text) => void taken.push(text),
    readText: async () => taken.at(-1),
  };
  const window = { navigator: { clipboard: native } };
  lendClipboard(window, { requiredPermissions: { clipboard: "readAndWrite" } });
  const { clipboard } = window.navigator;
  await clipboard.setContent({ "text/plain": "a" });
  assert.deepEqual(taken, ["a"]);
  await assert.rejects(clipboard.setContent("a"), /"text\/plain"/);
  await clipboard.writeText("b");
  await clipboard.writeText({ "text/plain": "c" });
  await clipboard.write({ "text/plain": "d" });
  assert.deepEqual(taken, ["a", "b", "c", "d"]);
  for (const read of ["getContent", "read", "readText"]) {
    assert.deepEqual(await clipboard[read](), { "text/plain": "d" });
  }
  await assert.rejects(clipboard.write({ "image/png": "x" }), /image\/png is not modelled/);
  await clipboard.clearContent();
  assert.equal(taken.at(-1), "");
  const reader = { navigator: { clipboard: native } };
  lendClipboard(reader, { requiredPermissions: { clipboard: "read" } });
  assert.deepEqual(await reader.navigator.clipboard.readText(), { "text/plain": "" });
  await assert.rejects(reader.navigator.clipboard.writeText("x"), /Permission denied/);
  await assert.rejects(reader.navigator.clipboard.clearContent(), /Permission denied/);
  const other = { navigator: { clipboard: { writeText: async () => {} } } };
  lendClipboard(other, {});
  await assert.rejects(
    other.navigator.clipboard.setContent({ "text/plain": "a" }),
    /Permission denied/,
  );
  await assert.rejects(other.navigator.clipboard.readText(), /Permission denied/);
});
