"use strict";

/**
 * Self-test: what of the panel's notes a document keeps: at its first save, at later ones, and in a
 * copy.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 * @typedef {import("./scratch.js").Bench} Bench
 * @typedef {"settings" | "xmp" | "index"} Which
 */

const { withScratch, layerIn, close, FILE, COPY } = require("./scratch.js");
const { other } = require("./outcomes.js");
const { flat, listed } = require("../photoshop/tree.js");
const { t } = require("../words/texts.js");

const INDEX = JSON.stringify({ v: 1, runs: [], steps: [], name: "ü 漢" });

/** @type {Check[]} */
const SAVING = [
  { name: "firstSettings", run: (lab) => first(lab, "settings") },
  { name: "firstLayerXmp", run: (lab) => first(lab, "xmp") },
  { name: "firstDocumentXmp", run: (lab) => first(lab, "index") },
  { name: "settingsKept", run: (lab) => later(lab, "settings") },
  { name: "layerXmpKept", run: (lab) => later(lab, "xmp") },
  { name: "documentXmpKept", run: (lab) => later(lab, "index") },
  { name: "duplicate", run: duplicate },
];

/** A new document that was never saved before: in the open document, and in its file. @param {Lab} lab @param {Which} which */
async function first(lab, which) {
  return saved(lab, async (bench, save, open) => {
    await write(bench);
    await save();
    const here = await found(bench.notes, bench.document, which);
    const there = await open((document) => found(bench.notes, document, which));
    const figure = `${sign(here)} ${sign(there)} .psd`;
    return here && there ? figure : other(figure);
  });
}

/** Written after a first save, and saved again. @param {Lab} lab @param {Which} which */
async function later(lab, which) {
  return saved(lab, async (bench, save, open) => {
    await lab.modal.look(FILE, () => layerIn(bench.document, "first"));
    await save();
    await write(bench);
    await save();
    const there = await open((document) => found(bench.notes, document, which));
    if (!there) throw new Error(t("selftestSaw.noNote", { count: bench.document.layers.length }));
    return sign(there);
  });
}

/** @param {boolean} kept */
const sign = (kept) => (kept ? "+" : "−");

/** @param {Bench} bench */
async function write({ document, modal, notes }) {
  await modal.look(FILE, async () => {
    const layer = await layerIn(document, "note");
    await notes.write(document.id, layer.id, { v: 1, run: "selftest", step: "selftest.0" });
    await notes.writeIndex(document.id, INDEX);
  });
}

/**
 * @param {Bench["notes"]} notes
 * @param {Bench["document"]} document
 * @param {Which} which
 */
async function found(notes, document, which) {
  if (which === "index") return (await notes.readIndex(document.id)) === INDEX;
  const ids = flat(document.layers).map(({ id }) => id);
  const read = await notes.readBoth(document.id, ids);
  return read.some((both) => both[which]?.step === "selftest.0");
}

/**
 * A document with a file of its own, which is opened again when the document is closed.
 *
 * @template T
 * @param {Lab} lab
 * @param {(
 *   bench: Bench,
 *   save: () => Promise<unknown>,
 *   open: (look: (document: Bench["document"]) => Promise<boolean>) => Promise<boolean>,
 * ) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function saved(lab, work) {
  const { app } = lab.photoshop;
  const folder = await lab.storage.localFileSystem.getTemporaryFolder();
  return withScratch(lab, {}, async (bench) => {
    const { document, modal } = bench;
    const file = await folder.createFile(`${FILE}.psd`, { overwrite: true });
    const save = () => modal.look(FILE, () => document.saveAs.psd(file));
    /** @param {(document: Bench["document"]) => Promise<boolean>} look */
    const open = async (look) => {
      await modal.look(FILE, async () => document.closeWithoutSaving());
      const again = await modal.look(FILE, () => app.open(file));
      try {
        return await modal.look(FILE, () => look(again));
      } finally {
        await modal.look(FILE, async () => close(app, again.id));
      }
    };
    try {
      return await work(bench, save, open);
    } finally {
      await modal.look(FILE, async () => close(app, document.id)); // it holds the file
      await file.delete();
    }
  });
}

/** A copy of the document has them, too. @param {Lab} lab */
async function duplicate(lab) {
  const { app } = lab.photoshop;
  return withScratch(lab, {}, async (bench) => {
    await write(bench);
    const copy = await bench.modal.look(COPY, () => bench.document.duplicate(COPY));
    if (!copy) throw new Error(t("selftestSaw.noDocument"));
    try {
      const kept = [];
      for (const which of /** @type {Which[]} */ (["settings", "xmp", "index"])) {
        kept.push(await bench.modal.look(COPY, () => found(bench.notes, copy, which)));
      }
      const figure = kept.map(sign).join(" ");
      if (!kept[0] && !kept[1]) throw new Error(figure);
      return kept.every(Boolean) ? figure : other(figure);
    } finally {
      await bench.modal.look(COPY, async () => {
        if (listed(app.documents).some(({ id }) => id === copy.id)) close(app, copy.id);
      });
    }
  });
}

module.exports = { SAVING };
