"use strict";
// New, open, save, close: documents come and go. Open and save go through the bridge.

/**
 * @param {object} options
 * @param {import("./model.js").Model} options.model
 * @param {ReturnType<import("./exchange.js").createExchange>} options.exchange
 * @param {(text: string) => void} options.say
 */
function createFiles({ model, exchange, say }) {
  /** @param {File} file */
  async function open(file) {
    say(`Opening ${file.name} …`);
    try {
      const isPsd = /\.ps[db]$/i.test(file.name);
      let told = "";
      const tell = (notices) => (told = `${file.name}: ${notices.join("; ")}`);
      const state = await (isPsd ? exchange.openPsd : exchange.openImage)(file, tell);
      model.open({ name: file.name, state });
      say(told);
    } catch (error) {
      say(`${file.name} could not be opened: ${messageOf(error)}`);
    }
  }

  /** The active document as a PSD file, downloaded. */
  async function save() {
    const opened = model.active;
    if (!opened) return;
    const { state } = opened;
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
 * @param {(file: File) => Promise<void>} open
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
    for (const file of event.dataTransfer?.files ?? []) await open(file);
  });
}

module.exports = { createFiles, takeDroppedFiles };
