"use strict";
// Wrong uses of Photoshop's and UXP's modules, as a plugin's author may write them, and right ones
// beside them. `types`: TypeScript refuses the line; `says`: the host refuses it when it runs, with
// such a sentence. Each wrong one is caught by at least one of the two, and most by both.
//
// The lines see app, core, action, constants, imaging, uxp, `layer` (a pixel layer), `part` (image
// data of 1 x 1 RGBA) and `context` of the modal scope that they run in.

const RGBA = 'width: 1, height: 1, components: 4, colorSpace: "RGB"';

/** @type {{what: string, code: string, types?: boolean, says?: RegExp}[]} */
const WRONG = [
  // options
  {
    what: "a misspelt option",
    code: "imaging.getPixels({ documentId: 1 })",
    says: /no "documentId" in GetPixelsOptions/,
  },
  {
    what: "bounds without all edges",
    code: "imaging.getPixels({ sourceBounds: { left: 0, top: 0 } })",
    says: /sourceBounds\.\w+ is missing/,
  },
  {
    what: "a layer's id as text",
    code: 'imaging.getPixels({ layerID: "1" })',
    says: /layerID must be number, got "1"/,
  },
  {
    what: "a size that is a number",
    code: "imaging.getPixels({ targetSize: 100 })",
    says: /targetSize must be Size, got 100/,
  },
  {
    what: "12 bits a component",
    code: "imaging.getPixels({ componentSize: 12 })",
    says: /componentSize must be -1 \| 8 \| 16 \| 32, got 12/,
  },
  {
    what: "pixels put on no layer",
    code: "imaging.putPixels({ imageData: part })",
    says: /layerID is missing/,
  },
  {
    what: "an array for image data",
    code: "imaging.putPixels({ layerID: layer.id, imageData: [1, 2, 3, 4] })",
    says: /imageData must be PhotoshopImageData/,
  },
  {
    what: "a mask of a kind that there is not",
    code: 'imaging.getLayerMask({ layerID: layer.id, kind: "pixel" })',
    says: /kind must be "user" \| "vector", got "pixel"/,
  },
  {
    what: "a vector mask that is put",
    code: 'imaging.putLayerMask({ layerID: layer.id, imageData: part, kind: "vector" })',
    says: /kind must be "user"/,
  },
  // buffers
  {
    what: "image data without a colour space",
    code: "imaging.createImageDataFromBuffer(new Uint8Array(4), { width: 1, height: 1, components: 4 })",
    says: /colorSpace is missing/,
  },
  {
    what: "an array instead of a buffer",
    code: `imaging.createImageDataFromBuffer([1, 2, 3, 4], { ${RGBA} })`,
    says: /arrayBuffer must be Uint8Array \| Uint16Array \| Float32Array, got Array/,
  },
  {
    what: "numbers of 64 bits",
    code: `imaging.createImageDataFromBuffer(new Float64Array(4), { ${RGBA} })`,
    says: /arrayBuffer must be .*, got Float64Array/,
  },
  {
    what: "a buffer that is too short",
    code: `imaging.createImageDataFromBuffer(new Uint8Array(3), { ${RGBA} })`,
    types: false,
    says: /1x1x4 has 4 elements, got 3/,
  },
  {
    what: "16 bits beyond 32768 that are not said to be full range",
    code: `imaging.createImageDataFromBuffer(new Uint16Array(4).fill(65535), { ${RGBA} })`,
    types: false,
    says: /0\.\.32768 without fullRange/,
  },
  // modal scopes
  {
    what: "a modal scope without a name",
    code: "core.executeAsModal(async () => {}, {})",
    says: /commandName is missing/,
  },
  {
    what: "a modal scope without options",
    code: "core.executeAsModal(async () => {})", // hosts take it: Adobe's samples do so
  },
  {
    what: "progress in percent, as text",
    code: 'context.reportProgress({ value: "50%" })',
    says: /value must be number, got "50%"/,
  },
  {
    what: "progress in percent",
    code: "context.reportProgress({ value: 50 })",
    types: false,
    says: /value is 0\.\.1, got 50/,
  },
  {
    what: "a history that is suspended for a document, not its id",
    code: 'context.hostControl.suspendHistory({ documentID: app.activeDocument, name: "x" })',
    says: /documentID must be number/,
  },
  {
    what: "a suspension that is only a number",
    code: "context.hostControl.resumeHistory(1)",
    says: /must be ResumeHistorySuspensionOptions, got 1/,
  },
  // objects
  {
    what: "a placement that does not exist",
    code: "layer.move(layer, constants.ElementPlacement.PLACEABOVE)",
    says: /constants.ElementPlacement has no "PLACEABOVE"/,
  },
  {
    what: "a place beside an id",
    code: "layer.move(1, constants.ElementPlacement.PLACEBEFORE)",
    says: /relativeObject must be Layer, got 1/,
  },
  { what: "a read-only property", code: "layer.id = 3", says: /Layer.id is read-only/ },
  {
    what: "a property no layer has",
    code: "layer.colour",
    says: /Layer has no "colour"/,
  },
  {
    what: "a visibility that is no boolean",
    code: 'layer.visible = "no"',
    says: /Layer.visible must be boolean, got "no"/,
  },
  {
    what: "a blend mode that does not exist",
    code: 'layer.blendMode = "soft"',
    says: /Layer.blendMode must be .*"softLight".*, got "soft"/,
  },
  {
    what: "an opacity beyond 100",
    code: "layer.opacity = 255",
    types: false,
    says: /Layer.opacity is 0\.\.100/,
  },
  {
    what: "a document method that does not exist",
    code: "app.activeDocument.addLayer()",
    says: /Document has no "addLayer"/,
  },
  {
    what: "an option no new layer has",
    code: 'app.activeDocument.createPixelLayer({ title: "x" })',
    says: /no "title" in PixelLayerCreateOptions/,
  },
  // batchPlay and events
  {
    what: "a descriptor without a verb",
    code: "action.batchPlay([{ _target: [] }], {})",
    says: /commands\[0\]\._obj is missing/,
  },
  {
    what: "a descriptor that is not in an array",
    code: 'action.batchPlay({ _obj: "flattenImage" }, {})',
    says: /Expected type: array actual type: object/,
  },
  {
    what: "a descriptor that this host does not model",
    code: 'action.batchPlay([{ _obj: "gaussianBlur", _target: [] }], {})',
    types: false,
    says: /batchPlay "gaussianBlur document" is not modelled/,
  },
  {
    what: "listening to a name instead of names",
    code: 'action.addNotificationListener("historyStateChanged", () => {})',
    says: /events must be string\[\]/,
  },
  // UXP's world
  {
    what: "a canvas' pixels, which UXP has not",
    code: 'document.createElement("canvas").getContext("2d").getImageData(0, 0, 1, 1)',
    says: /getImageData is not a function|Cannot read properties of null/,
  },
  {
    what: "an EventSource, which UXP has not",
    code: 'new EventSource("http://localhost")',
    says: /EventSource is not a constructor/,
  },
  {
    what: "a TextEncoder, which UXP has not",
    code: 'new TextEncoder().encode("x")',
    says: /TextEncoder is not a constructor/,
  },
  {
    what: "a Worker, which UXP has not",
    code: 'new Worker("x.js")',
    says: /Worker is not a constructor/,
  },
  { what: "window, where document is meant", code: "window.document" },
  {
    what: "crypto.subtle, which UXP has not",
    code: 'crypto.subtle.digest("SHA-256", new Uint8Array(1))',
  },
  {
    what: "a token that may be absent",
    code: 'uxp.storage.secureStorage.getItem("token").then((t) => t.length)',
    says: /Cannot read properties of null/,
  },
  // the panel's own words
  { what: "an event the panel does not know", code: 'dispatch({ type: "exploded" })' },
  { what: "a mode that does not exist", code: 'goOn("erase")' },
  {
    what: "a module the panel has not",
    code: 'require("./layerz.js")',
    says: /layerz\.js/,
  },
].map((use) => ({ types: true, ...use }));

/** Lines of the same kind that are right: nobody may object. */
const RIGHT = [
  "imaging.getPixels({}).then(({ imageData }) => imageData.dispose())",
  "imaging.getPixels({ layerID: 1, componentSize: 8, sourceBounds: { left: 0, top: 0, right: 2, bottom: 2 } })" +
    ".then(({ imageData }) => imageData.dispose())",
  "imaging.putPixels({ layerID: layer.id, imageData: part, replace: false })",
  `imaging.createImageDataFromBuffer(new Uint16Array(4), { ${RGBA} }).then((data) => data.dispose())`,
  'core.executeAsModal(async () => {}, { commandName: "x", interactive: true })',
  "context.reportProgress({ value: 0.5 })",
  'context.hostControl.suspendHistory({ documentID: app.activeDocument.id, name: "x" })',
  'layer.name = "x"',
  "layer.visible = false",
  "layer.blendMode = constants.BlendMode.MULTIPLY",
  'app.activeDocument.createPixelLayer({ name: "x", opacity: 50 })',
  'action.addNotificationListener(["historyStateChanged"], () => {})',
  'uxp.storage.secureStorage.setItem("token", "x")',
].map((code) => ({ code }));

module.exports = { WRONG, RIGHT };
