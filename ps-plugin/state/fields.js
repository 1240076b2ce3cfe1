"use strict";

/**
 * What each setting may be: for what was kept by another version, and for styles from elsewhere.
 *
 * wrongIn(name, value)   null where it fits, else a sentence
 *
 * @typedef {{text: true} | {yes: true} | {one: string[]}
 *   | {least: number, most: number, whole?: true, none?: true}} Field none: null fits as well
 */

const { t } = require("../words/texts.js");

/** @type {Record<string, Field>} ranges are those of the panel's own sliders */
const FIELDS = {
  prompt: { text: true },
  negative_prompt: { text: true },
  style: { text: true },
  steps: { least: 1, most: 60, whole: true },
  guidance_scale: { least: 1, most: 15, none: true },
  strength: { least: 0.01, most: 1 },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  seedKept: { yes: true },
  variations: { least: 1, most: 8, whole: true },
  sampler: { text: true },
  source: { one: ["layer", "composite", "nothing"] },
  where: { one: ["selection", "everywhere"] },
  together: { yes: true },
  keep: { one: ["all", "keyframes", "last"] },
  keyframes: { least: 1, most: 30, whole: true },
  feather: { least: 0, most: 100, whole: true },
  context: { yes: true },
  language: { one: ["auto", "en", "de", "ja", "zh"] },
};

/** @param {string} name @param {unknown} value @returns {string | null} */
function wrongIn(name, value) {
  const field = FIELDS[name];
  if (!field) return t("field.unknown", { name });
  const found = JSON.stringify(value) ?? "undefined";
  if ("text" in field) {
    return typeof value === "string" ? null : t("field.text", { name, found });
  }
  if ("yes" in field) {
    return typeof value === "boolean" ? null : t("field.yes", { name, found });
  }
  if ("one" in field) {
    const fits = typeof value === "string" && field.one.includes(value);
    return fits ? null : t("field.one", { name, found, choices: field.one.join(", ") });
  }
  const { least, most, whole, none } = field;
  if (none && value === null) return null;
  const fits = typeof value === "number" && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return null;
  return t(whole ? "field.whole" : "field.number", { name, found, least, most });
}

module.exports = { FIELDS, wrongIn };
