"use strict";
// What the painter has in hand: tool, brush, feather, colour, theme. Kept between two visits.

const KEY = "studio.settings";
const DEFAULTS = {
  tool: "brush",
  size: 16, // pixels
  hardness: 0.8,
  opacity: 1,
  color: "#2b2b2b",
  feather: 0, // pixels
  theme: "dark",
};
const LARGEST = 512; // pixels of a brush
const EXPONENT = Math.log(LARGEST) / 100; // the slider's 0..100 is 1..512 pixels, evenly felt

/** @typedef {ReturnType<typeof createSettings>} Settings */

/** @param {Storage} storage */
function createSettings(storage) {
  const values = { ...DEFAULTS, ...kept(storage) };
  const listeners = new Set();

  function set(changes) {
    Object.assign(values, changes);
    values.size = Math.min(Math.max(values.size, 1), LARGEST);
    storage.setItem(KEY, JSON.stringify(values));
    for (const listener of listeners) listener(values);
  }

  return {
    values: () => ({ ...values }),
    set,
    onChange: (listener) => listeners.add(listener),
    tool: () => values.tool,
    feather: () => values.feather,
    theme: () => /** @type {import("../uxp/themes.js").Theme} */ (values.theme),
    /** @returns {import("../document/brush.js").Brush} */
    brush() {
      const { size, hardness, opacity, color } = values;
      return { size, hardness, opacity, color: rgb(color), erase: false };
    },
    /** The next smaller or larger brush, by about a tenth. */
    resize(direction) {
      const { size } = values;
      set({ size: Math.round(size + direction * Math.max(1, size / 10)) });
    },
  };
}

function kept(storage) {
  try {
    const found = JSON.parse(storage.getItem(KEY) ?? "{}");
    const known = Object.entries(found).filter(([name]) => name in DEFAULTS);
    return Object.fromEntries(
      known.filter(([name, value]) => typeof value === typeof DEFAULTS[name]),
    );
  } catch {
    return {}; // not ours, or broken: start over
  }
}

/** "#rrggbb" as numbers. */
function rgb(color) {
  const value = parseInt(color.slice(1), 16);
  return /** @type {[number, number, number]} */ ([value >> 16, (value >> 8) & 255, value & 255]);
}

const hexColor = (color) => `#${color.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
const sizeOnSlider = (size) => Math.log(size) / EXPONENT;
const sizeFromSlider = (value) => {
  const size = Math.exp(value * EXPONENT);
  return size < 10 ? Math.round(size * 2) / 2 : Math.round(size);
};

module.exports = { createSettings, hexColor, rgb, sizeOnSlider, sizeFromSlider };
