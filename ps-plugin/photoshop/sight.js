"use strict";

/**
 * What the painter made of step layers, so that it is understood and not overwritten.
 *
 * census   which layers are there, where their pixels lie, masked or locked, what lies over them:
 *          cheap, no modal scope
 * sights   what became of some: painted on, moved, masked, locked; and what is seen of them, with
 *          the painter's layers that count as painted on them (company.js)
 *
 * A layer's own note says what was handed out with it: when a refinement is undone, the note goes
 * back together with the pixels. Painted on, moved, masked or locked: any of the four keeps
 * refinement's hands off. Names, order and eyes are the painter's and mean nothing.
 *
 * @typedef {import("./layer_tree.js").Tree} Tree
 * @typedef {import("./layer_tree.js").Leaf} Leaf
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/panel").Rect} Rect
 * @typedef {import("../types/panel").Mark} Mark
 *
 * @typedef {object} Frame a step layer, and where its picture belongs
 * @property {number} layer
 * @property {{left: number, top: number}} place
 * @property {number} width
 * @property {number} height
 * @property {string} image ImageId as handed out
 * @property {Rect | null} [extent] where its pixels lay then; null: all over the frame
 * @property {8 | 16} [depth] of its run; absent: 8
 * @property {import("../types/wire").Profile} [profile] of its run; absent: sRGB
 *
 * @typedef {object} Sight
 * @property {Mark} mark converted: not as it was handed out, in a document of another profile or
 *   depth, so that only the bridge can tell whether it was painted on
 * @property {string} image ImageId as handed out
 * @property {Rect | null} extent where its pixels lay when they were handed out
 * @property {Picture} picture RGBA of the frame as it is seen: moved, masked, faded, in its groups
 * @property {string[]} added names of the painter's layers that are seen over it as paint on it
 * @property {string[]} idle of adjustments over it, which are not taken in
 * @property {string[]} beyond of the painter's layers over its painting's group, which are not
 * @property {string} trouble why those over it cannot be taken in; empty: they are
 *
 * @typedef {object} Whereabouts
 * @property {Rect} bounds
 * @property {boolean} masked also: clipped onto another layer
 * @property {boolean} locked
 * @property {{ids: number[], look: string}} [over] the painter's layers over it; absent: none
 */

const { Uncomposed } = require("./composing.js");
const { fullOf, eighth, deepened } = require("../pixels/colours.js");
const { imageId } = require("../pixels/sha256.js");
const { isOtherwise } = require("./strokes.js");
const { veiled } = require("../pixels/mixing.js");
const { areEqual } = require("../pixels/pixels.js");
const { around } = require("./surface.js");
const { flat, outline } = require("./tree.js");

/**
 * @param {object} parts
 * @param {ReturnType<import("./surface.js").makeSurface>} parts.surface
 * @param {ReturnType<import("./notes.js").makeNotes>} parts.notes
 * @param {ReturnType<import("./composing.js").makeComposing>} parts.composing
 * @param {ReturnType<import("./company.js").makeCompany>} parts.company
 */
function makeSight({ surface, notes, composing, company }) {
  const { pixelsIn } = surface;

  /**
   * @param {Tree} tree
   * @param {number[]} wanted layers
   * @returns {Promise<{all: string, there: Map<number, Whereabouts>}>} all: the document's layers,
   *   equal only when none came and none went
   */
  async function census(tree, wanted) {
    const layers = flat(tree.layers);
    const asked = new Set(wanted);
    const ours = layers.filter((layer) => asked.has(layer.id));
    const masked = await notes.haveMasks(tree.id, ours);
    const about = await company.companies(tree, ours);
    const there = new Map(
      ours.map((layer, i) => {
        const { onto = [], over = [], base = null } = about.get(layer.id) || {};
        const { bounds } = layer;
        const seen = { bounds, masked: masked[i] || base !== null, locked: layer.locked };
        const above = [...onto, ...over];
        return [layer.id, above.length > 0 ? { ...seen, over: lookOver(above) } : seen];
      }),
    );
    const ids = layers.map((layer) => layer.id).sort((a, b) => a - b);
    return { all: ids.join(), there };
  }

  /**
   * Inside a modal scope.
   *
   * @param {Tree} tree
   * @param {Frame[]} frames
   * @returns {Promise<(Sight | null)[]>} null: the layer is gone
   */
  async function sights(tree, frames) {
    const layers = flat(tree.layers);
    const found = frames.map(({ layer }) => layers.find((one) => one.id === layer) || null);
    const ids = found.flatMap((layer) => (layer ? [layer.id] : []));
    const texts = await notes.read(tree.id, ids);
    const masked = await notes.haveMasks(
      tree.id,
      found.flatMap((layer) => layer || []),
    );
    const about = await company.companies(
      tree,
      found.flatMap((layer) => layer || []),
    );
    const seen = [];
    for (const [i, layer] of found.entries()) {
      const at = layer ? ids.indexOf(layer.id) : -1;
      const image = texts[at]?.image || frames[i].image;
      const frame = { ...frames[i], image };
      const over = layer && about.get(layer.id);
      seen.push(layer && over ? await sight(tree, layer, frame, masked[at], over) : null);
    }
    return seen;
  }

  /**
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Frame} frame
   * @param {boolean} masked
   * @param {import("./company.js").Company} over
   * @returns {Promise<Sight>}
   */
  async function sight(tree, layer, frame, masked, over) {
    const rect = around(frame.place, frame);
    const read = (await pixelsIn(tree, layer, rect)).picture;
    const handed = readingsOf(read, frame).find((one) => imageId(one) === frame.image);
    const picture = handed || read;
    const extent = handed ? layer.bounds : frame.extent || null;
    const seen = await seenOf(tree, layer, rect, picture, over);
    /** @type {Mark} */
    let mark = masked || over.base ? "masked" : layer.locked ? "locked" : "";
    if (seen.added.length > 0) mark = "painted";
    if (!handed) mark = (await wasMoved(tree, layer, frame, rect)) ? "moved" : "painted";
    // Only the bridge can tell: strokes.js.
    if (mark === "painted" && isOtherwise(picture, frame)) mark = "converted";
    const beyond = (await company.beyond(tree, layer)).map(({ name }) => name);
    return { mark, image: frame.image, extent, beyond, ...seen };
  }

  /**
   * What is seen of a layer, and whether what lies over it changes that.
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Rect} rect
   * @param {Picture} picture its own pixels
   * @param {import("./company.js").Company} about
   * @returns {Promise<Pick<Sight, "picture" | "added" | "idle" | "trouble">>}
   */
  async function seenOf(tree, layer, rect, picture, { onto, over, base }) {
    /** @type {string[]} */
    const idle = [];
    const all = () => true;
    const choice = { rect, counts: all, isHome: all, belongs: all, inside: true, idle };
    const mask = await composing.maskOf(tree, layer, rect);
    /** @param {Picture} own */
    const shown = async (own) => {
      const veil = veiled(own, mask, layer.opacity / 100);
      return base ? composing.within(tree, veil, base, choice) : veil;
    };
    const alone = await shown(picture);
    let seen = alone;
    let trouble = "";
    try {
      const whole = await shown(await composing.clipped(tree, picture, onto, choice));
      seen = over.length > 0 ? await composing.laid(tree, whole, over, choice) : whole;
    } catch (error) {
      if (!(error instanceof Uncomposed)) throw error;
      trouble = error.message;
    }
    const names = [...onto, ...over].map(({ name }) => name).filter((one) => !idle.includes(one));
    const added = trouble || !areEqual(alone, seen) ? names : [];
    const under = await composing.underGroups(tree, layer, rect, seen);
    return { picture: under, added, idle, trouble };
  }

  /**
   * The same pixels elsewhere?
   *
   * @param {Tree} tree
   * @param {Leaf} layer
   * @param {Frame} frame
   * @param {Rect} rect
   */
  async function wasMoved(tree, layer, frame, rect) {
    const before = frame.extent || rect;
    const now = layer.bounds;
    const dx = now.left - before.left;
    const dy = now.top - before.top;
    const grown = now.right - dx !== before.right || now.bottom - dy !== before.bottom;
    if (grown || (dx === 0 && dy === 0)) return false;
    const place = { left: rect.left + dx, top: rect.top + dy };
    const { picture } = await pixelsIn(tree, layer, around(place, frame));
    return readingsOf(picture, frame).some((one) => imageId(one) === frame.image);
  }

  return { census, sights };
}

/**
 * What a layer's pixels may have been handed out as: a document that became deeper, or has another
 * profile assigned, has the same picture still.
 *
 * @param {Picture} read
 * @param {Frame} frame
 * @returns {Picture[]}
 */
function readingsOf(read, { depth = 8, profile = "sRGB" }) {
  const deep = fullOf(read.pixels) > 255;
  const pixels = deep
    ? eighth(read.pixels, fullOf(read.pixels))
    : deepened(/** @type {Uint8Array} */ (read.pixels));
  const readings = deep === depth > 8 ? [read] : [read, { ...read, pixels }];
  const assigned = readings.map((one) => ({ ...one, profile }));
  return (read.profile || "sRGB") === profile ? readings : [...readings, ...assigned];
}

/** From outside, so that a change of it is noticed. @param {Leaf[]} layers */
function lookOver(layers) {
  const inside = flat(layers);
  const looks = inside.map(({ bounds, opacity, blendMode }) => {
    const { left, top, right, bottom } = bounds;
    return [left, top, right, bottom, opacity, blendMode].join();
  });
  return { ids: inside.map(({ id }) => id), look: `${outline(layers)} ${looks.join(";")}` };
}

/** Whether there is something of the painter's in it to go on from. @param {Mark} mark */
function isEdit(mark) {
  return mark === "painted" || mark === "moved";
}

/**
 * @param {import("../types/panel").Papers} papers
 * @param {import("../types/wire").Run} run
 * @param {import("../types/panel").LayerNote} note
 * @returns {Frame}
 */
function frameOf({ places }, { id, recipe }, { layer, image, extent }) {
  const place = places[id] || { left: 0, top: 0 };
  const { width, height, depth, profile } = recipe;
  return { layer, image, extent, place, width, height, depth, profile };
}

/**
 * @param {import("../types/panel").LayerNote} note
 * @param {Sight} sight
 * @returns {import("../types/panel").LayerNote}
 */
function seenAs({ added: _, ...note }, { mark, image, extent, added }) {
  const paint = added.length > 0 && { added };
  return { ...note, mark, image, extent, painted: isEdit(mark), ...paint };
}

module.exports = { makeSight, isEdit, frameOf, seenAs };
