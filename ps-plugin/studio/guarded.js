"use strict";
// Objects and modules that refuse what they have not: a property that Photoshop has and this host
// has not is refused by name, and so is one that neither has. In Photoshop a misspelt property is
// silently undefined.

const { members, setters } = require("./checks.js");
const { checkType } = require("./check.js");

/** What JavaScript itself, await, and tests' printers look for. */
const HARMLESS = new Set(["then", "toJSON", "constructor", "toString", "valueOf", "inspect"]);

/**
 * An object of one of Photoshop's classes that shows `own` and refuses everything else.
 *
 * @param {string} kind a class in checks.js
 * @param {object} own getters, setters and functions
 * @returns {any}
 */
function guarded(kind, own) {
  return new Proxy(own, {
    get(object, name, receiver) {
      if (name in object) return Reflect.get(object, name, receiver);
      if (typeof name === "symbol" || HARMLESS.has(name)) return undefined;
      throw unknown(kind, name);
    },
    set(object, name, value) {
      const setter = Object.getOwnPropertyDescriptor(object, name)?.set;
      if (setter) {
        const type = setters[kind]?.[name];
        if (type) checkType(type, value, `${kind}.${String(name)}`);
        setter.call(object, value);
      } else if (name in object) throw new TypeError(`${kind}.${String(name)} is read-only`);
      else throw unknown(kind, name);
      return true;
    },
  });
}

function unknown(kind, name) {
  if (name in (members[kind] ?? {})) {
    return new Error(
      `${kind}.${String(name)} exists in Photoshop but is not modelled by this host`,
    );
  }
  return new TypeError(`${kind} has no "${String(name)}"`);
}

/**
 * A module that refuses what it has not, by name.
 *
 * @param {string} module
 * @param {object} own
 * @returns {any}
 */
function refusing(module, own) {
  return new Proxy(own, {
    get(object, name) {
      if (name in object || typeof name === "symbol" || name === "then") return object[name];
      throw new Error(`${module}.${String(name)} is not modelled by this host`);
    },
  });
}

module.exports = { guarded, refusing };
