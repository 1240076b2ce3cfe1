"use strict";
// Documents to and from the bridge: PSD files, images, pixels by id. The JSON between is that of
// bridge/psd/document.py.

const { makeRaster, shownOutside, trimmed } = require("../document/raster.js");
const { rectangle } = require("../document/bounds.js");
const { SRGB, P3, ADOBE, fullOf, FULL_RANGE, converted } = require("../document/colour.js");
const { isDrawn } = require("../document/composite.js");
const { withoutMade } = require("../document/kinds.js");
const { makeLayer, newState, changeState, flatten } = require("../document/document.js");

/** @typedef {import("../document/document.js").State} State */
/** @typedef {import("../document/document.js").Layer} Layer */
/** @typedef {import("../document/raster.js").Raster} Raster */
/** @typedef {import("../document/colour.js").Depth} Depth */

const SILENT =
  "the bridge does not answer. What is open here stays as it is: start the bridge again and do this once more";

/** Pixels of a side, of what is painted: the bridge's own limit. */
const LONGEST = 8192;

/** The first bytes of a PSD or PSB file. */
const PSD = "8BPS";

/** Profiles by the names that images have on the wire. */
const PROFILES = { sRGB: SRGB, [P3]: P3, [ADOBE]: ADOBE };

/**
 * @param {{address: string, token: string, fetch: typeof fetch}} bridge
 */
function createExchange({ address, token, fetch }) {
  /** Pixels that the bridge has, by their bytes: a layer that did not change is not sent again. */
  const sent = new WeakMap();

  /** Layers' pixels as files had them: nobody painted on those. */
  const asOpened = new WeakSet();

  async function ask(path, options = {}) {
    const headers = { Authorization: `Bearer ${token}`, ...options.headers };
    const answer = await fetch(address + path, { ...options, headers }).catch(() => {
      throw new Error(SILENT);
    });
    if (answer.ok) return answer;
    const text = await answer.text();
    throw new Error(messageIn(text) ?? `the bridge answered ${answer.status} ${answer.statusText}`);
  }

  /** @param {Raster} raster @param {string} profile of the wire; masks have sRGB's name */
  async function putImage({ width, height, channels, data }, profile) {
    const before = sent.get(data);
    if (before && before.profile === profile) return before.id;
    const depth = 8 * data.BYTES_PER_ELEMENT;
    const size = `width=${width}&height=${height}&channels=${channels}&depth=${depth}`;
    const wide = depth === 16 ? ranged(data, fullOf(16), FULL_RANGE) : data;
    const answer = await ask(`/images?${size}&profile=${encodeURIComponent(profile)}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength),
    });
    const { id } = await answer.json();
    sent.set(data, { id, profile });
    return id;
  }

  /**
   * The pixels of an image with `channels` channels, at a place.
   *
   * @param {string} id
   * @param {1 | 4} channels
   * @param {{left: number, top: number}} corner
   * @param {Depth} depth of the document
   */
  async function getImage(id, channels, { left, top }, depth) {
    const answer = await ask(`/images/${id}?format=raw`);
    const fact = (name) => Number(answer.headers.get(`X-${name}`));
    const bytes = await answer.arrayBuffer();
    const deep = fact("Depth") === 16;
    const values = deep ? new Uint16Array(bytes) : new Uint8Array(bytes);
    const numbers = ranged(values, deep ? FULL_RANGE : fullOf(8), fullOf(depth));
    const bounds = rectangle(left, top, fact("Width"), fact("Height"));
    return makeRaster(bounds, channels, spread(numbers, fact("Channels"), channels, depth));
  }

  async function maskJson(raster, parameters) {
    if (!raster) return null;
    const { left, top, outside = false } = raster;
    return { image: await putImage(raster, "sRGB"), left, top, outside, parameters };
  }

  async function layerJson(layer, profile) {
    const { kind, id, name, visible, opacity, fill, blend, clipped, metadata, foreign } = layer;
    const { ranges, maskParameters } = foreign;
    const locks = layer.locked ? ["all"] : layer.held;
    const mask = await maskJson(layer.mask, maskParameters);
    const unused = await maskJson(layer.mask ? null : layer.unused, maskParameters);
    const painted = layer.raster && !asOpened.has(layer.raster);
    const kept = painted ? withoutMade(foreign.kept) : foreign.kept;
    const own = { kind, id, name, visible, opacity, fill, blend, locks, mask, unused, clipped };
    const common = { ...own, ranges, kept, metadata };
    if (layer.kind === "group") {
      return { ...common, open: layer.open, layers: await layersJson(layer.layers, profile) };
    }
    const raster = trimmed(layer.raster);
    const image = raster ? await putImage(raster, profile) : null;
    return { ...common, image, left: raster?.left ?? 0, top: raster?.top ?? 0 };
  }

  async function layersJson(layers, profile) {
    const listed = [];
    for (const layer of layers) listed.push(await layerJson(layer, profile));
    return listed;
  }

  /** @param {Depth} depth @returns {Promise<Layer>} */
  async function layerFrom(json, depth) {
    const { kind, id, name, visible, opacity, fill = 1, blend, metadata, locks = [] } = json;
    const maskOf = async (one) => {
      if (!one) return null;
      const raster = await getImage(one.image, 1, one, depth);
      return one.outside ? shownOutside(raster) : raster;
    };
    const pixels = json.image && (await getImage(json.image, 4, json, depth));
    const raster = pixels ? trimmed(pixels) : null;
    if (raster) asOpened.add(raster);
    const { clipped = false, ranges = "", kept = [] } = json;
    const maskParameters = json.mask?.parameters ?? json.unused?.parameters ?? "";
    return makeLayer({
      kind,
      id,
      name,
      visible,
      opacity,
      fill,
      blend,
      locked: locks.includes("all"),
      held: locks.filter((lock) => lock !== "all"),
      mask: await maskOf(json.mask),
      unused: await maskOf(json.unused),
      clipped,
      raster,
      open: json.open ?? false,
      metadata: { xmp: metadata?.xmp ?? null, settings: metadata?.settings ?? {} },
      foreign: Object.freeze({ kept, ranges, maskParameters }),
      layers: await layersFrom(json.layers ?? [], depth),
    });
  }

  async function layersFrom(listed, depth) {
    const layers = [];
    for (const json of listed) layers.push(await layerFrom(json, depth));
    return layers;
  }

  const exchange = {
    /**
     * A file that is whatever its first bytes say, under any name.
     *
     * @param {Blob} file
     * @param {(notices: string[]) => void} [tell] what is to be said of it
     * @returns {Promise<State>}
     */
    async open(file, tell) {
      const beginning = await file.slice(0, PSD.length).text();
      return beginning === PSD ? exchange.openPsd(file, tell) : exchange.openImage(file, tell);
    },

    /**
     * @param {State} state
     * @returns {Promise<Blob>} a PSD file
     */
    async psdOf(state) {
      const { width, height, depth, xmp, kept, resources } = state;
      const profile = state.profile === SRGB ? "sRGB" : state.profile;
      const layers = await layersJson(state.layers, profile);
      const answer = await ask("/psd", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ width, height, depth, profile, xmp, layers, kept, resources }),
      });
      return answer.blob();
    },

    /**
     * @param {Blob} file a PSD
     * @param {(notices: string[]) => void} [tell] what of the file is not shown
     * @returns {Promise<State>}
     */
    async openPsd(file, tell) {
      const headers = { "Content-Type": "application/octet-stream" };
      const answer = await ask("/psd/open", { method: "POST", headers, body: file });
      const json = await answer.json();
      const { width, height, depth, xmp = null, kept = [], resources = [], notices = [] } = json;
      const layers = await layersFrom(json.layers, depth);
      const fresh = newState(width, height, { depth, profile: profileOf(json.profile) });
      const told = [...notices, ...undrawn(layers), ...unpainted(width, height)];
      if (told.length) tell?.(told);
      return withActive({ ...fresh, xmp, layers, kept, resources });
    },

    /**
     * @param {Blob} file PNG, JPEG, TIFF or WebP
     * @param {(notices: string[]) => void} [tell] what of the file was left out or understood
     * @returns {Promise<State>} with one layer
     */
    async openImage(file, tell) {
      const headers = { "Content-Type": "image/png" }; // whichever: the bridge goes by contents
      const answer = await ask("/images", { method: "PUT", headers, body: file });
      const { id, width, height, depth, profile, notices = [] } = await answer.json();
      const raster = await getImage(id, 4, { left: 0, top: 0 }, depth);
      const layer = makeLayer({ id: 1, name: "Layer 1", raster: trimmed(raster) });
      const fresh = newState(width, height, { depth, profile: profileOf(profile) });
      if (notices.length) tell?.(notices);
      return withActive({ ...fresh, layers: [layer] });
    },
  };
  return exchange;
}

/** Which blend modes are drawn as Normal: a sentence each. @param {readonly Layer[]} layers */
function undrawn(layers) {
  const others = flatten(layers).filter(({ blend }) => !isDrawn(blend));
  return [...new Set(others.map(({ blend }) => blend))].map((blend) => {
    const names = others.filter((layer) => layer.blend === blend).map(({ name }) => `"${name}"`);
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    const which = names.slice(0, 3).join(", ") + more;
    return `blend mode ${blend} of layer ${which}: kept in the file, but shown as Normal here`;
  });
}

/** Whether all of it can be painted. @param {number} width @param {number} height */
function unpainted(width, height) {
  if (Math.max(width, height) <= LONGEST) return [];
  const size = `${width} × ${height} pixels`;
  return [
    `it is ${size}, and at most ${LONGEST} a side are painted: select a part of it, or make it smaller`,
  ];
}

/** A document just opened has its lowest layer active: what runs made lies above it. */
function withActive(state) {
  const lowest = flatten(state.layers).find((layer) => layer.kind === "pixel");
  return changeState(state, { active: lowest ? [lowest.id] : [] });
}

function messageIn(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return undefined;
  }
}

/** @param {string} name on the wire */
function profileOf(name) {
  const found = PROFILES[name];
  if (!found) {
    const known = Object.keys(PROFILES).join(" and ");
    throw new Error(`the studio's documents are in ${known}; convert this one from ${name} first`);
  }
  return found;
}

/** The same picture with another largest value. */
const ranged = (data, from, to) =>
  converted(data, 1, { profile: "", full: from }, { profile: "", full: to });

/** Grey, RGB or RGBA as the channels that are wanted. */
function spread(values, has, wanted, depth) {
  if (has === wanted) return values;
  const count = values.length / has;
  const result = depth === 16 ? new Uint16Array(count * wanted) : new Uint8Array(count * wanted);
  for (let i = 0, j = 0; j < result.length; i += has, j += wanted) {
    if (wanted === 1) {
      result[j] = values[i];
      continue;
    }
    for (let c = 0; c < 3; c++) result[j + c] = values[i + (has === 1 ? 0 : c)];
    result[j + 3] = fullOf(depth);
  }
  return result;
}

module.exports = { createExchange };
