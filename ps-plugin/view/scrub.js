"use strict";

/**
 * Scrubbing: press on a line's steps and drag along it, or walk with the arrow keys. Looking is all
 * that happens; a press without a drag stays a click.
 *
 * @param {object} acts
 * @param {(run: string, x: number) => string | null} acts.stepAt x: screen pixels
 * @param {(step: string) => void} acts.look
 */
function makeScrub({ stepAt, look }) {
  /** @type {{run: string, step: string | null, dragged: boolean} | null} */
  let held = null;

  /** @param {HTMLElement} strip @param {string} run */
  function bind(strip, run) {
    on(strip, "pointerdown", ({ clientX, button }) => {
      if (button === 0) held = { run, step: stepAt(run, clientX), dragged: false };
    });
    on(strip, "pointermove", ({ clientX, pointerId, buttons }) => {
      if (!held || held.run !== run) return;
      if (buttons === 0) {
        held = null; // let go outside of the panel
        return;
      }
      const step = stepAt(run, clientX);
      if (!step || step === held.step) return;
      // Only now: a strip that caught the pointer would take the click from its cells.
      if (!held.dragged) strip.setPointerCapture(pointerId);
      held = { run, step, dragged: true };
      look(step);
    });
    for (const end of ["pointerup", "pointercancel"]) on(strip, end, () => (held = null));
  }

  return { bind };
}

/** @param {HTMLElement} element @param {string} type @param {(event: PointerEvent) => void} act */
function on(element, type, act) {
  element.addEventListener(type, (event) => act(/** @type {PointerEvent} */ (event)));
}

/**
 * The step a key leads to.
 *
 * @param {string} key
 * @param {string[]} steps of a line
 * @param {string} step
 * @returns {string | null} null: that key leads nowhere
 */
function walked(key, steps, step) {
  const at = steps.indexOf(step);
  /** @type {Record<string, number>} */
  const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1 };
  return (key in places && steps[places[key]]) || null;
}

module.exports = { makeScrub, walked };
