"use strict";
// What Adobe's pages say of a page's objects, of UXP's widgets, of facts that are only read, and of
// folders: done and checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../../../ps-plugin/studio/uxp/widgets.js");
const { opened } = require("../tools.js");
const { from } = require("./tools.js");

const MEMBERS = "uxp-api/reference-js/global-members";
const UXP = "uxp-api/reference-js/modules/uxp";
const WIDGETS = "uxp-api/reference-spectrum/spectrum-uxp-widgets/user-interface";
const FULL = { requiredPermissions: { localFileSystem: "fullAccess" } };

/** What a plugin's script answers, as the body of an async function. */
function ran(code, manifest = {}) {
  const read = () => `module.exports = (async () => { ${code} })();`;
  const window = new Window();
  defineWidgets(window);
  return createHost({ manifest, read }).run("a.js", { window });
}

from(`${MEMBERS}/data-storage/local-storage.md`, () => {
  test("a plugin's files in Node see the window's globals by their bare names", async () => {
    const kept = 'localStorage.setItem("a", "b"); return [localStorage.getItem("a"), ';
    assert.deepEqual(await ran(`${kept}localStorage.getItem("c")];`), ["b", null]);
    const same = ["Event", "HTMLElement", "KeyboardEvent", "sessionStorage"];
    for (const name of same) assert.equal(await ran(`return ${name} === window.${name}`), true);
    assert.equal(await ran("return getComputedStyle(document.body).display"), "block");
  });
});

from(`${MEMBERS}/html-events/event-target.md`, () => {
  test("of a listener's options only capture counts", async () => {
    const code = `
      const heard = [];
      const { body } = document;
      const p = body.appendChild(document.createElement("p"));
      p.addEventListener("x", () => heard.push("once"), { once: true });
      body.addEventListener("x", () => heard.push("capture"), { capture: true });
      for (const turn of [1, 2]) p.dispatchEvent(new Event("x"));
      return heard;`;
    assert.deepEqual(await ran(code), ["capture", "once", "capture", "once"]);
  });
});

from(`${MEMBERS}/html-dom/element.md`, () => {
  test("attachShadow needs the manifest's flag, and widgets have their own", async () => {
    const code = 'return document.createElement("p").attachShadow({ mode: "open" }).mode';
    await assert.rejects(ran(code), /needs featureFlags.enableSWCSupport/);
    assert.equal(await ran(code, { featureFlags: { enableSWCSupport: true } }), "open");
    const widget = 'return document.createElement("sp-slider").value';
    assert.equal(await ran(widget), 0);
  });

  test("members that no browser has are refused by name", async () => {
    for (const [object, name] of [
      ["document", "clipboard"],
      ["document.body", "uxpContainer"],
      ['document.createElement("input")', "uxpVariant"],
      ['document.createElement("dialog")', "isMinimized"],
    ]) {
      const says = new RegExp(`${name} exists in UXP but is not modelled`);
      await assert.rejects(ran(`return ${object}.${name}`), says);
    }
  });
});

/** The first widget of a text, and what it tells. */
function widgetOf(html, openExternal) {
  const window = new Window();
  defineWidgets(window, undefined, openExternal);
  window.document.body.innerHTML = html;
  return /** @type {any} */ (window.document.body.firstElementChild);
}
function heardOf(widget, read) {
  const values = [];
  widget.addEventListener("change", ({ target }) => values.push(read(target)));
  return values;
}

from(`${WIDGETS}/sp-radio-group.md`, () => {
  test("a group of radio buttons tells of the one that was chosen", () => {
    const group = widgetOf(
      '<sp-radio-group><sp-radio value="ps" checked>A</sp-radio>' +
        '<sp-radio value="xd">B</sp-radio><sp-radio value="ai" disabled>C</sp-radio>' +
        "</sp-radio-group>",
    );
    const [ps, xd, ai] = group.querySelectorAll("sp-radio");
    const values = heardOf(group, ({ value }) => value);
    assert.deepEqual([group.value, ps.checked], ["ps", true]);
    for (const radio of [xd, ai, xd]) radio.click();
    assert.deepEqual([values, ps.checked, xd.checked], [["xd"], false, true]);
  });
});

from(`${WIDGETS}/sp-menu.md`, () => {
  const ITEMS = "<sp-menu-item>A</sp-menu-item><sp-menu-item>B</sp-menu-item>";

  test("a menu by itself tells of the index of what was clicked", () => {
    const menu = widgetOf(`<sp-menu>${ITEMS}<sp-menu-item disabled>C</sp-menu-item></sp-menu>`);
    const values = heardOf(menu, ({ selectedIndex }) => selectedIndex);
    for (const index of [1, 2, 0]) menu.querySelectorAll("sp-menu-item")[index].click();
    assert.deepEqual(values, [1, 0]);
  });

  test("a menu in a dropdown leaves it to the dropdown to tell", () => {
    const dropdown = widgetOf(
      `<sp-dropdown><sp-menu slot="options">${ITEMS}</sp-menu></sp-dropdown>`,
    );
    const values = heardOf(dropdown, ({ localName }) => localName);
    dropdown.querySelectorAll("sp-menu-item")[1].click();
    assert.deepEqual(values, ["sp-dropdown"]);
  });
});

from(`${WIDGETS}/sp-menu-item.md`, () => {
  test("an item's selected is read and written", () => {
    const item = widgetOf("<sp-menu-item selected>A</sp-menu-item>");
    assert.equal(item.selected, true);
    item.selected = !item.selected;
    assert.deepEqual([item.selected, item.hasAttribute("selected")], [false, false]);
  });
});

from(`${WIDGETS}/sp-link.md`, () => {
  test("a link opens its address whatever listeners do, and nothing without one", () => {
    const addresses = [];
    const note = (address) => addresses.push(address);
    const link = widgetOf('<sp-link href="https://adobe.com">A</sp-link>', note);
    link.addEventListener("click", (event) => event.preventDefault());
    link.click();
    widgetOf("<sp-link>A</sp-link>", note).click();
    assert.deepEqual(addresses, ["https://adobe.com"]);
  });
});

from(`${WIDGETS}/sp-checkbox.md`, () => {
  test("a checkbox may be indeterminate", () => {
    const box = widgetOf("<sp-checkbox indeterminate>A</sp-checkbox>");
    assert.equal(box.indeterminate, true);
    box.indeterminate = false;
    assert.equal(box.indeterminate, false);
  });
});

from(`${UXP}/host-information/host.md`, () => {
  test("the host's version is that of the Photoshop it stands for", () => {
    const at = (version) => createHost({ manifest: {}, version }).uxp.host.version;
    assert.deepEqual([at("24.3.0"), at(undefined)], ["24.3.0", "27.0.0"]);
  });
});

from(`${UXP}/entry-points/uxp-plugin-info.md`, () => {
  test("what UXP says of host, plugin, panels, commands and files is read and not written", async () => {
    const manifest = {
      id: "i",
      entrypoints: [
        { type: "panel", id: "p", label: "P" },
        { type: "command", id: "c", label: "C" },
      ],
    };
    const host = createHost({ manifest });
    const { entrypoints, storage, versions } = host.uxp;
    let plugin;
    const create = function () {
      plugin = this;
    };
    entrypoints.setup({ plugin: { create }, panels: { p() {} }, commands: { c() {} } });
    await host.entry.pluginCreated();
    const folder = await storage.localFileSystem.getTemporaryFolder();
    const facts = [
      [host.uxp.host, "name"],
      [versions, "uxp"],
      [plugin, "id"],
      [entrypoints.getPanel("p"), "label"],
      [entrypoints.getCommand("c"), "label"],
      [await folder.getMetadata(), "name"],
    ];
    for (const [object, name] of facts) {
      const before = object[name];
      assert.throws(() => (object[name] = "other"), TypeError, name);
      assert.equal(object[name], before);
      assert.throws(() => object.nothingOfTheSort, /nothingOfTheSort/);
    }
  });
});

from("ps-reference/modules/constants.md", () => {
  test("a constant is read and not written", () => {
    const { BlendMode } = opened().constants;
    assert.throws(() => (BlendMode.NORMAL = "mine"), TypeError);
    assert.equal(BlendMode.NORMAL, "normal");
  });
});

from(`${UXP}/persistent-file-storage/file-system-provider.md`, () => {
  const life = (disk) => {
    const host = createHost({ manifest: FULL, disk });
    return { host, ...host.uxp.storage, fs: host.uxp.storage.localFileSystem };
  };

  test("the temporary folder is empty when the plugin lives again, the data folder is not", async () => {
    const { host, fs } = life();
    for (const folder of [await fs.getTemporaryFolder(), await fs.getDataFolder()]) {
      await (await folder.createFile("a.txt")).write("a");
    }
    const next = life(host.disk).fs;
    assert.equal((await (await next.getTemporaryFolder()).getEntries()).length, 0);
    assert.equal((await (await next.getDataFolder()).getEntries()).length, 1);
  });

  test("a folder is not made in the place of a file, overwrite or not", async () => {
    const { fs, types, errors } = life();
    await (await fs.createEntryWithUrl("plugin-temp:/a")).write("a");
    const made = fs.createEntryWithUrl("plugin-temp:/a", { type: types.folder, overwrite: true });
    await assert.rejects(made, errors.EntryExistsError);
    assert.equal(await (await fs.getEntryWithUrl("plugin-temp:/a")).read(), "a");
  });

  test("types of a file for saving have no dot in front", async () => {
    const { fs } = life();
    await assert.rejects(fs.getFileForSaving("a.txt", { types: [".txt"] }), /without a dot/);
  });
});

from(`${UXP}/persistent-file-storage/entry.md`, () => {
  test("a folder that was picked in a dialog is not deleted, what is in it is", async () => {
    const host = createHost({ manifest: FULL });
    const { localFileSystem, errors } = host.uxp.storage;
    host.disk.put("/Users/painter/picked/inner");
    host.dialogs.next("/Users/painter/picked");
    const folder = await localFileSystem.getFolder();
    const [inner] = await folder.getEntries();
    assert.equal(await inner.delete(), 0);
    await assert.rejects(folder.delete(), errors.PermissionDeniedError);
    assert.ok(host.disk.find("/Users/painter/picked"));
  });
});

from(`${UXP}/persistent-file-storage/entry-metadata.md`, () => {
  test("the plugin's own folders have names", async () => {
    const { localFileSystem } = createHost({ manifest: {} }).uxp.storage;
    for (const call of ["getPluginFolder", "getDataFolder", "getTemporaryFolder"]) {
      const folder = await localFileSystem[call]();
      const { name, isFolder } = await folder.getMetadata();
      assert.equal(folder.nativePath.split("/").at(-1), name, call);
      assert.deepEqual([isFolder, name.length > 0], [true, true]);
    }
  });
});
