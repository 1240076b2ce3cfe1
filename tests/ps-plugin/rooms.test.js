"use strict";
// Which room of the panel, and of its stand-in, may require which. A room asks only rooms that stand
// above it here, so none asks, by whatever way, for one that asks for it.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { PANEL, STUDIO, filesIn, panelFiles } = require("./files.js");

const TOP = ".";
const HOUSES = {
  panel: {
    root: PANEL,
    files: panelFiles(),
    rooms: {
      vendor: [],
      words: [],
      pixels: ["vendor"],
      bridge: ["pixels", "words"],
      state: ["pixels", "words"],
      photoshop: ["pixels", "state", "words"],
      actions: ["bridge", "photoshop", "pixels", "state", "words"],
      selftest: ["photoshop", "pixels", "words"],
      view: ["actions", "bridge", "pixels", "selftest", "state", "words"],
      [TOP]: ["actions", "view"],
    },
  },
  "stand-in": {
    root: STUDIO,
    files: filesIn(STUDIO),
    rooms: {
      vendor: [],
      documented: [],
      document: ["documented"],
      storage: ["document", "documented", "vendor"],
      photoshop: ["document", "documented", "storage"],
      uxp: ["documented", "storage"],
      host: ["document", "documented", "photoshop", "storage", "uxp"],
      desk: ["document", "photoshop", "storage", "uxp"],
      [TOP]: ["desk", "host", "photoshop", "storage", "uxp"],
    },
  },
};

/** Rooms that a script asks, its own left out; what lies outside of the house begins with "..". */
function askedIn(text, file) {
  const room = path.posix.dirname(file);
  const named = [...text.matchAll(/\brequire\(\s*"(\.[^"]+)"/g)].map(([, request]) => request);
  const asked = named.map((request) => path.posix.dirname(path.posix.join(room, request)));
  return asked.filter((other) => other !== room);
}

for (const [house, { root, files, rooms }] of Object.entries(HOUSES)) {
  const scripts = files.filter((name) => name.endsWith(".js"));

  test(`each room of the ${house} asks only those it may, and the table names no others`, () => {
    /** @type {Record<string, Set<string>>} */
    const asked = {};
    for (const file of scripts) {
      const others = (asked[path.posix.dirname(file)] ??= new Set());
      for (const room of askedIn(fs.readFileSync(path.join(root, file), "utf8"), file)) {
        others.add(room);
      }
    }
    const found = Object.entries(asked).map(([room, others]) => [room, [...others].sort()]);
    assert.deepEqual(Object.fromEntries(found), rooms);
  });

  test(`no rooms of the ${house} ask each other in a circle`, () => {
    const names = Object.keys(rooms);
    for (const [at, name] of names.entries()) {
      for (const other of rooms[name]) assert.ok(names.indexOf(other) < at, `${name}: ${other}`);
    }
  });
}

test("what a script asks is seen in whatever way it is written", () => {
  const text =
    'const { a } = require("../state/a.js");\nconst b = require(\n  "../../studio/desk/b.js",\n);' +
    'const own = require("./c.js"); require("photoshop"); const main = require("../main.js");';
  assert.deepEqual(askedIn(text, "view/x.js"), ["state", "../studio/desk", "."]);
});
