"use strict";

/**
 * What the painter made of step layers, so that it is understood and not overwritten.
 *
 * census   which layers are there, where their pixels lie, masked or locked: cheap, no modal scope
 * sights   what became of some: painted on, moved, masked, locked; and what is seen of them
 *
 * A layer's own note says what was handed out with it: when a refinement is undone, the note goes
 * back together with the pixels.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/panel").Picture} Picture
 * @typedef {import("./types/panel").Rect} Rect
 * @typedef {import("./types/panel").Mark} Mark
 *
 * @typedef {object} Frame a step layer, and where its picture belongs
 * @property {number} layer
 * @property {{left: number, top: number}} place
 * @property {number} width
 * @property {number} height
 * @property {string} image ImageId as handed out
 * @property {Rect | null} [extent] where its pixels lay then; null: all over the frame
 *
 * @typedef {object} Sight
 * @property {Mark} mark
 * @property {string} image ImageId as handed out
 * @property {Rect | null} extent where its pixels lay when they were handed out
 * @property {Picture} picture RGBA of the frame as it is seen: moved, masked, faded, in its groups
 *
 * @typedef {object} Whereabouts
 * @property {Rect} bounds
 * @property {boolean} masked
 * @property {boolean} locked
 */

const { imageId } = require("./sha256.js");
const { veiled } = require("./mixing.js");
const { around } = require("./surface.js");
const { flat, groupsOf } = require("./tree.js");

/**
 * @param {ReturnType<import("./surface.js").makeSurface>} surface
 * @param {ReturnType<import("./notes.js").makeNotes>} notes
 */
function makeSight({ pixelsIn, maskIn }, notes) {
  /**
   * @param {Document} document
   * @param {number[]} wanted layers
   * @returns {Promise<{all: string, there: Map<number, Whereabouts>}>} all: the document's layers,
   *   equal only when none came and none went
   */
  async function census(document, wanted) {
    const layers = flat([...document.layers]);
    const asked = new Set(wanted);
    const ours = layers.filter((layer) => asked.has(layer.id));
    const masked = await notes.haveMasks(
      document.id,
      ours.map((layer) => layer.id),
    );
    const there = new Map(
      ours.map((layer, i) => [
        layer.id,
        { bounds: plain(layer.bounds), masked: masked[i], locked: layer.locked },
      ]),
    );
    const ids = layers.map((layer) => layer.id).sort((a, b) => a - b);
    return { all: ids.join(), there };
  }

  /**
   * Inside a modal scope.
   *
   * @param {Document} document
   * @param {Frame[]} frames
   * @returns {Promise<(Sight | null)[]>} null: the layer is gone
   */
  async function sights(document, frames) {
    const layers = flat([...document.layers]);
    const found = frames.map(({ layer }) => layers.find((one) => one.id === layer) || null);
    const ids = found.flatMap((layer) => (layer ? [layer.id] : []));
    const texts = await notes.read(document.id, ids);
    const masked = await notes.haveMasks(document.id, ids);
    const seen = [];
    for (const [i, layer] of found.entries()) {
      const at = layer ? ids.indexOf(layer.id) : -1;
      const image = texts[at]?.image || frames[i].image;
      const frame = { ...frames[i], image };
      seen.push(layer ? await sight(document, layer, frame, masked[at]) : null);
    }
    return seen;
  }

  /**
   * @param {Document} document
   * @param {Layer} layer
   * @param {Frame} frame
   * @param {boolean} masked
   * @returns {Promise<Sight>}
   */
  async function sight(document, layer, frame, masked) {
    const rect = around(frame.place, frame);
    const { picture } = await pixelsIn(document, layer, rect);
    const untouched = imageId(picture) === frame.image;
    const extent = untouched ? plain(layer.bounds) : frame.extent || null;
    const mask = masked ? await maskIn(document, layer, rect) : null;
    const own = veiled(picture, mask, layer.opacity / 100);
    const seen = await underGroups(document, layer, rect, own);
    /** @type {Mark} */
    let mark = masked ? "masked" : layer.locked ? "locked" : "";
    if (!untouched) mark = (await wasMoved(document, layer, frame, rect)) ? "moved" : "painted";
    return { mark, image: frame.image, extent, picture: seen };
  }

  /**
   * What is left of it under the masks and opacities of the groups it lies in.
   *
   * @param {Document} document
   * @param {Layer} layer
   * @param {Rect} rect
   * @param {Picture} picture
   */
  async function underGroups(document, layer, rect, picture) {
    const groups = groupsOf(layer);
    const ids = groups.map((group) => group.id);
    const masked = await notes.haveMasks(document.id, ids);
    let seen = picture;
    for (const [i, group] of groups.entries()) {
      const mask = masked[i] ? await maskIn(document, group, rect) : null;
      seen = veiled(seen, mask, group.opacity / 100);
    }
    return seen;
  }

  /**
   * The same pixels elsewhere?
   *
   * @param {Document} document
   * @param {Layer} layer
   * @param {Frame} frame
   * @param {Rect} rect
   */
  async function wasMoved(document, layer, frame, rect) {
    const before = frame.extent || rect;
    const now = plain(layer.bounds);
    const dx = now.left - before.left;
    const dy = now.top - before.top;
    const grown = now.right - dx !== before.right || now.bottom - dy !== before.bottom;
    if (grown || (dx === 0 && dy === 0)) return false;
    const place = { left: rect.left + dx, top: rect.top + dy };
    const { picture } = await pixelsIn(document, layer, around(place, frame));
    return imageId(picture) === frame.image;
  }

  return { census, sights };
}

/** @param {Rect} bounds @returns {Rect} */
function plain({ left, top, right, bottom }) {
  return { left, top, right, bottom };
}

/** Whether there is something of the painter's in it to go on from. @param {Mark} mark */
function isEdit(mark) {
  return mark === "painted" || mark === "moved";
}

/**
 * @param {import("./types/panel").Papers} papers
 * @param {import("./types/wire").Run} run
 * @param {import("./types/panel").LayerNote} note
 * @returns {Frame}
 */
function frameOf({ places }, { id, recipe }, { layer, image, extent }) {
  const place = places[id] || { left: 0, top: 0 };
  return { layer, image, extent, place, width: recipe.width, height: recipe.height };
}

/**
 * @param {import("./types/panel").LayerNote} note
 * @param {Sight} sight
 * @returns {import("./types/panel").LayerNote}
 */
function seenAs(note, { mark, image, extent }) {
  return { ...note, mark, image, extent, painted: isEdit(mark) };
}

module.exports = { makeSight, isEdit, frameOf, seenAs };
