"use strict";

/**
 * The regions of the document in front: a row for each, the topmost first; a press opens its fields
 * and gives the painter its brush.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Brush} Brush
 * @typedef {import("../types/panel").RegionView} RegionView
 */

const { keyOf, wayOf } = require("../state/regions.js");
const { seedOf } = require("./settings.js");
const { t, spokenNow } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeRegionsView(dom, panel) {
  const { state } = panel.store;
  let written = "";

  /** @param {Partial<Brush>} change @param {{picture?: boolean}} [besides] */
  const set = (change, besides) => {
    const key = state().region;
    if (key !== null) panel.setRegion(key, change, besides);
  };
  /** @param {unknown} value 0..100 */
  const share = (value) => Number(value) / 100;
  dom.clicked(dom.el("region-from-layer"), () => void panel.addRegion(true));
  dom.clicked(dom.el("region-new"), () => void panel.addRegion(false));
  dom.on("region-prompt", "input", ({ value }) => set({ prompt: String(value) }));
  dom.on("region-negative", "input", ({ value }) =>
    set({ negative_prompt: String(value) || null }),
  );
  dom.on("region-strength", "input", ({ value }) => set({ prompt_strength: share(value) }));
  dom.on("region-alpha", "input", ({ value }) => set({ alpha: share(value) }));
  dom.on("region-blur", "input", ({ value }) => set({ blur: Number(value) }));
  dom.on("region-weight", "input", ({ value }) => set({ weight: weightAt(Number(value)) }));
  dom.chips("region-way", (way) =>
    set({
      mode: way === "blend" ? "blend" : "isolate",
      isolate_steps: way === "both" ? aThird(state().settings.steps) : null,
      bootstrap_steps: null,
    }),
  );
  dom.on("region-steps", "input", ({ value }) => set({ isolate_steps: Number(value) }));
  dom.on("region-backdrop", "input", ({ value }) => set({ bootstrap_steps: Number(value) }));
  dom.chips("region-quantisation", (value) =>
    set({ quantisation: /** @type {Brush["quantisation"]} */ (value) }),
  );
  dom.typed("region-seed", (text) => set({ seed: text ? seedOf(text) : null }));
  dom.clicked(dom.el("region-dice"), () => set({ seed: Math.floor(Math.random() * 2 ** 32) }));
  dom.on("region-picture", "change", ({ checked }) => set({}, { picture: Boolean(checked) }));
  dom.clicked(dom.el("region-relink"), () => act(panel.relinkRegion));
  dom.clicked(dom.el("region-back"), () => act(panel.regionBack));
  dom.clicked(dom.el("region-remove"), () => act(panel.removeRegion));

  /** @param {(key: string) => Promise<void>} what */
  function act(what) {
    const key = state().region;
    if (key !== null) void what(key);
  }

  /** @param {State} state */
  function render({ document, regions: all, region: chosen, selected, steps }) {
    const regions = [...((document && all[document.id]) || [])].reverse();
    const step = selected === null ? undefined : steps[selected];
    dom.shown("region-back", step !== undefined);
    if (step) dom.text("region-back", t("region.back", { number: step.index + 1 }));
    const key = JSON.stringify([spokenNow(), chosen, regions]);
    if (written === key) return;
    written = key;
    const list = dom.el("regions");
    list.textContent = "";
    for (const region of regions) list.appendChild(rowOf(region, keyOf(region) === chosen));
    const open = regions.find((region) => keyOf(region) === chosen);
    dom.shown("region", open !== undefined);
    dom.shown("regions-help", regions.length > 0 && !open);
    if (open) renderFields(open);
  }

  /** @param {RegionView} region @param {boolean} chosen */
  function rowOf(region, chosen) {
    const { layer, name, brush } = region;
    const key = keyOf(region);
    const row = dom.button(`region row${chosen ? " chosen" : ""}${brush.on ? "" : " off"}`);
    dom.clicked(row, () => panel.chooseRegion(key));
    const colour = dom.button("region-colour");
    colour.setAttribute("title", t("region.on"));
    colour.style.borderColor = brush.colour;
    if (brush.on) colour.style.backgroundColor = brush.colour;
    pressed(colour, () => panel.setRegion(key, { on: !brush.on }));
    row.appendChild(colour);
    const words = layer < 0 ? `${name} · ${t("region.lost")}` : name;
    row.appendChild(dom.make("div", "region-name", words));
    const way = wayOf(brush);
    const word = t(way === "both" ? "region.isolateFor" : `region.${way}`, {
      count: brush.isolate_steps ?? 0,
    });
    const mode = dom.button("region-mode", word);
    mode.setAttribute("title", t(`region.${way}Help`));
    pressed(mode, () => panel.setRegion(key, { mode: way === "blend" ? "isolate" : "blend" }));
    row.appendChild(mode);
    return row;
  }

  /** Something to press in a row that is pressed as well. @param {HTMLElement} element @param {() => void} what */
  function pressed(element, what) {
    dom.clicked(element, (event) => {
      event.stopPropagation();
      what();
    });
  }

  /** @param {RegionView} region */
  function renderFields({ layer, brush, picture }) {
    dom.value("region-prompt", brush.prompt);
    dom.value("region-negative", brush.negative_prompt ?? "");
    for (const [id, value] of /** @type {[string, number][]} */ ([
      ["region-strength", brush.prompt_strength],
      ["region-alpha", brush.alpha],
    ])) {
      dom.value(id, Math.round(value * 100));
      dom.text(`${id}-value`, value.toFixed(2));
    }
    dom.value("region-blur", brush.blur);
    dom.text("region-blur-value", t("settings.pixels", { count: brush.blur }));
    dom.value("region-weight", Math.round(100 * Math.log10(brush.weight)));
    dom.text("region-weight-value", brush.weight.toFixed(2));
    const way = wayOf(brush);
    dom.chosen("region-way", way);
    dom.shown("region-alone", way !== "blend");
    dom.shown("region-steps-row", way === "both");
    dom.value("region-steps", brush.isolate_steps ?? 1);
    dom.text("region-steps-value", String(brush.isolate_steps ?? 1));
    dom.value("region-backdrop", brush.bootstrap_steps ?? 0);
    dom.text("region-backdrop-value", String(brush.bootstrap_steps ?? t("region.usualBackdrop")));
    dom.chosen("region-quantisation", brush.quantisation);
    dom.value("region-seed", brush.seed ?? "");
    dom.checked("region-picture", picture);
    dom.shown("region-relink", layer < 0);
  }

  return { render };
}

/** Where the layout is settled. @param {number} steps */
function aThird(steps) {
  return Math.max(1, Math.round(steps / 3));
}

/** The slider's -100..100 is a tenth to ten times as much. @param {number} value */
function weightAt(value) {
  return Number((10 ** (value / 100)).toFixed(3));
}

module.exports = { makeRegionsView };
