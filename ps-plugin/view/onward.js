"use strict";

/**
 * How to go on from the chosen step.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Onward} Onward
 */

const { runOf, kinOf } = require("../state/runs.js");
const { MODES, onwardOf } = require("../state/timeline.js");
const { spoken, seedOf } = require("./settings.js");
const { unfit } = require("../state/paintable.js");
const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeOnwardView(dom, panel) {
  bind();

  function bind() {
    /** @param {Partial<Onward>} onward */
    const set = (onward) => panel.store.dispatch({ type: "onward", onward });
    const wished = () => panel.store.state().onward;
    /** @param {Onward["changes"]} change */
    const change = (change) => set({ changes: { ...wished().changes, ...change } });
    dom.clicked(dom.el("continue"), () => void panel.rewind());
    dom.clicked(dom.el("onward-take"), () => {
      const { selected } = panel.store.state();
      if (selected !== null) panel.bring(selected);
    });
    dom.clicked(dom.el("more-onward"), () => set({ open: !wished().open }));
    dom.on("mode", "change", ({ selectedIndex }) => set({ mode: MODES[selectedIndex].mode }));
    dom.on("keep-outside", "change", ({ checked }) => set({ keepOutside: checked }));
    dom.on("mixed", "change", ({ checked }) => set({ mixed: checked }));
    dom.on("onward-regions", "change", ({ checked }) => set({ regions: checked }));
    dom.on("hold-weight", "input", ({ value }) => set({ weight: Number(value) / 100 }));
    dom.on("hold-release", "input", ({ value }) => set({ release: Number(value) / 100 }));
    dom.on("onward-prompt", "input", ({ value }) => change({ prompt: String(value) }));
    dom.on("onward-negative", "input", ({ value }) => change({ negative_prompt: String(value) }));
    dom.on("onward-guidance", "input", ({ value }) =>
      change({ guidance_scale: Number(value) / 10 }),
    );
    dom.typed("onward-seed", (text) => text && change({ seed: seedOf(text) }));
    dom.on("onward-sampler", "change", ({ selectedIndex }) => {
      const { model } = panel.store.state();
      if (model) change({ sampler: model.samplers[selectedIndex] });
    });
  }

  /** @param {State} state */
  function render(state) {
    const onward = onwardOf(state);
    dom.shown("onward", onward !== null);
    if (!onward) return;
    const { step, run, mark, added, mode, ways, help, keepOutside, mixed } = onward;
    const { weight, release } = state.onward;
    const values = { number: step.index + 1, sigma: step.sigma.toFixed(2) };
    dom.text("onward-title", t(mark ? `onward.${mark}` : "onward.title", values));
    dom.shown("onward-added", added.length > 0);
    dom.text("onward-added", t("onward.added", { names: added.join(", ") }));
    const other = brushElsewhere(state, step.id);
    dom.shown("onward-brush", other !== "");
    dom.text("onward-on", t("onward.on", { layer: other }));
    const isOpen = state.connection.status === "open";
    const fits = state.document !== null && !unfit(state.document);
    dom.enabled("continue", isOpen && fits && !run.elsewhere && !state.busy);
    const items = ways.map(({ name, possible }) => ({ name, disabled: !possible }));
    const chosen = ways.findIndex((way) => way.mode === mode);
    dom.options("mode", items, chosen);
    dom.text("mode-help", help);
    dom.shown("keep-outside", mode === "repaint");
    dom.checked("keep-outside", keepOutside);
    dom.shown("mixed", hasSeveralLayers(state, run.id));
    dom.checked("mixed", mixed);
    const { document, regions } = state;
    dom.shown("onward-regions", document !== null && (regions[document.id] || []).length > 0);
    dom.checked("onward-regions", state.onward.regions);
    dom.shown("hold-options", mode === "hold");
    dom.value("hold-weight", Math.round(weight * 100));
    dom.text("hold-weight-value", `${Math.round(weight * 100)} %`);
    dom.value("hold-release", Math.round(release * 100));
    const until = release === 1 ? t("onward.end") : `${Math.round(release * 100)} %`;
    dom.text("hold-release-value", until);
    renderChanges(state, run.recipe);
  }

  /** @param {State} state @param {import("../types/wire").Recipe} recipe */
  function renderChanges({ onward, model }, recipe) {
    dom.shown("onward-fields", onward.open);
    const more = t(onward.open ? "onward.moreOpen" : "onward.more");
    dom.twist("more-onward", onward.open, more);
    const wished = { ...recipe, ...onward.changes };
    const guidance = wished.guidance_scale ?? 3;
    dom.value("onward-prompt", wished.prompt);
    dom.value("onward-negative", wished.negative_prompt || "");
    dom.value("onward-guidance", Math.round(guidance * 10));
    dom.text("onward-guidance-value", guidance.toFixed(1));
    dom.value("onward-seed", wished.seed ?? 0);
    const samplers = model ? model.samplers : [];
    const names = samplers.map((name) => ({ name: spoken(name) }));
    dom.options("onward-sampler", names, samplers.indexOf(wished.sampler || ""));
  }

  return { render };
}

/**
 * What is painted lands on the active layer, which may lie hidden under the step that is seen.
 *
 * @param {State} state
 * @param {string} step
 * @returns {string} the active layer's name where that is not the step's own; "" else
 */
function brushElsewhere({ document, papers }, step) {
  const note = document && papers[document.id]?.layers[step];
  if (!document || !note || note.layer < 0 || note.layer === document.active) return "";
  return document.layer || "";
}

/** @param {State} state @param {string} run */
function hasSeveralLayers(state, run) {
  const papers = state.document && state.papers[state.document.id];
  const kin = kinOf(state, run);
  const notes = Object.entries(papers ? papers.layers : {});
  return notes.filter(([step, { layer }]) => layer >= 0 && kin.includes(runOf(step))).length > 1;
}

module.exports = { makeOnwardView };
