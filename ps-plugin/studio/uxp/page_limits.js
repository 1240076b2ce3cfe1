"use strict";
// What UXP would not draw or do of a page, by Adobe's pages: each is said, and nothing of it is hidden.
//
//   STYLES, LISTED, PASSED_OVER, MARKUP   what is known, and how
//   missingStyles                         of a style sheet
//   complaints                            of a page and its style sheets

/** CSS that UXP does not draw, or draws otherwise. */
const STYLES = [
  { says: /display:\s*(inline-)?grid/, what: "display: grid" },
  { says: /(^|[\s;{])grid(-[\w-]+)?:/, what: "grid" },
  { says: /(^|[\s;{])float:/, what: "float" },
  { says: /(^|[\s;{])transition(-[\w-]+)?:/, what: "transition" },
  { says: /(^|[\s;{])animation(-[\w-]+)?:/, what: "animation" },
  { says: /@(-webkit-)?keyframes/, what: "@keyframes" },
  { says: /@font-face/, what: "@font-face" },
  { says: /(^|[\s;{])((row|column)-)?gap:/, what: "gap" },
  { says: /position:\s*sticky/, what: "position: sticky" },
  { says: /(^|[\s;{])text-transform:/, what: "text-transform" },
  { says: /(^|[\s;{])font:/, what: "font, the short form" },
  { says: /(align-(items|self)|vertical-align):\s*baseline/, what: "baseline" },
  { says: /border(-\w+)?-color:\s*unset/, what: "border-color: unset" },
];
const STYLES_KNOWN =
  "documented: reference-css and known issues (no grid, float, transitions, animations, fonts, " +
  "text-transform, short form of font; baseline and unset border colours are unreliable); " +
  "gap: avoided by uxp-toolkit's lint rule, assumed; sticky: assumed";

/** documented: the properties that reference-css has a page of; sides and corners are built below. */
const LISTED = new Set(
  (
    "align-content align-items align-self background background-attachment background-color " +
    "background-image background-repeat background-size border border-color border-radius border-style " +
    "border-width bottom color display flex flex-basis flex-direction flex-grow flex-shrink flex-wrap " +
    "font-family font-size font-style font-weight height justify-content left letter-spacing margin " +
    "max-height max-width min-height min-width opacity overflow overflow-x overflow-y padding right " +
    "text-align text-overflow top visibility white-space width " +
    "position z-index vertical-align"
  ) // in the examples of left and top, and in the known issues
    .split(" "),
);
for (const side of ["top", "right", "bottom", "left"]) {
  for (const name of [`margin-${side}`, `padding-${side}`, `border-${side}`]) LISTED.add(name);
  for (const part of ["color", "style", "width"]) LISTED.add(`border-${side}-${part}`);
}
for (const corner of ["top-left", "top-right", "bottom-left", "bottom-right"]) {
  LISTED.add(`border-${corner}-radius`);
}

/** assumed: no page lists these. A page may use them that is whole where they are passed over. */
const PASSED_OVER = new Set(["box-sizing", "cursor", "line-height"]);

/** Markup that UXP does not honour. documented: known issues. */
const MARKUP = [
  { selector: "label[for]", what: "<label for>" },
  { selector: "option:not([value])", what: "<option> without a value" },
  { selector: "option[disabled]", what: "<option disabled>" },
  { selector: "select[value]", what: "<select value>" },
  { selector: "input[type=file]", what: '<input type="file">' },
  { selector: "input[type=color]", what: '<input type="color">' },
  { selector: "[type=password]", what: "a password field, which cannot be read on macOS" },
  { selector: "sp-textfield[type=number]", what: "a numeric sp-textfield" },
  { selector: "[required], [pattern]", what: "the validation of fields" },
  { selector: "textarea[rows], textarea[cols]", what: "rows and cols of a <textarea>" },
  { selector: "[defaultvalue]", what: "defaultValue" },
  { selector: "form:not([method=dialog])", what: "<form> with another method than dialog" },
  { selector: "progress", what: "themes in <progress>" },
  { selector: "sp-tooltip[location]", what: "the location of an sp-tooltip" },
  { selector: "dialog img:not([width])", what: "<img> without a size in a <dialog>" },
  { selector: "[draggable=true]", what: "drag and drop" },
  {
    selector: "[tabindex]:not([tabindex='0']):not([tabindex='-1'])",
    what: "an order of tabindex",
  },
];

/**
 * @param {string} css
 * @returns {string[]} what of it UXP does not draw
 */
function missingStyles(css) {
  const bare = css.replace(/\/\*[\s\S]*?\*\//g, "");
  const found = STYLES.filter(({ says }) => says.test(bare)).map(({ what }) => what);
  const blocks = bare.replace(/@font-face\s*\{[^}]*\}/g, "");
  const names = Array.from(
    blocks.matchAll(/[{;]\s*([a-z-]+)\s*:(?![^{};]*\{)/g),
    ([, name]) => name,
  );
  for (const name of new Set(names)) {
    const known = LISTED.has(name) || PASSED_OVER.has(name) || name.startsWith("--");
    if (known || STYLES.some(({ says }) => says.test(`;${name}:`))) continue;
    found.push(`${name}, which no page of Adobe's lists`);
  }
  return found;
}

/**
 * What a page uses in vain, each as a sentence.
 *
 * @param {Document} document
 * @param {Record<string, string>} [sheets] its style sheets' text by name
 */
function complaints(document, sheets = {}) {
  const found = [];
  for (const [name, css] of Object.entries(sheets)) {
    for (const what of missingStyles(css)) found.push(`${name}: UXP does not know ${what}`);
  }
  for (const element of Array.from(document.querySelectorAll("[style]"))) {
    for (const what of missingStyles(`{${element.getAttribute("style") ?? ""}`)) {
      found.push(`<${element.localName} style>: UXP does not know ${what}`);
    }
  }
  for (const { selector, what } of MARKUP) {
    if (document.querySelector(selector)) found.push(`UXP does not honour ${what}`);
  }
  for (const element of Array.from(
    document.querySelectorAll("[width]:not(canvas), [height]:not(canvas)"),
  )) {
    const sizes = [element.getAttribute("width"), element.getAttribute("height")];
    if (sizes.some((size) => /^\d+$/.test(size ?? ""))) {
      found.push(`UXP does not honour <${element.localName}> with a size without its unit`);
    }
  }
  return found;
}

module.exports = {
  STYLES,
  STYLES_KNOWN,
  LISTED,
  PASSED_OVER,
  MARKUP,
  missingStyles,
  complaints,
};
