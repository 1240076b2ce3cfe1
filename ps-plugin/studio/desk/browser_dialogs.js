"use strict";
// The painter's answers to a plugin's file dialogs in the browser: a chosen file is read in, a file
// for saving is downloaded whenever something is written to it.

const { makeNode } = require("../storage/disk.js");

const FOLDER = "/Users/painter"; // where browsers' files lie on the stand-in's disk

/**
 * @param {import("../storage/disk.js").Disk} disk
 * @param {(blob: Blob, name: string) => void} download
 * @returns {import("../storage/file_system.js").Dialogs}
 */
function createBrowserDialogs(disk, download) {
  return {
    async open({ types, multiple }) {
      const endings = types.filter((type) => !type.includes("*"));
      const files = await chosen(endings.map((type) => `.${type}`).join(","), multiple);
      return Promise.all(
        files.map(async (file) => {
          const bytes = new Uint8Array(await file.arrayBuffer());
          return disk.put(`${FOLDER}/${file.name}`, bytes);
        }),
      );
    },
    async save({ name }) {
      const wanted = window.prompt("Save as", name);
      if (!wanted) return null;
      const node = disk.find(`${FOLDER}/${wanted}`) ?? makeNode("file", wanted);
      node.parent ??= disk.put(FOLDER);
      node.written = (bytes, title) => download(new Blob([bytes.slice()]), title);
      return node;
    },
    async closing({ name }) {
      return window.confirm(`Close ${name} without saving its changes?`) ? "discard" : null;
    },
    async folder() {
      throw new Error("choosing a folder is not modelled by this host in a browser");
    },
  };
}

/** @returns {Promise<File[]>} none where the painter changed their mind */
function chosen(accept, multiple) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept, multiple, id: "plugin-file", hidden: true });
  document.body.append(input);
  return new Promise((done) => {
    const end = () => {
      input.remove();
      done([...(input.files ?? [])]);
    };
    input.addEventListener("change", end);
    input.addEventListener("cancel", end);
    input.click();
  });
}

module.exports = { createBrowserDialogs };
