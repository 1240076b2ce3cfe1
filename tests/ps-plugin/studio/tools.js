"use strict";
// What the host's tests share.

const { createHost } = require("../../../ps-plugin/studio/host/host.js");

/** A host with an open document, and short names for what the tests use; colours: depth, profile. */
function opened(width = 16, height = 12, colours = {}) {
  const host = createHost({ manifest: {} });
  const document = host.model.newDocument({ width, height, ...colours });
  const { app, core, imaging, action, constants } = host.photoshop;
  const modal = (work, options) => core.executeAsModal(work, { commandName: "Test", ...options });
  return { host, document, app, core, imaging, action, constants, modal };
}

const rgba = (width, height, value = 200) => new Uint8Array(width * height * 4).fill(value);

/** Put a rectangle of one value on a layer and give the image data back. */
async function paint(imaging, layerID, width, height, left, top, value) {
  const imageData = await imaging.createImageDataFromBuffer(rgba(width, height, value), {
    width,
    height,
    components: 4,
    colorSpace: "RGB",
  });
  await imaging.putPixels({ layerID, imageData, targetBounds: { left, top } });
  imageData.dispose();
}

/** Photoshop's Bounds as plain numbers. */
const edgesOf = ({ left, top, right, bottom }) => ({ left, top, right, bottom });

module.exports = { opened, paint, rgba, edgesOf };
