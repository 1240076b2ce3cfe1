"use strict";
// Counts what a plugin asks of Photoshop. In a real one each of these is a call between processes,
// or several, and a document of a hundred layers makes thousands of them of a careless loop.
//
//   const { photoshop, reads } = counted(modules)
//   reads()    {dom, plays, descriptors, imaging, calls} since the start
//
// dom: properties read or set and methods called of Application, Document, Layer, Selection and
// HistoryState, the objects' ids too; plays: calls of batchPlay, descriptors: what they held;
// imaging: calls of the imaging module; calls: all of them but descriptors.

/** Photoshop's own objects; colours and enumerations live in the plugin's process. */
const COUNTED = ["Photoshop", "Document", "Layer", "Selection", "HistoryState"];
const LISTS = ["Documents", "Layers", "HistoryStates"];

/** @param {Record<string, any>} photoshop the module */
function counted(photoshop) {
  const count = { dom: 0, plays: 0, descriptors: 0, imaging: 0 };
  /** @type {WeakMap<object, object>} what is inside of a counting object */
  const inside = new WeakMap();
  const bare = (value) => inside.get(value) ?? value;

  function watched(value) {
    if (value instanceof Promise) return value.then(watched);
    if (typeof value !== "object" || value === null || inside.has(value)) return value;
    const kind = "typename" in value ? value.typename : "";
    const list = LISTS.includes(kind) || Array.isArray(value);
    if (!list && !COUNTED.includes(kind)) return value;
    const proxy = new Proxy(value, list ? listing : object);
    inside.set(proxy, value);
    return proxy;
  }

  /** Of lists only what they hold counts. @type {ProxyHandler<any>} */
  const listing = {
    get: (target, name) => found(target, name, Reflect.get(target, name)),
  };
  /** @type {ProxyHandler<any>} */
  const object = {
    get(target, name) {
      if (typeof name === "string") count.dom += 1;
      return found(target, name, Reflect.get(target, name));
    },
    set(target, name, value) {
      count.dom += 1;
      return Reflect.set(target, name, bare(value));
    },
  };

  function found(target, name, value) {
    const own = Reflect.getOwnPropertyDescriptor(target, name);
    if (own && !own.configurable && !own.writable && "value" in own) return value; // must stay itself
    if (typeof value !== "function" || name === "constructor") return watched(value);
    if (name === "batchPlay") return playing(value);
    if (Array.isArray(target) || /^[A-Z]/.test(String(name))) return value;
    return (...given) => watched(value.apply(target, given.map(bare)));
  }

  const playing =
    (batchPlay) =>
    (...given) => {
      count.plays += 1;
      count.descriptors += Array.isArray(given[0]) ? given[0].length : 1;
      return batchPlay(...given);
    };

  const imaging = new Proxy(photoshop.imaging, {
    get(target, name) {
      const call = target[name];
      if (typeof call !== "function") return call;
      return (...given) => {
        count.imaging += 1;
        return call(...given);
      };
    },
  });
  const action = new Proxy(photoshop.action, {
    get: (target, name) => (name === "batchPlay" ? playing(target[name]) : target[name]),
  });

  return {
    photoshop: { ...photoshop, app: watched(photoshop.app), action, imaging },
    reads: () => ({ ...count, calls: count.dom + count.plays + count.imaging }),
  };
}

module.exports = { counted };
