"use strict";
// The clipboard as UXP has it, over a browser's.
//
// documented: global-members/data-transfers/clipboard.md, the manifest's permission, and what a
// reading answers (scripting/samples: an object by kinds). assumed: the errors' texts, and that
// everything but text is refused.

const TEXT = "text/plain";

/** What a window has at least: a clipboard of its own that nobody else sees. */
function ownClipboard() {
  let text = "";
  return {
    writeText: async (next) => void (text = next),
    readText: async () => text,
  };
}

/** What stands behind each of UXP's: lent twice, it is not one inside the other. @type {WeakMap<object, any>} */
const natives = new WeakMap();

/** @typedef {{requiredPermissions?: {clipboard?: string}}} Copying */

/**
 * @param {any} window
 * @param {Copying} manifest
 */
function lendClipboard(window, manifest) {
  const there = window.navigator.clipboard ?? ownClipboard();
  const native = natives.get(there) ?? there;
  const allowed = manifest.requiredPermissions?.clipboard;

  function requirePermission(...levels) {
    if (!levels.includes(allowed)) {
      throw new Error("Permission denied to the clipboard. Manifest entry not found.");
    }
  }

  const write = (call) => async (data) => {
    requirePermission("readAndWrite");
    const own = typeof data === "object" && data !== null ? Object.keys(data) : [];
    const strange = own.find((kind) => kind !== TEXT);
    if (strange) throw new Error(`clipboard.${call} of ${strange} is not modelled by this host`);
    if (typeof data?.[TEXT] !== "string") {
      throw new TypeError(`clipboard.${call}: give {"text/plain": a text}`);
    }
    await native.writeText(data[TEXT]);
  };

  const read = async () => {
    requirePermission("readAndWrite", "read");
    return { [TEXT]: await native.readText() };
  };

  const clipboard = Object.freeze({
    setContent: write("setContent"),
    getContent: read,
    write: write("write"),
    /** documented: an object is taken, too, and should not be given any more */
    writeText: async (text) =>
      write("writeText")(typeof text === "string" ? { [TEXT]: text } : text),
    read,
    readText: read,
    async clearContent() {
      requirePermission("readAndWrite");
      await native.writeText("");
    },
  });
  natives.set(clipboard, native);
  Object.defineProperty(window.navigator, "clipboard", { value: clipboard, configurable: true });
}

module.exports = { lendClipboard };
