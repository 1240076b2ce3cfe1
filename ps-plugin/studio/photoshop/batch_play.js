"use strict";
// action.batchPlay for the descriptors listed in COMMANDS. Any other is refused by name, never
// ignored; so is a key that a listed one does not know.

const { checkCall } = require("../documented/check.js");
const { findLayer, flatten, changeState, changeLayer } = require("../document/document.js");
const edits = require("../document/edits.js");
const { LAYER_COMMANDS } = require("./batch_layers.js");
const { makeMask, removeMask } = require("../document/masks.js");
const { multiGet } = require("./multi_get.js");

// assumed: number and text, as third-party plugins print them
const UNAVAILABLE = -25920;
// documented: when no document is open (batchplay.md, result value)
const NO_DOCUMENT = {
  _obj: "error",
  result: -25922,
  message: "The object “current document” is not currently available.",
};
/** documented: these may stand in any command. */
const COMMON_KEYS = ["_obj", "_target", "_options", "_isCommand"];

/**
 * @typedef {import("../document/document.js").Layer} Layer
 * @typedef {{document: import("../document/model.js").OpenDocument, layer: Layer, command: any}} Job layer: of
 *   commands that are about one
 * @typedef {{property: string, mask: boolean, layer: any, document: any,
 *   application: boolean}} Target application: it alone
 */

/**
 * By what is done and to what. `keys`: what the command may hold beside COMMON_KEYS.
 *
 * @type {Record<string, {keys: string[], changes: boolean, play: (job: Job) => object}>}
 */
const COMMANDS = {
  // generatorSettings: the reference and the keys are those of Adobe's generator-core
  // (lib/jsx/getGeneratorSettings.jsx, setGeneratorSettings.jsx); the answer's shape is assumed.
  "get generatorSettings of layer": {
    keys: ["property"],
    changes: false,
    play: ({ layer, command }) => ({ generatorSettings: settingsOf(layer, command.property) }),
  },
  "set generatorSettings of layer": {
    keys: ["property", "to"],
    changes: true,
    play({ document, layer, command: { property, to } }) {
      if (typeof property !== "string" || typeof to?.json !== "string") {
        throw new TypeError("generatorSettings: property and to.json must be strings");
      }
      const settings = Object.freeze({ ...layer.metadata.settings, [property]: to.json });
      return amendMetadata(document, layer, { settings });
    },
  },
  // XMP of a layer: seen in a host, Photoshop 27.10
  "get XMPMetadataAsUTF8 of layer": {
    keys: [],
    changes: false,
    play: ({ layer }) => withXmp(layer.metadata.xmp),
  },
  "set XMPMetadataAsUTF8 of layer": {
    keys: ["to"],
    changes: true,
    play: ({ document, layer, command }) =>
      amendMetadata(document, layer, { xmp: xmpIn(command.to) }),
  },
  // XMP of a document: documented in Adobe's recipes
  "get XMPMetadataAsUTF8 of document": {
    keys: [],
    changes: false,
    play: ({ document }) => withXmp(document.state.xmp),
  },
  "set XMPMetadataAsUTF8 of document": {
    keys: ["to"],
    changes: true,
    play({ document, command }) {
      document.amend(changeState(document.state, { xmp: xmpIn(command.to) }));
      return {};
    },
  },
  // documented: batchplay.md's own example
  "get title of document": {
    keys: [],
    changes: false,
    play: ({ document }) => ({ title: document.name }),
  },
  "get hasBackgroundLayer of document": {
    keys: [],
    changes: false,
    play: ({ document }) => ({
      hasBackgroundLayer: document.state.layers.some(({ background }) => background),
    }),
  },
  // A group's little triangle: seen in recorded actions of third-party plugins
  "get layerSectionExpanded of layer": {
    keys: [],
    changes: false,
    play: ({ layer }) => ({ layerSectionExpanded: layer.open }),
  },
  "set layerSectionExpanded of layer": {
    keys: ["to"],
    changes: true,
    play({ document, layer, command }) {
      if (layer.kind !== "group") throw new Error(`layer "${layer.name}" is not a group`);
      if (typeof command.to !== "boolean") throw new TypeError("to must be a boolean");
      edits.openGroup(document, layer.id, command.to);
      return {};
    },
  },
  "get hasUserMask of layer": {
    keys: [],
    changes: false,
    play: ({ layer }) => ({ hasUserMask: (layer.mask ?? layer.unused) !== null }),
  },
  // assumed: without a mask the key is not there. Switching one off (Shift-click) is not modelled;
  // one that a file has switched off stays so.
  "get userMaskEnabled of layer": {
    keys: [],
    changes: false,
    play: ({ layer: { mask, unused } }) =>
      (mask ?? unused) === null ? {} : { userMaskEnabled: mask !== null },
  },
  // Several properties at once: multi_get.js
  "multiGet layer": { keys: ["extendedReference", "options"], changes: false, play: multiGet },
  "multiGet document": { keys: ["extendedReference", "options"], changes: false, play: multiGet },
  // A user mask for the active layer, as Photoshop's own listener prints the buttons' clicks
  "make mask of layer": {
    keys: ["new", "at", "using"],
    changes: true,
    play({ document, layer, command: { using } }) {
      const beginnings = ["revealAll", "hideAll", "revealSelection", "hideSelection"];
      if (using?._enum !== "userMaskEnabled" || !beginnings.includes(using._value)) {
        throw new TypeError(`make: using must be a userMaskEnabled of ${beginnings.join(", ")}`);
      }
      makeMask(document, layer.id, using._value);
      return {};
    },
  },
  "delete mask of layer": {
    keys: ["apply"],
    changes: true,
    play({ document, layer, command }) {
      removeMask(document, layer.id, command.apply === true);
      return {};
    },
  },
  // As Photoshop's own listener prints a click in the Layers panel
  "select layer": {
    keys: ["makeVisible", "layerID", "selectionModifier"],
    changes: true,
    play({ document, layer, command: { makeVisible, layerID, selectionModifier } }) {
      if (selectionModifier && selectionModifier._value !== "addToSelection") {
        throw new Error(`selectionModifier ${selectionModifier._value} is not modelled`);
      }
      const kept = selectionModifier ? document.state.active.filter((id) => id !== layer.id) : [];
      edits.selectLayers(document, layerID ?? [...kept, layer.id]);
      if (makeVisible === true) edits.showLayer(document, layer.id, true);
      return {};
    },
  },
  "selectNoLayers layer": {
    keys: [],
    changes: true,
    play({ document }) {
      edits.selectLayers(document, []);
      return {};
    },
  },
};

/**
 * @param {import("../document/model.js").Model} model
 * @param {ReturnType<import("./modal.js").createModal>} modal
 * @param {ReturnType<import("../storage/saving.js").createFiles>} files
 */
function createBatchPlay(model, modal, files) {
  return async function batchPlay(...given) {
    requireList(given[0]);
    checkCall("action.batchPlay", given);
    const [commands, options = {}] = given;
    modal.requireGoingOn();
    const answers = [];
    for (const command of commands) {
      const played = playOne(model, modal, files, withTarget(command));
      const answer = played instanceof Promise ? await played : played;
      answers.push(answer);
      // documented: without continueOnError the batch stops at the first error
      if (answer._obj === "error" && !options.continueOnError) break;
    }
    return answers;
  };
}

/** The listener prints some targets by the key "null"; nothing need be open for "open". */
function withTarget(command) {
  if (command._obj === "open" && !command._target) {
    return { ...command, _target: [{ _ref: "application" }] };
  }
  if (command._target || !Array.isArray(command.null)) return command;
  const { null: target, ...rest } = command;
  return { ...rest, _target: target };
}

/** documented: the words. @param {unknown} commands */
function requireList(commands) {
  if (Array.isArray(commands)) return;
  throw new TypeError(
    `Argument 1 has an invalid type. Expected type: array actual type: ${typeof commands}`,
  );
}

function playOne(model, modal, files, command) {
  const target = targetOf(command);
  const what = target.layer ? "layer" : target.application ? "application" : "document";
  const part = target.property || (target.mask ? "mask" : "");
  const name = part ? `${command._obj} ${part} of ${what}` : `${command._obj} ${what}`;
  const known = COMMANDS[name] ?? LAYER_COMMANDS[name];
  if (!known) throw new Error(`batchPlay "${name}" is not modelled by this host`);
  const strange = Object.keys(command).find(
    (key) => ![...COMMON_KEYS, ...known.keys].includes(key),
  );
  if (strange) throw new Error(`batchPlay "${name}" knows no "${strange}"`);
  if (known.changes) modal.requireScopeFor(command._obj);
  if (what === "application") return known.play(/** @type {any} */ ({ command, model, files }));
  const document = target.document ? documentFor(model, target.document) : model.active;
  if (!document) return model.active ? unavailable("document") : NO_DOCUMENT;
  const needed = target.layer && !["selectNoLayers layer", "make layer"].includes(name);
  const layer = needed && layerFor(document.state, target.layer);
  if (needed && !layer) return unavailable("layer");
  const job = { document, layer: /** @type {Layer} */ (layer), command, files };
  return known.play(job);
}

/** The parts of a reference: property first, then layer, then document. @returns {Target} */
function targetOf(command) {
  const makesMask = command._obj === "make" && command.new?._class === "channel";
  const parts = [(makesMask ? command.at : command._target) ?? []]
    .flat()
    .flatMap((part) => part._ref?.map?.((r) => r) ?? [part]);
  /** @type {Target} */
  const target = { property: "", mask: false, layer: null, document: null, application: false };
  // documented: the application may end a reference
  const application = parts.at(-1)?._ref === "application" && parts.pop() !== null;
  for (const part of parts) {
    if (part._property) target.property = part._property;
    else if (part._ref === "layer") target.layer = part;
    else if (part._ref === "document") target.document = part;
    else if (part._ref === "layerSection") target.property = "layerSection";
    else if (part._ref === "channel" && part._enum === "channel" && part._value === "mask") {
      target.mask = true;
    } else throw new Error(`batchPlay: the reference ${JSON.stringify(part)} is not modelled`);
  }
  target.application = application && !target.document;
  if (target.mask) target.layer ??= { _ref: "layer", _enum: "ordinal", _value: "targetEnum" };
  return target;
}

/** documented: by id, by name, by an index that begins at 1, or the target. */
function documentFor(model, part) {
  if (part._index !== undefined) return model.documents[part._index - 1];
  if (part._name !== undefined) return model.documents.find(({ name }) => name === part._name);
  return model.documents.find((open) => refersTo(part, open.id, model.active?.id));
}

function refersTo(part, id, activeId) {
  if (part._id !== undefined) return part._id === id;
  // documented: targetEnum is what an ordinal means when it says nothing
  const { _value = "targetEnum" } = part;
  if (part._enum === "ordinal" && _value === "targetEnum") return id === activeId;
  throw new Error(`batchPlay: the reference ${JSON.stringify(part)} is not modelled`);
}

function layerFor(state, part) {
  if (part._name !== undefined) {
    return flatten(state.layers).findLast(({ name }) => name === part._name) ?? null;
  }
  if (part._id === undefined) refersTo(part, 0, 0); // refuses what is neither an id nor the target
  return findLayer(state, part._id ?? state.active.at(-1) ?? 0);
}

const unavailable = (what) => ({
  _obj: "error",
  result: UNAVAILABLE,
  message: `The object "${what}" is not currently available.`,
});

const withXmp = (xmp) => (xmp === null ? {} : { XMPMetadataAsUTF8: xmp });

function xmpIn(to) {
  if (typeof to?.XMPMetadataAsUTF8 !== "string") {
    throw new TypeError("to.XMPMetadataAsUTF8 must be a string");
  }
  return to.XMPMetadataAsUTF8;
}

function settingsOf({ metadata: { settings } }, key) {
  if (key !== undefined) return key in settings ? { _obj: key, json: settings[key] } : {};
  const entries = Object.entries(settings).map(([name, json]) => [name, { _obj: name, json }]);
  return { _obj: "generatorSettings", ...Object.fromEntries(entries) };
}

/** assumed: metadata make no history state of their own. */
function amendMetadata(document, layer, changes) {
  const metadata = Object.freeze({ ...layer.metadata, ...changes });
  document.amend(changeLayer(document.state, layer.id, { metadata }));
  return {};
}

module.exports = { createBatchPlay, COMMANDS: { ...COMMANDS, ...LAYER_COMMANDS } };
