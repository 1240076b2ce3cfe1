"use strict";
// What the bridge answers of a document's history, by the bridge's own code: nothing of it stands twice.

const { spawn } = require("node:child_process");
const path = require("node:path");
const readline = require("node:readline");
const { python } = require("./python.js");

/** @type {import("node:child_process").ChildProcess | null} */
let child = null;
const waiting = new Map();

/** @param {string} what such as "history" @param {unknown[]} of JSON, and what it is asked of */
function asked(what, ...of) {
  if (!child) begin();
  const id = waiting.size === 0 ? 0 : Math.max(...waiting.keys()) + 1;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    child.ref();
    child.stdin.write(`${JSON.stringify({ id, what, of })}\n`);
  });
}

function begin() {
  const file = path.join(__dirname, "brain.py");
  child = spawn(python(), [file], { stdio: ["pipe", "pipe", "inherit"] });
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, body, message } = JSON.parse(line);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) rest();
    if (message) reject(new Error(message));
    else resolve(body);
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the bridge's reading ended"));
  });
}

/** A process that nobody waits for keeps no test alive. */
function rest() {
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) pipe.unref?.();
}

module.exports = { asked };
