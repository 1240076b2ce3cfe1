"use strict";

/**
 * Regions: layers whose pixels say where a prompt of their own is painted. Pure.
 *
 * freshBrush(prompt, regions)     a new region's settings, in a colour that is still free
 * brushFrom(fields)               what a note or a palette says, checked
 * shortName(prompt)               what a region's layer is called
 * noteOf, parsedRegion            a region in its layer's metadata
 * seenAgain(before, found)        after layers came, went, moved or were renamed
 * keyOf(region)                   by which the panel tells them apart
 * wayOf(brush)                    blended, isolated, or first the one and then the other
 * unseenIn(state, document)       layers that say where, not what
 * veiledAlpha, joined             a layer's mask; that of several layers in a group
 * recipeRegion(region, mask)      as a recipe has it
 * sameRegions(one, other)         whether two recipes' regions paint the same
 *
 * The paint of a region says where, not what: it is no part of the picture a run starts from,
 * unless its `picture` says so. Whether its layer is shown makes no difference, so that one can
 * hide it and see the picture; `on` switches it. Its mask is its alpha under its own mask: of a
 * group all that is shown in it, of a clipped layer where the one below it is, at any opacity. It
 * is hidden while a composite is read; where it is the active layer the composite is the source.
 * Layers' order is the recipe's. Going on from a step takes the regions as they are now, unless the
 * painter wants the painting's own, or the document has none.
 *
 * @typedef {import("../types/panel").Brush} Brush
 * @typedef {import("../types/panel").RegionView} RegionView
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/wire").Region} Region
 *
 * @typedef {object} RegionNote what stands in a layer's metadata, under org.pentimento
 * @property {1} v
 * @property {"region"} kind
 * @property {string} region its id
 * @property {Brush} brush
 * @property {boolean} picture
 */

const { fullOf } = require("../pixels/colours.js");
const { REGION } = require("./recipe_fields.js");
const { usualOf, wrongIn } = require("./fields.js");
const { t } = require("../words/texts.js");

const SHORT = 24; // characters of a name

/** Far from each other, on light and dark ground; the first free one is taken. */
const COLOURS = ["#e06a55", "#e3c14f", "#4fa3e0", "#5fbf63", "#b072d8", "#e0884a", "#4fc4b8"];

/** @type {Record<string, import("./recipe_fields.js").Said>} */
const BRUSH = {
  prompt: REGION.prompt,
  colour: { text: true, usual: "#808080" },
  ...REGION,
  on: { yes: true, usual: true },
};

/** @type {Brush} */
const PLAIN = { ...usualOf(BRUSH), prompt: "" };

/** @param {string} prompt @param {RegionView[]} regions those there are @returns {Brush} */
function freshBrush(prompt, regions) {
  const taken = regions.map(({ brush }) => brush.colour);
  const free = COLOURS.find((colour) => !taken.includes(colour));
  return {
    ...PLAIN,
    prompt,
    colour: free || COLOURS[regions.length % COLOURS.length],
  };
}

/** @param {Record<string, unknown>} fields missing ones are as usual @returns {Brush} */
function brushFrom(fields) {
  const brush = { ...PLAIN, ...fields };
  const wrong = Object.entries(brush).map(([name, value]) => wrongField(name, value));
  const sentence = wrong.find((found) => found !== null);
  if (sentence) throw new Error(sentence);
  if (brush.isolate_steps !== null && brush.mode !== "isolate") {
    throw new Error(t("region.stepsOfBlend"));
  }
  return brush;
}

/** @param {string} name @param {unknown} value @returns {string | null} a sentence */
function wrongField(name, value) {
  const wrong = wrongIn(name, value, BRUSH);
  if (wrong || name !== "colour" || /^#[0-9a-fA-F]{6}$/.test(String(value))) return wrong;
  return t("region.colour", { found: JSON.stringify(value) });
}

/** @param {string} prompt */
function shortName(prompt) {
  const words = Array.from(prompt.trim().replace(/\s+/g, " "));
  return words.length > SHORT ? `${words.slice(0, SHORT).join("")}…` : words.join("");
}

/** @param {Pick<RegionView, "id" | "brush" | "picture">} region @returns {RegionNote} */
function noteOf({ id, brush, picture }) {
  return { v: 1, kind: "region", region: id, brush, picture };
}

/** @param {string | null} text @returns {Pick<RegionView, "id" | "brush" | "picture"> | null} */
function parsedRegion(text) {
  try {
    const { v, kind, region, brush, picture } = JSON.parse(text || "null") ?? {};
    if (v !== 1 || kind !== "region" || typeof region !== "string") return null;
    const known = Object.entries(brush).filter(([name]) => name in PLAIN); // others: see unknown.js
    return { id: region, brush: brushFrom(Object.fromEntries(known)), picture: picture === true };
  } catch {
    return null; // of a later version, or another program's
  }
}

/**
 * What the panel changed and did not write yet stands. A region whose layer or note went is kept
 * without one until it is back or the region is let go; where a copy is left, that is the region.
 * Whoever went back to before there was the region has let it go.
 *
 * @param {RegionView[]} before
 * @param {RegionView[]} found lowest first
 * @param {boolean} undone the painter went back in the history
 * @returns {{regions: RegionView[], gone: RegionView[]}} gone: just now
 */
function seenAgain(before, found, undone) {
  const regions = found.map((region) => {
    const old = before.find(({ layer }) => layer === region.layer);
    return old && old.unsaved ? { ...old, name: region.name } : region;
  });
  const missing = before.filter(
    ({ id, layer }) =>
      !(undone && layer >= 0) &&
      !found.some((region) => region.layer === layer || region.id === id),
  );
  const gone = missing.filter(({ layer }) => layer >= 0);
  return {
    regions: [...missing.map((region) => ({ ...region, layer: -1 })), ...regions],
    gone,
  };
}

/** @param {RegionView} region */
function keyOf({ id, layer }) {
  return layer >= 0 ? String(layer) : id;
}

/** @param {Brush} brush @returns {"blend" | "isolate" | "both"} */
function wayOf({ mode, isolate_steps }) {
  return mode === "isolate" && isolate_steps !== null ? "both" : mode;
}

/** @param {Pick<import("../types/panel").State, "regions">} state @param {number} document */
function unseenIn({ regions }, document) {
  return (regions[document] || []).flatMap(({ layer, picture }) =>
    layer >= 0 && !picture ? [layer] : [],
  );
}

/**
 * What a layer covers.
 *
 * @param {Picture} picture RGBA
 * @param {Picture | null} mask grey, 8 bit, of the same size
 * @returns {Picture} grey, as deep as the picture
 */
function veiledAlpha({ width, height, pixels }, mask) {
  const grey = pixels.slice(0, width * height);
  for (let i = 0; i < grey.length; i += 1) {
    const alpha = pixels[4 * i + 3];
    grey[i] = mask ? Math.round((alpha * mask.pixels[i]) / 255) : alpha;
  }
  return { width, height, channels: 1, pixels: grey };
}

/** What two masks cover together. @param {Picture} one @param {Picture} other @returns {Picture} */
function joined(one, other) {
  const full = fullOf(one.pixels);
  const pixels = one.pixels.slice();
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = full - Math.round(((full - one.pixels[i]) * (full - other.pixels[i])) / full);
  }
  return { ...one, pixels };
}

/** @param {RegionView} region @param {string} mask ImageId @returns {Region} */
function recipeRegion({ name, brush }, mask) {
  const { colour, on, prompt, ...how } = brush;
  return { ...how, prompt: prompt.trim() || name, mask };
}

/** Whether two recipes' regions paint the same. @param {readonly Region[]} one @param {readonly Region[]} other */
function sameRegions(one, other) {
  const { colour, on, ...usual } = PLAIN;
  const whole = (/** @type {readonly Region[]} */ all) =>
    JSON.stringify(all.map((region) => Object.entries({ ...usual, ...region }).sort()));
  return whole(one) === whole(other);
}

module.exports = {
  PLAIN,
  freshBrush,
  brushFrom,
  shortName,
  noteOf,
  parsedRegion,
  seenAgain,
  keyOf,
  wayOf,
  unseenIn,
  veiledAlpha,
  joined,
  recipeRegion,
  sameRegions,
};
