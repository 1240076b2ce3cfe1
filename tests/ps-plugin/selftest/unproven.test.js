"use strict";
// The list of what only a real Photoshop can show names the self-test's checks, all of them.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { CHECKS } = require("../../../ps-plugin/selftest/selftest.js");

const PAGE = path.join(__dirname, "..", "..", "..", "docs", "unproven.md");

test("each check of the self-test stands in the list of what is unproven, and no other", () => {
  const page = fs.readFileSync(PAGE, "utf8");
  const part = page.slice(
    page.indexOf("## Only a real Photoshop"),
    page.indexOf("## What the panel still"),
  );
  const rows = part
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.includes("self-test"));
  assert.ok(rows.length >= 12);
  const named = rows.flatMap((row) => row.slice(2, -2).split(" | ")[2].split(", "));
  const checks = named.filter((name) => name !== "by hand");
  assert.deepEqual([...checks].sort(), CHECKS.map(({ name }) => name).sort());
});
