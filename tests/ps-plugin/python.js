"use strict";
// Python from a test: the interpreter that the tests' set-up made, or whichever is on the path.

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..", "..");

function python() {
  const places = [".venv/bin/python", ".venv/Scripts/python.exe"].map((p) => path.join(ROOT, p));
  return places.find((place) => fs.existsSync(place)) ?? "python3";
}

module.exports = { python };
