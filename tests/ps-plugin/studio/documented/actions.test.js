"use strict";
// What Adobe's pages of batchPlay and of events say, done and checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened } = require("../tools.js");
const { from } = require("./tools.js");

const TARGET_LAYER = [
  { _ref: "layer", _enum: "ordinal" },
  { _ref: "document", _enum: "ordinal" },
];
const heardSoon = () => new Promise((wake) => setTimeout(wake, 5));

/** A document with layers named one, two and three above its background, three being the target. */
async function withLayers() {
  const tools = opened();
  const { app, modal } = tools;
  await modal(async () => {
    for (const name of ["one", "two", "three"]) await app.activeDocument.createLayer({ name });
  });
  return { ...tools, it: app.activeDocument, play: tools.action.batchPlay };
}

from("ps-reference/media/batchplay.md", () => {
  test("what is no list of descriptors is rejected in the words of the page", async () => {
    const { action } = opened();
    await assert.rejects(
      action.batchPlay(true, {}),
      /^TypeError: Argument 1 has an invalid type. Expected type: array actual type: boolean$/,
    );
  });

  test("a layer's ordinal without a value is the active layer", async () => {
    const { it, modal, play } = await withLayers();
    await modal(() => play([{ _obj: "hide", _target: TARGET_LAYER }], {}));
    assert.deepEqual(
      Array.from(it.layers, ({ visible }) => visible),
      [false, true, true, true],
    );
  });

  test("without a document the answer is an error with the page's number, and no rejection", async () => {
    const { document, host, modal, action } = opened();
    host.model.close(document);
    const [answer] = await modal(() =>
      action.batchPlay([{ _obj: "hide", _target: TARGET_LAYER }], {}),
    );
    assert.deepEqual([answer._obj, answer.result], ["error", -25922]);
    assert.match(answer.message, /current document/);
  });

  test("a title is got by a property in front of its document, with the application at the end", async () => {
    const { action, document } = opened();
    const _target = {
      _ref: [
        { _property: "title" },
        { _ref: "document", _id: document.id },
        { _ref: "application" },
      ],
    };
    const answers = await action.batchPlay([{ _obj: "get", _target }], {});
    assert.deepEqual(answers, [{ title: document.name }]);
  });

  test("a document is meant by its id, its name, or an index that begins at 1", async () => {
    const { app, host, action } = opened();
    host.model.newDocument({ width: 2, height: 2, name: "Second" });
    const titles = [];
    for (const part of [{ _id: app.documents[0].id }, { _name: "Second" }, { _index: 2 }]) {
      const _target = [{ _property: "title" }, { _ref: "document", ...part }];
      titles.push((await action.batchPlay([{ _obj: "get", _target }], {}))[0].title);
    }
    assert.deepEqual(titles, [app.documents[0].title, "Second", "Second"]);
  });

  test("a layer is meant by its name", async () => {
    const { it, modal, play } = await withLayers();
    await modal(() => play([{ _obj: "hide", _target: [{ _ref: "layer", _name: "two" }] }], {}));
    assert.equal(it.layers.getByName("two").visible, false);
    assert.equal(it.layers.getByName("three").visible, true);
  });

  test("answers stand in the order of the commands; a batch ends at the first that fails", async () => {
    const { it, modal, play } = await withLayers();
    const hide = (id) => ({ _obj: "hide", _target: [{ _ref: "layer", _id: id }] });
    const commands = [hide(it.layers[0].id), hide(98765), hide(it.layers[1].id)];
    const answers = await modal(() => play(commands, {}));
    assert.deepEqual(
      answers.map(({ _obj }) => _obj === "error"),
      [false, true],
    );
    assert.equal(it.layers[1].visible, true);
  });

  test("with continueOnError the commands after one that failed are played", async () => {
    const { it, modal, play } = await withLayers();
    const hide = (id) => ({ _obj: "hide", _target: [{ _ref: "layer", _id: id }] });
    const answers = await modal(() =>
      play([hide(98765), hide(it.layers[1].id)], { continueOnError: true }),
    );
    assert.equal(answers.length, 2);
    assert.equal(it.layers[1].visible, false);
  });

  test("a layer is made by the command that an action's copy gives", async () => {
    const { it, modal, play } = await withLayers();
    await modal(() => play([{ _obj: "make", _target: [{ _ref: "layer" }] }], {}));
    assert.equal(it.layers.length, 5);
  });

  test("options for a command stand in the command itself", async () => {
    const { it, modal, play } = await withLayers();
    const _options = { dialogOptions: "silent" };
    await modal(() => play([{ _obj: "hide", _target: TARGET_LAYER, _options }], {}));
    assert.equal(it.layers[0].visible, false);
  });

  test("multiGet answers several properties of the target layer, its opacity up to 255", async () => {
    const { it, play } = await withLayers();
    const [answer] = await play(
      [
        {
          _obj: "multiGet",
          _target: { _ref: TARGET_LAYER },
          extendedReference: [["name", "layerID", "opacity"]],
          options: { failOnMissingProperty: false, failOnMissingElement: false },
        },
      ],
      {},
    );
    assert.deepEqual(answer, { name: "three", layerID: it.layers[0].id, opacity: 255 });
  });

  test("multiGet of a range begins at an index and takes as many layers as count says", async () => {
    const { play } = await withLayers();
    const of = (index, count, options) =>
      play(
        [
          {
            _obj: "multiGet",
            _target: { _ref: [{ _ref: "document", _enum: "ordinal" }] },
            extendedReference: [["name"], { _obj: "layer", index, count }],
            options,
          },
        ],
        {},
      );
    const names = async (...range) => (await of(...range))[0].list?.map(({ name }) => name);
    assert.deepEqual(await names(1, 2), ["one", "two"]);
    assert.deepEqual(await names(2, 1), ["two"]);
    assert.deepEqual(await names(1, -1), ["one", "two", "three"]);
    const lenient = { failOnMissingElement: false };
    assert.deepEqual(await names(3, 5, lenient), ["three"]);
    const [failed] = await of(3, 5);
    assert.equal(failed._obj, "error", "a missing element fails the command unless told not to");
  });

  test("multiGet fails where a property is missing, unless told not to", async () => {
    const { play } = await withLayers();
    const get = (options) =>
      play(
        [
          {
            _obj: "multiGet",
            _target: TARGET_LAYER,
            extendedReference: [["name", "userMaskEnabled"]],
            options,
          },
        ],
        {},
      );
    assert.equal((await get({}))[0]._obj, "error");
    assert.deepEqual(await get({ failOnMissingProperty: false }), [{ name: "three" }]);
  });

  test("a document says by batchPlay whether it has a Background, and a layer that it has no effects", async () => {
    const { app, modal, play } = await withLayers();
    const ask = { _obj: "get", _target: [{ _property: "hasBackgroundLayer" }, TARGET_LAYER[1]] };
    assert.deepEqual(await play([ask], {}), [{ hasBackgroundLayer: true }]);
    const options = { failOnMissingProperty: false };
    const extendedReference = [["name", "layerEffects"]];
    const effects = { _obj: "multiGet", _target: TARGET_LAYER, extendedReference, options };
    assert.deepEqual(await play([effects], {}), [{ name: "three" }]);
    await modal(() => app.createDocument({ width: 2, height: 2, fill: "transparent" }));
    assert.deepEqual(await play([ask], {}), [{ hasBackgroundLayer: false }]);
  });

  test("a command that changes something needs a scope, one that gets does not", async () => {
    const { play } = await withLayers();
    await assert.rejects(play([{ _obj: "hide", _target: TARGET_LAYER }], {}), /modal scope/);
    const [answer] = await play(
      [{ _obj: "get", _target: [{ _property: "hasUserMask" }, ...TARGET_LAYER] }],
      {},
    );
    assert.deepEqual(answer, { hasUserMask: false });
  });
});

from("ps-reference/media/photoshopaction.md", () => {
  test("a listener hears the events that it named, with their descriptors", async () => {
    const { action, host, document } = opened();
    const heard = [];
    await action.addNotificationListener(["close"], (event, descriptor) =>
      heard.push([event, typeof descriptor]),
    );
    host.model.newDocument({ width: 2, height: 2 });
    host.model.close(document);
    await heardSoon();
    assert.deepEqual(heard, [["close", "object"]]);
  });

  test("events that Adobe's samples listen to are taken", async () => {
    const { action } = opened();
    await action.addNotificationListener(["newDocument", "neuralGalleryFilters"], () => {});
    await assert.rejects(
      action.addNotificationListener(["oldDocument"], () => {}),
      TypeError,
    );
  });

  test("a listener that was removed from one event still hears its others", async () => {
    const { action, host, document } = opened();
    const heard = [];
    const listener = (event) => heard.push(event);
    await action.addNotificationListener(["open", "close"], listener);
    await action.removeNotificationListener(["open"], listener);
    host.model.newDocument({ width: 2, height: 2 });
    host.model.close(document);
    await heardSoon();
    assert.deepEqual(heard, ["close"]);
  });
});
