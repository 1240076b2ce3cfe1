"use strict";
// The browser studio: the panel at the left, a canvas to paint on, layers at the right. It puts the
// parts together and holds nothing itself.
//
// For tests, stable names:
//   the page        #new-document #open-file #file #save-psd #undo #redo #theme #message #tabs
//                   #new-dialog #new-width #new-height #new-fill #new-depth #new-profile
//                   #new-create
//   tools           #tool-brush #tool-eraser #tool-marquee #tool-lasso #tool-move #tool-eyedropper
//                   #tool-hand; #color #size #hardness #opacity #feather #select-all #deselect
//   the canvas      #stage (pointer), #canvas (the document's pixels), #zoom #zoom-fit
//   layers          [data-testid=layer-row] with data-layer-id, data-name, data-kind and
//                   aria-selected, class "unseen" when not visible; in it [data-testid=layer-eye],
//                   layer-twist, layer-name, layer-rename; #layer-opacity #new-layer #new-group
//                   #delete-layer
//   the panel       the page in iframe#panel; #pairing asks whether another one shall be let in
//   window.studio   { model, view, settings, faults, panel(), open(file), psd() }: the same without
//                   a mouse; photoshop/faults.js says what can go wrong on demand

const { createDesk } = require("./desk/desk.js");
const { createCommands, bindButtons, keysFor } = require("./desk/commands.js");
const { bindLayerOptions, bindStatus } = require("./desk/bars.js");
const { createOptionsBar } = require("./desk/options_bar.js");
const { createLayerList } = require("./desk/layer_list.js");
const { createExchange } = require("./desk/exchange.js");
const { createFiles, takeDroppedFiles, download } = require("./desk/files.js");
const { createDisk } = require("./storage/disk.js");
const { createBrowserDialogs } = require("./desk/browser_dialogs.js");
const { createNewDialog } = require("./desk/new_dialog.js");
const { createTabs } = require("./desk/tabs.js");
const { listenToKeys } = require("./desk/shortcuts.js");
const { startPairingQuestion } = require("./desk/pairing_question.js");
const { openPanel } = require("./host/panel_frame.js");
const { applyTheme } = require("./uxp/themes.js");
const { createFaults } = require("./photoshop/faults.js");
const { icon } = require("./desk/icons.js");

/**
 * An element of the page; each is what index.html makes it.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);
const SAID_MS = 6000; // at least
const LETTER_MS = 60; // that a sentence stays for each of its letters
const TOKEN_KEY = "studio.token";

/** @param {(path: string) => Promise<string>} fetchText a file below /studio/ */
async function start(fetchText) {
  /** @type {import("./host/panel_frame.js").Panel | null} */
  let panel = null;
  const desk = createDesk($, say, () => panel);
  const { model, settings, view } = desk;
  const token = takeToken();
  const ask = { address: location.origin, token, fetch: (url, options) => fetch(url, options) };
  const exchange = createExchange(ask);
  const faults = createFaults(model, habitsAsked());
  const files = createFiles({ model, exchange, say, faults });
  const keys = furnish(desk, files);

  const follow = () => {
    applyTheme(document, settings.theme());
    panel?.applyTheme(settings.theme());
  };
  settings.onChange(follow);
  follow();
  model.zoom = () => view.zoom() * 100;
  model.newDocument({ width: 256, height: 256 });
  const psd = () => model.active && exchange.psdOf(model.active.state);
  window["studio"] = {
    model,
    view,
    settings,
    faults,
    panel: () => panel,
    open: (file) => files.open([file]),
    psd,
  };

  const secrets = { address: location.origin, ...(token && { token }) };
  const foreground = {
    get: () => settings.values().color,
    set: (color) => settings.set({ color }),
  };
  const frame = $("panel");
  const storing = storedIn(exchange);
  panel = await openPanel({ frame, model, faults, foreground, fetchText, secrets, storing });
  follow();
  startPairingQuestion({ box: $("pairing"), ...ask, say });
  listenToKeys(panel.window, keys, desk.tools.setSpace);
  document.documentElement.dataset.ready = "true";
}

/**
 * The page around the canvas: bars, lists, buttons, keys.
 *
 * @param {import("./desk/desk.js").Desk} desk
 * @param {ReturnType<import("./desk/files.js").createFiles>} files
 */
function furnish(desk, files) {
  const { model, settings, view, overlay, tools, act } = desk;
  for (const button of document.querySelectorAll("button[data-icon]")) {
    button.innerHTML = icon(button.getAttribute("data-icon") ?? "");
  }
  createOptionsBar($, settings);
  createLayerList({ model, list: $("layers"), act });
  createTabs($("tabs"), model, files.close);
  takeDroppedFiles($("drop-here"), files.open);
  const askForNew = createNewDialog($, (options) => model.newDocument(options));
  const commands = createCommands($, { view, settings, tools, files, act, askForNew });
  bindButtons($, commands);
  bindLayerOptions($, model, act);
  bindStatus($, model, view, overlay, settings);
  new ResizeObserver(() => view.panBy(0, 0)).observe($("stage"));
  addEventListener("beforeunload", (event) => {
    if (model.documents.some((opened) => !opened.saved)) event.preventDefault();
  });
  const keys = keysFor(commands, settings);
  listenToKeys(window, keys, tools.setSpace);
  return keys;
}

/**
 * Where the panel's files lie as long as this page is open, and who reads and writes PSD files.
 *
 * @param {ReturnType<typeof createExchange>} exchange
 */
function storedIn(exchange) {
  const disk = createDisk();
  return {
    disk,
    dialogs: createBrowserDialogs(disk, download),
    psdOf: async (state) => new Uint8Array(await (await exchange.psdOf(state)).arrayBuffer()),
    openBytes: (bytes) => exchange.open(new Blob([bytes])),
  };
}

/** The pairing token from the address, which then loses it; else the one of an earlier visit. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    localStorage.setItem(TOKEN_KEY, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given ?? localStorage.getItem(TOKEN_KEY) ?? "";
}

/** For tests: ?habits=heldEvents,rootBase */
function habitsAsked() {
  const asked = new URLSearchParams(location.search).get("habits");
  return asked ? asked.split(",") : [];
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/** A sentence over the canvas; "" takes it away. */
function say(text) {
  clearTimeout(silence);
  $("message").textContent = text;
  $("message").hidden = !text;
  const long = Math.max(SAID_MS, text.length * LETTER_MS);
  if (text) silence = setTimeout(() => ($("message").hidden = true), long);
}

module.exports = { start };
