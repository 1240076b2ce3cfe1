"use strict";

/**
 * The self-test's report, to be sent to whoever mends the panel: in English, a line for each check
 * with what was seen and what the panel does about it. A table of its own, because nothing of it is
 * said to the painter.
 *
 * reportOf(lab, results)
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Result} Result
 */

/** What the panel does, whichever way it turns out. @type {Record<string, string>} */
const DOES = {
  pageBase: "each file of the page has two names; packaged, one folder",
  setup: "setup comes first, all else after it; a button starts the panel if it came late",
  life: "create or show makes the panel; nothing waits for hide",
  timers: "waits are short and looked at again",
  children: "Array.from by index, never for…of",
  password: "the panel has no password field",
  glyphs: "icons are drawn with boxes, no glyphs",
  picture: "thumbnails have a number beside the picture",
  storage: "without it the panel asks to be let in each time",
  emptyValue: "never stores an empty value, removes what is there",
  httpName: "localhost first, then 127.0.0.1",
  httpNumber: "needs it only where the name is refused",
  socketName: "opens where http was answered",
  socketNumber: "needs it only where the name is refused",
  post: "pairing needs it; else the token is typed in",
  origin: "the bridge takes file:// or none; the token is the gate",
  pixels8: "every picture goes this way",
  pixels16: "every 16-bit picture goes this way",
  otherDepth: "reads at the document's own depth only",
  profile: "numbers stay in the document's profile",
  composite: "the source “composite” needs it",
  selection: "painting into a selection needs it",
  collections: "Array.from by index, never for…of",
  domRead: "layers are read by multiGet, remembered between",
  multiGet: "compared once; else each layer is read by itself",
  mask: "a step's mask and regions need it",
  locked: "the error is told, nothing is written",
  oneState: "each batch of layers is one undo step",
  sameTick: "waits a tick before the history is resumed",
  failedWrite: "a failed batch leaves nothing",
  historyId: "looked at every 300 ms while needed",
  historyEvent: "a hint only; activeHistoryState is looked at as well",
  back: "notes are read again after each undo",
  suppose: "the composite without own layers needs it",
  renamed: "removing a region can be undone by it",
  foreground: "a region's colour is given to the brush",
  active: "the painter's layers are chosen again",
  firstSettings: "the layer's XMP has the same note",
  firstLayerXmp: "generatorSettings have the same note",
  firstDocumentXmp: "the layers' notes are enough to find the steps",
  settingsKept: "the layer's XMP has the same note",
  layerXmpKept: "generatorSettings have the same note",
  documentXmpKept: "the layers' notes are enough to find the steps",
  duplicate: "a copy is known by what it kept",
  keys: "each key is a short way to a button that is seen",
  arrows: "nothing depends on arrow keys",
  stroke: "the history is looked at as well",
};

const END = "Please send this text to whoever gave you Pentimento.";
const UNTRIED = "stopped by the painter";
const MARKS = { ok: "ok    ", other: "other ", failed: "FAILED", hand: "hand  " };
const WIDE = 16; // letters of the longest name
const LONG = 110; // letters of what was seen: one row is one line

/**
 * @param {Pick<Lab, "host" | "versions" | "storage">} lab
 * @param {Result[]} results
 * @param {number} all how many there are
 */
async function reportOf({ host, versions, storage }, results, all) {
  const count = countsOf(results);
  const stopped = results.length < all ? `, ${all - results.length} ${UNTRIED}` : "";
  const counts = `${count.ok} ok, ${count.other} other, ${count.failed} failed, ${count.hand} by hand`;
  return [
    `pentimento-selftest ${versions.plugin}: ${counts}${stopped}`,
    `${host.name} ${host.version}, ${versions.uxp}, ${host.uiLocale}, ${await platformOf(storage)}`,
    ...results.map(({ name, state, saw }) => {
      const figure = saw.replace(/\s+/g, " ").slice(0, LONG);
      return `${MARKS[state]} ${name.padEnd(WIDE)} ${figure} | ${DOES[name]}`;
    }),
    END,
  ].join("\n");
}

/** @param {{state: Result["state"]}[]} results */
function countsOf(results) {
  const count = { ok: 0, other: 0, failed: 0, hand: 0 };
  for (const { state } of results) count[state] += 1;
  return count;
}

/** Read from how paths are written there. @param {Lab["storage"]} storage */
async function platformOf(storage) {
  try {
    const { nativePath } = await storage.localFileSystem.getTemporaryFolder();
    if (nativePath.startsWith("/")) return "macOS";
    return /^([a-z]:)?\\/i.test(nativePath) ? "Windows" : "?";
  } catch {
    return "?";
  }
}

module.exports = { reportOf, countsOf, DOES };
