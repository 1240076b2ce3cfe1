"use strict";
// Settings and styles on the panel's page: kept, chosen, saved, handed on; what a run will weigh.

const test = require("node:test");
const assert = require("node:assert/strict");
const { openPage } = require("./page.js");
const { until } = require("../support.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { memoryShelf } = require("../../../ps-plugin/studio/uxp/uxp.js");
const presets = require("../../../ps-plugin/state/presets.js");
const { FIELDS, wrongIn } = require("../../../ps-plugin/state/fields.js");
const { initial } = require("../../../ps-plugin/state/state.js");

test("every setting fits its own field, and only settings have one", () => {
  assert.deepEqual(Object.keys(FIELDS).sort(), Object.keys(initial.settings).sort());
  for (const [name, value] of Object.entries(initial.settings)) {
    assert.equal(wrongIn(name, value), null);
  }
});

test("what is chosen in the page is there in the panel's next life, styles too", async () => {
  const shelf = memoryShelf();
  const first = await openPage({ host: createHost({ shelf }) });
  first.fill("feather", 12);
  first.el("keep").children[1].click();
  first.fill("keyframes", 4);
  first.el("context").checked = false;
  first.el("context").dispatchEvent(new first.window.Event("change"));
  first.fill("style-name", "Kohle für Müde");
  first.fill("style-words", "{prompt}, in grey");
  first.el("style-save").click();
  await new Promise((resolve) => setTimeout(resolve, 60));
  first.close();
  const next = await openPage({ host: createHost({ shelf }) });
  const { settings } = next.state();
  assert.equal(settings.feather, 12);
  assert.equal(settings.keep, "keyframes");
  assert.equal(settings.keyframes, 4);
  assert.equal(settings.context, false);
  assert.equal(settings.style, "own:Kohle für Müde");
  assert.deepEqual(
    next.state().presets.map(({ name, words }) => [name, words]),
    [["Kohle für Müde", "{prompt}, in grey"]],
  );
  assert.equal(next.el("feather-value").textContent, "12 px");
  assert.ok(next.shown("keyframes-row"));
  next.close();
});

test("variations are stepped from 1 to 8, kept, and counted in what the document will weigh", async () => {
  const shelf = memoryShelf();
  const page = await openPage({ host: createHost({ shelf }) });
  page.panel.store.dispatch({ type: "settings", settings: { steps: 10, source: "nothing" } });
  const estimate = () => page.el("estimate").textContent;
  assert.match(estimate(), /^Becomes 10 layers, at most 5\d KB/);
  page.el("fewer").click();
  assert.equal(page.el("variations").textContent, "1");
  assert.ok(page.el("fewer").classList.contains("idle"));
  for (let i = 0; i < 9; i += 1) page.el("further").click();
  assert.equal(page.el("variations").textContent, "8");
  assert.ok(page.el("further").classList.contains("idle"));
  assert.ok(!page.el("fewer").classList.contains("idle"));
  assert.match(
    estimate(),
    /^Becomes 8 paintings of 80 layers in all, at most 4\d\d KB in the PSD$/,
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  page.close();
  const next = await openPage({ host: createHost({ shelf }) });
  assert.equal(next.state().settings.variations, 8);
  next.close();
});

test("a kept setting that no longer fits is left out, the others stay", async () => {
  const host = createHost();
  const kept = { steps: 5000, keep: "some", guidance_scale: null, strength: 0.3, gone: 1 };
  await host.secureStorage.setItem("settings", JSON.stringify(kept));
  await host.secureStorage.setItem("styles", "{");
  const { state, close } = await openPage({ host });
  assert.equal(state().settings.steps, initial.settings.steps);
  assert.equal(state().settings.keep, "all");
  assert.equal(state().settings.strength, 0.3);
  assert.ok(!("gone" in state().settings));
  assert.deepEqual(state().presets, []);
  close();
});

test("a field that is shown as it is: empty, as the model has it; else what was typed, where it fits", async () => {
  const { bridge, close, el, fill, state } = await openPage();
  assert.equal(el("clip_skip").getAttribute("placeholder"), "as the model has it");
  assert.equal(el("clip_skip").parentElement.children[0].textContent, "CLIP skip");
  const recipes = () => [...bridge.state.runs.values()].map(({ recipe }) => recipe);
  fill("prompt", "a heron");
  el("paint").click();
  await until(() => recipes().length === 1, "a run");
  assert.ok(!("clip_skip" in recipes()[0]));
  fill("clip_skip", "2");
  assert.equal(state().settings.clip_skip, 2);
  for (const wrong of ["1.5", "-1", "99", "two"]) {
    fill("clip_skip", wrong);
    assert.match(state().notice.text, /clip_skip .*0.*31/);
  }
  assert.equal(state().settings.clip_skip, 2);
  el("paint").click();
  await until(() => recipes().length === 2, "a second run");
  assert.equal(recipes()[1].clip_skip, 2);
  assert.equal(presets.presetOf("one", "", state().settings).settings.clip_skip, 2);
  fill("clip_skip", "");
  assert.equal(state().settings.clip_skip, null);
  close();
});

test("a style's words go around the prompt, the field keeps the painter's own", async () => {
  const { bridge, close, el, fill, window } = await openPage();
  fill("prompt", "a heron");
  el("source").children[2].click();
  const names = [...el("style").querySelectorAll("sp-menu-item")].map((item) => item.textContent);
  assert.equal(names.length, 1 + Object.keys(presets.BUILT_IN).length);
  el("style").selectedIndex = names.indexOf("ink");
  el("style").dispatchEvent(new window.Event("change"));
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  const { recipe } = [...bridge.state.runs.values()][0];
  assert.equal(recipe.prompt, "a heron, ink drawing, brush and ink, black and white");
  assert.equal(el("prompt").value, "a heron");
  close();
});

test("an own style brings its settings back, and can be deleted", async () => {
  const { close, el, fill, set, state, window } = await openPage();
  set({ steps: 33, strength: 0.42, negative_prompt: "text", seed: 5 });
  fill("style-name", "Slow");
  el("style-save").click();
  assert.equal(el("styles-message").textContent, "“Slow” is saved.");
  set({ steps: 5, strength: 1, negative_prompt: "", seed: 6, style: "" });
  const items = [...el("style").querySelectorAll("sp-menu-item")].map((item) => item.textContent);
  el("style").selectedIndex = items.indexOf("Slow");
  el("style").dispatchEvent(new window.Event("change"));
  const { steps, strength, negative_prompt, seed } = state().settings;
  assert.deepEqual([steps, strength, negative_prompt, seed], [33, 0.42, "text", 6]);
  el("style-delete").click();
  assert.deepEqual(state().presets, []);
  assert.equal(state().settings.style, "");
  assert.ok(el("style-delete").hasAttribute("disabled"));
  close();
});

test("saving under a name that is there replaces it; without a name or {prompt} it is refused", async () => {
  const { close, el, fill, state } = await openPage();
  const message = () => el("styles-message").textContent;
  fill("style-name", " ");
  el("style-save").click();
  assert.equal(message(), "A style needs a name.");
  fill("style-name", "Mine");
  fill("style-words", "oil");
  el("style-save").click();
  assert.equal(message(), "“Mine” lacks {prompt}: write it where the prompt shall stand.");
  for (const words of ["{prompt}, one", "two, {prompt}"]) {
    fill("style-words", words);
    el("style-save").click();
  }
  assert.deepEqual(
    state().presets.map((preset) => preset.words),
    ["two, {prompt}"],
  );
  close();
});

test("styles travel as text: out, to the clipboard, and in again", async () => {
  const one = await openPage();
  one.fill("style-name", "夜");
  one.fill("style-words", "{prompt}, at night");
  one.el("style-save").click();
  one.el("more-exchange").click();
  one.el("styles-copy").click();
  await until(() => one.copied.length === 1, "a copy");
  assert.equal(one.el("styles-copy").textContent, "copied");
  one.close();
  const other = await openPage();
  other.el("more-exchange").click();
  other.fill("styles-text", one.copied[0]);
  other.el("styles-import").click();
  assert.deepEqual(other.state().presets, one.state().presets);
  assert.equal(other.el("styles-message").textContent, "One style is taken over.");
  other.close();
});

test("where the clipboard is refused, the text is there to be marked, and it is said", async () => {
  const world = { copy: () => Promise.reject(new Error("no permission")) };
  const { close, el } = await openPage({ world });
  el("styles-copy").click();
  await until(
    () => el("styles-copy").textContent === "press Ctrl or Command + C",
    "the word on keys",
  );
  close();
});

test("a list that does not fit is refused in a sentence that says what is right", () => {
  const list = (style) => JSON.stringify({ pentimento: "styles", v: 1, styles: [style] });
  const fits = { name: "a", words: "{prompt}", settings: {} };
  assert.equal(presets.imported(list(fits)).length, 1);
  const wrong = [
    ["{", /no JSON: paste the whole list/],
    ["[]", /no list of Pentimento's styles/],
    ["null", /no JSON|no list/],
    [JSON.stringify({ pentimento: "styles", v: 2, styles: [] }), /version 2.*version 1/],
    [list({ ...fits, name: "" }), /Style 1: A style needs a name/],
    [list({ ...fits, name: "n".repeat(61) }), /at most 60 characters/],
    [list({ ...fits, words: "oil" }), /“a” lacks {prompt}/],
    [list({ ...fits, settings: 3 }), /“a” are no object/],
    [list({ ...fits, settings: { seed: 1 } }), /“a” sets “seed”, which no style can/],
    [list({ ...fits, settings: { steps: 500 } }), /steps is 500: a whole number from 1 to 60/],
    [list({ ...fits, settings: { strength: "x" } }), /strength is "x": 0.01 to 1 is right/],
    [list({ ...fits, settings: { keep: "x" } }), /keep is "x": .* all, keyframes, last/],
    [list({ ...fits, settings: { context: 1 } }), /context is 1: true or false is right/],
    [list({ ...fits, settings: { sampler: 1 } }), /sampler is 1: a text is right/],
  ];
  for (const [text, sentence] of wrong) {
    assert.throws(() => presets.imported(text), { message: sentence }, text);
  }
  const many = Array.from({ length: 201 }, (_, i) => ({ ...fits, name: String(i) }));
  assert.throws(() => presets.withPresets([], many), { message: /201 styles; 200 fit/ });
});

test("before painting it is said how many layers come and what they weigh", async () => {
  const { close, el, set } = await openPage({ width: 512, height: 256 });
  const estimate = () => el("estimate").textContent;
  set({ source: "nothing", steps: 12 });
  assert.match(estimate(), /^Becomes 12 layers, at most 6 MB in the PSD$/);
  set({ source: "composite", strength: 0.5 });
  assert.match(estimate(), /^Becomes 6 layers, at most 4 MB in the PSD$/);
  set({ keep: "keyframes", keyframes: 3 });
  assert.match(estimate(), /^Becomes 3 layers/);
  set({ keep: "last" });
  assert.match(estimate(), /^Becomes one layer, at most 1 MB in the PSD$/);
  close();
});

test("a change so small that no step is left is said before painting, and not sent", async () => {
  const { bridge, close, el, panel, set, state } = await openPage();
  set({ source: "composite", strength: 0.01, steps: 4 });
  const said = "So little change leaves no step to paint: raise Change, or Steps.";
  assert.equal(el("estimate").textContent, said);
  await panel.generate();
  assert.equal(state().notice.text, said);
  assert.ok(bridge.commands.every(({ type }) => type !== "generate"));
  set({ strength: 0.25 });
  assert.match(el("estimate").textContent, /^Becomes one layer/);
  close();
});

test("a small selection's crop is what is painted, and what is weighed", async () => {
  const { close, document, el, panel, set, state } = await openPage({ width: 1024, height: 512 });
  set({ source: "composite", strength: 1, steps: 4, context: true });
  const say = (selection) =>
    panel.store.dispatch({ type: "document", document: { ...state().document, selection } });
  assert.match(el("size").textContent, /^1024 × 512, painted at 264 × 128, enlarged ×4\.0/);
  const whole = el("estimate").textContent;
  say({ left: 100, top: 100, right: 140, bottom: 140 });
  assert.match(el("size").textContent, /^around the selection · 128 × 128, painted at full size/);
  assert.notEqual(el("estimate").textContent, whole);
  set({ context: false });
  assert.match(el("size").textContent, /^1024 × 512/);
  set({ context: true, source: "nothing" });
  assert.match(el("size").textContent, /^1024 × 512/);
  void document;
  close();
});

test("a deep document, or one of another profile, is named with what comes back", async () => {
  const { close, el, panel, state } = await openPage();
  const view = { ...state().document, depth: 16, profile: "Display P3" };
  panel.store.dispatch({ type: "document", document: view });
  assert.match(el("size").textContent, / · 16 bit, Display P3$/);
  close();
});
