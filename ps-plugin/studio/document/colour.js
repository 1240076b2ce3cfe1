"use strict";
// Colour: what a number of a pixel means, and the same colour in another profile or depth.
//
// All have one white, D65, and differ in their primaries: sRGB's, those of Display P3 (SMPTE EG
// 432-1) and of Adobe RGB (1998). sRGB and Display P3 have sRGB's transfer curve (IEC 61966-2-1),
// Adobe RGB a gamma of 563/256. So one matrix, made of the chromaticities, leads from one to the
// other, and what is grey stays grey. What lies outside of the narrower one is clipped there:
// relative colorimetric, as matrix profiles do it.
//
//   SRGB, P3, ADOBE, GRAY, PROFILES   the names Photoshop gives them
//   fullOf                     the largest value: 255, 32768, 65535
//   encode, decode             the transfer curve; sRGB's where no profile is named
//   toXyz, GAMMAS              what a profile's file says of it
//   matrixBetween              linear red, green, blue to those of another profile
//   converted                  pixels in another profile, range or depth
//   numbersOf                  "#2b2b2b" as three numbers

const SRGB = "sRGB IEC61966-2.1";
const P3 = "Display P3";
const ADOBE = "Adobe RGB (1998)";
const GRAY = "Gray Gamma 2.2";

/** @typedef {8 | 16} Depth bits for each channel */
/** @typedef {Uint8Array | Uint16Array} Values */
/** @typedef {{profile: string, full: number}} Meaning full: the value of the brightest */
/** @typedef {[number, number, number]} Three */

/** @type {[number, number]} x, y */
const D65 = [0.3127, 0.329];
/**
 * x, y of red, green and blue.
 *
 * @type {Record<string, [number, number][]>}
 */
const PRIMARIES = {
  [SRGB]: [
    [0.64, 0.33],
    [0.3, 0.6],
    [0.15, 0.06],
  ],
  [P3]: [
    [0.68, 0.32],
    [0.265, 0.69],
    [0.15, 0.06],
  ],
  [ADOBE]: [
    [0.64, 0.33],
    [0.21, 0.71],
    [0.15, 0.06],
  ],
};
/** Profiles whose curve is a plain power of light: 2 51/256 as Adobe RGB (1998) has it. */
const GAMMAS = { [ADOBE]: 563 / 256 };
/** RGB profiles that documents and pixels may have. */
const PROFILES = Object.keys(PRIMARIES);

/** documented (imaging.md): 16 bit are 0..32768, or 0..65535 where `fullRange` is asked for. */
const FULL = { 8: 255, 16: 32768 };
const FULL_RANGE = 65535;

/** @param {Depth} depth */
const fullOf = (depth) => FULL[depth];

/** Linear light to a stored value, both 0..1. @param {number} light @param {string} [profile] */
function encode(light, profile = SRGB) {
  if (GAMMAS[profile]) return light ** (1 / GAMMAS[profile]);
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** A stored value to linear light, both 0..1. @param {number} value @param {string} [profile] */
function decode(value, profile = SRGB) {
  if (GAMMAS[profile]) return value ** GAMMAS[profile];
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/**
 * Linear RGB of a profile to XYZ: columns are the primaries, scaled so that white is D65.
 *
 * @param {string} profile
 * @returns {Three[]}
 */
function toXyz(profile) {
  const primaries = transposed(PRIMARIES[profile].map(xyz));
  const scale = times(inverse(primaries), xyz(D65));
  return primaries.map(([r, g, b]) => [r * scale[0], g * scale[1], b * scale[2]]);
}

/** @param {[number, number]} chromaticity @returns {Three} at Y = 1 */
const xyz = ([x, y]) => [x / y, 1, (1 - x - y) / y];

/** @param {Three[]} m @returns {Three[]} */
const transposed = (m) => [0, 1, 2].map((row) => [m[0][row], m[1][row], m[2][row]]);

/** @param {Three[]} matrix @param {Three} v */
const times = (matrix, v) => matrix.map(([a, b, c]) => a * v[0] + b * v[1] + c * v[2]);

/** By cofactors. @param {Three[]} matrix @returns {Three[]} */
function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  /** @type {Three[]} */
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return cofactors.map(([x, y, z]) => [x / determinant, y / determinant, z / determinant]);
}

/**
 * @param {string} from a profile
 * @param {string} to
 * @returns {number[][]} three rows
 */
function matrixBetween(from, to) {
  const columns = transposed(toXyz(from));
  return inverse(toXyz(to)).map((row) => times(columns, row));
}

/** @type {Map<string, number[][]>} */
const matrices = new Map();

function matrixFor(from, to) {
  const key = `${from}>${to}`;
  const known = matrices.get(key) ?? matrixBetween(from, to);
  matrices.set(key, known);
  return known;
}

/**
 * The same colours, told otherwise. Alpha and grey are only scaled; rounded once, to the nearest.
 *
 * @param {Values} data chunky
 * @param {number} channels 1 grey, 3 RGB, 4 RGBA
 * @param {Meaning} from
 * @param {Meaning} to
 * @returns {Values} the same array when nothing differs
 */
function converted(data, channels, from, to) {
  const sameColours = channels === 1 || from.profile === to.profile;
  const made = to.full === 255 ? Uint8Array : Uint16Array;
  const sameNumbers = from.full === to.full && data.BYTES_PER_ELEMENT === made.BYTES_PER_ELEMENT;
  if (sameColours && sameNumbers) return data;
  const result = new made(data.length);
  const scale = to.full / from.full;
  if (sameColours) {
    for (let i = 0; i < data.length; i++) result[i] = Math.round(data[i] * scale);
    return result;
  }
  const [[rr, rg, rb], [gr, gg, gb], [br, bg, bb]] = matrixFor(from.profile, to.profile);
  const linear = lightOf(from);
  const stored = storedAt(to);
  for (let i = 0; i < data.length; i += channels) {
    const r = linear[data[i]];
    const g = linear[data[i + 1]];
    const b = linear[data[i + 2]];
    result[i] = stored(rr * r + rg * g + rb * b);
    result[i + 1] = stored(gr * r + gg * g + gb * b);
    result[i + 2] = stored(br * r + bg * g + bb * b);
    if (channels === 4) result[i + 3] = Math.round(data[i + 3] * scale);
  }
  return result;
}

/** A table's name: profiles with one curve share it. @param {Meaning} meaning */
const curveAt = ({ profile, full }) => `${GAMMAS[profile] ?? "sRGB"} ${full}`;

/** @type {Map<string, Float64Array>} */
const lights = new Map();

/** Linear light of every value there is. @param {Meaning} meaning */
function lightOf({ profile, full }) {
  const name = curveAt({ profile, full });
  let table = lights.get(name);
  if (!table) {
    table = Float64Array.from({ length: full + 1 }, (_, value) => decode(value / full, profile));
    lights.set(name, table);
  }
  return table;
}

const GUESSES = 32768; // places in a table of first guesses

/** @type {Map<string, (light: number) => number>} */
const storers = new Map();

/**
 * Light to the nearest stored value, clipped: `Math.round(encode(light) * full)`, much faster.
 * A guess from a table is mended at the bounds between two values.
 *
 * @param {Meaning} meaning
 */
function storedAt({ profile, full }) {
  const name = curveAt({ profile, full });
  const known = storers.get(name);
  if (known) return known;
  const bounds = Float64Array.from({ length: full }, (_, value) =>
    decode((value + 0.5) / full, profile),
  );
  const guesses = Uint16Array.from({ length: GUESSES + 1 }, (_, i) =>
    Math.round(encode(i / GUESSES, profile) * full),
  );
  const stored = (light) => {
    if (light <= 0) return 0;
    if (light >= 1) return full;
    let value = guesses[Math.floor(light * GUESSES)];
    while (value < full && light >= bounds[value]) value += 1;
    while (value > 0 && light < bounds[value - 1]) value -= 1;
    return value;
  };
  storers.set(name, stored);
  return stored;
}

/** A colour as the numbers 0..255. @param {string} hex such as "#2b2b2b" */
const numbersOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

module.exports = {
  SRGB,
  P3,
  ADOBE,
  GRAY,
  PROFILES,
  FULL_RANGE,
  fullOf,
  encode,
  decode,
  toXyz,
  GAMMAS,
  matrixBetween,
  converted,
  numbersOf,
};
