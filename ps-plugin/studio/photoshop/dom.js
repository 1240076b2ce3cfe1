"use strict";
// Photoshop's objects over the model. Each access makes a new one, as in Photoshop: they are
// compared by id. assumed
//
//   app_view.js                                    Photoshop, the application
//   document_view.js, document_shape_view.js       Document
//   history_view.js, selection_view.js, channel_view.js   what belongs to one
//   layer_view.js, layer_shape_view.js             Layer
//   collections.js, bounds_view.js, solid_color.js, colour_view.js   what they hand out
//   documented/guarded.js                          what they refuse

const { createDocumentView } = require("./document_view.js");
const { createLayerView } = require("./layer_view.js");
const { createCollection } = require("./collections.js");
const { createBounds } = require("./bounds_view.js");
const { guarded } = require("../documented/guarded.js");
const edits = require("../document/edits.js");

/** @typedef {ReturnType<typeof createDom>} Views */

/**
 * @param {import("../document/model.js").Model} model
 * @param {ReturnType<import("./modal.js").createModal>} modal
 * @param {ReturnType<import("../storage/saving.js").createFiles>} files
 * @param {object} world
 * @param {import("./faults.js").Faults} world.faults
 * @param {string} [world.version] of the Photoshop that this one stands for; absent: the newest
 * @param {() => readonly number[]} world.paper the background colour, 0..255
 */
function createDom(model, modal, files, { faults, version, paper }) {
  const isBare = () => faults.has("bareCollections");
  const views = {
    model,
    modal,
    files,
    paper,
    openDocument(id) {
      const document = model.documents.find((open) => open.id === id);
      if (!document) throw new Error(`the document ${id} is no longer open`); // assumed text
      return document;
    },
    /** @returns {any} an object of one of Photoshop's classes */
    guarded: (kind, own) => guarded(kind, own, version),
    /** @returns {any} one of Photoshop's collections */
    collection: (kind, items, own) => createCollection(kind, items, own, isBare),
    bounds: createBounds,
    /** @returns {any} */
    document: (id) => createDocumentView(views, id),
    /** @returns {any} */
    layer: (documentId, id) => createLayerView(views, documentId, id),
    /** The layers of a list, top first, as Photoshop's collection. @returns {any} */
    layers(documentId, layers) {
      const list = [...layers].reverse().map((layer) => views.layer(documentId, layer.id));
      return views.collection("Layers", list, {
        /** documented: makes a new layer. assumed: where createPixelLayer does */
        async add() {
          modal.requireScopeFor("make");
          return views.layer(documentId, edits.newLayer(views.openDocument(documentId)));
        },
      });
    },
  };
  return views;
}

module.exports = { createDom };
