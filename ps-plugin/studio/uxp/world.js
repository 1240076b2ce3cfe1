"use strict";
// A window shaped as UXP's: what UXP lacks is taken away, in Chromium for real and in Node from what
// the panel's files see. Using it then fails as it does there: "is not a constructor", "is not a
// function", not defined.
//
//   GLOBALS, METHODS, NO_EVENTS   what is missing, and how that is known
//   bareGlobals                   names to hide from files that are run in Node
//   strip                         takes it out of a window
//
// What UXP does not draw: page_limits.js.

const { shapeCollections } = require("./dom_collections.js");
const { shapeDialogs } = require("./dom_dialogs.js");
const { refuseAbsent, refuseMembers } = require("../documented/globals.js");

/**
 * Globals that UXP has not.
 *
 * @type {Record<string, string>} name -> how it is known
 */
const GLOBALS = {
  TextEncoder: "seen in a host: Photoshop 27.10",
  TextDecoder: "seen in a host: Photoshop 27.10",
  Worker: "seen in a host: Photoshop 27.10",
  SharedWorker: "seen in a host: Photoshop 27.10, as Worker",
  EventSource: "seen in a host: the notes' list; server-sent events stay pending",
  MutationObserver: "seen in a host: uxp-polyfills supplies it",
  matchMedia: "seen in a host: uxp-polyfills supplies it",
  indexedDB: "documented: Data Storage lists LocalStorage and SessionStorage",
  OffscreenCanvas: "documented: HTML Elements lists HTMLCanvasElement only",
  createImageBitmap: "documented: Canvas draws paths only; ImageBlob is there instead",
  ImageData: "documented: Canvas draws paths only; ImageBlob is there instead",
  DOMParser: "assumed: not among the Global Members",
  FileReader: "assumed: not among the Global Members",
  BroadcastChannel: "assumed: not among the Global Members",
  requestIdleCallback: "assumed: not among the Global Members",
  caches: "assumed: not among the Global Members",
};

/** What a 2D context has. documented: CanvasRenderingContext2D; nothing draws or reads pixels. */
const CONTEXT = new Set(
  (
    "constructor arc arcTo beginPath bezierCurveTo clearRect closePath createLinearGradient " +
    "createRadialGradient fill fillRect lineTo moveTo quadraticCurveTo rect stroke strokeRect " +
    "canvas fillStyle globalAlpha lineCap lineJoin lineWidth strokeStyle"
  ).split(" "),
);

/**
 * Methods of classes that UXP has, without these.
 *
 * @type {Record<string, {names: string[] | ((name: string) => boolean), known: string}>}
 */
const METHODS = {
  CanvasRenderingContext2D: {
    names: (name) => !CONTEXT.has(name),
    known: "documented: CanvasRenderingContext2D lists paths, rectangles, fill and stroke",
  },
  HTMLCanvasElement: {
    names: ["toDataURL", "toBlob", "captureStream", "transferControlToOffscreen"],
    known: "documented: HTMLCanvasElement has getContext, width and height",
  },
  Element: {
    names: ["animate", "getAnimations", "requestFullscreen", "computedStyleMap"],
    known: "documented: Element; no transitions or animations",
  },
};

/** documented, known issues: these events never come; nothing can be dragged and dropped. */
const NO_EVENTS = [
  "keypress",
  ...["dragstart", "drag", "dragenter", "dragover", "dragleave", "drop", "dragend"],
];

/** Hidden names for files that a loader runs. */
const bareGlobals = () => Object.fromEntries(Object.keys(GLOBALS).map((name) => [name, undefined]));

/**
 * Take out of a window what UXP has not. The host's own files there have taken what they need.
 *
 * @param {any} window
 * @param {import("../photoshop/faults.js").Faults} [faults] whether collections can be iterated
 */
function strip(window, faults) {
  shapeCollections(window, () => faults?.has("bareCollections") === true);
  if (stripped.has(window)) return;
  stripped.add(window);
  for (const name of Object.keys(GLOBALS)) {
    if (!(name in window)) continue;
    Reflect.deleteProperty(window, name);
    if (name in window) Object.defineProperty(window, name, { value: undefined, writable: true });
  }
  for (const [owner, { names }] of Object.entries(METHODS)) {
    const { prototype } = window[owner] ?? {};
    for (const name of prototype ? Object.getOwnPropertyNames(prototype) : []) {
      const missing = Array.isArray(names) ? names.includes(name) : names(name);
      if (missing) Reflect.deleteProperty(prototype, name);
    }
  }
  // documented, known issues: always 1, whatever the screen.
  Object.defineProperty(window, "devicePixelRatio", { value: 1, configurable: true });
  refuseEvents(window.EventTarget.prototype);
  shapeDialogs(window);
  refuseAbsent(window);
  refuseMembers(window);
}

/** Windows that have lost what they lose. @type {WeakSet<object>} */
const stripped = new WeakSet();

/** Classes that refuse events which never come. @type {WeakSet<object>} */
const refusingEvents = new WeakSet();

/** Windows in Node share the class that their own ones come from, and elements have its method. */
function refuseEvents(prototype) {
  let owner = prototype;
  while (!Object.hasOwn(owner, "addEventListener")) owner = Object.getPrototypeOf(owner);
  if (refusingEvents.has(owner)) return;
  refusingEvents.add(owner);
  const listen = owner.addEventListener;
  owner.addEventListener = function addEventListener(type, callback, options) {
    if (NO_EVENTS.includes(type)) throw new Error(`UXP has no "${type}" event`);
    // documented, event-target.md: of the options only capture counts; once, signal do nothing
    const capture = typeof options === "object" ? options?.capture === true : options === true;
    return listen.call(this, type, callback, capture);
  };
}

module.exports = {
  GLOBALS,
  METHODS,
  NO_EVENTS,
  bareGlobals,
  strip,
};
