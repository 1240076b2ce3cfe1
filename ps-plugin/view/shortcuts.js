"use strict";

/**
 * Keys the panel listens to. UXP hands a panel only the keys pressed while it has the focus, and
 * fields, sliders and dropdowns may keep even those: a key is a short way to a button that is seen,
 * never the only way. words/ names the keys and what they do.
 *
 * @typedef {object} Shortcut
 * @property {(event: KeyboardEvent) => boolean} fits
 * @property {"paint" | "cancel" | "onward"} act
 * @property {string} button id of the one that does the same
 */

/** @param {KeyboardEvent} event Ctrl, on a Mac Command */
const withCommand = (event) => event.ctrlKey || event.metaKey;

/** @type {Shortcut[]} */
const SHORTCUTS = [
  {
    fits: (event) => event.key === "Enter" && withCommand(event) && !event.shiftKey,
    act: "paint",
    button: "paint",
  },
  {
    fits: (event) => event.key === "Enter" && withCommand(event) && event.shiftKey,
    act: "onward",
    button: "continue",
  },
  { fits: (event) => event.key === "Escape", act: "cancel", button: "cancel" },
];

/** @param {KeyboardEvent} event @returns {Shortcut["act"] | null} */
function actOf(event) {
  return SHORTCUTS.find((shortcut) => shortcut.fits(event))?.act ?? null;
}

module.exports = { SHORTCUTS, actOf };
