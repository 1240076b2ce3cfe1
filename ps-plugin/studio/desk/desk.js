"use strict";
// What the painter works with: the model, the view on it, the tools; and the peace between the
// painter's hand and a plugin's modal scopes.

const { Model } = require("../document/model.js");
const { createView } = require("./canvas.js");
const { createOverlay } = require("./overlay.js");
const { createTools } = require("./tools.js");
const { createSettings, hexColor } = require("./settings.js");

/** @typedef {ReturnType<typeof createDesk>} Desk */
/**
 * @typedef {(change: (document: import("../document/model.js").OpenDocument) => void) => Promise<void>} Act
 *   makes a change by the painter as soon as no plugin is in a modal scope
 */

/**
 * @param {(id: string) => any} $ an element by its id
 * @param {(text: string) => void} say
 * @param {() => import("../host/panel_frame.js").Panel | null} panel
 */
function createDesk($, say, panel) {
  const model = new Model();
  const settings = createSettings(localStorage);
  const view = createView(model, { stage: $("stage"), sheet: $("sheet"), canvas: $("canvas") });
  const overlay = createOverlay(model, view, $("overlay"));

  async function free() {
    for (let modal = panel()?.modal; modal?.isModal(); modal = panel()?.modal) await modal.free();
  }

  /** @type {Act} */
  async function act(change) {
    await free();
    try {
      if (model.active) change(model.active);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  const pickColor = (color) => settings.set({ color: hexColor(color) });
  const tools = createTools({ model, view, overlay, settings, free, say, pickColor });
  return { model, settings, view, overlay, tools, act };
}

module.exports = { createDesk };
