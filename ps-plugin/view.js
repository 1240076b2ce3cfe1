"use strict";

/**
 * State to DOM, and the DOM's events to the panel's acts. Each section of the page has a view of
 * its own; this one puts them together and fills in the words that never change.
 *
 * @typedef {import("./types/panel").State} State
 * @typedef {ReturnType<import("./panel.js").makePanel>} Panel
 * @typedef {ReturnType<import("./dom.js").makeDom>} Dom
 */

const { makeDom } = require("./dom.js");
const { makeConnectionView } = require("./connection_view.js");
const { makeSettingsView } = require("./settings_view.js");
const { makePaletteView } = require("./palette_view.js");
const { makeRegionsView } = require("./regions_view.js");
const { makeLiveView } = require("./live_view.js");
const { makeStylesView } = require("./styles_view.js");
const { makeWorkView } = require("./work_view.js");
const { makeTimelineView } = require("./timeline_view.js");
const { makeOnwardView } = require("./onward_view.js");
const { makeMoreView } = require("./more_view.js");
const { makeSelftestView } = require("./selftest_view.js");
const { makeStraysView } = require("./strays_view.js");
const { t, spokenNow } = require("./texts.js");

/**
 * @param {Document} document
 * @param {Panel} panel
 * @param {{copy: (text: string) => Promise<void>, lab: Omit<import("./selftest.js").Lab, "ask" | "modal">}} world
 */
function makeView(document, panel, { copy, lab }) {
  const dom = makeDom(document);
  const views = [
    makeConnectionView(dom, panel, copy),
    makeSettingsView(dom, panel),
    makeStylesView(dom, panel, copy),
    makeRegionsView(dom, panel),
    makePaletteView(dom, panel, copy),
    makeLiveView(dom, panel),
    makeWorkView(dom, panel),
    makeTimelineView(dom, panel),
    makeOnwardView(dom, panel),
    makeStraysView(dom, panel),
    makeMoreView(dom, panel),
    makeSelftestView(dom, lab, copy),
  ];
  let written = "";
  const render = () => {
    if (written !== spokenNow()) writeWords(dom.el("pentimento"));
    written = spokenNow();
    const state = panel.store.state();
    for (const view of views) view.render(state);
  };
  panel.store.subscribe(render);
  render();
}

/**
 * The page names its words by key: data-text, data-placeholder, data-title.
 *
 * @param {HTMLElement} element with what is in it
 */
function writeWords(element) {
  for (const child of Array.from(element.children)) writeWords(child);
  const text = element.getAttribute("data-text");
  if (text) element.textContent = t(text);
  for (const name of ["placeholder", "title"]) {
    const key = element.getAttribute(`data-${name}`);
    if (key) element.setAttribute(name, t(key));
  }
}

module.exports = { makeView };
