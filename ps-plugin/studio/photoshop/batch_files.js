"use strict";
// Files by batchPlay: a document saved, opened, closed; a file placed as a layer. They are named by
// session tokens.
//
// documented: file-system-provider.md shows "open" with a token. seen in hosts: the other descriptors,
// as the listener prints them; a PNG is saved so without a dialog (Photoshop 27.8). assumed: where a
// placed file lies and how large it is.

const { rectangle } = require("../document/bounds.js");
const { composite } = require("../document/composite.js");
const { converted, fullOf } = require("../document/colour.js");
const { changeLayer } = require("../document/document.js");
const { atDepth, moved, trimmed } = require("../document/raster.js");
const { enums } = require("../documented/checks.js");
const edits = require("../document/edits.js");
const { numberIn, asOne } = require("./batch_targets.js");

/** @typedef {ReturnType<import("../storage/saving.js").createFiles>} Files */
/** @typedef {import("./batch_targets.js").Job & {files: Files}} Job */

/** Formats as descriptors name them, and what of those is taken over. */
const FORMATS = {
  PNGFormat: /** @type {const} */ ("png"),
  JPEG: /** @type {const} */ ("jpg"),
  photoshop35Format: /** @type {const} */ ("psd"),
  largeDocumentFormat: /** @type {const} */ ("psb"),
};
const MATTES = { none: undefined, white: "WHITE", black: "BLACK", backgroundColor: "BACKGROUND" };

/** The entry that a token in a descriptor stands for. @param {Files} files @param {any} place */
function entryIn(files, place, what) {
  if (place?._kind !== "local" || typeof place._path !== "string") {
    throw new TypeError(`${what} must be {_path: a session token, _kind: "local"}`);
  }
  return files.entryOf(place._path);
}

function optionsIn(as) {
  if (as._obj !== "JPEG") return {};
  const matte = MATTES[as.matteColor?._value ?? "none"];
  return {
    ...(as.extendedQuality !== undefined && { quality: as.extendedQuality }),
    ...(matte && { matteColor: enums.MatteColor[matte] }),
  };
}

const OF_FILES = {
  "save document": {
    keys: ["as", "in", "copy", "lowerCase", "documentID", "saveStage", "embedProfiles"],
    changes: true,
    /** @param {Job} job */
    async play({ document, files, command }) {
      if (command.as === undefined && command.in === undefined) {
        await files.saveAgain(document);
        return {};
      }
      const format = FORMATS[command.as?._obj];
      if (!format) throw new Error(`save as ${command.as?._obj} is not modelled by this host`);
      const how = { options: optionsIn(command.as), asCopy: command.copy === true };
      await files.save(document, format, entryIn(files, command.in, "save: in"), how);
      return {};
    },
  },
  "open application": {
    keys: ["target", "null"],
    changes: true,
    /** @param {Job & {model: import("../document/model.js").Model}} job */
    async play({ model, files, command }) {
      const place = command.target ?? command.null;
      model.open(await files.read(entryIn(files, place, "open: target")));
      return {};
    },
  },
  "close document": {
    keys: ["saving", "documentID"],
    changes: true,
    /** @param {Job} job */
    async play({ document, files, command }) {
      const wish = command.saving?._value ?? "no";
      if (wish !== "no" && wish !== "yes") throw new Error(`close: saving ${wish} is not modelled`);
      if (wish === "yes" && !document.saved) await files.saveAgain(document);
      document.model.close(document);
      return {};
    },
  },
  "placeEvent document": {
    keys: [
      "null",
      "target",
      "ID",
      "freeTransformCenterState",
      "offset",
      "width",
      "height",
      "linked",
    ],
    changes: true,
    /** @param {Job} job */
    async play({ document, files, command }) {
      if (command.linked) throw new Error("placing a linked file is not modelled by this host");
      const place = command.null ?? command.target;
      const { name, state } = await files.read(entryIn(files, place, "placeEvent: null"));
      const share = (value, what) => numberIn(value, "percentUnit", `placeEvent: ${what}`, 100);
      if (share(command.width, "width") !== 100 || share(command.height, "height") !== 100) {
        throw new Error("placing at another size is not modelled by this host");
      }
      const right = numberIn(command.offset?.horizontal, "pixelsUnit", "placeEvent: offset", 0);
      const down = numberIn(command.offset?.vertical, "pixelsUnit", "placeEvent: offset", 0);
      const raster = pictureFor(document.state, state, Math.round(right), Math.round(down));
      const id = asOne(document, "Place Embedded Smart Object", () => {
        const made = edits.newLayer(document, { name: name.replace(/\.\w+$/, "") });
        document.record("Place", changeLayer(document.state, made, { raster, placed: true }));
        return made;
      });
      return { ID: id };
    },
  },
};

/** A document's picture in the middle of another one, in its depth and profile. */
function pictureFor(state, placed, right, down) {
  const { width, height, profile, depth } = placed;
  const whole = trimmed(composite(placed, rectangle(0, 0, width, height)));
  if (!whole) return null;
  const from = { profile, full: fullOf(depth) };
  const to = { profile: state.profile, full: fullOf(depth) };
  const data = converted(whole.data, 4, from, to);
  const dx = Math.round((state.width - width) / 2) + right;
  const dy = Math.round((state.height - height) / 2) + down;
  return moved(atDepth({ ...whole, data }, state.depth), dx, dy);
}

module.exports = { OF_FILES };
