"use strict";
// A thread that runs pieces, one after the other; whoever started it ends it when one takes too long.

const { parentPort } = require("node:worker_threads");
const { runPiece } = require("./running.js");

parentPort?.on("message", async (piece) => {
  try {
    parentPort?.postMessage({ outcomes: await runPiece(piece) });
  } catch (error) {
    parentPort?.postMessage({ fault: error instanceof Error ? error.stack : String(error) });
  }
});
