"use strict";

/**
 * Keys the panel listens to. UXP hands a panel only the keys pressed while it has the focus:
 * Photoshop's own shortcuts stay Photoshop's. texts.js names the keys and what they do.
 *
 * @typedef {object} Shortcut
 * @property {(event: KeyboardEvent) => boolean} fits
 * @property {"paint" | "cancel" | "onward"} act
 */

/** @param {KeyboardEvent} event Ctrl, on a Mac Command */
const withCommand = (event) => event.ctrlKey || event.metaKey;

/** @type {Shortcut[]} */
const SHORTCUTS = [
  {
    fits: (event) => event.key === "Enter" && withCommand(event) && !event.shiftKey,
    act: "paint",
  },
  {
    fits: (event) => event.key === "Enter" && withCommand(event) && event.shiftKey,
    act: "onward",
  },
  { fits: (event) => event.key === "Escape", act: "cancel" },
];

/** @param {KeyboardEvent} event @returns {Shortcut["act"] | null} */
function actOf(event) {
  return SHORTCUTS.find((shortcut) => shortcut.fits(event))?.act ?? null;
}

module.exports = { SHORTCUTS, actOf };
