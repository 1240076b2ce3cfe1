"use strict";

/**
 * Self-test: the panel's own page, and how it was started.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { other, byHand, either } = require("./outcomes.js");

const SETUP = 20; // milliseconds that Photoshop allows, as Adobe's known issues say
const LETTERS = "pentimento";
const GLYPHS = ["▾", "▸", "✎", "◐"];
const MISSING = "\u0378"; // no font has it: it is no letter
const LOOK = 50; // milliseconds
const LOOKS = 20;
const SLOW = 3000; // milliseconds: timers of a panel that is put to sleep
/** One grey pixel. */
const PNG = [
  137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0,
  0, 58, 126, 155, 85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 156, 99, 104, 0, 0, 0, 130, 0, 129, 119,
  205, 114, 182, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

/** @type {Check[]} */
const PAGE = [
  { name: "pageBase", run: pageBase },
  { name: "setup", run: setup },
  { name: "life", run: life },
  { name: "timers", run: timers },
  { name: "children", run: children },
  { name: "password", run: password },
  { name: "glyphs", run: glyphs },
  { name: "picture", run: picture },
];

/** Where addresses begin: by which of its two names the first module was found. @param {Lab} lab */
async function pageBase({ start }) {
  if (!start?.main) return byHand("–");
  if (start.packaged) return `${start.main} (.ccx)`;
  return start.main === "./main.js" ? start.main : other(start.main);
}

/** From the script's first line until the entry points were given. @param {Lab} lab */
async function setup({ start }) {
  if (!start || start.setUp < 0) return byHand("–");
  const figure = `${start.setUp} ms`;
  return start.setUp > SETUP ? other(figure) : figure;
}

/** Which of its handlers Photoshop has called since it loaded the panel. @param {Lab} lab */
async function life({ start }) {
  if (!start) return byHand("–");
  const figure = Object.entries(start.calls)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
  return start.calls.create + start.calls.show > 0 ? figure : other(figure);
}

/** @param {Lab} lab */
async function timers({ wait }) {
  const began = Date.now();
  for (let i = 0; i < 5; i += 1) await wait(LOOK);
  const took = Date.now() - began;
  const figure = `5 × ${LOOK} ms: ${took} ms`;
  return took > SLOW ? other(figure) : figure;
}

/** Whether a list of elements can be iterated. @param {Lab} lab */
async function children({ page }) {
  const box = page.document.createElement("div");
  for (let i = 0; i < 3; i += 1) box.appendChild(page.document.createElement("div"));
  const list = /** @type {Iterable<unknown> & HTMLCollection} */ (box.children);
  return either(async () => {
    let count = 0;
    for (const _ of list) count += 1;
    return `${count}/${list.length}`;
  });
}

/** Whether what stands in a password field can be read. @param {Lab} lab */
async function password(lab) {
  return withElement(lab, "sp-textfield", async (field) => {
    field.setAttribute("type", "password");
    field.value = LETTERS;
    await lab.wait(LOOK);
    const read = String(field.value ?? "");
    const figure = `${read.length}/${LETTERS.length}`;
    return read === LETTERS ? figure : other(figure);
  });
}

/** Widths beside that of a letter which no font has; equal ones are most likely missing. @param {Lab} lab */
async function glyphs(lab) {
  const widths = [];
  for (const glyph of [MISSING, ...GLYPHS]) {
    const width = await withElement(lab, "span", async (span) => {
      span.textContent = glyph.repeat(10); // in whole pixels one alone says little
      await lab.wait(0);
      return Math.round(span.getBoundingClientRect().width * 10) / 10;
    });
    widths.push(width);
  }
  const [missing, ...found] = widths;
  const figure = `${GLYPHS.map((glyph, i) => `${glyph} ${found[i]}`).join(" ")} □ ${missing}`;
  if (!found.every((width) => width > 0)) return byHand(figure);
  return found.includes(missing) ? other(figure) : figure;
}

/** Whether a PNG in memory becomes a picture in the page. @param {Lab} lab */
async function picture(lab) {
  const { urlOf, revoke } = lab;
  if (!urlOf || !revoke) return byHand("–");
  return withElement(lab, "img", async (image) => {
    let heard = "";
    for (const type of ["load", "error"]) image.addEventListener(type, () => (heard = type));
    const url = urlOf(Uint8Array.from(PNG));
    try {
      image.setAttribute("src", url);
      for (let i = 0; i < LOOKS && !heard && !lab.stopped(); i += 1) await lab.wait(LOOK);
    } finally {
      revoke(url);
    }
    if (heard === "error") return other(heard);
    return heard || byHand(`> ${LOOK * LOOKS} ms`);
  });
}

/**
 * @template T
 * @param {Lab} lab
 * @param {string} tag
 * @param {(element: HTMLElement) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withElement({ page }, tag, work) {
  const element = page.document.createElement(tag);
  page.place.appendChild(element);
  try {
    return await work(element);
  } finally {
    element.remove();
  }
}

module.exports = { PAGE, withElement };
