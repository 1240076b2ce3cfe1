"use strict";

/**
 * Being let in without typing: the panel asks, both sides show the same six words, and the painter
 * says yes at the bridge. bridge/access/pairing.py has the whole of it, and what others could try.
 *
 * @typedef {import("../types/panel").Pairing} Pairing
 */

const { portOf } = require("./addresses.js");
const { WORDS } = require("./pairing_words.js");
const { secret } = require("./secrets.js");
const { sha256 } = require("../pixels/sha256.js");
const { t } = require("../words/texts.js");

const LABEL = "pentimento-pairing-1";
const SHOWN = 6; // words
const PACE = 1000; // milliseconds between two questions what has become of it
const PATIENCE = 20000; // milliseconds for an answer
const FAILURES = 3; // in a row, of a bridge that has gone
const TOKEN = /^[\w-]{32,128}$/;

const NOTHING = new Uint8Array(0);

/** What binds the panel to its nonce before it hears the bridge's. @param {string} nonce */
const promiseOf = (nonce) => sha256(NOTHING, `${LABEL} promise\n${nonce}`);

/** @param {string} panel @param {string} bridge nonces @param {number} port that was reached */
function wordsOf(panel, bridge, port) {
  const digest = sha256(NOTHING, `${LABEL} words\n${panel}\n${bridge}\n${port}`);
  return Array.from({ length: SHOWN }, (_, i) => WORDS[parseInt(digest.substr(2 * i, 2), 16)]);
}

/**
 * @param {{fetch: typeof fetch, wait: (milliseconds: number) => Promise<void>, random: () => number}} outside
 * @param {(pairing: Pairing | null) => void} tell
 */
function makePairing({ fetch, wait, random }, tell) {
  let current = 0; // which asking counts; an older one ends unheard

  /** @param {string} url @param {Record<string, string>} body @returns {Promise<any>} what is checked where it is read */
  async function post(url, body) {
    const late = wait(PATIENCE).then(() => Promise.reject(new Error("late")));
    late.catch(() => undefined); // the answer may have won long before
    const asked = fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await Promise.race([asked, late]);
    const said = Object(await Promise.race([answer.json(), late]));
    return answer.ok ? said : { refused: answer.status, message: said.message };
  }

  /**
   * Asks, shows words, waits. An asking that is still under way ends.
   *
   * @param {string} address
   * @returns {Promise<string>} the token; empty: it was not let in, and `tell` has said why
   */
  async function ask(address) {
    const mine = (current += 1);
    const counts = () => mine === current;
    /** @param {Pairing["stage"]} stage @param {Partial<Pairing>} [more] */
    const say = (stage, more = {}) => {
      if (counts()) tell({ stage, words: [], left: 0, message: "", ...more });
      return "";
    };
    /** @param {{message?: string, refused: number}} answer */
    const refused = ({ message, refused: status }) =>
      say("said", { message: message || t("bridge.status", { status }) });

    say("asking");
    const nonce = secret(random);
    let heard;
    try {
      heard = await post(`${address}/pair`, { promise: promiseOf(nonce) });
    } catch {
      return say("gone");
    }
    if (heard.refused) return refused(heard);
    const words = wordsOf(nonce, String(heard.nonce), portOf(address));
    let left = Number(heard.left);
    for (let failures = 0; counts() && failures < FAILURES; await wait(PACE)) {
      let outcome;
      try {
        outcome = await post(`${address}/pair/${heard.id}`, { nonce });
      } catch {
        failures += 1;
        continue;
      }
      if (!counts()) return "";
      failures = 0;
      if (outcome.state === "in" && TOKEN.test(outcome.token)) return outcome.token;
      if (outcome.state === "no") return say("no");
      if (outcome.refused === 404) return say(left < (3 * PACE) / 1000 ? "late" : "anew");
      if (outcome.refused) return refused(outcome);
      left = Number(outcome.left);
      say("waiting", { words, left });
    }
    return say("gone");
  }

  return {
    ask,

    /** What is under way counts no more. */
    end() {
      current += 1;
      tell(null);
    },
  };
}

module.exports = { makePairing, promiseOf, wordsOf };
