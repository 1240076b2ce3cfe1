"use strict";
// The clipboard as UXP has it, over a browser's.
//
// documented: navigator.clipboard.setContent, which browsers lack, and the manifest's permission.
// assumed: the error's text.

/**
 * @param {any} window
 * @param {{requiredPermissions?: {clipboard?: string}}} manifest
 */
function lendClipboard(window, manifest) {
  const native = window.navigator.clipboard;
  async function setContent(data) {
    if (manifest.requiredPermissions?.clipboard !== "readAndWrite") {
      throw new Error("Permission denied to the clipboard. Manifest entry not found.");
    }
    if (typeof data?.["text/plain"] !== "string") {
      throw new TypeError('clipboard.setContent: give {"text/plain": a text}');
    }
    await native.writeText(data["text/plain"]);
  }
  const clipboard = { setContent };
  Object.defineProperty(window.navigator, "clipboard", { value: clipboard, configurable: true });
}

module.exports = { lendClipboard };
