"use strict";
// What a layer is by the blocks that a file has of it (psd-tools names the keys).
//
//   kindOf       as Photoshop says it: "pixel", "group", an adjustment's or a fill's own
//   wordOf       what a painter must know before painting on it: "an adjustment", "text" …; "" of pixels
//   withoutMade  blocks without those that say how its pixels are made: untrue once painted on

/** @typedef {import("./document.js").Layer} Layer */
/** @typedef {import("./document.js").Block} Block */

const ADJUSTMENTS = {
  blwh: "blackAndWhite",
  brit: "brightnessContrast",
  CgEd: "brightnessContrast",
  mixr: "channelMixer",
  blnc: "colorBalance",
  clrL: "colorLookup",
  curv: "curves",
  expA: "exposure",
  grdm: "gradientMap",
  "hue ": "hueSaturation",
  hue2: "hueSaturation",
  nvrt: "inversion",
  levl: "levels",
  phfl: "photoFilter",
  post: "posterize",
  selc: "selectiveColor",
  thrs: "threshold",
  vibA: "vibrance",
};
const FILLS = { GdFl: "gradientFill", PtFl: "pattern", SoCo: "solidColor" };
const TEXTS = ["TySh", "tySh"];
const SMART = ["SoLd", "SoLE", "plLd", "PlLd"];
const MADE = new Set(
  [...TEXTS, ...SMART, ...Object.keys(FILLS)].concat(
    "vstk vscg vogk vowv shpa FXid FEid".split(" "),
  ),
);

const has = (layer, keys) => layer.foreign.kept.some(({ key }) => keys.includes(key));

/** @param {Layer} layer @returns {string} */
function kindOf({ foreign, kind, placed }) {
  if (placed) return "smartObject";
  const kinds = { ...ADJUSTMENTS, ...FILLS };
  return kinds[foreign.kept.find(({ key }) => key in kinds)?.key ?? ""] ?? kind;
}

/** @param {Layer} layer @returns {"" | "an adjustment" | "a fill" | "text" | "a smart object"} */
function wordOf(layer) {
  if (has(layer, Object.keys(ADJUSTMENTS))) return "an adjustment";
  if (has(layer, Object.keys(FILLS))) return "a fill";
  if (has(layer, TEXTS)) return "text";
  return layer.placed || has(layer, SMART) ? "a smart object" : "";
}

/** @param {readonly Block[]} kept */
const withoutMade = (kept) => kept.filter(({ key }) => !MADE.has(key));

module.exports = { kindOf, wordOf, withoutMade };
