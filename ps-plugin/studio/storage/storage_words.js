"use strict";
// Names that uxp.storage has beside its file systems: formats, modes, types, domains, file types and
// errors.
//
// documented: uxp/persistent-file-storage; each word is a Symbol of its own. assumed: what the errors
// say, and which endings the file types have.

const symbols = (names) =>
  Object.freeze(Object.fromEntries(names.map((one) => [one, Symbol(one)])));

const formats = symbols(["utf8", "binary"]);
const modes = symbols(["readOnly", "readWrite"]);
const types = symbols(["file", "folder"]);
const domains = symbols([
  "userDesktop",
  "userDocuments",
  "userPictures",
  "userVideos",
  "userMusic",
  "appLocalData",
  "appLocalLibrary",
  "appLocalCache",
  "appLocalShared",
  "appLocalTemporary",
  "appRoamingData",
  "appRoamingLibrary",
]);
const fileTypes = Object.freeze({
  text: Object.freeze(["txt"]),
  images: Object.freeze(["jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff"]),
  all: Object.freeze([".*"]),
});

const NAMES = /** @type {const} */ ([
  "AbstractMethodInvocationError",
  "ProviderMismatchError",
  "EntryIsNotAnEntryError",
  "EntryIsNotAFolderError",
  "EntryIsNotAFileError",
  "NotAFileSystemError",
  "OutOfSpaceError",
  "PermissionDeniedError",
  "EntryExistsError",
  "FileIsReadOnlyError",
  "DomainNotSupportedError",
  "InvalidFileNameError",
  "InvalidFileFormatError",
  "DataFileFormatMismatchError",
]);

/** @type {Record<typeof NAMES[number], new (message: string) => Error>} */
const errors = /** @type {any} */ (
  Object.freeze(Object.fromEntries(NAMES.map((name) => [name, errorNamed(name)])))
);

/** @param {string} name */
function errorNamed(name) {
  return class extends Error {
    /** @param {string} message */
    constructor(message) {
      super(message);
      this.name = name;
    }
  };
}

module.exports = { formats, modes, types, domains, fileTypes, errors };
