"use strict";

/**
 * What a run was made from, as hidden layers in its group: a document that travels can have it
 * painted again elsewhere.
 *
 * putInputs    into a new group
 * readInputs   back, to the bit or not at all
 * relabel      a run's layers under the run's new id
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Place} Place
 * @typedef {import("../types/wire").Run} Run
 *
 * @typedef {object} Input an image a run is made from
 * @property {string} name the field that names it, such as "init_image" or "rewind.edit"
 * @property {string} id ImageId
 * @property {Picture} picture
 */

const { imageId } = require("../pixels/sha256.js");
const { eighth } = require("../pixels/colours.js");
const { opaque } = require("../pixels/pixels.js");
const { around } = require("./surface.js");
const { flat, groupName, lift } = require("./tree.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeInputs({ constants, surface, notes, modal, treeOf, documentById }) {
  /**
   * Inside a modal scope.
   *
   * @param {Document} document
   * @param {Layer} group
   * @param {Run} run
   * @param {Place} place
   * @param {Input[]} inputs
   */
  async function putInputs(document, group, run, place, inputs) {
    const { PLACEINSIDE } = constants.ElementPlacement;
    const home = await document.createLayerGroup({ name: "inputs" });
    if (!home) return;
    home.move(group, PLACEINSIDE);
    lift(document, home, constants.ElementPlacement);
    for (const { name, id, picture } of inputs) {
      const layer = await document.createPixelLayer({ name });
      if (!layer) continue;
      layer.move(home, PLACEINSIDE);
      lift(document, layer, constants.ElementPlacement);
      layer.visible = false;
      await surface.put(document, layer, opaque(picture), place);
      await notes.write(document.id, layer.id, { v: 1, run: run.id, input: name, image: id });
    }
    home.visible = false;
    await notes.setOpen(document.id, home.id, false);
  }

  /**
   * @param {number} id document
   * @param {string[]} wanted ImageIds
   * @param {{place: {left: number, top: number}, width: number, height: number}} frame
   * @returns {Promise<Map<string, Picture>>} those that lie there as they were
   */
  function readInputs(id, wanted, frame) {
    return modal.look(t("history.readSteps"), async () => {
      const tree = await treeOf(documentById(id), id);
      /** @type {Map<string, Picture>} */
      const found = new Map();
      for (const { layer, note } of await noted(tree)) {
        const { image } = note;
        if (!note.input || !image || !wanted.includes(image) || found.has(image)) continue;
        const { picture } = await surface.pixelsIn(tree, layer, around(frame.place, frame));
        const known = asItWas(picture, image);
        if (known) found.set(image, known);
      }
      return found;
    });
  }

  /**
   * @param {number} id document
   * @param {Run} from
   * @param {Run} to
   * @param {string} index
   */
  function relabel(id, from, to, index) {
    return modal.change(id, t("painting.name", { number: to.number }), async () => {
      const tree = await treeOf(documentById(id), id);
      for (const { layer, note } of await noted(tree)) {
        if (note.run !== from.id) continue;
        const step = note.step && `${to.id}${note.step.slice(note.step.indexOf("."))}`;
        await notes.write(id, layer.id, { ...note, run: to.id, ...(step && { step }) });
        const own = layer.name === groupName(from) && tree.own(layer);
        if (own) own.name = groupName(to);
      }
      await notes.writeIndex(id, index);
    });
  }

  /** @param {import("./layer_tree.js").Tree} tree */
  async function noted(tree) {
    const layers = flat(tree.layers);
    const texts = await notes.read(
      tree.id,
      layers.map((layer) => layer.id),
    );
    return layers.flatMap((layer, i) => {
      const note = texts[i];
      return note ? [{ layer, note }] : [];
    });
  }

  return { putInputs, readInputs, relabel };
}

/**
 * The image that became this layer.
 *
 * @param {Picture} picture RGBA
 * @param {string} image its ImageId
 * @returns {Picture | null} null: it was changed
 */
function asItWas(picture, image) {
  // A mask lies as 8 bit in a document of 16, and without a profile of its own.
  const deep = picture.pixels.BYTES_PER_ELEMENT === 2;
  const pixels = deep ? eighth(picture.pixels, 65535) : picture.pixels;
  for (const form of [picture, { ...picture, pixels, profile: undefined }]) {
    for (const channels of /** @type {const} */ ([4, 3, 1])) {
      const fewer = withChannels(form, channels);
      if (imageId(fewer) === image) return fewer;
    }
  }
  return null;
}

/** @param {Picture} picture RGBA @param {1 | 3 | 4} channels @returns {Picture} */
function withChannels(picture, channels) {
  const { width, height, pixels } = picture;
  const fewer = pixels.slice(0, width * height * channels);
  for (let i = 0, k = 0; i < pixels.length; i += 4, k += channels) {
    for (let c = 0; c < channels; c += 1) fewer[k + c] = pixels[i + c];
  }
  return { ...picture, channels, pixels: fewer };
}

module.exports = { makeInputs };
