"use strict";
// Tests of what one of Adobe's pages says: grouped by the page, which has to be there.

const { describe } = require("node:test");
const { names } = require("../../../../ps-plugin/studio/documented/page_names.js");

/** @param {string} page below src/pages @param {() => void} tests */
function from(page, tests) {
  if (!names.includes(page)) throw new Error(`there is no page ${page}`);
  describe(page, tests);
}

module.exports = { from };
