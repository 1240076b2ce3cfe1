"use strict";

/**
 * Every sentence the panel says, in its four languages: one table. What a bridge or Photoshop
 * itself says is shown as it came.
 *
 * t(key, values)    the sentence in the language in use; {name} stands for a value
 * use(language)     from now on; "auto" takes the host's
 *
 * @typedef {"en" | "de" | "ja" | "zh"} Language
 */

/** @type {Record<string, Record<Language, string>>} */
const TEXTS = {
  "document.none": {
    en: "No document is open: open or create one to paint in.",
    de: "Kein Dokument ist geöffnet: Öffne eines oder lege eines an.",
    ja: "開いているドキュメントがありません。開くか、新規作成してください。",
    zh: "没有打开的文档：请打开或新建一个文档再作画。",
  },
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
  const row = TEXTS[key];
  if (!row) throw new Error(`There is no text named ${key}.`);
  return row[spoken].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

module.exports = { t, use, TEXTS, LANGUAGES };
