"use strict";
// Random painters at a real bridge: each sequence is a panel over a stand-in host of its own, and a
// painter who paints, moves, masks, hides, renames, deletes, merges and undoes while runs arrive,
// switches and closes documents, reloads the panel, loses the connection. Afterwards, when all is
// quiet, nothing of what `broken` calls wrong may be there, and what it calls odd only rarely.
//
//   node painter_actions.js ADDRESS TOKEN FIRST COUNT     one JSON object per sequence on stdout
//
// A sequence is known by its seed; what the bridge is doing meanwhile is not repeated exactly.

const edits = require("../../../ps-plugin/studio/document/edits.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { filled, laid } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { fullOf, P3, SRGB } = require("../../../ps-plugin/studio/document/colour.js");
const { flatten, findLayer } = require("../../../ps-plugin/studio/document/document.js");
const { makePanel } = require("../../../ps-plugin/actions/panel.js");
const { linesOf } = require("../../../ps-plugin/state/timeline.js");
const { nextBatch } = require("../../../ps-plugin/actions/arrivals.js");
const { runOf, stepsOf } = require("../../../ps-plugin/state/state.js");
const { chance } = require("../support.js");

const HURRY = 20; // the panel's own waits are so many times shorter
const ACTIONS = 14; // of a sequence
const PATIENCE = 240_000; // milliseconds until all must be quiet, beside whatever else is running
const ABRUPT = /undefined|null|NaN|is not a function|Cannot read|\[object/; // no sentence for a painter

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A painter with a host, a panel at the bridge, and a memory of what they did to which layer. */
class Painter {
  constructor(access, seed) {
    this.access = access;
    this.random = chance(seed);
    this.host = createHost();
    this.log = [];
    this.said = new Set(); // error sentences the panel showed
    /** "document layer" -> pixels and mask as the painter left them */
    this.left = new Map();
    /** document -> the layers the painter made the active ones */
    this.active = new Map();
    this.sockets = [];
    this.life = { over: false };
  }

  number(below) {
    return Math.floor(this.random() * below);
  }

  one(list) {
    return list[this.number(list.length)];
  }

  state() {
    return this.panel.store.state();
  }

  document() {
    return this.host.model.active;
  }

  async open() {
    await this.host.secureStorage.setItem("token", this.access.token);
    await this.host.secureStorage.setItem("address", this.access.address);
    this.newDocument();
    await this.reload();
    await this.until(() => this.state().connection.status === "open", "a connection");
    this.panel.store.dispatch({ type: "settings", settings: { sampler: "euler", steps: 3 } });
  }

  newDocument() {
    const size = { width: 16 + this.number(20), height: 16 + this.number(20) };
    const depth = this.random() < 0.2 ? 16 : 8;
    const profile = this.random() < 0.2 ? P3 : SRGB;
    this.host.model.newDocument({ ...size, depth, profile });
    this.remember();
  }

  async reload() {
    if (this.panel) this.panel.stop();
    this.life.over = true;
    await this.free();
    this.life = { over: false };
    this.panel = this.newPanel();
    await this.panel.start();
    this.panel.store.subscribe((state) => {
      if (state.notice?.kind === "error") this.said.add(state.notice.text);
    });
  }

  newPanel() {
    const { secureStorage, photoshop } = this.host;
    const { core } = photoshop;
    const { life } = this;
    // A reload ends the old panel's script: what it would have asked for next is never asked.
    const executeAsModal = (...given) =>
      life.over ? new Promise(() => undefined) : core.executeAsModal(...given);
    return makePanel({
      photoshop: { ...photoshop, core: { ...core, executeAsModal } },
      secureStorage,
      fetch: (url, options) => fetch(url, options),
      socket: (url) => {
        const socket = new WebSocket(url);
        this.sockets.push(socket);
        return socket;
      },
      wait: (ms) => sleep(ms / HURRY),
      random: this.random,
      urlOf: () => "blob:thumbnail",
      revoke: () => undefined,
      locale: "en",
    });
  }

  /** Photoshop lets nobody act while a plugin is modal. */
  async free() {
    while (this.host.modal.isModal()) await this.host.modal.free();
  }

  async until(so, what) {
    const end = Date.now() + PATIENCE;
    while (!so()) {
      if (Date.now() > end) {
        const { connection, busy, papers, runs } = this.state();
        const states = Object.values(papers).flatMap((one) =>
          one.runs.map((id) => runs[id]?.state),
        );
        const next = nextBatch(this.state());
        const now = { status: connection.status, busy, states, next: next?.steps.length ?? null };
        throw new Error(`waited in vain for ${what}: ${JSON.stringify(now)}`);
      }
      await sleep(5);
    }
  }

  /** All that can be painted on: no group, nothing locked. */
  layers() {
    const document = this.document();
    if (!document) return [];
    return flatten(document.state.layers).filter((one) => one.kind !== "group" && !one.locked);
  }

  ours() {
    const papers = this.document() && this.state().papers[this.document().id];
    const ids = new Set(Object.values(papers?.layers ?? {}).map((note) => note.layer));
    return this.layers().filter((layer) => ids.has(layer.id));
  }

  /** What the painter has just left behind in the document, in all its layers or one. */
  remember(layer = null) {
    const document = this.document();
    if (!document) return;
    this.active.set(document.id, document.state.active);
    if (layer === null) return;
    const found = findLayer(document.state, layer);
    const key = `${document.id} ${layer}`;
    if (found) this.left.set(key, { raster: found.raster, mask: found.mask });
    else this.left.delete(key);
  }

  /** After an undo, a removal: what is gone is gone by the painter's own will. */
  forget(document) {
    for (const [key] of this.left) {
      if (key.startsWith(`${document.id} `)) this.left.delete(key);
    }
    this.active.set(document.id, document.state.active);
  }

  stroke(layer) {
    const document = this.document();
    const { width, height, depth } = document.state;
    const [x, y] = [this.number(width - 4), this.number(height - 4)];
    const full = fullOf(depth);
    const colour = [this.number(full), this.number(full), this.number(full), full];
    const piece = filled(rectangle(x, y, 2 + this.number(3), 2 + this.number(3)), colour, depth);
    const before = findLayer(document.state, layer.id).raster;
    edits.setLayer(document, layer.id, "raster", before ? laid(before, piece) : piece);
    edits.selectLayers(document, [layer.id]);
    this.remember(layer.id);
  }

  async paint(layers) {
    const layer = layers.length > 0 && this.one(layers);
    if (!layer) return;
    const tell = (state) =>
      this.host.model.emit({
        type: "notification",
        event: "toolModalStateChanged",
        descriptor: { state: { _value: state }, kind: { _value: "paint" } },
      });
    this.host.model.setBusy("the painter is painting");
    tell("enter");
    await sleep(this.number(8));
    await this.free();
    const still = this.document() && findLayer(this.document().state, layer.id);
    if (still && this.layers().includes(still)) this.stroke(still);
    this.host.model.setBusy("");
    tell("exit");
  }

  async quiet() {
    const so = () => {
      const { papers, runs, busy, connection } = this.state();
      const mine = Object.values(papers).flatMap((one) => one.runs.map((id) => runs[id]));
      const active = (run) => !run?.elsewhere && ["running", "queued"].includes(run?.state);
      return (
        connection.status === "open" &&
        busy === "" &&
        !this.host.modal.isModal() &&
        !mine.some(active) &&
        nextBatch(this.state()) === null
      );
    };
    // Steps arrive in the document in front: each has to be there once.
    for (const document of [...this.host.model.documents, this.document()]) {
      this.host.model.activate(document);
      await this.until(() => this.state().document?.id === document.id, "the document in front");
      // Quiet for a while: the panel looks at changed layers only after things have settled.
      for (let calm = 0; calm < 12; calm += 1) {
        if (!so()) calm = -1;
        await this.until(so, "quiet");
        await sleep(12);
      }
    }
  }
}

const STROKE_SETTINGS = [
  { source: "nothing", where: "everywhere" },
  { source: "layer", where: "everywhere", strength: 0.7 },
  { source: "composite", where: "everywhere", strength: 0.9 },
  { source: "composite", where: "selection", strength: 0.8 },
];

/** Name -> [how often, what the painter does]. Painter's own acts find no modal scope open. */
const ACTS = {
  paintAnywhere: [4, (p) => p.paint(p.layers())],
  paintOnStep: [6, (p) => p.paint(p.ours())],
  generate: [
    5,
    (p) => {
      const settings = { ...p.one(STROKE_SETTINGS), prompt: "a house", steps: 2 + p.number(3) };
      const how = { together: p.random() < 0.2, keep: p.one(["all", "all", "keyframes", "last"]) };
      const part = { feather: p.number(4), keyframes: 2, context: p.random() < 0.5 };
      p.panel.store.dispatch({ type: "settings", settings: { ...settings, ...how, ...part } });
      return p.panel.generate();
    },
  ],
  look: [3, (p) => someStep(p, (step) => p.panel.select(step))],
  continue: [
    5,
    (p) =>
      someStep(p, (step) => {
        p.panel.select(step);
        const mode = p.one(["repaint", "keep", "nudge", "hold", "replay"]);
        const mixed = p.random() < 0.15;
        const onward = { mode, keepOutside: p.random() < 0.3, mixed, changes: {} };
        if (p.random() < 0.3) onward.changes = { prompt: "a tree" };
        p.panel.store.dispatch({ type: "onward", onward });
        return p.panel.rewind();
      }),
  ],
  cancel: [2, (p) => someRun(p, (run) => p.panel.cancel(run))],
  removeRun: [
    1,
    (p) =>
      someRun(p, async (run) => {
        const document = p.document();
        await p.panel.remove(run);
        p.forget(document);
      }),
  ],
  bake: [
    1,
    (p) =>
      someRun(p, async (run) => {
        const document = p.document();
        await p.panel.bake(run);
        p.forget(document);
      }),
  ],
  bring: [1, (p) => someStep(p, (step) => p.panel.bring(step))],
  select: [
    2,
    (p) => {
      const some = filled(rectangle(2, 3, 6 + p.number(6), 5 + p.number(6)), [255]);
      edits.select(p.document(), "Select", p.random() < 0.3 ? null : some);
    },
  ],
  activate: [2, (p) => chosen(p, p.layers(), (id) => edits.selectLayers(p.document(), [id]))],
  hide: [2, (p) => chosen(p, p.layers(), (id) => edits.showLayer(p.document(), id, false))],
  show: [1, (p) => chosen(p, p.layers(), (id) => edits.showLayer(p.document(), id, true))],
  rename: [2, (p) => chosen(p, p.ours(), (id) => edits.setLayer(p.document(), id, "name", "mine"))],
  renameAll: [
    1,
    (p) => {
      for (const { id } of flatten(p.document().state.layers)) {
        edits.setLayer(p.document(), id, "name", "renamed by an action");
      }
    },
  ],
  fade: [1, (p) => chosen(p, p.ours(), (id) => edits.setLayer(p.document(), id, "opacity", 0.5))],
  shift: [
    2,
    (p) =>
      chosen(p, p.ours(), (id) => {
        edits.shiftLayer(p.document(), id, p.number(5) - 2, 1 + p.number(3));
        p.remember(id);
      }),
  ],
  mask: [
    2,
    (p) =>
      chosen(p, p.ours(), (id) => {
        const { depth } = p.document().state;
        const mask = filled(rectangle(0, 0, 9, 30), [fullOf(depth)], depth);
        edits.setLayer(p.document(), id, "mask", mask);
        p.remember(id);
      }),
  ],
  duplicate: [
    1,
    (p) =>
      chosen(p, p.ours(), (id) => {
        p.remember(edits.duplicateLayer(p.document(), id));
      }),
  ],
  delete: [2, (p) => chosen(p, p.ours(), (id) => drop(p, [id]))],
  deleteGroup: [1, (p) => chosen(p, groups(p), (id) => drop(p, [id]))],
  moveOut: [
    1,
    (p) =>
      chosen(p, p.ours(), (id) => {
        const top = p.document().state.layers.at(-1);
        edits.placeLayer(p.document(), id, top.id, "placeBefore");
      }),
  ],
  merge: [1, (p) => merge(p)],
  lock: [1, (p) => chosen(p, p.ours(), (id) => edits.setLayer(p.document(), id, "locked", true))],
  undo: [
    2,
    (p) => {
      p.document().undo();
      p.forget(p.document());
    },
  ],
  goBackAndForth: [
    1,
    async (p) => {
      const document = p.document();
      document.goTo(p.number(document.history.length));
      await sleep(p.number(60));
      await p.free();
      document.goTo(document.history.length - 1);
      p.forget(document);
    },
  ],
  aReadFails: [1, (p) => p.host.faults.failReads(1)],
  escape: [1, (p) => p.host.faults.cancel(1 + p.number(6))],
  newDocument: [1, (p) => p.newDocument()],
  switchDocument: [2, (p) => p.host.model.activate(p.one(p.host.model.documents))],
  closeDocument: [
    1,
    (p) => {
      if (p.host.model.documents.length < 2) return;
      const closing = p.document();
      p.forget(closing);
      p.active.delete(closing.id);
      p.host.model.close(closing);
    },
  ],
  reloadPanel: [1, (p) => p.reload()],
  loseConnection: [1, (p) => p.sockets.splice(0).forEach((socket) => socket.close())],
  dialog: [
    1,
    async (p) => {
      p.host.model.setBusy("a dialog is open");
      await sleep(p.number(60));
      p.host.model.setBusy("");
    },
  ],
  wait: [3, (p) => sleep(p.number(80))],
};

/** Acts that are the panel's, not Photoshop's: nobody waits for a free moment to click. */
const CLICKS = ["generate", "look", "continue", "cancel", "removeRun", "bake", "bring"].concat([
  "reloadPanel",
  "wait",
]);

function chosen(p, layers, act) {
  if (layers.length > 0) act(p.one(layers).id);
}

function groups(p) {
  return flatten(p.document().state.layers).filter((layer) => layer.kind === "group");
}

function drop(p, ids) {
  const document = p.document();
  const gone = ids.flatMap((id) => flatten([findLayer(document.state, id)]));
  if (document.state.layers.length === 1 && ids.includes(document.state.layers[0].id)) return;
  edits.deleteLayers(document, ids);
  for (const { id } of gone) p.left.delete(`${document.id} ${id}`);
}

/** Two step layers become one of the painter's own, as Merge Layers leaves them. */
function merge(p) {
  const [first, second] = p.ours();
  if (!first || !second) return;
  const raster = first.raster && second.raster ? laid(first.raster, second.raster) : first.raster;
  const document = p.document();
  edits.selectLayers(document, [second.id]);
  const id = edits.newLayer(document, { name: "merged", raster });
  p.remember(id);
  drop(p, [first.id, second.id]);
}

function someStep(p, act) {
  const papers = p.document() && p.state().papers[p.document().id];
  const steps = (papers?.runs ?? []).flatMap((run) => stepsOf(p.state(), run));
  return steps.length > 0 ? act(p.one(steps).id) : undefined;
}

function someRun(p, act) {
  const papers = p.document() && p.state().papers[p.document().id];
  return papers?.runs.length ? act(p.one(papers.runs)) : undefined;
}

/** Everything that is wrong, or only odd, once all is quiet, in words. */
async function broken(p) {
  const wrong = [];
  const odd = [];
  for (const text of p.said) if (ABRUPT.test(text)) wrong.push(`the panel said "${text}"`);
  for (const [key, { raster, mask }] of p.left) {
    const [id, layer] = key.split(" ").map(Number);
    const document = p.host.model.documents.find((one) => one.id === id);
    const found = document && findLayer(document.state, layer);
    if (!found) wrong.push(`layer ${layer}, which the painter worked on, is gone`);
    else if (!same(found.raster, raster) || !same(found.mask, mask)) {
      wrong.push(`what the painter left on layer ${layer} (${found.name}) has changed`);
    }
  }
  for (const document of p.host.model.documents) {
    const wished = p.active.get(document.id).filter((id) => findLayer(document.state, id));
    if (wished.length > 0 && String(wished) !== String(document.state.active)) {
      odd.push(`the active layers are ${document.state.active}, the painter's were ${wished}`);
    }
    p.host.model.activate(document);
    await p.until(() => p.state().document?.id === document.id, "the document in front");
    wrong.push(...(await unlikeTree(p, document)));
    odd.push(...(await unlikeAfresh(p, document)));
  }
  if (p.host.undisposed() > 0) wrong.push(`${p.host.undisposed()} image data were not given back`);
  return { wrong, odd };
}

function same(one, other) {
  if (!one || !other) return !one === !other;
  const place = ({ left, top, width, height }) => [left, top, width, height].join();
  return place(one) === place(other) && Buffer.compare(bytesOf(one), bytesOf(other)) === 0;
}

const bytesOf = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** The timeline against the bridge's tree, and the layers against the bridge's pictures. */
async function unlikeTree(p, document) {
  const wrong = [];
  const papers = p.state().papers[document.id];
  for (const { run, cells } of linesOf(p.state())) {
    const tree = await p.ask(`/runs/${run.id}`);
    const steps = tree.steps.map((step) => step.id).join();
    if (cells.map((cell) => cell.step.id).join() !== steps) {
      wrong.push(`painting ${run.number}: the timeline's steps are not the bridge's`);
    }
    if (run.state !== tree.run.state) {
      wrong.push(`painting ${run.number} is ${tree.run.state}, the timeline says ${run.state}`);
    }
    for (const { step } of cells) {
      const note = papers.layers[step.id];
      const all = (papers.keeps[run.id] ?? "all") === "all";
      if (!note && all) wrong.push(`step ${step.index + 1} of painting ${run.number} has no note`);
      else if (note?.layer >= 0 && !findLayer(document.state, note.layer)) {
        wrong.push(`step ${step.index + 1}'s layer ${note.layer} is not there`);
      }
    }
  }
  return wrong;
}

/** A panel that comes fresh to the document finds what the old one knows. */
async function unlikeAfresh(p, document) {
  const papers = p.state().papers[document.id];
  const known = summary(papers);
  // An undo takes a step's layer back and with it the document's memory of it: a panel that comes
  // fresh brings that step again.
  const undone = p.log.includes("undo") || p.log.includes("goBackAndForth");
  const again = (step) => undone && papers.layers[step]?.layer === -1;
  const fresh = p.newPanel();
  const state = () => fresh.store.state();
  await fresh.start();
  try {
    await p.until(() => state().connection.status === "open", "a fresh panel's connection");
    await p.until(() => state().papers[document.id], "a fresh panel's look at the document");
    await p.until(() => nextBatch(state()) === null, "a fresh panel to have nothing to bring");
    await sleep(60);
    const { layers, ...rest } = state().papers[document.id];
    const others = Object.entries(layers).filter(([step]) => !again(step));
    const found = summary({ ...rest, layers: Object.fromEntries(others) });
    return found === known ? [] : [`a fresh panel finds\n  ${found}\n not\n  ${known}`];
  } finally {
    fresh.stop();
  }
}

/** What of ours lies in a document, but for what was removed from it. */
function summary({ runs, groups: homes, layers }) {
  const there = Object.entries(layers).filter(([, note]) => note.layer >= 0);
  const notes = there.map(([step, note]) => `${step.slice(0, 4)}${step.slice(32)}:${note.layer}`);
  const open = runs.filter((run) => homes[run] >= 0 || there.some(([step]) => runOf(step) === run));
  return JSON.stringify({ runs: open.map((run) => run.slice(0, 4)).sort(), notes: notes.sort() });
}

Painter.prototype.ask = async function ask(path) {
  const headers = { Authorization: `Bearer ${this.access.token}` };
  let answer = null;
  const asked = async () => (answer = await fetch(this.access.address + path, { headers }));
  // The bridge is killed now and then, also in the middle of this question.
  for (const end = Date.now() + PATIENCE; !answer && Date.now() < end; ) {
    await asked().catch(() => sleep(100));
  }
  if (!answer) throw new Error(`${path} had no answer`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
};

/** @returns {Promise<{seed: number, acts: string[], wrong: string[], odd: string[]}>} */
async function sequence(access, seed) {
  const p = new Painter(access, seed);
  const bag = Object.entries(ACTS).flatMap(([name, [often]]) => Array(often).fill(name));
  try {
    await p.open();
    await p.act("generate");
    for (let i = 0; i < ACTIONS; i += 1) {
      await p.act(p.one(bag));
      await sleep(p.number(15));
    }
    await p.quiet();
    return { seed, acts: p.log, ...(await broken(p)) };
  } catch (error) {
    return { seed, acts: p.log, wrong: [`thrown: ${error.stack}`], odd: [] };
  } finally {
    p.panel?.stop();
  }
}

Painter.prototype.act = async function act(name) {
  this.log.push(name);
  if (CLICKS.includes(name)) return ACTS[name][1](this);
  await this.free();
  const done = ACTS[name][1](this);
  if (this.document()) this.active.set(this.document().id, this.document().state.active);
  await done;
};

async function main([address, token, first, count]) {
  let next = Number(first);
  const end = next + Number(count);
  let failed = 0;
  const escaped = [];
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (error) => escaped.push(String(error?.stack ?? error)));
  }
  const painters = Array.from({ length: 8 }, async () => {
    while (next < end) {
      const result = await sequence({ address, token }, next++);
      result.wrong.push(...escaped.splice(0).map((text) => `nobody caught: ${text}`));
      if (result.wrong.length > 0) failed += 1;
      process.stdout.write(`${JSON.stringify(result)}\n`);
    }
  });
  await Promise.all(painters);
  process.exit(failed > 0 ? 1 : 0);
}

void main(process.argv.slice(2));
