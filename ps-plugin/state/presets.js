"use strict";

/**
 * Styles: words around the prompt, and a painter's own settings under a name.
 *
 * stylesOf(presets)           all there are to choose from, the built-in ones first
 * styledPrompt(state)         the prompt as the model gets it
 * presetOf(name, words, settings)   the present settings under a name
 * withPresets(presets, more)  a list of styles with some more
 * exported, imported          a list as JSON text and back
 *
 * @typedef {import("../types/panel").Preset} Preset
 * @typedef {import("../types/panel").Settings} Settings
 *
 * @typedef {object} Style
 * @property {string} key as the settings name it
 * @property {string} name as the painter reads it
 * @property {string} words around {prompt}
 * @property {Partial<Settings>} settings
 */

const { SHOWN } = require("./recipe_fields.js");
const { wrongIn } = require("./fields.js");
const { t } = require("../words/texts.js");

const PROMPT = "{prompt}";
const MOST = 200; // styles in a list, so that a dropdown stays one
const LONGEST = 60; // characters of a name

/** Words that models learned from captions; English, as the captions were. */
const BUILT_IN = {
  oil: "{prompt}, oil painting, visible brush strokes, impasto",
  watercolour: "{prompt}, watercolor painting, wet on wet, paper texture",
  gouache: "{prompt}, gouache painting, flat opaque colors",
  ink: "{prompt}, ink drawing, brush and ink, black and white",
  charcoal: "{prompt}, charcoal sketch, smudged shading, textured paper",
  pastel: "{prompt}, soft pastel drawing, muted colors",
  woodcut: "{prompt}, woodcut print, bold lines, limited palette",
  photo: "{prompt}, photograph, natural light, 50mm lens",
};

/** What a style keeps: all settings but the words, the seed, variations and the language. */
const KEPT = /** @type {(keyof Settings)[]} */ ([
  "negative_prompt",
  "steps",
  "guidance_scale",
  "strength",
  "sampler",
  "source",
  "where",
  "together",
  "keep",
  "keyframes",
  "feather",
  "context",
  ...Object.keys(SHOWN),
]);

/** @param {Preset[]} presets the painter's own @returns {Style[]} */
function stylesOf(presets) {
  const builtIn = Object.entries(BUILT_IN).map(([id, words]) => {
    return { key: `builtin:${id}`, name: t(`style.${id}`), words, settings: {} };
  });
  return [...builtIn, ...presets.map((preset) => ({ ...preset, key: `own:${preset.name}` }))];
}

/** @param {{settings: Settings, presets: Preset[]}} state */
function styledPrompt({ settings, presets }) {
  const style = stylesOf(presets).find(({ key }) => key === settings.style);
  return style ? style.words.split(PROMPT).join(settings.prompt) : settings.prompt;
}

/** @param {string} name @param {string} words @param {Settings} settings @returns {Preset} */
function presetOf(name, words, settings) {
  const kept = Object.fromEntries(KEPT.map((key) => [key, settings[key]]));
  const preset = { name: name.trim(), words: words.trim() || PROMPT, settings: kept };
  const wrong = wrongWith(preset);
  if (wrong) throw new Error(wrong);
  return preset;
}

/** @param {Preset[]} presets @param {Preset[]} more those of the same name take the place */
function withPresets(presets, more) {
  const names = more.map(({ name }) => name);
  const all = [...presets.filter(({ name }) => !names.includes(name)), ...more];
  if (all.length > MOST) throw new Error(t("styles.tooMany", { count: all.length, most: MOST }));
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {Preset[]} presets @returns {string} JSON, to be read by people as well */
function exported(presets) {
  return JSON.stringify({ pentimento: "styles", v: 1, styles: presets }, null, 1);
}

/** @param {string} text @returns {Preset[]} */
function imported(text) {
  const list = parsed(text);
  if (list === null) throw new Error(t("styles.noJson"));
  if (typeof list !== "object" || list.pentimento !== "styles" || !Array.isArray(list.styles)) {
    throw new Error(t("styles.noList"));
  }
  if (list.v !== 1) throw new Error(t("styles.version", { found: JSON.stringify(list.v) ?? "–" }));
  /** @type {unknown[]} */
  const styles = list.styles;
  return styles.map((found, i) => {
    const style = /** @type {Preset} */ (found);
    const wrong = wrongWith(style);
    if (wrong) throw new Error(t("styles.wrong", { number: i + 1, wrong }));
    return { name: style.name.trim(), words: style.words, settings: { ...style.settings } };
  });
}

/** @param {string} text @returns {any} null: no JSON at all. any: checked by who reads it */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {any} style of unknown shape @returns {string | null} a sentence */
function wrongWith(style) {
  const { name, words, settings = {} } = style ?? {};
  if (typeof name !== "string" || !name.trim()) return t("styles.noName");
  if (name.length > LONGEST) return t("styles.longName", { name, most: LONGEST });
  if (typeof words !== "string" || !words.includes(PROMPT)) {
    return t("styles.noWords", { name, prompt: PROMPT });
  }
  if (typeof settings !== "object" || settings === null) return t("styles.noSettings", { name });
  const strange = Object.keys(settings).find((key) => !KEPT.some((kept) => kept === key));
  if (strange) return t("styles.strange", { name, field: strange });
  const wrong = Object.entries(settings).map(([key, value]) => wrongIn(key, value));
  return wrong.find((sentence) => sentence !== null) ?? null;
}

module.exports = {
  BUILT_IN,
  PROMPT,
  stylesOf,
  styledPrompt,
  presetOf,
  withPresets,
  exported,
  imported,
};
