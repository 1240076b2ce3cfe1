"use strict";
// Photoshop's application object.

const { checkCall } = require("../documented/check.js");
const { SolidColor, solidColor } = require("./solid_color.js");
const { enums } = require("../documented/checks.js");
const { SRGB, GRAY, PROFILES, numbersOf } = require("../document/colour.js");

/** documented: of a document that is made without saying so. */
const DEFAULT_SIZE = { width: 2100, height: 1500, resolution: 300 };

/** How many points (1/72 inch) a unit has, pixels aside. */
const POINTS = { cm: 72 / 2.54, mm: 72 / 25.4, in: 72, pt: 1, pc: 12 };

/** @typedef {import("./dom.js").Views} Views */
/** @typedef {{get(): string, set(colour: string): void}} HandColour such as "#2b2b2b" */

/**
 * @param {Views} views
 * @param {object} services
 * @param {(text: string) => void} services.showAlert
 * @param {any} services.batchPlay
 * @param {HandColour} services.foreground
 * @param {HandColour} services.background
 */
function createApp(views, { showAlert, batchPlay, foreground, background }) {
  const { model, modal } = views;
  const hand = (colour) => ({
    enumerable: true,
    get: () => solidColor(colour.get()),
    set(value) {
      modal.requireScopeFor("set");
      colour.set(`#${value.rgb.hexValue.toLowerCase()}`);
    },
  });
  async function createDocument(...given) {
    checkCall("app.createDocument", given);
    modal.requireScopeFor("make");
    const fields = documentFields(given[0] ?? {}, background);
    return views.document(model.newDocument(fields).id);
  }
  const own = {
    typename: "Photoshop",
    get documents() {
      const list = model.documents.map(({ id }) => views.document(id));
      return views.collection("Documents", list, { add: createDocument, parent: app });
    },
    get activeDocument() {
      return model.active ? views.document(model.active.id) : null;
    },
    set activeDocument(document) {
      modal.requireScopeFor("select");
      model.activate(views.openDocument(document.id));
    },
    SolidColor,
    createDocument,
    async open(...given) {
      if (given.length !== 1)
        throw new Error("app.open without a file is not modelled by this host");
      modal.requireScopeFor("open");
      return views.document(model.open(await views.files.read(given[0])).id);
    },
    /** documented: at once, no promise */
    getColorProfiles(...given) {
      checkCall("app.getColorProfiles", given);
      const [mode = "RGB"] = given;
      if (mode !== "RGB" && mode !== "Gray") {
        throw new TypeError(`getColorProfiles: "RGB" or "Gray", got "${mode}"`);
      }
      return mode === "RGB" ? [...PROFILES] : [GRAY];
    },
    convertUnits,
    /** A host without windows has none to bring. */
    bringToFront() {},
    /** documented: without effect, unless a slider is being dragged. */
    async updateUI() {},
    async showAlert(message) {
      showAlert(String(message));
    },
    batchPlay,
  };
  Object.defineProperty(own, "foregroundColor", hand(foreground));
  Object.defineProperty(own, "backgroundColor", hand(background));
  const app = views.guarded("Photoshop", own);
  return app;
}

/** documented: pixels need a resolution. */
function convertUnits(...given) {
  checkCall("app.convertUnits", given);
  const [value, from, to, resolution] = given;
  if ((from === "px") !== (to === "px") && !(resolution > 0)) {
    throw new TypeError("app.convertUnits: pixels need a resolution");
  }
  const points = (unit) => (unit === "px" ? 72 / (resolution ?? 72) : POINTS[unit]);
  return (value * points(from)) / points(to);
}

/**
 * @param {Record<string, any>} options
 * @param {HandColour} background
 */
function documentFields({ mode, name, depth = 8, profile = SRGB, ...rest }, background) {
  /** @type {Record<string, any>} */
  const asked = { ...DEFAULT_SIZE, ...rest };
  const { width, height, resolution, fill, fillColor, ...others } = asked;
  const [strange] = Object.keys(others);
  if (strange) throw new Error(`createDocument: "${strange}" is not modelled by this host`);
  if (![width, height].every((size) => Number.isInteger(size) && size > 0)) {
    throw new TypeError("createDocument: width and height are whole pixels");
  }
  if (mode !== undefined && mode !== enums.NewDocumentMode.RGB) {
    throw new Error(`createDocument: mode "${mode}" is not modelled by this host`);
  }
  if (depth !== 8 && depth !== 16) {
    throw new Error(`createDocument: depth ${depth} is not modelled by this host`);
  }
  if (!PROFILES.includes(profile)) {
    throw new Error(`createDocument: profile "${profile}" is not modelled by this host`);
  }
  const paper = fillOf(fill, fillColor, background);
  return { width, height, name, fill: paper, depth, profile, resolution };
}

/** documented: white unless said otherwise; since 26.9 a fillColor needs no fill. */
function fillOf(fill, fillColor, background) {
  const { WHITE, BLACK, TRANSPARENT, BACKGROUNDCOLOR } = enums.DocumentFill;
  const shares = (numbers) => numbers.map((value) => value / 255);
  if (fillColor) return shares(numbersOf(`#${fillColor.rgb.hexValue}`));
  if (fill === BLACK) return [0, 0, 0];
  if (fill === BACKGROUNDCOLOR) return shares(numbersOf(background.get()));
  if (fill === undefined || fill === WHITE) return "white";
  if (fill === TRANSPARENT) return "transparent";
  throw new Error(`createDocument: fill "${fill}" without a colour is not modelled by this host`);
}

module.exports = { createApp };
