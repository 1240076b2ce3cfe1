"use strict";
// One press of Paint is one run: what is doubtful is asked by the button, what waits can be seen.

const test = require("node:test");
const assert = require("node:assert/strict");
const { openPage } = require("./page.js");
const { until } = require("../support.js");

/** A page that paints from nothing, and a press of Paint that is over. */
async function atWork(settings = {}) {
  const page = await openPage();
  page.set({ prompt: "a house", source: "nothing", steps: 4, ...settings });
  const idle = () => page.state().busy === "" && !page.el("paint").hasAttribute("disabled");
  const runs = () => [...page.bridge.state.runs.values()];
  const press = async (id = "paint") => {
    await until(idle, "Paint to be ready");
    page.el(id).click();
    await until(() => page.state().busy === "", "the press to be over");
  };
  const painted = (count) => until(() => Object.keys(page.state().runs).length === count, "runs");
  const said = () => page.el("notice-text").textContent;
  return { ...page, press, painted, runs, said };
}

test("no words: it is asked whether that is meant, and one press paints all the same", async () => {
  const { press, painted, runs, said, shown, el, set, close } = await atWork({ prompt: " " });
  await press();
  assert.match(said(), /There are no words/);
  assert.equal(runs().length, 0);
  assert.ok(shown("notice-way"));
  assert.equal(el("notice-way").textContent, "Paint without words");
  await press("notice-way");
  await painted(1);
  set({ prompt: "a tree" });
  await press();
  await painted(2);
  close();
});

test("the same again under a kept seed is refused by name, and another seed is one press", async () => {
  const { press, painted, runs, said, el, set, state, close } = await atWork({
    seed: 7,
    seedKept: true,
  });
  await press();
  await painted(1);
  await press();
  assert.match(said(), /seed 7 is kept: it would be Painting 1 once more/);
  assert.equal(runs().length, 1);
  assert.equal(el("notice-way").textContent, "With another seed");
  await press("notice-way");
  await painted(2);
  assert.notEqual(runs()[1].recipe.seed, 7);
  assert.equal(state().settings.seedKept, true);
  for (const [count, change] of [
    [3, { seed: 7, prompt: "a tree" }],
    [4, { steps: 5 }],
    [5, { variations: 2 }],
  ]) {
    set(change);
    await press();
    await painted(count + (change.variations ?? 1) - 1);
  }
  close();
});

test("a painting that was stopped may be painted again under the same seed", async () => {
  const { press, painted, runs, bridge, state, close } = await atWork({ seed: 7, seedKept: true });
  await press();
  await painted(1);
  const [{ id }] = runs();
  bridge.tell({ type: "cancelled", run: id });
  await until(() => state().runs[id].state === "cancelled", "the end");
  await press();
  await painted(2);
  close();
});

test("the same again draws another seed and says so", async () => {
  const { press, painted, runs, said, set, shown, close } = await atWork();
  await press();
  await painted(1);
  assert.ok(!shown("notice"));
  await press();
  await painted(2);
  const [one, other] = runs().map(({ recipe }) => recipe.seed);
  assert.notEqual(one, other);
  assert.ok(said().includes(`another seed, ${other}`), said());
  set({ prompt: "a tree" });
  await press();
  await painted(3);
  assert.ok(!shown("notice"), "something changed");
  close();
});

test("what waits is seen with its place, and one press empties the queue", async () => {
  const { press, painted, runs, bridge, state, el, shown, window, close } = await atWork();
  for (const count of [1, 2, 3]) {
    await press();
    await painted(count);
  }
  const [first, ...rest] = runs().map(({ id }) => id);
  bridge.tell({ type: "started", run: first });
  bridge.step(first, 0);
  await until(() => state().runs[first].state === "running", "the first");
  assert.equal(el("queue-text").textContent, "2 wait");
  const names = [...window.document.querySelectorAll(".line-name")].map((one) => one.textContent);
  assert.equal(names.filter((name) => name.includes("next in line")).length, 1, names.join("; "));
  assert.equal(names.filter((name) => name.includes("1 before it")).length, 1);
  el("queue-empty").click();
  await until(() => !shown("queue"), "the queue to be empty");
  const cancelled = bridge.commands.filter(({ type }) => type === "cancel").map(({ run }) => run);
  assert.deepEqual(cancelled, rest);
  assert.equal(state().runs[first].state, "running");
  close();
});

test("the line of a painting that is done lights up once, and no other does", async () => {
  const { press, painted, runs, bridge, window, close } = await atWork();
  const lit = () => [...window.document.querySelectorAll(".line.lit .line-name")];
  for (const count of [1, 2]) {
    await press();
    await painted(count);
    assert.equal(lit().length, 0, "not while it is painted");
    bridge.paint(runs()[count - 1].id);
    await until(() => lit().length === 1, "the light");
    assert.ok(lit()[0].textContent.startsWith(`Painting ${count}`));
    await until(() => lit().length === 0, "its end");
  }
  close();
});

test("a notice stands above Paint and comes into sight, once", async () => {
  const { press, painted, el, set, close } = await atWork({ prompt: "" });
  const order = [...el("paint").parentElement.parentElement.children];
  assert.ok(order.indexOf(el("notice")) < order.indexOf(el("paint").parentElement));
  let seen = 0;
  el("notice").scrollIntoView = () => (seen += 1);
  await press();
  set({ steps: 5 });
  assert.equal(seen, 1);
  await press("notice-way");
  await painted(1);
  await press();
  assert.equal(seen, 2);
  close();
});

test("Escape is a field's, a menu's or a question's where one is open; else it ends the run", async () => {
  const { press, painted, runs, bridge, el, window, close } = await atWork();
  await press();
  await painted(1);
  bridge.tell({ type: "started", run: runs()[0].id });
  const escape = (id) => {
    const key = { key: "Escape", bubbles: true, cancelable: true };
    el(id).dispatchEvent(new window.KeyboardEvent("keydown", key));
    return bridge.commands.filter(({ type }) => type === "cancel").length;
  };
  for (const id of ["prompt", "seed", "sampler", "mode"]) assert.equal(escape(id), 0, id);
  el("selftest-ask").classList.remove("gone");
  assert.equal(escape("paint"), 0, "a question of the self-test");
  el("selftest-ask").classList.add("gone");
  assert.equal(escape("paint"), 1);
  close();
});
