"use strict";
// Collections of a page's elements as Adobe lists them (html-collection.md, node-list.md): length,
// indices, item, keys, values, entries and forEach. Browsers have no forEach on an HTMLCollection.
// Neither page lists an iterator: with the habit `bareCollections` there is none.

const NAMES = ["HTMLCollection", "NodeList"];
const LISTED = ["keys", "values", "entries", "forEach"];

/** Whose pages have the habit. Windows in Node share their classes. @type {WeakMap<object, () => boolean>} */
const bare = new WeakMap();
/** @type {WeakSet<object>} */
const shaped = new WeakSet();
/** The window whose an empty collection is. @type {any} */
let latest = null;

/**
 * @param {any} window
 * @param {() => boolean} isBare asked each time
 */
function shapeCollections(window, isBare) {
  bare.set(window, isBare);
  latest = window;
  for (const name of NAMES) {
    const prototype = window[name]?.prototype;
    if (prototype && !shaped.has(prototype)) shape(prototype);
  }
}

function shape(prototype) {
  shaped.add(prototype);
  for (const name of LISTED) {
    if (name in prototype) continue;
    prototype[name] = function listed(...given) {
      return arrayLike(this)[name](...given);
    };
  }
  const iterator = prototype[Symbol.iterator];
  Object.defineProperty(prototype, Symbol.iterator, {
    configurable: true,
    get() {
      const window = this.item(0)?.ownerDocument?.defaultView ?? latest;
      return bare.get(window)?.() ? undefined : iterator;
    },
  });
}

/** Without asking for an iterator. */
const arrayLike = (collection) =>
  Array.from({ length: collection.length }, (_, index) => collection.item(index));

module.exports = { shapeCollections };
