"use strict";
// Keys and language on the panel's page.

const test = require("node:test");
const assert = require("node:assert/strict");
const { openPage } = require("./page.js");
const { until } = require("../support.js");
const { TEXTS } = require("../../../ps-plugin/words/texts.js");
const { SHORTCUTS, actOf } = require("../../../ps-plugin/view/shortcuts.js");

const press = ({ window, el }, id, keys) =>
  el(id).dispatchEvent(
    new window.KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...keys }),
  );

test("Ctrl or Command with Enter paints, from any field; Escape cancels", async () => {
  const page = await openPage();
  const { bridge, close, el } = page;
  el("source").children[2].click();
  page.fill("prompt", "a house");
  press(page, "prompt", { key: "Enter" });
  assert.equal(bridge.state.runs.size, 0, "Enter alone is a new line");
  press(page, "prompt", { key: "Enter", ctrlKey: true });
  await until(() => bridge.state.runs.size === 1, "a run");
  press(page, "steps", { key: "Escape" });
  await until(() => bridge.commands.some(({ type }) => type === "cancel"), "a cancel");
  await until(() => !el("paint").hasAttribute("disabled"), "rest");
  press(page, "seed", { key: "Enter", metaKey: true });
  await until(() => bridge.state.runs.size === 2, "another run");
  close();
});

test("keys do nothing where the button could not be pressed", async () => {
  const page = await openPage();
  const { bridge, close, state } = page;
  press(page, "prompt", { key: "Enter", ctrlKey: true, shiftKey: true }); // no step is chosen
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  press(page, "prompt", { key: "Enter", ctrlKey: true });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(
    bridge.commands.filter(({ type }) => type !== "keep"),
    [],
  );
  assert.equal(state().notice, null);
  close();
});

test("Ctrl, Shift and Enter continue from the chosen step", async () => {
  const page = await openPage();
  const { bridge, close, el, fill, state, window } = page;
  fill("prompt", "a house");
  el("source").children[2].click();
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  bridge.paint([...bridge.state.runs.keys()][0]);
  await until(() => window.document.querySelectorAll(".cell").length > 3, "the steps");
  window.document.querySelectorAll(".cell")[2].click();
  await until(() => state().selected !== null && state().busy === "", "a choice");
  press(page, "prompt", { key: "Enter", ctrlKey: true, shiftKey: true });
  await until(() => bridge.commands.some(({ type }) => type === "continue"), "a rewind");
  close();
});

test("keys are heard before anything on the page can keep them", async () => {
  const page = await openPage();
  const { bridge, close, el, fill } = page;
  fill("prompt", "a house");
  el("source").children[2].click();
  el("prompt").addEventListener("keydown", (event) => event.stopImmediatePropagation());
  press(page, "prompt", { key: "Enter", ctrlKey: true });
  await until(() => bridge.state.runs.size === 1, "a run");
  close();
});

test("swallowedKeys: where fields keep their keys, all is done with buttons that are seen", async () => {
  const page = await openPage({ habits: ["swallowedKeys"] });
  const { bridge, close, el, fill, shown, state, window } = page;
  const pressed = (id) => {
    for (let at = el(id); at.id !== "pentimento"; at = at.parentElement) {
      assert.ok(!at.classList.contains("gone"), `${id} is not seen`);
    }
    el(id).click();
  };
  fill("prompt", "a house");
  el("source").children[2].click();
  press(page, "prompt", { key: "Enter", ctrlKey: true });
  press(page, "steps", { key: "Enter", ctrlKey: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(bridge.state.runs.size, 0, "the fields keep the keys");
  pressed("more-settings");
  fill("seed", "77"); // Enter would never come, and nobody leaves the field
  assert.deepEqual([state().settings.seed, state().settings.seedKept], [77, true]);
  fill("steps", "5");
  pressed("paint");
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  assert.equal(bridge.state.runs.get(run).recipe.seed, 77);
  await until(() => !el("cancel").hasAttribute("disabled"), "the painting");
  pressed("cancel");
  await until(() => bridge.commands.some(({ type }) => type === "cancel"), "a cancel");
  await until(() => !el("paint").hasAttribute("disabled"), "rest");
  pressed("paint");
  await until(() => bridge.state.runs.size === 2, "another run");
  bridge.paint([...bridge.state.runs.keys()][1]);
  await until(() => window.document.querySelectorAll(".cell").length > 3, "the steps");
  window.document.querySelectorAll(".cell")[2].click();
  await until(() => state().selected !== null && state().busy === "", "a choice");
  assert.ok(shown("onward"));
  pressed("continue");
  await until(() => bridge.commands.some(({ type }) => type === "continue"), "a rewind");
  close();
});

test("every key stands for a button of the page", async () => {
  const { close, el } = await openPage();
  for (const { act, button } of SHORTCUTS) {
    assert.equal(el(button).localName, "sp-button", act);
    assert.ok(el(button).getAttribute("data-text"), act);
  }
  close();
});

test("each key fits one act only, and all are listed", async () => {
  const { close, el } = await openPage();
  const nothing = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
  const acts = [
    actOf({ ...nothing, key: "Enter", ctrlKey: true }),
    actOf({ ...nothing, key: "Enter", ctrlKey: true, shiftKey: true }),
    actOf({ ...nothing, key: "Escape" }),
    actOf({ ...nothing, key: "Enter" }),
    actOf({ ...nothing, key: "a", ctrlKey: true }),
  ];
  assert.deepEqual(acts, ["paint", "onward", "cancel", null, null]);
  for (const { act } of SHORTCUTS) {
    for (const text of [`keyNames.${act}`, `keys.${act}`]) {
      assert.ok(el("keys").textContent.includes(TEXTS.en[text]), text);
    }
  }
  close();
});

test("the language is chosen in the panel and changes at once", async () => {
  const { close, el, state, window } = await openPage();
  const names = [...el("language").querySelectorAll("sp-menu-item")].map((one) => one.textContent);
  assert.deepEqual(names, ["as Photoshop", "English", "Deutsch", "日本語", "中文"]);
  el("language").selectedIndex = 2;
  el("language").dispatchEvent(new window.Event("change"));
  assert.equal(state().settings.language, "de");
  assert.equal(el("paint").textContent, "Malen");
  assert.equal(el("language").selectedIndex, 2);
  close();
});
