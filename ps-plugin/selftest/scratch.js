"use strict";

/**
 * A document of the self-test's own: opened, worked in, closed without a question; the painter's
 * document is in front again afterwards.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("photoshop/dom/Document").Document} Document
 *
 * @typedef {object} Bench what a check works at
 * @property {Document} document
 * @property {ReturnType<import("../photoshop/modal.js").makeModal>} modal
 * @property {ReturnType<import("../photoshop/surface.js").makeSurface>} surface
 * @property {ReturnType<import("../photoshop/notes.js").makeNotes>} notes
 * @property {ReturnType<typeof makeLayerTree>} tree
 */

const { makeLayerTree } = require("../photoshop/layer_tree.js");
const { makeNotes } = require("../photoshop/notes.js");
const { makeSurface } = require("../photoshop/surface.js");
const { listed } = require("../photoshop/tree.js");
const { t } = require("../words/texts.js");

const WIDTH = 61; // pixels: odd, so that nothing can be rounded to where it should be
const HEIGHT = 37;
const FILE = "pentimento-selftest"; // files of its own
const COPY = "pentimento-selftest-copy";

/**
 * @template T
 * @param {Lab} lab
 * @param {{depth?: 8 | 16, width?: number, height?: number, profile?: string}} options
 * @param {(bench: Bench) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withScratch(lab, options, work) {
  const { app, action, constants, imaging } = lab.photoshop;
  const { modal } = lab;
  const name = t("selftest.document");
  const front = app.activeDocument;
  const made = await modal.look(name, () =>
    app.createDocument({
      name,
      width: WIDTH,
      height: HEIGHT,
      resolution: 72,
      mode: constants.NewDocumentMode.RGB,
      fill: constants.DocumentFill.WHITE,
      ...options,
    }),
  );
  if (!made) throw new Error(t("selftestSaw.noDocument"));
  try {
    const tree = makeLayerTree({ action, constants });
    const parts = { surface: makeSurface(imaging), notes: makeNotes(action, tree.treeOf), tree };
    return await work({ document: made, modal, ...parts });
  } finally {
    await modal.look(name, async () => {
      close(app, made.id);
      const still = front && listed(app.documents).some(({ id }) => id === front.id);
      if (still && app.activeDocument?.id !== front.id) app.activeDocument = front;
    });
  }
}

/** @param {Document} document @param {string} name */
async function layerIn(document, name) {
  const layer = await document.createPixelLayer({ name });
  if (!layer) throw new Error(t("selftestSaw.noLayer"));
  return layer;
}

/**
 * What a check that was cut off may have left open: by names that are the self-test's own.
 *
 * @param {Lab} lab
 * @param {number[]} before documents that were open before it began
 */
async function sweep({ photoshop: { app }, modal }, before) {
  const own = [t("selftest.document"), FILE, COPY];
  const left = listed(app.documents)
    .filter(({ id, name }) => !before.includes(id) && own.some((one) => name.startsWith(one)))
    .map(({ id }) => id);
  if (left.length === 0) return;
  await modal.look(own[0], async () => left.forEach((id) => close(app, id)));
}

/** @param {typeof import("photoshop").app} app @param {number} id */
function close(app, id) {
  const open = listed(app.documents).find((document) => document.id === id);
  if (open) open.closeWithoutSaving();
}

module.exports = { withScratch, layerIn, sweep, close, WIDTH, HEIGHT, FILE, COPY };
