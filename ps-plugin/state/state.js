"use strict";

/**
 * What the panel knows, and how events change it. Pure; every message of the bridge may come
 * twice or after a fresh start without harm.
 *
 * initial            the state of a panel that has heard nothing
 * reduce             one event
 * lineage, stepsOf   see runs.js
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").PanelEvent} PanelEvent
 * @typedef {import("../types/panel").Papers} Papers
 * @typedef {import("../types/panel").RunView} RunView
 * @typedef {import("../types/panel").StepView} StepView
 * @typedef {import("../types/wire").Run} Run
 * @typedef {import("../types/wire").Step} Step
 * @typedef {import("../types/wire").Quality} Quality
 */

const { SHOWN } = require("./recipe_fields.js");
const { usualOf } = require("./fields.js");
const { runOf, stepsOf, lineage, variationsOf } = require("./runs.js");
const { relinked } = require("./relinking.js");
const papers = require("./paper_events.js");
const live = require("./live_events.js");

/** @type {Quality[]} from worst to best */
const QUALITIES = ["linear", "tiny", "full"];

/** @type {State} */
const initial = {
  connection: { status: "searching", address: "", trouble: "", message: "" },
  pairing: null,
  store: "",
  model: null,
  storeBytes: 0,
  quotaBytes: 0,
  runs: {},
  steps: {},
  document: null,
  papers: {},
  regions: {},
  region: null,
  asked: {},
  settings: {
    prompt: "",
    negative_prompt: "",
    steps: 20,
    guidance_scale: null,
    strength: 0.6,
    seed: 1,
    seedKept: false,
    variations: 1,
    sampler: "dpmpp_2m",
    source: "layer",
    where: "selection",
    together: false,
    keep: "all",
    keyframes: 6,
    feather: 8,
    context: true,
    language: "auto",
    style: "",
    ...usualOf(SHOWN),
  },
  presets: [],
  selected: null,
  cover: null,
  live: live.STILL,
  onward: {
    mode: null,
    keepOutside: null,
    mixed: false,
    regions: true,
    weight: 1,
    release: 1,
    open: false,
    changes: {},
  },
  thumbs: {},
  busy: "",
  notice: null,
};

/**
 * @param {State} state
 * @param {PanelEvent} event
 * @returns {State}
 */
function reduce(state, event) {
  switch (event.type) {
    case "welcome":
      return welcomed(state, event);
    case "ready":
      return { ...state, model: event.model };
    case "queued":
      return queued(state, event.run);
    case "started":
      return withRun(state, event.run, { state: "running" });
    case "stepped":
      return stepped(state, event.step, event.seconds_left);
    case "refined":
      return withQuality(state, event.step, event.quality);
    case "finished":
      return finished(state, event.run);
    case "cancelled":
      return withRun(state, event.run, { state: "cancelled", secondsLeft: null });
    case "failed":
      return live.isOurs(event.request) ? live.refused(state, event) : failed(state, event);
    case "frame":
      return live.framed(state, event);
    case "live":
      return { ...state, live: { ...state.live, ...event.live } };
    case "dropped":
      return dropped(state, event.runs);
    case "notice":
      if (event.run && !isHere(state, event.run)) return state;
      return { ...state, notice: { kind: "note", text: event.message } };
    case "connection":
      return { ...state, connection: event.connection };
    case "pairing":
      return { ...state, pairing: event.pairing };
    case "document":
      return withDocument(state, event.document);
    case "opened":
      return opened(state, event.document, event.papers, event.runs, event.steps);
    case "closed":
      return {
        ...state,
        papers: papers.without(state.papers, [String(event.document)]),
        regions: papers.without(state.regions, [String(event.document)]),
      };
    case "regions":
      return { ...state, regions: { ...state.regions, [event.document]: event.regions } };
    case "region":
      return { ...state, region: event.key };
    case "asked": {
      const { document, place, keep = "all", count = 1 } = event;
      const asked = { document, place, keep, count };
      return { ...state, asked: { ...state.asked, [event.request]: asked }, notice: null };
    }
    case "grouped":
      return papers.grouped(state, event);
    case "layered":
      return strokesCount(state, papers.layered(state, event.document, event.layers));
    case "shifted":
      return papers.shifted(state, event);
    case "adopted":
      return papers.adopted(state, event);
    case "wished":
      return papers.wished(state, event.document, event.step);
    case "stuck":
      return papers.stuck(state, event);
    case "baked":
      return papers.baked(state, event.document, event.layers);
    case "relinked":
      return relinked(state, event.from, event.to);
    case "removed":
      return papers.removed(state, event.document, event.run);
    case "settings":
      return { ...state, settings: { ...state.settings, ...event.settings } };
    case "presets":
      return { ...state, presets: event.presets };
    case "chosen":
      return papers.chosen(reduce(state, { ...event, type: "selected" }), event.document);
    case "selected":
      return {
        ...state,
        selected: event.step,
        onward: event.step === state.selected ? state.onward : initial.onward,
      };
    case "onward":
      return { ...state, onward: { ...state.onward, ...event.onward } };
    case "thumb":
      return { ...state, thumbs: { ...state.thumbs, [event.step]: event.url } };
    case "cover":
      return { ...state, cover: event.cover };
    case "busy":
      return { ...state, busy: event.text };
    case "said":
      return { ...state, notice: event.notice };
    default:
      return state; // a newer bridge may say more than this panel understands
  }
}

/** @param {State} state @param {import("../types/wire").Welcome} event */
function welcomed(state, event) {
  const base = {
    ...state,
    store: event.store,
    model: event.model,
    storeBytes: event.store_bytes,
    quotaBytes: event.quota_bytes,
  };
  if (event.resumed) return base;
  // Start over; what a document knows of stays, also when this bridge does not.
  const housed = new Set(Object.values(state.papers).flatMap(({ runs }) => runs));
  const known = Object.fromEntries(
    Object.values(state.runs)
      .filter((run) => run.elsewhere || housed.has(run.id))
      .map((run) => [run.id, { ...run, elsewhere: true }]),
  );
  const steps = Object.fromEntries(
    Object.entries(state.steps).filter(([, step]) => step.run in known),
  );
  let next = { ...base, runs: known, steps };
  for (const run of event.runs) next = queued(next, run);
  for (const step of event.steps) next = withStep(next, step);
  return next;
}

/** @param {State} state @param {Run} run */
function queued(state, run) {
  const old = state.runs[run.id];
  const secondsLeft = old ? old.secondsLeft : null;
  const again = old && old.again ? { again: true } : {};
  const view = { ...run, ...again, secondsLeft, elsewhere: false };
  const next = { ...state, runs: { ...state.runs, [run.id]: view } };
  const asked = askedOf(state, run.request);
  // As many as were asked for: whatever else bears the name was asked for by somebody else.
  if (!asked || variationsOf(state, run).length >= (asked.count ?? 1)) return next;
  const claimed = answered(next, run.request, { run: asked.run ?? run.id });
  if (asked.document === null || !(asked.document in state.papers)) return claimed;
  return papers.housed(claimed, run.id, { ...asked, document: asked.document });
}

/**
 * What this panel asked for under that name. Everybody's runs and refusals are told to everybody.
 *
 * @param {State} state
 * @param {string | null | undefined} request
 */
function askedOf({ asked }, request) {
  const found = request ? asked[request] : undefined;
  return found && "document" in found ? found : undefined;
}

/**
 * @param {State} state
 * @param {string} request
 * @param {{run: string} | {refusal: string}} answer
 */
function answered(state, request, answer) {
  return { ...state, asked: { ...state.asked, [request]: { ...state.asked[request], ...answer } } };
}

/** @param {State} state @param {Step} step @param {number} secondsLeft */
function stepped(state, step, secondsLeft) {
  return withRun(withStep(state, step), step.run, { state: "running", secondsLeft });
}

/** @param {State} state @param {Step} step */
function withStep(state, step) {
  const old = state.steps[step.id];
  const run = state.runs[step.run];
  const done = run !== undefined && run.state === "finished";
  const quality = done ? "full" : old ? old.quality : "linear";
  return { ...state, steps: { ...state.steps, [step.id]: { ...step, quality } } };
}

/** @param {State} state @param {string} id @param {Partial<RunView>} change */
function withRun(state, id, change) {
  const run = state.runs[id];
  if (!run) return state;
  return { ...state, runs: { ...state.runs, [id]: { ...run, ...change } } };
}

/** @param {State} state @param {string} id @param {Quality} quality */
function withQuality(state, id, quality) {
  const step = state.steps[id];
  if (!step || !better(quality, step.quality)) return state;
  return { ...state, steps: { ...state.steps, [id]: { ...step, quality } } };
}

/** @param {State} state @param {string} run */
function finished(state, run) {
  let next = withRun(state, run, { state: "finished", secondsLeft: null });
  for (const step of stepsOf(state, run)) next = withQuality(next, step.id, "full");
  return next;
}

/** Whether a run lies in a document that is open. @param {State} state @param {string} run */
function isHere(state, run) {
  return Object.values(state.papers).some(({ runs }) => runs.includes(run));
}

/**
 * A failure is the business of who asked, and of who has the run in a document.
 *
 * @param {State} state
 * @param {{message: string, run?: string | null, request?: string | null}} event
 */
function failed(state, { message, run, request }) {
  const asked = askedOf(state, request);
  const here = run && isHere(state, run);
  const ours = asked || here || !(run || request); // without a name it was told to us alone
  /** @type {State["notice"]} */
  const notice = { kind: "error", text: message, ...(run && { way: "log" }) };
  const told = ours ? { ...state, notice } : state;
  if (run) return withRun(told, run, { state: "failed", message, secondsLeft: null });
  return asked && request ? answered(told, request, { refusal: message }) : told;
}

/**
 * The bridge let runs go: their layers stay, a rewind needs them painted again.
 *
 * @param {State} state
 * @param {readonly string[]} ids
 */
function dropped(state, ids) {
  return ids.reduce((next, id) => withRun(next, id, { elsewhere: true }), state);
}

/** @param {State} state @param {State["document"]} document */
function withDocument(state, document) {
  if (document === null) return { ...state, document, selected: null };
  const other = !state.document || state.document.id !== document.id;
  const { selected, region } = state;
  return { ...state, document, selected: other ? null : selected, region: other ? null : region };
}

/**
 * @param {State} state
 * @param {number} id
 * @param {Papers} papers
 * @param {Run[]} runs
 * @param {Step[]} steps
 */
function opened(state, id, papers, runs, steps) {
  const strange = runs.filter((run) => !state.runs[run.id]);
  const next = { ...state, papers: { ...state.papers, [id]: papers }, runs: { ...state.runs } };
  next.steps = { ...state.steps };
  for (const run of strange) {
    next.runs[run.id] = { ...run, secondsLeft: null, elsewhere: true };
  }
  for (const step of steps) {
    if (!next.steps[step.id]) next.steps[step.id] = { ...step, quality: "full" };
  }
  return next;
}

/** @param {Quality} one @param {Quality} other */
function better(one, other) {
  return QUALITIES.indexOf(one) > QUALITIES.indexOf(other);
}

/**
 * "As before" was chosen before the strokes were there: it does not leave them out.
 *
 * @param {State} before
 * @param {State} now
 * @returns {State}
 */
function strokesCount(before, now) {
  const { document, selected, onward } = now;
  if (!document || selected === null || onward.mode !== "replay") return now;
  const is = (/** @type {State} */ state) => state.papers[document.id]?.layers[selected]?.painted;
  return is(now) && !is(before) ? { ...now, onward: { ...onward, mode: null } } : now;
}

module.exports = { initial, reduce, lineage, stepsOf, runOf, better, BLANK: papers.BLANK };
