"use strict";

/**
 * State to DOM, and the DOM's events to the panel's acts.
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {ReturnType<import("./panel.js").makePanel>} Panel
 * @typedef {ReturnType<import("./dom.js").makeDom>} Dom
 */

const { makeDom } = require("./dom.js");
const { makeTimelineView } = require("./timeline_view.js");
const { MODES, straysOf, onwardOf, progressOf, workingSize } = require("./timeline.js");

/** @param {Document} document @param {Panel} panel */
function makeView(document, panel) {
  const dom = makeDom(document);
  const timeline = makeTimelineView(dom, panel);
  const open = { negative: false, settings: false, address: false, strays: false };
  let offered = "";
  const render = () => {
    const state = panel.store.state();
    renderConnection(dom, state, open);
    renderSettings(dom, state, open);
    renderWork(dom, state);
    timeline.render(state);
    renderOnward(dom, state);
    // What is being painted and has no home is shown by itself, and does not hide when it is done.
    const lost = straysOf(state).find((run) => run.state === "running" || run.state === "queued");
    if (lost && lost.id !== offered) {
      offered = lost.id;
      open.strays = true;
    }
    renderStrays(dom, state, open.strays, panel.adopt);
  };
  bindPairing(dom, panel);
  bindSettings(dom, panel);
  bindOnward(dom, panel);
  for (const [id, key] of /** @type {[string, keyof typeof open][]} */ ([
    ["more-negative", "negative"],
    ["more-settings", "settings"],
    ["more-pairing", "address"],
    ["more-strays", "strays"],
  ])) {
    dom.clicked(dom.el(id), () => {
      open[key] = !open[key];
      render();
    });
  }
  panel.store.subscribe(render);
  render();
}

/** @param {Dom} dom @param {State} state @param {{address: boolean}} open */
function renderConnection(dom, { connection, model, store }, open) {
  const { status, message } = connection;
  const words = {
    searching: "looking for the bridge…",
    unpaired: "not paired yet",
    lost: "no bridge",
    open: model ? `● ${model.name}` : "loading the model…",
  };
  dom.text("status", words[status]);
  dom.el("status").className = `status ${status}`;
  const never = status === "lost" && store === "";
  dom.shown("welcome", status === "unpaired" || never);
  dom.shown("outage", status === "lost" && !never);
  dom.text("outage", message);
  dom.text("pairing-message", message);
  dom.shown("address", open.address);
  dom.text("more-pairing", `${open.address ? "▾" : "▸"} another address`);
  dom.shown("work", status !== "unpaired");
}

/** @param {Dom} dom @param {State} state @param {{negative: boolean, settings: boolean}} open */
function renderSettings(dom, state, open) {
  const { settings, model, document } = state;
  const guidance = settings.guidance_scale ?? model?.guidance_scale ?? 3;
  dom.value("prompt", settings.prompt);
  dom.value("negative", settings.negative_prompt);
  const negative = open.negative || settings.negative_prompt !== "";
  dom.shown("negative", negative);
  dom.text("more-negative", negative ? "▾ without" : "▸ without…");
  dom.chosen("source", settings.source);
  const selection = document ? document.selection : null;
  const limited = settings.where === "selection" && selection !== null;
  dom.chosen("where", limited && settings.source !== "nothing" ? "selection" : "everywhere");
  const [chip] = dom.el("where").children;
  chip.classList.toggle("idle", selection === null || settings.source === "nothing");
  dom.shown("strength-row", settings.source !== "nothing");
  dom.value("strength", Math.round(settings.strength * 100));
  dom.text("strength-value", settings.strength.toFixed(2));
  dom.value("steps", settings.steps);
  dom.text("steps-value", String(settings.steps));
  const seed = `seed ${settings.seed}${settings.seedKept ? " (kept)" : ""}`;
  const summary = `guidance ${guidance.toFixed(1)} · ${spoken(settings.sampler)} · ${seed}`;
  dom.text("more-settings", `${open.settings ? "▾" : "▸"} ${summary}`);
  dom.shown("settings", open.settings);
  dom.value("guidance", Math.round(guidance * 10));
  dom.text("guidance-value", guidance.toFixed(1));
  dom.value("seed", settings.seed);
  dom.el("lock").classList.toggle("chosen", settings.seedKept);
  const samplers = model ? model.samplers : [settings.sampler];
  const names = samplers.map((name) => ({ name: spoken(name) }));
  dom.options("sampler", names, samplers.indexOf(settings.sampler));
  dom.checked("together", settings.together);
  dom.text("size", sizeText(state));
}

/** What the model will paint, before it is asked to. @param {State} state */
function sizeText({ document, model, settings }) {
  if (!document) return "No document is open.";
  if (!model) return "";
  const size = workingSize(document.width, document.height, model.native);
  const whole = `${document.width} × ${document.height}`;
  const enlarged = size.enlarged > 1.001;
  const how = enlarged
    ? `painted at ${size.width} × ${size.height}, enlarged ×${size.enlarged.toFixed(1)}`
    : "painted at full size";
  const deep = document.depth > 8 ? ` · ${document.depth}-bit document: the model sees 8 bits` : "";
  const from = settings.source === "layer" && document.layer ? ` · from “${document.layer}”` : "";
  return `${whole}, ${how}${from}${deep}`;
}

/** @param {string} sampler */
function spoken(sampler) {
  return sampler.replace("dpmpp_", "dpm++ ").replace(/_/g, " ");
}

/** @param {Dom} dom @param {State} state */
function renderWork(dom, state) {
  const progress = progressOf(state);
  const ready = state.connection.status === "open" && state.document !== null && !state.busy;
  dom.enabled("paint", ready);
  dom.enabled("cancel", progress !== null);
  dom.shown("progress", progress !== null || state.busy !== "");
  dom.el("bar").value = progress ? Math.round(progress.value * 100) : 0;
  dom.text("progress-text", progress ? progress.text : state.busy);
  dom.shown("notice", state.notice !== null);
  if (state.notice) {
    dom.text("notice-text", state.notice.text);
    dom.el("notice").classList.toggle("error", state.notice.kind === "error");
  }
  dom.text("foot", footText(state));
}

/** @param {State} state */
function footText({ document, papers, runs, storeBytes, quotaBytes }) {
  const here = document && papers[document.id];
  if (!here || here.runs.length === 0) return "";
  const notes = Object.entries(here.layers).filter(([, note]) => note.layer >= 0);
  const bytes = notes.reduce((sum, [step]) => {
    const run = runs[step.slice(0, step.indexOf("."))];
    return sum + (run ? run.recipe.width * run.recipe.height * 4 : 0);
  }, 0);
  const count = `${notes.length} ${notes.length === 1 ? "layer" : "layers"}`;
  const size = `${count}, at most ${megabytes(bytes)} in the PSD`;
  const full = quotaBytes > 0 && storeBytes > 0.9 * quotaBytes;
  return full ? `${size} · the bridge's store is nearly full (${megabytes(storeBytes)})` : size;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${Math.round(bytes / 1e6)} MB`;
}

/** @param {Dom} dom @param {State} state */
function renderOnward(dom, state) {
  const onward = onwardOf(state);
  dom.shown("onward", onward !== null);
  if (!onward) return;
  const { step, run, painted, mode, help } = onward;
  const { changes, keepOutside, weight, release, open } = state.onward;
  const number = step.index + 1;
  dom.text(
    "onward-title",
    painted ? `Step ${number} was painted on.` : `Step ${number}, σ ${step.sigma.toFixed(2)}`,
  );
  dom.enabled("continue", state.connection.status === "open" && !run.elsewhere && !state.busy);
  const items = MODES.map((way) => ({
    name: way.name,
    disabled: painted ? way.mode === "replay" : way.edit,
  }));
  dom.options(
    "mode",
    items,
    MODES.findIndex((way) => way.mode === mode),
  );
  dom.text(
    "mode-help",
    painted || mode === "replay" ? help : "Paints this step anew: the selected part, or all of it.",
  );
  dom.shown("keep-outside", mode === "repaint");
  dom.checked("keep-outside", keepOutside);
  dom.shown("hold-options", mode === "hold");
  dom.value("hold-weight", Math.round(weight * 100));
  dom.text("hold-weight-value", `${Math.round(weight * 100)} %`);
  dom.value("hold-release", Math.round(release * 100));
  dom.text("hold-release-value", release === 1 ? "the end" : `${Math.round(release * 100)} %`);
  dom.shown("onward-fields", open);
  dom.text("more-onward", open ? "▾ from here on" : "▸ other words from here");
  const wished = { ...run.recipe, ...changes };
  const guidance = wished.guidance_scale ?? 3;
  dom.value("onward-prompt", wished.prompt);
  dom.value("onward-negative", wished.negative_prompt || "");
  dom.value("onward-guidance", Math.round(guidance * 10));
  dom.text("onward-guidance-value", guidance.toFixed(1));
  dom.value("onward-seed", wished.seed ?? 0);
  const samplers = state.model ? state.model.samplers : [];
  const names = samplers.map((name) => ({ name: spoken(name) }));
  dom.options("onward-sampler", names, samplers.indexOf(wished.sampler || ""));
}

const MOST_STRAYS = 8;

/**
 * @param {Dom} dom
 * @param {State} state
 * @param {boolean} open
 * @param {(run: string) => void} adopt
 */
function renderStrays(dom, state, open, adopt) {
  const strays = straysOf(state);
  dom.shown("strays-section", strays.length > 0 && state.document !== null);
  const count = strays.length === 1 ? "One painting lies" : `${strays.length} paintings lie`;
  dom.text("more-strays", `${open ? "▾" : "▸"} ${count} in no open document`);
  dom.shown("strays", open);
  const list = dom.el("strays");
  const shown = strays.slice(0, MOST_STRAYS);
  const key = shown.map((run) => run.id).join();
  if (list.getAttribute("data-runs") === key) return;
  list.setAttribute("data-runs", key);
  list.textContent = "";
  for (const run of shown) {
    const row = dom.make("div", "row");
    row.appendChild(
      dom.make("div", "line-name grow", `Painting ${run.number} · ${run.recipe.prompt}`),
    );
    const bring = dom.make("div", "chip", "bring here");
    bring.setAttribute("role", "button");
    bring.setAttribute("tabindex", "0");
    dom.clicked(bring, () => adopt(run.id));
    row.appendChild(bring);
    list.appendChild(row);
  }
}

/** @param {Dom} dom @param {Panel} panel */
function bindPairing(dom, panel) {
  const pair = () => {
    const token = String(dom.el("token").value).trim();
    const address = String(dom.el("address").value).trim().replace(/\/+$/, "");
    void panel.pair(address, token);
  };
  dom.clicked(dom.el("pair"), pair);
  dom.el("token").addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Enter") pair();
  });
}

/** @param {Dom} dom @param {Panel} panel */
function bindSettings(dom, panel) {
  /** @param {Partial<import("./types/panel").Settings>} settings */
  const set = (settings) => panel.store.dispatch({ type: "settings", settings });
  dom.on("prompt", "input", ({ value }) => set({ prompt: String(value) }));
  dom.on("negative", "input", ({ value }) => set({ negative_prompt: String(value) }));
  dom.on("strength", "input", ({ value }) => set({ strength: Number(value) / 100 }));
  dom.on("steps", "input", ({ value }) => set({ steps: Number(value) }));
  dom.on("guidance", "input", ({ value }) => set({ guidance_scale: Number(value) / 10 }));
  dom.on("seed", "change", ({ value }) => set({ seed: seedOf(value), seedKept: true }));
  dom.on("together", "change", ({ checked }) => set({ together: checked }));
  dom.on("sampler", "change", ({ selectedIndex }) => {
    const { model } = panel.store.state();
    if (model) set({ sampler: model.samplers[selectedIndex] });
  });
  for (const chip of dom.el("source").children) {
    const source = /** @type {import("./types/panel").Source} */ (chip.getAttribute("data-value"));
    dom.clicked(chip, () => set({ source }));
  }
  for (const chip of dom.el("where").children) {
    const where = /** @type {import("./types/panel").Where} */ (chip.getAttribute("data-value"));
    dom.clicked(chip, () => set({ where }));
  }
  dom.clicked(dom.el("dice"), () => set({ seed: Math.floor(Math.random() * 2 ** 32) }));
  dom.clicked(dom.el("lock"), () => set({ seedKept: !panel.store.state().settings.seedKept }));
  dom.clicked(dom.el("paint"), () => void panel.generate());
  dom.clicked(dom.el("cancel"), () => {
    const progress = progressOf(panel.store.state());
    if (progress) panel.cancel(progress.run.id);
  });
  dom.clicked(dom.el("dismiss"), () => panel.store.dispatch({ type: "said", notice: null }));
}

/** @param {Dom} dom @param {Panel} panel */
function bindOnward(dom, panel) {
  /** @param {Partial<import("./types/panel").Onward>} onward */
  const set = (onward) => panel.store.dispatch({ type: "onward", onward });
  /** @param {import("./types/panel").Onward["changes"]} change */
  const change = (change) => set({ changes: { ...panel.store.state().onward.changes, ...change } });
  dom.clicked(dom.el("continue"), () => void panel.rewind());
  dom.clicked(dom.el("more-onward"), () => set({ open: !panel.store.state().onward.open }));
  dom.on("mode", "change", ({ selectedIndex }) => set({ mode: MODES[selectedIndex].mode }));
  dom.on("keep-outside", "change", ({ checked }) => set({ keepOutside: checked }));
  dom.on("hold-weight", "input", ({ value }) => set({ weight: Number(value) / 100 }));
  dom.on("hold-release", "input", ({ value }) => set({ release: Number(value) / 100 }));
  dom.on("onward-prompt", "input", ({ value }) => change({ prompt: String(value) }));
  dom.on("onward-negative", "input", ({ value }) => change({ negative_prompt: String(value) }));
  dom.on("onward-guidance", "input", ({ value }) => change({ guidance_scale: Number(value) / 10 }));
  dom.on("onward-seed", "change", ({ value }) => change({ seed: seedOf(value) }));
  dom.on("onward-sampler", "change", ({ selectedIndex }) => {
    const { model } = panel.store.state();
    if (model) change({ sampler: model.samplers[selectedIndex] });
  });
}

/** What was typed as a seed: whole, not negative, exact in JSON. @param {unknown} value */
function seedOf(value) {
  const seed = Math.floor(Number(value));
  return Number.isSafeInteger(seed) && seed >= 0 ? seed : 0;
}

module.exports = { makeView };
