"use strict";
// What the panel draws: icons of boxes, no glyph that a font may lack, and words for whoever cannot
// see an icon; widths and sizes that depend on no style that UXP may not have.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { openPage, PANEL } = require("./page.js");
const { panelFiles } = require("../files.js");
const { until } = require("../support.js");
const { TEXTS } = require("../../../ps-plugin/words/texts.js");
const { ICONS, SIDE, drawn } = require("../../../ps-plugin/view/icons.js");
const { filling, within } = require("../../../ps-plugin/view/fitting.js");

// Letters and digits of the languages that are spoken; what Windows-1252 has besides, which every
// text font has; full-width signs, which every font with kanji or hanzi has.
const LATIN = "\u0020-\u007e\u00a0-\u00ff‘’‚“”„†‡•…‰‹›–—€™";
const PLAIN = new RegExp(`^[${LATIN}σ]*$`);
const EASTERN = new RegExp(
  `^[${LATIN}σ\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}` +
    "ー々、。・「」（）／＋：；，＞？！～〜]*$",
  "u",
);

test("no sentence needs a glyph that a text font may lack", () => {
  for (const [language, texts] of Object.entries(TEXTS)) {
    const glyphs = ["en", "de"].includes(language) ? PLAIN : EASTERN;
    for (const [key, text] of Object.entries(texts)) {
      assert.match(text, glyphs, `${key}, ${language}`);
    }
  }
});

test("neither page nor views hold a glyph of their own", () => {
  const views = panelFiles().filter((name) => name.startsWith("view/"));
  assert.ok(views.length > 12);
  for (const name of ["index.html", ...views]) {
    const text = fs.readFileSync(path.join(PANEL, name), "utf8").replace(/日本語|中文|[：]/g, "");
    const strange = [...text].filter((sign) => !new RegExp(`^[${LATIN}\\n]$`).test(sign));
    assert.deepEqual(strange, [], name);
  }
});

test("an icon lies in its square, no two are alike, and none speaks for itself", async () => {
  const { close, window } = await openPage();
  const make = (tag, className) => {
    const element = window.document.createElement(tag);
    element.className = className;
    return element;
  };
  const seen = new Map();
  for (const [name, boxes] of Object.entries(ICONS)) {
    for (const [left, top, width, height] of boxes) {
      assert.ok(left >= 0 && top >= 0 && width > 0 && height > 0, name);
      assert.ok(left + width <= SIDE && top + height <= SIDE, `${name} reaches out`);
    }
    const icon = drawn(make, name);
    assert.equal(icon.children.length, boxes.length);
    assert.equal(icon.getAttribute("aria-hidden"), "true");
    const shape = icon.innerHTML;
    const twin = seen.get(shape);
    assert.ok(!twin || [twin, name].join() === "close,bad", `${name} looks like ${twin}`);
    seen.set(shape, name);
  }
  assert.throws(() => drawn(make, "none"), /icon: none/);
  close();
});

test("whatever shows an icon has words or a title, in each language", async () => {
  const { bridge, close, el, set, window } = await openPage();
  set({ source: "nothing", prompt: "a house" });
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  bridge.paint([...bridge.state.runs.keys()][0]);
  await until(() => window.document.querySelectorAll(".cell").length > 3, "the steps");
  for (const language of ["en", "de", "ja", "zh"]) {
    set({ language });
    const icons = Array.from(window.document.querySelectorAll("#pentimento .icon"));
    assert.ok(icons.length > 12);
    for (const icon of icons) {
      const place = icon.parentElement.parentElement;
      const cell = place.closest(".cell");
      const said = place.textContent.trim() || place.getAttribute("aria-label") || cell?.title;
      assert.ok(said, `${icon.getAttribute("data-drawn")} says nothing in ${language}`);
    }
  }
  assert.equal(el("dice").getAttribute("aria-label"), TEXTS.zh["settings.dice"]);
  close();
});

test("a part of the page that opens and closes shows it, in its mark and for who cannot see", async () => {
  const { close, el } = await openPage();
  const mark = () => el("more-settings").querySelector(".icon").getAttribute("data-drawn");
  assert.deepEqual(
    [mark(), el("more-settings").getAttribute("aria-expanded")],
    ["closed", "false"],
  );
  el("more-settings").click();
  assert.deepEqual([mark(), el("more-settings").getAttribute("aria-expanded")], ["open", "true"]);
  close();
});

test("every dropdown has a width: without one it is as wide as its chosen item", () => {
  const { Window } = require("../../node_modules/happy-dom");
  const window = new Window();
  const page = fs.readFileSync(path.join(PANEL, "index.html"), "utf8");
  window.document.body.innerHTML = page.replace(/[^]*<body>|<\/body>[^]*/g, "");
  const css = fs.readFileSync(path.join(PANEL, "index.css"), "utf8").replace(/\/\*[^]*?\*\//g, "");
  const rules = [...css.matchAll(/([^{}]+)\{([^{}]*)\}/g)].filter(([, , body]) =>
    /(^|[\s;])width:/.test(body),
  );
  const dropdowns = Array.from(window.document.querySelectorAll("sp-dropdown"));
  assert.ok(dropdowns.length > 3);
  for (const dropdown of dropdowns) {
    const wide = rules.some(([, selectors]) => dropdown.matches(selectors.trim()));
    assert.ok(wide, `${dropdown.id} has no width`);
  }
});

test("a picture fills its frame in its own proportions, and is no taller than there is room", () => {
  assert.deepEqual(filling({ width: 40, height: 40 }, { width: 200, height: 100 }), {
    width: "80px",
    height: "40px",
    marginLeft: "-20px",
    marginTop: "0px",
  });
  assert.deepEqual(filling({ width: 10, height: 40 }, { width: 100, height: 100 }), {
    width: "40px",
    height: "40px",
    marginLeft: "-15px",
    marginTop: "0px",
  });
  const room = { width: 300, height: 320 };
  assert.deepEqual(within(room, { width: 4, height: 2 }), { width: "300px", height: "150px" });
  assert.deepEqual(within(room, { width: 2, height: 4 }), { width: "160px", height: "320px" });
});
