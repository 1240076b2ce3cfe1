"use strict";
// What Adobe's pages of UXP say of entry points, storage, clipboard, network and widgets, done and
// checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../../../ps-plugin/studio/uxp/widgets.js");
const { lendClipboard } = require("../../../../ps-plugin/studio/uxp/clipboard.js");
const { strip } = require("../../../../ps-plugin/studio/uxp/world.js");
const { guardNetwork } = require("../../../../ps-plugin/studio/uxp/permissions.js");
const { from } = require("./tools.js");

const MANIFEST = {
  id: "org.example",
  name: "Example",
  version: "2.0.0",
  entrypoints: [
    { type: "panel", id: "colours", label: "Colours" },
    { type: "command", id: "mix", label: "Mix" },
  ],
};
const hostWith = (entries) => {
  const host = createHost({ manifest: MANIFEST });
  host.uxp.entrypoints.setup(entries);
  return host;
};
const nothing = () => {};

from("uxp-api/reference-js/modules/uxp/entry-points/entry-points.md", () => {
  test("setup may be called once", () => {
    const { uxp } = hostWith({ panels: { colours: nothing } });
    assert.throws(() => uxp.entrypoints.setup({ panels: { colours: nothing } }));
  });

  test("a panel's create and show are called in this order, this being the panel", async () => {
    const called = [];
    const host = hostWith({
      panels: {
        colours: {
          create() {
            called.push(["create", this.id]);
          },
          show() {
            called.push(["show", this.id]);
          },
        },
      },
    });
    await host.showPanels(null);
    assert.deepEqual(called, [
      ["create", "colours"],
      ["show", "colours"],
    ]);
  });

  test("a plugin's create comes before any panel's", async () => {
    const called = [];
    const host = hostWith({
      plugin: { create: () => called.push("plugin") },
      panels: { colours: () => called.push("panel") },
    });
    await host.showPanels(null);
    assert.deepEqual(called, ["plugin", "panel"]);
  });

  test("a command may be a function or an object with run", async () => {
    for (const shape of [(act) => act, (act) => ({ run: act })]) {
      let ran = 0;
      const host = hostWith({ commands: { mix: shape(() => (ran += 1)) } });
      await host.entry.runCommand("mix");
      assert.equal(ran, 1);
    }
  });

  test("a menu item is a text, a separator or an object; its label is its id where it has none", () => {
    const host = hostWith({
      panels: {
        colours: {
          show: nothing,
          menuItems: ["Tidy", "-", { id: "more", submenu: [{ id: "less", label: "Less" }] }],
        },
      },
    });
    const menu = host.uxp.entrypoints.getPanel("colours").menuItems;
    assert.equal(menu.size, 3);
    assert.deepEqual([menu.getItem("Tidy").label, menu.getItem("more").label], ["Tidy", "more"]);
    assert.equal(menu.getItem("more").submenu.getItem("less").label, "Less");
    assert.deepEqual([menu.getItem("Tidy").enabled, menu.getItem("Tidy").checked], [true, false]);
  });

  test("invokeMenu hears the item that the user chose", async () => {
    const chosen = [];
    const panel = { show: nothing, menuItems: ["Tidy"], invokeMenu: (id) => chosen.push(id) };
    const host = hostWith({ panels: { colours: panel } });
    await host.entry.invokeMenu("colours", "Tidy");
    assert.deepEqual(chosen, ["Tidy"]);
  });

  test("an entry point that is not there is null", () => {
    const { entrypoints } = hostWith({ panels: { colours: nothing } }).uxp;
    assert.equal(entrypoints.getPanel("colours").id, "colours");
    assert.equal(entrypoints.getPanel("shapes"), null);
    assert.equal(entrypoints.getCommand("shapes"), null);
  });
});

from("uxp-api/reference-js/modules/uxp/entry-points/uxp-menu-items.md", () => {
  test("an item is found at an index, changed, and removed", () => {
    const host = hostWith({ panels: { colours: { show: nothing, menuItems: ["a", "b"] } } });
    const menu = host.uxp.entrypoints.getPanel("colours").menuItems;
    menu.getItemAt(0).checked = true;
    assert.equal(menu.getItem("a").checked, true);
    menu.getItem("a").remove();
    assert.equal(menu.size, 1);
  });
});

from("uxp-api/reference-js/modules/uxp/key-value-storage/secure-storage.md", () => {
  const storage = () => createHost({ manifest: {} }).uxp.storage.secureStorage;

  test("a value is kept and comes back as bytes", async () => {
    const kept = storage();
    await kept.setItem("k", "ab");
    const value = await kept.getItem("k");
    assert.ok(value instanceof Uint8Array);
    assert.deepEqual([...value], [97, 98]);
  });

  test("an empty value, and the removal of what is not there, are rejected", async () => {
    const kept = storage();
    await assert.rejects(kept.setItem("k", ""));
    await assert.rejects(kept.removeItem("k"));
    await assert.rejects(kept.clear());
  });

  test("a key of another type than a string is a TypeError", async () => {
    const kept = storage();
    await assert.rejects(kept.setItem(5, "x"), TypeError);
    await assert.rejects(kept.getItem(undefined), TypeError);
    await assert.rejects(kept.setItem("k", 5), TypeError);
  });

  test("length counts, key names, clear empties", async () => {
    const kept = storage();
    await kept.setItem("one", "1");
    await kept.setItem("two", "2");
    assert.equal(kept.length, 2);
    assert.deepEqual([kept.key(0), kept.key(1)].sort(), ["one", "two"]);
    await kept.clear();
    assert.equal(kept.length, 0);
  });
});

from("uxp-api/reference-js/global-members/data-transfers/clipboard.md", () => {
  test("setContent takes a text under its mime type", async () => {
    const window = new Window();
    const copied = [];
    const native = { writeText: async (text) => copied.push(text) };
    Object.defineProperty(window.navigator, "clipboard", { value: native, configurable: true });
    lendClipboard(window, { requiredPermissions: { clipboard: "readAndWrite" } });
    await window.navigator.clipboard.setContent({ "text/plain": "a word" });
    assert.deepEqual(copied, ["a word"]);
  });
});

from("guides/uxp-guide/uxp-misc/manifest-v5/index.md", () => {
  const reach = async (domains, url) => {
    const requiredPermissions = domains && { network: { domains } };
    const { fetch } = guardNetwork({ requiredPermissions }, { fetch: async () => "reached" });
    return fetch(url);
  };

  test("an address that the manifest does not name is not reached", async () => {
    assert.equal(await reach(["https://example.org"], "https://example.org/a"), "reached");
    await assert.rejects(reach(["https://example.org"], "https://example.net/a"), /Permission/);
    await assert.rejects(reach(undefined, "https://example.org/a"), /Permission/);
    assert.equal(await reach("all", "https://example.net/a"), "reached");
  });

  test("a web address is opened where launchProcess names its scheme", async () => {
    const opened = (schemes) =>
      createHost({ manifest: { requiredPermissions: { launchProcess: { schemes } } } }).uxp.shell;
    assert.match(await opened(["mailto"]).openExternal("https://example.org"), /Permission/);
    assert.equal(await opened(["https"]).openExternal("https://example.org"), "");
  });
});

from("uxp-api/reference-html/general/script.md", () => {
  /** A plugin of these files, its page loaded. */
  function loaded(files, main) {
    const window = new Window();
    const host = createHost({ manifest: { ...MANIFEST, main }, read: (name) => files[name] });
    const { errors } = host.openPage({ window });
    assert.deepEqual(errors, []);
    return { host, window };
  }

  test("a plugin's scripts call the window global, and are called on it", () => {
    const page = "<body></body><script>global.one = 1; this.two = 2;</script>";
    const files = {
      "index.html": `${page}<script src="a.js"></script>`,
      "a.js": '"use strict"; this.three = 3; require("./b.js");',
      "b.js": "this.four = 4; window.five = module.exports.four + 1;",
    };
    const { window } = loaded(files, "index.html");
    assert.deepEqual([window.one, window.two, window.three, window.four], [1, 2, 3, undefined]);
    assert.equal(window.five, 5);
  });

  test("a plugin without a page has a script for its main", async () => {
    const set = 'require("uxp").entrypoints.setup';
    const code = `${set}({ commands: { mix: () => (window.mixed = true) } });`;
    const { host, window } = loaded({ "index.js": code }, "index.js");
    await host.entry.runCommand("mix");
    assert.equal(window.mixed, true);
  });
});

from("uxp-api/known-issues.md", () => {
  test("keypress is not supported", () => {
    const window = new Window();
    strip(window);
    const { body } = window.document;
    assert.throws(() => body.addEventListener("keypress", nothing), /keypress/);
  });
});

from("uxp-api/reference-js/global-members/html-dom/html-collection.md", () => {
  test("a collection of elements has length, item and forEach", () => {
    const window = new Window();
    strip(window);
    window.document.body.innerHTML = "<p></p><p></p>";
    const seen = [];
    window.document.body.children.forEach((element) => seen.push(element.localName));
    assert.deepEqual(seen, ["p", "p"]);
    assert.equal(window.document.body.children.item(1).localName, "p");
  });
});

const WIDGETS = "uxp-api/reference-spectrum/spectrum-uxp-widgets/user-interface";
function widget(html) {
  const window = new Window();
  defineWidgets(window);
  window.document.body.innerHTML = html;
  const element = window.document.body.firstElementChild;
  const heard = (name) => {
    const values = [];
    element.addEventListener(name, ({ target }) => values.push(target));
    return values;
  };
  return { window, element, heard };
}

from(`${WIDGETS}/sp-textfield.md`, () => {
  test("input is heard of at the field, whose value it is", () => {
    const { window, element, heard } = widget("<sp-textfield></sp-textfield>");
    const targets = heard("input");
    element.inner.value = "blue";
    element.inner.dispatchEvent(new window.Event("input", { bubbles: true, composed: true }));
    assert.equal(targets[0].value, "blue");
  });
});

from(`${WIDGETS}/sp-checkbox.md`, () => {
  test("change is heard of at the box, which says whether it is checked", () => {
    const { window, element, heard } = widget("<sp-checkbox>Soft</sp-checkbox>");
    const targets = heard("change");
    element.inner.checked = true;
    element.inner.dispatchEvent(new window.Event("change", { bubbles: true }));
    assert.equal(targets[0].checked, true);
  });
});

from(`${WIDGETS}/sp-slider.md`, () => {
  test("a slider has the value of its attribute, and tells of input while it is moved", () => {
    const { window, element, heard } = widget('<sp-slider min="0" max="9" value="4"></sp-slider>');
    assert.equal(Number(element.value), 4);
    const targets = heard("input");
    element.inner.value = "8";
    element.inner.dispatchEvent(new window.Event("input", { bubbles: true, composed: true }));
    assert.equal(Number(targets[0].value), 8);
  });
});

from(`${WIDGETS}/sp-dropdown.md`, () => {
  test("change is heard of with the index of the chosen item", () => {
    const { element, heard } = widget(
      '<sp-dropdown><sp-menu slot="options"><sp-menu-item>Oil</sp-menu-item>' +
        "<sp-menu-item>Ink</sp-menu-item></sp-menu></sp-dropdown>",
    );
    const targets = heard("change");
    element.querySelectorAll("sp-menu-item")[1].click();
    assert.equal(targets[0].selectedIndex, 1);
  });
});
