"use strict";
// What the pointer does on the canvas, by tool.
//
//   createTools   gives pointer events to the tool in hand
//   TOOLS         brush, eraser, marquee, lasso, move, eyedropper, hand
//
// A tool is a function of the desk and the pointer going down; it answers with what to do on each
// move and at the end. The painter's changes wait until no plugin is in a modal scope, and plugins
// wait until the stroke's end: nobody ever paints over the other.

const { rectangle, around, NOTHING } = require("../document/bounds.js");
const { boundsOf, copyInto, cut, moved, onScreen } = require("../document/raster.js");
const { composite } = require("../document/composite.js");
const { changeLayer, findLayer, groupsOf, isHeld } = require("../document/document.js");
const { wordOf } = require("../document/kinds.js");
const { createStroke, strokePiece, strokeOn } = require("../document/brush.js");
const {
  rectangleSelection,
  polygonSelection,
  feathered,
  combined,
} = require("../document/selection.js");
const { announce } = require("../photoshop/strokes.js");
const edits = require("../document/edits.js");

/**
 * @typedef {object} Desk what tools work with
 * @property {import("../document/model.js").Model} model
 * @property {ReturnType<import("./canvas.js").createView>} view
 * @property {ReturnType<import("./overlay.js").createOverlay>} overlay
 * @property {import("./settings.js").Settings} settings
 * @property {() => Promise<void>} free resolves when no plugin is in a modal scope
 * @property {(text: string) => void} say
 * @property {(color: [number, number, number]) => void} pickColor
 */
/** @typedef {{move(event: PointerEvent): void, end(event: PointerEvent): void | Promise<void>}} Drag */

/** What the painter must hear before painting on this layer; "" when it may be painted on. */
function objection(state, layers) {
  if (layers.length !== 1) return "Choose one layer to paint on.";
  const [layer] = layers;
  if (layer.kind === "group") return `“${layer.name}” is a group: choose a layer in it.`;
  const what = wordOf(layer);
  if (["an adjustment", "a fill"].includes(what)) {
    return `“${layer.name}” is ${what}: choose or make a layer to paint on.`;
  }
  const hidden = [layer, ...groupsOf(state, layer.id)].find(({ visible }) => !visible);
  if (hidden) return `“${hidden.name}” is hidden: show it before painting on it.`;
  if (isHeld(state, layer.id, "pixels")) return `“${layer.name}” is locked.`;
  return "";
}

/** What a first stroke on this layer does to it; "" when nothing. */
function warning(layer) {
  const what = wordOf(layer);
  return what && `“${layer.name}” is ${what}: painted on, it is saved as pixels.`;
}

const activeLayers = ({ state }) =>
  state.active.map((id) => findLayer(state, id)).filter((layer) => layer !== undefined);

const canvasOf = (state) => rectangle(0, 0, state.width, state.height);

/** Brush and eraser. */
function paint(desk, event, erase) {
  const { model, view, settings, say } = desk;
  const document = model.active;
  const refused = objection(document.state, activeLayers(document));
  if (refused) {
    say(refused);
    return null;
  }
  const [layer] = activeLayers(document);
  const told = warning(layer);
  if (told) say(told);
  const stroke = createStroke({ ...settings.brush(), erase }, document.state);
  const work = cut(layer.raster, canvasOf(document.state), 4, document.state.depth);
  announce(model, "enter");
  model.setBusy("the painter is painting");

  function show(dirty) {
    copyInto(work, strokePiece(layer, stroke, dirty));
    view.setPreview({ id: layer.id, raster: work }, dirty);
  }
  show(stroke.add(pointOf(view, event)));
  return {
    move(event) {
      for (const one of coalesced(event)) show(stroke.add(pointOf(view, one)));
    },
    async end() {
      show(stroke.finish());
      await desk.free();
      const now = findLayer(document.state, layer.id); // as a plugin may just have left it
      const name = erase ? "Eraser" : "Brush Tool";
      if (now) {
        const raster = strokeOn(now, stroke);
        document.record(name, changeLayer(document.state, now.id, { raster }));
      } else {
        edits.newLayer(document, { raster: strokeOn({ raster: null, background: false }, stroke) });
      }
      view.setPreview(null, stroke.bounds());
      model.setBusy("");
      announce(model, "exit");
    },
  };
}

/** Only a pen has pressure; a mouse says 0.5. */
function pointOf(view, event) {
  const { x, y } = view.inDocument(event);
  return { x, y, pressure: event.pointerType === "pen" ? event.pressure : 1 };
}

/** Every position since the last event: a fast stroke stays round. */
function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}

/** Marquee and lasso: `shape` makes a selection of the points so far. */
function selecting(desk, event, { command, shape, shown }) {
  const { model, view, overlay, settings } = desk;
  const document = model.active;
  const how = event.shiftKey ? "add" : event.altKey ? "subtract" : "replace";
  const points = [view.inDocument(event)];
  return {
    move(event) {
      points.push(view.inDocument(event));
      overlay.setLine(shown(points));
    },
    async end() {
      overlay.setLine([]);
      const canvas = canvasOf(document.state);
      const drawn = points.length > 1 ? shape(points, canvas) : null;
      await desk.free();
      const soft = feathered(drawn, settings.feather(), canvas);
      const selection = combined(document.state.selection, soft, how);
      edits.select(document, selection ? command : "Deselect", selection);
    },
  };
}

/**
 * @template T
 * @param {T[]} points
 * @returns {[T, T]}
 */
const corners = (points) => [points[0], points[points.length - 1]];

const MARQUEE = {
  command: "Rectangular Marquee",
  shape: (points, canvas) => rectangleSelection(...corners(points), canvas),
  shown(points) {
    const [a, b] = corners(points);
    return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }, a];
  },
};

const LASSO = { command: "Lasso", shape: polygonSelection, shown: (points) => points };

/** Shift the active layer. */
function moveLayer(desk, event) {
  const { model, view, say } = desk;
  const document = model.active;
  const [layer] = activeLayers(document);
  if (!layer || isHeld(document.state, layer.id, "position")) {
    say(layer ? `“${layer.name}” is locked and cannot be moved.` : "Choose a layer to move.");
    return null;
  }
  const start = view.inDocument(event);
  let shift = { x: 0, y: 0 };
  let shown = layer.raster ? boundsOf(layer.raster) : NOTHING;
  return {
    move(event) {
      const { x, y } = view.inDocument(event);
      shift = { x: Math.round(x - start.x), y: Math.round(y - start.y) };
      if (!layer.raster) return;
      const raster = moved(layer.raster, shift.x, shift.y);
      view.setPreview({ id: layer.id, raster }, around(shown, boundsOf(raster)));
      shown = boundsOf(raster);
    },
    async end() {
      await desk.free();
      if ((shift.x || shift.y) && findLayer(document.state, layer.id)) {
        edits.shiftLayer(document, layer.id, shift.x, shift.y);
      }
      view.setPreview(null, shown);
    },
  };
}

/** Take a colour from the picture. */
function pick(desk, event) {
  const look = (at) => {
    const { x, y } = desk.view.inDocument(at);
    const pixel = rectangle(Math.floor(x), Math.floor(y), 1, 1);
    const { state } = desk.model.active;
    const [r, g, b, a] = onScreen(composite(state, pixel), state.profile);
    if (a) desk.pickColor([r, g, b]);
  };
  look(event);
  return { move: look, end() {} };
}

/** Push the picture about. */
function pan(desk, event) {
  let last = event;
  return {
    move(event) {
      desk.view.panBy(event.clientX - last.clientX, event.clientY - last.clientY);
      last = event;
    },
    end() {},
  };
}

/**
 * @type {Record<string, {title: string, key: string,
 *   down: (desk: Desk, event: PointerEvent) => Drag | null}>}
 */
const TOOLS = {
  move: { title: "Move", key: "V", down: moveLayer },
  marquee: { title: "Rectangular Marquee", key: "M", down: (d, e) => selecting(d, e, MARQUEE) },
  lasso: { title: "Lasso", key: "L", down: (d, e) => selecting(d, e, LASSO) },
  brush: { title: "Brush", key: "B", down: (d, e) => (e.altKey ? pick(d, e) : paint(d, e, false)) },
  eraser: { title: "Eraser", key: "E", down: (desk, event) => paint(desk, event, true) },
  eyedropper: { title: "Eyedropper", key: "I", down: pick },
  hand: { title: "Hand", key: "H", down: pan },
};

/**
 * Listen to the pointer.
 *
 * @param {Desk} desk
 */
function createTools(desk) {
  const { stage } = desk.view;
  /** @type {Drag | null} */
  let drag = null;
  let spaceHeld = false;
  /** One event after another, also while a stroke's end waits for a plugin: none is lost. */
  let queue = Promise.resolve();
  const inTurn = (work) => (queue = queue.then(work).catch((error) => desk.say(error.message)));

  stage.addEventListener("pointerdown", (event) => {
    if (event.button === 2) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const tool = event.button === 1 || spaceHeld ? "hand" : desk.settings.tool();
    inTurn(() => {
      if (!drag && desk.model.active) drag = TOOLS[tool].down(desk, event);
    });
  });
  stage.addEventListener("pointermove", (event) => inTurn(() => drag?.move(event)));
  const up = (event) =>
    inTurn(async () => {
      const ended = drag;
      drag = null;
      await ended?.end(event);
    });
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);

  return {
    setSpace(held) {
      spaceHeld = held;
      stage.classList.toggle("panning", held);
    },
    /** Undo and the like wait for the end of what the hand is doing. */
    isDragging: () => drag !== null,
  };
}

module.exports = { TOOLS, createTools, objection, warning };
