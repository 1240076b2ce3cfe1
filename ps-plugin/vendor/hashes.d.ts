// What of @noble/hashes the panel asks.

interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(): Uint8Array;
}

/** Made by create(): what is said in parts. */
export const sha256: { create(): Hash };

/** RFC 2104 */
export function hmac(hash: typeof sha256, key: Uint8Array, message: Uint8Array): Uint8Array;

export function bytesToHex(bytes: Uint8Array): string;
