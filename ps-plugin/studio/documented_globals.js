"use strict";
// The globals that Adobe's pages list (uxp-api/reference-js/global-members). What a window lacks of
// them is not silently undefined: using it says that this host has it not.

/** Names as the pages' titles have them; alert, confirm and prompt: alerts.js, clipboard: clipboard.js. */
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

module.exports = { DOCUMENTED, refuseAbsent };
