"use strict";
// Runs one piece of other people's code and says what became of it.

const fs = require("node:fs");
const path = require("node:path");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { rectangleSelection } = require("../../../ps-plugin/studio/document/selection.js");
const { createWorld, plainOf, readerOf } = require("./world.js");
const { createSuite } = require("./suite.js");
const { verdictOn } = require("./verdict.js");

const SETTLED_MS = 40; // without a word, a call or an open scope
const PATIENCE_MS = 2500; // for a panel or a button

/** @typedef {import("./pieces.js").Piece} Piece */
/** @typedef {import("./verdict.js").Verdict} Verdict */
/** @typedef {Verdict & {where: string, way: string}} Outcome way: "outside" or "inside" of a modal
 *   scope for a fence or a script; what was pressed or called for a plugin */

/**
 * @param {Piece} piece
 * @returns {Promise<Outcome[]>}
 */
async function runPiece(piece) {
  if (piece.kind === "plugin") return runPlugin(piece);
  if (piece.kind === "suite") return runSuite(piece);
  return [await runCode(piece, "outside"), await runCode(piece, "inside")];
}

/** What a page's code takes for granted. */
const GIVEN = {
  photoshop: ({ photoshop }) => photoshop,
  app: ({ photoshop }) => photoshop.app,
  core: ({ photoshop }) => photoshop.core,
  action: ({ photoshop }) => photoshop.action,
  batchPlay: ({ photoshop }) => photoshop.action.batchPlay,
  executeAsModal: ({ photoshop }) => photoshop.core.executeAsModal,
  imaging: ({ photoshop }) => photoshop.imaging,
  constants: ({ photoshop }) => photoshop.constants,
  uxp: ({ uxp }) => uxp,
  entrypoints: ({ uxp }) => uxp.entrypoints,
  storage: ({ uxp }) => uxp.storage,
  secureStorage: ({ uxp }) => uxp.storage.secureStorage,
  localFileSystem: ({ uxp }) => uxp.storage.localFileSystem,
  shell: ({ uxp }) => uxp.shell,
  doc: ({ photoshop }) => photoshop.app.activeDocument,
  layer: ({ photoshop }) => photoshop.app.activeDocument.activeLayers[0],
};

/** @param {Piece} piece @param {"outside" | "inside"} way @returns {Promise<Outcome>} */
async function runCode(piece, way) {
  const world = createWorld({ folder: piece.folder, manifest: permissive(piece.code) });
  const { host } = world;
  openDocuments(host);
  for (const [name, get] of Object.entries(GIVEN)) world.give(name, () => get(host));
  const require = world.load.from(piece.file);
  for (const name of ["fs", "os"]) world.give(name, () => require(name));
  if (piece.html) world.window.document.body.innerHTML = piece.html;
  world.give("require", () => require);
  world.give("module", () => ({ exports: {} }));
  world.give("exports", () => ({}));
  const code = plainOf(piece.code, piece.file);
  const play = () => world.run(code, `${piece.file}:${piece.line}`, 0);
  const failed = await failureOf(async () => {
    if (way === "outside") await play();
    else
      await host.photoshop.core.executeAsModal(
        (context) => {
          world.give("executionContext", () => context);
          return play();
        },
        { commandName: "Outside" },
      );
    await settled(world);
  });
  return end(world, piece, way, failed);
}

/** Load the plugin, open its panels, press what can be pressed, run its commands. */
async function runPlugin(piece) {
  const manifest = JSON.parse(fs.readFileSync(path.join(piece.folder, "manifest.json"), "utf8"));
  const world = createWorld({ folder: piece.folder, manifest: permitting(manifest) });
  const { host, window } = world;
  openDocuments(host);
  /** @type {Outcome[]} */
  const outcomes = [];
  const step = async (way, act) => {
    const failed = await failureOf(async () => {
      await act();
      await settled(world);
    });
    outcomes.push(await end(world, piece, way, failed));
  };
  await step("load", async () => {
    const { errors } = world.openPage();
    if (errors.length) throw errors[0];
  });
  if (outcomes[0].kind === "lacks") return outcomes;
  for (const { type, id } of manifest.entrypoints ?? []) {
    if (type === "panel") await step(`panel ${id}`, () => open(host, window, id));
    if (type === "command") await step(`command ${id}`, () => host.entry.runCommand(id));
  }
  const pressed = "button, sp-button, sp-action-button, [onclick]";
  for (const element of Array.from(window.document.querySelectorAll(pressed)).slice(0, 60)) {
    const name = element.id || element.textContent.trim().slice(0, 24) || element.localName;
    await step(`click ${name}`, async () => element.click());
  }
  await world.close();
  return outcomes;
}

/** documented: a plugin without a setup has its page in its panel. */
async function open(host, window, id) {
  if (host.entry.setupMs() !== null) await host.entry.showPanel(id, window.document.body);
}

/** A suite of tests that was written to run within Photoshop. */
async function runSuite(piece) {
  const suite = createSuite();
  const world = createWorld({
    folder: piece.folder,
    manifest: permissive(piece.code),
    modules: suite.modules,
    read: readerOf(piece.folder),
  });
  openDocuments(world.host);
  /** @type {Outcome[]} */
  const outcomes = [];
  const failed = await failureOf(() => world.load(piece.file));
  if (failed) return [await end(world, piece, "load", failed)];
  for (const { name, work } of suite.tests) {
    outcomes.push(await end(world, piece, name, await failureOf(work)));
  }
  await world.close();
  return outcomes;
}

async function failureOf(act) {
  try {
    await act();
    return null;
  } catch (error) {
    return error ?? new Error("threw nothing");
  }
}

/** @returns {Promise<Outcome>} what was said since the last one counts */
async function end(world, piece, way, failed) {
  const { host, said, errors } = world;
  const uncaught = [...errors.splice(0), ...late.splice(0)];
  const words = [...said.splice(0), ...host.alerts.splice(0), ...host.reports.splice(0)];
  const where = piece.kind === "plugin" ? piece.file : `${piece.file}:${piece.line}`;
  return { where, way, ...verdictOn(failed ?? uncaught[0] ?? null, words) };
}

/** Errors that nobody caught, of the piece that is running. @type {any[]} */
const late = [];
const uncaughtBy = (error) => void late.push(error ?? new Error("rejected with nothing"));
process.on("unhandledRejection", uncaughtBy);
process.on("uncaughtException", uncaughtBy);

async function settled({ host, said }) {
  const end_ = Date.now() + PATIENCE_MS;
  let before = -1;
  while (Date.now() < end_) {
    await new Promise((wake) => setTimeout(wake, SETTLED_MS));
    const now = said.length + host.reads().calls;
    if (now === before && !host.modal.isModal()) return;
    before = now;
  }
}

/** A picture with a few layers and a selection, and another document behind it. */
function openDocuments(host) {
  host.model.newDocument({ width: 40, height: 30, name: "Another" });
  const document = host.model.newDocument({ width: 64, height: 48, name: "Picture" });
  const ids = ["Sky", "House", "Tree"].map((name) => edits.newLayer(document, { name }));
  edits.newGroup(document, { name: "Garden" }, [ids[1], ids[2]]);
  edits.selectLayers(document, [ids[0]]);
  const square = rectangleSelection(
    { x: 8, y: 8 },
    { x: 24, y: 24 },
    { left: 0, top: 0, right: 64, bottom: 48 },
  );
  edits.select(document, "Select", square);
}

const EVERYTHING = {
  network: { domains: "all" },
  clipboard: "readAndWrite",
  localFileSystem: "fullAccess",
  launchProcess: { schemes: ["http", "https", "mailto", "file"], extensions: [""] },
};

const FLAGS = { enableAlerts: true, enableSWCSupport: true };

/** A manifest that allows all, and has every entry point that a text may name. @param {string} code */
function permissive(code) {
  const ids = new Set(
    [...code.matchAll(/["']?([\w.$-]+)["']?\s*[:({,]/g)].map((found) => found[1]),
  );
  const entrypoints = [...ids].flatMap((id) =>
    ["panel", "command"].map((type) => ({ type, id, label: id })),
  );
  return {
    id: "outside",
    name: "Outside",
    version: "1.0.0",
    entrypoints,
    requiredPermissions: EVERYTHING,
    featureFlags: FLAGS,
  };
}

/** Older manifests ask for nothing and may do all. */
function permitting(manifest) {
  return manifest.manifestVersion >= 5
    ? manifest
    : { ...manifest, requiredPermissions: EVERYTHING, featureFlags: FLAGS };
}

module.exports = { runPiece };
