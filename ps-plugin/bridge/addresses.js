"use strict";

/**
 * Where a bridge can be: on this machine, which has several names. Photoshop may know one of them
 * only, so that each is tried.
 *
 * USUAL              where it listens unless it was told otherwise
 * addressOf(typed)   an address as a painter types it; null: no bridge can be reached there
 * waysTo(address)    the same by its other names too, as it was given first
 * portOf(address)    the port's number
 */

const PORT = 7866;
const NAMES = ["localhost", "127.0.0.1", "[::1]"];
const TRIED = ["localhost", "127.0.0.1"]; // by themselves
const USUAL = TRIED.map((name) => `http://${name}:${PORT}`);

/** @param {string} typed @returns {string | null} such as http://localhost:7866 */
function addressOf(typed) {
  const found = /^(?:http:\/\/)?(\[[\da-f:]+\]|[^/:\s]+)(?::(\d{1,5}))?\/*$/i.exec(typed.trim());
  if (!found) return null;
  const name = found[1].toLowerCase();
  const port = Number(found[2] ?? PORT);
  if (!NAMES.includes(name) || port < 1 || port > 65535) return null;
  return `http://${name}:${port}`;
}

/** @param {string} address @returns {string[]} */
function waysTo(address) {
  const others = TRIED.map((name) => `http://${name}:${portOf(address)}`);
  return [address, ...others.filter((other) => other !== address)];
}

/** @param {string} address */
function portOf(address) {
  return Number(/:(\d+)\/*$/.exec(address)?.[1] ?? 80);
}

module.exports = { USUAL, addressOf, waysTo, portOf };
