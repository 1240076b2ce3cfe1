"use strict";
// Photoshop's four interface themes, as the variables that UXP gives to a panel's style sheet.
//
// documented: the names (AdobeDocs/uxp-photoshop, guides/theme-awareness). seen in a host: the
// values, as bolt-uxp (MIT) lists them for Photoshop on both systems.

const COLORS = [
  "background-color",
  "text-color",
  "border-color",
  "link-text-color",
  "widget-hover-background-color",
  "widget-hover-text-color",
  "widget-hover-border-color",
  "text-color-secondary",
  "link-hover-text-color",
  "label-text-color",
];

/** @typedef {"darkest" | "dark" | "light" | "lightest"} Theme */

/** @type {Record<Theme, string[]>} in the order of COLORS */
const VALUES = {
  darkest: row("#303030 #ffffff #292929 #4b9cf5 #3d3d3d #ffffff #3d3d3d #9b9b9b #ffffff #ffffff"),
  dark: row("#535353 #ffffff #454545 #4b9cf5 #5b5b5b #ffffff #5b5b5b #e5e5e5 #ffffff #ffffff"),
  light: row("#b8b8b8 #424242 #9c9c9c #4b9cf5 #9d9d9d #424242 #9d9d9d #424242 #424242 #424242"),
  lightest: row("#f0f0f0 #4b4b4b #d1d1d1 #4b9cf5 #cecece #4b4b4b #cecece #606060 #4b4b4b #4b4b4b"),
};
const FONT_SIZES = { "font-size": "12px", "font-size-smaller": "11px", "font-size-larger": "14px" };
const THEMES = /** @type {Theme[]} */ (Object.keys(VALUES));

function row(text) {
  return text.split(" ");
}

/**
 * Give a document Photoshop's variables, and let its `prefers-color-scheme` rules follow the theme:
 * no browser knows "darkest".
 *
 * @param {Document} document
 * @param {Theme} theme
 */
function applyTheme(document, theme) {
  const { style, dataset } = document.documentElement;
  dataset.theme = theme;
  COLORS.forEach((name, i) => style.setProperty(`--uxp-host-${name}`, VALUES[theme][i]));
  for (const [name, size] of Object.entries(FONT_SIZES))
    style.setProperty(`--uxp-host-${name}`, size);
  for (const sheet of document.styleSheets) switchRules(sheet, theme);
}

const asked = new WeakMap(); // media rule -> the themes it was written for

/** None of a sheet that was not found: a page may name each of its files twice. */
function rulesOf(sheet) {
  try {
    return Array.from(sheet.cssRules);
  } catch {
    return [];
  }
}

function switchRules(sheet, theme) {
  for (const rule of rulesOf(sheet)) {
    if (!("media" in rule)) continue;
    const written = asked.get(rule) ?? rule.media.mediaText;
    const wanted = /prefers-color-scheme/.test(written);
    if (!wanted) continue;
    asked.set(rule, written);
    const names = [...written.matchAll(/prefers-color-scheme:\s*(\w+)/g)].map((match) => match[1]);
    rule.media.mediaText = names.includes(theme) ? "all" : "not all";
  }
}

module.exports = { THEMES, applyTheme };
