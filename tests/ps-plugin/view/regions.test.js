"use strict";
// The regions' part of the page: which fields a region shows, and what they set.

const test = require("node:test");
const assert = require("node:assert/strict");
const { openPage } = require("./page.js");
const { until } = require("../support.js");

/** A page with one region whose fields are open. */
async function withRegion() {
  const open = await openPage();
  await open.panel.addRegion(false);
  const region = () => open.state().regions[open.document.id][0];
  const press = (id, value) => open.el(id).querySelector(`[data-value=${value}]`).click();
  const chosen = (id) =>
    [...open.el(id).children]
      .filter((chip) => chip.classList.contains("chosen"))
      .map((chip) => chip.getAttribute("data-value"));
  const row = () => open.el("regions").querySelector(".region-mode").textContent;
  return { ...open, region, press, chosen, row };
}

test("blend, isolate or both: chosen in the fields, said in the row, kept in the layer's note", async () => {
  const open = await withRegion();
  const { region, press, chosen, row, shown, el, fill } = open;
  assert.deepEqual(
    [chosen("region-way"), row(), shown("region-alone")],
    [["blend"], "blend", false],
  );
  press("region-way", "isolate");
  assert.deepEqual([region().brush.mode, region().brush.isolate_steps], ["isolate", null]);
  assert.deepEqual([chosen("region-way"), row()], [["isolate"], "isolate"]);
  assert.deepEqual([shown("region-alone"), shown("region-steps-row")], [true, false]);
  open.set({ steps: 12 });
  press("region-way", "both");
  assert.deepEqual([region().brush.mode, region().brush.isolate_steps], ["isolate", 4]);
  fill("region-steps", 7);
  assert.deepEqual(
    [chosen("region-way"), row(), shown("region-steps-row")],
    [["both"], "isolate 7", true],
  );
  assert.equal(el("region-steps-value").textContent, "7");
  el("regions").querySelector(".region-mode").click();
  assert.deepEqual([region().brush.mode, region().brush.isolate_steps], ["blend", null]);
  assert.equal(shown("region-alone"), false);
  press("region-way", "both");
  await until(() => !region().unsaved, "the note");
  open.close();
});

test("an isolated region's backdrop and mask are set, and painted with", async () => {
  const open = await withRegion();
  const { region, press, chosen, el, fill } = open;
  press("region-way", "isolate");
  assert.equal(region().brush.bootstrap_steps, null);
  assert.deepEqual(
    [el("region-backdrop-value").textContent, chosen("region-quantisation")],
    ["auto", ["continuous"]],
  );
  fill("region-backdrop", 3);
  press("region-quantisation", "semi");
  assert.equal(el("region-backdrop-value").textContent, "3");
  const { bootstrap_steps, quantisation } = region().brush;
  assert.deepEqual([bootstrap_steps, quantisation], [3, "semi"]);
  press("region-way", "isolate");
  assert.deepEqual(
    [region().brush.bootstrap_steps, el("region-backdrop-value").textContent],
    [null, "auto"],
  );
  assert.deepEqual(chosen("region-quantisation"), ["semi"]);
  await until(() => !region().unsaved, "the note");
  open.close();
});

test("going on asks about regions only where the document has some, and says yes by itself", async () => {
  const open = await openPage();
  const { panel, bridge, state, document, window, el, shown, set } = open;
  set({ source: "nothing" });
  await panel.generate();
  const [run] = bridge.state.runs.keys();
  bridge.paint(run);
  await until(() => state().papers[document.id].layers[`${run}.2`]?.layer >= 0, "the step");
  panel.select(`${run}.2`);
  assert.deepEqual([shown("onward"), shown("onward-regions")], [true, false]);
  await panel.addRegion(false);
  assert.deepEqual([shown("onward-regions"), el("onward-regions").checked], [true, true]);
  el("onward-regions").checked = false;
  el("onward-regions").dispatchEvent(new window.Event("change"));
  assert.equal(state().onward.regions, false);
  open.close();
});
