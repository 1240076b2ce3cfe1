"use strict";
// Document.save and Document.saveAs.

const { refusing } = require("../documented/guarded.js");
const { checkOptions } = require("../storage/picture_files.js");

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {() => import("../document/model.js").OpenDocument} document
 */
function savingOf(views, document) {
  const { modal, files } = views;
  /** @param {"psd" | "psb" | "png" | "jpg"} format */
  const savingAs = (format) =>
    async function saveAs(...given) {
      modal.requireScopeFor("save");
      const [file, options, asCopy = false] = given;
      if (typeof asCopy !== "boolean") throw new TypeError(`saveAs.${format}: asCopy is a boolean`);
      checkOptions(format, options ?? {});
      const how = { options: options ?? {}, asCopy, background: views.paper() };
      await files.save(document(), format, file, how);
    };
  return {
    get saveAs() {
      return refusing("Document.saveAs", {
        psd: savingAs("psd"),
        psb: savingAs("psb"),
        png: savingAs("png"),
        jpg: savingAs("jpg"),
      });
    },
    /** documented: a dialog asks where, of what was never saved */
    async save() {
      modal.requireScopeFor("save");
      await files.saveAgain(document());
    },
  };
}

module.exports = { savingOf };
