"use strict";

/**
 * Self-test: what needs the painter's hand: one stroke, one key, one arrow. Each ends when it was
 * seen, when the painter says that it was done, or after a while.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { withScratch } = require("./scratch.js");
const { other, byHand } = require("./outcomes.js");
const { withElement } = require("./page.js");
const { t } = require("../words/texts.js");

const PATIENCE = 60; // seconds a painter has
const LOOK = 100; // milliseconds
const SOON = 10; // looks after the painter said that it was done
const LATE = 30; // looks after the end of a stroke
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

/**
 * Whether the panel hears when the painter's pen comes down and goes up, and how long after its end
 * the history tells of it: by its id, by the event.
 *
 * @param {Lab} lab
 */
async function stroke(lab) {
  const { action } = lab.photoshop;
  return withScratch(lab, { width: 400, height: 300 }, async ({ document }) => {
    /** @type {Record<string, number>} when each was heard first */
    const heard = {};
    /** @param {string} what */
    const hear = (what) => (heard[what] = heard[what] ?? Date.now());
    /**
     * @param {string} event
     * @param {import("photoshop/dom/CoreModules").ActionDescriptor} descriptor
     */
    const listener = (event, descriptor) => {
      hear(event === "toolModalStateChanged" ? String(descriptor.state?._value) : event);
    };
    const events = ["toolModalStateChanged", "historyStateChanged"];
    const before = document.activeHistoryState.id;
    await action.addNotificationListener(events, listener);
    try {
      const all = ["enter", "exit", "historyStateChanged", "id"];
      let since = 0; // looks since the pen went up
      await asked(lab, "stroke", () => {
        if (document.activeHistoryState.id !== before) hear("id");
        if ("exit" in heard || "id" in heard) since += 1;
        return all.every((what) => what in heard) || since > LATE;
      });
      const figure = figureOf(heard);
      if (all.every((what) => what in heard)) return figure;
      // The history is looked at as well: where it moved, the panel knows of the stroke.
      if ("id" in heard) return other(figure);
      throw new Error(t("selftestSaw.noStroke", { seconds: PATIENCE, heard: figure }));
    } finally {
      await action.removeNotificationListener(events, listener);
    }
  });
}

/** Milliseconds after the end of the stroke. @param {Record<string, number>} heard */
function figureOf(heard) {
  const { exit } = heard;
  const words = Object.entries(heard).map(([what, at]) => {
    const late = what === "id" || what === "historyStateChanged";
    return late && exit ? `${what} ${Math.max(at - exit, 0)} ms` : what;
  });
  return words.join(", ") || "–";
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
    let since = 0; // looks since the painter said so: what tells of it may be on its way
    for (let waited = 0; waited < PATIENCE * 1000; waited += LOOK) {
      if (seen() || since > SOON || lab.stopped()) break;
      if (lab.done()) since += 1;
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
