"use strict";

/**
 * Regions in a document: layers and groups that carry a region's note.
 *
 * findRegions   which there are, lowest first; needs no modal scope
 * addRegion     a layer becomes one, or a new one is made
 * writeRegion   a region's settings, and the layer's name where it was the prompt's
 * letRegion     a layer is a region no longer
 * takeRegion    its layer becomes the active one, its colour the foreground's
 * readMasks     what regions cover of a rectangle
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/panel").RegionView} RegionView
 */

const { isEmpty } = require("../pixels/pixels.js");
const { joined, noteOf, parsedRegion, shortName, veiledAlpha } = require("../state/regions.js");
const { clipsOf, leafById, lift, listed, siblingsOf } = require("./tree.js");
const { t } = require("../words/texts.js");

/** What stands where a region's note was. @type {{v: 1}} */
const RELEASED = { v: 1 };

/**
 * @param {object} parts
 * @param {typeof import("photoshop").app} parts.app
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./modal.js").makeModal>} parts.modal
 * @param {import("./layer_tree.js").TreeOf} parts.treeOf
 * @param {(id: number) => Document} parts.documentById
 */
function makeRegionLayers(parts) {
  const { app, constants, surface, notes, modal, treeOf, documentById } = parts;
  const { GROUP, NORMAL: PIXELS } = constants.LayerKind;

  /**
   * @param {number} id document
   * @param {number[] | null} among these layers; null: all
   * @param {Tree} [seen] as it was just read
   * @returns {Promise<{regions: RegionView[], released: number[]}>} released: layers that were one
   */
  async function findRegions(id, among, seen) {
    if (among && among.length === 0) return { regions: [], released: [] };
    const all = upwards((seen || (await treeOf(documentById(id), id))).layers);
    const asked = among ? all.filter((layer) => among.includes(layer.id)) : all;
    const ids = asked.map((layer) => layer.id);
    const texts = await (among ? notes.texts(id, ids) : notes.known(id, ids));
    const regions = asked.flatMap((layer, i) => {
      const found = parsedRegion(texts[i].settings) || parsedRegion(texts[i].xmp);
      return found ? [{ ...found, layer: layer.id, name: layer.name }] : [];
    });
    const released = asked.filter((_, i) => texts[i].settings === JSON.stringify(RELEASED));
    return { regions, released: released.map((layer) => layer.id) };
  }

  /**
   * @param {number} id document
   * @param {Pick<RegionView, "id" | "brush" | "picture"> & {name?: string}} region name: of a new
   *   layer
   * @param {boolean} active of the active layer; false: of a new one
   * @returns {Promise<RegionView>}
   */
  function addRegion(id, region, active) {
    return modal.change(id, t("history.addRegion"), async () => {
      const document = documentById(id);
      const layer = active ? await freeLayer(document) : await newLayer(document, region);
      const prompt = region.brush.prompt || (active ? layer.name : "");
      const whole = { ...region, brush: { ...region.brush, prompt } };
      await notes.write(id, layer.id, noteOf(whole));
      if (active) makeUndoable(layer);
      return { ...whole, layer: layer.id, name: layer.name };
    });
  }

  /** The active layer, if it may become a region. @param {Document} document */
  async function freeLayer(document) {
    const layer = document.activeLayers[0];
    if (!layer) throw new Error(t("region.noLayer"));
    if (layer.isBackgroundLayer) throw new Error(t("region.background", { layer: layer.name }));
    if (layer.kind !== GROUP && layer.kind !== PIXELS) {
      throw new Error(t("layer.noPixels", { layer: layer.name }));
    }
    const [{ settings, xmp }] = await notes.texts(document.id, [layer.id]);
    if (parsedRegion(settings) || parsedRegion(xmp)) {
      throw new Error(t("region.already", { layer: layer.name }));
    }
    const [painting] = await notes.read(document.id, [layer.id]);
    if (painting) throw new Error(t("region.painting", { layer: layer.name }));
    return layer;
  }

  /** @param {number} id document @param {number} layer */
  async function ownLayer(id, layer) {
    const tree = await treeOf(documentById(id), id);
    const leaf = leafById(tree, layer);
    return leaf && tree.own(leaf);
  }

  /** @param {Document} document @param {{name?: string, brush: RegionView["brush"]}} region */
  async function newLayer(document, { name, brush }) {
    const called = name || shortName(brush.prompt) || t("region.name");
    const layer = await document.createPixelLayer({ name: called });
    if (!layer) throw new Error(t("layer.noGroup"));
    const [top] = listed(document.layers); // beneath a painting nobody would see what is painted
    if (top.id !== layer.id) layer.move(top, constants.ElementPlacement.PLACEBEFORE);
    lift(document, layer, constants.ElementPlacement);
    return layer;
  }

  /**
   * @param {number} id document
   * @param {RegionView} region
   * @returns {Promise<string>} the layer's name
   */
  function writeRegion(id, region) {
    return modal.change(id, t("history.setRegion", { name: region.name }), async () => {
      const layer = await ownLayer(id, region.layer);
      if (!layer) return region.name;
      const [{ settings, xmp }] = await notes.texts(id, [layer.id]);
      const before = parsedRegion(settings) || parsedRegion(xmp);
      await notes.write(id, layer.id, noteOf(region));
      const name = shortName(region.brush.prompt);
      const called = before ? shortName(before.brush.prompt) : "";
      const ours = [called, t("region.name")].includes(layer.name);
      if (ours && name && layer.name !== name) layer.name = name;
      return layer.name;
    });
  }

  /** @param {number} id document @param {number} layer */
  function letRegion(id, layer) {
    return modal.change(id, t("history.letRegion"), async () => {
      const found = await ownLayer(id, layer);
      if (!found) return;
      await notes.write(id, layer, RELEASED);
      makeUndoable(found);
    });
  }

  /** @param {number} id document @param {RegionView} region */
  function takeRegion(id, { layer, brush }) {
    return modal.look(t("history.takeRegion"), async () => {
      if (app.activeDocument?.id !== id || !(await ownLayer(id, layer))) return;
      await notes.select([layer]);
      const colour = new app.SolidColor();
      colour.rgb.hexValue = brush.colour.slice(1).toUpperCase();
      app.foregroundColor = colour;
    });
  }

  /**
   * @param {number} id document
   * @param {number[]} wanted layers
   * @param {Rect} rect
   * @returns {Promise<(Picture | null)[]>} grey; null: nothing is painted there
   */
  function readMasks(id, wanted, rect) {
    return modal.look(t("history.readRegions"), async () => {
      const tree = await treeOf(documentById(id), id);
      const masks = [];
      for (const one of wanted) {
        const layer = leafById(tree, one);
        const mask = layer && (await seen(tree, layer, rect));
        masks.push(mask && !isEmpty(mask) ? mask : null);
      }
      return masks;
    });
  }

  /**
   * What a layer covers; of a clipped one, where the layer that it is clipped onto is.
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Rect} rect
   */
  async function seen(tree, layer, rect) {
    const own = await covered(tree, layer, rect);
    const clips = clipsOf(siblingsOf(tree, layer));
    const clip = clips.find(({ onto }) => onto.some(({ id }) => id === layer.id));
    if (!own || !clip) return own;
    const through = await covered(tree, clip.base, rect);
    return through && veiled(own, through);
  }

  /**
   * A layer's alpha under its mask; of a group all that is shown in it.
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Rect} rect
   * @returns {Promise<Picture | null>} null: nothing
   */
  async function covered(tree, layer, rect) {
    const [masked] = await notes.haveMasks(tree.id, [layer]);
    const mask = masked ? await surface.maskIn(tree, layer, rect) : null;
    if (layer.kind !== GROUP) {
      const { picture, bounds } = await surface.pixelsIn(tree, layer, rect);
      return bounds && veiledAlpha(picture, mask);
    }
    /** @type {Picture | null} */
    let all = null;
    // what is clipped onto a layer adds nothing to where that is
    for (const { base } of clipsOf([...(layer.layers || [])].reverse())) {
      const part = base.visible ? await covered(tree, base, rect) : null;
      if (part) all = all ? joined(all, part) : part;
    }
    return all && mask ? veiled(all, mask) : all;
  }

  return {
    findRegions,
    addRegion,
    writeRegion,
    letRegion,
    takeRegion,
    readMasks,
  };
}

/** A note alone makes no history state: there would be nothing to undo. @param {Layer} layer */
function makeUndoable(layer) {
  const { name } = layer;
  layer.name = `${name} `;
  layer.name = name;
}

/** @param {Picture} grey @param {Picture} mask grey, 8 bit @returns {Picture} */
function veiled(grey, mask) {
  return {
    ...grey,
    pixels: grey.pixels.map((value, i) => Math.round((value * mask.pixels[i]) / 255)),
  };
}

/** Lowest first, a group before what is in it. @param {Leaf[]} layers @returns {Leaf[]} */
function upwards(layers) {
  return [...layers].reverse().flatMap((layer) => [layer, ...upwards(layer.layers || [])]);
}

module.exports = { makeRegionLayers };
