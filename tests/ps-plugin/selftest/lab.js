"use strict";
// A lab of the self-test on the stand-in host, with an obliging painter and a bridge of answers: what
// its tests share.

const { Window } = require("../../node_modules/happy-dom");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { announce } = require("../../../ps-plugin/studio/photoshop/strokes.js");
const { defineWidgets } = require("../../../ps-plugin/studio/uxp/widgets.js");
const { shapeCollections } = require("../../../ps-plugin/studio/uxp/dom_collections.js");

const HEALTH = { program: "pentimento", protocol: 2 };
const SEEN = { caller: { host: "localhost:7866", origin: null } };
SEEN.sockets = [{ host: "localhost:7866", origin: "file://" }];

const answer = (body, ok = true) => ({ ok, status: ok ? 200 : 401, json: async () => body });

class Socket {
  constructor(url) {
    this.url = url;
    setTimeout(() => this.onopen?.(), 0);
  }
  close() {
    setTimeout(() => this.onclose?.({ code: 1000 }), 0);
  }
}

/** What a page without layout cannot show. */
const BY_HAND = ["glyphs", "picture"];
const START = { setUp: 3, main: "./main.js", packaged: false };
START.calls = { create: 1, show: 1, hide: 0, destroy: 0 };

/** A lab on a host, with an obliging painter; `broken` says what of it is other. */
function makeLab(broken = {}, habits = []) {
  const host = createHost({ habits });
  const window = new Window({ url: "http://localhost:7866/" });
  defineWidgets(window, host.faults);
  shapeCollections(window, () => host.faults.has("bareCollections"));
  const place = window.document.createElement("div");
  window.document.body.appendChild(place);
  const page = { document: window.document, place };
  const painters = host.model.newDocument({ width: 8, height: 8 });
  const lab = {
    photoshop: host.photoshop,
    storage: host.uxp.storage,
    host: host.uxp.host,
    versions: host.uxp.versions,
    fetch: async (url) => answer(url.endsWith("/health") ? HEALTH : SEEN),
    socket: (url) => new Socket(url),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 60))),
    bridge: () => ({ address: "http://localhost:7866", token: "secret" }),
    start: START,
    page,
    done: () => false,
    stopped: () => false,
    ask: (asked) => asked && setTimeout(() => HANDS[asked](host.model, place), 5),
    ...broken,
  };
  return { lab, host, painters, place };
}

/** What a painter does when asked. */
const HANDS = {
  stroke: (model) => stroke(model),
  key(_, place) {
    press(place.firstElementChild, "a");
    place.firstElementChild.value = "a";
    tell(place.firstElementChild, "input");
  },
  arrow: (_, place) => press(place.firstElementChild, "ArrowDown", place.firstElementChild),
};

/** At the widget's own control, where a browser has the focus. */
function press(field, key, at = field.inner) {
  const { KeyboardEvent } = field.ownerDocument.defaultView;
  const how = { key, bubbles: true, composed: true, cancelable: true };
  at.dispatchEvent(new KeyboardEvent("keydown", how));
}

function tell(field, type) {
  field.dispatchEvent(new field.ownerDocument.defaultView.Event(type));
}

/** What a painter does when asked. */
function stroke(model) {
  announce(model, "enter");
  edits.newLayer(model.active, { name: "stroke" });
  announce(model, "exit");
}

module.exports = { BY_HAND, HANDS, HEALTH, SEEN, Socket, answer, makeLab };
