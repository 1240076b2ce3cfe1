"use strict";
// Files and folders as a plugin holds them: uxp.storage's File and Folder over a disk.
//
// documented: uxp/persistent-file-storage, its pages entry, file and folder; a file that was created
// is not on the disk before something is written to it. assumed: the words of the refusals, and that
// an entry follows its file where that is moved to.

const { refusing, fixed } = require("../documented/guarded.js");
const { makeNode } = require("./disk.js");
const { formats, modes, types, errors } = require("./storage_words.js");

/** @typedef {import("./disk.js").Node} Node */
/** @typedef {import("./disk.js").Content} Content */
/** @typedef {{node: Node, folder: Node | null, mode: symbol, picked: boolean}} Held folder: where a file that is not on the disk yet will be; picked: in a dialog for folders */

const encoder = new TextEncoder(); // taken before the world is stripped of them
const decoder = new TextDecoder();

/**
 * @param {object} world
 * @param {import("./disk.js").Disk} world.disk
 * @param {() => any} world.provider the file system that serves them
 * @param {(content: Content, name: string) => Promise<Uint8Array>} world.bytesOf of what was saved
 */
function createEntries({ disk, provider, bytesOf }) {
  /** @type {WeakMap<object, Held>} */
  const held = new WeakMap();

  /** @param {any} entry @returns {Held} */
  function holdOf(entry) {
    const hold = typeof entry === "object" && entry !== null ? held.get(entry) : undefined;
    if (!hold) throw new errors.EntryIsNotAnEntryError("this is no file or folder of UXP's");
    return hold;
  }

  function folderOf(entry) {
    const { node } = holdOf(entry);
    if (node.kind !== "folder")
      throw new errors.EntryIsNotAFolderError(`${node.name} is no folder`);
    return node;
  }

  const isThere = ({ node, folder }) =>
    !folder && (node.parent !== null || Object.values(disk.roots).includes(node));

  function requireThere(hold) {
    if (!isThere(hold)) throw new Error(`${hold.node.name} is not there`);
    return hold.node;
  }

  function requireWritable(hold) {
    if (hold.mode === modes.readOnly) {
      throw new errors.FileIsReadOnlyError(`${hold.node.name} is read-only`);
    }
  }

  function requireFree(folder, name, overwrite) {
    if (typeof name !== "string" || !name || /[/\\:*?"<>|]/.test(name)) {
      throw new errors.InvalidFileNameError(`"${name}" is no name for a file or a folder`);
    }
    const there = disk.below(folder, name);
    if (there && (!overwrite || there.kind === "folder")) {
      throw new errors.EntryExistsError(`${name} is there already`);
    }
    return there;
  }

  /**
   * What a plugin writes, or Photoshop for it.
   *
   * @param {any} entry
   * @param {Content} content
   */
  function put(entry, content) {
    const hold = holdOf(entry);
    requireWritable(hold);
    if (hold.node.kind !== "file") throw new errors.EntryIsNotAFileError("a folder holds no text");
    hold.node.content = content;
    hold.node.modified = new Date();
    if (hold.folder) {
      const old = hold.folder.children.get(hold.node.name);
      if (old && old !== hold.node) disk.detach(old);
      disk.attach(hold.folder, hold.node);
      hold.folder = null;
    }
    if (hold.node.written && content.bytes) hold.node.written(content.bytes, hold.node.name);
    else if (hold.node.written) void writeLater(hold.node, content);
  }

  async function writeLater(node, content) {
    node.written?.(await bytesOf(content, node.name), node.name);
  }

  async function bytesIn(hold) {
    const { content, name } = requireThere(hold);
    if (!content) throw new Error(`${name} holds nothing`);
    return content.bytes ?? bytesOf(content, name);
  }

  /** What files and folders share. */
  function common(hold) {
    return {
      isEntry: true,
      get name() {
        return hold.node.name;
      },
      get provider() {
        return provider();
      },
      get url() {
        return hold.folder ? `${disk.url(hold.folder)}/${hold.node.name}` : disk.url(hold.node);
      },
      get nativePath() {
        const { folder, node } = hold;
        return folder ? `${disk.nativePath(folder)}/${node.name}` : disk.nativePath(node);
      },
      /** documented: name, kind and path. assumed: in which words */
      toString() {
        return `${hold.node.kind} "${hold.node.name}" at ${this.nativePath}`;
      },
      /** documented: a folder needs `allowFolderCopy` */
      async copyTo(folder, { overwrite = false, allowFolderCopy = false } = {}) {
        const node = requireThere(hold);
        if (node.kind === "folder" && !allowFolderCopy) {
          throw new Error("copyTo: a folder is copied with allowFolderCopy only");
        }
        requireWritable(holdOf(folder));
        const there = requireFree(folderOf(folder), node.name, overwrite);
        if (there) disk.detach(there);
        return wrap(disk.attach(folderOf(folder), copied(node)));
      },
      async moveTo(folder, { overwrite = false, newName = hold.node.name } = {}) {
        const node = requireThere(hold);
        requireWritable(hold);
        move(node, folderOf(folder), newName, overwrite);
      },
      /** documented: answers 0; a folder must be empty */
      async delete() {
        const node = requireThere(hold);
        requireWritable(hold);
        // documented: what a folder's dialog gave is not deleted
        if (hold.picked) throw new errors.PermissionDeniedError(`${node.name} was picked`);
        if (node.children.size) throw new Error(`the folder ${node.name} is not empty`);
        disk.detach(node);
        return 0;
      },
      async getMetadata() {
        const { name, kind, created, modified } = requireThere(hold);
        const size = kind === "file" ? (await bytesIn(hold)).length : 0;
        const facts = { name, size, dateCreated: created, dateModified: modified };
        return fixed("EntryMetadata", {
          ...facts,
          isFile: kind === "file",
          isFolder: kind === "folder",
        });
      },
    };
  }

  function move(node, folder, name, overwrite) {
    const there =
      folder.children.get(name) === node ? undefined : requireFree(folder, name, overwrite);
    if (there) disk.detach(there);
    node.parent?.children.delete(node.name);
    node.name = name;
    disk.attach(folder, node);
  }

  function fileOf(hold) {
    return {
      isFile: true,
      isFolder: false,
      get mode() {
        return hold.mode;
      },
      /** documented: text unless `format` says otherwise; then an ArrayBuffer */
      async read(options = {}) {
        const format = formatIn(options, "read");
        const bytes = await bytesIn(hold);
        return format === formats.utf8 ? decoder.decode(bytes) : bytes.slice().buffer;
      },
      /** documented: answers how long what it wrote is */
      async write(data, options = {}) {
        const format = formatIn(options, "write");
        const bytes = bytesFrom(data, format);
        requireWritable(hold);
        const before = options.append && isThere(hold) ? await bytesIn(hold) : new Uint8Array(0);
        const all = new Uint8Array(before.length + bytes.length);
        all.set(before);
        all.set(bytes, before.length);
        put(entryOf.get(hold), { bytes: all });
        return bytes.length;
      },
    };
  }

  function folderMembers(hold) {
    const folder = () => requireThere(hold);
    const made = (name, kind, overwrite) => {
      requireWritable(hold);
      requireFree(folder(), name, overwrite);
      if (kind === "folder") return wrap(disk.attach(folder(), makeNode("folder", name)));
      return wrap(makeNode("file", name), { folder: folder() });
    };
    return {
      isFile: false,
      isFolder: true,
      async getEntries() {
        if (disk.schemeOf(folder()) === "plugin") {
          throw new Error("listing the plugin's folder is not modelled by this host");
        }
        return [...folder().children.values()].map((node) => wrap(node));
      },
      async createEntry(name, { type = types.file, overwrite = false } = {}) {
        if (type !== types.file && type !== types.folder) {
          throw new TypeError("createEntry: type is one of storage.types");
        }
        return made(name, type === types.folder ? "folder" : "file", overwrite);
      },
      createFile: async (name, { overwrite = false } = {}) => made(name, "file", overwrite),
      createFolder: async (name) => made(name, "folder", false),
      async getEntry(path) {
        const node = disk.below(folder(), String(path));
        if (!node) throw new Error(`${path} is not there`);
        return wrap(node, { mode: hold.mode });
      },
      async renameEntry(entry, newName, { overwrite = false } = {}) {
        requireWritable(hold);
        move(requireThere(holdOf(entry)), folder(), newName, overwrite);
      },
    };
  }

  /** @type {WeakMap<Held, object>} */
  const entryOf = new WeakMap();

  /**
   * @param {Node} node
   * @param {{mode?: symbol, folder?: Node | null, picked?: boolean}} [how]
   */
  function wrap(node, { mode, folder = null, picked = false } = {}) {
    const own = disk.schemeOf(node) === "plugin" ? modes.readOnly : modes.readWrite;
    /** @type {Held} */
    const hold = { node, folder, picked, mode: mode ?? own };
    const shown = Object.defineProperties(
      {},
      {
        ...Object.getOwnPropertyDescriptors(common(hold)),
        ...Object.getOwnPropertyDescriptors(
          node.kind === "file" ? fileOf(hold) : folderMembers(hold),
        ),
      },
    );
    const entry = refusing(node.kind === "file" ? "File" : "Folder", Object.freeze(shown));
    held.set(entry, hold);
    entryOf.set(hold, entry);
    return entry;
  }

  return {
    wrap,
    holdOf,
    put,
    isEntry: (entry) => held.has(entry),
    isThere: (entry) => isThere(holdOf(entry)),
  };
}

/** @param {Node} node @returns {Node} */
function copied(node) {
  const twin = makeNode(node.kind, node.name);
  twin.content = node.content;
  for (const [name, child] of node.children) {
    const inner = copied(child);
    inner.parent = twin;
    twin.children.set(name, inner);
  }
  return twin;
}

/** documented: one of storage.formats; names of them are not. */
function formatIn({ format = formats.utf8 }, call) {
  if (format === formats.utf8 || format === formats.binary) return format;
  throw new errors.InvalidFileFormatError(`File.${call}: format is one of storage.formats`);
}

/**
 * documented: text for utf8, an ArrayBuffer for binary. seen in a host: of a typed array the whole
 * buffer is taken.
 *
 * @param {any} data
 * @param {symbol} format
 */
function bytesFrom(data, format) {
  if (typeof data === "string" && format === formats.utf8) return encoder.encode(data);
  const tag = Object.prototype.toString.call(data).slice(8, -1);
  if (format === formats.binary && tag === "ArrayBuffer") return new Uint8Array(data.slice(0));
  if (format === formats.binary && tag.endsWith("Array") && data.buffer) {
    return new Uint8Array(data.buffer.slice(0));
  }
  const wanted = format === formats.utf8 ? "a string" : "an ArrayBuffer";
  throw new errors.DataFileFormatMismatchError(`File.write: give ${wanted} for this format`);
}

module.exports = { createEntries };
