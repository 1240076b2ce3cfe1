"use strict";
// Where documents and reports of real hosts differ, or say nothing: the stand-in behaves in the one
// way unless told to have the other one. The panel has to do its whole job under each of them, and
// under all of them at once.
//
//   createHost({ habits: ["heldEvents"] })         in Node
//   faults.habit("heldEvents"), (.., false)        at any time; what the page's start decides needs a host
//   /studio/?habits=heldEvents,rootBase            in the browser
//
// provenance.md says how each is known.

/** Name -> what such a host does. */
const HABITS = {
  rootBase: "a page's own addresses start at the plugin's root, not at the page's folder",
  lateSetup: "entrypoints.setup later than 20 ms after the page's script began makes no panel",
  blindPasswords: "the value of a password field reads as empty",
  heldEvents: "historyStateChanged is sent only after the next click elsewhere, or never",
  sameTickResume: "what changed in the very tick of resumeHistory is a history state of its own",
  ownDepthOnly: "imaging.getPixels with another componentSize than the document's fails with -1",
  forgetfulSave: "the first save of a new document loses its layers' generatorSettings",
  localhostOnly: "http:// reaches localhost by this name only",
  bareCollections: "collections have length, indices and forEach, but cannot be iterated",
  swallowedKeys:
    "fields, sliders and dropdowns keep key events to themselves, and dropdowns ignore them; " +
    "what was disabled once is not reached by TAB again",
};

/** @typedef {keyof typeof HABITS} Habit */

/** @param {string} name @returns {Habit} @throws {TypeError} that says which there are */
function habitNamed(name) {
  if (Object.hasOwn(HABITS, name)) return /** @type {Habit} */ (name);
  throw new TypeError(`there is no habit "${name}"; there are ${Object.keys(HABITS).join(", ")}`);
}

module.exports = { HABITS, habitNamed };
