"use strict";

/**
 * Paint and Cancel, how far it is, what went wrong, and what the document holds.
 *
 * @typedef {import("../types/panel").State} State
 */

const { waitingIn } = require("../state/runs.js");
const { progressOf } = require("../state/timeline.js");
const { unfit } = require("../state/paintable.js");
const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeWorkView(dom, panel) {
  dom.clicked(dom.el("paint"), () => void panel.paint());
  dom.clicked(dom.el("cancel"), () => {
    const progress = progressOf(panel.store.state());
    if (progress) panel.cancel(progress.run.id);
  });
  dom.clicked(dom.el("queue-empty"), panel.emptyQueue);
  dom.clicked(dom.el("notice-way"), () => {
    const way = panel.store.state().notice?.way;
    void (way === "log" ? panel.tellLog() : panel.retry());
  });
  dom.clicked(dom.el("dismiss"), () => panel.store.dispatch({ type: "said", notice: null }));

  /** @type {State["notice"]} */
  let told = null;

  /** @param {State} state */
  function render(state) {
    const progress = progressOf(state);
    const isOpen = state.connection.status === "open";
    const reason = state.document ? unfit(state.document) : "";
    dom.shown("unfit", reason !== "");
    dom.text("unfit", reason);
    const ready = isOpen && state.document !== null && !reason && !state.busy;
    dom.enabled("paint", ready);
    if (dom.el("paint").title !== reason) dom.el("paint").title = reason;
    dom.enabled("cancel", isOpen && progress !== null);
    dom.shown("progress", progress !== null || state.busy !== "");
    dom.el("bar").value = progress ? Math.round(progress.value * 100) : 0;
    dom.text("progress-text", progress ? progress.text : state.busy);
    const count = state.document ? waitingIn(state, state.document.id).length : 0;
    dom.shown("queue", count > 0);
    dom.text("queue-text", t(count === 1 ? "queue.one" : "queue.many", { count }));
    dom.shown("notice", state.notice !== null);
    const isNews = state.notice !== null && state.notice !== told;
    told = state.notice;
    if (state.notice) {
      dom.text("notice-text", state.notice.text);
      dom.el("notice").classList.toggle("error", state.notice.kind === "error");
      const { way } = state.notice;
      dom.shown("notice-way", way !== undefined);
      if (way) dom.text("notice-way", t(`notice.${way}`));
    }
    if (isNews) dom.el("notice").scrollIntoView?.({ block: "nearest" });
    const foot = footText(state);
    dom.shown("foot", foot !== "");
    dom.text("foot", foot);
  }

  return { render };
}

/** @param {State} state */
function footText({ document, papers, runs, storeBytes, quotaBytes }) {
  const here = document && papers[document.id];
  if (!here || here.runs.length === 0) return "";
  const notes = Object.entries(here.layers).filter(([, note]) => note.layer >= 0);
  const bytes = notes.reduce((sum, [step]) => {
    const run = runs[step.slice(0, step.indexOf("."))];
    return sum + (run ? run.recipe.width * run.recipe.height * 4 : 0);
  }, 0);
  const count = notes.length;
  const held = t(count === 1 ? "foot.one" : "foot.many", { count, size: megabytes(bytes) });
  const full = quotaBytes > 0 && storeBytes > 0.9 * quotaBytes;
  return full ? `${held} · ${t("foot.full", { size: megabytes(storeBytes) })}` : held;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${Math.round(bytes / 1e6)} MB`;
}

module.exports = { makeWorkView, megabytes };
