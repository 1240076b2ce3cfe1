"use strict";

/**
 * The timeline drawn: a strip of thumbnails per run, cells kept and changed in place so that
 * pictures do not flicker. A long run's cells become narrow, so that its first and its newest steps
 * are both at hand, and a larger picture of one step stands above them.
 *
 * A click looks at a step (and brings a layer for it where it has none), dragging and the arrow
 * keys look along the line, a double-click continues from it.
 *
 * @typedef {import("../state/timeline.js").Line} Line
 * @typedef {import("../state/timeline.js").Cell} Cell
 * @typedef {import("../types/panel").State} State
 *
 * @typedef {object} Acts
 * @property {(step: string) => void} select
 * @property {(step: string) => void} bring
 * @property {() => void} rewind
 * @property {(run: string) => void} remove
 * @property {(run: string) => void} bake
 * @property {(run: string) => void} tryAgain
 * @property {(run: string) => void} paintAgain
 */

const { linesOf } = require("../state/timeline.js");
const { makeScrub, walked } = require("./scrub.js");
const { makeLineHead } = require("./line_head.js");
const { filling } = require("./fitting.js");
const { t } = require("../words/texts.js");

const WIDEST = 47; // pixels: a cell with the room after it
const NARROWEST = 13; // pixels; a finger's width on a pen display is more, but twenty steps fit
const LIT = 700; // milliseconds that the line of a painting that is done lights up
const FRAMED = 3000; // milliseconds of its frame, where motion is not wanted
const LOUPE = 80; // pixels
const TALL = 40; // pixels: a cell's picture

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {Acts} acts
 */
function makeTimelineView(dom, acts) {
  /** @type {Map<string, HTMLElement>} by run */
  const rows = new Map();
  /** @type {Map<string, HTMLElement>} by step */
  const cells = new Map();
  /** @type {Set<string>} runs that were still being painted */
  let going = new Set();
  /** @type {Line[]} */
  let lines = [];
  let column = WIDEST; // pixels from one step to the next
  let newest = "";
  let seen = "";

  const home = dom.el("timeline");
  const heads = makeLineHead(dom, acts);
  const holdNames = () => {
    for (const line of lines) {
      const row = rows.get(line.run.id);
      if (row) heads.place(row.children[1], home, line.depth > 0 ? stemAt(line.column) : 0);
    }
  };
  home.addEventListener("scroll", holdNames);
  const scrub = makeScrub({ stepAt, look: acts.select });

  /** @param {State} state */
  function render(state) {
    lines = linesOf(state);
    dom.shown("timeline-section", lines.length > 0);
    measure();
    const ids = new Set(lines.map((line) => line.run.id));
    for (const [run, row] of rows) {
      if (ids.has(run)) continue;
      row.remove();
      rows.delete(run);
    }
    lines.forEach((line, i) => {
      const row = rows.get(line.run.id) || newRow(line);
      if (home.children[i] !== row) home.insertBefore(row, home.children[i] || null);
      renderLine(state, line, row);
    });
    tellDone();
    renderLoupe(state, follow());
    holdNames();
  }

  /** The line of a painting that is done is marked for a moment. */
  function tellDone() {
    for (const { run } of lines) {
      const row = rows.get(run.id);
      if (!row || run.state !== "finished" || !going.has(run.id)) continue;
      row.classList.add("lit");
      row.classList.add("framed");
      setTimeout(() => row.classList.remove("lit"), LIT);
      setTimeout(() => row.classList.remove("framed"), FRAMED);
    }
    const painted = lines.filter(({ run }) => run.state === "queued" || run.state === "running");
    going = new Set(painted.map(({ run }) => run.id));
  }

  /** As wide as the panel allows, so that all steps can be seen at once. */
  function measure() {
    const ends = lines.map((line) => line.column + Math.max(line.cells.length, line.planned));
    const fitting = Math.floor(home.clientWidth / Math.max(1, ...ends));
    column = Math.max(NARROWEST, Math.min(WIDEST, fitting || WIDEST));
    home.classList.toggle("thin", isThin());
  }

  const isThin = () => column < WIDEST - 12;

  /** Where a branch's line comes down, in pixels from the left. @param {number} at column */
  const stemAt = (at) => Math.round((at + 0.5) * column) - 1;

  /** @param {Line} line */
  function newRow({ run }) {
    const row = dom.make("div", "line");
    row.appendChild(dom.make("div", "stems")); // first, so that they pass behind the rest
    row.appendChild(heads.make(run.id));
    const strip = dom.make("div", "cells");
    row.appendChild(strip);
    scrub.bind(strip, run.id);
    rows.set(run.id, row);
    return row;
  }

  /** @param {State} state @param {Line} line @param {HTMLElement} row */
  function renderLine(state, line, row) {
    const [stems, head, strip] = Array.from(row.children);
    heads.render(state, line, head);
    strip.style.marginLeft = `${line.column * column}px`;
    line.cells.forEach((cell, i) => {
      const element = cells.get(cell.step.id) || newCell(cell);
      if (strip.children[i] !== element) {
        strip.insertBefore(element, strip.children[i] || null);
      }
      renderCell(state, cell, element);
    });
    renderStems(line, stems);
  }

  /**
   * The line down from the step a branch left, and those of branches further below.
   *
   * @param {Line} line
   * @param {HTMLElement} stems
   */
  function renderStems({ depth, column: at, through }, stems) {
    const wanted = depth > 0 ? [at, ...through] : through;
    while (stems.children.length > wanted.length) stems.children[wanted.length].remove();
    wanted.forEach((place, i) => {
      const stem = stems.children[i] || stems.appendChild(dom.make("div", "stem"));
      stem.classList.toggle("through", depth === 0 || i > 0);
      stem.style.left = `${stemAt(place)}px`;
    });
  }

  /** @param {Cell} cell */
  function newCell({ step }) {
    const element = dom.button("cell");
    element.setAttribute("data-step", step.id);
    element.appendChild(dom.make("div", "ring")).appendChild(dom.make("div", "frame"));
    element.appendChild(dom.make("div", "badge gone"));
    dom.clicked(element, () => acts.bring(step.id));
    element.addEventListener("dblclick", () => acts.rewind());
    element.addEventListener("keydown", (event) => {
      const line = lines.find(({ run }) => run.id === step.run);
      const steps = line ? line.cells.map((cell) => cell.step.id) : [];
      const next = walked(/** @type {KeyboardEvent} */ (event).key, steps, step.id);
      if (!next) return;
      event.preventDefault();
      acts.select(next);
      cells.get(next)?.focus();
    });
    cells.set(step.id, element);
    return element;
  }

  /** @param {State} state @param {Cell} cell @param {HTMLElement} element */
  function renderCell(state, { step, mark, selected, hasLayer }, element) {
    element.classList.toggle("selected", selected);
    element.classList.toggle("bare", !hasLayer);
    const width = column - (isThin() ? 1 : 3);
    element.style.width = `${width}px`;
    const badge = element.children[1];
    badge.classList.toggle("gone", !mark);
    dom.label(badge, mark); // the cell's title says it
    const values = { number: step.index + 1, sigma: step.sigma.toFixed(2) };
    const title = t(
      mark ? `timeline.${mark}` : hasLayer ? "timeline.step" : "timeline.bare",
      values,
    );
    if (element.title !== title) element.title = title;
    const box = { width: width - (isThin() ? 0 : 4), height: TALL };
    showPicture(element.children[0].children[0], state.thumbs[step.id], box, sizeOf(state, step));
  }

  /**
   * A new element each time, because UXP keeps showing the old picture of one whose address was
   * revoked. It fills its frame, which hides what is beyond it.
   *
   * @param {HTMLElement} frame
   * @param {string | undefined} url
   * @param {import("./fitting.js").Size} box the frame's
   * @param {import("./fitting.js").Size} size the picture's
   */
  function showPicture(frame, url, box, size) {
    if (!url) return;
    if (frame.children[0]?.getAttribute("src") !== url) {
      frame.textContent = "";
      const image = frame.appendChild(dom.make("img"));
      image.setAttribute("src", url);
      image.setAttribute("draggable", "false");
    }
    Object.assign(frame.children[0].style, filling(box, size));
  }

  /** @param {State} state @param {Cell | undefined} cell */
  function renderLoupe(state, cell) {
    const url = cell && isThin() ? state.thumbs[cell.step.id] : undefined;
    dom.shown("loupe", url !== undefined);
    if (!cell || !url) return;
    const loupe = dom.el("loupe");
    const box = { width: LOUPE, height: LOUPE };
    showPicture(loupe.children[0], url, box, sizeOf(state, cell.step));
    const middle = stemAt(cell.column) - home.scrollLeft - LOUPE / 2;
    const left = Math.max(0, Math.min(middle, home.clientWidth - LOUPE));
    loupe.children[0].style.marginLeft = `${left}px`;
  }

  /** @param {string} run @param {number} x screen pixels */
  function stepAt(run, x) {
    const line = lines.find((one) => one.run.id === run);
    const row = rows.get(run);
    if (!line || !row || line.cells.length === 0) return null;
    const { left } = row.children[2].getBoundingClientRect();
    const at = Math.floor((x - left) / column);
    return line.cells[Math.max(0, Math.min(at, line.cells.length - 1))].step.id;
  }

  /** Keeps in sight what just arrived or was just chosen. @returns the cell to be seen large */
  function follow() {
    const all = lines.flatMap((line) => line.cells);
    const chosen = all.find((cell) => cell.selected);
    const running = lines.find(({ run }) => run.state === "running" && !run.elsewhere);
    const last = running && running.cells[running.cells.length - 1];
    if (chosen && chosen.step.id !== seen) reveal(chosen.column);
    else if (last && !chosen && last.step.id !== newest) reveal(last.column);
    newest = last ? last.step.id : newest;
    seen = chosen ? chosen.step.id : "";
    return chosen || last || all[all.length - 1];
  }

  /** @param {number} at column */
  function reveal(at) {
    const left = at * column;
    const right = left + column;
    if (left < home.scrollLeft) home.scrollLeft = left;
    if (right > home.scrollLeft + home.clientWidth) home.scrollLeft = right - home.clientWidth;
  }

  return { render };
}

/** What a step's picture has the shape of. @param {State} state @param {{run: string}} step */
function sizeOf({ runs }, { run }) {
  return runs[run].recipe;
}

module.exports = { makeTimelineView };
