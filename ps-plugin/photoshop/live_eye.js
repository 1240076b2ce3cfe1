"use strict";

/**
 * Reading for the live stream: what the painter cannot have touched since is not read again.
 *
 * A stroke lands on an active layer or in one's group; what came, went, moved or was hidden shows
 * from outside; going back or forward in the history may have changed anything.
 *
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {ReturnType<import("./layers.js").makeLayers>} Layers
 */

/** @param {Layers} layers */
function makeEye(layers) {
  let document = -1;
  let history = -1; // its state at the last look
  let jumps = 0; // after which nothing is sure
  let others = 0; // touches of layers that are part of the picture
  /** @type {Set<number>} history states that were there */
  let visited = new Set();
  /** @type {Map<number, number>} how often a layer may have been touched */
  let touches = new Map();
  /** @type {Map<number, {key: string, mask: Picture | null}>} */
  let masks = new Map();
  /** @type {{key: string, found: Awaited<ReturnType<Layers["readSource"]>>} | null} */
  let source = null;

  /** Nothing is sure any more. */
  function forget() {
    jumps += 1;
    document = history = -1;
    [visited, touches, masks, source] = [new Set(), new Map(), new Map(), null];
  }

  /** What is read from now on is of this document, as it is now. @param {number} id */
  function turnTo(id) {
    if (id === document) return;
    forget();
    [document, history] = [id, layers.historyState(id)];
    visited.add(history);
  }

  /**
   * To be called when the history moved.
   *
   * @param {number} id the document in front
   * @param {number[]} unseen layers that are no part of its picture
   * @returns {boolean} whether there is something new
   */
  function noticed(id, unseen) {
    if (id !== document) return true; // the next look turns to it
    const now = layers.historyState(id);
    if (now === history) return false;
    if (visited.has(now) || layers.undoneTo(id) !== null) jumps += 1;
    for (const layer of layers.touchable()) {
      touches.set(layer, (touches.get(layer) ?? 0) + 1);
      if (!unseen.includes(layer)) others += 1;
    }
    history = now;
    visited.add(now);
    return true;
  }

  /** @type {Layers["readMasks"]} */
  async function readMasks(id, wanted, rect) {
    turnTo(id);
    const tree = await layers.treeOf(id);
    const keys = new Map(
      wanted.map((layer) => {
        const outside = layers.outline(tree, layer);
        return [layer, JSON.stringify([id, jumps, touches.get(layer), outside, rect])];
      }),
    );
    const stale = wanted.filter((layer) => masks.get(layer)?.key !== keys.get(layer));
    const found = stale.length > 0 ? await layers.readMasks(id, stale, rect) : [];
    stale.forEach((layer, i) => masks.set(layer, { key: keys.get(layer) || "", mask: found[i] }));
    return wanted.map((layer) => masks.get(layer)?.mask ?? null);
  }

  /** @type {Layers["readSource"]} */
  async function readSource(id, settings, native, unseen = []) {
    turnTo(id);
    const now = layers.current();
    if (settings.where === "selection" && now?.selection) {
      return layers.readSource(id, settings, native, unseen); // its edge may have changed alone
    }
    const { source: of, where, feather, context } = settings;
    const active = of === "layer" && now && !unseen.includes(now.active ?? -1) ? now.active : null;
    const outside = layers.outline(await layers.treeOf(id), null);
    const seen = [id, jumps, others, outside, native, unseen];
    const key = JSON.stringify([...seen, of, where, feather, context, active]);
    if (source?.key !== key) {
      source = { key, found: await layers.readSource(id, settings, native, unseen) };
    }
    return source.found;
  }

  return { forget, noticed, readMasks, readSource };
}

module.exports = { makeEye };
