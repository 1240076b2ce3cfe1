"use strict";
// The whole main job, by the page's own buttons: paint, see the steps arrive as layers, paint on one, go
// on from it. From the repository and from the package, on hosts of all habits.

const test = require("node:test");
const assert = require("node:assert/strict");
const { loadPage, ROOT } = require("./start_page.js");
const { unpackedBundle } = require("./start_bundle.js");
const { fakeBridge, runId, until } = require("./support.js");
const { HABITS } = require("../../ps-plugin/studio/photoshop/habits.js");
const edits = require("../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../ps-plugin/studio/document/bounds.js");

const STEPS = 4;
const RED = [255, 0, 0, 255];

/** A panel that was opened from its page and is connected with a bridge in memory. */
async function connected(options) {
  const bridge = fakeBridge();
  const urls = { createObjectURL: () => "blob:1", revokeObjectURL: () => {} };
  const world = {
    fetch: bridge.fetch,
    WebSocket: class {
      constructor(url) {
        return bridge.socket(url);
      }
    },
    URL: urls,
    // Waits are cut short, but for those that give up on somebody.
    setTimeout: (act, ms) => setTimeout(act, ms < 20000 ? Math.min(ms, 20) : ms).unref(),
  };
  const page = loadPage({ ...options, world });
  const document = page.host.model.newDocument({ width: 16, height: 16 });
  await page.host.secureStorage.setItem("token", "secret");
  await page.open();
  await until(() => /embedded/.test(page.el("status").textContent), "a connection");
  return { ...page, bridge, document };
}

/** Write into a field or move a slider, as a painter does. */
function fill({ el, window }, id, value) {
  el(id).value = value;
  el(id).dispatchEvent(new window.Event("input"));
}

const stepsIn = (group) => group.layers.filter((layer) => / · σ /.test(layer.name));
const groupsOf = (document) => document.state.layers.filter(({ name }) => /^Painting/.test(name));

async function mainJob(options) {
  const page = await connected(options);
  const { bridge, document, el, host, window } = page;
  fill(page, "prompt", "a red house");
  fill(page, "steps", STEPS);
  el("source").children[2].click(); // nothing: painted from noise
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  assert.equal(bridge.state.runs.get(runId(1)).recipe.prompt, "a red house");
  bridge.paint(runId(1));
  const arrived = (i, count) => () =>
    stepsIn(groupsOf(document)[i] ?? { layers: [] }).length === count;
  await until(arrived(0, STEPS), "a layer for each step");
  await until(() => el("progress").classList.contains("gone"), "the end of the painting");
  await until(() => !host.modal.isModal(), "Photoshop to be free");

  const cell = () => window.document.querySelectorAll(".cell")[1];
  await until(() => cell(), "the timeline");
  cell().click();
  const step = () => stepsIn(groupsOf(document)[0]).find(({ name }) => name.startsWith("2 "));
  await until(() => step().visible && !host.modal.isModal(), "the step to be seen");
  await host.painter((active) => edits.selectLayers(active, [step().id]));
  await host.stroke(step().id, filled(rectangle(0, 0, 3, 3), RED));
  await until(
    () => /painted on/.test(el("onward-title").textContent),
    "the panel to see the stroke",
  );
  const { id, raster } = step();
  el("continue").click();
  await until(() => bridge.state.runs.size === 2, "a second line");
  const { rewind, step: from } = bridge.commands.find(({ type }) => type === "continue");
  assert.equal(from, `${runId(1)}.1`);
  const { pixels } = bridge.images.get(rewind.edit);
  assert.deepEqual([...pixels.slice(0, 4)], RED);
  bridge.paint(runId(2));
  await until(arrived(1, STEPS - 1), "the second line's layers");
  assert.equal(step().raster, raster, "the stroke is where it was laid");
  assert.deepEqual(document.state.active, [id], "the painter's layer is the active one");
  const states = document.history.filter(({ name }) => /^Painting [12]/.test(name)).length;
  assert.ok(states <= 2 * STEPS - 1, "at most one history state for a step");
  assert.deepEqual([host.undisposed(), host.alerts, page.errors], [0, [], []]);
  return page;
}

const all = Object.keys(HABITS);
const START = ["rootBase", "lateSetup"];
const hosts = {
  repository: [[], ...START.map((name) => [name]), START, all],
  package: [[], ...all.map((name) => [name]), all],
};
for (const [where, folder] of Object.entries({ repository: ROOT, package: unpackedBundle() })) {
  for (const habits of hosts[where]) {
    const host = habits === all ? "all habits" : habits.join(" and ") || "no habits";
    test(`the main job from the ${where}, on a host with ${host}`, () =>
      mainJob({ folder, habits }));
  }
}

test("an error that nobody caught, in the middle of the job, leaves the panel at work", async () => {
  const { bridge, el, made, window } = await mainJob({});
  window.dispatchEvent(new window.Event("error"));
  window.dispatchEvent(new window.Event("unhandledrejection"));
  el("paint").click();
  await until(() => bridge.state.runs.size === 3, "another run");
  assert.ok(made());
});
