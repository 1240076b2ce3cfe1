"use strict";

/**
 * Paintings the bridge holds that lie in no open document.
 *
 * @typedef {import("../types/panel").State} State
 */

const { straysOf } = require("../state/timeline.js");
const { t, spokenNow } = require("../words/texts.js");

const MOST = 8;

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeStraysView(dom, panel) {
  let open = false;
  let offered = "";
  let written = "";
  dom.clicked(dom.el("more-strays"), () => {
    open = !open;
    render(panel.store.state());
  });

  /** @param {State} state */
  function render(state) {
    const strays = straysOf(state);
    // What is being painted and has no home is shown by itself, and does not hide when it is done.
    const lost = strays.find((run) => run.state === "running" || run.state === "queued");
    if (lost && lost.id !== offered) {
      offered = lost.id;
      open = true;
    }
    const count = strays.length;
    dom.shown("strays-section", count > 0 && state.document !== null);
    const title = t(count === 1 ? "strays.one" : "strays.many", { count });
    dom.twist("more-strays", open, title);
    dom.shown("strays", open);
    const shown = strays.slice(0, MOST);
    const key = [spokenNow(), ...shown.map((run) => run.id)].join();
    if (written === key) return;
    written = key;
    const list = dom.el("strays");
    list.textContent = "";
    for (const run of shown) list.appendChild(rowOf(run));
  }

  /** @param {import("../types/panel").RunView} run */
  function rowOf({ id, number, recipe }) {
    const row = dom.make("div", "row");
    const name = t("painting.words", { number, prompt: recipe.prompt });
    row.appendChild(dom.make("div", "line-name grow", name));
    const bring = dom.button("chip", t("strays.bring"));
    dom.clicked(bring, () => void panel.adopt(id));
    row.appendChild(bring);
    return row;
  }

  return { render };
}

module.exports = { makeStraysView };
