"use strict";
// JPEG files, baseline, with their colour profile: RGB of 8 bit, all three components at full size.
//
// jpeg-js makes them; the profile is put in here. The quality is 0..12 as Photoshop counts it.
// assumed: what a number of it means for the tables.

const { encode } = require("../vendor/jpeg.js");

const HEADER = 20; // bytes up to the end of APP0, behind which the profile lies
const ICC = [..."ICC_PROFILE\0\x01\x01"].map((letter) => letter.charCodeAt(0)); // the first of one

/**
 * @param {{width: number, height: number, rgb: ArrayLike<number>}} image
 * @param {{quality?: number, icc?: Uint8Array}} [options] without icc no profile is in the file
 * @returns {Uint8Array}
 */
function writeJpeg({ width, height, rgb }, { quality = 8, icc } = {}) {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    for (let c = 0; c < 3; c++) data[j + c] = rgb[i + c];
  }
  const file = encode({ width, height, data }, Math.round((100 * (quality + 1)) / 13)).data;
  if (!icc) return file;
  const length = 2 + ICC.length + icc.length;
  const profile = [0xff, 0xe2, length >> 8, length & 255, ...ICC, ...icc];
  return Uint8Array.from([...file.subarray(0, HEADER), ...profile, ...file.subarray(HEADER)]);
}

module.exports = { writeJpeg };
