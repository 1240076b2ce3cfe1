"use strict";

/**
 * Notes that travel with a document: which run and step a layer is, all a replay elsewhere needs.
 *
 * A layer's note is written twice, as generator settings and as XMP: programs keep one or the
 * other. Only batchPlay reaches both. The shapes of answers differ between versions of the host,
 * so reading tolerates them all. bridge/history/run_layers.py says what stands in them.
 *
 * Notes that were read are remembered until `forget`: of a hundred layers they are two hundred
 * questions, and nobody but the panel writes them. What comes and goes with the history (an undo, a
 * merge) is for the caller to know.
 *
 * @typedef {import("photoshop/dom/CoreModules").ActionDescriptor} Descriptor
 *
 * @typedef {object} LayerText what stands in a layer's metadata, under org.pentimento
 * @property {1} v
 * @property {string} run
 * @property {string} [step]
 * @property {string} [input] such as "init_image"
 * @property {string} [image] ImageId of the layer as handed out
 * @property {import("../types/wire").Quality} [quality] absent: full
 * @property {import("../types/panel").Keep} [keep] of a run's group; absent: all
 * @property {number} [left] where the picture's corner lies in the document
 * @property {number} [top]
 */

const { readProperty, writeProperty } = require("./xmp.js");
const { flat, listed } = require("./tree.js");
const { VERSION, versionOf, withIndex, withNote } = require("../state/unknown.js");
const { t } = require("../words/texts.js");

const KEY = "org.pentimento";

/**
 * @typedef {{settings: string | null, xmp: string | null}} Texts what stands in either place
 *
 * @param {typeof import("photoshop").action} action
 * @param {import("./layer_tree.js").TreeOf} treeOf
 */
function makeNotes(action, treeOf) {
  /** @type {Map<number, Map<number, Texts>>} by document and layer */
  const remembered = new Map();

  /** @param {Descriptor[]} descriptors */
  const play = async (descriptors) => {
    const answers = await action.batchPlay(descriptors, {});
    const failure = answers.find((answer) => answer._obj === "error");
    if (failure) throw new Error(String(failure.message));
    return answers;
  };

  /**
   * As they are now.
   *
   * @param {number} document
   * @param {number[]} layers
   * @returns {Promise<(LayerText | null)[]>}
   */
  async function read(document, layers) {
    return (await texts(document, layers)).map(noteIn);
  }

  /**
   * As they were when they were read last; those without a note are asked again.
   *
   * @param {number} document
   * @param {number[]} layers
   */
  async function known(document, layers) {
    const there = remembered.get(document);
    const asked = layers.filter((layer) => !there?.has(layer));
    const answers = await texts(document, asked);
    const fresh = new Map(asked.map((layer, i) => [layer, answers[i]]));
    return layers.map((layer) => fresh.get(layer) || there?.get(layer) || NOTHING);
  }

  /** @param {number} document */
  const forget = (document) => void remembered.delete(document);

  /**
   * What stands in each of the two places.
   *
   * @param {number} document
   * @param {number[]} layers
   * @returns {Promise<{settings: LayerText | null, xmp: LayerText | null}[]>}
   */
  async function readBoth(document, layers) {
    return (await texts(document, layers)).map(({ settings, xmp }) => {
      return { settings: parsed(settings), xmp: parsed(xmp) };
    });
  }

  /**
   * The same, unread: notes of every kind.
   *
   * @param {number} document
   * @param {number[]} layers
   * @returns {Promise<Texts[]>}
   */
  async function texts(document, layers) {
    if (layers.length === 0) return [];
    const asked = layers.flatMap((layer) => questions(document, layer));
    const answers = await action.batchPlay(asked, { continueOnError: true });
    return layers.map((layer, i) => {
      const xmp = readProperty(String(answers[2 * i + 1]?.XMPMetadataAsUTF8 || ""), "layer");
      return remember(document, layer, { settings: settingsText(answers[2 * i]), xmp });
    });
  }

  /** @param {number} document @param {number} layer @param {Texts} found */
  function remember(document, layer, found) {
    const all = remembered.get(document) || new Map();
    remembered.set(document, all);
    if (found.settings || found.xmp) all.set(layer, found);
    else all.delete(layer);
    return found;
  }

  /**
   * @param {number} document
   * @param {number} layer
   * @param {LayerText | import("../state/regions.js").RegionNote | {v: 1}} note the last: none any more
   */
  async function write(document, layer, note) {
    const [settings, old] = await action.batchPlay(questions(document, layer), {
      continueOnError: true,
    });
    const packet = typeof old?.XMPMetadataAsUTF8 === "string" ? old.XMPMetadataAsUTF8 : null;
    const before = settingsText(settings) || readProperty(packet, "layer");
    const json = JSON.stringify(withNote(note, before));
    const xmp = writeProperty(packet, "layer", json);
    await play([
      {
        _obj: "set",
        ...reference("generatorSettings", document, layer),
        to: { _obj: "null", json },
        property: KEY,
      },
      {
        _obj: "set",
        ...reference("XMPMetadataAsUTF8", document, layer),
        to: { _obj: "layer", XMPMetadataAsUTF8: xmp },
      },
    ]);
    remembered.get(document)?.delete(layer); // what the host made of it is read when it is wanted
  }

  /** @param {number} document @returns {Promise<string | null>} the XMP packet */
  async function packetOf(document) {
    const question = { _obj: "get", ...reference("XMPMetadataAsUTF8", document, null) };
    const [answer] = await action.batchPlay([question], { continueOnError: true });
    const packet = answer?.XMPMetadataAsUTF8;
    return typeof packet === "string" && packet ? packet : null;
  }

  /** @param {number} document @returns {Promise<string | null>} */
  async function readIndex(document) {
    return readProperty(await packetOf(document), "document");
  }

  /**
   * @param {number} document
   * @param {string} json
   * @throws when a newer version wrote the one that is there, in a way that this one may not touch
   */
  async function writeIndex(document, json) {
    const packet = await packetOf(document);
    const old = readProperty(packet, "document");
    const found = versionOf(old);
    if (found !== VERSION) throw new Error(t("document.newer", { found: String(found) }));
    const whole = withIndex(json, old);
    if (whole === old) return;
    const xmp = writeProperty(packet, "document", whole);
    const to = { _obj: "XMPMetadataAsUTF8", XMPMetadataAsUTF8: xmp };
    await play([{ _obj: "set", ...reference("XMPMetadataAsUTF8", document, null), to }]);
  }

  /**
   * Whether layers are seen through a user mask: one that is switched off hides nothing.
   *
   * @param {number} document
   * @param {{id: number, masked: boolean | null}[]} layers
   * @returns {Promise<boolean[]>}
   */
  async function haveMasks(document, layers) {
    const questions = layers
      .filter(({ masked }) => masked === null)
      .flatMap(({ id }) => [
        { _obj: "get", ...reference("hasUserMask", document, id) },
        { _obj: "get", ...reference("userMaskEnabled", document, id) },
      ]);
    if (questions.length === 0) return layers.map(({ masked }) => masked === true);
    const answers = await action.batchPlay(questions, { continueOnError: true });
    let at = 0;
    return layers.map(({ masked }) => {
      if (masked !== null) return masked;
      const [has, on] = answers.slice(at, (at += 2));
      return has?.hasUserMask === true && on?.userMaskEnabled !== false;
    });
  }

  /** @param {number} document @param {number} group @returns {Promise<boolean>} */
  async function isOpen(document, group) {
    const question = { _obj: "get", ...reference("layerSectionExpanded", document, group) };
    const [answer] = await action.batchPlay([question], { continueOnError: true });
    return answer?.layerSectionExpanded === true;
  }

  /** @param {number} document @param {number} group @param {boolean} open */
  async function setOpen(document, group, open) {
    await play([{ _obj: "set", ...reference("layerSectionExpanded", document, group), to: open }]);
  }

  /** Makes exactly these layers the active ones. @param {number[]} layers */
  async function select(layers) {
    if (layers.length === 0) {
      const target = [{ _ref: "layer", _enum: "ordinal", _value: "targetEnum" }];
      await play([{ _obj: "selectNoLayers", _target: target }]);
      return;
    }
    await play(
      layers.map((layer, i) => ({
        _obj: "select",
        _target: [{ _ref: "layer", _id: layer }],
        makeVisible: false,
        ...(i > 0 && {
          selectionModifier: { _enum: "selectionModifierType", _value: "addToSelection" },
        }),
      })),
    );
  }

  /**
   * Runs `work` and makes the painter's layers the active ones again.
   *
   * @template T
   * @param {import("photoshop/dom/Document").Document} document
   * @param {() => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  async function asBefore(document, work) {
    const active = idsOf(document.activeLayers);
    try {
      return await work();
    } finally {
      const now = idsOf(document.activeLayers);
      if (String(now) !== String(active)) {
        const left = new Set(flat((await treeOf(document)).layers).map(({ id }) => id));
        const still = active.filter((id) => left.has(id));
        // Where all of them were removed, Photoshop's own choice is as good as any.
        const choose = still.length > 0 || active.length === 0;
        if (choose && String(now) !== String(still)) await select(still);
      }
    }
  }

  return {
    read,
    readBoth,
    texts,
    known,
    forget,
    write,
    readIndex,
    writeIndex,
    haveMasks,
    isOpen,
    setOpen,
    select,
    asBefore,
  };
}

/** @type {Texts} */
const NOTHING = { settings: null, xmp: null };

/** What a painting's layer says of itself. @param {Texts} texts @returns {LayerText | null} */
function noteIn({ settings, xmp }) {
  return parsed(settings) || parsed(xmp);
}

/** @param {ArrayLike<import("photoshop/dom/Layer").Layer>} layers */
function idsOf(layers) {
  return listed(layers).map((layer) => layer.id);
}

/** @param {string} property @param {number} document @param {number | null} layer */
function reference(property, document, layer) {
  const of = layer === null ? [] : [{ _ref: "layer", _id: layer }];
  const kind = property === "generatorSettings" ? {} : { _ref: "property" };
  return {
    _target: [{ ...kind, _property: property }, ...of, { _ref: "document", _id: document }],
  };
}

/** What asks for both places of a layer's note. @param {number} document @param {number} layer */
function questions(document, layer) {
  return [
    { _obj: "get", ...reference("generatorSettings", document, layer), property: KEY },
    { _obj: "get", ...reference("XMPMetadataAsUTF8", document, layer) },
  ];
}

/** @param {Descriptor | undefined} answer @returns {string | null} */
function settingsText(answer) {
  const settings = answer?.generatorSettings ?? answer;
  const text = settings?.json ?? settings?.[KEY]?.json ?? settings?.[KEY];
  return typeof text === "string" ? text : null;
}

/** @param {string | null} text @returns {LayerText | null} null: not ours, or of a later version */
function parsed(text) {
  if (text === null) return null;
  try {
    const note = JSON.parse(text);
    return note && note.v === 1 && typeof note.run === "string" ? note : null;
  } catch {
    return null; // another program's text under our key is nobody's step
  }
}

module.exports = { makeNotes, noteIn, KEY, NOTHING };
