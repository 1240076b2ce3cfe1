"use strict";
// A panel with a painting in its document, and what a painter does next: shared by several tests.

const assert = require("node:assert/strict");
const { openPanel, until } = require("../support.js");

const set = (panel, settings) => panel.store.dispatch({ type: "settings", settings });
const papersOf = ({ state, document }) => state().papers[document.id];
const layerCount = (open) =>
  Object.values(papersOf(open).layers).filter((note) => note.layer >= 0).length;

/**
 * A painting of `steps` steps, `wanted` of them layers that are there.
 *
 * @param {object} [options] the rest are openPanel's
 */
async function withPainting({ steps = 4, wanted = steps, settings = {}, ...options } = {}) {
  const open = await openPanel(options);
  set(open.panel, { prompt: "a tree", steps, source: "nothing", ...settings });
  await open.panel.generate();
  await until(() => open.bridge.state.runs.size === 1, "a run");
  const [run] = open.bridge.state.runs.keys();
  open.bridge.paint(run);
  await until(() => layerCount(open) === wanted, `${wanted} layers`);
  return { ...open, run };
}

/** What "continue" sent. */
async function continued(open) {
  const sent = () => open.bridge.commands.filter(({ type }) => type === "continue");
  const before = sent().length;
  await open.panel.rewind();
  const { notice } = open.state();
  assert.ok(sent().length > before, notice && notice.text);
  return sent().at(-1);
}

module.exports = { set, papersOf, layerCount, withPainting, continued };
