"use strict";
// Objects and modules that refuse what they have not, by name, where Photoshop would be silently
// undefined. What there is to be refused stands in pages.js (Adobe's pages) and checks.js (the types):
//
//   documented and not modelled here       an Error that says so
//   nowhere documented                     a TypeError
//   read-only, and written to              a TypeError
//   newer than the Photoshop asked for     an Error with both versions; `name in object` is false, so
//                                          that a plugin may ask first
//
// An object's members are its class's, as in Photoshop: a spread of it holds nothing.

const { members, setters } = require("./checks.js");
const { checkType } = require("./check.js");
const pages = require("./pages.js");

/** What JavaScript itself, await, bundlers and tests' printers look for. */
const HARMLESS = new Set([
  ...["then", "toJSON", "constructor", "toString", "valueOf", "inspect", "__esModule"],
]);

/** Since when what could be read before may be written, where a page says so in prose only. */
const WRITTEN_SINCE = {
  Document: { activeLayers: "26.9" }, // changelog: Photoshop 26.9
  Photoshop: { backgroundColor: "24.2" }, // changelog: other fixes
};

/** @typedef {{kind: "r" | "rw" | "method", since: string}} Fact */

/**
 * What Adobe's page of a class or module says of a member; undefined when nothing.
 *
 * @param {string} kind a class, or "photoshop.core"
 * @param {string | symbol} name
 * @returns {Fact | undefined}
 */
function factOf(kind, name) {
  const list = pages.classes[kind] ?? pages.modules[kind.replace("photoshop.", "")] ?? {};
  if (typeof name === "symbol" || !Object.hasOwn(list, name)) return undefined;
  const [access, since] = list[name].split(" ");
  return { kind: access, since };
}

/** Whether `since` ("26.9", "NA") is later than `version` ("25.0.0"; absent: the newest). */
function isNewer(since, version) {
  if (!version || !since || since === "NA") return false;
  const [a, b] = [since, version].map((text) => text.split(".").map(Number));
  for (const i of [0, 1, 2]) {
    const [left, right] = [a[i] ?? 0, b[i] ?? 0];
    if (left !== right) return left > right;
  }
  return false;
}

const tooNew = (kind, name, since, version) =>
  new Error(
    `${kind}.${String(name)} is there since Photoshop ${since}, and this one is ${version}: ` +
      "ask first whether it is there",
  );

/**
 * An object of one of Photoshop's classes that shows `own` and refuses everything else.
 *
 * @param {string} kind a class in pages.js or checks.js
 * @param {object} own getters, setters and functions
 * @param {string} [version] of the Photoshop that it stands for; absent: the newest
 * @returns {any}
 */
function guarded(kind, own, version) {
  const newer = (name) => isNewer(factOf(kind, name)?.since, version);
  return new Proxy(Object.create(own), {
    get(object, name) {
      if (name in object) {
        if (newer(name)) throw tooNew(kind, name, factOf(kind, name)?.since, version);
        return Reflect.get(object, name, object);
      }
      if (typeof name === "symbol" || HARMLESS.has(name)) return undefined;
      throw unknown(kind, name);
    },
    has: (object, name) => name in object && !newer(name),
    set(object, name, value) {
      const setter = accessorIn(own, name)?.set;
      if (!setter) throw notWritable(kind, name, name in object);
      const since = WRITTEN_SINCE[kind]?.[name] ?? factOf(kind, name)?.since;
      if (isNewer(since, version)) throw tooNew(kind, name, since, version);
      const type = setters[kind]?.[name];
      if (type) checkType(type, value, `${kind}.${String(name)}`);
      setter.call(object, value);
      return true;
    },
    defineProperty: (_, name) => {
      throw notWritable(kind, name, true);
    },
    deleteProperty: (_, name) => {
      throw notWritable(kind, name, true);
    },
  });
}

/** A property's accessors, the object's own or its class's. */
function accessorIn(object, name) {
  for (let at = object; at; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found) return found;
  }
  return undefined;
}

/** Why a member is not written. @returns {Error} */
function notWritable(kind, name, isThere) {
  if (factOf(kind, name)?.kind === "rw") {
    return new Error(`writing ${kind}.${String(name)} is not modelled by this host`);
  }
  if (isThere || factOf(kind, name)) return new TypeError(`${kind}.${String(name)} is read-only`);
  return unknown(kind, name);
}

/** Why a member is not there. @returns {Error} */
function unknown(kind, name) {
  if (factOf(kind, name) || name in (members[kind] ?? {})) {
    return new Error(
      `${kind}.${String(name)} exists in Photoshop but is not modelled by this host`,
    );
  }
  return new TypeError(`${kind} has no "${String(name)}"`);
}

/**
 * A module that refuses what it has not, by name.
 *
 * @param {string} module "photoshop.core"
 * @param {object} own
 * @param {string} [version]
 * @returns {any}
 */
function refusing(module, own, version) {
  return new Proxy(own, {
    get(object, name) {
      const since = factOf(module, name)?.since;
      if (name in object && isNewer(since, version)) throw tooNew(module, name, since, version);
      if (name in object || typeof name === "symbol" || HARMLESS.has(name)) return object[name];
      const listed = pages.classes[module] ?? pages.modules[module.replace("photoshop.", "")];
      if (listed && !since) throw new TypeError(`${module} has no "${name}"`);
      throw new Error(`${module}.${name} is not modelled by this host`);
    },
  });
}

/** Facts that a plugin reads and cannot change. @param {string} kind @param {object} own */
const fixed = (kind, own) => refusing(kind, Object.freeze(own));

/**
 * An enumeration, which refuses names that it has not: a misspelt one is no value.
 *
 * @param {string} name
 * @param {Record<string, string | number>} values
 */
function enumeration(name, values) {
  return new Proxy(values, {
    get(object, key) {
      if (typeof key === "symbol" || key in object || HARMLESS.has(key)) {
        return Reflect.get(object, key);
      }
      const listed = (pages.enums[name] ?? "").split(" ").slice(1);
      if (listed.includes(key)) throw new Error(`${name}.${key} is not modelled by this host`);
      throw new TypeError(`constants.${name} has no "${key}"`);
    },
    set(_, key) {
      throw new TypeError(`constants.${name}.${String(key)} is read-only`);
    },
  });
}

/**
 * A module as it is from a version on; before it, each use is refused.
 *
 * @param {string} since
 * @param {string} module
 * @param {object} own
 * @param {string} [version]
 */
function fromVersion(since, module, own, version) {
  if (!isNewer(since, version)) return own;
  return new Proxy(own, {
    get(_, name) {
      throw tooNew(module, name, since, version);
    },
    has: () => false,
  });
}

module.exports = { guarded, refusing, fixed, fromVersion, tooNew, enumeration, factOf, isNewer };
