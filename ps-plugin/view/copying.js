"use strict";

/**
 * Copying a field's text: to the clipboard, and where that is refused the field is focused with a
 * word on which keys to press.
 */

const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {(text: string) => Promise<void>} copy
 */
function makeCopying(dom, copy) {
  /** @type {Record<string, "copy.done" | "copy.byHand">} by the id of what was pressed */
  const outcomes = {};
  /** @type {string[]} */
  const buttons = [];

  function render() {
    for (const id of buttons) dom.text(id, t(outcomes[id] || "copy.copy"));
  }

  return {
    render,

    /** @param {string} button @param {string} field */
    bind(button, field) {
      buttons.push(button);
      dom.clicked(dom.el(button), async () => {
        try {
          await copy(String(dom.el(field).value));
          outcomes[button] = "copy.done";
        } catch {
          outcomes[button] = "copy.byHand";
          dom.el(field).focus();
        }
        render();
      });
    },
  };
}

module.exports = { makeCopying };
