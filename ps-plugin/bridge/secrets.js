"use strict";

/**
 * What nobody can guess, and what shows that somebody knows the token.
 *
 * secret(random)   64 hex digits
 * proofOf(...)     what only who knows the token can answer to a challenge, as bridge/access/access.py has it
 * same(a, b)       whether two texts are equal, in as long for any two of one length
 */

const { hmac, sha256 } = require("../pixels/sha256.js");

/**
 * The host's own source of chance where it has one, and the other one in any case.
 *
 * @param {() => number} random 0..1
 */
function secret(random) {
  const bytes = new Uint8Array(32);
  if (typeof crypto === "object" && crypto && crypto.getRandomValues) crypto.getRandomValues(bytes);
  const more = Array.from({ length: 8 }, random).join(" ");
  return sha256(bytes, more);
}

/** @param {string} token @param {number} port @param {string} challenge */
const proofOf = (token, port, challenge) => hmac(token, `${port} ${challenge}`);

/** @param {string} a @param {string} b */
function same(a, b) {
  let differs = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) differs |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return differs === 0;
}

module.exports = { secret, proofOf, same };
