"use strict";

/**
 * Palettes: brushes, their background and a seed as one JSON file. The rules are the bridge's
 * (bridge/commands/palette.py), and what one writes the other reads.
 *
 * exportedPalette(palette)   as text, to be read by people as well
 * importedPalette(text)      and back; also a palette that SemanticDraw exported
 *
 * @typedef {import("../types/panel").Brush} Brush
 * @typedef {import("../types/panel").RegionView} RegionView
 *
 * @typedef {object} Palette
 * @property {{prompt: string, negative_prompt: string}} background
 * @property {{name: string, brush: Brush}[]} brushes later ones cover earlier ones
 * @property {number | null} seed null: whatever the panel says
 */

const { MAX_REGIONS } = require("./recipe_fields.js");
const { PLAIN, brushFrom } = require("./regions.js");
const { t } = require("../words/texts.js");

const FORMAT = "pentimento palette 1";
const LONGEST = 255; // characters of a name, as a layer's
/** SemanticDraw's file has no colours: these are the ones its canvas offers, in order. */
const SEMANTIC_DRAW = ["#2692F3", "#F89E12", "#16C232", "#F92F6C", "#AC6AEB", "#92C62C", "#92C6EC"];
/** What it calls a brush's sliders, and where they go. */
const SLIDERS = /** @type {const} */ ([
  ["prompt_strengths", "prompt_strength", 1],
  ["mask_strengths", "alpha", 1],
  ["mask_stds", "blur", 0],
]);

/** @typedef {Record<string, any>} Fields any: checked by who reads them */

/** @param {Palette} palette @returns {string} */
function exportedPalette({ background, brushes, seed }) {
  const written = brushes.map(({ name, brush }) => ({ name, ...brush }));
  return JSON.stringify({ format: FORMAT, background, brushes: written, seed }, null, 2);
}

/** @param {string} text @returns {Palette} */
function importedPalette(text) {
  const fields = parsed(text);
  if (!isObject(fields)) throw new Error(t("palette.noJson"));
  const foreign = !("format" in fields) && "prompts" in fields && "neg_prompts" in fields;
  return ours(foreign ? fromSemanticDraw(fields) : fields);
}

/** @param {Fields} fields @returns {Palette} */
function ours(fields) {
  if (fields.format !== FORMAT) {
    throw new Error(t("palette.format", { found: shown(fields.format), right: FORMAT }));
  }
  requireKnown(fields, ["format", "background", "brushes", "seed"]);
  const { background = {}, brushes = [], seed = null } = fields;
  if (!isObject(background)) throw new Error(t("palette.background"));
  requireKnown(background, ["prompt", "negative_prompt", "image"]);
  const { prompt = "", negative_prompt = "" } = background;
  const words = { prompt, negative_prompt };
  for (const [name, value] of Object.entries(words)) {
    if (typeof value !== "string") throw new Error(t("field.text", { name, found: shown(value) }));
  }
  brushFrom({ seed });
  if (!Array.isArray(brushes)) throw new Error(t("palette.list"));
  if (brushes.length > MAX_REGIONS) {
    throw new Error(t("palette.tooMany", { count: brushes.length, most: MAX_REGIONS }));
  }
  return { background: words, brushes: brushes.map(oneBrush), seed };
}

/**
 * @param {unknown} found
 * @param {number} i
 * @returns {{name: string, brush: Brush}}
 */
function oneBrush(found, i) {
  try {
    if (!isObject(found)) throw new Error(t("palette.noBrush"));
    const { name = "", mask = null, ...fields } = found;
    for (const text of [name, mask ?? "", fields.prompt]) {
      if (typeof text === "string") continue;
      throw new Error(t("palette.noPrompt"));
    }
    if (Array.from(name).length > LONGEST) {
      throw new Error(t("palette.longName", { count: Array.from(name).length, most: LONGEST }));
    }
    return { name, brush: brushFrom(fields) };
  } catch (error) {
    const wrong = /** @type {Error} */ (error).message;
    throw new Error(t("palette.wrong", { number: i + 1, wrong }));
  }
}

/**
 * Its brushes as it means to paint them: isolated, begun before white for two steps.
 *
 * @param {Fields} fields lists whose first prompt is the background's
 * @returns {Fields}
 */
function fromSemanticDraw(fields) {
  const { prompts, neg_prompts, prompt_names = [], seed = -1 } = fields;
  const count = Array.isArray(prompts) ? prompts.length - 1 : -1;
  if (count < 0) throw new Error(t("palette.foreign", { name: "prompts" }));
  const lists = [
    ["neg_prompts", count + 1],
    ["prompt_names", count + 1],
    ...SLIDERS.map(([name]) => [name, count]),
  ];
  for (const [name, wanted] of /** @type {[string, number][]} */ (lists)) {
    if (!(name in fields)) continue;
    if (!Array.isArray(fields[name]) || fields[name].length !== wanted) {
      throw new Error(t("palette.foreign", { name }));
    }
  }
  if (!Number.isInteger(seed)) throw new Error(t("palette.foreign", { name: "seed" }));
  const brushes = Array.from({ length: count }, (_, n) => ({
    ...PLAIN,
    prompt: prompts[n + 1],
    name: prompt_names[n + 1] ?? "",
    colour: SEMANTIC_DRAW[n % SEMANTIC_DRAW.length],
    negative_prompt: neg_prompts[n + 1],
    ...Object.fromEntries(
      SLIDERS.map(([name, field, usual]) => [field, name in fields ? fields[name][n] : usual]),
    ),
    mode: "isolate",
    bootstrap_steps: 2,
  }));
  const background = { prompt: prompts[0], negative_prompt: neg_prompts[0] };
  return { format: FORMAT, background, brushes, seed: seed >= 0 ? seed : null };
}

/** @param {Fields} fields @param {string[]} known */
function requireKnown(fields, known) {
  const strange = Object.keys(fields).find((name) => !known.includes(name));
  if (strange) throw new Error(t("field.unknown", { name: strange }));
}

/** @param {unknown} value @returns {value is Fields} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function shown(value) {
  return (JSON.stringify(value) ?? "undefined").slice(0, 80);
}

/** @param {string} text @returns {unknown} null: no JSON at all */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

module.exports = { exportedPalette, importedPalette, FORMAT };
