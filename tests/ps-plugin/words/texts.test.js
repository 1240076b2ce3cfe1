"use strict";
// What the panel says: the same keys in four languages, nothing said beside them.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const ts = require("../../node_modules/typescript");
const { TEXTS, LANGUAGES, t, use } = require("../../../ps-plugin/words/texts.js");
const { PANEL, openPage, said } = require("../view/page.js");
const { panelFiles } = require("../files.js");
const { until } = require("../support.js");
const { openedPage } = require("../start_page.js");

const VALUE = /\{(\w+)\}/g;
/** Told to whoever breaks the program; no painter can meet them. */
const FOR_PROGRAMMERS = ["index.html has no element", "There is no text named"];
const MARKUP = /^\s*<|xmlns|^[\w-]+( [\w-]+)*;$/; // XMP, and "use strict"

const files = panelFiles().filter((name) => name.endsWith(".js") && !name.startsWith("vendor/"));

/** The languages' own files name every key, and ask for none. */
const isNoTable = (name) => !/^words\/..\.js$/.test(name);

/** Every string of a file with where it stands: in t(...), as a class name, anywhere else. */
function stringsOf(name) {
  const text = fs.readFileSync(path.join(PANEL, name), "utf8");
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const visit = (node, place) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      found.push({ place, text: node.text });
    } else if (ts.isTemplateExpression(node)) {
      const parts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
      found.push({ place, text: parts.join("…"), head: node.head.text });
    }
    const called = ts.isCallExpression(node) ? node.expression.getText() : "";
    ts.forEachChild(node, (child) => visit(child, placeOf(node, child, called) ?? place));
  };
  visit(file, "code");
  return found;
}

function placeOf(node, child, called) {
  if (called === "t" && child === node.arguments[0]) return "key";
  if (called === "t") return "code";
  if (/(^|\.)make$/.test(called) && child !== node.arguments[2]) return "class";
  if (/(^|\.)button$/.test(called) && child === node.arguments[0]) return "class";
  if (ts.isBinaryExpression(node) && /\.className$/.test(node.left.getText())) return "class";
  if (ts.isConditionalExpression(node) && child === node.condition) return "code";
  if (ts.isTemplateSpan(node)) return "code";
  return null;
}

/** Keys that the page's file names. */
function keysOfPage() {
  const page = fs.readFileSync(path.join(PANEL, "index.html"), "utf8");
  return [...page.matchAll(/data-(?:text|title|placeholder)="([^"]*)"/g)].map((match) => match[1]);
}

test("every language has the same keys in the same order, each a text with the same values", () => {
  const valuesIn = (text) => [...text.matchAll(VALUE)].map(([value]) => value).sort();
  assert.deepEqual(Object.keys(TEXTS), LANGUAGES);
  for (const language of LANGUAGES) {
    const texts = TEXTS[language];
    assert.deepEqual(Object.keys(texts), Object.keys(TEXTS.en), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.ok(text.trim(), `${key} says nothing in ${language}`);
      const wrong = `${key} in ${language} has other values than in English`;
      assert.deepEqual(valuesIn(text), valuesIn(TEXTS.en[key]), wrong);
    }
  }
});

test("no key stands twice in a language's file", () => {
  for (const language of LANGUAGES) {
    const text = fs.readFileSync(path.join(PANEL, `words/${language}.js`), "utf8");
    const keys = [...text.matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
    assert.deepEqual(keys, Object.keys(TEXTS[language]), language);
  }
});

test("rows that stand together in the table begin alike", () => {
  const groups = Object.keys(TEXTS.en).map((key) => key.slice(0, key.indexOf(".")));
  const starts = groups.filter((group, i) => group !== groups[i - 1]);
  assert.deepEqual(starts, [...new Set(starts)]);
});

test("every text that is asked for exists, and every row is asked for", () => {
  const asked = files
    .filter(isNoTable)
    .flatMap((name) => stringsOf(name).filter(({ place }) => place === "key" || place === "code"));
  const exact = new Set([...keysOfPage(), ...asked.map(({ text }) => text)]);
  const begun = asked.filter(({ head, place }) => head?.includes(".") && place === "key");
  const rows = Object.keys(TEXTS.en);
  const named = files.flatMap((name) =>
    stringsOf(name).filter(({ place, text }) => place === "key" && /\w\.\w/.test(text)),
  );
  for (const key of [...keysOfPage(), ...named.filter(({ head }) => !head).map((n) => n.text)]) {
    assert.ok(key in TEXTS.en, `there is no row ${key}`);
  }
  for (const { head } of begun) {
    assert.ok(
      rows.some((row) => row.startsWith(head)),
      `no row begins with ${head}`,
    );
  }
  const unused = rows.filter(
    (row) => !exact.has(row) && !begun.some(({ head }) => row.startsWith(head)),
  );
  assert.deepEqual(unused, []);
});

test("no file of the panel says a sentence of its own", () => {
  const sentence = /\p{L}{2,}[,:;.…]? \p{L}{2,}|^\p{Lu}\p{Ll}+$/u;
  // start.js has to speak where no other file was found: start.test.js looks at its words
  const tables = [
    ...LANGUAGES.map((language) => `words/${language}.js`),
    "bridge/pairing_words.js",
    "start.js",
    "selftest/report.js",
  ];
  for (const name of files.filter((file) => !tables.includes(file))) {
    const bare = stringsOf(name)
      .filter(({ place }) => place === "code")
      .map(({ text }) => text)
      .filter((text) => sentence.test(text) && !MARKUP.test(text) && text !== "use strict")
      .filter((text) => !NAMES.has(text) && !VALUES.test(text))
      .filter((text) => !FOR_PROGRAMMERS.some((known) => text.startsWith(known)));
    assert.deepEqual(bare, [], `${name} says what is not in words/`);
  }
});

/** Words with a capital that are names in a protocol, of a key or of a file's format, and no text. */
const NAMES = new Set([
  ..."Enter Escape Authorization Infinity Bearer Gray Grayscale Width Height Channels Depth".split(
    " ",
  ),
  "pentimento palette 1",
]);

test("the page's file holds no words, only their keys", () => {
  const page = fs
    .readFileSync(path.join(PANEL, "index.html"), "utf8")
    .replace(/<head>[^]*<\/head>/, "")
    .replace(/<!--[^]*?-->/g, "")
    .replace(/<div id="starting"[^]*?(?=<div id="pentimento")/, ""); // before any script has run
  const texts = page.replace(/<[^>]*>/g, "\n").match(/\p{L}{2,}[^\n]*/gu);
  assert.deepEqual(texts, ["Pentimento"]);
  assert.doesNotMatch(page, /\s(title|placeholder)="(?!http)/);
});

test("in every language the whole page speaks it, at once and in every state", async () => {
  const { bridge, close, el, fill, panel, set, state, window } = await openPage();
  fill("prompt", "xx");
  const states = [
    async () => {},
    async () => {
      el("source").children[2].click();
      el("paint").click();
      await until(() => bridge.state.runs.size === 1, "a run");
    },
    async () => {
      bridge.paint([...bridge.state.runs.keys()][0]);
      await until(() => Object.keys(state().thumbs).length === 20, "the steps");
      window.document.querySelectorAll(".cell")[1].click();
    },
    async () => {
      bridge.tell({
        type: "queued",
        run: { ...Object.values(state().runs)[0], id: "b", number: 7, request: "b" },
        position: 2,
      });
    },
    async () => {
      bridge.drop();
      await until(() => state().connection.status === "lost", "the loss");
    },
  ];
  for (const reach of states) {
    await reach();
    const spoken = {};
    for (const language of LANGUAGES) {
      set({ language });
      spoken[language] = said(window);
    }
    const alike = new Set(Object.keys(TEXTS.en).flatMap((key) => [...same(key)]));
    for (const language of LANGUAGES.slice(1)) {
      assert.equal(spoken[language].length, spoken.en.length);
      spoken.en.forEach((english, i) => {
        const words = english;
        if (!/\p{L}{3,}/u.test(words) || VALUES.test(words) || alike.has(words)) return;
        assert.notEqual(spoken[language][i], english, `“${english}” stays English in ${language}`);
      });
    }
  }
  void panel;
  close();
});

/** What a painter, a model or a computer named: the same in every language. */
const VALUES =
  /^(Pentimento|sRGB .*|Adobe RGB .*|Gray Gamma .*|embedded|python3? .*|py .*|dpm\+\+ 2m|ddim|http\S*|English|Deutsch|日本語|xx|\{prompt\}.*)$/;

/** Texts that two languages share, such as “Seed”. */
function* same(key) {
  const english = TEXTS.en[key];
  for (const one of ["de", "ja", "zh"]) if (TEXTS[one][key] === english) yield english;
}

test("in a Japanese Photoshop the panel speaks Japanese from its first moment", async () => {
  const before = (host) => (host.language.uiLocale = "ja_JP");
  const { el } = await openedPage({ before });
  assert.equal(el("paint").textContent, TEXTS.ja["paint.paint"]);
});

test("the language is the painter's choice, else the host's, else English", () => {
  use("auto", "de_AT");
  assert.equal(t("paint.paint"), "Malen");
  use("auto", "zh-Hans-CN");
  assert.equal(t("paint.paint"), TEXTS.zh["paint.paint"]);
  use("ja", "de_DE");
  assert.equal(t("paint.paint"), TEXTS.ja["paint.paint"]);
  use("auto", "fr_FR");
  assert.equal(t("paint.paint"), "Paint");
  use("auto", undefined);
  assert.equal(t("progress.before", { count: 3 }), "3 before it");
  assert.throws(() => t("no.such"), /no text named no\.such/);
});
