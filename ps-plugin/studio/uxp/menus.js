"use strict";
// The menu of a panel: the items a plugin lists in entrypoints.setup, and what it changes later.
//
// documented: uxp/entry-points/uxp-menu-items.md and uxp-menu-item.md. assumed: a menu that has no such
// item gives null; a separator has no id.

const { refusing } = require("../documented/guarded.js");

const SEPARATOR = "-";

/**
 * @typedef {string | {id?: string, label?: string, enabled?: boolean, checked?: boolean,
 *   submenu?: Given[]}} Given as a plugin writes it
 * @typedef {{menu: any, find: (id: string) => any}} Menu the plugin's side, and the painter's
 */

/**
 * @param {Given[]} given
 * @param {(message: string) => Error} wrong
 * @param {any} [above] the item whose submenu this is
 * @param {{ids: Set<string>}} [panel] ids are unique in a whole panel
 * @returns {Menu}
 */
function createMenu(given, wrong, above = null, panel = { ids: new Set() }) {
  if (!Array.isArray(given)) throw wrong("menuItems is a list");
  /** @type {{item: any, inner: Menu | null}[]} */
  const entries = [];
  const at = (index) => {
    const whole = Number.isInteger(index) && index >= 0 && index < entries.length;
    if (!whole) throw new RangeError(`there is no menu item at ${index}`);
    return entries[index];
  };

  function made(one) {
    const { id, label, enabled, checked, submenu } = partsOf(one, wrong);
    if (id && panel.ids.has(id)) throw wrong(`the menu has two items "${id}"`);
    if (id) panel.ids.add(id);
    const now = { label, enabled, checked };
    /** @type {{item: any, inner: Menu | null}} */
    const entry = { item: null, inner: null };
    const own = { parent: menu, remove: () => take(entries.indexOf(entry)) };
    Object.defineProperty(own, "id", {
      enumerable: true,
      get: () => id,
      set() {
        throw new TypeError("a menu item's id is read-only");
      },
    });
    for (const name of ["label", "enabled", "checked"]) {
      const kind = typeof now[name];
      Object.defineProperty(own, name, {
        enumerable: true,
        get: () => now[name],
        set(value) {
          if (typeof value !== kind) throw new TypeError(`a menu item's ${name} is a ${kind}`);
          now[name] = value;
        },
      });
    }
    Object.defineProperty(own, "submenu", { get: () => entry.inner?.menu ?? null });
    entry.item = refusing("UxpMenuItem", own);
    if (submenu) entry.inner = createMenu(submenu, wrong, entry.item, panel);
    return entry;
  }

  function take(index) {
    const { item } = at(index);
    panel.ids.delete(item.id);
    entries.splice(index, 1);
  }

  const own = {
    getItem: (id) => entries.find(({ item }) => item.id === id)?.item ?? null,
    getItemAt: (index) => entries[index]?.item ?? null,
    /** documented: replaces the item at an index, or is put at the end; beyond it is an error. */
    insertAt(index, one) {
      if (index === entries.length) return void entries.push(made(one));
      const old = at(index);
      panel.ids.delete(old.item.id);
      entries[index] = made(one);
    },
    removeAt: take,
  };
  Object.defineProperty(own, "size", { enumerable: true, get: () => entries.length });
  const menu = refusing("UxpMenuItems", own);
  for (const one of given) entries.push(made(one));

  /** Here or in a submenu. */
  const find = (id) => {
    for (const { item, inner } of entries) {
      if (item.id === id) return item;
      const deeper = inner?.find(id);
      if (deeper) return deeper;
    }
    return null;
  };
  return { menu, find };
}

/** @param {Given} given @param {(message: string) => Error} wrong */
function partsOf(given, wrong) {
  const one = typeof given === "string" ? { id: given } : given;
  const { id = "", label = id, enabled = true, checked = false, submenu } = one ?? {};
  const separates = id === SEPARATOR || label === SEPARATOR;
  if (!id && !separates) throw wrong("a menu item is a string, or has an id");
  return { id: separates ? "" : id, label, enabled, checked, submenu };
}

module.exports = { createMenu };
