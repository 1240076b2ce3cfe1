"use strict";
// The panel's start: soon enough, under either rule for addresses, and never with an empty panel.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Window } = require("../node_modules/happy-dom");
const { until } = require("./support.js");
const { ROOT, loadPage, openedPage } = require("./start_page.js");
const { unpackedBundle } = require("./start_bundle.js");

const folders = { repository: ROOT, package: unpackedBundle() };
const HELP = /Photoshop 25\.0.*Plugins menu.*restart Photoshop/;
const soon = (act, ms) => setTimeout(act, Math.min(ms, 20)).unref();

/** A file of the plugin's, changed. */
const reading = (change) => (name) => {
  const text = fs.existsSync(path.join(ROOT, name))
    ? fs.readFileSync(path.join(ROOT, name), "utf8")
    : undefined;
  return change(name, text);
};
const without = (missing) => reading((name, text) => (missing.test(name) ? undefined : text));

for (const [where, folder] of Object.entries(folders)) {
  for (const habits of [[], ["rootBase"], ["lateSetup"], ["rootBase", "lateSetup"]]) {
    test(`the ${where} starts with its style on a host with ${habits.join(", ") || "no habits"}`, async () => {
      const page = await openedPage({ folder, habits });
      assert.ok(page.made());
      assert.equal(page.starting(), "");
      assert.equal(page.el("paint").textContent, "Paint");
      assert.equal(Object.keys(page.sheets).length, 1);
      assert.deepEqual(page.errors, []);
    });
  }

  test(`the ${where} calls setup within 5 ms of its script's begin`, () => {
    const times = Array.from({ length: 5 }, () => loadPage({ folder }).host.entry.setupMs());
    assert.ok(Math.min(...times) < 5, `milliseconds: ${times}`);
  });
}

test("nothing is required before setup, and nothing of the panel's before it is opened", () => {
  const asked = [];
  const read = reading((name, text) => asked.push(name) && text);
  loadPage({ read });
  const scripts = asked.filter((name) => name.endsWith(".js"));
  assert.deepEqual(scripts, ["ps-plugin/start.js", "ps-plugin/ps-plugin/start.js"]);
});

test("the package has every file beside its page, one name for each, and no code in texts", () => {
  const names = fs.readdirSync(folders.package);
  assert.ok(names.every((name) => fs.statSync(path.join(folders.package, name)).isFile()));
  const { host } = loadPage({ folder: folders.package });
  assert.deepEqual(host.reports, [], "each name on the page is there");
  const code = fs.readFileSync(path.join(folders.package, "pentimento.js"), "utf8");
  assert.doesNotMatch(code, /\beval\(|\bFunction\(/);
});

test("of the package's requires, only those of the host's modules reach the host", async () => {
  const asked = new Set();
  const read = (name) => {
    asked.add(name);
    const file = path.join(folders.package, name);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
  };
  const page = await openedPage({ folder: folders.package, read });
  assert.ok(page.made());
  const scripts = [...asked].filter((name) => name.endsWith(".js"));
  assert.deepEqual(scripts, ["start.js", "pentimento.js"]);
});

test("a script that is found by both of its names begins once", async () => {
  const read = (name) => reading((_, text) => text)(name.replace(/^(ps-plugin\/)+/, "ps-plugin/"));
  const page = await openedPage({ read });
  assert.ok(page.made());
  assert.deepEqual(page.errors, []);
  assert.deepEqual(page.host.reports, []);
});

test("before any script has run, and where none does, the page says that it starts and what to do", () => {
  const page = loadPage({ read: without(/start\.js$/) });
  assert.match(page.starting(), /^Pentimento is starting…/);
  assert.match(page.starting(), /Photoshop 25\.0 or newer.*restart Photoshop/);
});

/** What may fail: how it is brought about, and what of it the painter can report. */
const FAILURES = {
  "a file that is required is not there": {
    read: without(/\/view\.js$/),
    says: /ps-plugin\/view\/view\.js/,
    files: true,
  },
  "a file that is required throws": {
    read: reading((name, text) =>
      name.endsWith("/store.js") ? 'throw new Error("no store today");' : text,
    ),
    says: /no store today/,
  },
  "no file of the panel is found": {
    read: without(/main\.js$/),
    says: /Module not found: "ps-plugin\/main\.js"/,
    files: true,
  },
  "making the panel throws": {
    read: reading((name, text) =>
      name.endsWith("index.html") ? text.replace('id="seed"', 'id="sead"') : text,
    ),
    says: /no element “seed”/,
  },
  "Photoshop's module is refused": {
    read: reading((name, text) =>
      name.endsWith("main.js") ? text.replace('require("photoshop")', 'require("photo")') : text,
    ),
    says: /Module not found: "photo"/,
    files: true,
  },
  "setup is refused": {
    manifest: { main: "ps-plugin/index.html", entrypoints: [] },
    says: /no panel/,
  },
  "what it begins with fails later": {
    read: reading((name, text) =>
      name.endsWith("main.js")
        ? text.replace("panel.start()", 'panel.start().then(() => { throw new Error("later"); })')
        : text,
    ),
    says: /later/,
  },
};

for (const [what, { says, files = false, ...options }] of Object.entries(FAILURES)) {
  test(`the page says what to do and what to report where ${what}`, async () => {
    const page = loadPage({ ...options, world: { setTimeout: soon } });
    await page.open();
    await until(() => page.report(), "a report");
    assert.match(page.starting(), /^Pentimento could not start\./);
    assert.match(page.starting(), HELP);
    assert.match(page.report(), says);
    assert.equal(/package_plugin\.py --folder/.test(page.starting()), files);
    assert.match(page.report(), /Photoshop 2\d\.0\.0 en_US, uxp-9\.2\.0/);
    const field = page.el("starting").querySelector("textarea");
    assert.ok(field.hasAttribute("readonly"), "it can be marked, not changed");
  });
}

test("a page without a host says what failed", () => {
  const window = new Window();
  window.document.body.innerHTML = '<div id="starting"></div>';
  const code = fs.readFileSync(path.join(ROOT, "ps-plugin", "start.js"), "utf8");
  const run = new Function("window", "document", "require", "setTimeout", code);
  run(window, window.document, undefined, soon);
  const place = window.document.getElementById("starting");
  assert.match(place.textContent, /could not start/);
  assert.match(place.querySelector("textarea").value, /require is not a function/);
  place.querySelector("[role=button]").click();
});

test("where setup was refused, the panel can be started in the page as it is", async () => {
  const manifest = { main: "ps-plugin/index.html", entrypoints: [] };
  const page = loadPage({ manifest });
  assert.ok(!page.made());
  page.el("starting").querySelector("[role=button]").click();
  assert.ok(page.made());
  assert.equal(page.starting(), "");
  assert.equal(page.el("paint").textContent, "Paint");
});

test("where Photoshop never opens the panel because setup came late, the page says so after a while", async () => {
  const read = reading((name, text) => (name.endsWith("start.js") ? `spend();\n${text}` : text));
  const spend = () => {
    const began = process.cpuUsage();
    while (process.cpuUsage(began).user < 25_000); // microseconds of its own time
  };
  const page = loadPage({ read, habits: ["lateSetup"], world: { setTimeout: soon, spend } });
  await page.open();
  await until(() => page.report(), "a word");
  assert.match(page.starting(), /^Photoshop has not opened this panel yet\./);
  assert.match(page.starting(), HELP);
  page.el("starting").querySelector("[role=button]").click();
  assert.ok(page.made());
});

test("what was said too early goes when Photoshop opens the panel after all", async () => {
  const page = loadPage({ world: { setTimeout: soon } });
  await until(() => page.report(), "a word");
  await page.open();
  await until(() => page.made(), "the panel");
  assert.equal(page.starting(), "");
});

for (const only of ["create", "show"]) {
  test(`a host that calls ${only} alone, or twice, gets one panel, and its handler returns at once`, async () => {
    const made = [];
    const read = reading((name, text) =>
      name.endsWith("main.js")
        ? text.replace("const photoshop", "made();\n  const photoshop")
        : text,
    );
    let handlers;
    const before = ({ uxp }) =>
      (uxp.entrypoints.setup = ({ panels }) => (handlers = panels.pentimento));
    const page = loadPage({ read, before, world: { made: () => made.push(1) } });
    handlers[only](null);
    handlers[only](null);
    assert.deepEqual(made, []);
    await until(() => page.made(), "the panel");
    handlers[only](null);
    await new Promise((wake) => setTimeout(wake, 30));
    assert.deepEqual(made, [1]);
    handlers.hide(null);
    handlers.destroy(null);
  });
}

test("closing a panel that was not made yet is no error", () => {
  let handlers;
  const before = ({ uxp }) =>
    (uxp.entrypoints.setup = ({ panels }) => (handlers = panels.pentimento));
  loadPage({ before });
  handlers.hide(null);
  handlers.destroy(null);
});

test("an error or a rejection that nobody caught leaves the panel as it is", async () => {
  const { window, made, el, starting } = await openedPage();
  for (const type of ["error", "unhandledrejection"]) {
    window.dispatchEvent(new window.Event(type));
  }
  await new Promise((wake) => setTimeout(wake, 20));
  assert.ok(made());
  assert.equal(starting(), "");
  assert.equal(el("paint").textContent, "Paint");
});

test("what failed is said in the host's language", async () => {
  const spoken = new Set();
  for (const uiLocale of ["en_US", "de_DE", "ja_JP", "zh_CN", "fr_FR"]) {
    const said = [];
    for (const options of [FAILURES["no file of the panel is found"], {}]) {
      const before = (host) => (host.language.uiLocale = uiLocale);
      const page = loadPage({ ...options, before, world: { setTimeout: soon } });
      if (options.read) await page.open();
      await until(() => page.report(), "a word");
      said.push(page.starting());
    }
    spoken.add(said.join("\n"));
  }
  assert.equal(spoken.size, 4, "French is told in English");
});
