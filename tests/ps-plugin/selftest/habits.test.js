"use strict";
// The self-test in the panel's own page, on hosts of every habit: it runs to its end, and the row of
// the habit says the other outcome; no other row does.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { HABITS } = require("../../../ps-plugin/studio/photoshop/habits.js");
const { CHECKS } = require("../../../ps-plugin/selftest/selftest.js");
const { TEXTS } = require("../../../ps-plugin/words/texts.js");
const { ROOT, openedPage } = require("../start_page.js");
const { until } = require("../support.js");
const { BY_HAND, HANDS, HEALTH, SEEN, Socket, answer } = require("./lab.js");

/** Which rows say each habit. */
const ROWS = {
  rootBase: ["pageBase"],
  lateSetup: ["setup", "life"],
  blindPasswords: ["password"],
  heldEvents: ["historyEvent", "stroke"],
  sameTickResume: ["sameTick"],
  ownDepthOnly: ["otherDepth"],
  forgetfulSave: ["firstSettings"],
  localhostOnly: ["httpNumber"],
  bareCollections: ["children", "collections"],
  swallowedKeys: ["keys", "arrows"],
};

/** The page's first script takes its time. */
const late = (name) => {
  const text = fs.readFileSync(path.join(ROOT, name), "utf8");
  return name.endsWith("start.js") ? text.replace("const { entrypoints }", "spend();\n$&") : text;
};
const spend = () => {
  const began = Date.now();
  const used = process.cpuUsage(); // by all of its threads: more than the clock says, or less
  while (Date.now() - began < 25 || process.cpuUsage(used).user < 25_000);
};

const WORLD = {
  fetch: async (url) => answer(url.endsWith("/health") ? HEALTH : SEEN),
  WebSocket: Socket,
  setTimeout: (act, ms, ...given) =>
    setTimeout(act, ms < 1000 ? Math.min(ms, 4) : 200, ...given).unref(),
};

/** A page whose panel was opened, by the painter where Photoshop does not. */
async function openPage(habits) {
  const slow = habits.includes("lateSetup");
  const page = await openedPage({
    habits,
    world: { ...WORLD, spend },
    ...(slow && { read: late }),
    before: (host) => host.model.newDocument({ width: 8, height: 8 }),
  });
  if (!page.made()) page.el("starting").querySelector("[role=button]").click();
  await until(() => page.made(), "the panel");
  return page;
}

const press = (page, id) => page.el(id).dispatchEvent(new page.window.Event("click"));
const shown = (page, id) => !page.el(id).classList.contains("gone");

/** The painter does what is asked, and says so. */
function help(page) {
  const [what] = Object.keys(HANDS).filter(
    (name) => page.el("selftest-asked").textContent === TEXTS.en[`selftestAsk.${name}`],
  );
  HANDS[what](page.host.model, page.el("selftest-place"));
  press(page, "selftest-done");
}

/** @returns {Promise<Record<string, string>>} each row's state */
async function run(page) {
  press(page, "more-selftest");
  press(page, "selftest-start");
  const began = Date.now();
  while (!shown(page, "selftest-end")) {
    assert.ok(Date.now() - began < 60_000, "the self-test did not come to its end");
    if (shown(page, "selftest-ask")) help(page);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const rows = page.el("selftest-report").value.split("\n").slice(2, -1);
  return Object.fromEntries(
    rows.map((row) => [row.slice(7).split(" ")[0], row.slice(0, 6).trim()]),
  );
}

const CASES = Object.fromEntries(Object.keys(HABITS).map((name) => [name, [name]]));
CASES["none of them"] = [];
CASES["all of them"] = Object.keys(HABITS);

for (const [name, habits] of Object.entries(CASES)) {
  test(`the self-test runs to its end and names the habits: ${name}`, async () => {
    const page = await openPage(habits);
    const { model } = page.host;
    const [painters] = model.documents;
    const before = painters.state;
    const states = await run(page);
    assert.deepEqual(
      Object.keys(states),
      CHECKS.map((check) => check.name),
    );
    const strange = Object.keys(states).filter((row) => states[row] === "other");
    const expected = CHECKS.map((check) => check.name).filter((row) =>
      habits.some((habit) => ROWS[habit].includes(row)),
    );
    assert.deepEqual(strange, expected);
    const rest = Object.entries(states).filter(([, state]) => !["ok", "other"].includes(state));
    for (const [row, state] of rest) {
      const known = BY_HAND.includes(row) ? "hand" : row === "origin" ? "FAILED" : "ok";
      assert.equal(state, known, row); // without a token the bridge is not asked who it sees
    }
    assert.deepEqual(model.documents, [painters]);
    assert.equal(painters.state, before);
    assert.equal(page.host.undisposed(), 0);
    assert.equal(await page.host.secureStorage.getItem("selftest"), null);
    assert.equal(page.el("selftest-place").children.length, 0);
  });
}

test("each habit of the host has a row of the self-test", () => {
  assert.deepEqual(Object.keys(ROWS).sort(), Object.keys(HABITS).sort());
});
