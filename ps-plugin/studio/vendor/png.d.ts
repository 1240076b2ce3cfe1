// What of fast-png the studio asks.

export interface Png {
  width: number;
  height: number;
  channels: number;
  depth: number;
  data: Uint8Array | Uint16Array;
  /** where the file has one */
  palette?: unknown;
  iccEmbeddedProfile?: { profile: Uint8Array };
}

export function encode(image: {
  width: number;
  height: number;
  channels: number;
  depth: number;
  data: ArrayLike<number>;
}): Uint8Array<ArrayBuffer>;

/** Throws what is wrong with the file. */
export function decode(file: Uint8Array): Png;
