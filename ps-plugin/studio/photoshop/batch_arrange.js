"use strict";
// Commands of layers as Photoshop's own listener prints them: moved, doubled, deleted, merged,
// clipped, transformed, named.
//
// seen in hosts: the shape of these descriptors, in recorded actions of many plugins. assumed: what
// they answer where that is nothing.

const edits = require("../document/edits.js");
const merging = require("../document/merging.js");
const geometry = require("../document/geometry.js");
const { layersOf, numberIn, destinationOf, asOne } = require("./batch_targets.js");

/** @typedef {import("./batch_targets.js").Job} Job */

const CENTRE = { x: 0.5, y: 0.5 };

/** An offset in pixels. */
const offsetIn = (offset, what) => ({
  dx: Math.round(numberIn(offset?.horizontal, "pixelsUnit", `${what}: horizontal`, 0)),
  dy: Math.round(numberIn(offset?.vertical, "pixelsUnit", `${what}: vertical`, 0)),
});

/** What `to` of a "set" may say of a layer. */
const FIELDS = {
  name: (value) => ({ field: "name", value: String(value) }),
  opacity: (value) => ({
    field: "opacity",
    value: numberIn(value, "percentUnit", "set: opacity") / 100,
  }),
  fillOpacity: (value) => ({
    field: "fill",
    value: numberIn(value, "percentUnit", "set: fillOpacity") / 100,
  }),
  mode: (value) => ({ field: "blend", value: value?._value }),
};

/** @param {boolean} clipped */
const clipping = (clipped) => ({
  keys: [],
  changes: true,
  /** @param {Job} job */
  play(job) {
    const ids = layersOf(job);
    asOne(job.document, clipped ? "Create Clipping Mask" : "Release Clipping Mask", () => {
      for (const id of ids) edits.clipLayer(job.document, id, clipped);
    });
    return {};
  },
});

/** By what is done and to what, as in batch_play.js. */
const ARRANGING = {
  "set layer": {
    keys: ["to", "layerID"],
    changes: true,
    /** @param {Job} job */
    play({ document, layer, command: { to } }) {
      const { _obj, ...rest } = to ?? {};
      if (_obj !== "layer") throw new TypeError("set: `to` must be a layer");
      const strange = Object.keys(rest).find((key) => !(key in FIELDS));
      if (strange) throw new Error(`set layer: "${strange}" is not modelled by this host`);
      asOne(document, "Set Layer", () => {
        for (const [key, given] of Object.entries(rest)) {
          const { field, value } = FIELDS[key](given);
          edits.setLayer(document, layer.id, field, value);
        }
      });
      return {};
    },
  },
  "make layerSection of document": {
    keys: ["using", "layerSectionStart", "layerSectionEnd", "name", "from"],
    changes: true,
    /** @param {Job} job */
    play(job) {
      const { document, command } = job;
      const name = command.using?.name ?? command.name;
      const ids = command.from ? layersOf({ ...job, command: {} }) : [];
      const id = edits.newGroup(document, name === undefined ? {} : { name }, ids);
      return { layerSectionStart: id };
    },
  },
  "delete layer": {
    keys: ["layerID"],
    changes: true,
    /** @param {Job} job */
    play(job) {
      edits.deleteLayers(job.document, layersOf(job));
      return {};
    },
  },
  "duplicate layer": {
    keys: ["ID", "version", "name", "to"],
    changes: true,
    /** @param {Job} job */
    play(job) {
      const { document, command } = job;
      const ids = layersOf(job);
      if (command.to) {
        const [part] = [command.to].flat();
        const other = document.model.documents.find(({ id }) => id === part._id);
        if (part._ref !== "document" || !other) throw new Error("duplicate: no such document");
        for (const id of ids) merging.copyInto(document.state, id, other, command.name);
        return {};
      }
      asOne(document, "Duplicate Layer", () => {
        const twins = ids.map((id) => edits.duplicateLayer(document, id, command.name));
        edits.selectLayers(document, twins);
      });
      return {};
    },
  },
  "copyToLayer document": {
    keys: [],
    changes: true,
    /** @param {Job} job */
    play(job) {
      const { document } = job;
      if (document.state.selection) {
        throw new Error("copyToLayer of a selection is not modelled by this host");
      }
      for (const id of layersOf(job)) edits.duplicateLayer(document, id);
      return {};
    },
  },
  "move layer": {
    keys: ["to", "adjustment", "version", "layerID"],
    changes: true,
    /** @param {Job} job */
    play(job) {
      const { document, command } = job;
      const ids = layersOf(job);
      asOne(document, command.to?._obj === "offset" ? "Move" : "Layer Order", () => {
        for (const id of ids) {
          if (command.to?._obj === "offset") {
            const { dx, dy } = offsetIn(command.to, "move");
            edits.shiftLayer(document, id, dx, dy);
            continue;
          }
          const place = destinationOf(document, id, command.to);
          if (place) edits.placeLayer(document, id, place.relative, place.placement);
        }
      });
      return {};
    },
  },
  "mergeLayersNew document": {
    keys: ["id"],
    changes: true,
    /** @param {Job} job */
    play({ document }) {
      merging.mergeSelected(document);
      return {};
    },
  },
  "rasterizeLayer layer": {
    keys: ["what"],
    changes: true,
    /** @param {Job} job */
    play(job) {
      for (const id of layersOf(job)) edits.rasterize(job.document, id);
      return {};
    },
  },
  "groupEvent layer": clipping(true),
  "ungroup layer": clipping(false),
  "transform layer": {
    keys: [
      "freeTransformCenterState",
      "offset",
      "width",
      "height",
      "angle",
      "interfaceIconFrameDimmed",
      "linked",
    ],
    changes: true,
    /** @param {Job} job */
    play(job) {
      const { document, command } = job;
      const centre = command.freeTransformCenterState?._value ?? "QCSAverage";
      if (centre !== "QCSAverage") throw new Error(`transform about ${centre} is not modelled`);
      const x = numberIn(command.width, "percentUnit", "transform: width", 100) / 100;
      const y = numberIn(command.height, "percentUnit", "transform: height", 100) / 100;
      const angle = numberIn(command.angle, "angleUnit", "transform: angle", 0);
      if (angle % 90) throw new Error(`transform by ${angle} degrees is not modelled`);
      const { dx, dy } = offsetIn(command.offset, "transform");
      asOne(document, "Free Transform", () => {
        for (const id of layersOf(job)) {
          if (x !== 1 || y !== 1) geometry.scaleLayer(document, id, { x, y }, CENTRE);
          if (angle) geometry.rotateLayer(document, id, angle / 90, CENTRE);
          if (dx || dy) edits.shiftLayer(document, id, dx, dy);
        }
      });
      return {};
    },
  },
};

module.exports = { ARRANGING };
