"use strict";
// Which objects are Photoshop's collections: they may stand where arrays are asked for.

/** @type {WeakSet<object>} */
const made = new WeakSet();

/** @param {unknown} value */
const isCollection = (value) => typeof value === "object" && value !== null && made.has(value);

/** @param {object} collection */
const markCollection = (collection) => void made.add(collection);

module.exports = { isCollection, markCollection };
