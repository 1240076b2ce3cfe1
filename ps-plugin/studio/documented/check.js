"use strict";
// Refuses arguments that Adobe's published types do not allow. The tables are in checks.js.

const { calls, types } = require("./checks.js");

const PRIMITIVES = ["number", "string", "boolean", "function"];
const COLLECTIONS = ["Channels", "Documents", "Layers"];
const TYPED_ARRAYS = ["Uint8Array", "Uint16Array", "Float32Array"];
/** Objects of the host itself, known by a property each of them has. */
const HOST_OBJECTS = {
  PhotoshopImageData: (value) => value.type === "image/uncompressed" && "pixelFormat" in value,
  Document: (value) => value.typename === "Document",
  Channel: (value) => value.typename === "ComponentChannel",
  Layer: (value) => value.typename === "Layer",
  SolidColor: (value) => value.typename === "SolidColor",
  HistoryState: (value) => value.typename === "HistoryState",
};

/**
 * @param {string} call as in checks.js, "imaging.getPixels"
 * @param {unknown[]} given its arguments
 * @throws {TypeError} names the call, the argument and what would be right
 */
function checkCall(call, given) {
  const parameters = calls[call];
  if (given.length > parameters.length) {
    throw new TypeError(`${call} takes ${parameters.length} arguments, got ${given.length}`);
  }
  parameters.forEach(([name, type], index) => {
    const optional = name.endsWith("?");
    if (optional && given[index] === undefined) return;
    const problem = mismatch(type, given[index], optional ? name.slice(0, -1) : name);
    if (problem) throw new TypeError(`${call}: ${problem}`);
  });
}

/**
 * @param {string} type a name in checks.js
 * @param {unknown} value
 * @param {string} where for the message
 */
function checkType(type, value, where) {
  const problem = mismatch(type, value, where);
  if (problem) throw new TypeError(problem);
}

/** What is wrong with a value, or "" when nothing is. */
function mismatch(type, value, where) {
  const problems = type.split(" | ").map((one) => mismatchOfOne(one, value, where));
  if (problems.includes("")) return "";
  if (problems.length === 1) return problems[0];
  const inside = problems.find((problem) => !problem.startsWith(`${where} must be`));
  return inside ?? `${where} must be ${type}, got ${described(value)}`;
}

function mismatchOfOne(type, value, where) {
  const wrong = `${where} must be ${type}, got ${described(value)}`;
  if (type === "any") return "";
  if (type.startsWith('"') || /^-?\d/.test(type)) return value === JSON.parse(type) ? "" : wrong;
  if (PRIMITIVES.includes(type)) {
    return typeof value === type && !Number.isNaN(value) ? "" : wrong;
  }
  if (type.endsWith("[]")) {
    if (!Array.isArray(value) && !isCollection(value)) return wrong;
    const problems = Array.from(value, (item, i) =>
      mismatch(type.slice(0, -2), item, `${where}[${i}]`),
    );
    return problems.find((problem) => problem) ?? "";
  }
  // By tag, not instanceof: the panel's typed arrays are those of its own window.
  if (TYPED_ARRAYS.includes(type)) return tagOf(value) === type ? "" : wrong;
  if (typeof value !== "object" || value === null) return wrong;
  if (type === "object") return "";
  if (HOST_OBJECTS[type]) return HOST_OBJECTS[type](value) ? "" : wrong;
  return mismatchOfFields(type, value, where);
}

function mismatchOfFields(type, value, where) {
  const fields = types[type];
  if (!fields) throw new Error(`checks.js has no type ${type}`);
  for (const [field, of] of Object.entries(fields)) {
    if (field === "*") continue;
    const optional = field.endsWith("?");
    const name = optional ? field.slice(0, -1) : field;
    if (value[name] === undefined) {
      if (optional) continue;
      return `${where}.${name} is missing: ${of}`;
    }
    const problem = mismatch(of, value[name], `${where}.${name}`);
    if (problem) return problem;
  }
  if ("*" in fields) return "";
  const unknown = Object.keys(value).find((name) => !(name in fields) && !(`${name}?` in fields));
  return unknown ? `${where} has no "${unknown}" in ${type}` : "";
}

/** Photoshop's own collections may stand where arrays are asked for, though they may be none. */
const isCollection = (value) =>
  typeof value === "object" &&
  value !== null &&
  "typename" in value &&
  COLLECTIONS.includes(value.typename);

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

function described(value) {
  if (value === null || ["number", "boolean", "undefined"].includes(typeof value))
    return `${value}`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return tagOf(value);
}

module.exports = { checkCall, checkType };
