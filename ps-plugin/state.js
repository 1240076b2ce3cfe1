"use strict";

/**
 * What the panel knows, and how events change it. Pure; every message of the bridge may come
 * twice or after a fresh start without harm.
 *
 * initial            the state of a panel that has heard nothing
 * reduce             one event
 * lineage            the records a step came from, the noisiest first
 * stepsOf            a run's own steps, in order
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {import("./types/panel").PanelEvent} PanelEvent
 * @typedef {import("./types/panel").Papers} Papers
 * @typedef {import("./types/panel").RunView} RunView
 * @typedef {import("./types/panel").StepView} StepView
 * @typedef {import("./types/wire").Run} Run
 * @typedef {import("./types/wire").Step} Step
 * @typedef {import("./types/wire").Quality} Quality
 */

/** @type {Quality[]} from worst to best */
const QUALITIES = ["linear", "tiny", "full"];

/** @type {State} */
const initial = {
  connection: { status: "searching", address: "", trouble: "", message: "" },
  store: "",
  model: null,
  storeBytes: 0,
  quotaBytes: 0,
  runs: {},
  steps: {},
  document: null,
  papers: {},
  asked: {},
  settings: {
    prompt: "",
    negative_prompt: "",
    steps: 20,
    guidance_scale: null,
    strength: 0.6,
    seed: 1,
    seedKept: false,
    sampler: "dpmpp_2m",
    source: "layer",
    where: "selection",
    together: false,
    keep: "all",
    keyframes: 6,
    feather: 0,
    context: true,
    language: "auto",
  },
  selected: null,
  onward: { mode: null, keepOutside: false, weight: 1, release: 1, open: false, changes: {} },
  thumbs: {},
  busy: "",
  notice: null,
};

/** @type {Papers} */
const BLANK = {
  runs: [],
  places: {},
  groups: {},
  layers: {},
  inputs: [],
  keeps: {},
  wished: [],
  stuck: {},
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
      return queued(state, event.run, event.position);
    case "started":
      return withRun(state, event.run, { state: "running", position: 0 });
    case "stepped":
      return stepped(state, event.step, event.seconds_left);
    case "refined":
      return withQuality(state, event.step, event.quality);
    case "finished":
      return finished(state, event.run);
    case "cancelled":
      return withRun(state, event.run, { state: "cancelled", secondsLeft: null });
    case "failed":
      return failed(state, event);
    case "dropped":
      return dropped(state, event.runs);
    case "notice":
      return { ...state, notice: { kind: "note", text: event.message } };
    case "connection":
      return { ...state, connection: event.connection };
    case "document":
      return withDocument(state, event.document);
    case "opened":
      return opened(state, event.document, event.papers, event.runs, event.steps);
    case "closed":
      return { ...state, papers: without(state.papers, [String(event.document)]) };
    case "asked": {
      const { document, place, keep = "all" } = event;
      const asked = { document, place, keep };
      return { ...state, asked: { ...state.asked, [event.request]: asked }, notice: null };
    }
    case "grouped":
      return withPapers(state, event.document, (papers) => ({
        ...papers,
        groups: { ...papers.groups, [event.run]: event.group },
        inputs: [...papers.inputs, ...event.inputs],
      }));
    case "layered":
      return layered(state, event.document, event.layers);
    case "adopted":
      return adopted(state, event);
    case "wished":
      return wished(state, event.document, event.step);
    case "stuck":
      return withPapers(state, event.document, (papers) => ({
        ...papers,
        stuck: event.text
          ? { ...papers.stuck, [event.run]: event.text }
          : without(papers.stuck, [event.run]),
      }));
    case "baked":
      return baked(state, event.document, event.layers);
    case "removed":
      return removed(state, event.document, event.run);
    case "settings":
      return { ...state, settings: { ...state.settings, ...event.settings } };
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
    case "busy":
      return { ...state, busy: event.text };
    case "said":
      return { ...state, notice: event.notice };
    default:
      return state; // a newer bridge may say more than this panel understands
  }
}

/** @param {State} state @param {import("./types/wire").Welcome} event */
function welcomed(state, event) {
  const base = {
    ...state,
    store: event.store,
    model: event.model,
    storeBytes: event.store_bytes,
    quotaBytes: event.quota_bytes,
  };
  if (event.resumed) return base;
  // Start over; what only a document knows of stays.
  const known = Object.fromEntries(Object.entries(state.runs).filter(([, run]) => run.elsewhere));
  const steps = Object.fromEntries(
    Object.entries(state.steps).filter(([, step]) => step.run in known),
  );
  let next = { ...base, runs: known, steps };
  for (const run of event.runs) next = queued(next, run, 0);
  for (const step of event.steps) next = withStep(next, step);
  return next;
}

/** @param {State} state @param {Run} run @param {number} position */
function queued(state, run, position) {
  const old = state.runs[run.id];
  const secondsLeft = old ? old.secondsLeft : null;
  const view = { ...run, position, secondsLeft, elsewhere: false };
  const next = { ...state, runs: { ...state.runs, [run.id]: view } };
  const asked = state.asked[run.request];
  if (!asked || asked.document in state.papers === false) return next;
  return withPapers(next, asked.document, (papers) =>
    papers.runs.includes(run.id)
      ? papers
      : {
          ...papers,
          runs: [...papers.runs, run.id],
          places: { ...papers.places, [run.id]: asked.place },
          keeps: { ...papers.keeps, [run.id]: asked.keep },
        },
  );
}

/** @param {State} state @param {Step} step @param {number} secondsLeft */
function stepped(state, step, secondsLeft) {
  return withRun(withStep(state, step), step.run, { state: "running", position: 0, secondsLeft });
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

/** @param {State} state @param {{message: string, run?: string | null}} event */
function failed(state, event) {
  /** @type {State} */
  const told = { ...state, notice: { kind: "error", text: event.message } };
  if (!event.run) return told;
  return withRun(told, event.run, { state: "failed", message: event.message, secondsLeft: null });
}

/**
 * The bridge let runs go: their layers stay, a rewind needs them painted again.
 *
 * @param {State} state
 * @param {string[]} ids
 */
function dropped(state, ids) {
  return ids.reduce((next, id) => withRun(next, id, { elsewhere: true }), state);
}

/** @param {State} state @param {State["document"]} document */
function withDocument(state, document) {
  if (document === null) return { ...state, document, selected: null };
  const other = !state.document || state.document.id !== document.id;
  return { ...state, document, selected: other ? null : state.selected };
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
    next.runs[run.id] = { ...run, position: 0, secondsLeft: null, elsewhere: true };
  }
  for (const step of steps) {
    if (!next.steps[step.id]) next.steps[step.id] = { ...step, quality: "full" };
  }
  return next;
}

/**
 * @param {State} state
 * @param {number} document
 * @param {Papers["layers"]} notes
 */
function layered(state, document, notes) {
  return withPapers(state, document, (papers) => {
    // A run that was removed while its layers were being written stays removed.
    const known = Object.entries(notes).filter(([step]) => papers.runs.includes(runOf(step)));
    return { ...papers, layers: { ...papers.layers, ...Object.fromEntries(known) } };
  });
}

/**
 * A step without a layer shall have one.
 *
 * @param {State} state
 * @param {number} document
 * @param {string} step
 */
function wished(state, document, step) {
  return withPapers(state, document, (papers) => ({
    ...papers,
    layers: without(papers.layers, [step]),
    wished: [...papers.wished, step],
    groups: papers.groups[runOf(step)] === -1 ? without(papers.groups, [runOf(step)]) : papers.groups,
  }));
}

/**
 * Layers that were taken away to make the document light; so were those a run was made from.
 *
 * @param {State} state
 * @param {number} document
 * @param {string[]} steps
 */
function baked(state, document, steps) {
  return withPapers(state, document, (papers) => {
    const gone = steps.map((step) => [step, { ...papers.layers[step], layer: -1, painted: false }]);
    const layers = { ...papers.layers, ...Object.fromEntries(gone) };
    return { ...papers, layers, inputs: [] }; // a later run brings again what it needs
  });
}

/**
 * A painting that lies in no open document, with its branches.
 *
 * @param {State} state
 * @param {{document: number, run: string, keep?: import("./types/panel").Keep}} event
 */
function adopted(state, { document, run, keep = "all" }) {
  const ids = [run];
  for (const id of ids) {
    for (const other of Object.values(state.runs)) {
      const left = other.parent && runOf(other.parent) === id;
      if (left && !ids.includes(other.id)) ids.push(other.id);
    }
  }
  return withPapers(state, document, (papers) => {
    const fresh = ids.filter((id) => !papers.runs.includes(id));
    const corner = { left: 0, top: 0, above: null };
    const places = Object.fromEntries(fresh.map((id) => [id, corner]));
    return {
      ...papers,
      runs: [...papers.runs, ...fresh],
      places: { ...papers.places, ...places },
      keeps: { ...papers.keeps, ...Object.fromEntries(fresh.map((id) => [id, keep])) },
    };
  });
}

/** @param {State} state @param {number} document @param {string} run */
function removed(state, document, run) {
  const gone = state.selected !== null && state.steps[state.selected]?.run === run;
  const next = withPapers(state, document, (papers) => ({
    ...papers,
    runs: papers.runs.filter((id) => id !== run),
    places: without(papers.places, [run]),
    groups: without(papers.groups, [run]),
    stuck: without(papers.stuck, [run]),
    layers: without(
      papers.layers,
      Object.keys(papers.layers).filter((step) => runOf(step) === run),
    ),
    inputs: [], // some went with the group; a later run brings again what it needs
  }));
  return gone ? { ...next, selected: null } : next;
}

/** @param {State} state @param {number} document @param {(papers: Papers) => Papers} change */
function withPapers(state, document, change) {
  const papers = change(state.papers[document] || BLANK);
  return { ...state, papers: { ...state.papers, [document]: papers } };
}

/**
 * @template V
 * @param {Record<string, V>} record
 * @param {string[]} keys
 * @returns {Record<string, V>}
 */
function without(record, keys) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/** @param {Quality} one @param {Quality} other */
function better(one, other) {
  return QUALITIES.indexOf(one) > QUALITIES.indexOf(other);
}

/** @param {string} step "run.index" */
function runOf(step) {
  return step.slice(0, step.indexOf("."));
}

/** @param {State} state @param {string} run @returns {StepView[]} */
function stepsOf(state, run) {
  return Object.values(state.steps)
    .filter((step) => step.run === run)
    .sort((a, b) => a.index - b.index);
}

/** @param {State} state @param {string} id @returns {StepView[]} the noisiest first, `id` last */
function lineage(state, id) {
  const line = [];
  for (let at = state.steps[id]; at; at = state.steps[at.parent || ""]) line.unshift(at);
  return line;
}

module.exports = { initial, reduce, lineage, stepsOf, runOf, better, BLANK };
