"use strict";
// Writes pages.js from Adobe's pages, so that the host knows each member that they document, whether
// it may be written, and since which Photoshop it is there:
//   node ps-plugin/studio/documented/make_page_checks.js PATH_OF_A_CHECKOUT
// The checkout is one of github.com/AdobeDocs/uxp-photoshop; a bare one will do. Only names, versions
// and flags are taken. Only Node runs this file.

const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const { tablesIn, membersOf, enumsOf, typeOf } = require("./page_tables.js");

const FOLDER = "src/pages/ps-reference";
const OUTPUT = path.join(__dirname, "pages.js");
const PRETTIER = path.join(__dirname, "..", "..", "..", "tests", "node_modules", "prettier");

/** Pages of classes, beside all in classes/ and colors/. */
const CLASSES = ["objects/bounds.md"];
/** Modules of functions: what a plugin calls them -> their page. */
const MODULES = { core: "media/photoshopcore.md", action: "media/photoshopaction.md" };
/** Overviews, which document no class of their own. */
const OVERVIEW = /(^|\/)index\.md$/;

/**
 * The text of pages.js.
 *
 * @param {string} checkout
 * @returns {Promise<string>}
 */
async function makePages(checkout) {
  const git = (...words) =>
    execFileSync("git", ["-C", checkout, ...words], { encoding: "utf8", maxBuffer: 2 ** 26 });
  const read = (page) => git("show", `HEAD:${FOLDER}/${page}`);
  const all = git("ls-tree", "-r", "--name-only", "HEAD", `${FOLDER}/`)
    .split("\n")
    .filter((name) => name.endsWith(".md") && !OVERVIEW.test(name))
    .map((name) => name.slice(FOLDER.length + 1));
  const under = (...folders) => all.filter((page) => folders.includes(page.split("/")[0]));

  const classes = {};
  for (const page of [...under("classes", "colors"), ...CLASSES]) {
    Object.assign(classes, membersOf(read(page)));
  }
  const modules = {};
  for (const [name, page] of Object.entries(MODULES)) {
    [modules[name]] = Object.values(membersOf(read(page)));
  }
  const options = {};
  for (const page of under("objects").filter((one) => !CLASSES.includes(one))) {
    const fields = fieldsOf(read(page));
    if (Object.keys(fields).length) options[titleOf(read(page))] = fields;
  }
  const enums = enumsOf(read("modules/constants.md"));
  const commit = git("rev-parse", "HEAD").trim();
  return printed({ commit, classes, modules, options, enums });
}

/** An options object's fields: "since type". */
function fieldsOf(text) {
  const rows = tablesIn(text).flat();
  return Object.fromEntries(
    rows
      .filter((row) => row["Min Version"] && !row.Name.includes("."))
      .map((row) => [row.Name.replaceAll("~", ""), `${row["Min Version"]} ${typeOf(row.Type)}`]),
  );
}

const titleOf = (text) => (/^# (.+)$/m.exec(text)?.[1] ?? "").replaceAll(" ", "");

function printed(pages) {
  const prettier = require(PRETTIER);
  const text =
    `"use strict";\n// Made by make_page_checks.js from the pages of AdobeDocs/uxp-photoshop: names, ` +
    `versions and flags.\n// Do not edit.\n//\n` +
    `//   classes, modules   member -> "r|rw since type" or "method since (parameters) answer"\n` +
    `//   options            field -> "since type"\n` +
    `//   enums              enumeration -> "since NAME NAME …"\n\n` +
    `module.exports = ${JSON.stringify(pages)};\n`;
  return prettier.format(text, { parser: "babel", printWidth: 100 });
}

if (require.main === module) {
  const [checkout] = process.argv.slice(2);
  if (!checkout) throw new Error("say where the checkout is");
  makePages(checkout).then((text) => fs.writeFileSync(OUTPUT, text));
}

module.exports = { makePages };
