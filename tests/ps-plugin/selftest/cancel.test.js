"use strict";
// The self-test that is stopped, or cut off by Escape, leaves nothing behind.

const test = require("node:test");
const assert = require("node:assert/strict");
const { CHECKS, runSelftest } = require("../../../ps-plugin/selftest/selftest.js");
const { makeLab } = require("./lab.js");

/** What a painter would find changed. */
async function leftBy({ lab, host, painters, place }, before) {
  assert.deepEqual(
    host.model.documents.map(({ name }) => name),
    [painters.name],
  );
  assert.equal(host.model.active, painters);
  assert.equal(painters.state, before.state);
  assert.equal(painters.history.length, before.states);
  assert.equal(host.undisposed(), 0);
  assert.equal(await lab.storage.secureStorage.getItem("selftest"), null);
  assert.equal(place.children.length, 0);
}

const now = ({ painters }) => ({ state: painters.state, states: painters.history.length });

const quick = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1)));

test("stopped in any of its checks, it ends after that check and leaves nothing", async () => {
  for (const check of CHECKS) {
    let stop = false;
    const bench = makeLab({ stopped: () => stop, ask: () => {}, wait: quick });
    const before = now(bench);
    const results = await runSelftest(bench.lab, () => (stop = true), [check, CHECKS[0]]);
    assert.equal(results.length, 1, check.name);
    await leftBy(bench, before);
  }
});

for (const check of CHECKS) {
  test(`Escape at any call of ${check.name} leaves nothing`, async () => {
    for (let calls = 1; ; calls += 1) {
      const bench = makeLab({ wait: quick });
      const before = now(bench);
      bench.host.faults.cancel(calls);
      await runSelftest(bench.lab, () => {}, [check]);
      const met = bench.host.faults.waiting().length === 0;
      bench.host.faults.clear();
      await leftBy(bench, before);
      if (!met) break;
    }
  });
}
