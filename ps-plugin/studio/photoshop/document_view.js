"use strict";
// Photoshop's Document as a thin view on the model: what it says of itself, its layers, its end.

const { checkCall } = require("../documented/check.js");
const { flatten } = require("../document/document.js");
const { historyOf } = require("./history_view.js");
const { selectionView } = require("./selection_view.js");
const { channelsOf } = require("./channel_view.js");
const { shapeOf } = require("./document_shape_view.js");
const { savingOf } = require("./saving_view.js");
const { solidColor, noColor } = require("./solid_color.js");
const { colourAt } = require("../document/merging.js");
const edits = require("../document/edits.js");
const modes = require("../document/modes.js");
const { enums } = require("../documented/checks.js");
const { PROFILES } = require("../document/colour.js");

const { EIGHT, SIXTEEN } = enums.BitsPerChannelType;
const { NORMAL, GROUP } = enums.LayerKind;
const { SAVECHANGES, DONOTSAVECHANGES, PROMPTTOSAVECHANGES } = enums.SaveOptions;

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
    channelsOf(views, id),
    shapeOf(views, document, id),
    savingOf(views, document),
    endOf(views, document, id),
  ];
  for (const part of parts) {
    Object.defineProperties(own, Object.getOwnPropertyDescriptors(part));
  }
  return views.guarded("Document", own);
}

function facts({ modal, model, files }, document) {
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
    /** assumed: nothing, of what was never saved */
    get path() {
      const { file } = document();
      return file ? files.disk.nativePath(file.node) : "";
    },
    get width() {
      return document().state.width;
    },
    get height() {
      return document().state.height;
    },
    get resolution() {
      return document().state.resolution;
    },
    get zoom() {
      document();
      return model.zoom();
    },
    mode: "RGBColorMode",
    pixelAspectRatio: 1,
    quickMaskMode: false,
    cloudDocument: false,
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
    get colorProfileType() {
      return enums.ColorProfileType.CUSTOM; // assumed: each profile is embedded
    },
    async convertProfile(...given) {
      checkCall("Document.convertProfile", given);
      modal.requireScopeFor("convertToProfile");
      if (!PROFILES.includes(given[0])) {
        throw new Error(`the profile "${given[0]}" is not modelled by this host`);
      }
      modes.convertProfile(document(), given[0]);
    },
    async sampleColor(...given) {
      checkCall("Document.sampleColor", given);
      modal.requireScopeFor("colorSampler");
      const { width, height } = document().state;
      const { x, y } = given[0];
      if (!(x >= 0 && y >= 0 && x < width && y < height)) {
        throw new TypeError("Document.sampleColor: the point is not on the canvas"); // assumed
      }
      const found = colourAt(document().state, Math.floor(x), Math.floor(y));
      if (!found) return noColor();
      const hex = found.map((share) =>
        Math.round(share * 255)
          .toString(16)
          .padStart(2, "0"),
      );
      return solidColor(`#${hex.join("")}`);
    },
  };
}

function layersOf(views, document, id) {
  const { modal } = views;
  const group = (options, layers) =>
    views.layer(id, edits.newGroup(document(), layerFields(options), idsOf(layers)));
  const layersView = {
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
      edits.selectLayers(document(), idsOf(layers));
    },
    get artboards() {
      const isBoard = ({ foreign }) =>
        foreign.kept.some(({ key }) => ["artb", "artd"].includes(key));
      return views.layers(id, document().state.layers.filter(isBoard));
    },
    get backgroundLayer() {
      const background = document().state.layers.find((layer) => layer.background);
      return background ? views.layer(id, background.id) : null;
    },
    /** documented: without a kind it is a pixel layer; the pages' samples leave it out, too */
    async createLayer(kind = NORMAL, options = undefined) {
      if (typeof kind === "object") return layersView.createPixelLayer(kind);
      if (kind === NORMAL) return layersView.createPixelLayer(options);
      if (kind === GROUP) return layersView.createLayerGroup(options);
      throw new Error(`createLayer of the kind "${kind}" is not modelled by this host`);
    },
    async createPixelLayer(...given) {
      checkCall("Document.createPixelLayer", given);
      modal.requireScopeFor("make");
      return views.layer(id, edits.newLayer(document(), layerFields(given[0])));
    },
    async createLayerGroup(...given) {
      checkCall("Document.createLayerGroup", given);
      modal.requireScopeFor("make");
      const from = given[0]?.fromLayers ?? [];
      return group(given[0], from.typename === "Layer" ? [from] : from);
    },
    async groupLayers(...given) {
      checkCall("Document.groupLayers", given);
      modal.requireScopeFor("make");
      return group({}, given[0]);
    },
  };
  return layersView;
}

/** Of an array or a collection, which may have no iterator. */
const idsOf = (layers) => Array.from(layers, (layer) => layer.id);

function endOf(views, document, id) {
  const { modal, files } = views;
  return {
    get selection() {
      return selectionView(views, id);
    },
    /** documented: a dialog asks about what is not saved. assumed: cancelled, it rejects */
    async close(...given) {
      checkCall("Document.close", given);
      modal.requireScopeFor("close");
      const { name, saved } = document();
      const asked = saved ? DONOTSAVECHANGES : (given[0] ?? PROMPTTOSAVECHANGES);
      const answer = asked === PROMPTTOSAVECHANGES && (await files.dialogs.closing({ name }));
      if (answer === null) throw new Error("The user cancelled the operation.");
      if (answer === "save" || asked === SAVECHANGES) await files.saveAgain(document());
      views.model.close(document());
    },
    closeWithoutSaving() {
      modal.requireScopeFor("close");
      views.model.close(document());
    },
  };
}

/**
 * Creation options as a layer's fields.
 *
 * @param {Record<string, any>} [options]
 */
function layerFields({ name, opacity, blendMode, mode, color, group, fillNeutral } = {}) {
  const asked = { color: color !== "none" && color, group, fillNeutral };
  for (const [option, value] of Object.entries(asked)) {
    if (value) throw new Error(`the option "${option}" is not modelled by this host`);
  }
  const fields = { name, opacity: opacity === undefined ? undefined : opacity / 100 };
  const all = { ...fields, blend: blendMode ?? mode };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

module.exports = { createDocumentView };
