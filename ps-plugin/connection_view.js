"use strict";

/**
 * The bridge: its state in the head, the page to start with, the line when it is lost.
 *
 * @typedef {import("./types/panel").State} State
 */

const { t } = require("./texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("./panel.js").makePanel>} panel
 */
function makeConnectionView(dom, panel) {
  let open = false; // the field for another address
  const pair = () => {
    const token = String(dom.el("token").value).trim();
    const address = String(dom.el("address").value).trim().replace(/\/+$/, "");
    void panel.pair(address, token);
  };
  dom.clicked(dom.el("pair"), pair);
  dom.el("token").addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Enter") pair();
  });
  dom.clicked(dom.el("more-pairing"), () => {
    open = !open;
    render(panel.store.state());
  });

  /** @param {State} state */
  function render({ connection, model, store }) {
    const { status, message } = connection;
    const ready = status === "open" && model !== null;
    dom.text(
      "status",
      ready
        ? t("status.open", { model: model.name })
        : t(status === "open" ? "status.loading" : `status.${status}`),
    );
    dom.el("status").className = `status ${status}`;
    const never = status === "lost" && store === "";
    dom.shown("welcome", status === "unpaired" || never);
    dom.shown("outage", status === "lost" && !never);
    dom.text("outage", message);
    dom.text("pairing-message", message);
    dom.shown("address", open);
    dom.text("more-pairing", dom.twist(open, t("welcome.elsewhere")));
    dom.shown("work", status !== "unpaired");
  }

  return { render };
}

module.exports = { makeConnectionView };
