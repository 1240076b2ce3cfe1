"use strict";

/**
 * The line above a run's steps: its name, and what can be done with the whole run.
 *
 * @typedef {import("../state/timeline.js").Line} Line
 * @typedef {import("../types/panel").State} State
 */

const { placeSaid } = require("../state/timeline.js");
const { t } = require("../words/texts.js");

const ROOM = 130; // pixels a name needs beside the line that comes down to a branch
const GAP = 7; // pixels between that line and the name

/** What is offered, in order; each is hidden where it makes no sense. */
const OFFERS = /** @type {const} */ (["tryAgain", "paintAgain", "bake", "remove"]);

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {import("./timeline.js").Acts} acts
 */
function makeLineHead(dom, acts) {
  /** @param {string} run */
  function make(run) {
    const head = dom.make("div", "line-head small");
    head.appendChild(dom.make("div", "line-name"));
    for (const offer of OFFERS) {
      const button = dom.button(`line-act line-${offer}`);
      dom.clicked(button, () => acts[offer](run));
      head.appendChild(button);
    }
    return head;
  }

  /** @param {State} state @param {Line} line @param {HTMLElement} head */
  function render(state, line, head) {
    const [name, ...buttons] = Array.from(head.children);
    dom.say(name, nameOf(state, line), nameOf(state, line));
    const papers = state.document && state.papers[state.document.id];
    const held = line.cells.filter((cell) => cell.hasLayer).length;
    const { elsewhere, state: progress } = line.run;
    const over = progress !== "running" && progress !== "queued";
    const fitting = {
      tryAgain: papers !== null && line.run.id in papers.stuck,
      paintAgain: elsewhere,
      bake: over && held > 1,
      remove: true,
    };
    OFFERS.forEach((offer, i) => {
      buttons[i].classList.toggle("gone", !fitting[offer]);
      dom.say(buttons[i], t(`timeline.${offer}`), t(`timeline.${offer}Help`));
    });
  }

  /**
   * Names stay in sight while the pictures below them scroll (UXP has no sticky position), to the
   * right of the line that comes down to a branch where there is room.
   *
   * @param {HTMLElement} head
   * @param {HTMLElement} home
   * @param {number} stem pixels; 0: none
   */
  function place(head, home, stem) {
    const { scrollLeft, clientWidth } = home;
    const beside = stem > 0 && stem + GAP > scrollLeft ? stem + GAP : scrollLeft;
    const left = beside + ROOM > scrollLeft + clientWidth ? scrollLeft : beside;
    head.style.marginLeft = `${left}px`;
    head.style.width = `${Math.max(0, scrollLeft + clientWidth - left)}px`;
  }

  return { make, render, place };
}

/** @param {State} state @param {Line} line */
function nameOf(state, { run, depth }) {
  const parent = run.parent ? state.steps[run.parent] : undefined;
  const old = parent && state.runs[parent.run];
  const { number, recipe } = run;
  const branch = depth > 0 && parent && old;
  const name = branch
    ? t("painting.branch", { number, step: parent.index + 1, parent: old.number })
    : t("painting.words", { number, prompt: recipe.prompt });
  const told = ["queued", "cancelled", "failed"].includes(run.state);
  const parts = [
    name,
    told && t(`painting.${run.state}`),
    run.state === "queued" && !run.elsewhere && placeSaid(state, run),
    run.elsewhere && t("painting.elsewhere"),
  ];
  return parts.filter(Boolean).join(" · ");
}

module.exports = { makeLineHead };
