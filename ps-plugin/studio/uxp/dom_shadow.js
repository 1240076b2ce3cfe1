"use strict";
// Shadow DOM of a page's own: only with featureFlags.enableSWCSupport in the manifest.
//
// documented: element.md, attachShadow. assumed: that it throws without, and the words.

/** @typedef {{featureFlags?: {enableSWCSupport?: boolean}}} Shading */

/** Whether a window's page may; windows in Node share their classes. @type {WeakMap<object, boolean>} */
const allowed = new WeakMap();
/** What was there before. @type {WeakMap<object, (init: object) => ShadowRoot>} */
const native = new WeakMap();

/** A class's attachShadow as the host's own widgets use it. @param {any} prototype */
const ownAttachShadow = (prototype) => native.get(prototype.attachShadow) ?? prototype.attachShadow;

/** @param {any} window @param {Shading} manifest */
function guardShadow(window, manifest) {
  allowed.set(window, manifest.featureFlags?.enableSWCSupport === true);
  let owner = window.Element.prototype;
  while (!Object.hasOwn(owner, "attachShadow")) owner = Object.getPrototypeOf(owner);
  const before = owner.attachShadow;
  if (native.has(before)) return;
  /** @this {any} @param {object} init */
  function attachShadow(init) {
    if (allowed.get(this.ownerDocument.defaultView) === false) {
      throw new Error("attachShadow() needs featureFlags.enableSWCSupport in the manifest");
    }
    return before.call(this, init);
  }
  native.set(attachShadow, before);
  owner.attachShadow = attachShadow;
}

module.exports = { guardShadow, ownAttachShadow };
