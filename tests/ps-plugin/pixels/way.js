"use strict";
// The whole way of pixels at a real bridge: a selection of a document is painted in a crop, a step is
// painted on and rewound, the document is saved as a PSD and opened again.
//
//   node way.js ADDRESS TOKEN FILE     one JSON object for each depth and profile on stdout,
//                                             the PSD files as FILE-0, FILE-1, …

const fs = require("node:fs");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { createExchange } = require("../../../ps-plugin/studio/desk/exchange.js");
const { makeRaster, filled, laid, cut } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { composite } = require("../../../ps-plugin/studio/document/composite.js");
const { fullOf, P3, SRGB } = require("../../../ps-plugin/studio/document/colour.js");
const { flatten } = require("../../../ps-plugin/studio/document/document.js");
const { makePanel } = require("../../../ps-plugin/actions/panel.js");
const { stepsOf } = require("../../../ps-plugin/state/state.js");
const { chance } = require("../support.js");

const [WIDTH, HEIGHT] = [251, 203];
const SELECTED = rectangle(100, 90, 21, 17);
const FEATHER = 6;
const PATIENCE = 120_000; // milliseconds a run may take
const KINDS = [
  [8, SRGB],
  [8, P3],
  [16, SRGB],
  [16, P3],
];

/** Opaque noise of the document's own numbers. */
function noise(depth) {
  const random = chance(depth);
  const full = fullOf(depth);
  const data = new (depth === 8 ? Uint8Array : Uint16Array)(WIDTH * HEIGHT * 4);
  for (let i = 0; i < data.length; i += 1) {
    data[i] = i % 4 === 3 ? full : Math.round(random() * full);
  }
  return makeRaster(rectangle(0, 0, WIDTH, HEIGHT), 4, data);
}

/** Waits until something is so. */
async function until(so, what, told = () => "") {
  const end = Date.now() + PATIENCE;
  while (!so()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}: ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function openPanel({ address, token }, host) {
  await host.secureStorage.setItem("token", token);
  await host.secureStorage.setItem("address", address);
  const panel = makePanel({
    photoshop: host.photoshop,
    secureStorage: host.secureStorage,
    fetch: (url, options) => fetch(url, options),
    socket: (url) => new WebSocket(url),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 20)),
    random: Math.random, // requests and seeds: each run of its own
    urlOf: () => "blob:thumbnail",
    revoke: () => undefined,
  });
  await panel.start();
  const state = () => panel.store.state();
  await until(() => state().connection.status === "open" && state().model, "the bridge");
  await until(() => state().document && state().papers[state().document.id], "the document");
  return { panel, state };
}

/** Waits until a run's steps all lie in the document at full quality. */
async function arrived({ state }, document, count) {
  const done = () => {
    const papers = state().papers[document.id]; // the panel knows older paintings too
    const runs = papers.runs.map((id) => state().runs[id]);
    const notes = papers.layers;
    return (
      runs.length === count &&
      runs.every(({ state: now }) => now === "finished") &&
      runs
        .flatMap(({ id }) => stepsOf(state(), id))
        .every(({ id }) => {
          return notes[id]?.quality === "full" || notes[id]?.painted;
        })
    );
  };
  const told = () => JSON.stringify([state().runs, state().papers, state().busy]);
  await until(() => state().notice?.kind === "error" || done(), `run ${count}`, told);
  if (state().notice?.kind === "error") throw new Error(state().notice.text);
}

async function way(access, depth, profile, file) {
  const host = createHost();
  const document = host.model.newDocument({ width: WIDTH, height: HEIGHT, depth, profile });
  edits.setLayer(document, document.state.active[0], "raster", noise(depth));
  edits.select(document, "Select", filled(SELECTED, [fullOf(depth)], depth));
  const open = await openPanel(access, host);
  const { panel, state } = open;
  const canvas = rectangle(0, 0, WIDTH, HEIGHT);
  const before = composite(document.state, canvas).data;
  const plain = { prompt: "a boat", steps: 4, source: "composite", sampler: "euler" };
  panel.store.dispatch({ type: "settings", settings: { ...plain, feather: FEATHER } });
  await panel.generate();
  await arrived(open, document, 1);

  const [id] = state().papers[document.id].runs;
  const run = state().runs[id];
  const place = state().papers[document.id].places[run.id];
  const after = composite(document.state, canvas).data;
  const found = { depth, profile, changed: 0, outside: 0, run: run.recipe, place };
  for (let i = 0; i < after.length; i += 4) {
    const same = [0, 1, 2, 3].every((c) => after[i + c] === before[i + c]);
    if (same) continue;
    const [x, y] = [(i / 4) % WIDTH, Math.floor(i / 4 / WIDTH)];
    const dx = Math.max(SELECTED.left - x, 0, x - SELECTED.right + 1);
    const dy = Math.max(SELECTED.top - y, 0, y - SELECTED.bottom + 1);
    found.changed += 1;
    if (Math.hypot(dx, dy) >= FEATHER) found.outside += 1;
  }

  const [first] = stepsOf(state(), run.id);
  const { layer } = state().papers[document.id].layers[first.id];
  const { raster } = flatten(document.state.layers).find(({ id }) => id === layer);
  const red = [fullOf(depth), 0, 0, fullOf(depth)];
  const stroke = filled(rectangle(104, 94, 8, 6), red, depth);
  edits.setLayer(document, layer, "raster", laid(raster, stroke));
  panel.select(first.id);
  await panel.rewind();
  await arrived(open, document, 2);
  const branch = state().papers[document.id].runs.find((one) => one !== id);
  found.rewind = state().runs[branch].rewind;
  found.handed = state().papers[document.id].layers[first.id].image;

  const exchange = createExchange({ ...access, fetch });
  const psd = await exchange.psdOf(document.state);
  fs.writeFileSync(file, Buffer.from(await psd.arrayBuffer()));
  const again = await exchange.openPsd(psd);
  found.again = [again.depth, again.profile];
  const [mine, theirs] = [document.state, again].map((one) => flatten(one.layers));
  found.layers = mine.length;
  found.different = mine.filter((one, i) => {
    const other = theirs[i];
    const pixels = (raster) => raster && Buffer.from(cut(raster, canvas, 4, depth).data.buffer);
    const equal =
      one.name === other.name &&
      one.kind === other.kind &&
      one.visible === other.visible &&
      JSON.stringify(one.metadata) === JSON.stringify(other.metadata) &&
      String([...one.held].sort()) === String([...other.held].sort()) &&
      Boolean(one.raster) === Boolean(other.raster) &&
      (!one.raster || pixels(one.raster).equals(pixels(other.raster)));
    return !equal;
  }).length;
  panel.stop();
  return found;
}

async function main([address, token, file]) {
  for (const [number, [depth, profile]] of KINDS.entries()) {
    const found = await way({ address, token }, depth, profile, `${file}-${number}`);
    process.stdout.write(`${JSON.stringify(found)}\n`);
  }
  process.exit(0);
}

void main(process.argv.slice(2));
