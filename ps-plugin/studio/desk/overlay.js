"use strict";
// What lies above the picture: the selection's marching ants, a line being drawn, the brush's ring.

const { outline } = require("../document/selection.js");

const ANT = 4; // CSS pixels of a dash
const PACE = 120; // ms per dash offset

/**
 * @param {import("../document/model.js").Model} model
 * @param {ReturnType<import("./canvas.js").createView>} view
 * @param {HTMLCanvasElement} canvas
 */
function createOverlay(model, view, canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** Edges of the selection, kept as long as it is the same. */
  /** @type {{selection: import("../document/raster.js").Raster | null, edges: number[][]}} */
  let ants = { selection: null, edges: [] };
  /** @type {{x: number, y: number}[]} of the document: a selection being drawn */
  let line = [];
  /** @type {{x: number, y: number, radius: number} | null} of the document */
  let ring = null;
  let offset = 0;
  let scheduled = false;

  model.listen(() => request());
  view.onPlace(request);
  new ResizeObserver(() => resize()).observe(view.stage);
  setInterval(() => {
    if (!ants.edges.length && !line.length) return;
    offset = (offset + 1) % (2 * ANT);
    request();
  }, PACE);

  function resize() {
    canvas.width = view.stage.clientWidth * devicePixelRatio;
    canvas.height = view.stage.clientHeight * devicePixelRatio;
    request();
  }

  function request() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function draw() {
    const selection = model.active?.state.selection ?? null;
    if (selection !== ants.selection) {
      ants = { selection, edges: selection ? outline(selection) : [] };
    }
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!model.active) return;
    dashes(() => {
      for (const [x1, y1, x2, y2] of ants.edges) {
        context.moveTo(...screen(x1, y1));
        context.lineTo(...screen(x2, y2));
      }
    });
    dashes(() => line.forEach(({ x, y }, i) => context[i ? "lineTo" : "moveTo"](...screen(x, y))));
    if (ring) circle(ring);
  }

  /** A white line with black dashes that walk. */
  function dashes(path) {
    context.lineWidth = 1;
    for (const { color, dash } of [
      { color: "white", dash: [] },
      { color: "black", dash: [ANT, ANT] },
    ]) {
      context.beginPath();
      context.strokeStyle = color;
      context.setLineDash(dash);
      context.lineDashOffset = -offset;
      path();
      context.stroke();
    }
    context.setLineDash([]);
  }

  function circle({ x, y, radius }) {
    const [cx, cy] = screen(x, y);
    const size = Math.max(radius * view.zoom(), 1.5);
    for (const { color, grow } of [
      { color: "rgba(0, 0, 0, .6)", grow: 0.5 },
      { color: "rgba(255, 255, 255, .9)", grow: -0.5 },
    ]) {
      context.beginPath();
      context.strokeStyle = color;
      context.arc(cx, cy, Math.max(size + grow, 0.5), 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /**
   * Document to stage, on half pixels, where lines are sharp.
   *
   * @returns {[number, number]}
   */
  function screen(x, y) {
    const { x: left, y: top } = view.pan();
    return [Math.round(left + x * view.zoom()) + 0.5, Math.round(top + y * view.zoom()) + 0.5];
  }

  return {
    /** @param {{x: number, y: number}[]} points */
    setLine(points) {
      line = points;
      request();
    },
    /** @param {{x: number, y: number, radius: number} | null} next */
    setRing(next) {
      ring = next;
      request();
    },
  };
}

module.exports = { createOverlay };
