"use strict";

/**
 * Choosing a style, keeping one's own, handing them on as text.
 *
 * @typedef {import("../types/panel").State} State
 */

const {
  PROMPT,
  stylesOf,
  presetOf,
  withPresets,
  exported,
  imported,
} = require("../state/presets.js");
const { makeCopying } = require("./copying.js");
const { t } = require("../words/texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 * @param {(text: string) => Promise<void>} copy
 */
function makeStylesView(dom, panel, copy) {
  const { state, dispatch } = panel.store;
  const copying = makeCopying(dom, copy);
  const open = { own: false, exchange: false };
  let message = "";
  copying.bind("styles-copy", "styles-text");

  /** @param {keyof typeof open} part @param {string} id */
  const opens = (part, id) =>
    dom.clicked(dom.el(id), () => {
      open[part] = !open[part];
      message = "";
      if (open[part] && part === "exchange")
        dom.el("styles-text").value = exported(state().presets);
      render(state());
    });
  opens("own", "more-styles");
  opens("exchange", "more-exchange");

  dom.on("style", "change", ({ selectedIndex }) => {
    const style = stylesOf(state().presets)[selectedIndex - 1];
    const settings = style ? { ...style.settings, style: style.key } : { style: "" };
    dispatch({ type: "settings", settings });
    dom.el("style-name").value = style && style.key.startsWith("own:") ? style.name : "";
    dom.el("style-words").value = style ? style.words : PROMPT;
  });

  dom.clicked(dom.el("style-save"), () =>
    tried(() => {
      const { settings, presets } = state();
      const words = String(dom.el("style-words").value);
      const preset = presetOf(String(dom.el("style-name").value), words, settings);
      dispatch({ type: "presets", presets: withPresets(presets, [preset]) });
      dispatch({ type: "settings", settings: { style: `own:${preset.name}` } });
      return t("styles.saved", { name: preset.name });
    }),
  );

  dom.clicked(dom.el("style-delete"), () =>
    tried(() => {
      const { settings, presets } = state();
      const left = presets.filter(({ name }) => `own:${name}` !== settings.style);
      if (left.length === presets.length) throw new Error(t("styles.notOwn"));
      dispatch({ type: "presets", presets: left });
      dispatch({ type: "settings", settings: { style: "" } });
      return t("styles.deleted");
    }),
  );

  dom.clicked(dom.el("styles-import"), () =>
    tried(() => {
      const found = imported(String(dom.el("styles-text").value));
      dispatch({ type: "presets", presets: withPresets(state().presets, found) });
      const count = found.length;
      return t(count === 1 ? "styles.importedOne" : "styles.imported", { count });
    }),
  );

  /** @param {() => string} act says what was done, or throws a sentence */
  function tried(act) {
    try {
      message = act();
    } catch (error) {
      message = /** @type {Error} */ (error).message;
    }
    render(state());
  }

  /** @param {State} state */
  function render({ presets, settings }) {
    const styles = stylesOf(presets);
    const names = [{ name: t("styles.none") }, ...styles.map(({ name }) => ({ name }))];
    dom.options("style", names, 1 + styles.findIndex(({ key }) => key === settings.style));
    dom.twist("more-styles", open.own, t("styles.own"));
    dom.shown("styles", open.own);
    if (!dom.el("style-words").value) dom.value("style-words", PROMPT);
    dom.text("style-help", t("styles.help", { prompt: PROMPT }));
    dom.enabled("style-delete", settings.style.startsWith("own:"));
    dom.twist("more-exchange", open.exchange, t("styles.exchange"));
    dom.shown("exchange", open.exchange);
    dom.shown("styles-message", message !== "");
    dom.text("styles-message", message);
    copying.render();
  }

  return { render };
}

module.exports = { makeStylesView };
