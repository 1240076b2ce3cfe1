"use strict";
// <dialog> as Adobe's page has it (html-dialog-element.md): showModal answers a promise of what the
// dialog was closed with, which may be of any kind. Browsers answer nothing, and keep text only.
//
// assumed: the words, and that a dialog that the painter leaves by Escape is rejected.

/** @type {WeakSet<object>} */
const shaped = new WeakSet();
/** What a dialog was closed with. @type {WeakMap<object, unknown>} */
const given = new WeakMap();
/** Dialogs whose window is about to make a text of that. @type {WeakSet<object>} */
const closing = new WeakSet();

const DETACHED = "REJECTION_REASON_DETACHED";

/** @param {any} window */
function shapeDialogs(window) {
  const prototype = window.HTMLDialogElement?.prototype;
  if (!prototype?.showModal || shaped.has(prototype)) return;
  shaped.add(prototype);
  const { showModal, close } = prototype;

  prototype.showModal = function () {
    if (!this.isConnected) {
      const error = new Error("the dialog is not in the document");
      return Promise.reject(Object.assign(error, { code: DETACHED }));
    }
    showModal.call(this);
    return new Promise((done, fail) => {
      const stop = () => {
        this.removeEventListener("close", closed);
        this.removeEventListener("cancel", cancelled);
      };
      const closed = () => (stop(), done(this.returnValue));
      const cancelled = () => (stop(), fail(new Error("the dialog was cancelled")));
      this.addEventListener("close", closed);
      this.addEventListener("cancel", cancelled);
    });
  };
  prototype.uxpShowModal = prototype.showModal;
  prototype.close = function (...value) {
    if (value.length) given.set(this, value[0]);
    closing.add(this);
    close.call(this);
    closing.delete(this);
  };
  Object.defineProperty(prototype, "returnValue", {
    configurable: true,
    get() {
      return given.get(this) ?? "";
    },
    set(value) {
      if (!closing.has(this)) given.set(this, value);
    },
  });
}

module.exports = { shapeDialogs };
