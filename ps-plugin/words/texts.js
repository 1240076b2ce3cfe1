"use strict";

/**
 * Every sentence the panel says, in its four languages, each in a file of its own with the same keys
 * in the same order. What a bridge or Photoshop itself says is shown as it came. index.html names its
 * words by data-text, data-title and data-placeholder; "auto" is the first two letters of the host's
 * uiLocale.
 *
 * t(key, values)    the sentence in the language in use; {name} stands for a value
 * inEveryLanguage(key)   the same in all of them
 * use(language)     from now on; "auto" takes the host's
 * spokenNow()       the language in use
 *
 * @typedef {"en" | "de" | "ja" | "zh"} Language
 */

/** By language, then by key. @type {Record<Language, Record<string, string>>} */
const TEXTS = {
  en: require("./en.js"),
  de: require("./de.js"),
  ja: require("./ja.js"),
  zh: require("./zh.js"),
};

/** @type {Language[]} */
const LANGUAGES = ["en", "de", "ja", "zh"];

/** @type {Language} */
let spoken = "en";

/** @param {string} language a tag such as "de_DE", or a language of the table @param {string} [host] */
function use(language, host = "en") {
  const wished = (language === "auto" ? host : language).slice(0, 2).toLowerCase();
  spoken = LANGUAGES.find((known) => known === wished) || "en";
}

/** @param {string} key @param {Record<string, string | number>} [values] */
function t(key, values = {}) {
  const text = TEXTS[spoken][key];
  if (text === undefined) throw new Error(`There is no text named ${key}.`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {string} key @returns {string[]} */
const inEveryLanguage = (key) => LANGUAGES.map((language) => TEXTS[language][key]);

module.exports = { inEveryLanguage, t, use, spokenNow: () => spoken, TEXTS, LANGUAGES };
