"use strict";
// Documents to and from the bridge: PSD files, images, pixels by id. The JSON between is that of
// docs/contracts.md ("A document as JSON").

const { makeRaster, trimmed } = require("./raster.js");
const { rectangle } = require("./bounds.js");
const { makeLayer, newState, changeState, flatten } = require("./document.js");

/** @typedef {import("./document.js").State} State */
/** @typedef {import("./document.js").Layer} Layer */
/** @typedef {import("./raster.js").Raster} Raster */

/**
 * @param {{address: string, token: string, fetch: typeof fetch}} bridge
 */
function createExchange({ address, token, fetch }) {
  /** Pixels that the bridge has, by their bytes: a layer that did not change is not sent again. */
  const sent = new WeakMap();

  async function ask(path, options = {}) {
    const headers = { Authorization: `Bearer ${token}`, ...options.headers };
    const answer = await fetch(address + path, { ...options, headers });
    if (answer.ok) return answer;
    const text = await answer.text();
    throw new Error(messageIn(text) ?? `the bridge answered ${answer.status} ${answer.statusText}`);
  }

  /** @param {Raster} raster */
  async function putImage({ width, height, channels, data }) {
    if (sent.has(data)) return sent.get(data);
    const query = `width=${width}&height=${height}&channels=${channels}&depth=8&profile=sRGB`;
    const answer = await ask(`/images?${query}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: data,
    });
    const { id } = await answer.json();
    sent.set(data, id);
    return id;
  }

  /** The pixels of an image as 8 bit with `channels` channels, at a place. */
  async function getImage(id, channels, left, top) {
    const answer = await ask(`/images/${id}?format=raw`);
    const fact = (name) => Number(answer.headers.get(`X-${name}`));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const eight = fact("Depth") === 16 ? narrowed(bytes) : bytes;
    const bounds = rectangle(left, top, fact("Width"), fact("Height"));
    return makeRaster(bounds, channels, spread(eight, fact("Channels"), channels));
  }

  async function layerJson(layer) {
    const { id, name, visible, opacity, blend, metadata } = layer;
    const mask = layer.mask && {
      image: await putImage(layer.mask),
      left: layer.mask.left,
      top: layer.mask.top,
    };
    const common = { kind: layer.kind, id, name, visible, opacity, blend, mask, metadata };
    if (layer.kind === "group") {
      return { ...common, open: layer.open, layers: await layersJson(layer.layers) };
    }
    const raster = trimmed(layer.raster);
    const image = raster ? await putImage(raster) : null;
    return { ...common, image, left: raster?.left ?? 0, top: raster?.top ?? 0 };
  }

  async function layersJson(layers) {
    const listed = [];
    for (const layer of layers) listed.push(await layerJson(layer));
    return listed;
  }

  /** @returns {Promise<Layer>} */
  async function layerFrom(json) {
    const { kind, id, name, visible, opacity, blend, metadata } = json;
    const mask = json.mask && (await getImage(json.mask.image, 1, json.mask.left, json.mask.top));
    const raster = json.image && (await getImage(json.image, 4, json.left, json.top));
    return makeLayer({
      kind,
      id,
      name,
      visible,
      opacity,
      blend,
      mask: mask ?? null,
      raster: raster ? trimmed(raster) : null,
      open: json.open ?? false,
      metadata: { xmp: metadata?.xmp ?? null, settings: metadata?.settings ?? {} },
      layers: await layersFrom(json.layers ?? []),
    });
  }

  async function layersFrom(listed) {
    const layers = [];
    for (const json of listed) layers.push(await layerFrom(json));
    return layers;
  }

  return {
    /**
     * @param {State} state
     * @returns {Promise<Blob>} a PSD file
     */
    async psdOf(state) {
      const { width, height, xmp } = state;
      const layers = await layersJson(state.layers);
      const answer = await ask("/psd", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ width, height, depth: 8, profile: "sRGB", xmp, layers }),
      });
      return answer.blob();
    },

    /**
     * @param {Blob} file a PSD
     * @returns {Promise<State>}
     */
    async openPsd(file) {
      const headers = { "Content-Type": "application/octet-stream" };
      const answer = await ask("/psd/open", { method: "POST", headers, body: file });
      const json = await answer.json();
      const layers = await layersFrom(json.layers);
      return withActive({ ...newState(json.width, json.height), xmp: json.xmp ?? null, layers });
    },

    /**
     * @param {Blob} file PNG, JPEG, TIFF or WebP
     * @returns {Promise<State>} with one layer
     */
    async openImage(file) {
      const headers = { "Content-Type": file.type };
      const answer = await ask("/images", { method: "PUT", headers, body: file });
      const { id, width, height } = await answer.json();
      const raster = await getImage(id, 4, 0, 0);
      const layer = makeLayer({ id: 1, name: "Layer 1", raster: trimmed(raster) });
      return withActive({ ...newState(width, height), layers: [layer] });
    },
  };
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

/** 16 bit, little-endian, to 8 bit. */
function narrowed(bytes) {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint8Array.from({ length: bytes.length / 2 }, (_, i) =>
    Math.round(values.getUint16(2 * i, true) / 257),
  );
}

/** Grey, RGB or RGBA as the channels that are wanted. */
function spread(bytes, has, wanted) {
  if (has === wanted) return bytes;
  if (wanted === 1)
    return Uint8Array.from({ length: bytes.length / has }, (_, i) => bytes[i * has]);
  const result = new Uint8Array((bytes.length / has) * 4);
  for (let i = 0, j = 0; j < result.length; i += has, j += 4) {
    for (let c = 0; c < 3; c++) result[j + c] = bytes[i + (has === 1 ? 0 : c)];
    result[j + 3] = 255;
  }
  return result;
}

module.exports = { createExchange };
