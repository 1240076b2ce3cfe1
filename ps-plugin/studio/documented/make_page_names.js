"use strict";
// Writes page_names.js: which pages and scripts AdobeDocs/uxp-photoshop has, so that a test knows whether what
// provenance and documents cite is there:
//   node ps-plugin/studio/documented/make_page_names.js PATH_OF_A_CHECKOUT
// The checkout may be a bare one. Only names are taken. Only Node runs this file.

const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");

const FOLDER = "src/pages/";
const OUTPUT = path.join(__dirname, "page_names.js");

/**
 * The text of page_names.js.
 *
 * @param {string} checkout
 */
function makeNames(checkout) {
  const git = (...words) => execFileSync("git", ["-C", checkout, ...words], { encoding: "utf8" });
  const commit = git("rev-parse", "HEAD").trim();
  const names = git("-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "HEAD", FOLDER)
    .split("\n")
    .filter((name) => /\.(md|psjs)$/.test(name))
    .map((name) => name.slice(FOLDER.length))
    .sort();
  const lines = names.map((name) => `  ${JSON.stringify(name)},`).join("\n");
  return (
    '"use strict";\n// Made by make_page_names.js: the pages and scripts of AdobeDocs/uxp-photoshop below ' +
    `src/pages. Do not edit.\n\nmodule.exports = {\n  commit: "${commit}",\n  names: [\n` +
    `${lines.replace(/^/gm, "  ")}\n  ],\n};\n`
  );
}

if (require.main === module) {
  const [checkout] = process.argv.slice(2);
  if (!checkout) throw new Error("say where the checkout is");
  fs.writeFileSync(OUTPUT, makeNames(checkout));
}

module.exports = { makeNames };
