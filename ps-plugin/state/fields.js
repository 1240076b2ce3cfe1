"use strict";

/**
 * What each setting may be: for what was kept by another version, and for styles from elsewhere;
 * and what else is done by a table of fields.
 *
 * wrongIn(name, value)      null where it fits, else a sentence
 * usualOf(fields)           what each is where nothing is said
 * saidOf(fields, values)    what differs from that
 * at(path, value, change)   what stands somewhere in a recipe, such as an image it names
 *
 * @typedef {({text: true} | {yes: true} | {one: (string | number)[]}
 *   | {least: number, most: number, whole?: true}) & {none?: true}} Field none: null fits as well
 */

const { RECIPE, SHOWN } = require("./recipe_fields.js");
const { t } = require("../words/texts.js");

/** @type {Record<string, Field>} a recipe's, and the panel's own with the ranges of its sliders */
const FIELDS = {
  ...SHOWN,
  prompt: RECIPE.prompt,
  negative_prompt: RECIPE.negative_prompt,
  seed: RECIPE.seed,
  sampler: { text: true },
  guidance_scale: { least: 1, most: 15, none: true },
  strength: { least: 0.01, most: 1 },
  style: { text: true },
  steps: { least: 1, most: 60, whole: true },
  seedKept: { yes: true },
  variations: { least: 1, most: 8, whole: true },
  source: { one: ["layer", "composite", "nothing"] },
  where: { one: ["selection", "everywhere"] },
  together: { yes: true },
  keep: { one: ["all", "keyframes", "last"] },
  keyframes: { least: 1, most: 30, whole: true },
  feather: { least: 0, most: 100, whole: true },
  context: { yes: true },
  language: { one: ["auto", "en", "de", "ja", "zh"] },
};

/**
 * @param {string} name
 * @param {unknown} value
 * @param {Record<string, Field>} [fields]
 * @returns {string | null}
 */
function wrongIn(name, value, fields = FIELDS) {
  const field = fields[name];
  if (!field) return t("field.unknown", { name });
  if (field.none && value === null) return null;
  const found = JSON.stringify(value) ?? "undefined";
  if ("text" in field) {
    return typeof value === "string" ? null : t("field.text", { name, found });
  }
  if ("yes" in field) {
    return typeof value === "boolean" ? null : t("field.yes", { name, found });
  }
  if ("one" in field) {
    const fits = field.one.some((choice) => choice === value);
    return fits ? null : t("field.one", { name, found, choices: field.one.join(", ") });
  }
  const { least, most, whole } = field;
  const fits = typeof value === "number" && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return null;
  return t(whole ? "field.whole" : "field.number", { name, found, least, most });
}

/** @param {Record<string, import("./recipe_fields.js").Said>} fields @returns {any} as they say */
function usualOf(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, { usual }]) => [name, usual]));
}

/**
 * Those that differ from what they are where nothing is said.
 *
 * @template {object} T
 * @param {Record<string, import("./recipe_fields.js").Said>} fields
 * @param {T} values
 */
function saidOf(fields, values) {
  const usual = usualOf(fields);
  const said = Object.entries(values).filter(
    ([name, value]) => name in usual && value !== usual[name],
  );
  return /** @type {Partial<T>} */ (Object.fromEntries(said));
}

/**
 * A value with what stands at a path in it changed, where something does; "*" is each of a list.
 *
 * @template T
 * @param {string} path such as regions.*.mask
 * @param {T} value
 * @param {(found: string, name: string) => string} change
 * @returns {T}
 */
function at(path, value, change, name = "") {
  if (!value || !path) return value && /** @type {any} */ (change(String(value), name));
  const [, key, rest] = /** @type {string[]} */ (/^([^.]*)\.?(.*)$/.exec(path));
  const parts = Object.entries(value).map(([part, inner]) => {
    const within = name ? `${name}.${part}` : part;
    return [part, key === "*" || key === part ? at(rest, inner, change, within) : inner];
  });
  return /** @type {any} */ (
    Array.isArray(value) ? parts.map(([, inner]) => inner) : Object.fromEntries(parts)
  );
}

module.exports = { FIELDS, at, saidOf, usualOf, wrongIn };
