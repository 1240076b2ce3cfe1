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
 * @property {ReturnType<import("./modal.js").makeModal>} modal
 * @property {ReturnType<import("./surface.js").makeSurface>} surface
 * @property {ReturnType<import("./notes.js").makeNotes>} notes
 */

const { makeLayerTree } = require("./layer_tree.js");
const { makeNotes } = require("./notes.js");
const { makeSurface } = require("./surface.js");
const { listed } = require("./tree.js");
const { t } = require("./texts.js");

const WIDTH = 61; // pixels: odd, so that nothing can be rounded to where it should be
const HEIGHT = 37;

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
    const { treeOf } = makeLayerTree({ action, constants });
    const parts = { surface: makeSurface(imaging), notes: makeNotes(action, treeOf) };
    return await work({ document: made, modal, ...parts });
  } finally {
    await modal.look(name, async () => {
      close(app, made.id);
      const still = front && listed(app.documents).some(({ id }) => id === front.id);
      if (still && app.activeDocument?.id !== front.id) app.activeDocument = front;
    });
  }
}

/** @param {typeof import("photoshop").app} app @param {number} id */
function close(app, id) {
  const open = listed(app.documents).find((document) => document.id === id);
  if (open) open.closeWithoutSaving();
}

module.exports = { withScratch, close, WIDTH, HEIGHT };
