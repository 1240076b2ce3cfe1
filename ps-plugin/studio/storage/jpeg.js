"use strict";
// JPEG files, baseline, with their colour profile: RGB of 8 bit, all three components at full size.
//
// The tables are those of the standard's annex K (ITU-T T.81); the quality is 0..12 as Photoshop
// counts it. assumed: what a number of it means for the tables.

const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = Array.from({ length: 64 }, (_, i) => {
  const [x, y] = [i % 8, i >> 3];
  if (x > 3 || y > 3 || x + y > 4) return 99;
  return [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 99, 47, 66, 99, 99][y * 4 + x];
});

/** Places of a block in the order in which they are written. */
const ZIGZAG = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const [ax, ay, bx, by] = [a % 8, a >> 3, b % 8, b >> 3];
  if (ax + ay !== bx + by) return ax + ay - (bx + by);
  return (ax + ay) % 2 ? ay - by : ax - bx;
});

/** Codes: how many there are of each length, and what they stand for. */
const DC = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};
// every pair of a run of zeros and a size, eight bits each: longer than annex K's, and right for all
const AC_VALUES = [
  0x00,
  0xf0,
  ...Array.from({ length: 160 }, (_, i) => (i % 16 << 4) | (Math.floor(i / 16) + 1)),
];
// the commonest have 3 to 7 bits, all others 9; no code is all ones
const AC = { counts: [0, 0, 2, 3, 4, 6, 8, 0, 139, 0, 0, 0, 0, 0, 0, 0], values: AC_VALUES };

/** @returns {Map<number, [number, number]>} code and length by value */
function codesOf({ counts, values }) {
  const codes = new Map();
  let code = 0;
  let next = 0;
  counts.forEach((count, index) => {
    for (let i = 0; i < count; i++) codes.set(values[next++], [code++, index + 1]);
    code *= 2;
  });
  return codes;
}

const WAVES = Array.from({ length: 8 }, (_, u) =>
  Array.from(
    { length: 8 },
    (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u ? 0.5 : Math.SQRT1_2 / 2),
  ),
);

/** @param {number[]} block 64 values about 0 */
function transformed(block) {
  const rows = new Float64Array(64);
  const result = new Float64Array(64);
  for (let y = 0; y < 8; y++)
    for (let u = 0; u < 8; u++)
      for (let x = 0; x < 8; x++) rows[y * 8 + u] += block[y * 8 + x] * WAVES[u][x];
  for (let u = 0; u < 8; u++)
    for (let v = 0; v < 8; v++)
      for (let y = 0; y < 8; y++) result[v * 8 + u] += rows[y * 8 + u] * WAVES[v][y];
  return result;
}

function createBits() {
  /** @type {number[]} */
  const bytes = [];
  let held = 0;
  let count = 0;
  function put(value, length) {
    for (let bit = length - 1; bit >= 0; bit--) {
      held = (held << 1) | ((value >> bit) & 1);
      if (++count < 8) continue;
      bytes.push(held);
      if (held === 255) bytes.push(0); // or it would be a marker
      held = count = 0;
    }
  }
  const end = () => {
    while (count) put(1, 1);
    return bytes;
  };
  return { put, end };
}

/** How many bits a number has, and those bits as the standard writes them. */
function sized(value) {
  const size = value ? Math.floor(Math.log2(Math.abs(value))) + 1 : 0;
  return { size, bits: value < 0 ? value + 2 ** size - 1 : value };
}

/** @param {number} quality 0..12 */
function tablesFor(quality) {
  const share = (quality + 1) / 13; // 12: each step is 1
  const scale = share >= 0.5 ? 2 - 2 * share : 0.5 / share;
  return [LUMA, CHROMA].map((table) =>
    table.map((value) => Math.min(255, Math.max(1, Math.round(value * scale)))),
  );
}

const segment = (marker, body) => [
  0xff,
  marker,
  (body.length + 2) >> 8,
  (body.length + 2) & 255,
  ...body,
];

/**
 * @param {{width: number, height: number, rgb: ArrayLike<number>}} image
 * @param {{quality?: number, icc?: Uint8Array}} [options] without icc no profile is in the file
 * @returns {Uint8Array}
 */
function writeJpeg({ width, height, rgb }, { quality = 8, icc } = {}) {
  const tables = tablesFor(quality);
  const codes = { dc: codesOf(DC), ac: codesOf(AC) };
  const bits = createBits();
  const before = [0, 0, 0];
  const planes = planesOf(width, height, rgb);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      planes.forEach((plane, component) => {
        const block = blockAt(plane, width, height, left, top);
        const table = tables[component ? 1 : 0];
        const waves = transformed(block);
        const steps = ZIGZAG.map((place) => Math.round(waves[place] / table[place]));
        writeBlock(bits, codes, steps, steps[0] - before[component]);
        before[component] = steps[0];
      });
    }
  }
  const quantised = tables.flatMap((table, id) => [id, ...ZIGZAG.map((place) => table[place])]);
  const components = [1, 2, 3].flatMap((id) => [id, 0x11, id === 1 ? 0 : 1]);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const letters = [..."ICC_PROFILE\0"].map((letter) => letter.charCodeAt(0));
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...(icc ? segment(0xe2, [...letters, 1, 1, ...icc]) : []),
    ...segment(0xdb, quantised),
    ...segment(0xc0, [8, ...size, 3, ...components]),
    ...segment(0xc4, [0, ...DC.counts, ...DC.values, 0x10, ...AC.counts, ...AC.values]),
    ...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    ...bits.end(),
    ...[0xff, 0xd9],
  ]);
}

/** Luma and two chromas, as JFIF has them, about 0. */
function planesOf(width, height, rgb) {
  const planes = [0, 1, 2].map(() => new Float64Array(width * height));
  for (let i = 0, j = 0; i < width * height; i++, j += 3) {
    const [r, g, b] = [rgb[j], rgb[j + 1], rgb[j + 2]];
    planes[0][i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
    planes[1][i] = -0.168736 * r - 0.331264 * g + 0.5 * b;
    planes[2][i] = 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  return planes;
}

/** Eight by eight; beyond the edge its last values go on. */
function blockAt(plane, width, height, left, top) {
  return Array.from({ length: 64 }, (_, i) => {
    const x = Math.min(width - 1, left + (i % 8));
    const y = Math.min(height - 1, top + (i >> 3));
    return plane[y * width + x];
  });
}

function writeBlock(bits, { dc, ac }, steps, difference) {
  const first = sized(difference);
  bits.put(...dc.get(first.size));
  bits.put(first.bits, first.size);
  let zeros = 0;
  const last = steps.findLastIndex((value, i) => i > 0 && value !== 0);
  for (let i = 1; i <= last; i++) {
    if (steps[i] === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) bits.put(...ac.get(0xf0));
    const { size, bits: value } = sized(steps[i]);
    bits.put(...ac.get((zeros << 4) | size));
    bits.put(value, size);
    zeros = 0;
  }
  if (last < 63) bits.put(...ac.get(0x00));
}

module.exports = { writeJpeg };
