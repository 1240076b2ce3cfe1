"use strict";

/**
 * State to DOM, and the DOM's events to the panel's acts. Each section of the page has a view of
 * its own; this one puts them together and fills in the words that never change.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {ReturnType<import("../actions/panel.js").makePanel>} Panel
 * @typedef {ReturnType<import("./dom.js").makeDom>} Dom
 */

const { makeDom } = require("./dom.js");
const { makeConnectionView } = require("./connection.js");
const { makeSettingsView } = require("./settings.js");
const { makePaletteView } = require("./palette.js");
const { makeRegionsView } = require("./regions.js");
const { makeLiveView } = require("./live.js");
const { makeStylesView } = require("./styles.js");
const { makeCoverView } = require("./cover.js");
const { makeWorkView } = require("./work.js");
const { makeTimelineView } = require("./timeline.js");
const { makeOnwardView } = require("./onward.js");
const { makeMoreView } = require("./more.js");
const { makeSelftestView } = require("./selftest.js");
const { makeStraysView } = require("./strays.js");
const { t, spokenNow } = require("../words/texts.js");

/** Events of somebody at the panel; those that a host keeps to itself are followed by others. */
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "mousedown", "keydown", "input", "change"];

/**
 * @param {Document} document
 * @param {Panel} panel
 * @param {{copy: (text: string) => Promise<void>, lab: import("./selftest.js").Tools}} world
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
    makeCoverView(dom, panel),
    makeWorkView(dom, panel),
    makeTimelineView(dom, panel),
    makeOnwardView(dom, panel),
    makeStraysView(dom, panel),
    makeMoreView(dom, panel),
    makeSelftestView(document, dom, lab, copy),
  ];
  let written = "";
  const render = () => {
    if (written !== spokenNow()) writeWords(dom, dom.el("pentimento"));
    written = spokenNow();
    const state = panel.store.state();
    for (const view of views) view.render(state);
  };
  for (const sign of SIGNS_OF_LIFE) dom.heard(sign, panel.touched);
  // What is laid out in pixels follows the panel's width before anything can be pressed. Whether hosts
  // tell of a new width is not known; that the pen comes over the panel, they tell.
  const root = dom.el("pentimento");
  let width = root.clientWidth;
  dom.heard("pointermove", () => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    render();
  });
  panel.store.subscribe(render);
  render();
}

/**
 * The page names its words by key: data-text, data-placeholder, data-title; and its icons:
 * data-shows. What shows an icon alone says its title to who cannot see it.
 *
 * @param {Dom} dom
 * @param {HTMLElement} element with what is in it
 */
function writeWords(dom, element) {
  for (const child of Array.from(element.children)) writeWords(dom, child);
  const text = element.getAttribute("data-text");
  const icon = element.getAttribute("data-shows");
  if (icon) dom.label(element, icon, text ? t(text) : "");
  else if (text) element.textContent = t(text);
  const title = element.getAttribute("data-title");
  if (icon && title) element.setAttribute("aria-label", t(title));
  for (const name of ["placeholder", "title"]) {
    const key = element.getAttribute(`data-${name}`);
    if (key) element.setAttribute(name, t(key));
  }
}

module.exports = { makeView };
