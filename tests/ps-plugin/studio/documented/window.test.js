"use strict";
// What Adobe's pages of a plugin's window say: alerts, dialogs, globals, the clipboard; done and
// checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { DOCUMENTED, refuseAbsent } = require("../../../../ps-plugin/studio/documented/globals.js");
const { strip } = require("../../../../ps-plugin/studio/uxp/world.js");
const { names } = require("../../../../ps-plugin/studio/documented/page_names.js");
const { from } = require("./tools.js");

const MEMBERS = "uxp-api/reference-js/global-members";

/** What a plugin's script answers, and its host. */
function ran(code, manifest = {}, window = new Window()) {
  const host = createHost({ manifest, read: () => `module.exports = (async () => ${code})();` });
  return { host, answer: host.run("a.js", { window }) };
}

from(`${MEMBERS}/html-dom/alert.md`, () => {
  const asking = { featureFlags: { enableAlerts: true } };

  test("alert, confirm and prompt are refused unless the manifest's flag asks for them", async () => {
    for (const call of ['alert("x")', 'window.alert("x")', 'confirm("x")', 'prompt("x", "y")']) {
      await assert.rejects(ran(call).answer, /needs featureFlags.enableAlerts/);
    }
    const { host, answer } = ran('alert("Well done")', asking);
    assert.equal(await answer, undefined);
    assert.deepEqual(host.alerts, ["Well done"]);
  });

  test("confirm and prompt, which Node has not, are refused by name", async () => {
    await assert.rejects(ran('confirm("x")', asking).answer, /confirm\(\) is not modelled/);
    const window = /** @type {any} */ (new Window());
    window.confirm = () => true;
    assert.equal(await ran('confirm("x")', asking, window).answer, true);
  });
});

from(`${MEMBERS}/html-elements/html-dialog-element.md`, () => {
  function dialogIn() {
    const window = /** @type {any} */ (new Window());
    strip(window);
    const dialog = window.document.createElement("dialog");
    window.document.body.append(dialog);
    return { window, dialog };
  }

  test("showModal answers with what the dialog was closed with, of any kind", async () => {
    const { dialog } = dialogIn();
    const answer = { size: 5 };
    const closing = dialog.showModal();
    assert.equal(dialog.open, true);
    dialog.close(answer);
    assert.equal(await closing, answer);
    assert.equal(dialog.returnValue, answer);
    const again = dialog.showModal();
    dialog.close("yes");
    assert.equal(await again, "yes");
  });

  test("showModal rejects where the dialog is left by Escape, or is not in the document", async () => {
    const { window, dialog } = dialogIn();
    const left = dialog.showModal();
    dialog.dispatchEvent(new window.Event("cancel"));
    await assert.rejects(left, /cancelled/);
    dialog.remove();
    await assert.rejects(dialog.showModal(), { code: "REJECTION_REASON_DETACHED" });
  });
});

from(`${MEMBERS}/path/path.md`, () => {
  test("a documented global that is not modelled is refused by name, not silently undefined", () => {
    const window = /** @type {any} */ (new Window());
    strip(window);
    for (const name of ["path", "ImageBlob", "GestureEvent", "HTMLWebViewElement"]) {
      assert.throws(() => window[name], new RegExp(`${name} exists in UXP but is not modelled`));
    }
    assert.equal(window.document.body.classList instanceof window.DOMTokenList, true);
    window.path = { sep: "/" };
    assert.equal(window.path.sep, "/");
  });

  test("each page of a global has its name in the list of those that are there or refused", () => {
    const plain = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
    const listed = new Set([...DOCUMENTED, "alert", "confirm", "prompt", "clipboard"].map(plain));
    const pages = names.filter((name) => name.startsWith(MEMBERS) && !name.endsWith("index.md"));
    const missing = pages
      .map((name) => plain(name.split("/").at(-1)?.replace(".md", "") ?? ""))
      .filter((name) => !listed.has(name));
    assert.deepEqual(missing, []);
    assert.ok(pages.length > 80);
  });

  test("a global of the window's own is left as it is", () => {
    const own = { path: "mine", document: undefined };
    refuseAbsent(own);
    assert.equal(own.path, "mine");
  });
});

from("scripting/samples/UxpModulesClipboardRead.psjs", () => {
  test("a text that was written is read as a text by its kind, whoever lent the clipboard before", async () => {
    const manifest = { requiredPermissions: { clipboard: "readAndWrite" } };
    const code =
      '(await navigator.clipboard.writeText("Hello!"), await navigator.clipboard.readText())';
    const window = new Window();
    assert.deepEqual(await ran(code, manifest, window).answer, { "text/plain": "Hello!" });
    assert.deepEqual(await ran(code, manifest, window).answer, { "text/plain": "Hello!" });
    createHost({ manifest, read: () => "" }).run("a.js", { window });
    const read = "navigator.clipboard.getContent()";
    assert.deepEqual(await ran(read, manifest, window).answer, { "text/plain": "Hello!" });
  });
});
