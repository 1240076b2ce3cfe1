"use strict";
// uxp.storage.localFileSystem: the plugin's folders, the painter's files by dialogs, tokens.
//
// documented: uxp/persistent-file-storage/file-system-provider.md; which of it a plugin may use is
// said by localFileSystem in its manifest: "plugin" (and nothing) its own folders, "request" dialogs
// too, "fullAccess" every file by its address. assumed: the words of the refusals.

const { refusing } = require("../documented/guarded.js");
const { createEntries } = require("./entries.js");
const { makeNode } = require("./disk.js");
const { modes, types, domains, errors } = require("./storage_words.js");

/** @typedef {{requiredPermissions?: {localFileSystem?: string}}} Storing */
/** @typedef {import("./disk.js").Node} Node */
/**
 * @typedef {object} Dialogs how the painter answers; null and []: the dialog was cancelled
 * @property {(asked: {types: string[], multiple: boolean}) => Promise<Node[]>} open
 * @property {(asked: {name: string, types: string[]}) => Promise<Node | null>} save a file that may
 *   not be there yet: its parent is the folder
 * @property {() => Promise<Node | null>} folder
 * @property {(asked: {name: string}) => Promise<"save" | "discard" | null>} closing what becomes of
 *   the changes of a document that a plugin closes
 */

const LEVELS = ["plugin", "request", "fullAccess"];

/** By session token, of one life of a plugin. */
let lives = 0;

/**
 * @param {object} world
 * @param {Storing} [world.manifest]
 * @param {import("./disk.js").Disk} world.disk
 * @param {Dialogs} world.dialogs
 * @param {(content: import("./disk.js").Content, name: string) => Promise<Uint8Array>} world.bytesOf
 */
function createFileSystem({ manifest, disk, dialogs, bytesOf }) {
  const entries = createEntries({ disk, provider: () => provider, bytesOf });
  const { wrap, holdOf, isEntry } = entries;
  /** @type {Map<string, object>} */
  const session = new Map();
  const life = ++lives;
  // documented: what lies there goes with the plugin's life
  for (const node of [...disk.roots["plugin-temp"].children.values()]) disk.detach(node);
  const level = manifest?.requiredPermissions?.localFileSystem ?? "plugin";

  function requireLevel(needed, call) {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(needed)) {
      throw new errors.PermissionDeniedError(
        `Permission denied to ${call}. Manifest entry not found: localFileSystem "${needed}".`,
      );
    }
  }

  /** What dialogs begin with: a domain, a place. */
  function requireBeginning(options) {
    const { initialDomain, initialLocation } = options;
    if (initialDomain !== undefined && !Object.values(domains).includes(initialDomain)) {
      throw new errors.DomainNotSupportedError("initialDomain is one of storage.domains");
    }
    if (initialLocation !== undefined) holdOf(initialLocation);
  }

  const typesIn = ({ types: given = [".*"] }) => {
    if (!Array.isArray(given)) throw new TypeError("types is a list of endings");
    return given;
  };

  /** The folder and the name that an address ends in. */
  function placeOf(url) {
    const found = /^(plugin|plugin-data|plugin-temp|file):\/*(.*)$/.exec(String(url));
    if (!found) throw new Error(`"${url}" is no address of a file`);
    const [, scheme, path] = found;
    if (scheme === "file") requireLevel("fullAccess", url);
    return { root: disk.roots[scheme], path: path.replace(/\/+$/, "") };
  }

  const own = {
    isFileSystemProvider: true,
    supportedDomains: Object.freeze(Object.values(domains)),
    async getFileForOpening(options = {}) {
      requireLevel("request", "getFileForOpening");
      requireBeginning(options);
      const multiple = options.allowMultiple === true;
      const chosen = await dialogs.open({ types: typesIn(options), multiple });
      const files = chosen.map((node) => wrap(node, { mode: modes.readOnly }));
      return multiple ? files : (files[0] ?? null);
    },
    async getFileForSaving(name, options = {}) {
      requireLevel("request", "getFileForSaving");
      requireBeginning(options);
      if (typeof name !== "string" && !options.types) {
        throw new TypeError("getFileForSaving: give a name, or types");
      }
      if (options.types?.some((type) => String(type).startsWith("."))) {
        throw new TypeError("getFileForSaving: types are endings without a dot");
      }
      const chosen = await dialogs.save({ name: name ?? "", types: typesIn(options) });
      if (!chosen) return null;
      return chosen.content ? wrap(chosen) : wrap(chosen, { folder: chosen.parent });
    },
    async getFolder(options = {}) {
      requireLevel("request", "getFolder");
      requireBeginning(options);
      const chosen = await dialogs.folder();
      return chosen && wrap(chosen, { picked: true });
    },
    getTemporaryFolder: async () => wrap(disk.roots["plugin-temp"]),
    getDataFolder: async () => wrap(disk.roots["plugin-data"]),
    getPluginFolder: async () => wrap(disk.roots.plugin),
    async createEntryWithUrl(url, { type = types.file, overwrite = false } = {}) {
      const { root, path } = placeOf(url);
      const names = path.split("/");
      const name = names.pop() ?? "";
      const folder = disk.below(root, names.join("/"));
      if (folder?.kind !== "folder") throw new Error(`the folder of ${url} is not there`);
      // documented: a folder does not take a file's place, overwrite or not
      if (type === types.folder && disk.below(folder, name)) {
        throw new errors.EntryExistsError(`${url} is there already`);
      }
      return wrap(folder)["createEntry"](name, { type, overwrite });
    },
    async getEntryWithUrl(url) {
      const { root, path } = placeOf(url);
      const node = disk.below(root, path);
      if (!node) throw new Error(`${url} is not there`);
      return wrap(node);
    },
    getFsUrl: (entry) => (holdOf(entry), entry.url),
    getNativePath: (entry) => (holdOf(entry), entry.nativePath),
    createSessionToken(entry) {
      holdOf(entry);
      const token = `session-${life}-${session.size + 1}`;
      session.set(token, entry);
      return token;
    },
    getEntryForSessionToken: (token) => byToken(session.get(token)),
    async createPersistentToken(entry) {
      const { node } = holdOf(entry);
      const token = `persistent-${disk.tokens.size + 1}`;
      disk.tokens.set(token, node);
      return token;
    },
    async getEntryForPersistentToken(token) {
      const node = disk.tokens.get(token);
      return byToken(node && wrap(node));
    },
  };

  /** documented: a token that means nothing throws in these words. */
  function byToken(entry) {
    if (!entry) throw new ReferenceError("token is not defined");
    return entry;
  }

  const provider = refusing("uxp.storage.localFileSystem", Object.freeze(own));
  const isOf = (kind) => (entry) => isEntry(entry) && holdOf(entry).node.kind === kind;
  return {
    localFileSystem: provider,
    /** The classes, which say what an entry is; nobody makes one. */
    classes: {
      File: Object.freeze({ isFile: isOf("file") }),
      Folder: Object.freeze({ isFolder: isOf("folder") }),
    },
    entries,
    /** @param {string} token */
    entryBySession: (token) => session.get(token),
  };
}

/**
 * The painter's answers in a test: `dialogs.next("/Users/painter/a.png")`, several for one dialog, or
 * none for a cancelled one; "save" or "discard" where a document is closed that has changes.
 *
 * @param {import("./disk.js").Disk} disk
 */
function createDialogs(disk) {
  /** @type {string[][]} */
  const answers = [];
  function answer(what) {
    const paths = answers.shift();
    if (!paths) throw new Error(`a dialog ${what} is open: answer it with dialogs.next(path)`);
    return paths;
  }
  function there(path) {
    const node = disk.find(path);
    if (!node) throw new Error(`${path} is not on the disk`);
    return node;
  }
  /** A file that is written to later. */
  function coming(path) {
    const names = path.split("/");
    const node = makeNode("file", names.pop() ?? "");
    node.parent = disk.put(names.join("/"));
    return node;
  }
  return {
    /** @param {...string} paths */
    next: (...paths) => void answers.push(paths),
    waiting: () => answers.length,
    open: async () => answer("for opening").map(there),
    async save() {
      const [path] = answer("for saving");
      return path === undefined ? null : (disk.find(path) ?? coming(path));
    },
    async folder() {
      const [path] = answer("for a folder");
      return path === undefined ? null : there(path);
    },
    async closing({ name }) {
      const [wanted] = answer(`for closing ${name}`);
      if (wanted === undefined) return null;
      if (wanted === "save" || wanted === "discard") return wanted;
      throw new Error(`a dialog about changes is answered by "save" or "discard", not "${wanted}"`);
    },
  };
}

module.exports = { createFileSystem, createDialogs };
