"use strict";

/**
 * Being let in, on the page to start with: the words to compare, large, how long they count, what
 * became of it; and, folded away, the field to type the token in. That is a plain one: on macOS
 * nobody can read what a password field holds.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Pairing} Pairing
 */

const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 * @param {() => void} pair takes what was typed
 */
function makePairingView(dom, panel, pair) {
  let typing = false; // the field for the token is open
  let offered = false; // the page is one on which the panel can be let in
  const words = dom.el("pairing-words");
  dom.clicked(dom.el("ask-in"), () => void panel.askIn());
  dom.clicked(dom.el("pair"), pair);
  dom.el("token").addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Enter") pair();
  });
  dom.clicked(dom.el("more-token"), () => {
    typing = !typing;
    render(panel.store.state(), offered);
  });

  /** @param {Pairing | null} pairing */
  function renderWords(pairing) {
    const waiting = pairing !== null && pairing.stage === "waiting";
    dom.shown("pairing-words", waiting);
    dom.shown("pairing-left", waiting);
    if (!waiting) return;
    dom.text("pairing-left", t("pairing.left", { time: clock(pairing.left) }));
    const said = pairing.words.join(" ");
    if (words.getAttribute("data-words") === said) return;
    words.setAttribute("data-words", said);
    words.textContent = "";
    for (const word of pairing.words) words.appendChild(dom.make("div", "word", word));
  }

  /** @param {State} state @param {boolean} shown */
  function render({ pairing, connection }, shown) {
    offered = shown;
    const stage = pairing ? pairing.stage : "none";
    const text = pairing ? t(`pairing.${stage}`, { message: pairing.message }) : "";
    dom.shown("words-how", shown);
    dom.shown("more-token", shown);
    dom.shown("token-how", shown && typing);
    dom.twist("more-token", typing, t("pairing.typed"));
    dom.text("pairing-text", text);
    dom.shown("pairing-text", text !== "");
    renderWords(pairing);
    dom.shown("pairing-where", stage === "waiting");
    dom.shown("ask-in", !["asking", "waiting", "gone"].includes(stage));
    const again = pairing || connection.trouble === "token";
    dom.text("ask-in", t(again ? "welcome.pairAgain" : "welcome.connect"));
  }

  return { render };
}

/** Minutes and seconds. @param {number} seconds */
function clock(seconds) {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

module.exports = { makePairingView };
