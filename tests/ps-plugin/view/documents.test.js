"use strict";
// What the panel says of the document in front: one it cannot paint in, and which layer is painted on.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { openPage } = require("./page.js");
const { until } = require("../support.js");

/** The host, whose document in front says otherwise of itself, and what was read of its pixels. */
function otherwise(said) {
  const host = createHost();
  const reads = [];
  const { photoshop } = host;
  const changed = (document) =>
    document &&
    new Proxy(document, { get: (of, name) => (name in said.now ? said.now[name] : of[name]) });
  const app = new Proxy(photoshop.app, {
    get: (of, name) => (name === "activeDocument" ? changed(of.activeDocument) : of[name]),
  });
  const imaging = new Proxy(photoshop.imaging, {
    get: (of, name) => {
      if (/^get/.test(String(name))) reads.push(name);
      return of[name];
    },
  });
  const other = new Proxy(photoshop, {
    get: (of, name) => (name === "app" ? app : name === "imaging" ? imaging : of[name]),
  });
  return { host: { ...host, photoshop: other }, reads };
}

const UNFIT = {
  "32 bits": [{ bitsPerChannel: "bitDepth32" }, /8 or 16 bits: choose Image > Mode > 16 Bits/],
  CMYK: [{ mode: "CMYKColorMode" }, /paints in RGB: choose Image > Mode > RGB Color/],
  Lab: [{ mode: "labColorMode" }, /paints in RGB/],
  grey: [{ mode: "grayscaleMode" }, /paints in RGB/],
  "indexed colours": [{ mode: "indexedColorMode" }, /paints in RGB/],
};

for (const [what, [facts, sentence]] of Object.entries(UNFIT)) {
  test(`a document of ${what} in front is named before Paint, which cannot be pressed, and nothing is read`, async () => {
    const said = { now: facts };
    const { host, reads } = otherwise(said);
    const { bridge, close, el, panel, set, shown, state } = await openPage({ host });
    set({ prompt: "a house", source: "composite" });
    assert.ok(shown("unfit"));
    assert.match(el("unfit").textContent, sentence);
    assert.ok(el("paint").hasAttribute("disabled"));
    assert.match(el("paint").title, sentence);
    assert.equal(el("size").textContent + el("estimate").textContent, "");
    el("live-play").click();
    await until(() => state().live.trouble, "the reason");
    assert.match(el("live-says").textContent, sentence);
    el("live-play").click();
    await panel.generate(); // as a key would
    assert.match(state().notice.text, sentence);
    assert.deepEqual([reads, bridge.commands.length, bridge.images.size], [[], 0, 0]);
    said.now = {};
    await until(() => !shown("unfit"), "that it is converted");
    assert.ok(!el("paint").hasAttribute("disabled"));
    assert.equal(el("paint").title, "");
    close();
  });
}

test("which layer is painted on is said beside the chosen step, and a press moves the brush to the step", async () => {
  const { bridge, close, document, el, fill, host, set, shown, state, window } = await openPage();
  set({ source: "nothing", prompt: "a house" });
  fill("steps", 4);
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  bridge.paint(run);
  const notes = () => Object.values(state().papers[document.id].layers);
  await until(() => notes().length === 4 && notes().every(({ layer }) => layer >= 0), "its steps");
  const active = () => host.photoshop.app.activeDocument.activeLayers.map(({ id }) => id);
  const before = active();
  const states = document.history.length;
  window.document.querySelectorAll(".cell")[1].click();
  const step = [state().papers[document.id].layers[`${run}.1`].layer];
  await until(() => shown("onward") && String(active()) === String(step), "a choice");
  await until(() => !shown("onward-brush"), "the brush is on it");
  await host.painter((one) => edits.selectLayers(one, before));
  await until(() => shown("onward-brush"), "that it is said");
  assert.equal(el("onward-on").textContent, `You paint on “${state().document.layer}” now.`);
  el("onward-take").click();
  await until(() => !shown("onward-brush"), "the brush");
  assert.deepEqual(active(), step);
  assert.equal(document.history.length, states, "no history state");
  close();
});
