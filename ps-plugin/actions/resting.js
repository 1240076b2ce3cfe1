"use strict";

/**
 * Notices that nobody has done anything for a while. Photoshop may never say that a panel was hidden
 * or that its painter went home, and what plays on for nobody keeps a computer busy.
 *
 * makeResting(parts)
 *   touched()                 somebody did something
 *   watch(patience, asleep)   calls `asleep` once, when nothing was touched for as long as `patience`
 *                             says; a later call takes the place of an earlier one
 *   forget()                  nobody waits any more
 *
 * @param {object} parts
 * @param {() => number} parts.now milliseconds
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeResting({ now, wait }) {
  let last = now();
  let watched = 0; // the call that counts

  /** @param {() => number} patience milliseconds, asked anew each time @param {() => void} asleep */
  async function watch(patience, asleep) {
    const mine = (watched += 1);
    last = now();
    while (mine === watched) {
      const left = last + patience() - now();
      if (left <= 0) {
        watched += 1;
        return asleep();
      }
      await wait(Math.min(left, LOOK));
    }
  }

  return {
    touched: () => void (last = now()),
    watch: (/** @type {() => number} */ patience, /** @type {() => void} */ asleep) =>
      void watch(patience, asleep),
    forget: () => void (watched += 1),
  };
}

/** A computer that slept in between does not know how long: it is looked at now and then. */
const LOOK = 10_000; // milliseconds

module.exports = { makeResting };
