"use strict";

/**
 * Where the panel meets Photoshop: the only file beside start.js that asks for the host's modules.
 * Loading it loads nothing else, so whoever loads it knows what it means when that fails: it is not
 * there.
 *
 * What the panel asks of its host, and therefore all that the stand-in has to model for it:
 *
 * photoshop.app   activeDocument (null when none), documents
 * Document        id title width height bitsPerChannel mode layers backgroundLayer activeLayers
 *                 selection.bounds historyStates activeHistoryState createPixelLayer({name})
 *                 createLayerGroup({name}); activeHistoryState.id is looked at three times a second
 *                 while a stroke would be news (photoshop/history.js)
 * Layer           id name visible opacity blendMode locked kind isClippingMask parent layers bounds
 *                 move(layer, placement) delete()
 * constants       ElementPlacement LayerKind BlendMode DocumentMode BitsPerChannelType
 * core            executeAsModal, hostControl.suspendHistory and resumeHistory: that one comes a tick
 *                 after the last change
 * imaging         getPixels (always at the document's own depth) putPixels getSelection getLayerMask
 *                 createImageDataFromBuffer
 * action          addNotificationListener of historyStateChanged, and of toolModalStateChanged with
 *                 {state: {_value: "enter" or "exit"}, kind: {_value: "paint"}} around strokes
 * batchPlay       multiGet of all layers and of the background (photoshop/multi_get.js); one descriptor
 *                 each: get and set generatorSettings (property org.pentimento) of a layer,
 *                 XMPMetadataAsUTF8 of a layer and of the document; get hasUserMask, userMaskEnabled;
 *                 set layerSectionExpanded of a group (_target: [{_property}, {_ref: "layer", _id}],
 *                 to: false); select by _id (makeVisible: false, further ones with selectionModifier
 *                 addToSelection); selectNoLayers
 * uxp             entrypoints.setup({panels: {pentimento: {create, show, hide, destroy}}});
 *                 storage.secureStorage getItem setItem removeItem (nothing empty is put in, nothing
 *                 that is not there removed, no view of a part of a buffer given); host name version
 *                 uiLocale; versions uxp plugin
 * globals         fetch WebSocket timers Blob URL.createObjectURL and revokeObjectURL,
 *                 crypto.getRandomValues where it is there, navigator.clipboard.setContent (needs the
 *                 manifest's clipboard permission)
 * DOM             sp-button sp-textarea sp-textfield sp-slider sp-checkbox sp-dropdown sp-menu
 *                 sp-menu-item sp-progressbar sp-divider sp-label (disabled value min max checked
 *                 selectedIndex; click input change); pointer events with setPointerCapture and
 *                 getBoundingClientRect on the timeline's strips
 * self-test       app.createDocument and open; Document colorProfileName saveAs.psd
 *                 closeWithoutSaving; imaging.putSelection;
 *                 storage.localFileSystem.getTemporaryFolder(), createFile, a file's delete
 *
 * Collections have a length and indices only (`listed` in photoshop/tree.js; a test reads the panel's
 * source); bounds are read edge by edge. Each property read is a call between processes: what each
 * act may cost is a test, tests/ps-plugin/photoshop/reads_budget.test.js.
 */

/** @param {number} milliseconds @returns {Promise<void>} */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Needs the manifest's permission; where it fails the text is there to be marked by hand. */
const copy = async (/** @type {string} */ text) => {
  await navigator.clipboard.setContent({ "text/plain": text });
};

/**
 * Make the panel in the page.
 *
 * @param {Document} document
 * @returns {{rest(): void, wake(): void, started: Promise<void>}} `started` fails where the panel cannot go to work
 */
function open(document) {
  const photoshop = require("photoshop");
  const { host, storage, versions } = require("uxp");
  const { makePanel } = require("./actions/panel.js");
  const { makeView } = require("./view/view.js");

  /** What the panel and its self-test reach the world with. */
  const world = {
    photoshop,
    /** @type {typeof fetch} */
    fetch: (url, options) => fetch(url, options),
    socket: (/** @type {string} */ url) => new WebSocket(url),
    wait,
    urlOf: (/** @type {Uint8Array} */ png) =>
      URL.createObjectURL(new Blob([png], { type: "image/png" })),
    revoke: (/** @type {string} */ url) => URL.revokeObjectURL(url),
  };
  const panel = makePanel({
    ...world,
    secureStorage: storage.secureStorage,
    random: Math.random,
    locale: host.uiLocale,
  });
  const start = window.pentimentoStart;
  const lab = { ...world, storage, host, versions, start, bridge: panel.bridge };
  makeView(document, panel, { copy, lab });
  return { rest: () => panel.rest(), wake: () => panel.wake(), started: panel.start() };
}

module.exports = { open };
