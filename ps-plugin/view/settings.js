"use strict";

/**
 * What to paint and how: prompt, source, place, numbers.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Settings} Settings
 */

const { SHOWN } = require("../state/recipe_fields.js");
const { wrongIn } = require("../state/fields.js");
const { painted } = require("../pixels/crop.js");
const { unseenIn } = require("../state/regions.js");
const { estimate, stepsPainted } = require("../state/budget.js");
const { unfit } = require("../state/paintable.js");
const { megabytes } = require("./work.js");
const { t } = require("../words/texts.js");

/** What is pressed for fewer variations, and for more. @type {[string, number][]} */
const STEPPERS = [
  ["fewer", -1],
  ["further", 1],
];

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeSettingsView(dom, panel) {
  const open = { negative: false, settings: false };
  bind();

  function bind() {
    /** @param {Partial<Settings>} settings */
    const set = (settings) => panel.store.dispatch({ type: "settings", settings });
    dom.on("prompt", "input", ({ value }) => set({ prompt: String(value) }));
    dom.on("negative", "input", ({ value }) => set({ negative_prompt: String(value) }));
    dom.on("strength", "input", ({ value }) => set({ strength: Number(value) / 100 }));
    dom.on("steps", "input", ({ value }) => set({ steps: Number(value) }));
    dom.on("guidance", "input", ({ value }) => set({ guidance_scale: Number(value) / 10 }));
    dom.typed("seed", (text) => text && set({ seed: seedOf(text), seedKept: true }));
    dom.on("together", "change", ({ checked }) => set({ together: checked }));
    dom.on("feather", "input", ({ value }) => set({ feather: Number(value) }));
    dom.on("context", "change", ({ checked }) => set({ context: checked }));
    dom.chips("keep", (value) => set({ keep: /** @type {Settings["keep"]} */ (value) }));
    dom.on("keyframes", "input", ({ value }) => set({ keyframes: Number(value) }));
    dom.on("sampler", "change", ({ selectedIndex }) => {
      const { model } = panel.store.state();
      if (model) set({ sampler: model.samplers[selectedIndex] });
    });
    dom.chips("source", (value) => set({ source: /** @type {Settings["source"]} */ (value) }));
    dom.chips("where", (value) => set({ where: /** @type {Settings["where"]} */ (value) }));
    for (const [name, field] of Object.entries(SHOWN)) {
      const row = dom.el("shown-fields").appendChild(dom.make("div", "row"));
      row.appendChild(dom.make("div", "name")).setAttribute("id", `${name}-name`);
      const typed = row.appendChild(dom.make("sp-textfield", "grow"));
      typed.setAttribute("id", name);
      typed.setAttribute("data-placeholder", "settings.usual");
      dom.typed(name, (text) => {
        const value = text === "" ? field.usual : Number(text);
        const wrong = wrongIn(name, value);
        if (wrong === null) set({ [name]: value });
        else panel.store.dispatch({ type: "said", notice: { kind: "error", text: wrong } });
      });
    }
    for (const [id, by] of STEPPERS) {
      dom.clicked(dom.el(id), () => {
        const variations = panel.store.state().settings.variations + by;
        if (wrongIn("variations", variations) === null) set({ variations });
      });
    }
    dom.clicked(dom.el("dice"), () => set({ seed: Math.floor(Math.random() * 2 ** 32) }));
    dom.clicked(dom.el("lock"), () => set({ seedKept: !panel.store.state().settings.seedKept }));
    for (const [id, key] of /** @type {[string, keyof typeof open][]} */ ([
      ["more-negative", "negative"],
      ["more-settings", "settings"],
    ])) {
      dom.clicked(dom.el(id), () => {
        open[key] = !open[key];
        render(panel.store.state());
      });
    }
  }

  /** @param {State} state */
  function render(state) {
    const { settings, document } = state;
    dom.value("prompt", settings.prompt);
    dom.value("negative", settings.negative_prompt);
    const negative = open.negative || settings.negative_prompt !== "";
    dom.shown("negative", negative);
    dom.twist("more-negative", negative, t(negative ? "prompt.withoutOpen" : "prompt.without"));
    dom.chosen("source", settings.source);
    const selection = document ? document.selection : null;
    const limited = settings.where === "selection" && selection !== null;
    dom.chosen("where", limited && settings.source !== "nothing" ? "selection" : "everywhere");
    const chip = dom.el("where").children[0];
    chip.classList.toggle("idle", selection === null || settings.source === "nothing");
    dom.shown("strength-row", settings.source !== "nothing");
    dom.value("strength", Math.round(settings.strength * 100));
    dom.text("strength-value", settings.strength.toFixed(2));
    dom.value("steps", settings.steps);
    dom.text("steps-value", String(settings.steps));
    renderMore(state);
    dom.text("variations", String(settings.variations));
    for (const [id, by] of STEPPERS) {
      dom.el(id).classList.toggle("idle", wrongIn("variations", settings.variations + by) !== null);
    }
    dom.text("size", sizeText(state));
    dom.text("estimate", estimateText(state));
  }

  /** @param {State} state */
  function renderMore({ settings, model }) {
    const guidance = settings.guidance_scale ?? model?.guidance_scale ?? 3;
    const summary = t(settings.seedKept ? "settings.summaryKept" : "settings.summary", {
      guidance: guidance.toFixed(1),
      sampler: spoken(settings.sampler),
      seed: settings.seed,
    });
    dom.twist("more-settings", open.settings, summary);
    dom.shown("settings", open.settings);
    dom.value("guidance", Math.round(guidance * 10));
    dom.text("guidance-value", guidance.toFixed(1));
    dom.value("seed", settings.seed);
    dom.el("lock").classList.toggle("chosen", settings.seedKept);
    const samplers = model ? model.samplers : [settings.sampler];
    const names = samplers.map((name) => ({ name: spoken(name) }));
    dom.options("sampler", names, samplers.indexOf(settings.sampler));
    for (const name of /** @type {import("../types/wire").ShownField[]} */ (Object.keys(SHOWN))) {
      dom.text(`${name}-name`, t(`shown.${name}`));
      dom.value(name, settings[name] ?? "");
    }
    dom.value("feather", settings.feather);
    dom.text("feather-value", t("settings.pixels", { count: settings.feather }));
    dom.checked("context", settings.context);
    for (const row of ["feather-row", "context"]) dom.shown(row, settings.source !== "nothing");
    dom.chosen("keep", settings.keep);
    dom.shown("keyframes-row", settings.keep === "keyframes");
    dom.value("keyframes", settings.keyframes);
    dom.text("keyframes-value", String(settings.keyframes));
    dom.checked("together", settings.together);
  }

  return { render };
}

/** What the model will paint, before it is asked to. @param {State} state */
function sizeText(state) {
  const { document, settings } = state;
  if (!document) return t("document.none");
  if (unfit(document)) return ""; // it is said above Paint
  const plan = painted(state);
  if (!plan) return "";
  const { rect, crop, working, enlarged } = plan;
  const values = {
    width: rect.right - rect.left,
    height: rect.bottom - rect.top,
    wide: working.width,
    high: working.height,
    factor: enlarged.toFixed(1),
  };
  const how = t(enlarged > 1.001 ? "size.enlarged" : "size.full", values);
  const { depth, profile, layer } = document;
  const region = unseenIn(state, document.id).includes(document.active ?? -1);
  return [
    crop && t("size.crop"),
    how,
    settings.source === "layer" && layer && t(region ? "size.region" : "size.layer", { layer }),
    (depth > 8 || profile !== "sRGB") && t("size.deep", { depth, profile }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** How many layers it will be and how heavy, before it is painted. @param {State} state */
function estimateText(state) {
  const { document, settings } = state;
  const plan = painted(state);
  if (!document || !plan || unfit(document)) return "";
  const { source, where } = settings;
  const limited = where === "selection" && document.selection !== null;
  const inputs = source === "nothing" ? 0 : limited ? 2 : 1;
  const steps = stepsPainted(settings);
  if (steps < 1) return t("estimate.none");
  const { left, top, right, bottom } = plan.rect;
  const size = { width: right - left, height: bottom - top, depth: document.depth, inputs };
  const { layers, bytes } = estimate(settings, size, steps);
  const { variations } = settings;
  const values = { count: layers, size: megabytes(bytes), variations };
  return t(`estimate.${variations > 1 ? "several" : layers > 1 ? "many" : "one"}`, values);
}

/** @param {string} sampler */
function spoken(sampler) {
  return sampler.replace("dpmpp_", "dpm++ ").replace(/_/g, " ");
}

/** What was typed as a seed: whole, not negative, exact in JSON. @param {unknown} value */
function seedOf(value) {
  const seed = Math.floor(Number(value));
  return Number.isSafeInteger(seed) && seed >= 0 ? seed : 0;
}

module.exports = { makeSettingsView, spoken, seedOf };
