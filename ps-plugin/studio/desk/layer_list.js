"use strict";
// The Layers column: eye, thumbnail, name; groups that open; drag to reorder; double-click to rename.

const { icon } = require("./icons.js");
const { thumbnail, maskPixels } = require("./thumbnails.js");
const { flatten, placeOf, isLocked } = require("../document/document.js");
const edits = require("../document/edits.js");

/** @typedef {import("../document/document.js").Layer} Layer */

/**
 * @param {object} options
 * @param {import("../document/model.js").Model} options.model
 * @param {HTMLElement} options.list
 * @param {(change: (document: import("../document/model.js").OpenDocument) => void) => Promise<void>} options.act
 *   makes a painter's change when no plugin is in a modal scope
 */
function createLayerList({ model, list, act }) {
  let scheduled = false;
  /** The id of the layer whose name is being written; the list stands still meanwhile. */
  let renaming = 0;
  /** The left button is down on the list: what it pressed stays, or the click would be lost. */
  let pressed = false;

  model.listen(request);
  list.addEventListener("pointerdown", ({ button }) => (pressed = button === 0));
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, released);

  function released() {
    if (pressed) request();
    pressed = false;
  }

  function request() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      if (!renaming && !pressed) render();
    });
  }

  function render() {
    const state = model.active?.state;
    const { scrollTop } = list;
    list.replaceChildren(...(state ? rows(state, state.layers, 0, true) : []));
    list.scrollTop = scrollTop;
  }

  /** Top first; a group's layers below it. */
  function rows(state, layers, depth, shown) {
    return [...layers].reverse().flatMap((layer) => {
      const visible = shown && layer.visible;
      const row = rowOf(state, layer, depth, visible);
      return layer.open ? [row, ...rows(state, layer.layers, depth + 1, visible)] : [row];
    });
  }

  function rowOf(state, layer, depth, visible) {
    const row = element("div", "layer-row");
    row.dataset.testid = "layer-row";
    row.dataset.layerId = String(layer.id);
    row.dataset.name = layer.name;
    row.dataset.kind = layer.kind;
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-selected", String(state.active.includes(layer.id)));
    row.setAttribute("aria-level", String(depth + 1));
    if (layer.kind === "group") row.setAttribute("aria-expanded", String(layer.open));
    row.classList.toggle("unseen", !visible);
    row.classList.toggle("clipped", layer.clipped);
    row.style.setProperty("--depth", String(depth));
    row.append(eyeOf(layer), ...(layer.kind === "group" ? [twistOf(layer)] : []));
    const picture = layer.kind === "group" ? folder() : thumbnail(layer.raster, state);
    row.append(picture, ...(layer.mask ? [maskThumbnail(layer.mask, state)] : []), nameOf(layer));
    if (isLocked(layer)) row.append(lockOf(layer));
    row.addEventListener("click", (event) => choose(layer.id, event));
    movable(row, layer);
    return row;
  }

  function eyeOf(layer) {
    const eye = element("button", "eye");
    eye.dataset.testid = "layer-eye";
    eye.title = layer.visible ? "Hide" : "Show (Alt: only this one)";
    eye.setAttribute("aria-pressed", String(layer.visible));
    eye.innerHTML = layer.visible ? icon("eye") : "";
    eye.addEventListener("click", (event) => {
      event.stopPropagation();
      act((document) =>
        event.altKey
          ? showOnly(document, layer)
          : edits.showLayer(document, layer.id, !layer.visible),
      );
    });
    return eye;
  }

  /** Alt-click: this layer among its neighbours, as in Photoshop. */
  function showOnly(document, layer) {
    const { parent } = placeOf(document.state, layer.id);
    const siblings =
      parent === null ? document.state.layers : edits.layerIn(document.state, parent).layers;
    for (const { id } of siblings) edits.showLayer(document, id, id === layer.id);
  }

  function twistOf(layer) {
    const twist = element("button", "twist");
    twist.dataset.testid = "layer-twist";
    twist.title = layer.open ? "Close the group" : "Open the group";
    twist.innerHTML = icon(layer.open ? "opened" : "closed");
    twist.addEventListener("click", (event) => {
      event.stopPropagation();
      act((document) => edits.openGroup(document, layer.id, !layer.open));
    });
    return twist;
  }

  function folder() {
    const picture = element("span", "folder");
    picture.innerHTML = icon("group");
    return picture;
  }

  function maskThumbnail(mask, state) {
    const canvas = thumbnail(maskPixels(mask), state);
    canvas.classList.add("mask");
    if (mask.outside) canvas.style.background = "white";
    return canvas;
  }

  function nameOf(layer) {
    const name = element("span", "name");
    name.dataset.testid = "layer-name";
    name.textContent = layer.name;
    name.title = layer.name;
    name.addEventListener("dblclick", () => rename(layer, name));
    return name;
  }

  function rename(layer, name) {
    const input = document.createElement("input");
    renaming = layer.id;
    input.value = layer.name;
    input.dataset.testid = "layer-rename";
    name.replaceWith(input);
    input.select();
    const done = (keep) => {
      if (!renaming) return;
      renaming = 0;
      const text = input.value.trim();
      if (keep && text) act((document) => edits.setLayer(document, layer.id, "name", text));
      request();
    };
    input.addEventListener("blur", () => done(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    });
  }

  function lockOf(layer) {
    const lock = element("button", "lock");
    lock.innerHTML = icon("lock");
    lock.title = layer.background ? "Make it an ordinary layer" : "Unlock";
    lock.addEventListener("click", (event) => {
      event.stopPropagation();
      act((document) =>
        layer.background
          ? edits.freeBackground(document, layer.id)
          : edits.unlock(document, layer.id),
      );
    });
    return lock;
  }

  function choose(id, { ctrlKey, metaKey, shiftKey, detail }) {
    if (detail > 1) return; // the second half of a double-click
    act((document) => {
      const { active } = document.state;
      const more = ctrlKey || metaKey || shiftKey;
      const others = active.filter((other) => other !== id);
      const next = !more ? [id] : active.includes(id) ? others : [...others, id];
      edits.selectLayers(document, next);
    });
  }

  /** Drag a row above or below another, or onto the middle of a group. */
  function movable(row, layer) {
    row.draggable = !layer.background;
    row.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("application/x-pentimento-layer", String(layer.id));
      event.dataTransfer.effectAllowed = "move";
    });
    row.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("application/x-pentimento-layer")) return;
      event.preventDefault();
      row.dataset.drop = placementAt(event, row, layer);
    });
    row.addEventListener("dragleave", () => delete row.dataset.drop);
    row.addEventListener("drop", (event) => {
      const id = Number(event.dataTransfer.getData("application/x-pentimento-layer"));
      const placement = edits.PLACEMENT[placementAt(event, row, layer)];
      delete row.dataset.drop;
      if (!id) return;
      event.preventDefault();
      event.stopPropagation();
      act((document) => {
        const inside = flatten([edits.layerIn(document.state, id)]).some(
          (one) => one.id === layer.id,
        );
        if (!inside) edits.placeLayer(document, id, layer.id, placement);
      });
    });
  }

  return { request };
}

/** @returns {"above" | "below" | "inside"} */
function placementAt(event, row, layer) {
  const { top, height } = row.getBoundingClientRect();
  const share = (event.clientY - top) / height;
  if (layer.kind === "group" && share > 0.25 && (share < 0.75 || layer.open)) return "inside";
  return share < 0.5 || layer.background ? "above" : "below";
}

function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

module.exports = { createLayerList };
