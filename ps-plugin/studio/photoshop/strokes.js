"use strict";
// What Photoshop tells around a stroke.

/**
 * seen in hosts' plugins: this event with this state and kind; not in Adobe's table of events.
 *
 * @param {import("../document/model.js").Model} model
 * @param {"enter" | "exit"} state
 */
function announce(model, state) {
  const descriptor = {
    kind: { _enum: "tmKind", _value: "paint" },
    state: { _enum: "state", _value: state },
    level: 0,
  };
  model.emit({ type: "notification", event: "toolModalStateChanged", descriptor });
}

module.exports = { announce };
