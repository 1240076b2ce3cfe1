"use strict";

/**
 * The panel's language and its keys.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Settings} Settings
 */

const { SHORTCUTS, actOf } = require("./shortcuts.js");
const { progressOf } = require("../state/timeline.js");
const { t, spokenNow } = require("../words/texts.js");

/** @type {{language: Settings["language"], name: string}[]} each in its own words */
const SPOKEN = [
  { language: "en", name: "English" },
  { language: "de", name: "Deutsch" },
  { language: "ja", name: "日本語" },
  { language: "zh", name: "中文" },
];

/** Where Escape is the text field's or the menu's own. */
const KEEPERS = ["SP-TEXTAREA", "SP-TEXTFIELD", "SP-DROPDOWN"];

/** What is listed besides: keys that other parts of the page listen to. */
const ELSEWHERE = [{ act: "press" }, { act: "steps" }];

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeMoreView(dom, panel) {
  const { state, dispatch } = panel.store;
  let open = false;
  let written = "";
  dom.clicked(dom.el("more-more"), () => {
    open = !open;
    render(state());
  });
  dom.on("language", "change", ({ selectedIndex }) => {
    const language = selectedIndex === 0 ? "auto" : SPOKEN[selectedIndex - 1].language;
    dispatch({ type: "settings", settings: { language } });
  });
  dom.heard("keydown", (event) => {
    const act = actOf(/** @type {KeyboardEvent} */ (event));
    if (!act || (act === "cancel" && isKept(/** @type {HTMLElement} */ (event.target)))) return;
    event.preventDefault();
    acts[act]();
  });

  /** Whether something else is open that Escape is for. @param {HTMLElement} target */
  function isKept({ tagName }) {
    const asked = !dom.el("selftest-ask").classList.contains("gone");
    return asked || KEEPERS.includes(tagName.toUpperCase());
  }

  /** What a press of a button does, and only while the button can be pressed. */
  const acts = {
    paint: () => pressable("paint") && void panel.paint(),
    onward: () => state().selected !== null && pressable("continue") && void panel.rewind(),
    cancel: () => {
      const progress = progressOf(state());
      if (progress) panel.cancel(progress.run.id);
    },
  };

  /** @param {string} button */
  function pressable(button) {
    return dom.el(button).getAttribute("disabled") === null;
  }

  /** @param {State} state */
  function render({ settings }) {
    dom.twist("more-more", open, t("more.title"));
    dom.shown("more", open);
    const names = [{ name: t("more.auto") }, ...SPOKEN.map(({ name }) => ({ name }))];
    const chosen = SPOKEN.findIndex(({ language }) => language === settings.language);
    dom.options("language", names, 1 + chosen);
    if (written === spokenNow()) return;
    written = spokenNow();
    const list = dom.el("keys");
    list.textContent = "";
    for (const { act } of [...SHORTCUTS, ...ELSEWHERE]) {
      const row = dom.make("div", "row small");
      row.appendChild(dom.make("div", "keys", t(`keyNames.${act}`)));
      row.appendChild(dom.make("div", "grow", t(`keys.${act}`)));
      list.appendChild(row);
    }
  }

  return { render };
}

module.exports = { makeMoreView };
