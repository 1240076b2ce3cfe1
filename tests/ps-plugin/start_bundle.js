"use strict";
// The packaged plugin, unpacked in a temporary folder: what `package_plugin.py --folder` writes.

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const { python } = require("./python.js");
const { ROOT } = require("./start_page.js");

/** @returns {string} the folder; it goes with the process */
function unpackedBundle() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pentimento-plugin-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  const script = path.join(ROOT, "scripts", "package_plugin.py");
  execFileSync(python(), [script, "--folder", folder]);
  return folder;
}

module.exports = { unpackedBundle };
