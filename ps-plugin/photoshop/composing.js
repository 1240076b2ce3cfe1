"use strict";

/**
 * What is seen of layers: over each other, under their masks and opacities, clipped.
 *
 * makeComposing(parts)
 *   stacked(tree, layers, choice)     some of a list of layers, as one picture
 *   clipped(tree, picture, onto, choice)  with what is clipped onto it
 *   laid(tree, under, above, choice)  layers over a picture, one after the other
 *   within(tree, picture, base, choice)   as far as another layer reaches
 *   underGroups(tree, layer, rect, picture)
 * Uncomposed   what cannot be: a sentence that names the layer
 *
 * Only Normal is understood (and groups that pass through, which is the same); any other blend mode
 * is refused by the layer's name.
 *
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 *
 * @typedef {object} Choice which layers belong to the picture
 * @property {Rect} rect its place
 * @property {(layer: Leaf) => boolean} counts false: neither it nor what is in it
 * @property {(layer: Leaf) => boolean} isHome of groups: all that is in it belongs
 * @property {(layer: Leaf) => boolean} belongs wherever it lies
 * @property {boolean} inside such a group
 * @property {string[] | null} idle adjustments that are passed over are named here; null: refused
 */

const { lay, veiled, blank, faded } = require("../pixels/mixing.js");
const { fullOf } = require("../pixels/colours.js");
const { clipsOf, groupsOf, siblingsOf } = require("./tree.js");
const { t } = require("../words/texts.js");

class Uncomposed extends Error {}

/** What is clipped onto a layer, the lowest first. @param {Tree} tree @param {Leaf} layer */
function ontoOf(tree, layer) {
  const clips = clipsOf(siblingsOf(tree, layer));
  return clips.find(({ base }) => base.id === layer.id)?.onto || [];
}

/**
 * @param {object} parts
 * @param {typeof import("photoshop").constants} parts.constants
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 */
function makeComposing({ constants, surface, notes }) {
  const { GROUP, NORMAL: PIXELS, TEXT, SMARTOBJECT, VIDEO, LAYER3D } = constants.LayerKind;
  const { NORMAL, PASSTHROUGH } = constants.BlendMode;
  /** @type {string[]} */
  const drawn = [GROUP, PIXELS, TEXT, SMARTOBJECT, VIDEO, LAYER3D];

  /**
   * @param {Tree} tree
   * @param {Leaf[]} layers the lowest first
   * @param {Choice} choice
   * @returns {Promise<Picture | null>} null: nothing that belongs is seen
   */
  async function stacked(tree, layers, choice) {
    /** @type {Picture | null} */
    let mix = null;
    for (const { base, onto } of clipsOf(layers)) {
      if (!base.visible || !choice.counts(base) || isIdle(base, choice)) continue;
      const own = await pictureOf(tree, base, choice);
      if (own) mix = await layOne(tree, mix, own, base, onto, choice);
      else mix = await orphans(tree, mix, base, onto, choice);
    }
    return mix;
  }

  /**
   * Layers that belong and are clipped onto one that does not: they reach as far as it does.
   *
   * @param {Tree} tree
   * @param {Picture | null} mix
   * @param {Leaf} base
   * @param {Leaf[]} onto
   * @param {Choice} choice
   */
  async function orphans(tree, mix, base, onto, choice) {
    let all = mix;
    for (const layer of onto) {
      if (!layer.visible || !choice.counts(layer) || isIdle(layer, choice)) continue;
      const own = await pictureOf(tree, layer, choice);
      if (!own) continue;
      const seen = await within(tree, own, base, choice);
      all = await layOne(tree, all, seen, layer, [], choice);
    }
    return all;
  }

  /**
   * @param {Tree} tree
   * @param {Picture | null} under changed in place
   * @param {Picture} own
   * @param {Leaf} layer
   * @param {Leaf[]} onto
   * @param {Choice} choice
   */
  async function layOne(tree, under, own, layer, onto, choice) {
    if (layer.blendMode !== NORMAL && layer.blendMode !== PASSTHROUGH) {
      throw new Uncomposed(t("mix.blend", { layer: layer.name }));
    }
    const whole = await clipped(tree, own, onto, choice);
    const mask = await maskOf(tree, layer, choice.rect);
    const mix = under || blank(whole);
    lay(mix, whole, mask, layer.opacity / 100);
    return mix;
  }

  /**
   * Its transparency stays.
   *
   * @param {Tree} tree
   * @param {Picture} picture
   * @param {Leaf[]} onto the lowest first
   * @param {Choice} choice
   */
  async function clipped(tree, picture, onto, choice) {
    if (!onto.some(({ visible }) => visible)) return picture;
    const { pixels } = picture;
    const colours = { ...picture, pixels: pixels.slice() };
    for (let i = 3; i < pixels.length; i += 4) colours.pixels[i] = fullOf(pixels);
    const seen = await laid(tree, colours, onto, choice);
    for (let i = 0; i < pixels.length; i += 4) {
      seen.pixels[i + 3] = pixels[i + 3];
      if (pixels[i + 3] === 0) seen.pixels.fill(0, i, i + 3);
    }
    return seen;
  }

  /**
   * @param {Tree} tree
   * @param {Picture} under
   * @param {Leaf[]} above the lowest first
   * @param {Choice} choice
   * @returns {Promise<Picture>}
   */
  async function laid(tree, under, above, choice) {
    const whole = { ...choice, inside: true };
    const mix = { ...under, pixels: under.pixels.slice() };
    for (const layer of above) {
      if (!layer.visible || isIdle(layer, choice)) continue;
      const own = await pictureOf(tree, layer, whole);
      if (own) await layOne(tree, mix, own, layer, ontoOf(tree, layer), whole);
    }
    return mix;
  }

  /** @param {Tree} tree @param {Picture} picture @param {Leaf} base @param {Choice} choice */
  async function within(tree, picture, base, choice) {
    const own = await pictureOf(tree, base, { ...choice, inside: true });
    if (!own) return blank(picture);
    const mask = await maskOf(tree, base, choice.rect);
    return faded(picture, veiled(own, mask, base.opacity / 100));
  }

  /**
   * What is left of it under the masks and opacities of the groups a layer lies in.
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Rect} rect
   * @param {Picture} picture
   */
  async function underGroups(tree, layer, rect, picture) {
    let seen = picture;
    for (const group of groupsOf(layer)) {
      seen = veiled(seen, await maskOf(tree, group, rect), group.opacity / 100);
    }
    return seen;
  }

  /**
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Choice} choice
   * @returns {Promise<Picture | null>}
   */
  async function pictureOf(tree, layer, choice) {
    if (layer.kind === GROUP) {
      const inside = choice.inside || choice.isHome(layer);
      return stacked(tree, [...(layer.layers || [])].reverse(), { ...choice, inside });
    }
    if (!choice.inside && !choice.belongs(layer)) return null;
    if (layer.kind !== PIXELS) throw new Uncomposed(t("mix.kind", { layer: layer.name }));
    return (await surface.pixelsIn(tree, layer, choice.rect)).picture;
  }

  /** Adjustments and fills, which are named. @param {Leaf} layer @param {Choice} choice */
  function isIdle(layer, { idle }) {
    if (!idle || drawn.includes(layer.kind)) return false;
    if (!idle.includes(layer.name)) idle.push(layer.name);
    return true;
  }

  /** @param {Tree} tree @param {Leaf} layer @param {Rect} rect */
  async function maskOf(tree, layer, rect) {
    const [masked] = await notes.haveMasks(tree.id, [layer]);
    return masked ? surface.maskIn(tree, layer, rect) : null;
  }

  return { stacked, clipped, laid, within, underGroups, maskOf };
}

module.exports = { makeComposing, Uncomposed };
