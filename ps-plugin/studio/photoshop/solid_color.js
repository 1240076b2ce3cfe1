"use strict";
// app.SolidColor, as far as its RGB goes, and the colours in the hand of a host without a painter.

const { guarded } = require("../documented/guarded.js");

const PARTS = /** @type {const} */ (["red", "green", "blue"]);

/** documented: a class that a plugin makes colours with; white at first. */
class SolidColor {
  /** @param {string} [model] of constants.ColorModel, where to start */
  constructor(model = "RGBColor") {
    if (!/^(RGB|RGBColor)$/.test(model)) {
      throw new Error(`a SolidColor that starts as ${model} is not modelled by this host`);
    }
    const rgb = createRgb();
    const own = {
      typename: "SolidColor",
      get base() {
        return rgb;
      },
      get rgb() {
        return rgb;
      },
      set rgb({ red, green, blue }) {
        Object.assign(rgb, { red, green, blue });
      },
      /** assumed: equal where the numbers are, to 8 bits */
      isEqual: (other) => other.rgb.hexValue === rgb.hexValue,
    };
    return guarded("SolidColor", own);
  }

  /** @type {any} what the constructor hands out has it; named here for those who read the class */
  rgb = undefined;
}

/** @param {string} hex such as "#2b2b2b" @returns {any} */
function solidColor(hex) {
  const colour = new SolidColor();
  colour.rgb.hexValue = hex;
  return colour;
}

/** documented: 0..255 each; hexValue returns FF9801 and takes that or #ff9801. */
function createRgb() {
  const now = { red: 255, green: 255, blue: 255 };
  const own = {
    typename: "RGBColor",
    get hexValue() {
      const bytes = PARTS.map((part) => Math.round(now[part]).toString(16).padStart(2, "0"));
      return bytes.join("").toUpperCase();
    },
    set hexValue(value) {
      const found = /^#?([0-9a-f]{6})$/i.exec(String(value));
      if (!found) throw new TypeError(`RGBColor.hexValue must be like "FF9801", got ${value}`);
      PARTS.forEach((part, i) => (now[part] = parseInt(found[1].slice(2 * i, 2 * i + 2), 16)));
    },
  };
  for (const part of PARTS) {
    Object.defineProperty(own, part, {
      enumerable: true,
      get: () => now[part],
      set(value) {
        if (!(typeof value === "number" && value >= 0 && value <= 255)) {
          throw new TypeError(`RGBColor.${part} is 0..255, got ${value}`);
        }
        now[part] = value;
      },
    });
  }
  return guarded("RGBColor", own);
}

/** What sampling nothing gives. */
const noColor = () => guarded("NoColor", { typename: "NoColor" });

/** The colour in the painter's hand, where nobody took another. @param {string} [colour] */
function createHandColour(colour = "#000000") {
  return {
    get: () => colour,
    set(/** @type {string} */ next) {
      colour = next;
    },
  };
}

module.exports = { SolidColor, solidColor, noColor, createHandColour };
