"use strict";

/**
 * Runs `work` for the newest argument only: while one call is under way, later ones replace each
 * other, so a slow host is never handed a backlog.
 *
 * @template A
 * @param {(argument: A) => Promise<void>} work
 * @param {(error: unknown) => void} failed
 * @returns {(argument: A) => void}
 */
function latest(work, failed) {
  /** @type {{argument: A} | null} */
  let waiting = null;
  let running = false;

  async function drain() {
    running = true;
    while (waiting) {
      const { argument } = waiting;
      waiting = null;
      try {
        await work(argument);
      } catch (error) {
        failed(error);
      }
    }
    running = false;
  }

  return (argument) => {
    waiting = { argument };
    if (!running) void drain();
  };
}

module.exports = { latest };
