"use strict";

/**
 * Whether Pentimento can paint in a document. Known before a pixel of it is read, so that it can be
 * said before anybody presses a button.
 *
 * @typedef {Pick<import("../types/panel").DocumentView, "mode" | "depth">} Kind
 */

const { t } = require("../words/texts.js");

/** @param {Kind} document @returns {string} what is in the way, and what helps; "": nothing */
function unfit({ mode, depth }) {
  if (mode !== "RGB") return t("document.mode");
  return depth === 8 || depth === 16 ? "" : t("document.deep");
}

module.exports = { unfit };
