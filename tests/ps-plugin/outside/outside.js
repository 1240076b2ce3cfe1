"use strict";
// Runs other people's code in the stand-in host and says what became of it:
//
//   node tests/ps-plugin/outside/outside.js FOLDER [FILE…] [--seconds 20] [--all] [--json FILE]
//
// FOLDER is a plugin (it has a manifest.json), or holds plugins, scripts, documentation pages with
// JavaScript in fenced blocks, or suites of tests (*.uxp-test.ts, *.test.js). Nothing is fetched, and
// nothing of it runs outside of a node:vm context. That is no wall against malice: run what you trust.
// Of each piece it says: ran, refused (which name, and whether Adobe's pages have it), threw. Blocks of
// pages run outside of a modal scope and inside. A refusal or an error that contradicts a page is a
// fault of the stand-in. The exit status says whether this tool worked, not whether the pieces did.

const fs = require("node:fs");
const path = require("node:path");
const { Worker } = require("node:worker_threads");
const { parseArgs } = require("node:util");
const { piecesOf } = require("./pieces.js");
const { linesOf, summaryOf } = require("./report.js");

const LIFE = 40; // pieces a thread runs: pages leave their traces in it

/**
 * @param {import("./pieces.js").Piece[]} pieces
 * @param {object} [options]
 * @param {number} [options.seconds] that one piece may take
 * @param {(outcomes: import("./running.js").Outcome[]) => void} [options.heard]
 */
async function runAll(pieces, { seconds = 20, heard = () => {} } = {}) {
  /** @type {import("./running.js").Outcome[]} */
  const all = [];
  let worker = newWorker();
  for (const [index, piece] of pieces.entries()) {
    if (index % LIFE === 0 && index > 0) worker = await renewed(worker);
    const answer = await answerOf(worker, piece, seconds);
    if (answer.fault) await worker.terminate();
    if (answer.fault) throw new Error(`${piece.file}:${piece.line}: ${answer.fault}`);
    if (answer.late) worker = await renewed(worker);
    const outcomes = answer.outcomes ?? [late(piece, answer.late)];
    all.push(...outcomes);
    heard(outcomes);
  }
  await worker.terminate();
  return all;
}

const newWorker = () =>
  new Worker(path.join(__dirname, "worker.js"), {
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });

async function renewed(worker) {
  await worker.terminate();
  return newWorker();
}

/** @returns {Promise<{outcomes?: import("./running.js").Outcome[], late?: string,
 *   fault?: string}>} late: the piece's, fault: this tool's */
function answerOf(worker, piece, seconds) {
  return new Promise((resolve) => {
    const limit = setTimeout(() => done({ late: `took longer than ${seconds} s` }), seconds * 1000);
    const failed = ({ code, message }) => {
      const what = `its thread ended: ${message}`;
      done(code === "ERR_WORKER_OUT_OF_MEMORY" ? { late: what } : { fault: what });
    };
    const done = (answer) => {
      clearTimeout(limit);
      worker.off("message", done);
      worker.off("error", failed);
      resolve(answer);
    };
    worker.on("message", done);
    worker.on("error", failed);
    worker.postMessage(piece);
  });
}

/** @returns {import("./running.js").Outcome} */
function late(piece, what = "") {
  const where = piece.kind === "plugin" ? piece.file : `${piece.file}:${piece.line}`;
  return { where, way: "", kind: "late", what, documented: "" };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "20" },
      all: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const [folder, ...files] = positionals;
  if (!folder) throw new Error("say which folder: a plugin's, or one of pages or scripts");
  const pieces = piecesOf(path.resolve(folder), files);
  const print = (outcomes) => {
    for (const line of linesOf(outcomes, values.all)) console.log(line);
  };
  const all = await runAll(pieces, { seconds: Number(values.seconds), heard: print });
  console.log(summaryOf(pieces, all));
  if (values.json) fs.writeFileSync(values.json, JSON.stringify(all, null, 1));
}

if (require.main === module) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

module.exports = { runAll };
