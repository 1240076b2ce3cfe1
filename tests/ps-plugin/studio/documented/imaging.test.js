"use strict";
// What Adobe's page of the imaging module says, done and checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, paint, rgba, edgesOf } = require("../tools.js");
const { from } = require("./tools.js");

const RGBA = { components: 4, colorSpace: "RGB" };
const MASK = {
  components: 1,
  chunky: false,
  colorProfile: "Gray Gamma 2.2",
  colorSpace: "Grayscale",
};

/** Work in a scope on a document of 16 x 12 with a layer of paint at 2, 3 of 5 x 4. */
async function painted(work, colours) {
  const tools = opened(16, 12, colours);
  await tools.modal(async () => {
    const layer = await tools.app.activeDocument.createLayer({ name: "Paint" });
    if (colours?.depth !== 16) await paint(tools.imaging, layer.id, 5, 4, 2, 3, 200);
    await work({ ...tools, layer });
  });
  assert.equal(tools.host.undisposed(), 0, "all image data were disposed of");
}

from("ps-reference/media/imaging.md", () => {
  test("a right and a bottom edge lie beyond the region that is asked for", () =>
    painted(async ({ imaging }) => {
      const sourceBounds = { left: 0, top: 0, right: 10, bottom: 6 };
      const { imageData } = await imaging.getPixels({ sourceBounds });
      assert.deepEqual([imageData.width, imageData.height], [10, 6]);
      imageData.dispose();
    }));

  test("a target size names a width or a height", () =>
    painted(async ({ imaging, layer }) => {
      const asked = imaging.getPixels({ layerID: layer.id, targetSize: {} });
      await assert.rejects(asked, /width or a height/);
    }));

  test("a region may be given by its width and height as well", () =>
    painted(async ({ imaging }) => {
      const sourceBounds = { left: 3, top: 2, width: 4, height: 5 };
      const got = await imaging.getPixels({ sourceBounds });
      assert.deepEqual(edgesOf(got.sourceBounds), { left: 3, top: 2, right: 7, bottom: 7 });
      got.imageData.dispose();
    }));

  test("without a layer the pixels are the composite's, with one the layer's", () =>
    painted(async ({ imaging, layer }) => {
      const whole = await imaging.getPixels({});
      const part = await imaging.getPixels({ layerID: layer.id });
      assert.deepEqual([whole.imageData.width, whole.imageData.height], [16, 12]);
      assert.deepEqual(edgesOf(part.sourceBounds), { left: 2, top: 3, right: 7, bottom: 7 });
      for (const { imageData } of [whole, part]) imageData.dispose();
    }));

  test("a missing or negative document is the active one", () =>
    painted(async ({ imaging, app, document }) => {
      await app.createDocument({ width: 3, height: 2 });
      const sizes = [];
      for (const documentID of [undefined, -1, document.id]) {
        const { imageData } = await imaging.getPixels({ documentID });
        sizes.push(imageData.width);
        imageData.dispose();
      }
      assert.deepEqual(sizes, [3, 3, 16]);
    }));

  test("of a target's one side the other follows in proportion", () =>
    painted(async ({ imaging }) => {
      const sourceBounds = { left: 0, top: 0, right: 16, bottom: 8 };
      const { imageData } = await imaging.getPixels({ sourceBounds, targetSize: { height: 4 } });
      assert.deepEqual([imageData.width, imageData.height], [8, 4]);
      imageData.dispose();
    }));

  test("a smaller picture comes from a cached level, and its bounds are that level's", () =>
    painted(async ({ imaging }) => {
      const got = await imaging.getPixels({ targetSize: { width: 8 } });
      assert.equal(got.level, 1);
      assert.equal(got.sourceBounds.right, 8);
      got.imageData.dispose();
      const full = await imaging.getPixels({});
      assert.equal(full.level, 0);
      full.imageData.dispose();
    }));

  test("pixels of a past history state are read by its id", () =>
    painted(async ({ imaging, app, layer }) => {
      const past = app.activeDocument.activeHistoryState.id;
      await paint(imaging, layer.id, 1, 1, 0, 0, 90);
      const got = await imaging.getPixels({ layerID: layer.id, historyStateID: past });
      assert.equal(got.imageData.width, 5);
      got.imageData.dispose();
    }));

  test("applyAlpha mats on white and leaves no alpha channel", () =>
    painted(async ({ imaging, layer }) => {
      const imageData = await imaging.createImageDataFromBuffer(Uint8Array.of(0, 0, 0, 0), {
        width: 1,
        height: 1,
        ...RGBA,
      });
      await imaging.putPixels({ layerID: layer.id, imageData, replace: false });
      imageData.dispose();
      const got = await imaging.getPixels({ layerID: layer.id, applyAlpha: true });
      assert.equal(got.imageData.components, 3);
      assert.equal(got.imageData.hasAlpha, false);
      got.imageData.dispose();
    }));

  test("image data say their size, space, format and type", () =>
    painted(async ({ imaging, layer }) => {
      const { imageData } = await imaging.getPixels({ layerID: layer.id });
      const { colorSpace, hasAlpha, components, componentSize, pixelFormat, type } = imageData;
      assert.deepEqual(
        [colorSpace, hasAlpha, components, componentSize, pixelFormat, type],
        ["RGB", true, 4, 8, "RGBA", "image/uncompressed"],
      );
      imageData.dispose();
    }));

  test("getData answers bytes at 8 bits, and 16-bit numbers up to 32768 at 16", async () => {
    await painted(async ({ imaging }) => {
      const { imageData } = await imaging.getPixels({});
      assert.ok((await imageData.getData()) instanceof Uint8Array);
      imageData.dispose();
    });
    await painted(
      async ({ imaging }) => {
        const { imageData } = await imaging.getPixels({});
        const data = await imageData.getData();
        assert.ok(data instanceof Uint16Array);
        assert.equal(Math.max(...data), 32768, "white");
        assert.equal(Math.max(...(await imageData.getData({ fullRange: true }))), 65535);
        imageData.dispose();
      },
      { depth: 16 },
    );
  });

  test("getData without chunky is planar: all reds, then all greens", () =>
    painted(async ({ imaging }) => {
      const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      const options = { width: 2, height: 1, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(buffer, options);
      assert.deepEqual([...(await imageData.getData({ chunky: false }))], [1, 5, 2, 6, 3, 7, 4, 8]);
      assert.deepEqual([...(await imageData.getData())], [...buffer]);
      imageData.dispose();
    }));

  test("componentSize asks for another depth than the document's, and -1 for its own", () =>
    painted(
      async ({ imaging }) => {
        for (const [componentSize, size] of [
          [8, 8],
          [16, 16],
          [-1, 16],
        ]) {
          const { imageData } = await imaging.getPixels({ componentSize });
          assert.equal(imageData.componentSize, size);
          imageData.dispose();
        }
      },
      { depth: 16 },
    ));

  test("pixels without bounds are put at the document's origin", () =>
    painted(async ({ imaging, layer }) => {
      const options = { width: 2, height: 2, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(rgba(2, 2), options);
      await imaging.putPixels({ layerID: layer.id, imageData });
      imageData.dispose();
      assert.deepEqual(edgesOf(layer.bounds), { left: 0, top: 0, right: 2, bottom: 2 });
    }));

  test("replace false adds to what a layer has, true puts it in its place", () =>
    painted(async ({ imaging, layer }) => {
      const options = { width: 1, height: 1, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(rgba(1, 1), options);
      const put = (replace) =>
        imaging.putPixels({
          layerID: layer.id,
          imageData,
          replace,
          targetBounds: { left: 12, top: 10 },
        });
      await put(false);
      assert.deepEqual(edgesOf(layer.bounds), { left: 2, top: 3, right: 13, bottom: 11 });
      await put(true);
      assert.deepEqual(edgesOf(layer.bounds), { left: 12, top: 10, right: 13, bottom: 11 });
      imageData.dispose();
    }));

  test("commandName is how putPixels is called in the history panel", () =>
    painted(async ({ imaging, layer, app }) => {
      const options = { width: 1, height: 1, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(rgba(1, 1), options);
      await imaging.putPixels({ layerID: layer.id, imageData, commandName: "A dab" });
      imageData.dispose();
      assert.equal(app.activeDocument.activeHistoryState.name, "A dab");
    }));

  test("a layer's mask is put and read as a single grey component", () =>
    painted(async ({ imaging, layer }) => {
      const grey = new Uint8Array(6).fill(127);
      const options = { width: 3, height: 2, ...MASK };
      const imageData = await imaging.createImageDataFromBuffer(grey, options);
      await imaging.putLayerMask({ layerID: layer.id, imageData });
      imageData.dispose();
      const got = await imaging.getLayerMask({ layerID: layer.id, kind: "user" });
      assert.deepEqual([got.imageData.components, got.imageData.colorSpace], [1, "Grayscale"]);
      const data = await got.imageData.getData();
      const { left, top } = got.sourceBounds;
      assert.equal(data[-top * got.imageData.width - left], 127, "at the document's origin");
      got.imageData.dispose();
    }));

  test("a selection is put from grey data, and read back where it lies", () =>
    painted(async ({ imaging, app }) => {
      const options = { width: 4, height: 2, ...MASK };
      const full = new Uint8Array(8).fill(255);
      const imageData = await imaging.createImageDataFromBuffer(full, options);
      await imaging.putSelection({ imageData, targetBounds: { left: 5, top: 6 } });
      imageData.dispose();
      assert.deepEqual(edgesOf(app.activeDocument.selection.bounds), {
        left: 5,
        top: 6,
        right: 9,
        bottom: 8,
      });
      const got = await imaging.getSelection({});
      assert.deepEqual(edgesOf(got.sourceBounds), { left: 5, top: 6, right: 9, bottom: 8 });
      got.imageData.dispose();
    }));

  test("a buffer of another length than width times height times components is refused", () =>
    painted(async ({ imaging }) => {
      const options = { width: 2, height: 2, ...RGBA };
      await assert.rejects(
        imaging.createImageDataFromBuffer(new Uint8Array(15), options),
        /elements/,
      );
    }));

  test("the kind of array says the size of a component", () =>
    painted(async ({ imaging }) => {
      const options = { width: 1, height: 1, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(new Uint16Array(4), options);
      assert.equal(imageData.componentSize, 16);
      imageData.dispose();
    }));

  test("dispose is not async, and takes the data away", () =>
    painted(async ({ imaging }) => {
      const options = { width: 1, height: 1, ...RGBA };
      const imageData = await imaging.createImageDataFromBuffer(rgba(1, 1), options);
      assert.equal(imageData.dispose(), undefined);
      await assert.rejects(imageData.getData());
    }));
});

from("ps-reference/classes/layer.md", () => {
  test("pixels are not put where transparent ones are locked", () =>
    painted(async ({ imaging, layer }) => {
      layer.transparentPixelsLocked = true;
      const options = { ...RGBA, width: 1, height: 1 };
      const imageData = await imaging.createImageDataFromBuffer(new Uint8Array(4), options);
      const put = imaging.putPixels({ layerID: layer.id, imageData });
      await assert.rejects(put, /locked is not modelled/);
      imageData.dispose();
    }));
});
