"use strict";
// Live pauses by itself when nobody is there. Time is a number that the test sets.

const test = require("node:test");
const assert = require("node:assert/strict");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { openPage } = require("../view/page.js");
const { until } = require("../support.js");
const { makeResting } = require("../../../ps-plugin/actions/resting.js");

const MINUTE = 60_000;
const soon = () => new Promise((resolve) => setTimeout(resolve, 60));

/** A page that plays, and a clock to turn. */
async function playing(options) {
  const clock = { now: 1_000_000 };
  const page = await openPage({ ...options, now: () => clock.now });
  page.set({ prompt: "a house", source: "nothing" });
  page.el("live-play").click();
  const asked = () => page.bridge.commands.filter(({ type }) => type === "live");
  await until(() => asked().length === 1, "what is to be seen");
  const pass = async (minutes) => {
    clock.now += minutes * MINUTE;
    await soon();
  };
  return { ...page, asked, pass, plays: () => page.state().live.playing };
}

test("after five minutes without an act Live pauses, says so, and Play beside it goes on", async () => {
  const { asked, bridge, close, el, pass, plays, shown, state } = await playing();
  await pass(4.9);
  assert.ok(plays());
  assert.ok(!shown("live-resume"));
  await pass(0.2);
  assert.ok(!plays());
  assert.equal(asked().at(-1).frames, 0, "the bridge was told to pause");
  assert.ok(shown("live-says") && shown("live-resume"));
  assert.match(el("live-says").textContent, /nothing was done for 5 minutes\. Nothing is lost/);
  assert.equal(bridge.commands.filter(({ type }) => type === "stop").length, 0);
  const { prompt } = state().settings;
  el("live-resume").click();
  await until(() => asked().at(-1).frames === null, "that it plays again");
  assert.equal(asked().at(-1).recipe.prompt, prompt);
  assert.ok(!shown("live-resume"));
  await pass(4.9);
  assert.ok(plays(), "the minutes begin anew");
  close();
});

test("a stroke, a setting, a pen over the panel: each begins the five minutes anew", async () => {
  const { close, el, host, pass, plays, set, window } = await playing();
  const acts = [
    () => set({ steps: 7 }),
    () => el("timeline").dispatchEvent(new window.Event("pointermove", { bubbles: true })),
    () =>
      host.painter((document) => {
        const layer = edits.newLayer(document);
        edits.setLayer(
          document,
          layer.id ?? layer,
          "raster",
          filled(rectangle(1, 1, 3, 3), [9, 9, 9, 255]),
        );
      }),
  ];
  for (const act of acts) {
    await act();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await pass(4);
    assert.ok(plays(), String(act));
  }
  await pass(1.1);
  assert.ok(!plays());
  close();
});

test("variations, which are to be looked at, play on for thirty minutes", async () => {
  const { close, el, pass, plays } = await playing();
  el("live-variation").click();
  await pass(29);
  assert.ok(plays());
  await pass(1.1);
  assert.ok(!plays());
  assert.match(el("live-says").textContent, /30 minutes/);
  close();
});

test("who pauses or steps is not told that Live paused by itself", async () => {
  const { close, el, pass, plays, shown, state } = await playing();
  el("live-play").click();
  assert.ok(!plays());
  await pass(6);
  assert.equal(state().live.rested, false);
  assert.ok(!shown("live-resume"));
  el("live-step").click();
  await pass(6);
  assert.equal(state().live.rested, false);
  close();
});

test("a watch that was begun anew or given up calls nobody twice", async () => {
  let now = 0;
  const calls = [];
  const resting = makeResting({ now: () => now, wait: () => new Promise(setImmediate) });
  const turns = async () => {
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
  };
  resting.watch(
    () => 10,
    () => calls.push("first"),
  );
  resting.watch(
    () => 10,
    () => calls.push("second"),
  );
  now = 11;
  await turns();
  assert.deepEqual(calls, ["second"]);
  resting.watch(
    () => 10,
    () => calls.push("third"),
  );
  resting.forget();
  now = 50;
  await turns();
  assert.deepEqual(calls, ["second"]);
});
