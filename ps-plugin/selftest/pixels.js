"use strict";

/**
 * Self-test: what is written comes back, value by value.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 * @typedef {import("../types/panel").Picture} Picture
 */

const { withScratch, WIDTH, HEIGHT } = require("./scratch.js");
const { other, wordsOf } = require("./outcomes.js");
const { selectedBounds } = require("../photoshop/surface.js");
const { placed } = require("../pixels/pixels.js");
const { t } = require("../words/texts.js");

const CANVAS = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };
const CORNER = { left: 7, top: 5 };
const GREY = "Gray Gamma 2.2"; // Adobe: the profile of masks and selections
const STEPS_16 = 32768; // Photoshop's 16 bits

/** @type {Check[]} */
const PIXELS = [
  { name: "pixels8", run: (lab) => roundTrip(lab, 8) },
  { name: "pixels16", run: (lab) => roundTrip(lab, 16) },
  { name: "otherDepth", run: otherDepth },
  { name: "profile", run: (lab) => roundTrip(lab, 8, "Display P3") },
  { name: "composite", run: composite },
  { name: "selection", run: selection },
];

/**
 * An odd size, at an odd corner, all alphas, on a layer that is smaller than the canvas.
 *
 * @param {Lab} lab
 * @param {8 | 16} depth
 * @param {string} [profile]
 */
async function roundTrip(lab, depth, profile) {
  return withScratch(lab, { depth, ...(profile && { profile }) }, async (bench) => {
    const { document, modal, surface } = bench;
    const wrote = gradient(23, 11, depth);
    const { picture, name } = await modal.change(document.id, "pixels", async () => {
      const layer = await document.createPixelLayer({ name: "pixels" });
      if (!layer) throw new Error(t("selftestSaw.noLayer"));
      const own = (await surface.pixelsIn(document, layer, CANVAS)).picture.profile;
      await surface.put(document, layer, { ...wrote, profile: own }, CORNER);
      const { picture } = await surface.pixelsIn(document, layer, CANVAS);
      return { picture, name: document.colorProfileName };
    });
    if (profile && name !== profile) {
      throw new Error(t("selftestSaw.other", { wrote: profile, read: name }));
    }
    const part = { width: 23, height: 11, components: 4, data: wrote.pixels };
    const expected = placed(part, CORNER, CANVAS, 4);
    same(expected, picture);
    return `${depth} bit, ${name}, ${expected.pixels.length} values`;
  });
}

/** Whether 8 bits can be read of a document of 16; the panel never asks for them. @param {Lab} lab */
async function otherDepth(lab) {
  const { imaging } = lab.photoshop;
  return withScratch(lab, { depth: 16 }, async ({ document, modal, surface }) => {
    return modal.change(document.id, "pixels", async () => {
      const layer = await document.createPixelLayer({ name: "pixels" });
      if (!layer) throw new Error(t("selftestSaw.noLayer"));
      await surface.put(document, layer, gradient(23, 11, 16), CORNER);
      const question = { documentID: document.id, layerID: layer.id };
      try {
        const { imageData } = await imaging.getPixels({ ...question, componentSize: 8 });
        const { componentSize } = imageData;
        imageData.dispose();
        return `${componentSize} bit`;
      } catch (error) {
        return other(wordsOf(error));
      }
    });
  });
}

/**
 * Red, green and blue from one end to the other; alpha from nothing to full.
 *
 * @param {number} width
 * @param {number} height
 * @param {8 | 16} depth
 * @returns {Picture} nothing where alpha is nothing; 16 bit: values that Photoshop's 32769 steps hold
 */
function gradient(width, height, depth) {
  const count = width * height * 4;
  const pixels = depth === 8 ? new Uint8Array(count) : new Uint16Array(count);
  /** @param {number} share 0..1 */
  const value = (share) =>
    depth === 8
      ? Math.round(share * 255)
      : Math.round((Math.round(share * STEPS_16) * 65535) / STEPS_16);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (y === 0) continue; // a row of nothing: Photoshop trims it, the panel puts it back
      const at = (y * width + x) * 4;
      const across = x / (width - 1);
      pixels[at] = value(across);
      pixels[at + 1] = value(1 - across);
      pixels[at + 2] = value((across * 7) % 1);
      pixels[at + 3] = value(y / (height - 1));
    }
  }
  return { width, height, channels: 4, pixels };
}

/** What all layers together look like: half of one colour over another. @param {Lab} lab */
async function composite(lab) {
  return withScratch(lab, { depth: 8 }, async ({ document, modal, surface }) => {
    const { picture } = await modal.change(document.id, "composite", async () => {
      for (const colour of [
        [200, 40, 80, 255],
        [0, 120, 240, 128],
      ]) {
        const layer = await document.createPixelLayer({ name: "composite" });
        if (!layer) throw new Error(t("selftestSaw.noLayer"));
        await surface.put(document, layer, plain(colour), { left: 0, top: 0 });
      }
      return surface.pixelsIn(document, null, CANVAS);
    });
    same(plain([100, 80, 160, 255]), picture, 1);
    return `${picture.pixels.slice(0, 4).join(" ")}`;
  });
}

/** @param {number[]} colour @returns {Picture} of the canvas's size */
function plain(colour) {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let i = 0; i < pixels.length; i += 4) pixels.set(colour, i);
  return { width: WIDTH, height: HEIGHT, channels: 4, pixels };
}

/** 255 is selected, 0 is not, and what is between stays between. @param {Lab} lab */
async function selection(lab) {
  const { imaging } = lab.photoshop;
  return withScratch(lab, { depth: 8 }, async ({ document, modal, surface }) => {
    const [width, height] = [16, 9];
    const grey = Uint8Array.from({ length: width * height }, (_, i) => 15 + (i % width) * 16);
    const found = await modal.change(document.id, "selection", async () => {
      const imageData = await imaging.createImageDataFromBuffer(grey, {
        width,
        height,
        components: 1,
        colorSpace: "Grayscale",
        colorProfile: GREY,
      });
      const { left, top } = CORNER;
      const targetBounds = { left, top, right: left + width, bottom: top + height };
      try {
        await imaging.putSelection({ documentID: document.id, imageData, targetBounds });
      } finally {
        imageData.dispose();
      }
      const bounds = selectedBounds(document);
      if (!bounds) throw new Error(t("selftestSaw.noSelection"));
      return surface.selectionIn(document.id, bounds, CANVAS);
    });
    const part = { width, height, components: 1, data: grey };
    same(placed(part, CORNER, CANVAS, 1), found, 1);
    return `${grey[0]}..${grey[width - 1]}`;
  });
}

/** @param {Picture} wrote @param {Picture} read @param {number} [tolerance] levels */
function same(wrote, read, tolerance = 0) {
  if (read.pixels.length !== wrote.pixels.length) {
    const [one, other] = [wrote, read].map(({ width, height }) => `${width} × ${height}`);
    throw new Error(t("selftestSaw.other", { wrote: one, read: other }));
  }
  const wrong = [];
  for (let i = 0; i < wrote.pixels.length; i += 1) {
    if (Math.abs(wrote.pixels[i] - read.pixels[i]) > tolerance) wrong.push(i);
  }
  if (wrong.length === 0) return;
  const pixel = Math.floor(wrong[0] / wrote.channels);
  /** @param {Picture} picture */
  const at = ({ pixels, channels }) =>
    pixels.slice(pixel * channels, (pixel + 1) * channels).join(" ");
  const place = { x: pixel % wrote.width, y: Math.floor(pixel / wrote.width) };
  const counts = { count: wrong.length, all: wrote.pixels.length };
  throw new Error(
    t("selftestSaw.pixels", { ...counts, ...place, wrote: at(wrote), read: at(read) }),
  );
}

module.exports = { PIXELS };
