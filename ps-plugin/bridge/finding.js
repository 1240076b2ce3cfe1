"use strict";

/**
 * Looking for the bridge: what listens at an address, and whether it is the one that the token is
 * for. A port says nothing of who has taken it, so the token is sent nowhere before the other side
 * has proven to know it, to a challenge that was never asked before.
 *
 * @typedef {"there" | "absent" | "older" | "newer" | "stranger"} Outcome stranger: it calls itself a
 *   bridge and does not know the token
 */

const { portOf } = require("./addresses.js");
const { proofOf, same, secret } = require("./secrets.js");

const PROTOCOL = 2;
const PATIENCE = 20000; // milliseconds for a bridge to answer; then another attempt is made

/** @param {{fetch: typeof fetch, wait: (milliseconds: number) => Promise<void>, random: () => number}} outside */
function makeFinding({ fetch, wait, random }) {
  /** @param {string} address @param {string} token empty: none yet @returns {Promise<Outcome>} */
  async function look(address, token) {
    const challenge = secret(random);
    const late = wait(PATIENCE).then(() => Promise.reject(new Error("late")));
    late.catch(() => undefined); // the answer may have won long before
    const asked = fetch(`${address}/health${token ? `?challenge=${challenge}` : ""}`);
    const health = await (await Promise.race([asked, late])).json();
    if (health.program !== "pentimento") return "absent";
    if (health.protocol !== PROTOCOL) return health.protocol < PROTOCOL ? "older" : "newer";
    if (!token) return "there";
    const proof = proofOf(token, portOf(address), challenge);
    return same(String(health.proof), proof) ? "there" : "stranger";
  }

  /**
   * The first that is the right one; else the first that calls itself a bridge.
   *
   * @param {string[]} addresses
   * @param {string} token
   * @returns {Promise<{address: string, outcome: Outcome}>} address empty: nothing is there
   */
  return async function find(addresses, token) {
    /** @type {{address: string, outcome: Outcome}} */
    let best = { address: "", outcome: "absent" };
    for (const address of addresses) {
      /** @type {Outcome} */
      let outcome = "absent";
      try {
        outcome = await look(address, token);
      } catch {
        // Nothing listens there, or the host refuses the address: try the next one.
      }
      if (outcome === "there") return { address, outcome };
      if (outcome !== "absent" && best.outcome === "absent") best = { address, outcome };
    }
    return best;
  };
}

module.exports = { makeFinding, PROTOCOL, PATIENCE };
