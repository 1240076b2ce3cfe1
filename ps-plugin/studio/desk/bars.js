"use strict";
// The bars that follow the document: the active layer's opacity, zoom, size, pointer; and the wheel.

const { fill } = require("./options_bar.js");
const { findLayer } = require("../document/document.js");
const { SRGB } = require("../document/colour.js");
const edits = require("../document/edits.js");

/**
 * The active layer's opacity, with one history state at the end of the drag; undo and redo.
 *
 * @param {(id: string) => any} $ an element by its id
 * @param {import("../document/model.js").Model} model
 * @param {import("./desk.js").Act} act
 */
function bindLayerOptions($, model, act) {
  const slider = $("layer-opacity");
  const show = () => {
    const state = model.active?.state;
    const layer = state && findLayer(state, state.active[0]);
    slider.disabled = !layer || layer.background;
    const percent = Math.round((layer?.opacity ?? 1) * 100);
    slider.value = String(percent);
    $("layer-opacity-shown").textContent = `${percent} %`;
    fill(slider);
    $("undo").disabled = !model.active || model.active.current === 0;
    $("redo").disabled = !model.active || model.active.current === model.active.history.length - 1;
  };
  model.listen(show);
  slider.addEventListener("input", () => {
    $("layer-opacity-shown").textContent = `${slider.value} %`;
    fill(slider);
  });
  slider.addEventListener("change", () =>
    act((document) => {
      const { active } = document.state;
      for (const id of active) edits.setLayer(document, id, "opacity", slider.valueAsNumber / 100);
    }),
  );
}

/** Size, and what is not usual about its colours. @param {import("../document/document.js").State} state */
function sizeOf({ width, height, depth, profile }) {
  const more = [depth === 16 && "16 bit", profile !== SRGB && profile].filter(Boolean);
  return [`${width} × ${height} px`, ...more].join(" · ");
}

/**
 * Zoom, size, pointer; the brush's ring; the wheel.
 *
 * @param {(id: string) => any} $ an element by its id
 * @param {import("../document/model.js").Model} model
 * @param {import("./canvas.js").View} view
 * @param {ReturnType<import("./overlay.js").createOverlay>} overlay
 * @param {import("./settings.js").Settings} settings
 */
function bindStatus($, model, view, overlay, settings) {
  const stage = $("stage");
  const follow = () => {
    $("zoom").textContent = `${Math.round(view.zoom() * 100)} %`;
    $("document-size").textContent = model.active ? sizeOf(model.active.state) : "";
  };
  view.onPlace(follow);
  model.listen(follow); // depth and profile change in place
  stage.addEventListener("pointermove", (event) => {
    const { x, y } = view.inDocument(event);
    $("pointer").textContent = `${Math.floor(x)}, ${Math.floor(y)}`;
    const { tool, size } = settings.values();
    overlay.setRing(["brush", "eraser"].includes(tool) ? { x, y, radius: size / 2 } : null);
  });
  stage.addEventListener("pointerleave", () => {
    overlay.setRing(null);
    $("pointer").textContent = "";
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.ctrlKey || event.altKey || event.metaKey) {
        view.zoomTo(view.zoom() * Math.exp(-event.deltaY / 300), view.onStage(event));
      } else view.panBy(-event.deltaX, -event.deltaY);
    },
    { passive: false },
  );
}

module.exports = { bindLayerOptions, bindStatus };
