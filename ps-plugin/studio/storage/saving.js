"use strict";
// Documents in files: saved as PSD, PSB, PNG or JPEG, and opened again; and the file system they lie in.
//
// documented: the calls and their order (classes/document.md, storage). assumed: that a PSD opened
// again is what was saved, notes and all, and that a PNG or JPEG that was saved here opens without
// what its format lost. What a real file keeps is for the PSD tests, and for the panel's self-test in
// a real Photoshop.

const { createDisk } = require("./disk.js");
const { createFileSystem, createDialogs } = require("./file_system.js");
const { formats, modes, types, domains, fileTypes, errors } = require("./storage_words.js");
const { flattened, pictureFile } = require("./picture_files.js");
const { readPng, isPng } = require("./png.js");
const { firstSaveOf } = require("./first_save.js");
const { makeRaster, trimmed } = require("../document/raster.js");
const { rectangle } = require("../document/bounds.js");
const { makeLayer, backgroundOf, newState, changeState } = require("../document/document.js");
const { fullOf } = require("../document/colour.js");

/** @typedef {import("../document/document.js").State} State */
/** @typedef {{name: string, state: State}} Opened */
/** @typedef {"psd" | "psb" | "png" | "jpg"} Format */

const FORMATS = ["psd", "psb", "png", "jpg"];
/** @typedef {import("../document/model.js").OpenDocument} OpenDocument */

/**
 * @param {object} [world]
 * @param {import("./file_system.js").Storing} [world.manifest]
 * @param {import("./disk.js").Disk} [world.disk]
 * @param {import("./file_system.js").Dialogs} [world.dialogs]
 * @param {import("../photoshop/faults.js").Faults} [world.faults]
 * @param {(state: State) => Promise<Uint8Array>} [world.psdOf] a PSD file's bytes; absent in Node
 * @param {(bytes: Uint8Array, name: string) => Promise<State>} [world.openBytes] any file; in Node
 *   PNG files are read without it
 */
function createFiles(world = {}) {
  const { manifest, disk = createDisk(), faults } = world;
  const dialogs = world.dialogs ?? createDialogs(disk);
  const system = createFileSystem({ manifest, disk, dialogs, bytesOf });
  const { localFileSystem, classes, entries } = system;

  // of a document that was saved, once somebody reads it
  /** @param {import("./disk.js").Content} content @param {string} name */
  async function bytesOf({ picture }, name) {
    if (!picture) throw new Error(`${name} holds nothing`);
    if (!world.psdOf || picture.format === "psb") {
      throw new Error(`reading the bytes of ${name} is not modelled by this host`);
    }
    return world.psdOf(picture.state);
  }

  /**
   * @param {OpenDocument} document
   * @param {Format} format
   * @param {any} entry a file of UXP's
   * @param {{options?: Record<string, any>, asCopy?: boolean, background?: readonly number[]}} [how]
   */
  async function save(document, format, entry, { options = {}, asCopy = false, background } = {}) {
    const { node } = fileIn(entry, `saveAs.${format}`);
    const layered = format === "psd" || format === "psb";
    // before anything is waited for: what is painted meanwhile is not in the file
    const state = firstSaveOf(document, faults, asCopy);
    if (layered) entries.put(entry, { bytes: null, picture: { state, format } });
    else {
      const bytes = await pictureFile(state, format, options, background);
      entries.put(entry, { bytes, picture: { state: flattened(state), format } });
    }
    if (!asCopy) Object.assign(document, { saved: true, file: { node, format }, name: node.name });
    const { id } = document;
    const descriptor = { documentID: id, in: { _path: localFileSystem.getNativePath(entry) } };
    document.model.emit({
      type: "notification",
      event: "save",
      descriptor: { ...descriptor, copy: asCopy },
    });
  }

  /**
   * Where it came from or was last saved; a dialog asks for a file where there is none.
   *
   * @param {OpenDocument} document
   */
  async function saveAgain(document) {
    const { file } = document;
    if (file && !FORMATS.includes(file.format)) {
      throw new Error(`saving as ${file.format} is not modelled by this host`);
    }
    if (file) {
      return save(document, /** @type {Format} */ (file.format), entries.wrap(file.node));
    }
    const name = `${document.name.replace(/\.\w+$/, "")}.psd`;
    const node = await dialogs.save({ name, types: ["psd"] });
    if (!node) throw new Error("The user cancelled the operation."); // assumed
    const entry = node.content ? entries.wrap(node) : entries.wrap(node, { folder: node.parent });
    return save(document, "psd", entry);
  }

  function fileIn(entry, call) {
    if (!entries.isEntry(entry) || !entry.isFile) {
      throw new Error(`${call}: give a file of localFileSystem`);
    }
    return entries.holdOf(entry);
  }

  /**
   * What a file holds, as a document.
   *
   * @param {any} entry
   * @returns {Promise<Opened & {file: {node: import("./disk.js").Node, format: string}}>}
   */
  async function read(entry) {
    const { node } = fileIn(entry, "open");
    const { content, name } = node;
    if (!content || !entries.isThere(entry))
      throw new Error("open: give a file that a document was saved to");
    const { picture, bytes } = content;
    const format = picture?.format ?? (/\.(\w+)$/.exec(name)?.[1].toLowerCase() || "psd");
    const state = picture?.state ?? (await stateOf(bytes ?? new Uint8Array(0), name));
    return { name, state, file: { node, format } };
  }

  const created = (folder, name) => entries.wrap(disk.put(folder))["createFile"](name);

  async function stateOf(bytes, name) {
    if (world.openBytes) return world.openBytes(bytes, name);
    if (isPng(bytes)) return stateOfPng(await readPng(bytes));
    throw new Error(`opening ${name} is not modelled by this host: in Node, PNG files are`);
  }

  return {
    localFileSystem,
    storage: { localFileSystem, formats, modes, types, domains, fileTypes, errors, ...classes },
    disk,
    dialogs,
    save,
    saveAgain,
    read,
    /** The painter saves a document as a PSD. @param {OpenDocument} document @param {string} path */
    async saveTo(document, path) {
      const [, folder, name] = /^(.*)\/([^/]+)$/.exec(path) ?? ["", "", path];
      const node = disk.find(path);
      const entry = node ? entries.wrap(node) : await created(folder, name);
      await save(document, "psd", entry);
    },
    /** What the painter opens. @param {string} path */
    readFrom(path) {
      const node = disk.find(path);
      if (!node) throw new Error(`${path} is not on the disk`);
      return read(entries.wrap(node));
    },
    /** @param {unknown} token @returns {any} the entry, of this life */
    entryOf(token) {
      const entry = system.entryBySession(String(token));
      if (!entry) throw new ReferenceError("token is not defined");
      return entry;
    },
  };
}

/** A document of one layer. @param {import("./png.js").Pixels} pixels */
function stateOfPng({ width, height, channels, data, profile }) {
  const depth = data.BYTES_PER_ELEMENT === 2 ? 16 : 8;
  const rgba =
    depth === 16 ? new Uint16Array(width * height * 4) : new Uint8Array(width * height * 4);
  const grey = channels < 3;
  const opaque = channels % 2 === 1;
  for (let i = 0, j = 0; j < rgba.length; i += channels, j += 4) {
    for (let c = 0; c < 3; c++) rgba[j + c] = data[i + (grey ? 0 : c)];
    rgba[j + 3] = opaque ? fullOf(depth) : data[i + channels - 1];
  }
  const raster = makeRaster(rectangle(0, 0, width, height), 4, rgba);
  // documented: without transparency it is the Background
  const layer = opaque
    ? backgroundOf(1, raster)
    : makeLayer({ id: 1, name: "Layer 0", raster: trimmed(raster) });
  return changeState(newState(width, height, { depth, profile }), { layers: [layer], active: [1] });
}

module.exports = { createFiles };
