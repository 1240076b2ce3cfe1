"use strict";
// New, open, save, close: documents come and go. Open and save go through the bridge.

const { firstSaveOf } = require("../storage/first_save.js");

/**
 * @param {object} options
 * @param {import("../document/model.js").Model} options.model
 * @param {ReturnType<import("./exchange.js").createExchange>} options.exchange
 * @param {(text: string) => void} options.say
 * @param {import("../photoshop/faults.js").Faults} [options.faults]
 */
function createFiles({ model, exchange, say, faults }) {
  /**
   * One after the other; what is to be said of them is said together, or the last would hide the rest.
   *
   * @param {Iterable<File>} files
   */
  async function open(files) {
    const told = [];
    for (const file of files) {
      say([...told, `Opening ${file.name} …`].join("\n"));
      told.push(...(await opened(file)));
    }
    say(told.join("\n"));
  }

  /** @param {File} file @returns {Promise<string[]>} what is to be said of it */
  async function opened(file) {
    try {
      /** @type {string[]} */
      const told = [];
      const tell = (notices) => told.push(`${file.name}: ${notices.join("; ")}`);
      model.open({ name: file.name, state: await exchange.open(file, tell) });
      return told;
    } catch (error) {
      return [`${file.name} could not be opened: ${messageOf(error)}`];
    }
  }

  /** The active document as a PSD file, downloaded. */
  async function save() {
    const opened = model.active;
    if (!opened) return;
    const state = firstSaveOf(opened, faults);
    say("Saving …");
    try {
      const blob = await exchange.psdOf(state);
      const name = `${opened.name.replace(/\.\w+$/, "")}.psd`;
      download(blob, name);
      opened.name = name;
      // strokes that fell while the file was written are not in it
      if (opened.state.layers === state.layers) opened.saved = true;
      model.emit({ type: "documents" });
      const descriptor = { documentID: opened.id };
      model.emit({ type: "notification", event: "save", descriptor });
      say(`Saved ${name}.`);
    } catch (error) {
      say(`The document could not be saved: ${messageOf(error)}`);
    }
  }

  function close(opened) {
    const sure =
      opened.saved || window.confirm(`“${opened.name}” has changes that are not saved. Close it?`);
    if (sure) model.close(opened);
  }

  return { open, save, close };
}

const messageOf = (error) => (error instanceof Error ? error.message : String(error));

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * Files dropped anywhere on the page.
 *
 * @param {HTMLElement} veil shown while a file hangs over the page
 * @param {(files: Iterable<File>) => Promise<void>} open
 */
function takeDroppedFiles(veil, open) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    await open(event.dataTransfer?.files ?? []);
  });
}

module.exports = { createFiles, takeDroppedFiles, download };
