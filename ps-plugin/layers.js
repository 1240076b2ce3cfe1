"use strict";

/**
 * The only code that touches a document.
 *
 * current, readSource, readSelection   what a run starts from: see reading.js
 * scan                 the runs and step layers a document holds, found by their notes
 * openGroup            a run's collapsed group
 * putSteps             step layers, new or refined, in one history state
 * readSteps            step layers as they are now
 * show                 one step, its siblings hidden
 * removeRun            a run's layers, gone in one history state
 *
 * Every read says where Photoshop found pixels (it trims), every write goes to that place. The
 * painter's active layers are put back before a modal scope ends; selection and tool are never
 * touched.
 *
 * @typedef {import("photoshop/dom/Document").Document} Document
 * @typedef {import("photoshop/dom/Layer").Layer} Layer
 * @typedef {import("./types/panel").Picture} Picture
 * @typedef {import("./types/panel").Place} Place
 * @typedef {import("./types/panel").LayerNote} LayerNote
 * @typedef {import("./types/wire").Run} Run
 * @typedef {import("./types/wire").Step} Step
 *
 * @typedef {object} Arrival a step's picture on its way into the document
 * @property {Step} step
 * @property {Picture} picture RGBA
 * @property {import("./types/wire").Quality} quality
 * @property {LayerNote | null} note null: no layer yet
 *
 * @typedef {object} Input an image a run is made from
 * @property {string} name the field that names it, such as "init_image" or "rewind.edit"
 * @property {string} id ImageId
 * @property {Picture} picture
 *
 * @typedef {(written: Record<string, LayerNote>) => string} Index the document's list of runs and
 *   steps as JSON, once these layers are written
 *
 * @typedef {object} Written
 * @property {Record<string, LayerNote>} layers by step
 * @property {Picture[]} changed what was handed out, where Photoshop made something else of it
 */

const { imageId } = require("./sha256.js");
const { opaque } = require("./pixels.js");
const { makeReading } = require("./reading.js");
const { makeSurface, around } = require("./surface.js");
const { flat, layerById, root, setVisible, groupName, layerName } = require("./tree.js");
const { makeNotes } = require("./notes.js");
const { makeModal } = require("./modal.js");
const { t } = require("./texts.js");

/** A step whose layer, or whole group, the painter took away. @type {LayerNote} */
const GONE = { layer: -1, image: "", quality: "full", painted: false };

/**
 * @param {typeof import("photoshop")} photoshop
 * @param {(milliseconds: number) => Promise<void>} wait
 */
function makeLayers(photoshop, wait) {
  const { app, core, action, constants, imaging } = photoshop;
  const modal = makeModal({ core, action, wait });
  const notes = makeNotes(action);
  const surface = makeSurface(imaging);
  const { pixelsIn, put } = surface;

  /** @param {number} id */
  function documentById(id) {
    const document = [...app.documents].find((open) => open.id === id);
    if (!document) throw new Error(t("document.closed"));
    return document;
  }

  /**
   * Layers by their notes, not by name or remembered id: both change when files travel.
   *
   * @param {number} id document
   */
  function scan(id) {
    return modal.look(t("history.scan"), async () => {
      const document = documentById(id);
      const all = flat([...document.layers]);
      const texts = await notes.read(
        id,
        all.map((layer) => layer.id),
      );
      const found = all.flatMap((layer, i) => {
        const note = texts[i];
        return note
          ? [{ layer: layer.id, group: layer.kind === constants.LayerKind.GROUP, note }]
          : [];
      });
      return { found, index: await notes.readIndex(id) };
    });
  }

  /**
   * @param {number} id document
   * @param {Run} run
   * @param {Place} place
   * @param {string} index the document's list of runs, as JSON
   * @param {Input[]} inputs the images it is made from, kept as hidden layers
   * @returns {Promise<number>} the group's id
   */
  function openGroup(id, run, place, index, inputs) {
    return modal.change(id, t("painting.name", { number: run.number }), async () => {
      const document = documentById(id);
      return asBefore(document, async () => {
        const group = await document.createLayerGroup({ name: groupName(run) });
        if (!group) throw new Error(t("layer.noGroup"));
        const { PLACEBEFORE } = constants.ElementPlacement;
        const under = layerById(document, place.above) || [...document.layers][0];
        if (under && under.id !== group.id) group.move(root(under), PLACEBEFORE);
        const { left, top } = place;
        await notes.write(id, group.id, { v: 1, run: run.id, left, top });
        if (inputs.length > 0) await putInputs(document, group, run, place, inputs);
        await notes.setOpen(id, group.id, false);
        await notes.writeIndex(id, index);
        return group.id;
      });
    });
  }

  /**
   * @param {Document} document
   * @param {Layer} group
   * @param {Run} run
   * @param {Place} place
   * @param {Input[]} inputs
   */
  async function putInputs(document, group, run, place, inputs) {
    const { PLACEINSIDE } = constants.ElementPlacement;
    const home = await document.createLayerGroup({ name: "inputs" });
    if (!home) return;
    home.move(group, PLACEINSIDE);
    for (const { name, id, picture } of inputs) {
      const layer = await document.createPixelLayer({ name });
      if (!layer) continue;
      layer.move(home, PLACEINSIDE);
      layer.visible = false;
      await put(document, layer, opaque(picture), place);
      await notes.write(document.id, layer.id, { v: 1, run: run.id, input: name, image: id });
    }
    home.visible = false;
    await notes.setOpen(document.id, home.id, false);
  }

  /**
   * Writes arrivals in order. A layer that was painted on is left alone, and its note says so.
   *
   * @param {number} id document
   * @param {{run: Run, group: number, place: Place, showLast: boolean, index: Index}} line
   * @param {Arrival[]} arrivals of that run, the noisiest first
   * @returns {Promise<Written>}
   */
  function putSteps(id, line, arrivals) {
    const last = arrivals[arrivals.length - 1];
    const { number } = line.run;
    const what = last.note
      ? t("history.finer", { number })
      : t("history.step", { number, step: last.step.index + 1 });
    return modal.change(id, what, async () => {
      const document = documentById(id);
      return asBefore(document, async () => {
        /** @type {Written} */
        const written = { layers: {}, changed: [] };
        const open = await notes.isOpen(id, line.group);
        for (const arrival of arrivals) await putStep(document, line, arrival, written);
        if (line.showLast) showOnly(document, line.group, written.layers);
        // New layers may open a group; one that the painter opened stays open under their hand.
        if (layerById(document, line.group)) await notes.setOpen(id, line.group, open);
        await notes.writeIndex(id, line.index(written.layers));
        return written;
      });
    });
  }

  /**
   * @param {Document} document
   * @param {{run: Run, group: number, place: Place}} line
   * @param {Arrival} arrival
   * @param {Written} written
   */
  async function putStep(document, line, { step, picture, quality, note }, written) {
    const rect = around(line.place, picture);
    const layer = note
      ? layerById(document, note.layer)
      : await newLayer(document, line.group, step);
    if (!layer) {
      written.layers[step.id] = { ...(note || GONE), layer: -1 };
      return;
    }
    if (note && imageId((await pixelsIn(document, layer, rect)).picture) !== note.image) {
      written.layers[step.id] = { ...note, painted: true };
      return;
    }
    await put(document, layer, picture, line.place);
    // Read back: what Photoshop made of it (another profile, 16 bits) is what was handed out.
    const handed = (await pixelsIn(document, layer, rect)).picture;
    const image = imageId(handed);
    if (image !== imageId(picture)) written.changed.push(handed);
    const { left, top } = line.place;
    const text = { run: step.run, step: step.id, image, left, top };
    await notes.write(document.id, layer.id, {
      v: 1,
      ...text,
      ...(quality !== "full" && { quality }),
    });
    written.layers[step.id] = { layer: layer.id, image, quality, painted: false };
  }

  /** @param {Document} document @param {number} group @param {Step} step */
  async function newLayer(document, group, step) {
    const home = layerById(document, group);
    if (!home) return null;
    const layer = await document.createPixelLayer({ name: layerName(step) });
    if (!layer) return null;
    const { PLACEINSIDE, PLACEBEFORE } = constants.ElementPlacement;
    const top = [...(home.layers || [])].find((sibling) => sibling.id !== layer.id);
    if (top) layer.move(top, PLACEBEFORE);
    else layer.move(home, PLACEINSIDE);
    layer.visible = false;
    return layer;
  }

  /**
   * The newest of what was written is seen, all else in the group is not.
   *
   * @param {Document} document
   * @param {number} group
   * @param {Record<string, LayerNote>} written
   */
  function showOnly(document, group, written) {
    const ids = Object.values(written).map((note) => note.layer);
    const home = layerById(document, group);
    const seen = layerById(document, ids[ids.length - 1]);
    if (!home || !seen) return;
    for (const layer of home.layers || []) setVisible(layer, layer.id === seen.id);
  }

  /**
   * @param {number} id document
   * @param {{layer: number, place: Place, width: number, height: number}[]} wanted
   * @returns {Promise<(Picture | null)[]>} RGBA; null: the layer is gone
   */
  function readSteps(id, wanted) {
    return modal.look(t("history.readSteps"), async () => {
      const document = documentById(id);
      const pictures = [];
      for (const { layer, place, width, height } of wanted) {
        const found = layerById(document, layer);
        const rect = around(place, { width, height });
        pictures.push(found ? (await pixelsIn(document, found, rect)).picture : null);
      }
      return pictures;
    });
  }

  /**
   * Of the painting's groups only the one with the layer is seen, and in it only the layer.
   *
   * @param {number} id document
   * @param {number} shown layer
   * @param {number[]} groups
   */
  function show(id, shown, groups) {
    // No history state: looking is not a change, as little as clicking an eye in Photoshop is.
    return modal.look(t("history.show"), async () => {
      const document = documentById(id);
      const layer = layerById(document, shown);
      if (!layer) return;
      await asBefore(document, async () => {
        const parent = layer.parent;
        if (!parent || !groups.includes(parent.id)) return setVisible(layer, true);
        for (const sibling of parent.layers || []) setVisible(sibling, sibling.id === shown);
        for (const group of groups) {
          const other = layerById(document, group);
          if (other) setVisible(other, group === parent.id);
        }
      });
    });
  }

  /**
   * @param {number} id document
   * @param {Run} run
   * @param {number[]} mine its group and layers; the painter may have moved some elsewhere
   * @param {string} index
   */
  function removeRun(id, run, mine, index) {
    return modal.change(id, t("history.remove", { number: run.number }), async () => {
      const document = documentById(id);
      const before = [...document.activeLayers].map((layer) => layer.id);
      for (const gone of mine) {
        const layer = layerById(document, gone);
        if (layer) layer.delete();
      }
      const left = before.filter((layer) => layerById(document, layer));
      if (left.length > 0) await notes.select(left);
      await notes.writeIndex(id, index);
    });
  }

  /**
   * Runs `work` and makes the painter's layers the active ones again.
   *
   * @template T
   * @param {Document} document
   * @param {() => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  async function asBefore(document, work) {
    const active = [...document.activeLayers].map((layer) => layer.id);
    try {
      return await work();
    } finally {
      const now = [...document.activeLayers].map((layer) => layer.id);
      if (String(now) !== String(active)) await notes.select(active);
    }
  }

  return {
    ...makeReading({ app, constants, surface, modal, documentById }),
    openDocuments: () => [...app.documents].map((document) => document.id),
    activeLayers: () => [...(app.activeDocument?.activeLayers || [])].map((layer) => layer.id),
    scan,
    openGroup,
    putSteps,
    readSteps,
    show,
    removeRun,
    inStroke: modal.inStroke,
  };
}

module.exports = { makeLayers };
