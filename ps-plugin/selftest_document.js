"use strict";

/**
 * Self-test, third part: what a document keeps, its history, and the painter's hand.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 * @typedef {import("./scratch.js").Bench} Bench
 */

const { withScratch, close } = require("./scratch.js");
const { flat, listed } = require("./tree.js");
const { t } = require("./texts.js");

const FILE = "pentimento-selftest.psd";
const STROKE = 60; // seconds a painter has for one stroke
const LOOK = 100; // milliseconds

/** @type {Check[]} */
const DOCUMENT = [
  { name: "oneState", run: oneState },
  { name: "active", run: active },
  { name: "settingsKept", run: (lab) => kept(lab, "settings") },
  { name: "layerXmpKept", run: (lab) => kept(lab, "xmp") },
  { name: "documentXmpKept", run: (lab) => kept(lab, "index") },
  { name: "stroke", run: stroke },
];

/** Several changes, one history state, with our name. @param {Lab} lab */
async function oneState(lab) {
  return withScratch(lab, {}, async ({ document, modal }) => {
    const before = document.historyStates.length;
    const name = t("selftest.threeLayers");
    await modal.change(document.id, name, async () => {
      for (let i = 0; i < 3; i += 1) await document.createPixelLayer({ name: String(i) });
    });
    const states = listed(document.historyStates).map((state) => state.name);
    if (states.length !== before + 1 || states[before] !== name) {
      throw new Error(t("selftestSaw.history", { states: states.slice(before).join(", ") || "–" }));
    }
    return `${before} + 1`;
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
      await document.createPixelLayer({ name: "painter" });
      const mine = ids();
      await notes.asBefore(document, async () => {
        await document.createPixelLayer({ name: "panel" });
      });
      return [mine, ids()];
    });
    if (before !== after) {
      throw new Error(t("selftestSaw.other", { wrote: before || "–", read: after || "–" }));
    }
    return before;
  });
}

/**
 * Saved, closed and opened again: what of our notes is still there.
 *
 * @param {Lab} lab
 * @param {"settings" | "xmp" | "index"} which
 */
async function kept(lab, which) {
  const { app } = lab.photoshop;
  const index = JSON.stringify({ v: 1, runs: [], steps: [], name: "ü 漢" });
  const note = /** @type {const} */ ({ v: 1, run: "selftest", step: "selftest.0" });
  const folder = await lab.storage.localFileSystem.getTemporaryFolder();
  return withScratch(lab, {}, async ({ document, modal, notes }) => {
    const file = await folder.createFile(FILE, { overwrite: true });
    await modal.look(FILE, async () => {
      const layer = await document.createPixelLayer({ name: "note" });
      if (!layer) throw new Error(t("selftestSaw.noLayer"));
      await notes.write(document.id, layer.id, note);
      await notes.writeIndex(document.id, index);
      await document.saveAs.psd(file);
      document.closeWithoutSaving();
    });
    const again = await modal.look(FILE, () => app.open(file));
    try {
      return await modal.look(FILE, () => found(again, notes, which, index));
    } finally {
      await modal.look(FILE, async () => close(app, again.id));
      await file.delete();
    }
  });
}

/**
 * @param {Bench["document"]} document
 * @param {Bench["notes"]} notes
 * @param {"settings" | "xmp" | "index"} which
 * @param {string} index as it was written
 */
async function found(document, notes, which, index) {
  if (which === "index") {
    const read = await notes.readIndex(document.id);
    if (read === index) return `${index.length}`;
    throw new Error(t("selftestSaw.other", { wrote: index, read: read ?? "–" }));
  }
  const ids = flat(document.layers).map((layer) => layer.id);
  const read = (await notes.readBoth(document.id, ids)).map((both) => both[which]);
  const note = read.find((one) => one !== null);
  if (note?.step === "selftest.0") return note.step;
  throw new Error(t("selftestSaw.noNote", { count: ids.length }));
}

/** Whether the panel hears when the painter's pen comes down and goes up. @param {Lab} lab */
async function stroke(lab) {
  const { action } = lab.photoshop;
  return withScratch(lab, { width: 400, height: 300 }, async () => {
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
    await action.addNotificationListener(events, listener);
    lab.ask(true);
    try {
      const told = () => ["enter", "exit", "historyStateChanged"].every((x) => heard.includes(x));
      for (let waited = 0; waited < STROKE * 1000 && !told(); waited += LOOK) await lab.wait(LOOK);
      if (told()) return heard.join(", ");
      throw new Error(
        t("selftestSaw.noStroke", { seconds: STROKE, heard: heard.join(", ") || "–" }),
      );
    } finally {
      lab.ask(false);
      await action.removeNotificationListener(events, listener);
    }
  });
}

module.exports = { DOCUMENT };
