"use strict";
// What buttons and keys do, by name; a button's name is its id in index.html.

const { TOOLS } = require("./tools.js");
const { rectangle } = require("../document/bounds.js");
const { inverted, wholeSelection } = require("../document/selection.js");
const edits = require("../document/edits.js");

/**
 * @param {(id: string) => any} $ an element by its id
 * @param {object} desk
 * @param {import("./canvas.js").View} desk.view
 * @param {import("./settings.js").Settings} desk.settings
 * @param {ReturnType<import("./tools.js").createTools>} desk.tools
 * @param {ReturnType<import("./files.js").createFiles>} desk.files
 * @param {import("./desk.js").Act} desk.act
 * @param {() => void} desk.askForNew
 */
function createCommands($, { view, settings, tools, files, act, askForNew }) {
  const canvas = (document) => rectangle(0, 0, document.state.width, document.state.height);
  const still = (change) => () => !tools.isDragging() && act(change);
  const selecting = (name, change) =>
    still((document) => edits.select(document, name, change(document)));
  return {
    "new-document": askForNew,
    "open-file": () => $("file").click(),
    "save-psd": files.save,
    undo: still((document) => document.undo()),
    redo: still((document) => document.redo()),
    "new-layer": still((document) => edits.newLayer(document)),
    "new-group": still((document) => {
      const { active } = document.state;
      edits.newGroup(document, {}, active.length > 1 ? active : []);
    }),
    "delete-layer": still((document) => edits.deleteLayers(document, document.state.active)),
    "select-all": selecting("Select All", (document) => wholeSelection(canvas(document))),
    deselect: selecting("Deselect", () => null),
    "invert-selection": selecting("Inverse", (document) =>
      inverted(document.state.selection, canvas(document)),
    ),
    "duplicate-layer": still((document) => {
      if (document.state.active.length) edits.duplicateLayer(document, document.state.active[0]);
    }),
    clear: still((document) => {
      for (const id of document.state.active) edits.clearSelected(document, id);
    }),
    "zoom-in": () => view.zoomStep(1),
    "zoom-out": () => view.zoomStep(-1),
    "zoom-fit": () => view.fit(),
    "zoom-100": () => view.zoomTo(1),
    smaller: () => settings.resize(-1),
    larger: () => settings.resize(1),
    openChosen: async () => {
      await files.open([...$("file").files]);
      $("file").value = "";
    },
  };
}

/**
 * @param {(id: string) => any} $ an element by its id
 * @param {ReturnType<typeof createCommands>} commands
 */
function bindButtons($, commands) {
  for (const [id, command] of Object.entries(commands)) $(id)?.addEventListener("click", command);
  $("file").addEventListener("change", commands.openChosen);
}

/** @returns {import("./shortcuts.js").Keys} */
function keysFor(commands, settings) {
  const tools = Object.entries(TOOLS).map(([tool, { key }]) => [
    key.toLowerCase(),
    () => settings.set({ tool }),
  ]);
  return {
    ...Object.fromEntries(tools),
    "[": commands.smaller,
    "]": commands.larger,
    "mod+z": commands.undo,
    "mod+shift+z": commands.redo,
    "mod+y": commands.redo,
    "mod+s": commands["save-psd"],
    "mod+o": commands["open-file"],
    "mod+a": commands["select-all"],
    "mod+d": commands.deselect,
    "mod+shift+i": commands["invert-selection"],
    "mod+j": commands["duplicate-layer"],
    delete: commands.clear,
    backspace: commands.clear,
    "mod+0": commands["zoom-fit"],
    "mod+1": commands["zoom-100"],
    "mod+=": commands["zoom-in"],
    "mod++": commands["zoom-in"],
    "mod+-": commands["zoom-out"],
  };
}

module.exports = { createCommands, bindButtons, keysFor };
