"use strict";

/**
 * What pipelines/recipe.py says of its fields. Made by scripts/generate.py; never changed by hand.
 *
 * RECIPE, REGION          what each plain field may be, and what it is where nothing is said
 * SHOWN                   the recipe's that the panel shows as they are
 * IMAGES, STEPS           where a recipe names such; "*" stands for each of a list
 * DRAWS                   the samplers with fresh noise at each step
 * MIN_SIDE, MAX_SIDE      pixels
 * MAX_REGIONS             of a recipe
 *
 * @typedef {import("./fields.js").Field & {usual?: string | number | boolean | null}} Said
 */

/** @type {Record<string, Said>} */
const RECIPE = {
  prompt: { text: true },
  width: { least: 8, most: 8192, whole: true },
  height: { least: 8, most: 8192, whole: true },
  negative_prompt: { text: true, usual: "" },
  clip_skip: { least: 0, most: 31, whole: true, none: true, usual: null },
  num_inference_steps: { least: 1, most: 250, whole: true, usual: 20 },
  guidance_scale: { least: 0, most: 100, usual: 3 },
  seed: { least: 0, most: 9007199254740991, whole: true, usual: 0 },
  sampler: {
    one: ["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "heun", "lcm"],
    usual: "dpmpp_2m",
  },
  eta: { least: 0, most: 1, usual: 0 },
  strength: { least: 0, most: 1, usual: 1 },
  panorama: { yes: true, usual: false },
  working_width: { least: 8, most: 8192, whole: true, none: true, usual: null },
  working_height: { least: 8, most: 8192, whole: true, none: true, usual: null },
  depth: { one: [8, 16], usual: 8 },
  profile: { one: ["sRGB", "Display P3", "Adobe RGB (1998)"], usual: "sRGB" },
};

/** @type {Record<string, Said>} */
const REGION = {
  prompt: { text: true },
  negative_prompt: { text: true, none: true, usual: null },
  prompt_strength: { least: 0, most: 1, usual: 1 },
  alpha: { least: 0, most: 1, usual: 1 },
  blur: { least: 0, most: 512, usual: 0 },
  weight: { least: 0.001, most: 1000, usual: 1 },
  seed: { least: 0, most: 9007199254740991, whole: true, none: true, usual: null },
  mode: { one: ["blend", "isolate"], usual: "blend" },
  isolate_steps: { least: 1, most: 250, whole: true, none: true, usual: null },
  bootstrap_steps: { least: 0, most: 250, whole: true, none: true, usual: null },
  quantisation: { one: ["discrete", "semi", "continuous"], usual: "continuous" },
};

/** @type {Record<string, Said>} */
const SHOWN = { clip_skip: RECIPE.clip_skip };

const IMAGES = [
  "init_image",
  "mask",
  "regions.*.mask",
  "hold.edit",
  "hold.handed",
  "hold.mask",
  "kept.picture",
  "kept.mask",
  "rewind.edit",
  "rewind.handed",
  "rewind.mask",
];
const STEPS = ["hold.step", "kept.step"];

const DRAWS = ["euler_ancestral", "lcm"];
const MIN_SIDE = 8;
const MAX_SIDE = 8192;
const MAX_REGIONS = 64;

module.exports = { RECIPE, REGION, SHOWN, IMAGES, STEPS, DRAWS, MIN_SIDE, MAX_SIDE, MAX_REGIONS };
