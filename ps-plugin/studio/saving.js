"use strict";
// Files a plugin may write to, in memory: Document.saveAs.psd, app.open, storage.localFileSystem.
//
// documented: the calls and their order (classes/document.md, storage). assumed: that a reopened
// document is what was saved, notes and all. What a real file keeps is for the PSD tests, and for the
// panel's self-test in a real Photoshop.

const { refusing } = require("./guarded.js");

/** @typedef {{name: string, state: import("./document.js").State}} Saved */

/** What lies in the files, by their token: one life of the host. */
function createFiles() {
  /** @type {WeakMap<object, Saved | null>} */
  const files = new WeakMap();

  /** @param {string} name */
  function token(name) {
    const file = refusing("File", {
      name,
      isFile: true,
      nativePath: `/tmp/${name}`,
      async delete() {
        if (!files.delete(file)) throw new Error(`the file ${name} was deleted already`);
      },
    });
    files.set(file, null);
    return file;
  }

  const localFileSystem = refusing("uxp.storage.localFileSystem", {
    getTemporaryFolder: async () =>
      refusing("Folder", {
        isFolder: true,
        async createFile(name, { overwrite = false } = {}) {
          if (!overwrite) throw new Error("createFile without overwrite is not modelled");
          return token(name);
        },
      }),
  });

  return {
    localFileSystem,

    /** @param {object} file @param {import("./model.js").OpenDocument} document */
    save(file, document) {
      if (!files.has(file)) throw new Error("saveAs.psd: give a file of localFileSystem");
      files.set(file, { name: file["name"], state: document.state });
    },

    /** @param {object} file @returns {Saved} */
    read(file) {
      const saved = files.get(file);
      if (!saved) throw new Error("open: give a file that a document was saved to");
      return saved;
    },
  };
}

module.exports = { createFiles };
