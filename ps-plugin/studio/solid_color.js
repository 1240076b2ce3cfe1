"use strict";
// app.SolidColor, as far as its RGB goes, and the foreground colour of a host without a painter.

const { guarded } = require("./guarded.js");

/** documented: a class that a plugin makes colours with; assumed: black at first. */
class SolidColor {
  /** @param {string} [colour] such as "#2b2b2b" */
  constructor(colour = "#000000") {
    /** @type {{hexValue: string}} */
    this.rgb = createRgb(colour);
    const { rgb } = this;
    return guarded("SolidColor", { typename: "SolidColor", rgb });
  }
}

/** @param {string} colour */
function createRgb(colour) {
  let hex = colour.slice(1).toUpperCase();
  return guarded("RGBColor", {
    typename: "RGBColor",
    // documented: returns FF9801, takes that or #ff9801
    get hexValue() {
      return hex;
    },
    set hexValue(value) {
      const found = /^#?([0-9a-f]{6})$/i.exec(String(value));
      if (!found) throw new TypeError(`RGBColor.hexValue must be like "FF9801", got ${value}`);
      hex = found[1].toUpperCase();
    },
  });
}

/** documented: the colour in the painter's hand; black where nobody took another. */
function createForeground() {
  let colour = "#000000";
  return {
    get: () => colour,
    set(/** @type {string} */ next) {
      colour = next;
    },
  };
}

module.exports = { SolidColor, createForeground };
