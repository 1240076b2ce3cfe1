"use strict";

/**
 * The timeline drawn: a row of thumbnails per run, cells kept and changed in place so that
 * pictures do not flicker.
 *
 * A click looks at a step, a double-click continues from it.
 *
 * @typedef {import("./timeline.js").Line} Line
 * @typedef {import("./timeline.js").Cell} Cell
 * @typedef {import("./types/panel").State} State
 */

const { linesOf } = require("./timeline.js");
const { t } = require("./texts.js");

const COLUMN = 47; // pixels: a cell, its border and the room after it
const BAR = 2; // pixels: the mark where a branch starts

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {{select: (step: string) => void, rewind: () => void, remove: (run: string) => void}} acts
 */
function makeTimelineView(dom, acts) {
  /** @type {Map<string, HTMLElement>} by run */
  const rows = new Map();
  /** @type {Map<string, HTMLElement>} by step */
  const cells = new Map();
  let newest = "";
  let seen = "";

  // Names stay in sight while the pictures below them scroll; UXP has no sticky position.
  const home = dom.el("timeline");
  const holdNames = () => {
    for (const row of rows.values()) row.children[0].style.left = `${home.scrollLeft}px`;
  };
  home.addEventListener("scroll", holdNames);

  /** @param {State} state */
  function render(state) {
    const lines = linesOf(state);
    dom.shown("timeline-section", lines.length > 0);
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
    follow(lines);
    holdNames();
  }

  /** @param {Line} line */
  function newRow({ run }) {
    const row = dom.make("div", "line");
    const head = dom.make("div", "line-head small");
    const name = dom.make("div", "line-name");
    const remove = dom.button("line-remove");
    dom.clicked(remove, () => acts.remove(run.id));
    head.appendChild(name);
    head.appendChild(remove);
    row.appendChild(head);
    const strip = dom.make("div", "cells");
    strip.appendChild(dom.make("div", "branch"));
    row.appendChild(strip);
    rows.set(run.id, row);
    return row;
  }

  /** @param {State} state @param {Line} line @param {HTMLElement} row */
  function renderLine(state, line, row) {
    const [head, strip] = row.children;
    const name = nameOf(state, line);
    dom.say(head.children[0], name);
    dom.say(head.children[1], t("timeline.remove"), t("timeline.removeHelp"));
    const bar = strip.children[0];
    bar.style.display = line.depth > 0 ? "block" : "none";
    const indent = line.column * COLUMN - (line.depth > 0 ? BAR : 0);
    strip.style.marginLeft = `${Math.max(0, indent)}px`;
    line.cells.forEach((cell, i) => {
      const element = cells.get(cell.step.id) || newCell(cell);
      if (strip.children[i + 1] !== element) {
        strip.insertBefore(element, strip.children[i + 1] || null);
      }
      renderCell(state, cell, element);
    });
  }

  /** @param {Cell} cell */
  function newCell({ step }) {
    const element = dom.button("cell");
    element.setAttribute("data-step", step.id);
    element.appendChild(dom.make("div", "blank"));
    element.appendChild(dom.make("div", "badge gone", "✎"));
    dom.clicked(element, () => acts.select(step.id));
    element.addEventListener("dblclick", () => acts.rewind());
    cells.set(step.id, element);
    return element;
  }

  /** @param {State} state @param {Cell} cell @param {HTMLElement} element */
  function renderCell(state, { step, painted, selected, hasLayer }, element) {
    element.classList.toggle("selected", selected);
    element.classList.toggle("bare", !hasLayer);
    element.children[1].classList.toggle("gone", !painted);
    const values = { number: step.index + 1, sigma: step.sigma.toFixed(2) };
    const title = t(painted ? "timeline.painted" : "timeline.step", values);
    if (element.title !== title) element.title = title;
    const url = state.thumbs[step.id];
    const picture = element.children[0];
    if (!url || picture.getAttribute("src") === url) return;
    // A new element, because UXP keeps showing the old picture of one whose address was revoked.
    const image = dom.make("img");
    image.setAttribute("src", url);
    image.setAttribute("draggable", "false");
    element.replaceChild(image, picture);
  }

  /** Keeps in sight what just arrived or was just chosen. @param {Line[]} lines */
  function follow(lines) {
    const all = lines.flatMap((line) => line.cells);
    const chosen = all.find((cell) => cell.selected);
    const running = lines.find(({ run }) => run.state === "running");
    const last = running && running.cells[running.cells.length - 1];
    if (last && last.step.id !== newest) {
      newest = last.step.id;
      reveal(last.column);
    } else if (chosen && chosen.step.id !== seen) reveal(chosen.column);
    seen = chosen ? chosen.step.id : "";
  }

  /** @param {number} column */
  function reveal(column) {
    const left = column * COLUMN;
    const right = left + COLUMN;
    if (left < home.scrollLeft) home.scrollLeft = left;
    if (right > home.scrollLeft + home.clientWidth) home.scrollLeft = right - home.clientWidth;
  }

  return { render };
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
    run.elsewhere && t("painting.elsewhere"),
  ];
  return parts.filter(Boolean).join(" · ");
}

module.exports = { makeTimelineView };
