"use strict";
// Photoshop's objects over the model. Each access makes a new one, as in Photoshop: they are
// compared by id. assumed
//
//   document_view.js   Document, HistoryState, Selection
//   layer_view.js      Layer
//   guarded.js         what they refuse

const { createDocumentView } = require("./document_view.js");
const { createLayerView } = require("./layer_view.js");

/** @typedef {ReturnType<typeof createDom>} Views */

/**
 * @param {import("./model.js").Model} model
 * @param {ReturnType<import("./modal.js").createModal>} modal
 * @param {ReturnType<import("./saving.js").createFiles>} files
 */
function createDom(model, modal, files) {
  const views = {
    model,
    modal,
    files,
    openDocument(id) {
      const document = model.documents.find((open) => open.id === id);
      if (!document) throw new Error(`the document ${id} is no longer open`); // assumed text
      return document;
    },
    /** @returns {any} */
    document: (id) => createDocumentView(views, id),
    /** @returns {any} */
    layer: (documentId, id) => createLayerView(views, documentId, id),
    /** The layers of a list, top first, as an Array with Photoshop's extras. */
    layers(documentId, layers) {
      const list = [...layers].reverse().map((layer) => views.layer(documentId, layer.id));
      const getByName = (name) => {
        const found = list.find((layer) => layer.name === name);
        if (!found) throw new Error(`there is no layer "${name}"`); // assumed text
        return found;
      };
      const extras = { getByName: { value: getByName }, typename: { value: "Layers" } };
      return Object.defineProperties(list, extras);
    },
  };
  return views;
}

module.exports = { createDom };
