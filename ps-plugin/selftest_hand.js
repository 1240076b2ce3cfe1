"use strict";

/**
 * Self-test: what needs the painter's hand: one stroke, one key, one arrow. Each ends when it was
 * seen, when the painter says that it was done, or after a while.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { withScratch } = require("./scratch.js");
const { other, byHand } = require("./selftest_outcomes.js");
const { withElement } = require("./selftest_page.js");
const { t } = require("./texts.js");

const PATIENCE = 60; // seconds a painter has
const LOOK = 100; // milliseconds
const ITEMS = 3;

/** @type {Check[]} */
const HAND = [
  { name: "keys", run: keys },
  { name: "arrows", run: arrows },
  { name: "stroke", run: stroke },
];

/** Whether the panel hears a key that is pressed in a field. @param {Lab} lab */
async function keys(lab) {
  return withElement(lab, "sp-textfield", async (field) => {
    const heard = listening(lab, field, ["input"]);
    try {
      field.focus();
      const done = await asked(lab, "key", () => heard.types.length > 0);
      const figure = heard.types.join(", ") || "–";
      if (heard.types.includes("keydown")) return figure;
      return heard.types.length > 0 || done ? other(figure) : byHand(figure);
    } finally {
      heard.end();
    }
  });
}

/** Whether an arrow key moves a dropdown. @param {Lab} lab */
async function arrows(lab) {
  return withElement(lab, "sp-dropdown", async (dropdown) => {
    const { document } = lab.page;
    const menu = document.createElement("sp-menu");
    menu.setAttribute("slot", "options");
    for (let i = 1; i <= ITEMS; i += 1) {
      const item = document.createElement("sp-menu-item");
      item.textContent = String(i);
      menu.appendChild(item);
    }
    dropdown.appendChild(menu);
    dropdown.selectedIndex = 0;
    const heard = listening(lab, dropdown, ["change"]);
    try {
      dropdown.focus();
      const done = await asked(lab, "arrow", () => dropdown.selectedIndex > 0);
      const figure = [...heard.types, dropdown.selectedIndex].join(", ");
      if (dropdown.selectedIndex > 0) return figure;
      return heard.types.length > 0 || done ? other(figure) : byHand(figure);
    } finally {
      heard.end();
    }
  });
}

/** Whether the panel hears when the painter's pen comes down and goes up. @param {Lab} lab */
async function stroke(lab) {
  const { action } = lab.photoshop;
  return withScratch(lab, { width: 400, height: 300 }, async ({ document }) => {
    /** @type {string[]} */
    const heard = [];
    /**
     * @param {string} event
     * @param {import("photoshop/dom/CoreModules").ActionDescriptor} descriptor
     */
    const listener = (event, descriptor) => {
      heard.push(event === "toolModalStateChanged" ? String(descriptor.state?._value) : event);
    };
    const events = ["toolModalStateChanged", "historyStateChanged"];
    const before = document.activeHistoryState.id;
    await action.addNotificationListener(events, listener);
    try {
      const all = ["enter", "exit", "historyStateChanged"];
      const told = () => all.every((event) => heard.includes(event));
      await asked(lab, "stroke", told);
      const figure = heard.join(", ") || "–";
      if (told()) return figure;
      // The history is looked at as well: where it moved, the panel knows of the stroke.
      if (document.activeHistoryState.id !== before) return other(`${figure}, activeHistoryState`);
      throw new Error(t("selftestSaw.noStroke", { seconds: PATIENCE, heard: figure }));
    } finally {
      await action.removeNotificationListener(events, listener);
    }
  });
}

/**
 * @param {Lab} lab
 * @param {"stroke" | "key" | "arrow"} what
 * @param {() => boolean} seen
 * @returns {Promise<boolean>} whether the painter says that it was done
 */
async function asked(lab, what, seen) {
  lab.ask(what);
  try {
    for (let waited = 0; waited < PATIENCE * 1000; waited += LOOK) {
      if (seen() || lab.done() || lab.stopped()) break;
      await lab.wait(LOOK);
    }
    return lab.done();
  } finally {
    lab.ask("");
  }
}

/**
 * What comes of an element, and whether keydown reaches the page.
 *
 * @param {Lab} lab
 * @param {HTMLElement} element
 * @param {string[]} events
 */
function listening({ page }, element, events) {
  /** @type {string[]} */
  const types = [];
  const hear = (/** @type {Event} */ event) => {
    if (!types.includes(event.type)) types.push(event.type);
  };
  for (const type of events) element.addEventListener(type, hear);
  page.document.addEventListener("keydown", hear, true);
  return { types, end: () => page.document.removeEventListener("keydown", hear, true) };
}

module.exports = { HAND };
