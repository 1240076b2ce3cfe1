"use strict";
// A new document that is saved for the first time, opened again, and gone on from: also where the
// first save loses the layers' generatorSettings, so that notes are found by their XMP alone.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { flatten } = require("../../../ps-plugin/studio/document/document.js");
const { HABITS } = require("../../../ps-plugin/studio/photoshop/habits.js");
const { openPanel, until } = require("../support.js");

const FILE = "/Users/painter/tree.psd";
const stepLayers = ({ state }) =>
  flatten(state.layers).filter(({ kind, name }) => kind === "pixel" && /^\d+ · /.test(name));
const settingsIn = (document) =>
  stepLayers(document).filter(({ metadata }) => Object.keys(metadata.settings).length > 0);
const runsOf = (bridge) => [...bridge.state.runs.keys()];

const CASES = {
  "keeps all": [],
  "is forgetful": ["forgetfulSave"],
  "has every habit": Object.keys(HABITS),
};

for (const [name, habits] of Object.entries(CASES)) {
  test(`a new document is painted in, saved, opened again and gone on from: the host ${name}`, async () => {
    const forgetful = habits.includes("forgetfulSave");
    const open = await openPanel({ host: createHost({ habits }) });
    const { panel, bridge, document } = open;
    panel.store.dispatch({ type: "settings", settings: { prompt: "a tree", steps: 4 } });
    await panel.generate();
    await until(() => bridge.state.runs.size === 1, "a run");
    const [run] = runsOf(bridge);
    bridge.paint(run);
    await until(() => stepLayers(document).length === 4, "a layer for each step");
    assert.equal(settingsIn(document).length, 4, "each step has its note twice");
    panel.stop();
    await open.host.save(FILE);
    assert.equal(settingsIn(document).length, forgetful ? 0 : 4);
    open.host.model.close(document);
    const host = createHost({ habits, disk: open.host.disk });
    const opened = await host.open(FILE);
    assert.equal(settingsIn(opened).length, forgetful ? 0 : 4);
    const later = await openPanel({ host, bridge });
    const layers = () => later.state().papers[opened.id].layers;
    await until(() => Object.keys(layers()).length === 4, "its steps are found");
    later.panel.select(`${run}.1`);
    await later.panel.rewind();
    await until(() => bridge.state.runs.size === 2, "a branch");
    bridge.paint(runsOf(bridge)[1]);
    await until(() => stepLayers(opened).length > 4, "the branch's layers");
    await until(() => layers()[`${runsOf(bridge)[1]}.3`], "its last step");
    assert.ok(settingsIn(opened).length > 0, "new steps have their notes twice again");
    assert.deepEqual([...open.host.alerts, ...host.alerts], []);
    assert.equal(host.undisposed(), 0);
    later.panel.stop();
  });
}
