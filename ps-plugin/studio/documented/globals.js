"use strict";
// The globals that Adobe's pages list (uxp-api/reference-js/global-members). What a window lacks of
// them is not silently undefined: using it says that this host has it not.

/** Names as the pages' titles have them; alert, confirm and prompt: uxp/alerts.js, clipboard: uxp/clipboard.js. */
const DOCUMENTED = (
  "AbortController AbortSignal Attr BaseUIEvent Blob CanvasGradient CanvasRenderingContext2D " +
  "CharacterData ClassList CloseEvent Comment CountQueuingStrategy CustomElementRegistry DOMTokenList " +
  "Document DocumentFragment DragEvent Element ErrorEvent Event EventTarget FormData GestureEvent " +
  "HTMLAnchorElement HTMLBodyElement HTMLButtonElement HTMLCanvasElement HTMLCollection " +
  "HTMLDialogElement HTMLElement HTMLHeadElement HTMLHtmlElement HTMLImageElement HTMLInputElement " +
  "HTMLLabelElement HTMLLinkElement HTMLMenuElement HTMLMenuItemElement HTMLOptionElement " +
  "HTMLProgressElement HTMLScriptElement HTMLSelectElement HTMLSlotElement HTMLStyleElement " +
  "HTMLTemplateElement HTMLTextAreaElement HTMLVideoElement HTMLWebViewElement Headers ImageBlob " +
  "IntersectionObserver IntersectionObserverEntry KeyboardEvent MessageEvent NamedNodeMap Node " +
  "NodeFilter NodeList Path2D PointerEvent ProgressEvent ReadableStream " +
  "ReadableStreamDefaultController ReadableStreamDefaultReader Request ResizeObserver " +
  "ResizeObserverEntry ResizeObserverSize Response ShadowRoot Text TransformStream " +
  "TransformStreamDefaultController TreeWalker WebSocket WritableStream " +
  "WritableStreamDefaultController WritableStreamDefaultWriter XMLHttpRequest crypto fetch " +
  "getComputedStyle localStorage path sessionStorage"
).split(" ");

/** Node has some that its pages lack; the tokens of a class have no name there. */
const elsewhere = (window, name) =>
  name === "DOMTokenList"
    ? window.document?.createElement("p").classList.constructor
    : globalThis[name];

/** @param {any} window */
function refuseAbsent(window) {
  for (const name of DOCUMENTED) {
    if (name in window) continue;
    const value = elsewhere(window, name);
    Object.defineProperty(window, name, {
      configurable: true,
      get() {
        if (value !== undefined) return value;
        throw new Error(`${name} exists in UXP but is not modelled by this host`);
      },
      // A plugin may bring its own
      set: (own) =>
        Object.defineProperty(window, name, { value: own, writable: true, configurable: true }),
    });
  }
}

/** What a page's window and the network have to have of one kind, and Node's network is Node's own. */
const NODES =
  /^(Abort|Blob|FormData|Headers|Request|Response|.*Stream|.*Queuing|WebSocket|crypto|fetch|XML)/;

/** Globals as files see them that are run in Node: the window's, not Node's of the same name. */
function bareOf(window) {
  const found = DOCUMENTED.filter((name) => !NODES.test(name)).map((name) => {
    const value = name in window ? classIn(window, name) : undefined;
    return [name, name === "getComputedStyle" ? value?.bind(window) : value];
  });
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** Nothing where it is refused by name. */
function classIn(window, name) {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}

const UNMODELLED = {
  Document: ["clipboard", "onLine", "uxpContainer"],
  Element: ["uxpContainer", "scrollIntoViewIfNeeded"],
  HTMLInputElement: ["uxpVariant", "uxpQuiet"],
  HTMLDialogElement: ["isMinimized"],
};

/** documented: members of a page's objects that a browser has not. @param {any} window */
function refuseMembers(window) {
  for (const [owner, names] of Object.entries(UNMODELLED)) {
    // a document's class is another one in some windows
    const target = owner === "Document" ? window.document : classIn(window, owner)?.prototype;
    for (const name of names) {
      if (!target || name in target) continue;
      Object.defineProperty(target, name, {
        configurable: true,
        get() {
          throw new Error(`${owner}.${name} exists in UXP but is not modelled by this host`);
        },
        set(value) {
          Object.defineProperty(this, name, { value, writable: true, configurable: true });
        },
      });
    }
  }
}

module.exports = { bareOf, refuseMembers, DOCUMENTED, refuseAbsent };
