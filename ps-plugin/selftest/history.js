"use strict";

/**
 * Self-test: a document's history, and how soon it tells of a change.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { withScratch, layerIn } = require("./scratch.js");
const { other } = require("./outcomes.js");
const { flat, listed } = require("../photoshop/tree.js");
const { t } = require("../words/texts.js");

const LOOK = 20; // milliseconds
const LOOKS = 100;

/** @type {Check[]} */
const HISTORY = [
  { name: "oneState", run: oneState },
  { name: "sameTick", run: sameTick },
  { name: "failedWrite", run: failedWrite },
  { name: "historyId", run: historyId },
  { name: "historyEvent", run: historyEvent },
  { name: "back", run: back },
  { name: "suppose", run: suppose },
  { name: "renamed", run: renamed },
  { name: "foreground", run: foreground },
  { name: "active", run: active },
];

/** Several changes, one history state, with our name. @param {Lab} lab */
async function oneState(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const before = document.historyStates.length;
    const name = t("selftest.threeLayers");
    await modal.change(document.id, name, async () => {
      for (let i = 0; i < 3; i += 1) await layerIn(document, String(i));
    });
    const states = listed(document.historyStates).map((state) => state.name);
    if (states.length !== before + 1 || states[before] !== name) {
      throw new Error(t("selftestSaw.history", { states: states.slice(before).join(", ") || "–" }));
    }
    return `${before} + 1`;
  });
}

/** Whether what changes right before the history is resumed belongs to it. @param {Lab} lab */
async function sameTick(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const before = document.historyStates.length;
    await modal.look("tick", async ({ hostControl }) => {
      const suspension = await hostControl.suspendHistory({
        documentID: document.id,
        name: "tick",
      });
      const layer = await layerIn(document, "tick");
      await lab.wait(1); // what comes before this tick belongs to it anyway
      layer.name = "tock";
      await hostControl.resumeHistory(suspension);
    });
    const figure = `${before} + ${document.historyStates.length - before}`;
    return document.historyStates.length === before + 1 ? figure : other(figure);
  });
}

/** A change that fails half way leaves nothing. @param {Lab} lab */
async function failedWrite(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const now = () => `${document.historyStates.length} ${flat(document.layers).length}`;
    const before = now();
    const failing = modal.change(document.id, "failing", async () => {
      await layerIn(document, "failing");
      throw new Halfway();
    });
    await failing.catch((error) => {
      if (!(error instanceof Halfway)) throw error;
    });
    expect(before, now());
    return before;
  });
}

class Halfway extends Error {}

/** How long until the active state has another id. @param {Lab} lab */
async function historyId(lab) {
  const { id } = await promptness(lab);
  if (id === null) throw new Error(`> ${LOOK * LOOKS} ms`);
  return `${id} ms`;
}

/** How long until Photoshop tells of it. @param {Lab} lab */
async function historyEvent(lab) {
  const { event } = await promptness(lab);
  return event === null ? other(`> ${LOOK * LOOKS} ms`) : `${event} ms`;
}

/**
 * Counted from the writing of pixels. In an interactive scope: in others Photoshop is silent.
 *
 * @param {Lab} lab
 * @returns {Promise<{id: number | null, event: number | null}>} milliseconds
 */
async function promptness(lab) {
  const { action, core } = lab.photoshop;
  return withScratch(lab, {}, async ({ document, modal, surface }) => {
    const layer = await modal.look("layer", () => layerIn(document, "prompt"));
    await lab.wait(LOOK); // what the layer's own state tells comes first
    /** @type {{id: number | null, event: number | null}} */
    const found = { id: null, event: null };
    const before = document.activeHistoryState.id;
    let heard = 0;
    const listener = () => void (heard = heard || Date.now());
    await action.addNotificationListener(["historyStateChanged"], listener);
    try {
      const picture = { width: 4, height: 4, channels: /** @type {4} */ (4) };
      const pixels = new Uint8Array(64).fill(255);
      let began = 0;
      const write = async () => {
        await surface.put(document, layer, { ...picture, pixels }, { left: 0, top: 0 });
        began = Date.now();
      };
      await core.executeAsModal(write, { commandName: "pixels", interactive: true });
      for (let i = 0; i < LOOKS && !lab.stopped(); i += 1) {
        const moved = document.activeHistoryState.id !== before;
        if (found.id === null && moved) found.id = Date.now() - began;
        if (heard > 0) found.event = Math.max(heard - began, 0);
        if (found.id !== null && found.event !== null) break;
        await lab.wait(LOOK);
      }
    } finally {
      await action.removeNotificationListener(["historyStateChanged"], listener);
    }
    return found;
  });
}

/** Notes go back with the history; a layer that comes back has its old id. @param {Lab} lab */
async function back(lab) {
  return withScratch(lab, {}, async ({ document, modal, notes }) => {
    const states = () => listed(document.historyStates);
    /** @param {string} name @param {() => Promise<unknown>} work */
    const change = (name, work) => modal.change(document.id, name, work);
    const note = { v: /** @type {1} */ (1), run: "selftest" };
    let id = 0;
    await change("one", async () => {
      id = (await layerIn(document, "back")).id;
      await notes.write(document.id, id, { ...note, step: "selftest.1" });
    });
    const one = states().length - 1;
    await change("two", async () => {
      await layerIn(document, "other"); // a note by itself may be no history state
      await notes.write(document.id, id, { ...note, step: "selftest.2" });
    });
    await change("three", async () => {
      flat(document.layers)
        .find((layer) => layer.id === id)
        ?.delete();
    });
    /** @param {number} at */
    const noteAt = (at) =>
      modal.look("back", async () => {
        document.activeHistoryState = states()[at];
        return (await notes.read(document.id, [id]))[0]?.step ?? "–";
      });
    expect("selftest.2", await noteAt(one + 1));
    expect("selftest.1", await noteAt(one));
    const now = document.activeHistoryState.id;
    const last = states()[states().length - 1].id;
    if (now === last) throw new Error(`${now} = ${last}`);
    return `${one} < ${states().length - 1}`;
  });
}

/** What was changed for a look is as it was. @param {Lab} lab */
async function suppose(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const layer = await modal.look("layer", () => layerIn(document, "suppose"));
    const now = () => `${document.historyStates.length} ${layer.visible}`;
    const before = now();
    await modal.suppose(document.id, "suppose", async () => {
      layer.visible = false;
    });
    expect(before, now());
    return before;
  });
}

/** A name changed and changed back is a history state. @param {Lab} lab */
async function renamed(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const layer = await modal.look("layer", () => layerIn(document, "a"));
    const before = document.historyStates.length;
    await modal.change(document.id, "renamed", async () => {
      layer.name = "b";
      layer.name = "a";
    });
    const figure = `${before} + ${document.historyStates.length - before}`;
    return document.historyStates.length === before + 1 ? figure : other(figure);
  });
}

/** The foreground colour is taken in a modal scope: it is given the one it has. @param {Lab} lab */
async function foreground(lab) {
  const { app } = lab.photoshop;
  return lab.modal.look("foreground", async () => {
    const own = app.foregroundColor;
    const before = own.rgb.hexValue;
    app.foregroundColor = own;
    expect(before, app.foregroundColor.rgb.hexValue);
    return `#${before}`;
  });
}

/** New layers do not take the painter's place. @param {Lab} lab */
async function active(lab) {
  return withScratch(lab, {}, async ({ document, modal, notes }) => {
    const ids = () =>
      listed(document.activeLayers)
        .map((layer) => layer.id)
        .join(" ");
    const [before, after] = await modal.change(document.id, t("selftest.threeLayers"), async () => {
      await layerIn(document, "painter");
      const mine = ids();
      await notes.asBefore(document, async () => {
        await layerIn(document, "panel");
      });
      return [mine, ids()];
    });
    expect(before || "–", after || "–");
    return before;
  });
}

/** @param {string} wrote @param {string} read */
function expect(wrote, read) {
  if (wrote !== read) throw new Error(t("selftestSaw.other", { wrote, read }));
}

module.exports = { HISTORY };
