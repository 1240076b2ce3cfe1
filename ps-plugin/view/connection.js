"use strict";

/**
 * The bridge: its state in the head, the line when it is lost, and the page to start with, which
 * says for each trouble what is the way out.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Connection} Connection
 */

const { addressOf } = require("../bridge/addresses.js");
const { makeCopying } = require("./copying.js");
const { makePairingView } = require("./pairing.js");
const { t } = require("../words/texts.js");

const ON_UNIX = "python3 scripts/start.py";
const ON_WINDOWS = "py scripts\\start.py";

/** What the page to start with shows: how to start the bridge, how to be let in, a button. */
const PAGES = {
  absent: ["start-how"],
  refused: ["start-how", "again"],
  older: ["again"],
  newer: ["again"],
  said: ["again", "words-how"],
  token: ["words-how"],
  unpaired: ["words-how"],
};

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 * @param {(text: string) => Promise<void>} copy
 */
function makeConnectionView(dom, panel, copy) {
  const copying = makeCopying(dom, copy);
  const pairing = makePairingView(dom, panel, pair);
  let open = false; // the field for another address
  let foreign = ""; // an address that was typed and is not of this machine

  function pair() {
    const token = String(dom.el("token").value || "").trim();
    const typed = String(dom.el("address").value || "").trim();
    const address = typed && addressOf(typed);
    foreign = address === null ? typed : "";
    if (address !== null) void panel.pair(address, token);
    render(panel.store.state());
  }
  dom.clicked(dom.el("again"), () => (dom.el("address").value ? pair() : panel.again()));
  dom.clicked(dom.el("outage-again"), () => panel.again());
  dom.clicked(dom.el("more-pairing"), () => {
    open = !open;
    render(panel.store.state());
  });
  copying.bind("copy-unix", "start-unix");
  copying.bind("copy-windows", "start-windows");

  /** @param {State} state */
  function render(state) {
    const { connection, model, store } = state;
    const { status } = connection;
    const ready = status === "open" && model !== null;
    const words = ready
      ? t("status.open", { model: model.name })
      : t(status === "open" ? "status.loading" : `status.${status}`);
    dom.label(dom.el("status"), ready ? "dot" : "", words);
    dom.el("status").title = words; // a model's name may be longer than the panel is wide
    dom.el("status").className = `status labelled ${status}`;
    const first = status === "unpaired" || (status === "lost" && store === "");
    dom.shown("welcome", first);
    dom.shown("work", !first);
    dom.shown("outage", status === "lost" && !first);
    dom.text("outage-text", outageText(connection));
    if (first) renderWelcome(state);
  }

  /** @param {State} state */
  function renderWelcome(state) {
    const { connection } = state;
    const page = connection.trouble || "unpaired";
    const shown = PAGES[page === "gone" ? "absent" : page];
    const values = { address: connection.address };
    dom.text("welcome-title", t(`welcomeTitle.${page}`, values));
    dom.text("welcome-text", troubleText(connection));
    for (const part of ["start-how", "again"]) dom.shown(part, shown.includes(part));
    pairing.render(state, shown.includes("words-how"));
    dom.value("start-unix", ON_UNIX);
    dom.value("start-windows", ON_WINDOWS);
    dom.shown("elsewhere", page !== "unpaired" && page !== "token");
    dom.shown("address", open);
    dom.shown("again", open || shown.includes("again"));
    dom.twist("more-pairing", open, t("welcome.elsewhere"));
    dom.shown("address-wrong", open && foreign !== "");
    dom.text("address-wrong", foreign && t("welcome.foreign", { address: foreign }));
    copying.render();
  }

  return { render };
}

/** The same in one line, with the command that it ends in. @param {Connection} connection */
function outageText(connection) {
  const { trouble } = connection;
  const starts = trouble && PAGES[trouble === "gone" ? "absent" : trouble].includes("start-how");
  const text = troubleText(connection);
  return starts && /[:：]$/.test(text) ? `${text} ${ON_UNIX} (Windows: ${ON_WINDOWS})` : text;
}

/** What is wrong and what helps. @param {Connection} connection */
function troubleText({ trouble, address, message }) {
  return trouble ? t(`trouble.${trouble}`, { address, message }) : t("welcome.found", { address });
}

module.exports = { makeConnectionView };
