"use strict";
// The whole panel over the stand-in host and a bridge in memory: what a painter does and sees.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Window } = require("happy-dom");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { loadPage } = require("../start_page.js");
const { panelFiles } = require("../files.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { makeView } = require("../../../ps-plugin/view/view.js");
const { linesOf, progressOf } = require("../../../ps-plugin/state/timeline.js");
const { imageId } = require("../../../ps-plugin/pixels/sha256.js");
const { openPanel, fakeBridge, until } = require("../support.js");
const { set, withPainting } = require("./painted_panel.js");

const layersOf = ({ state }) => state().papers[state().document.id].layers;
const runOf = (bridge, number) => [...bridge.state.runs.keys()][number - 1];

/** The painter's brush: red on a step's layer. */
function paintOn({ document, state }, step) {
  const { layer } = state().papers[state().document.id].layers[step];
  const raster = filled(rectangle(0, 0, 16, 16), [255, 0, 0, 255]);
  edits.setLayer(document, layer, "raster", raster);
  edits.selectLayers(document, [layer]);
}

test("a run's steps all become layers, also those that came while Photoshop was busy", async () => {
  const open = await openPanel();
  set(open.panel, { prompt: "a tree", steps: 9, source: "nothing" });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 1, "a run");
  open.host.model.busy = true;
  open.bridge.paint(runOf(open.bridge, 1));
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(Object.keys(layersOf(open)).length, 0);
  open.host.model.busy = false;
  await until(() => Object.keys(layersOf(open)).length === 9, "nine layers");
  const group = open.document.state.layers[1];
  assert.deepEqual(
    group.layers.map((layer) => parseInt(layer.name)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.deepEqual(open.host.alerts, []);
  open.panel.stop();
});

test("the recipe carries what the fields say, the source's pixels and the soft selection", async () => {
  const open = await openPanel();
  edits.select(open.document, "Select", filled(rectangle(4, 4, 6, 6), [128]));
  const words = { prompt: "a tree", negative_prompt: "people" };
  const settings = { ...words, strength: 0.5, steps: 6, feather: 0 };
  set(open.panel, { ...settings, guidance_scale: 5, seed: 12, seedKept: true, sampler: "ddim" });
  await open.panel.generate();
  const { recipe } = open.bridge.commands.find(({ type }) => type === "generate");
  const { init_image, mask, ...rest } = recipe;
  assert.deepEqual(rest, {
    prompt: "a tree",
    negative_prompt: "people",
    width: 16,
    height: 16,
    depth: 8,
    profile: "sRGB",
    num_inference_steps: 6,
    guidance_scale: 5,
    strength: 0.5,
    seed: 12,
    sampler: "ddim",
    model: "embedded",
  });
  assert.deepEqual([...open.bridge.images.get(init_image).pixels.slice(0, 3)], [255, 255, 255]);
  const soft = open.bridge.images.get(mask);
  assert.deepEqual([soft.channels, soft.pixels[0], soft.pixels[5 * 16 + 5]], [1, 0, 128]);
  open.panel.stop();
});

test("a step that is painted on is marked, and unmarked when the stroke is undone", async () => {
  const open = await withPainting();
  const step = `${open.run}.1`;
  paintOn(open, step);
  await until(() => layersOf(open)[step].painted, "the mark");
  assert.equal(Object.values(layersOf(open)).filter((note) => note.painted).length, 1);
  open.document.undo();
  await until(() => !layersOf(open)[step].painted, "the mark to go");
  open.panel.stop();
});

test("continuing from a painted step sends exactly what was painted and what was handed out", async () => {
  const open = await withPainting();
  const step = `${open.run}.1`;
  const { image } = layersOf(open)[step];
  open.panel.select(step);
  paintOn(open, step);
  open.panel.store.dispatch({ type: "onward", onward: { changes: { prompt: "a burning tree" } } });
  await open.panel.rewind();
  const command = open.bridge.commands.find(({ type }) => type === "continue");
  assert.equal(command.step, step);
  assert.equal(command.recipe.prompt, "a burning tree");
  const { edit, ...rewind } = command.rewind;
  const wanted = { mode: "repaint", handed: image, keep_outside: false };
  assert.deepEqual(rewind, wanted);
  const { width, height, channels, pixels } = open.bridge.images.get(edit);
  assert.equal(edit, imageId({ width, height, channels, pixels }));
  assert.deepEqual([...pixels.slice(0, 4)], [255, 0, 0, 255]);
  open.bridge.paint(runOf(open.bridge, 2));
  await until(() => Object.keys(layersOf(open)).length === 7, "the branch's three layers");
  const [, branch] = linesOf(open.state());
  assert.deepEqual([branch.depth, branch.column], [1, 1]);
  const groups = open.document.state.layers.slice(1).map((layer) => layer.name.slice(0, 10));
  assert.deepEqual(groups, ["Painting 1", "Painting 2"]);
  open.panel.stop();
});

test("Roll again asks for other noise each time, also before the bridge has answered", async () => {
  const open = await withPainting();
  open.panel.select(`${open.run}.2`);
  for (let i = 0; i < 3; i += 1) await open.panel.rewind();
  const asked = open.bridge.commands.filter(({ type }) => type === "continue");
  assert.deepEqual(
    asked.map(({ roll, anew, rewind }) => [roll, anew, rewind.variation_seed]),
    Array(3).fill([true, true, undefined]),
  );
  open.panel.stop();
});

test("refining never touches a painted layer, and all others end as full pictures", async () => {
  const bridge = fakeBridge();
  bridge.state.quality = "linear";
  const open = await openPanel({ bridge });
  set(open.panel, { steps: 4, source: "nothing" });
  await open.panel.generate();
  await until(() => bridge.state.runs.size === 1, "a run");
  const run = runOf(bridge, 1);
  bridge.tell({ type: "started", run });
  for (let i = 0; i < 4; i += 1) bridge.step(run, i);
  await until(() => Object.keys(layersOf(open)).length === 4, "four layers");
  paintOn(open, `${run}.2`);
  bridge.tell({ type: "finished", run, step: `${run}.3` });
  const settled = (note) => note.painted || note.quality === "full";
  await until(() => Object.values(layersOf(open)).every(settled), "full pictures");
  const blue = (name) =>
    open.document.state.layers[1].layers.find((layer) => layer.name.startsWith(name)).raster
      .data[2];
  assert.deepEqual([blue("1 "), blue("2 "), blue("3 "), blue("4 ")], [200, 200, 0, 200]);
  open.panel.stop();
});

test("a reloaded panel finds its paintings in the document and brings what was missed", async () => {
  const open = await openPanel();
  set(open.panel, { steps: 6, source: "nothing", prompt: "a tree" });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 1, "a run");
  const run = runOf(open.bridge, 1);
  open.bridge.tell({ type: "started", run });
  for (let i = 0; i < 2; i += 1) open.bridge.step(run, i);
  await until(() => Object.keys(layersOf(open)).length === 2, "two layers");
  open.panel.stop();
  for (let i = 2; i < 6; i += 1) open.bridge.step(run, i);
  open.bridge.tell({ type: "finished", run, step: `${run}.5` });

  const host = createHost({ model: open.host.model });
  const again = await openPanel({ bridge: open.bridge, host });
  await until(() => Object.keys(layersOf(again)).length === 6, "six layers");
  const groups = again.document.state.layers.slice(1);
  assert.equal(groups.length, 1, "no second group");
  assert.deepEqual(
    groups[0].layers.map((layer) => parseInt(layer.name)),
    [1, 2, 3, 4, 5, 6],
  );
  again.panel.stop();
});

test("a document from elsewhere shows its paintings, and says what cannot be continued", async () => {
  const open = await withPainting();
  open.panel.stop();
  const host = createHost({ model: open.host.model });
  const other = await openPanel({ host, bridge: fakeBridge() });
  const [line] = linesOf(other.state());
  assert.deepEqual([line.run.elsewhere, line.cells.length], [true, 4]);
  other.panel.select(`${open.run}.1`);
  await other.panel.rewind();
  assert.match(other.state().notice.text, /does not hold this painting any more/);
  other.panel.stop();
});

test("closing the document in the middle of a run harms nothing", async () => {
  const open = await openPanel();
  set(open.panel, { steps: 4, source: "nothing" });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 1, "a run");
  const run = runOf(open.bridge, 1);
  open.bridge.tell({ type: "started", run });
  open.bridge.step(run, 0);
  open.host.model.close(open.document);
  for (let i = 1; i < 4; i += 1) open.bridge.step(run, i);
  open.bridge.tell({ type: "finished", run, step: `${run}.3` });
  await until(() => open.state().document === null, "the document to be gone");
  assert.deepEqual(Object.keys(open.state().papers), []);
  await until(
    () => open.bridge.commands.some(({ type, keep }) => type === "keep" && keep === false),
    "the bridge to be told that nobody needs the run",
  );
  await open.panel.generate();
  assert.match(open.state().notice.text, /No document is open/);
  open.panel.stop();
});

test("removing a painting that is being painted stops it", async () => {
  const open = await openPanel();
  set(open.panel, { steps: 4, source: "nothing" });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 1, "a run");
  const run = runOf(open.bridge, 1);
  open.bridge.tell({ type: "started", run });
  open.bridge.step(run, 0);
  await until(() => Object.keys(layersOf(open)).length === 1, "a layer");
  await open.panel.remove(run);
  open.bridge.step(run, 1);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(
    open.document.state.layers.map((layer) => layer.name),
    ["Background"],
  );
  assert.ok(
    open.bridge.commands.some((command) => command.type === "cancel" && command.run === run),
  );
  open.panel.stop();
});

/** Three variations of two steps, of which each has its first. */
async function withVariations() {
  const open = await openPanel();
  set(open.panel, { steps: 2, source: "nothing", seed: 7, seedKept: true, variations: 3 });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 3, "three runs");
  const runs = [1, 2, 3].map((number) => runOf(open.bridge, number));
  for (const run of runs) open.bridge.tell({ type: "started", run });
  for (const run of runs) open.bridge.step(run, 0);
  await until(() => Object.keys(layersOf(open)).length === 3, "a layer each");
  const stopped = () =>
    open.bridge.commands.flatMap(({ type, run }) => (type === "cancel" ? run : []));
  return { ...open, runs, stopped };
}

test("variations of one press are a painting each, in a group of its own", async () => {
  const open = await withVariations();
  const { count, recipe } = open.bridge.commands.find(({ type }) => type === "generate");
  assert.deepEqual([count, recipe.seed], [3, 7]);
  assert.equal(progressOf(open.state()).text, "3 of 3: step 1 of 2 · 1 s left");
  for (const run of open.runs) open.bridge.step(run, 1);
  for (const run of open.runs) open.bridge.tell({ type: "finished", run, step: `${run}.1` });
  await until(() => Object.keys(layersOf(open)).length === 6, "all layers");
  const names = open.document.state.layers.map(({ name }) => name.slice(0, 10));
  assert.deepEqual(names.sort(), ["Background", "Painting 1", "Painting 2", "Painting 3"]);
  assert.deepEqual(
    linesOf(open.state()).map(({ cells }) => cells.length),
    [2, 2, 2],
  );
  assert.deepEqual(
    open.runs.map((run) => open.state().runs[run].recipe.seed),
    [7, 8, 9],
  );
  open.panel.stop();
});

test("Cancel stops all variations of a press, removing one stops that one", async () => {
  const open = await withVariations();
  await open.panel.remove(open.runs[1]);
  await until(() => open.stopped().length === 1, "one that is stopped");
  assert.deepEqual(open.stopped(), [open.runs[1]]);
  open.panel.cancel(progressOf(open.state()).run.id);
  await until(() => progressOf(open.state()) === null, "nothing that is painted");
  assert.deepEqual(open.stopped(), [open.runs[1], open.runs[0], open.runs[2]]);
  open.panel.stop();
});

test("thumbnails' addresses are given back when their pictures are replaced", async () => {
  const open = await withPainting();
  await until(() => Object.values(open.state().thumbs).length === 4, "thumbnails");
  assert.deepEqual(new Set(Object.values(open.state().thumbs)), open.urls);
  open.panel.stop();
});

/** The panel's page with its view, over a small DOM. */
async function withPage(options) {
  const open = await openPanel(options);
  const window = new Window();
  const page = fs.readFileSync(path.join(__dirname, "../../../ps-plugin/index.html"), "utf8");
  window.document.body.innerHTML = page.replace(/[^]*<body>|<\/body>[^]*/g, "");
  makeView(window.document, open.panel, { copy: async () => {}, lab: {} });
  const el = (id) => window.document.getElementById(id);
  const type = (id, value) => {
    el(id).value = value;
    el(id).dispatchEvent(new window.Event("input"));
  };
  return { ...open, window, el, type, cells: () => [...window.document.querySelectorAll(".cell")] };
}

test("the page: fill in, press Paint, see the line grow, press a step, continue from it", async () => {
  const { el, type, cells, bridge, panel, state, window } = await withPage();
  type("prompt", "a tree");
  type("steps", 3);
  el("source").children[2].click();
  assert.equal(el("status").textContent, "embedded");
  assert.equal(el("size").textContent, "16 × 16, painted at full size");
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  assert.equal(el("progress-text").textContent, "next in line");
  bridge.paint(runOf(bridge, 1));
  await until(
    () => cells().length === 3 && Object.keys(state().thumbs).length === 3,
    "three cells",
  );
  assert.ok(el("progress").classList.contains("gone"));
  cells()[1].click();
  assert.ok(cells()[1].classList.contains("selected"));
  assert.match(el("onward-title").textContent, /^Step 2, σ/);
  cells()[1].dispatchEvent(new window.Event("dblclick"));
  await until(() => bridge.state.runs.size === 2, "a branch");
  bridge.paint(runOf(bridge, 2));
  await until(() => cells().length === 5, "the branch's cells");
  const names = [...window.document.querySelectorAll(".line-name")].map((name) => name.textContent);
  assert.deepEqual(names, ["Painting 1 · a tree", "Painting 2 · from step 2 of 1"]);
  panel.stop();
});

test("the page: a lost bridge is a line above the work, not a page instead of it", async () => {
  const { el, bridge, panel, state } = await withPage();
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  assert.ok(!el("outage").classList.contains("gone"));
  assert.ok(el("welcome").classList.contains("gone"));
  assert.ok(el("paint").hasAttribute("disabled"));
  bridge.state.up = true;
  await until(() => state().connection.status === "open", "the bridge");
  assert.ok(el("outage").classList.contains("gone"));
  assert.ok(!el("paint").hasAttribute("disabled"));
  panel.stop();
});

test("the page: an error is a sentence that can be dismissed, never an alert", async () => {
  const { el, bridge, panel, host } = await withPage();
  bridge.tell({ type: "failed", message: "The disk is full: free some space." });
  assert.equal(el("notice-text").textContent, "The disk is full: free some space.");
  assert.ok(el("notice").classList.contains("error"));
  el("dismiss").click();
  assert.ok(el("notice").classList.contains("gone"));
  assert.deepEqual(host.alerts, []);
  panel.stop();
});

test("the page uses no CSS that UXP lacks, and no alert", () => {
  const folder = path.join(__dirname, "../../../ps-plugin");
  const css = fs.readFileSync(path.join(folder, "index.css"), "utf8").replace(/\/\*[^]*?\*\//g, "");
  for (const missing of [
    /display:\s*grid/,
    /float:/,
    /transition/,
    /animation/,
    /@font-face/,
    /\bgap:/,
    /sticky/,
  ]) {
    assert.doesNotMatch(css, missing);
  }
  for (const name of panelFiles().filter((file) => file.endsWith(".js"))) {
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    assert.doesNotMatch(text, /\b(alert|showAlert|prompt|confirm)\(/, name);
    if (name === "main.js" || name === "start.js") continue;
    assert.doesNotMatch(text, /require\("(photoshop|uxp)"\)/, name);
  }
});

test("the page shows the panel without waiting for a bridge, and looks in both places", async () => {
  const asked = [];
  let refuse = () => {};
  const fetch = (url) => {
    asked.push(url);
    return new Promise((_, reject) => {
      refuse = () => reject(new TypeError("nobody there"));
    });
  };
  const { window, open } = loadPage({ world: { fetch } });
  await open();
  await until(() => asked.length === 1, "the first address");
  refuse();
  await until(() => asked.length === 2, "the second address");
  refuse();
  const command = () => window.document.getElementById("start-unix").value;
  await until(() => /start\.py/.test(command()), "the command to type");
});
