"use strict";

/**
 * How the panel comes to know the token: it asks by itself once where it has none, again when the
 * painter wants it, or takes what was typed. What it has learnt it keeps, or says that it cannot.
 *
 * @typedef {import("../types/panel").Connection} Connection
 */

const keeping = require("./keeping.js");
const { makePairing } = require("../bridge/pairing.js");
const { t } = require("../words/texts.js");

const REST = 2000; // milliseconds after which a bridge that has gone is looked for again

/**
 * @param {{
 *   store: import("../types/panel").Store,
 *   bridge: Pick<ReturnType<typeof import("../bridge/bridge.js").makeBridge>, "pair" | "again" | "where">,
 *   secureStorage: import("../types/panel").Shelf,
 *   fetch: typeof fetch,
 *   wait: (milliseconds: number) => Promise<void>,
 *   random: () => number,
 * }} world
 */
function makeEntry({ store, bridge, secureStorage, ...outside }) {
  const pairing = makePairing(outside, (now) => store.dispatch({ type: "pairing", pairing: now }));
  let closed = false;

  /** Asks the bridge that was found to let the panel in. */
  async function ask() {
    const token = await pairing.ask(store.state().connection.address);
    if (token) await pair("", token);
    if (store.state().pairing?.stage !== "gone") return;
    await outside.wait(REST);
    if (!closed) bridge.again();
  }

  /** @param {string} address as bridge/addresses.js has it; empty: as before @param {string} token empty: as before, at another address */
  async function pair(address, token) {
    pairing.end();
    const known = token || (address ? bridge.where().token : "");
    const kept = await keeping.savePairing(secureStorage, address, known);
    if (known && !kept) {
      store.dispatch({ type: "said", notice: { kind: "note", text: t("pairing.notKept") } });
    }
    bridge.pair(address || null, known);
  }

  return {
    ask,
    pair,

    /** A bridge that knows nobody here is asked at once. @param {Connection} connection */
    connected({ status, trouble }) {
      const { pairing: now } = store.state();
      if (status !== "unpaired" || trouble) return;
      if (!now || now.stage === "gone") void ask();
    },

    end() {
      closed = true;
      pairing.end();
    },
  };
}

module.exports = { makeEntry };
