"use strict";
// The tables of allowed arguments are those of the published types.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const STUDIO = path.join(__dirname, "..", "..", "..", "..", "ps-plugin", "studio");
const { makeChecks, PATCHES, MEMBER_PATCHES } = require(
  path.join(STUDIO, "documented/make_checks.js"),
);

test("checks.js is what make_checks.js makes of the locked types", async () => {
  const committed = fs.readFileSync(path.join(STUDIO, "documented/checks.js"), "utf8");
  assert.equal(
    committed,
    await makeChecks(),
    "run: node ps-plugin/studio/documented/make_checks.js",
  );
});

test("every patch of the types names the page it is taken from", () => {
  for (const patch of [...PATCHES, ...MEMBER_PATCHES]) assert.match(patch[3], /\.md|@types/);
});
