"use strict";
// The colour channels of an RGB document, as they are listed. Alpha channels are not modelled.

const { enums } = require("../documented/checks.js");

const NAMES = ["Red", "Green", "Blue"];

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {number} id
 */
function channelsOf(views, id) {
  const channels = () => NAMES.map((name) => channelView(views, id, name));
  return {
    get channels() {
      return views.collection("Channels", channels(), {
        get parent() {
          return views.document(id);
        },
      });
    },
    get componentChannels() {
      return channels();
    },
    get activeChannels() {
      return channels(); // assumed: all, while the painter chose none
    },
  };
}

/** documented since 24.5: a typename of its own. */
function channelView(views, id, name) {
  return views.guarded("Channel", {
    typename: "ComponentChannel",
    name,
    kind: enums.ChannelType.COMPONENT,
    visible: true,
    get parent() {
      return views.document(id);
    },
  });
}

module.exports = { channelsOf };
