"use strict";

/**
 * What a check of the self-test may say beside "as expected" (a text) and "failed" (an error).
 *
 * @typedef {{state: "other" | "hand", saw: string}} Outcome
 */

/** The host's other habit, for which the panel has another way. @param {string} saw @returns {Outcome} */
const other = (saw) => ({ state: "other", saw });

/** It cannot be found out here, or nobody helped: to be seen by hand. @param {string} saw @returns {Outcome} */
const byHand = (saw) => ({ state: "hand", saw });

/**
 * A failure is the host's other habit.
 *
 * @param {() => Promise<string>} run
 * @returns {Promise<string | Outcome>}
 */
async function either(run) {
  try {
    return await run();
  } catch (error) {
    return other(wordsOf(error));
  }
}

/** @param {any} error of whatever kind */
function wordsOf(error) {
  const message = error instanceof Error || error?.message ? error.message : JSON.stringify(error);
  return String(message);
}

module.exports = { other, byHand, either, wordsOf };
