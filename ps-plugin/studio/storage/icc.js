"use strict";
// Colour profiles as files carry them: ICC version 4, a matrix and one curve.
//
//   iccOf      a profile's bytes, by its name
//   nameIn     the name in a profile's bytes; one of PROFILES where it is one of those

const { SRGB, P3, GAMMAS, PROFILES, toXyz } = require("../document/colour.js");

/** Bradford's way from D65 to D50, the white of files (ICC.1, annex E), and that white. */
const TO_D50 = [
  [1.0479298, 0.0229468, -0.0501922],
  [0.0296278, 0.9904345, -0.0170738],
  [-0.0092431, 0.0150551, 0.7518743],
];
const D50 = [0.9642, 1, 0.8249];
/** IEC 61966-2-1's curve as a function of type 3: gamma, a, b, c, d. */
const SRGB_CURVE = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];

const HEAD = 128; // bytes
const TAG = 12; // bytes of a tag's entry

const word = (text) => [...text].map((letter) => letter.charCodeAt(0));
const four = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const fixed = (value) => four(Math.round(value * 65536));
const xyz = (values) => [...word("XYZ "), ...four(0), ...values.flatMap(fixed)];

/** Text in one language, as version 4 has it. @param {string} text */
function told(text) {
  const letters = [...text].flatMap((letter) => [0, letter.charCodeAt(0)]);
  const head = [...word("mluc"), ...four(0), ...four(1), ...four(12), ...word("enUS")];
  return [...head, ...four(letters.length), ...four(28), ...letters];
}

/** @param {string} profile */
function curveOf(profile) {
  const gamma = GAMMAS[profile];
  const numbers = gamma ? [gamma] : SRGB_CURVE;
  return [...word("para"), ...four(0), 0, gamma ? 0 : 3, 0, 0, ...numbers.flatMap(fixed)];
}

/** @param {string} profile one of PROFILES @returns {Uint8Array<ArrayBuffer>} */
function iccOf(profile) {
  const columns = toXyz(profile);
  const primaries = [0, 1, 2].map((column) =>
    TO_D50.map((row) => row.reduce((sum, value, i) => sum + value * columns[i][column], 0)),
  );
  const curve = curveOf(profile);
  /** @type {[string, number[]][]} */
  const tags = [
    ["desc", told(profile)],
    ["cprt", told("No copyright, use freely")],
    ["wtpt", xyz(D50)],
    ["chad", [...word("sf32"), ...four(0), ...TO_D50.flat().flatMap(fixed)]],
    ...primaries.map((one, i) => /** @type {[string, number[]]} */ ([`${"rgb"[i]}XYZ`, xyz(one)])),
    ...["rTRC", "gTRC", "bTRC"].map((name) => /** @type {[string, number[]]} */ ([name, curve])),
  ];
  const table = [];
  const data = [];
  let at = HEAD + 4 + tags.length * TAG;
  for (const [name, bytes] of tags) {
    table.push(...word(name), ...four(at), ...four(bytes.length));
    while (bytes.length % 4) bytes.push(0);
    data.push(...bytes);
    at += bytes.length;
  }
  const head = [
    ...four(at),
    ...four(0),
    ...four(0x04300000),
    ...word("mntrRGB XYZ "),
    ...[2026, 1, 1, 0, 0, 0].flatMap((part) => [part >> 8, part & 255]),
    ...word("acsp"),
    ...Array(28).fill(0),
    ...D50.flatMap(fixed),
  ];
  head.push(...Array(HEAD - head.length).fill(0));
  return Uint8Array.from([...head, ...four(tags.length), ...table, ...data]);
}

/** @param {Uint8Array} icc @returns {string} "" where it has none */
function nameIn(icc) {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.length);
  const count = view.getUint32(HEAD);
  for (let i = 0; i < count; i++) {
    const entry = HEAD + 4 + i * TAG;
    if (String.fromCharCode(...icc.subarray(entry, entry + 4)) !== "desc") continue;
    const at = view.getUint32(entry + 4);
    const text = descriptionAt(icc, view, at);
    // makers add a version to the name
    const known = text.startsWith("sRGB") ? SRGB : text.startsWith(P3) ? P3 : text;
    return PROFILES.includes(known) ? known : text;
  }
  return "";
}

function descriptionAt(icc, view, at) {
  const text = (from, to) => String.fromCharCode(...icc.subarray(from, to)).replaceAll("\0", "");
  if (text(at, at + 4) === "mluc") {
    const start = at + view.getUint32(at + 24);
    return text(start, start + view.getUint32(at + 20));
  }
  return text(at + 12, at + 12 + view.getUint32(at + 8));
}

module.exports = { iccOf, nameIn };
