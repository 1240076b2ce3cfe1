"use strict";
// What a test-suite asks of its runner: describe, it and the few words of expect that suites written
// for Photoshop use.

const { isDeepStrictEqual, inspect } = require("node:util");

/** @returns {{tests: {name: string, work: () => Promise<unknown>}[], modules: object}} */
function createSuite() {
  /** @type {{name: string, work: () => Promise<unknown>}[]} */
  const tests = [];
  /** @type {string[]} */
  const titles = [];
  const describe = (title, body) => {
    titles.push(title);
    body();
    titles.pop();
  };
  const it = (title, body) => {
    const name = [...titles, title].join(": ");
    tests.push({ name, work: () => inTurn(body) });
  };
  it.skip = () => {};
  describe.skip = () => {};
  const vitest = {
    describe,
    it,
    test: it,
    expect,
    afterEach() {},
    beforeEach() {},
    beforeAll() {},
  };
  return { tests, modules: { vitest } };
}

/** A test with what it wants to be done when it has finished. */
async function inTurn(body) {
  const finished = [];
  try {
    await body({ onTestFinished: (act) => finished.push(act), skip() {} });
  } finally {
    for (const act of finished) await act();
  }
}

/** Values of another context are equal when they look the same. */
const plain = (value) => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
};
const equal = (a, b) => isDeepStrictEqual(plain(a), plain(b));
const holds = (all, some) =>
  typeof some !== "object" || some === null
    ? equal(all, some)
    : Object.entries(some).every(([name, value]) => holds(all?.[name], value));

const MATCHERS = {
  toBe: (value, wanted) => Object.is(value, wanted),
  toEqual: equal,
  toStrictEqual: equal,
  toMatchObject: holds,
  toBeDefined: (value) => value !== undefined,
  toBeUndefined: (value) => value === undefined,
  toBeNull: (value) => value === null,
  toBeTruthy: (value) => Boolean(value),
  toBeFalsy: (value) => !value,
  toContain: (value, part) => value.includes(part),
  toMatch: (value, part) => (typeof part === "string" ? value.includes(part) : part.test(value)),
  toHaveLength: (value, length) => value.length === length,
  toHaveProperty: (value, name) => name in value,
  toBeGreaterThan: (value, least) => value > least,
  toBeGreaterThanOrEqual: (value, least) => value >= least,
  toBeLessThan: (value, most) => value < most,
  toBeTypeOf: (value, type) => typeof value === type,
  toBeInstanceOf: (value, type) => value instanceof type || value?.constructor?.name === type.name,
};

function expect(value) {
  const matchers = (wanted) =>
    Object.fromEntries(
      Object.entries(MATCHERS).map(([name, check]) => [
        name,
        (...given) => {
          if (Boolean(check(value, ...given)) === wanted) return;
          const seen = inspect(value, { depth: 3 }).slice(0, 300);
          throw new Error(
            `expected ${seen} ${wanted ? "" : "not "}${name} ${inspect(given).slice(0, 300)}`,
          );
        },
      ]),
    );
  return { ...matchers(true), not: matchers(false) };
}

module.exports = { createSuite };
