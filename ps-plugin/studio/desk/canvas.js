"use strict";
// The picture on the screen: composed where it changed, at any zoom, pixel for pixel.

const { rectangle, around, common, isEmpty, NOTHING } = require("../document/bounds.js");
const { composite, changedBounds } = require("../document/composite.js");
const { onScreen } = require("../document/raster.js");
const { changeLayer } = require("../document/document.js");

/** @typedef {import("../document/bounds.js").Bounds} Bounds */
/** @typedef {import("../document/raster.js").Raster} Raster */
/** @typedef {ReturnType<typeof createView>} View */

const ZOOMS = [0.125, 0.25, 0.5, 0.667, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const MARGIN = 24; // CSS pixels around a picture that is made to fit

/**
 * @param {import("../document/model.js").Model} model
 * @param {{stage: HTMLElement, sheet: HTMLElement, canvas: HTMLCanvasElement}} elements
 */
function createView(model, { stage, sheet, canvas }) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let zoom = 1;
  let pan = { x: 0, y: 0 }; // CSS pixels from the stage's corner to the picture's
  /** @type {Bounds} */
  let dirty = NOTHING;
  let scheduled = false;
  /** What a tool shows before it is done: other pixels in one layer. */
  let preview = /** @type {{id: number, raster: Raster} | null} */ (null);
  const listeners = new Set();
  /** @type {import("../document/model.js").OpenDocument | null} */
  let shown = null;

  model.listen((event) => {
    if (event.type === "documents") showDocument();
    if (event.type === "state" && event.document === model.active) {
      const { before, after } = event;
      const { width, height } = after;
      const other = before.depth !== after.depth || before.profile !== after.profile;
      invalidate(other ? rectangle(0, 0, width, height) : changedBounds(before, after));
    }
  });

  /** Another document came to the front, perhaps. */
  function showDocument() {
    if (shown === model.active) return;
    shown = model.active;
    const state = model.active?.state;
    sheet.hidden = !state;
    if (!state) return;
    canvas.width = state.width;
    canvas.height = state.height;
    fit();
    invalidate(rectangle(0, 0, state.width, state.height));
  }

  /** @param {Bounds} bounds to be drawn with the next frame */
  function invalidate(bounds) {
    dirty = around(dirty, bounds);
    if (scheduled || isEmpty(dirty)) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function draw() {
    const state = model.active?.state;
    const bounds = dirty;
    dirty = NOTHING;
    if (!state) return;
    const shown = preview ? changeLayer(state, preview.id, { raster: preview.raster }) : state;
    const area = common(bounds, rectangle(0, 0, state.width, state.height));
    if (isEmpty(area)) return;
    const picture = composite(shown, area);
    const bytes = new Uint8ClampedArray(onScreen(picture, state.profile));
    const pixels = new ImageData(bytes, picture.width, picture.height);
    context.putImageData(pixels, area.left, area.top);
  }

  /** @param {{id: number, raster: Raster} | null} next */
  function setPreview(next, bounds) {
    preview = next;
    invalidate(bounds);
  }

  function place() {
    const { width, height } = canvas;
    Object.assign(sheet.style, {
      width: `${width * zoom}px`,
      height: `${height * zoom}px`,
      transform: `translate(${Math.round(pan.x)}px, ${Math.round(pan.y)}px)`,
    });
    canvas.classList.toggle("pixels", zoom >= 1);
    for (const listener of listeners) listener();
  }

  function fit() {
    const { clientWidth, clientHeight } = stage;
    const room = Math.min(
      (clientWidth - 2 * MARGIN) / canvas.width,
      (clientHeight - 2 * MARGIN) / canvas.height,
    );
    const whole = ZOOMS.filter((step) => step <= room).at(-1) ?? ZOOMS[0];
    zoom = room >= 1 ? whole : Math.max(room, 0.05);
    center();
  }

  function center() {
    pan = {
      x: (stage.clientWidth - canvas.width * zoom) / 2,
      y: (stage.clientHeight - canvas.height * zoom) / 2,
    };
    place();
  }

  /**
   * @param {number} next
   * @param {{x: number, y: number}} [at] a point of the stage that stays where it is
   */
  function zoomTo(next, at = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 }) {
    const to = Math.min(Math.max(next, 0.05), ZOOMS[ZOOMS.length - 1]);
    pan = { x: at.x - ((at.x - pan.x) * to) / zoom, y: at.y - ((at.y - pan.y) * to) / zoom };
    zoom = to;
    place();
  }

  /** The next step of ZOOMS in a direction, +1 or -1. */
  function zoomStep(direction, at) {
    const next =
      direction > 0
        ? ZOOMS.find((step) => step > zoom * 1.01)
        : ZOOMS.filter((step) => step < zoom * 0.99).at(-1);
    if (next) zoomTo(next, at);
  }

  function panBy(dx, dy) {
    pan = { x: pan.x + dx, y: pan.y + dy };
    place();
  }

  /** A mouse event's place on the stage. */
  function onStage({ clientX, clientY }) {
    const { left, top } = stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** A mouse event's place in the document. */
  function inDocument(event) {
    const { x, y } = onStage(event);
    return { x: (x - Math.round(pan.x)) / zoom, y: (y - Math.round(pan.y)) / zoom };
  }

  return {
    stage,
    invalidate,
    setPreview,
    fit,
    zoomTo,
    zoomStep,
    panBy,
    onStage,
    inDocument,
    /** Told after each change of zoom or place. */
    onPlace: (listener) => listeners.add(listener),
    zoom: () => zoom,
    pan: () => ({ x: Math.round(pan.x), y: Math.round(pan.y) }),
  };
}

module.exports = { createView };
