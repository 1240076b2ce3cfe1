"use strict";
// Regions: what is kept of them, what they cover, and how they get into a recipe.

const test = require("node:test");
const assert = require("node:assert/strict");
const regions = require("../../../ps-plugin/state/regions.js");
const edits = require("../../../ps-plugin/studio/document/edits.js");
const { filled } = require("../../../ps-plugin/studio/document/raster.js");
const { rectangle } = require("../../../ps-plugin/studio/document/bounds.js");
const { openPanel, until } = require("../support.js");

const names = (state) => (state().regions[state().document.id] || []).map(({ name }) => name);
const inDocument = (state) => state().regions[state().document.id] || [];
/** A rectangle of paint. */
const paint = (left, top, right, bottom, colour = [200, 30, 30, 255]) =>
  filled(rectangle(left, top, right - left, bottom - top), colour);

/** What was last asked to be painted. */
const asked = (bridge) => bridge.commands.findLast(({ type }) => type === "generate").recipe;

/** How the panel last asked to go on. */
const wentOn = (bridge) => bridge.commands.findLast(({ type }) => type === "continue");

/** A panel with two regions: "house" left, "tree" over it from the middle on. */
async function withTwo() {
  const opened = await openPanel();
  const { panel, host, state, document } = opened;
  for (const [prompt, piece] of [
    ["a red house", paint(2, 4, 9, 12)],
    ["a green tree", paint(6, 2, 14, 12, [30, 200, 30, 128])],
  ]) {
    await panel.addRegion(false);
    const made = inDocument(state).at(-1);
    await host.stroke(made.layer, piece);
    panel.setRegion(regions.keyOf(made), { prompt });
    await until(() => inDocument(state).every(({ unsaved }) => !unsaved), "the note");
  }
  await until(() => names(state).join() === "a red house,a green tree", "the names");
  return { ...opened, document };
}

/** The same with a painting of them; `step` is one whose layer is there. */
async function withPainting() {
  const opened = await withTwo();
  const { panel, bridge, state, document } = opened;
  panel.store.dispatch({ type: "settings", settings: { prompt: "a field", source: "nothing" } });
  await panel.generate();
  const run = [...bridge.state.runs.keys()].at(-1);
  bridge.paint(run);
  const step = `${run}.2`;
  await until(() => state().papers[document.id].layers[step]?.layer >= 0, "the step");
  return { ...opened, step };
}

test("a note says a region and is read back; what another version wrote is nobody's", () => {
  const brush = regions.freshBrush("a red house", []);
  const region = { id: "7f", brush, picture: false };
  assert.deepEqual(regions.parsedRegion(JSON.stringify(regions.noteOf(region))), region);
  const step = { v: 1, run: "a".repeat(32), step: "x.0" };
  for (const text of [null, "", "{", "[]", "7", JSON.stringify(step)]) {
    assert.equal(regions.parsedRegion(text), null, String(text));
  }
  const strange = { ...regions.noteOf(region), brush: { ...brush, alpha: 2 } };
  assert.equal(regions.parsedRegion(JSON.stringify(strange)), null);
});

test("a brush out of its ranges is refused with what was found and what is right", () => {
  for (const [fields, sentence] of [
    [{ alpha: 1.5 }, "alpha is 1.5: 0 to 1 is right."],
    [{ colour: "red" }, 'colour is "red": one like "#2692F3" is right.'],
    [{ mode: "melt" }, 'mode is "melt": one of these is right: blend, isolate.'],
    [{ isolate_steps: 3 }, "isolate_steps belongs to mode isolate: blend takes none."],
    [{ opacity: 1 }, "“opacity” is no setting."],
  ]) {
    assert.throws(
      () => regions.brushFrom({ prompt: "x", ...fields }),
      (error) => {
        assert.ok(error.message.includes(sentence.split(":")[0]), error.message);
        return true;
      },
    );
  }
});

test("alpha under a mask, and several layers together, at both depths", () => {
  const deep = { width: 2, height: 1, channels: 4, pixels: new Uint16Array(8) };
  deep.pixels[3] = 65535;
  deep.pixels[7] = 30000;
  const mask = { width: 2, height: 1, channels: 1, pixels: new Uint8Array([51, 255]) };
  assert.deepEqual([...regions.veiledAlpha(deep, mask).pixels], [13107, 30000]);
  const one = { width: 3, height: 1, channels: 1, pixels: new Uint8Array([0, 128, 255]) };
  const other = { ...one, pixels: new Uint8Array([77, 128, 10]) };
  assert.deepEqual([...regions.joined(one, other).pixels], [77, 192, 255]);
});

test("a region becomes part of the recipe, its mask the alpha of its layer, upper ones later", async () => {
  const { panel, bridge, state } = await withTwo();
  panel.store.dispatch({ type: "settings", settings: { prompt: "a field", source: "nothing" } });
  await panel.generate();
  const recipe = asked(bridge);
  assert.deepEqual(
    recipe.regions.map(({ prompt, mode, alpha }) => [prompt, mode, alpha]),
    [
      ["a red house", "blend", 1],
      ["a green tree", "blend", 1],
    ],
  );
  const [house, tree] = recipe.regions.map(({ mask }) => bridge.images.get(mask));
  assert.deepEqual([house.width, house.height, house.channels], [16, 16, 1]);
  const at = ({ pixels }, x, y) => pixels[y * 16 + x];
  assert.deepEqual([at(house, 2, 4), at(house, 8, 11), at(house, 9, 4)], [255, 255, 0]);
  assert.deepEqual([at(tree, 6, 2), at(tree, 13, 11), at(tree, 5, 4)], [128, 128, 0]);
  assert.equal(state().notice, null);
});

test("order, name, mask and group are the layers' own; off and empty ones stay out, with a sentence", async () => {
  const { panel, host, bridge, state, document } = await withTwo();
  const [house, tree] = inDocument(state);
  await host.painter((document) => edits.setLayer(document, tree.layer, "name", "oak"));
  await until(() => names(state).includes("oak"), "the painter's name");
  panel.setRegion(regions.keyOf(tree), { prompt: "an old oak" });
  await until(() => inDocument(state).every(({ unsaved }) => !unsaved));
  assert.ok(names(state).includes("oak"), "a name of the painter's own stays");
  panel.store.dispatch({ type: "settings", settings: { source: "nothing" } });
  panel.setRegion(regions.keyOf(house), { on: false });
  await panel.addRegion(false);
  await panel.generate();
  const recipe = asked(bridge);
  assert.deepEqual(
    recipe.regions.map(({ prompt }) => prompt),
    ["an old oak"],
  );
  assert.match(state().notice.text, /Nothing is painted here for Region/);
  assert.equal(document.state.layers.length, 4);
});

test("the paint of a region is no picture, unless it says so; nothing in the document changes by the look", async () => {
  const { panel, bridge, state, document } = await withTwo();
  const history = document.history.length;
  const visible = () => document.state.layers.map((layer) => layer.visible);
  const before = visible();
  panel.store.dispatch({ type: "settings", settings: { source: "composite" } });
  const sent = async () => {
    await panel.generate();
    assert.match(state().notice?.text ?? "", /^$|another seed/); // the last asks for the same again
    return bridge.images.get(asked(bridge).init_image);
  };
  const without = await sent();
  assert.ok(
    without.pixels.every((value) => value === 255),
    "white paper",
  );
  assert.deepEqual(visible(), before);
  assert.equal(document.history.length, history);
  const [house] = inDocument(state);
  panel.setRegion(regions.keyOf(house), {}, { picture: true });
  const withIt = await sent();
  assert.deepEqual([...withIt.pixels.slice(3 * (5 * 16 + 3), 3 * (5 * 16 + 3) + 3)], [200, 30, 30]);
  // A painter who just painted a region has its layer in hand.
  panel.store.dispatch({ type: "settings", settings: { source: "layer" } });
  const tree = inDocument(state)[1];
  panel.chooseRegion(regions.keyOf(tree));
  await until(() => document.state.active.includes(tree.layer), "the tree's layer");
  assert.deepEqual((await sent()).pixels, withIt.pixels);
});

test("choosing a region puts its layer and its colour into the painter's hand", async () => {
  const { panel, host, state, document } = await withTwo();
  const [house] = inDocument(state);
  panel.chooseRegion(regions.keyOf(house));
  const inHand = () => `#${host.photoshop.app.foregroundColor.rgb.hexValue.toLowerCase()}`;
  await until(() => inHand() === house.brush.colour, "the colour");
  assert.deepEqual(document.state.active, [house.layer]);
});

test("regions outlive a deleted layer, its undo, a copy, and a fresh panel", async () => {
  const { panel, host, state, document } = await withTwo();
  const [house, tree] = inDocument(state);
  await host.painter((document) => edits.deleteLayers(document, [tree.layer]));
  await until(() => state().notice && /a green tree/.test(state().notice.text), "a sentence");
  assert.equal(inDocument(state).find(({ id }) => id === tree.id).layer, -1);
  await host.painter((document) => document.undo());
  await until(() => inDocument(state).every(({ layer }) => layer >= 0), "the layer's return");
  assert.deepEqual(names(state), ["a red house", "a green tree"]);
  await host.painter((document) => edits.duplicateLayer(document, house.layer));
  await until(() => inDocument(state).length === 3, "the copy");
  panel.stop();
  const again = await openPanel({ host });
  await until(() => inDocument(again.state).length === 3, "the regions after a reload");
  assert.deepEqual(
    inDocument(again.state)
      .map(({ brush }) => brush.prompt)
      .sort(),
    ["a green tree", "a red house", "a red house"],
  );
  again.panel.stop();
  assert.ok(document.state.layers.length >= 4);
});

test("a region that lost its layer takes another; one that is removed leaves its layer", async () => {
  const { panel, host, state, document } = await withTwo();
  const [, tree] = inDocument(state);
  await host.painter((document) => edits.deleteLayers(document, [tree.layer]));
  await until(() => inDocument(state).some(({ layer }) => layer < 0));
  await host.painter((document) => edits.newLayer(document));
  await panel.relinkRegion(tree.id);
  assert.equal(state().notice?.kind === "error" ? state().notice.text : "", "");
  const now = inDocument(state).find(({ id }) => id === tree.id);
  assert.equal(now.brush.prompt, "a green tree");
  const count = document.state.layers.length;
  await panel.removeRegion(regions.keyOf(now));
  assert.deepEqual(names(state), ["a red house"]);
  assert.equal(document.state.layers.length, count);
  await panel.addRegion(true);
  assert.equal(inDocument(state).length, 2, "it may become one again");
  await panel.addRegion(true);
  assert.match(state().notice.text, /is a region already/);
});

test("the background layer and a painting's own layers become no region", async () => {
  const { panel, state } = await openPanel();
  await panel.addRegion(true);
  assert.match(state().notice.text, /covers everything/);
  assert.equal(inDocument(state).length, 0);
});

test("one region goes back to a step as it is now, the rest of the picture stays", async () => {
  const { panel, bridge, state, step } = await withPainting();
  const [house, tree] = inDocument(state);
  await panel.regionBack(regions.keyOf(tree));
  assert.match(state().notice.text, /step/, "without a step there is nothing to go back to");
  panel.select(step);
  panel.setRegion(regions.keyOf(tree), { prompt: "a palm" });
  await panel.regionBack(regions.keyOf(tree));
  const { step: from, rewind, recipe } = wentOn(bridge);
  assert.equal(from, step);
  assert.deepEqual(rewind, { mode: "repaint", region: 1, keep_outside: true });
  const { prompt, regions: painted } = recipe;
  assert.deepEqual(
    [prompt, painted.map((one) => one.prompt)],
    ["a field", ["a red house", "a palm"]],
  );
  panel.setRegion(regions.keyOf(house), { on: false });
  await panel.regionBack(regions.keyOf(house));
  assert.match(state().notice.text, /is off, or nothing of it lies/);
});

test("going on takes the regions as they are now, or leaves the painting's own; unchanged, nothing is said", async () => {
  const { panel, host, bridge, state, step } = await withPainting();
  const then = asked(bridge).regions;
  panel.select(step);
  const continued = async () => {
    await panel.rewind();
    return wentOn(bridge).recipe;
  };
  assert.equal(await continued(), null, "as before");
  const [house, tree] = inDocument(state);
  panel.setRegion(regions.keyOf(house), { on: false });
  await host.stroke(tree.layer, paint(0, 0, 3, 3));
  const changed = await continued();
  assert.equal(changed.prompt, "a field");
  assert.deepEqual(
    changed.regions.map(({ prompt }) => prompt),
    ["a green tree"],
  );
  assert.notEqual(changed.regions[0].mask, then[1].mask);
  assert.equal(bridge.images.get(changed.regions[0].mask).pixels[0], 255, "with the new stroke");
  panel.store.dispatch({ type: "onward", onward: { regions: false } });
  assert.equal(await continued(), null, "the painting's own");
  panel.store.dispatch({ type: "onward", onward: { changes: { prompt: "a meadow" } } });
  const { prompt, regions: kept } = await continued();
  assert.deepEqual([prompt, kept], ["a meadow", then]);
  panel.stop();
});

test("a document without regions goes on with the painting's own", async () => {
  const { panel, bridge, state, step } = await withPainting();
  for (const region of inDocument(state)) await panel.removeRegion(regions.keyOf(region));
  panel.select(step);
  await panel.rewind();
  assert.equal(wentOn(bridge).recipe, null);
  panel.stop();
});

test("a group covers what all that is shown in it covers, under the group's own mask", async () => {
  const { panel, host, bridge, state, document } = await openPanel();
  const made = [];
  for (const piece of [paint(0, 0, 4, 4), paint(8, 8, 12, 12, [0, 0, 0, 100])]) {
    await host.painter((document) => edits.newLayer(document));
    made.push(document.state.active[0]);
    await host.stroke(made.at(-1), piece);
  }
  await host.painter((document) => edits.newGroup(document, { name: "trees" }, made));
  await panel.addRegion(true);
  assert.deepEqual(names(state), ["trees"]);
  panel.store.dispatch({ type: "settings", settings: { prompt: "a field", source: "nothing" } });
  await panel.generate();
  const [{ prompt, mask }] = asked(bridge).regions;
  assert.equal(prompt, "trees");
  const { pixels } = bridge.images.get(mask);
  assert.deepEqual([pixels[0], pixels[9 * 16 + 9], pixels[5 * 16 + 5]], [255, 100, 0]);
  await host.painter((document) => edits.showLayer(document, made[0], false));
  await panel.generate();
  const now = bridge.images.get(asked(bridge).regions[0].mask).pixels;
  assert.deepEqual([now[0], now[9 * 16 + 9]], [0, 100]);
});

test("a new region lies on top, where what is painted on it is seen; without words it is refused", async () => {
  const { panel, host, state, document, bridge } = await withPainting();
  const { groups } = state().papers[document.id];
  edits.selectLayers(document, [document.state.layers[0].id]); // the lowest
  await panel.addRegion(false);
  const made = inDocument(state).at(-1);
  assert.equal(document.state.layers.at(-1).id, made.layer);
  assert.ok(Object.values(groups).every((group) => group !== made.layer));
  const sent = bridge.commands.length;
  await host.stroke(made.layer, paint(2, 2, 9, 9));
  await panel.generate();
  assert.match(state().notice.text, /“Region” does not say yet what shall be there/);
  assert.equal(bridge.commands.length, sent);
  panel.setRegion(regions.keyOf(made), { prompt: "a boat" });
  await panel.generate();
  assert.equal(asked(bridge).regions.at(-1).prompt, "a boat");
  panel.stop();
});
