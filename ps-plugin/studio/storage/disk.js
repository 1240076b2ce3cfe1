"use strict";
// A disk in memory: what lies where. It outlives a plugin, which sees it through entries.js.
//
//   disk.put("/Users/painter/a.png", bytes)   a file of the painter's, its folders made as needed
//   disk.find(path), disk.read(path)          a node, a file's bytes; for tests
//
// Four places have a root of their own: the plugin's files, its data, its temporary folder, and the
// painter's disk.

/** @typedef {{state: import("../document/document.js").State, format: string}} Picture a document as it was saved */
/** @typedef {{bytes: Uint8Array | null, picture?: Picture}} Content bytes: null where only the picture is known */
/**
 * @typedef {object} Node
 * @property {"file" | "folder"} kind
 * @property {string} name
 * @property {Node | null} parent null: a root, or no longer there
 * @property {Map<string, Node>} children
 * @property {Content | null} content
 * @property {Date} created
 * @property {Date} modified
 * @property {((bytes: Uint8Array, name: string) => void) | null} written told after each writing
 */
/** @typedef {ReturnType<typeof createDisk>} Disk */

/** Scheme -> where the platform would have it; assumed. */
const ROOTS = {
  plugin: "/Plugins/External/plugin",
  "plugin-data": "/Users/painter/Library/PluginsStorage/data",
  "plugin-temp": "/private/tmp/plugin",
  file: "",
};

/** @param {"file" | "folder"} kind @param {string} name @returns {Node} */
function makeNode(kind, name) {
  const now = new Date();
  const empty = { children: new Map(), content: null, written: null };
  return { kind, name, parent: null, created: now, modified: now, ...empty };
}

/** @param {(path: string) => Uint8Array | undefined} [packaged] the plugin's own files */
function createDisk(packaged = () => undefined) {
  /** @type {Record<string, Node>} */
  const roots = Object.fromEntries(
    Object.entries(ROOTS).map(([scheme, path]) => [
      scheme,
      makeNode("folder", path.split("/").at(-1) ?? ""),
    ]),
  );

  const rootOf = (node) => (node.parent ? rootOf(node.parent) : node);
  /** @param {Node} node @returns {string} "plugin-temp", or "" when it is nowhere */
  const schemeOf = (node) =>
    Object.keys(roots).find((scheme) => roots[scheme] === rootOf(node)) ?? "";
  /** @param {Node} node @returns {string[]} names from the root down */
  const namesTo = (node) => (node.parent ? [...namesTo(node.parent), node.name] : []);

  /**
   * @param {Node} from
   * @param {string} path names with / between them
   * @returns {Node | undefined}
   */
  function below(from, path) {
    let node = from;
    for (const name of path.split("/").filter(Boolean)) {
      const next = node.children.get(name);
      if (!next) return schemeOf(from) === "plugin" ? packagedFile(from, path) : undefined;
      node = next;
    }
    return node;
  }

  /** One of the plugin's own files appears when it is asked for. */
  function packagedFile(from, path) {
    const bytes = packaged([...namesTo(from), ...path.split("/")].filter(Boolean).join("/"));
    if (!bytes) return undefined;
    const names = path.split("/").filter(Boolean);
    const node = attach(foldersTo(from, names.slice(0, -1)), makeNode("file", names.at(-1) ?? ""));
    node.content = { bytes };
    return node;
  }

  function foldersTo(from, names) {
    return names.reduce(
      (node, name) => node.children.get(name) ?? attach(node, makeNode("folder", name)),
      from,
    );
  }

  /** @param {Node} folder @param {Node} node */
  function attach(folder, node) {
    node.parent?.children.delete(node.name);
    node.parent = folder;
    folder.children.set(node.name, node);
    return node;
  }

  /** @param {Node} node */
  function detach(node) {
    if (node.parent?.children.get(node.name) === node) node.parent.children.delete(node.name);
    node.parent = null;
  }

  return {
    roots,
    schemeOf,
    below,
    attach,
    detach,
    /** By token, as long as the disk lives. @type {Map<string, Node>} */
    tokens: new Map(),
    /** @param {Node} node */
    nativePath: (node) => [ROOTS[schemeOf(node)] ?? "", ...namesTo(node)].join("/") || "/",
    /** @param {Node} node */
    url: (node) => `${schemeOf(node)}:/${namesTo(node).join("/")}`,
    /** @param {string} path */
    find: (path) => below(roots.file, path),
    /** @param {string} path @returns {Uint8Array | undefined} */
    read: (path) => below(roots.file, path)?.content?.bytes ?? undefined,
    /** @param {string} path @param {Uint8Array} [bytes] absent: a folder */
    put(path, bytes) {
      const names = path.split("/").filter(Boolean);
      if (!bytes) return foldersTo(roots.file, names);
      const node = makeNode("file", names.at(-1) ?? "");
      node.content = { bytes };
      return attach(foldersTo(roots.file, names.slice(0, -1)), node);
    },
  };
}

module.exports = { createDisk, makeNode };
