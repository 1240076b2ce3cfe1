"use strict";
// Module "photoshop": app, core, action, imaging, constants, over a Model.
//
// Each emulated behaviour says how it is known:
//   documented       on Adobe's pages or in the published types
//   seen in a host   someone saw it in a real Photoshop
//   assumed          neither; docs/unproven.md lists what only a real Photoshop can show
//
// provenance.md lists them all, with their sources and the tests that show them: a new one needs a row
// and a test. The tests in tests/ps-plugin/studio/documented/ do what Adobe's pages say, in words of our
// own; a page that is cited anywhere has to stand in documented/page_names.js.

const { enums } = require("../documented/checks.js");
const { checkCall } = require("../documented/check.js");
const { createModal } = require("./modal.js");
const { createFaults } = require("./faults.js");
const { createImaging } = require("./imaging.js");
const { createDom } = require("./dom.js");
const { createApp } = require("./app_view.js");
const { createFiles } = require("../storage/saving.js");
const { refusing, fromVersion, enumeration } = require("../documented/guarded.js");
const { LISTED, SAMPLED, SENT } = require("../documented/event_codes.js");
const { createBatchPlay } = require("./batch_play.js");
const { createHandColour } = require("./solid_color.js");
const { numbersOf } = require("../document/colour.js");

/** Events that this host sends. */
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
  ...SENT,
];
/** documented: sent while a scope is open although other events are silent. */
const SCOPE_EVENTS = ["modalJavaScriptScopeEnter", "modalJavaScriptScopeExit"];

/**
 * @param {import("../document/model.js").Model} model
 * @param {object} [services]
 * @param {any} [services.encodeJpeg] of a browser
 * @param {(message: string) => void} [services.showAlert]
 * @param {import("./faults.js").Faults} [services.faults] none happen when absent
 * @param {ReturnType<typeof createFiles>} [services.files] that plugins may write
 * @param {import("./app_view.js").HandColour} [services.foreground] the painter's colour
 * @param {string} [services.version] of the Photoshop that this one stands for: what is newer is
 *   refused; absent: the newest
 */
function createPhotoshop(model, services = {}) {
  const { encodeJpeg, showAlert = () => {}, faults = createFaults(model) } = services;
  const { files = createFiles(), foreground = createHandColour(), version } = services;
  const background = createHandColour("#ffffff");
  const modal = createModal(model, faults, version);
  const { imaging, undisposed } = createImaging({ model, modal, faults, encodeJpeg });
  const paper = () => numbersOf(background.get());
  const views = createDom(model, modal, files, { faults, version, paper });
  const batchPlay = createBatchPlay(model, modal, files);
  const app = createApp(views, { showAlert, batchPlay, foreground, background });

  const ownCore = {
    apiVersion: 2,
    executeAsModal: modal.executeAsModal,
    isModal: modal.isModal,
    /** documented: answers how long it took, in seconds; what is seen here is never behind */
    async redrawDocument({ documentID }) {
      views.openDocument(documentID);
      return 0;
    },
    async showAlert(options) {
      if (typeof options?.message !== "string") {
        throw new TypeError("core.showAlert: options.message is a text");
      }
      showAlert(options.message);
    },
  };
  const ownAction = { batchPlay, ...notifications(model, modal, faults) };
  const ownImaging = refusing("photoshop.imaging", imaging);
  const constants = Object.entries(enums).map(([name, values]) => [
    name,
    enumeration(name, values),
  ]);

  return {
    photoshop: {
      app,
      core: refusing("photoshop.core", ownCore, version),
      action: refusing("photoshop.action", ownAction, version),
      imaging: fromVersion("24.4", "photoshop.imaging", ownImaging, version), // documented
      constants: refusing("photoshop.constants", Object.fromEntries(constants)),
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
      const strange = events.find(
        (event) => ![EVENTS, LISTED, SAMPLED].some((list) => list.includes(event)),
      );
      // seen in a host: "all" is refused; documented: it needs developer mode
      if (strange === "all") throw new Error('the event "all" is not modelled by this host');
      // assumed: what no page lists is refused
      if (strange) throw new TypeError(`Photoshop has no event "${strange}"`);
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

module.exports = { createPhotoshop, EVENTS };
