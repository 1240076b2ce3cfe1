"use strict";

/**
 * Self-test: reading layers, and what a layer's lock and mask do.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { withScratch, layerIn, WIDTH, HEIGHT } = require("./scratch.js");
const { other, either, wordsOf } = require("./outcomes.js");
const { flat } = require("../photoshop/tree.js");

const READS = 100;
const SLOW = 2; // milliseconds for one read: a document of a hundred layers takes seconds then
const LAYERS = 5;
const CANVAS = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };

/** @type {Check[]} */
const LAYERS_READ = [
  { name: "collections", run: collections },
  { name: "domRead", run: domRead },
  { name: "multiGet", run: multiGet },
  { name: "mask", run: mask },
  { name: "locked", run: locked },
];

/** Whether Photoshop's own lists can be iterated. @param {Lab} lab */
async function collections(lab) {
  return withScratch(lab, {}, async ({ document }) =>
    either(async () => {
      const lists = /** @type {(Iterable<unknown> & {length: number})[]} */ ([
        lab.photoshop.app.documents,
        document.layers,
      ]);
      const counts = lists.map((list) => {
        let count = 0;
        for (const _ of list) count += 1;
        return `${count}/${list.length}`;
      });
      return counts.join(" ");
    }),
  );
}

/** @param {Lab} lab */
async function domRead(lab) {
  return withScratch(lab, {}, async ({ document }) => {
    const layer = document.layers[0];
    const began = Date.now();
    let letters = 0;
    for (let i = 0; i < READS; i += 1) letters += layer.name.length;
    const took = (Date.now() - began) / READS;
    const figure = `${READS} × layer.name: ${took.toFixed(2)} ms`;
    return took > SLOW || letters === 0 ? other(figure) : figure;
  });
}

/** All layers in one question, compared with Photoshop's own objects. @param {Lab} lab */
async function multiGet(lab) {
  return withScratch(lab, {}, async ({ document, modal, tree }) => {
    await modal.look("layers", async () => {
      for (let i = 0; i < LAYERS; i += 1) await layerIn(document, String(i));
    });
    await tree.treeOf(document); // the first reading compares, later ones do not
    const began = Date.now();
    const { layers } = await tree.treeOf(document);
    const figure = `${flat(layers).length}: ${Date.now() - began} ms`;
    const why = tree.way(document.id);
    return why ? other(`${figure}, ${why}`) : figure;
  });
}

/** A mask is told of, has its own bounds, and leaves the layer's alone. @param {Lab} lab */
async function mask(lab) {
  const { action } = lab.photoshop;
  return withScratch(lab, {}, async ({ document, modal, surface, notes }) =>
    modal.change(document.id, "mask", async () => {
      const layer = await layerIn(document, "mask");
      const plain = { width: 8, height: 8, channels: /** @type {4} */ (4) };
      const pixels = new Uint8Array(8 * 8 * 4).fill(255);
      await surface.put(document, layer, { ...plain, pixels }, { left: 3, top: 2 });
      const before = edges(layer.bounds);
      const [answer] = await action.batchPlay(
        [
          {
            _obj: "make",
            new: { _class: "channel" },
            at: { _ref: "channel", _enum: "channel", _value: "mask" },
            using: { _enum: "userMaskEnabled", _value: "revealAll" },
          },
        ],
        {},
      );
      if (answer?._obj === "error") throw new Error(String(answer.message));
      const [has] = await notes.haveMasks(document.id, [{ id: layer.id, masked: null }]);
      const { pixels: grey } = await surface.maskIn(document, layer, CANVAS);
      const shown = grey.filter((value) => value === 255).length;
      const after = edges(layer.bounds);
      const figure = `${has}, ${shown}/${grey.length}, ${before}`;
      if (!has || shown !== grey.length || before !== after) {
        throw new Error(before === after ? figure : `${figure} → ${after}`);
      }
      return figure;
    }),
  );
}

/** @param {import("../types/panel").Rect} bounds */
const edges = ({ left, top, right, bottom }) => [left, top, right, bottom].join(" ");

/** Pixels for a locked layer are refused with an error. @param {Lab} lab */
async function locked(lab) {
  return withScratch(lab, {}, async ({ document, modal, surface }) =>
    modal.change(document.id, "locked", async () => {
      const layer = await layerIn(document, "locked");
      layer.allLocked = true;
      const picture = { width: 2, height: 2, channels: /** @type {4} */ (4) };
      const pixels = new Uint8Array(16).fill(255);
      try {
        await surface.put(document, layer, { ...picture, pixels }, { left: 0, top: 0 });
        return other("+");
      } catch (error) {
        return wordsOf(error);
      } finally {
        layer.allLocked = false;
      }
    }),
  );
}

module.exports = { LAYERS: LAYERS_READ };
