"use strict";
// The document model under random hands: whatever painters and plugins do, the past stays what it
// was, ids are never used twice, and what is rolled back is as if it had not been.

const test = require("node:test");
const assert = require("node:assert/strict");
const STUDIO = "../../../../ps-plugin/studio/";
const { createHost } = require(`${STUDIO}host/host.js`);
const edits = require(`${STUDIO}document/edits.js`);
const masks = require(`${STUDIO}document/masks.js`);
const modes = require(`${STUDIO}document/modes.js`);
const { flatten, isHeld } = require(`${STUDIO}document/document.js`);
const { composite } = require(`${STUDIO}document/composite.js`);
const { filled, depthOf } = require(`${STUDIO}document/raster.js`);
const { rectangle } = require(`${STUDIO}document/bounds.js`);
const { fullOf, PROFILES } = require(`${STUDIO}document/colour.js`);
const { chance } = require("../../support.js");

const SEEDS = 300;
const STEPS = 25;

/** What a hand may do; a refusal by the host (a lock, a last layer) is no failure. */
const DEEDS = {
  layer: ({ document, any }) => edits.newLayer(document, { raster: pixels(document, any) }),
  group: ({ document, some }) => edits.newGroup(document, {}, some()),
  remove: ({ document, one }) => edits.deleteLayers(document, [one()]),
  twin: ({ document, one }) => edits.duplicateLayer(document, one()),
  place: ({ document, one, any }) => {
    const where = Object.values(edits.PLACEMENT)[any(5)];
    edits.placeLayer(document, one(), one(), where);
  },
  name: ({ document, one, any }) => edits.setLayer(document, one(), "name", `n${any(99)}`),
  fade: ({ document, one, any }) => edits.setLayer(document, one(), "opacity", any(11) / 10),
  lock: ({ document, one }) => edits.setLayer(document, one(), "locked", true),
  unlock: ({ document, one }) => edits.unlock(document, one()),
  shift: ({ document, one, any }) => edits.shiftLayer(document, one(), any(5) - 2, any(5) - 2),
  clear: ({ document, one }) => edits.clearSelected(document, one()),
  select: ({ document, any }) =>
    edits.select(document, "Select", any(3) ? filled(box(any), [1 + any(255)]) : null),
  mask: ({ document, one, any }) =>
    masks.makeMask(document, one(), ["revealAll", "hideAll", "revealSelection"][any(3)]),
  unmask: ({ document, one, any }) => masks.removeMask(document, one(), any(2) === 1),
  depth: ({ document, any }) => modes.convertDepth(document, any(2) ? 8 : 16),
  profile: ({ document, any }) => modes.convertProfile(document, PROFILES[any(2)]),
  hide: ({ document, one, any }) => edits.showLayer(document, one(), any(2) === 1),
  activate: ({ document, one }) => edits.selectLayers(document, [one()]),
  undo: ({ document }) => document.undo(),
  redo: ({ document }) => document.redo(),
};

const box = (any) => rectangle(any(8) - 2, any(8) - 2, 1 + any(6), 1 + any(6));

function pixels(document, any) {
  const full = fullOf(document.state.depth);
  const colour = [0, 1, 2, 3].map(() => any(full + 1));
  return filled(box(any), [colour[0], colour[1], colour[2], 1 + any(full)], document.state.depth);
}

/** Everything of a state but the view: which layers are seen, open, active. */
function substance({ layers, active, ...state }) {
  const plain = (list) =>
    list.map(({ visible, open, layers, ...layer }) => ({ ...layer, layers: plain(layers) }));
  return { ...state, layers: plain(layers) };
}

/** Whether a sentence is one of the host's refusals, not a slip of its own. */
const isRefusal = ({ message, name }) => name !== "TypeError" && !/undefined|NaN/.test(message);

function handsOn(host, random) {
  const any = (below) => Math.floor(random() * below);
  const document = host.model.active;
  const ids = () => flatten(document.state.layers).map((layer) => layer.id);
  return {
    document,
    any,
    one: () => ids()[any(ids().length)],
    some: () => ids().filter(() => any(4) === 0),
  };
}

function act(hands, name) {
  try {
    DEEDS[name](hands);
  } catch (error) {
    assert.ok(isRefusal(error), `${name}: ${error.stack}`);
  }
}

/** What must hold of every state. */
function sound({ state, history, nextLayerId }) {
  const layers = flatten(state.layers);
  const ids = layers.map((layer) => layer.id);
  assert.equal(new Set(ids).size, ids.length, "each layer once");
  assert.ok(Math.max(...ids) < nextLayerId);
  assert.ok(state.layers.length > 0);
  const background = layers.find((layer) => layer.background);
  assert.ok(!background || background === state.layers[0], "a background lies at the bottom");
  for (const raster of layers
    .flatMap(({ raster, mask }) => [raster, mask])
    .concat(state.selection)) {
    if (raster) assert.equal(depthOf(raster), state.depth);
  }
  assert.ok(state.active.every((id) => ids.includes(id)));
  assert.equal(new Set(history.map(({ id }) => id)).size, history.length);
}

test(`${SEEDS} random hands: the past is kept, ids are new, every state is sound`, () => {
  const done = Object.fromEntries(Object.keys(DEEDS).map((name) => [name, 0]));
  for (let seed = 1; seed <= SEEDS; seed++) {
    const host = createHost({ manifest: {} });
    host.model.newDocument({ width: 6, height: 5, fill: seed % 2 ? "white" : "transparent" });
    const hands = handsOn(host, chance(seed));
    const { document } = hands;
    const past = new Map([[document.history[0].id, substance(document.state)]]);
    const ever = new Set(flatten(document.state.layers).map((layer) => layer.id));
    for (let step = 0; step < STEPS; step++) {
      const name = Object.keys(DEEDS)[hands.any(Object.keys(DEEDS).length)];
      const before = document.state;
      const travels = name === "undo" || name === "redo";
      act(hands, name);
      if (document.state !== before) done[name] += 1;
      sound(document);
      for (const { id } of flatten(document.state.layers)) {
        const known = flatten(before.layers).some((layer) => layer.id === id);
        if (!known && !travels) assert.ok(!ever.has(id), `layer ${id} came again by ${name}`);
        ever.add(id);
      }
      const { id } = document.history[document.current];
      if (past.has(id))
        assert.deepEqual(substance(document.state), past.get(id), `${seed} ${name}`);
      past.set(id, substance(document.state));
    }
    composite(document.state, rectangle(0, 0, 6, 5));
  }
  assert.deepEqual(
    Object.keys(done).filter((name) => done[name] < 20),
    [],
    "each deed is met",
  );
});

test(`${SEEDS} random scopes that fail leave a document as it was, to the object`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const host = createHost({ manifest: {} });
    host.model.newDocument({ width: 6, height: 5 });
    const hands = handsOn(host, chance(seed));
    const { document } = hands;
    const names = Object.keys(DEEDS).filter((name) => !["undo", "redo"].includes(name));
    for (let step = 0; step < 6; step++) act(hands, names[hands.any(names.length)]);
    const { state: before } = document;
    const history = [...document.history];
    const failing = host.photoshop.core.executeAsModal(
      async ({ hostControl }) => {
        await hostControl.suspendHistory({ documentID: document.id, name: "Fails" });
        for (let step = 0; step < 8; step++) act(hands, names[hands.any(names.length)]);
        if (seed % 2) throw new Error("on purpose");
        host.modal.cancel();
        await host.photoshop.app.activeDocument.createPixelLayer();
      },
      { commandName: "Fails" },
    );
    await assert.rejects(failing, /on purpose|cancelled/);
    assert.equal(document.state, before);
    assert.deepEqual(document.history, history);
  }
});

test("a layer under a lock is held, by whichever group the lock is", () => {
  const host = createHost({ manifest: {} });
  const document = host.model.newDocument({ width: 4, height: 4 });
  const layer = edits.newLayer(document);
  const inner = edits.newGroup(document, {}, [layer]);
  const outer = edits.newGroup(document, {}, [inner]);
  edits.setLayer(document, outer, "held", ["position"]);
  assert.equal(isHeld(document.state, layer, "position"), true);
  assert.equal(isHeld(document.state, layer, "pixels"), false);
  assert.equal(isHeld(document.state, layer), false);
  edits.setLayer(document, inner, "locked", true);
  assert.equal(isHeld(document.state, layer), true);
});
