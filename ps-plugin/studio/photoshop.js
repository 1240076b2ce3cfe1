"use strict";
// Module "photoshop": app, core, action, imaging, constants, over a Model.
//
// Each emulated behaviour says how it is known:
//   documented       on Adobe's pages or in the published types
//   seen in a host   someone saw it in a real Photoshop
//   assumed          neither; docs/unproven.md lists what only a real Photoshop can show
//
// provenance.md lists them all, with their sources and the tests that show them.

const { enums } = require("./checks.js");
const { checkCall } = require("./check.js");
const { createModal } = require("./modal.js");
const { createFaults } = require("./faults.js");
const { createImaging } = require("./imaging.js");
const { createDom } = require("./dom.js");
const { createFiles } = require("./saving.js");
const { guarded, refusing } = require("./guarded.js");
const { createBatchPlay } = require("./batch_play.js");
const { SolidColor, createForeground } = require("./solid_color.js");
const { SRGB, GRAY, PROFILES } = require("./colour.js");

/** Events a panel may listen to: those that this host sends. */
const EVENTS = [
  "historyStateChanged",
  "toolModalStateChanged",
  "modalJavaScriptScopeEnter",
  "modalJavaScriptScopeExit",
  "select",
  "open",
  "close",
  "make",
  "delete",
  "set",
  "show",
  "hide",
  "move",
  "save",
];
/** documented: sent while a scope is open although other events are silent. */
const SCOPE_EVENTS = ["modalJavaScriptScopeEnter", "modalJavaScriptScopeExit"];

/**
 * @param {import("./model.js").Model} model
 * @param {object} [services]
 * @param {any} [services.encodeJpeg] of a browser
 * @param {(message: string) => void} [services.showAlert]
 * @param {import("./faults.js").Faults} [services.faults] none happen when absent
 * @param {ReturnType<typeof createFiles>} [services.files] that plugins may write
 * @param {{get(): string, set(colour: string): void}} [services.foreground] the painter's colour,
 *   such as "#2b2b2b"
 */
function createPhotoshop(model, services = {}) {
  const { encodeJpeg, showAlert = () => {}, faults = createFaults(model) } = services;
  const { files = createFiles(), foreground = createForeground() } = services;
  const modal = createModal(model, faults);
  const { imaging, undisposed } = createImaging({ model, modal, faults, encodeJpeg });
  const views = createDom(model, modal, files);
  const batchPlay = createBatchPlay(model, modal);

  const app = guarded("Photoshop", {
    typename: "Photoshop",
    get documents() {
      const list = model.documents.map(({ id }) => views.document(id));
      return Object.defineProperties(list, { typename: { value: "Documents" } });
    },
    get activeDocument() {
      return model.active ? views.document(model.active.id) : null;
    },
    set activeDocument(document) {
      modal.requireScopeFor("select");
      model.activate(views.openDocument(document.id));
    },
    SolidColor,
    get foregroundColor() {
      return new SolidColor(foreground.get());
    },
    set foregroundColor(colour) {
      modal.requireScopeFor("set");
      foreground.set(`#${colour.rgb.hexValue.toLowerCase()}`);
    },
    async createDocument(...given) {
      checkCall("app.createDocument", given);
      modal.requireScopeFor("make");
      return views.document(model.newDocument(documentFields(given[0])).id);
    },
    async open(...given) {
      if (given.length !== 1)
        throw new Error("app.open without a file is not modelled by this host");
      modal.requireScopeFor("open");
      return views.document(model.open(files.read(given[0])).id);
    },
    async getColorProfiles(mode = "RGB") {
      if (mode !== "RGB" && mode !== "Gray") {
        throw new Error(`getColorProfiles("${mode}") is not modelled by this host`);
      }
      return mode === "RGB" ? [...PROFILES] : [GRAY];
    },
    async showAlert(message) {
      showAlert(String(message));
    },
    batchPlay,
  });

  const core = refusing("photoshop.core", {
    apiVersion: 2,
    executeAsModal: modal.executeAsModal,
    isModal: modal.isModal,
    showAlert: async (options) => showAlert(String(options?.message ?? options)),
  });

  return {
    photoshop: {
      app,
      core,
      action: refusing("photoshop.action", { batchPlay, ...notifications(model, modal, faults) }),
      imaging: refusing("photoshop.imaging", imaging),
      constants: refusing("photoshop.constants", enums),
    },
    modal,
    undisposed,
  };
}

/** assumed: listeners are called in a later task, after what they hear of. */
function notifications(model, modal, faults) {
  /** @type {{events: string[], notifier: (event: string, descriptor: object) => void}[]} */
  let listeners = [];
  /** @type {{event: string, descriptor: object}[]} with the habit heldEvents: until the next click */
  const held = [];
  const send = ({ event, descriptor }) => {
    for (const { events, notifier } of listeners) {
      if (events.includes(event)) setTimeout(notifier, 0, event, descriptor);
    }
  };
  model.listen((event) => {
    if (event.type !== "notification") return;
    if (modal.isSilent() && !SCOPE_EVENTS.includes(event.event)) return;
    const late = faults.has("heldEvents") && event.event === "historyStateChanged";
    if (late) return void held.push(event);
    if (event.event === "select") for (const one of held.splice(0)) send(one);
    send(event);
  });
  return {
    async addNotificationListener(...given) {
      checkCall("action.addNotificationListener", given);
      const [events, notifier] = given;
      const strange = events.find((event) => !EVENTS.includes(event));
      // seen in a host: "all" is refused; documented: it needs developer mode
      if (strange) throw new Error(`the event "${strange}" is not modelled by this host`);
      listeners.push({ events: [...events], notifier });
    },
    async removeNotificationListener(...given) {
      checkCall("action.removeNotificationListener", given);
      const [events, notifier] = given;
      listeners = listeners
        .map((one) =>
          one.notifier === notifier
            ? { notifier, events: one.events.filter((event) => !events.includes(event)) }
            : one,
        )
        .filter((one) => one.events.length);
    },
  };
}

/** @param {Record<string, any>} [options] */
function documentFields({ width, height, name, fill, ...rest } = {}) {
  const { depth = 8, profile = SRGB, ...others } = rest;
  const strange = Object.keys(others).find((option) => !["mode", "resolution"].includes(option));
  if (strange) throw new Error(`createDocument: "${strange}" is not modelled by this host`);
  if (!(width > 0 && height > 0)) throw new Error("createDocument: give width and height");
  if (fill !== undefined && !["white", "transparent"].includes(fill)) {
    throw new Error(`createDocument: fill "${fill}" is not modelled by this host`);
  }
  if (depth !== 8 && depth !== 16) {
    throw new Error(`createDocument: depth ${depth} is not modelled by this host`);
  }
  if (!PROFILES.includes(profile)) {
    throw new Error(`createDocument: profile "${profile}" is not modelled by this host`);
  }
  return { width, height, name, fill, depth, profile };
}

module.exports = { createPhotoshop, EVENTS };
