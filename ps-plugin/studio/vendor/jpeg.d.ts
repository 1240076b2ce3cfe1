// What of jpeg-js the studio asks.

/** RGBA, 8 bit; quality 1 to 100. */
export function encode(
  image: { width: number; height: number; data: Uint8Array },
  quality: number,
): { data: Uint8Array };
