"use strict";
// The main job, with the panel's own page and buttons, on hosts of every habit: each alone, all at
// once, and none. Paint, watch every step become a layer, paint on one, go on from it; save a new
// document for the first time, open it again in a fresh panel, and go on there.

const test = require("node:test");
const assert = require("node:assert/strict");
const { HABITS } = require("../../ps-plugin/studio/habits.js");
const edits = require("../../ps-plugin/studio/edits.js");
const { memoryShelf } = require("../../ps-plugin/studio/uxp.js");
const { flatten, findLayer } = require("../../ps-plugin/studio/document.js");
const { filled } = require("../../ps-plugin/studio/raster.js");
const { rectangle } = require("../../ps-plugin/studio/bounds.js");
const { openedPage } = require("./start_page.js");
const { fakeBridge, until } = require("./panel_support.js");

const STEPS = 4;
const ADDRESS = "http://localhost:7866";
const stepLayers = (document) =>
  flatten(document.state.layers).filter(
    ({ kind, name }) => kind === "pixel" && /^\d+ · /.test(name),
  );
const lines = (page) => Array.from(page.window.document.querySelectorAll(".line"));
const cells = (page) => Array.from(page.window.document.querySelectorAll(".cell"));
const shown = (page, id) => !page.el(id).classList.contains("gone");

/** A panel at the bridge in memory, as a painter finds it. */
async function openPanel(habits, bridge, options = {}) {
  const shelf = memoryShelf();
  class WebSocket {
    constructor(url) {
      return bridge.socket(url);
    }
  }
  const world = { fetch: bridge.fetch, WebSocket };
  const store = async (host) => {
    host.model.newDocument({ width: 16, height: 16 });
    await host.secureStorage.setItem("token", "secret");
    await host.secureStorage.setItem("address", ADDRESS);
  };
  const page = await openedPage({ habits, shelf, world, before: store, ...options });
  await until(
    () => shown(page, "work") && /embedded/.test(page.el("status").textContent),
    "a connection",
  );
  return page;
}

function fill(page, id, value) {
  const field = page.el(id);
  field.value = value;
  for (const type of ["input", "change"]) field.dispatchEvent(new page.window.Event(type));
}

const press = (page, id) => page.el(id).dispatchEvent(new page.window.Event("click"));

async function paints(page, bridge) {
  fill(page, "prompt", "a tree");
  fill(page, "steps", STEPS);
  page.el("source").querySelector("[data-value=nothing]").click();
  press(page, "paint");
  await until(() => bridge.state.runs.size === 1, "a run");
  const document = page.host.model.active;
  bridge.paint([...bridge.state.runs.keys()][0]);
  await until(() => stepLayers(document).length === STEPS, "a layer for each step");
  const names = document.history.map(({ name }) => name);
  const arrivals = names.filter((name) => name.startsWith("Painting 1"));
  assert.ok(arrivals.length >= 1 && arrivals.length <= STEPS, `one state a batch: ${names}`);
  return document;
}

/** A stroke on the second step's layer; no event may tell of it. */
async function strokes(page, document) {
  cells(page)
    .find(({ title }) => title.startsWith("Step 2,"))
    .click();
  const layer = stepLayers(document).find(({ name }) => name.startsWith("2 · "));
  edits.selectLayers(document, [layer.id]);
  await page.host.stroke(layer.id, filled(rectangle(2, 2, 9, 9), [255, 0, 0, 255]));
  await until(() => page.window.document.querySelector(".badge:not(.gone)"), "the step's mark");
  return layer.id;
}

async function goesOn(page, bridge, document, runs) {
  press(page, "continue");
  await until(() => bridge.state.runs.size === runs, "the branch");
  const branch = [...bridge.state.runs.keys()][runs - 1];
  const { edit } = bridge.commands.findLast(({ type }) => type === "continue").rewind;
  const picture = bridge.images.get(edit);
  assert.deepEqual(
    [...picture.pixels.slice(4 * (3 * picture.width + 3), 4 * (3 * picture.width + 3) + 3)],
    [255, 0, 0],
  );
  const before = stepLayers(document).length;
  bridge.paint(branch);
  const more = STEPS - bridge.state.runs.get(branch).first;
  await until(() => stepLayers(document).length === before + more, "the branch's layers");
  await until(() => lines(page).length === runs, "a line for each run");
}

const CASES = {
  none: [],
  ...Object.fromEntries(Object.keys(HABITS).map((name) => [name, [name]])),
};
CASES["all of them"] = Object.keys(HABITS);

for (const [name, habits] of Object.entries(CASES)) {
  test(`the main job with the host's habits: ${name}`, async () => {
    const bridge = fakeBridge();
    const page = await openPanel(habits, bridge);
    const { host } = page;
    const document = await paints(page, bridge);
    const layer = await strokes(page, document);
    const painted = findLayer(document.state, layer).raster;
    await goesOn(page, bridge, document, 2);
    assert.deepEqual(findLayer(document.state, layer).raster, painted, "the stroke is still there");
    assert.deepEqual(document.state.active, [layer], "the active layer is the painter's");
    assert.deepEqual(host.alerts, []);
    assert.equal(host.undisposed(), 0);
    assert.deepEqual(page.errors, []);
  });
}
