"use strict";
// The open documents, each with its history; and whether the painter's hand is on one of them.
//
//   Model          documents, the active one, busy, listeners
//   OpenDocument   the present State and the ones before it

const { rectangle } = require("./bounds.js");
const { filled } = require("./raster.js");
const { fullOf } = require("./colour.js");
const { eventOf } = require("../documented/event_codes.js");
const { newState, makeLayer, addLayer, changeState, flatten, carryView } = require("./document.js");

/** @typedef {import("./document.js").State} State */
/** @typedef {{id: number, name: string, state: State}} HistoryState */
/**
 * @typedef {{type: "state", document: OpenDocument, before: State, after: State, recorded?: boolean}
 *   | {type: "documents"}
 *   | {type: "busy"}
 *   | {type: "notification", event: string, descriptor: object}} ModelEvent
 */

// documented: Preferences > Performance, 1 to 1000 and 50 by default; more here, as a run adds a state
// for each of its steps and the painter's own strokes shall stay within reach
const HISTORY_STATES = 200;
const HISTORY_BYTES = 512 * 2 ** 20; // of pixels that only old states hold; assumed

class OpenDocument {
  /**
   * @param {Model} model
   * @param {{id: number, name: string, state: State, command: string}} fields
   */
  constructor(model, { id, name, state, command }) {
    this.model = model;
    this.id = id;
    this.name = name;
    this.saved = true;
    /** Whether it was made here and never saved. */
    this.isNew = command === "New";
    /** @type {{node: import("../storage/disk.js").Node, format: string} | null} where it is saved to */
    this.file = null;
    /** @type {HistoryState[]} */
    this.history = [{ id: model.newHistoryId(), name: command, state }];
    this.current = 0; // index into history
    /** @type {{id: number, name: string, state: State, base: State, changed: boolean} | null} */
    this.suspended = null;
    this.nextLayerId = 1 + Math.max(0, ...flatten(state.layers).map((layer) => layer.id));
  }

  /** @returns {State} */
  get state() {
    return this.suspended ? this.suspended.state : this.history[this.current].state;
  }

  newLayerId() {
    return this.nextLayerId++;
  }

  /** A change with a history state of its own, or part of the suspended one. */
  record(name, state) {
    const before = this.state;
    if (state === before) return;
    this.saved = false;
    if (this.suspended) Object.assign(this.suspended, { state, changed: true });
    else this.push(name, state);
    this.model.emit({ type: "state", document: this, before, after: state, recorded: true });
    if (!this.suspended) this.announce();
    const event = eventOf(name);
    if (event) {
      const descriptor = { documentID: this.id };
      this.model.emit({ type: "notification", event, descriptor });
    }
  }

  /** A change without a history state: what is seen, which layer is active. */
  amend(state) {
    const before = this.state;
    if (state === before) return;
    if (state.layers !== before.layers || state.xmp !== before.xmp) this.saved = false;
    if (this.suspended) this.suspended.state = state;
    else this.history[this.current] = { ...this.history[this.current], state };
    this.model.emit({ type: "state", document: this, before, after: state });
  }

  push(name, state) {
    this.history.length = this.current + 1; // linear history: what was undone is gone
    this.history.push({ id: this.model.newHistoryId(), name, state });
    while (this.history.length > HISTORY_STATES || heldBytes(this.history) > HISTORY_BYTES) {
      if (this.history.length <= 2) break;
      this.history.shift();
    }
    this.current = this.history.length - 1;
  }

  /** Go to another history state. The view stays: assumed. */
  goTo(index) {
    if (this.suspended) throw new Error("the history is suspended");
    if (index < 0 || index >= this.history.length || index === this.current) return;
    const before = this.state;
    this.current = index;
    const after = carryView(this.history[index].state, before);
    this.history[index] = { ...this.history[index], state: after };
    this.saved = false;
    this.model.emit({ type: "state", document: this, before, after });
    this.announce();
  }

  undo() {
    this.goTo(this.current - 1);
  }

  redo() {
    this.goTo(this.current + 1);
  }

  /** @returns {number} an id for `resume` */
  suspend(name) {
    if (this.suspended) throw new Error(`the history of document ${this.id} is already suspended`);
    const base = this.state;
    const id = this.model.newHistoryId();
    this.suspended = { id, name, state: base, base, changed: false };
    return id;
  }

  /** documented: a state is made only when something changed; not committing drops the changes. */
  resume(commit, name = this.suspended?.name) {
    if (!this.suspended) throw new Error(`the history of document ${this.id} is not suspended`);
    const { state, base, changed } = this.suspended;
    this.suspended = null;
    if (commit && changed) {
      this.push(name, state);
      this.announce();
    } else if (commit) {
      this.history[this.current] = { ...this.history[this.current], state };
    } else if (state !== base) {
      this.model.emit({ type: "state", document: this, before: state, after: base });
    }
  }

  /** seen in hosts' plugins: fires on every change of the image, with these four keys. */
  announce() {
    const { id, name } = this.history[this.current];
    const descriptor = { documentID: this.id, ID: id, name, commandID: 0 };
    this.model.emit({ type: "notification", event: "historyStateChanged", descriptor });
  }
}

/** Bytes of pixels in all states, shared ones counted once. */
function heldBytes(history) {
  const seen = new Set();
  for (const { state } of history) {
    for (const layer of flatten(state.layers)) {
      if (layer.raster) seen.add(layer.raster.data);
      if (layer.mask) seen.add(layer.mask.data);
      if (layer.unused) seen.add(layer.unused.data);
    }
  }
  return [...seen].reduce((bytes, data) => bytes + data.byteLength, 0);
}

class Model {
  constructor() {
    /** @type {OpenDocument[]} */
    this.documents = [];
    /** @type {OpenDocument | null} */
    this.active = null;
    /** Why plugins must wait, "" when they need not: a stroke, a dialog. */
    this.busy = "";
    /** @type {Set<(event: ModelEvent) => void>} */
    this.listeners = new Set();
    /** Of the document in front, in percent: a screen says so. */
    this.zoom = () => 100;
    this.nextDocumentId = 101; // far from layer ids and indexes, so that a mix-up is found
    this.nextHistoryId = 1001;
  }

  newHistoryId() {
    return this.nextHistoryId++;
  }

  /**
   * @param {(event: ModelEvent) => void} listener
   * @returns {() => void} stops listening
   */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {ModelEvent} event */
  emit(event) {
    for (const listener of [...this.listeners]) listener(event);
  }

  /** @param {string} reason "" when the painter's hand is off again */
  setBusy(reason) {
    this.busy = reason;
    this.emit({ type: "busy" });
  }

  /**
   * @param {{width: number, height: number, name?: string,
   *   fill?: "white" | "transparent" | readonly number[], depth?: import("./colour.js").Depth,
   *   profile?: string, resolution?: number}} options fill: red, green and blue are 0..1
   */
  newDocument({ width, height, name, fill = "white", depth = 8, profile, resolution }) {
    const opaque = fill !== "transparent";
    const colour = typeof fill === "string" ? [1, 1, 1] : fill;
    const paper = [...colour, 1].map((share) => Math.round(share * fullOf(depth)));
    const layer = makeLayer({
      id: 1,
      name: opaque ? "Background" : "Layer 1",
      background: opaque,
      held: opaque ? ["position", "transparency"] : [],
      raster: opaque ? filled(rectangle(0, 0, width, height), paper, depth) : null,
    });
    const fresh = newState(width, height, { depth, profile, resolution });
    const state = addLayer(fresh, layer, null, 0);
    const title = name ?? `Untitled-${this.nextDocumentId - 100}`;
    return this.open({ name: title, state: changeState(state, { active: [1] }), command: "New" });
  }

  /** @param {{name: string, state: State, command?: string, file?: OpenDocument["file"]}} fields */
  open({ name, state, command = "Open", file = null }) {
    const document = new OpenDocument(this, { id: this.nextDocumentId++, name, state, command });
    document.file = file;
    this.documents.push(document);
    this.activate(document);
    const descriptor = { documentID: document.id };
    this.emit({ type: "notification", event: command === "New" ? "make" : "open", descriptor });
    return document;
  }

  /** @param {OpenDocument} document */
  activate(document) {
    if (this.active === document) return;
    this.active = document;
    this.emit({ type: "documents" });
    const descriptor = { _target: [{ _ref: "document", _id: document.id }] };
    this.emit({ type: "notification", event: "select", descriptor });
  }

  /** @param {OpenDocument} document */
  close(document) {
    this.documents = this.documents.filter((other) => other !== document);
    if (this.active === document) this.active = this.documents.at(-1) ?? null;
    this.emit({ type: "documents" });
    const descriptor = { documentID: document.id };
    this.emit({ type: "notification", event: "close", descriptor });
  }
}

module.exports = { Model, OpenDocument, HISTORY_STATES };
