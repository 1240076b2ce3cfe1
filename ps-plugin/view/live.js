"use strict";

/**
 * The live stream's section: its buttons, the newest frame in a place of its own, what is known of
 * it in one line.
 *
 * @typedef {import("../types/panel").State} State
 */

const { framesPerSecond } = require("../state/live_events.js");
const { within } = require("./fitting.js");
const { minutesOf } = require("../actions/live.js");
const { t } = require("../words/texts.js");

const TALLEST = 320; // pixels

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {ReturnType<import("../actions/panel.js").makePanel>} panel
 */
function makeLiveView(dom, panel) {
  const { state } = panel.store;
  const picture = dom.make("img");
  dom.el("live-picture").appendChild(picture);
  dom.clicked(dom.el("live-play"), () => panel.playLive());
  dom.clicked(dom.el("live-resume"), () => {
    if (!state().live.playing) panel.playLive();
  });
  dom.clicked(dom.el("live-step"), () => panel.stepLive(1));
  dom.clicked(dom.el("live-four"), () => panel.stepLive(4));
  dom.clicked(dom.el("live-variation"), () => panel.varyLive(!state().live.variation));
  dom.clicked(dom.el("live-keep"), () => {
    if (state().live.shown) void panel.keepFrame();
  });

  /** @param {NonNullable<State["live"]["shown"]>} shown */
  function hang({ number, request, seed, url, ...size }) {
    const frame = dom.el("live-picture");
    frame.setAttribute("data-number", String(number));
    frame.setAttribute("data-request", request);
    frame.setAttribute("data-seed", String(seed));
    picture.setAttribute("src", url);
    Object.assign(picture.style, within({ width: frame.clientWidth, height: TALLEST }, size));
  }

  /** @param {State} state */
  function render(state) {
    const { playing, variation, shown } = state.live;
    const [icon, word] = playing ? ["pause", "live.pause"] : ["play", "live.play"];
    dom.label(dom.el("live-play"), icon, t(word));
    dom.el("live-play").classList.toggle("chosen", playing);
    dom.el("live-variation").classList.toggle("chosen", variation);
    dom.shown("live-picture", shown !== null);
    if (shown && picture.getAttribute("src") !== shown.url) hang(shown);
    dom.shown("live-kept", shown !== null);
    dom.text("live-facts", factsOf(state));
    const words = wordsOf(state);
    dom.shown("live-says", words !== "");
    dom.text("live-says", words);
    dom.shown("live-resume", !playing && state.live.rested);
    dom.el("live-says").classList.toggle("trouble", words !== "" && words === state.live.trouble);
  }

  return { render };
}

/** @param {State} state */
function factsOf({ live }) {
  const { shown, latency } = live;
  if (!shown) return "";
  const facts = [
    t("live.pace", { count: framesPerSecond(live).toFixed(1) }),
    latency !== null && t("live.latency", { seconds: latency.toFixed(2) }),
    t("live.seed", { seed: shown.seed }),
  ];
  return facts.filter(Boolean).join(" · ");
}

/** Why nothing moves, where one may wonder. @param {State} state */
function wordsOf({ live, connection, model, runs }) {
  const { playing, left, trouble, shown, rested } = live;
  if (trouble) return trouble;
  if (rested && !playing) return t("live.rested", { minutes: minutesOf(live) });
  if (!playing && left === 0) return shown ? "" : t("live.help");
  if (connection.status !== "open") return t("live.lost");
  if (!model) return t("status.loading");
  const painting = Object.values(runs).some(
    ({ state, elsewhere }) => !elsewhere && (state === "running" || state === "queued"),
  );
  return painting ? t("live.waits") : "";
}

module.exports = { makeLiveView };
