"use strict";
// Where the panel's and the stand-in's files lie, for tests that read them.

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..", "..");
const PANEL = path.join(ROOT, "ps-plugin");
const STUDIO = path.join(PANEL, "studio");

/** All files below a folder, by their paths from there: a/b.js. @param {string} folder */
const filesIn = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.replaceAll(path.sep, "/"))
    .sort();

/** The panel's own files, without its stand-in. */
const panelFiles = () => filesIn(PANEL).filter((name) => !name.startsWith("studio/"));

module.exports = { ROOT, PANEL, STUDIO, filesIn, panelFiles };
