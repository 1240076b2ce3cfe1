"use strict";
// Photoshop's Document with its HistoryState and Selection, as thin views on the model.

const { checkCall } = require("./check.js");
const { boundsOf, trimmed, fullIn } = require("./raster.js");
const { flatten } = require("./document.js");
const { guarded, refusing } = require("./guarded.js");
const edits = require("./edits.js");
const modes = require("./modes.js");
const { enums } = require("./checks.js");
const { PROFILES } = require("./colour.js");

const { EIGHT, SIXTEEN } = enums.BitsPerChannelType;

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {number} id
 */
function createDocumentView(views, id) {
  const own = { typename: "Document", id };
  const document = () => views.openDocument(id);
  const parts = [
    facts(views, document),
    layersOf(views, document, id),
    historyOf(views, document, id),
  ];
  for (const part of parts) {
    Object.defineProperties(own, Object.getOwnPropertyDescriptors(part));
  }
  return guarded("Document", own);
}

function facts({ modal }, document) {
  return {
    get name() {
      return document().name;
    },
    get title() {
      return document().name;
    },
    get saved() {
      return document().saved;
    },
    path: "", // assumed: never saved to a disk of its own
    get width() {
      return document().state.width;
    },
    get height() {
      return document().state.height;
    },
    resolution: 72,
    mode: "RGBColorMode",
    get bitsPerChannel() {
      return document().state.depth === 8 ? EIGHT : SIXTEEN;
    },
    set bitsPerChannel(bits) {
      modal.requireScopeFor("convertMode");
      if (![EIGHT, SIXTEEN].includes(bits)) {
        throw new Error(`Document.bitsPerChannel "${bits}" is not modelled by this host`);
      }
      modes.convertDepth(document(), bits === EIGHT ? 8 : 16);
    },
    get colorProfileName() {
      return document().state.profile;
    },
    async convertProfile(...given) {
      checkCall("Document.convertProfile", given);
      modal.requireScopeFor("convertToProfile");
      if (!PROFILES.includes(given[0])) {
        throw new Error(`the profile "${given[0]}" is not modelled by this host`);
      }
      modes.convertProfile(document(), given[0]);
    },
  };
}

function layersOf(views, document, id) {
  const { modal } = views;
  return {
    get layers() {
      return views.layers(id, document().state.layers);
    },
    get activeLayers() {
      const { layers, active } = document().state;
      const chosen = flatten(layers).filter((layer) => active.includes(layer.id));
      return views.layers(id, chosen);
    },
    set activeLayers(layers) {
      modal.requireScopeFor("select");
      const ids = layers.map((layer) => layer.id);
      edits.selectLayers(document(), ids);
    },
    get backgroundLayer() {
      const background = document().state.layers.find((layer) => layer.background);
      return background ? views.layer(id, background.id) : null;
    },
    async createPixelLayer(...given) {
      checkCall("Document.createPixelLayer", given);
      modal.requireScopeFor("make");
      return views.layer(id, edits.newLayer(document(), layerFields(given[0])));
    },
    async createLayerGroup(...given) {
      checkCall("Document.createLayerGroup", given);
      modal.requireScopeFor("make");
      const from = [given[0]?.fromLayers ?? []].flat().map((layer) => layer.id);
      return views.layer(id, edits.newGroup(document(), layerFields(given[0]), from));
    },
    async groupLayers(...given) {
      checkCall("Document.groupLayers", given);
      modal.requireScopeFor("make");
      const ids = given[0].map((layer) => layer.id);
      return views.layer(id, edits.newGroup(document(), {}, ids));
    },
  };
}

function historyOf(views, document, id) {
  const { modal } = views;
  return {
    get selection() {
      return selectionView(views, id);
    },
    get historyStates() {
      return document().history.map((entry, index) => stateView(views, id, entry, index === 0));
    },
    get activeHistoryState() {
      const { history, current } = document();
      return stateView(views, id, history[current], current === 0);
    },
    set activeHistoryState(target) {
      modal.requireScopeFor("select");
      document().goTo(document().history.findIndex((entry) => entry.id === target.id));
    },
    async suspendHistory(...given) {
      checkCall("Document.suspendHistory", given);
      const [callback, name] = given;
      const work = async (context) => {
        await context.hostControl.suspendHistory({ documentID: id, name });
        await callback(Object.create(context, { document: { value: views.document(id) } }));
      };
      return modal.executeAsModal(work, { commandName: name });
    },
    get saveAs() {
      return refusing("Document.saveAs", {
        async psd(...given) {
          modal.requireScopeFor("save");
          const [file, , asCopy = false] = given;
          views.files.save(file, document());
          if (!asCopy) document().saved = true;
        },
      });
    },
    async close() {
      modal.requireScopeFor("close");
      views.model.close(document());
    },
    closeWithoutSaving() {
      modal.requireScopeFor("close");
      views.model.close(document());
    },
  };
}

function stateView(views, documentId, entry, first) {
  return guarded("HistoryState", {
    typename: "HistoryState",
    id: entry.id,
    docId: documentId,
    name: entry.name,
    snapshot: first, // documented: the state a document opens with is a snapshot
    get parent() {
      return views.document(documentId);
    },
  });
}

function selectionView(views, documentId) {
  const document = () => views.openDocument(documentId);
  return guarded("Selection", {
    typename: "Selection",
    docId: documentId,
    get bounds() {
      const selection = trimmed(document().state.selection);
      return selection ? boundsOf(selection) : null; // documented: null when nothing is selected
    },
    get solid() {
      const { selection } = document().state;
      return selection !== null && selection.data.every((value) => value === fullIn(selection));
    },
    async deselect() {
      views.modal.requireScopeFor("set");
      edits.select(document(), "Deselect", null);
    },
  });
}

/**
 * Creation options as a layer's fields.
 *
 * @param {Record<string, any>} [options]
 */
function layerFields({ name, opacity, blendMode, mode, color, group, fillNeutral } = {}) {
  for (const [option, value] of Object.entries({ color, group, fillNeutral })) {
    if (value !== undefined) throw new Error(`the option "${option}" is not modelled by this host`);
  }
  const fields = { name, opacity: opacity === undefined ? undefined : opacity / 100 };
  const all = { ...fields, blend: blendMode ?? mode };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

module.exports = { createDocumentView };
