"use strict";

/**
 * Notices that the painter changed the document in front.
 *
 * Photoshop's event may come only with the next click elsewhere, so the active history state is
 * looked at as well, three times a second, while somebody needs to know. What the panel itself
 * writes is no news; what the painter did just before it is.
 *
 * makeHistory(parts)
 *   listen(listener)     is told the document's id
 *   start(needed), stop()
 *   hide(), wake()       out of sight nothing is looked at
 *   before(), after()    around the panel's own writes, inside their modal scope
 */

const PULSE = 300; // milliseconds between two looks

/**
 * @param {object} parts
 * @param {typeof import("photoshop").app} parts.app
 * @param {typeof import("photoshop").action} parts.action
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 */
function makeHistory({ app, action, wait }) {
  /** @type {Set<(document: number) => void>} */
  const listeners = new Set();
  /** @type {{document: number, state: number} | null} what is known already */
  let last = null;
  let writing = 0; // scopes of the panel's own that change documents
  let hidden = false;
  let stopped = true;

  function now() {
    try {
      const document = app.activeDocument;
      return document && { document: document.id, state: document.activeHistoryState.id };
    } catch {
      return null; // it closes at this very moment
    }
  }

  /** Whether the same document's history moved. */
  function look() {
    const found = now();
    const moved = found !== null && last?.document === found.document && last.state !== found.state;
    last = found;
    if (moved) tell(found.document);
  }

  /** @param {number} document */
  function tell(document) {
    for (const listener of listeners) listener(document);
  }

  function heard() {
    last = now();
    if (last) tell(last.document);
  }

  /** @param {() => boolean} needed */
  async function start(needed) {
    stopped = false;
    await action.addNotificationListener(["historyStateChanged"], heard);
    while (!stopped) {
      await wait(PULSE);
      if (!stopped && !hidden && writing === 0 && needed()) look();
    }
    await action.removeNotificationListener(["historyStateChanged"], heard);
  }

  return {
    /** @param {(document: number) => void} listener */
    listen: (listener) => void listeners.add(listener),
    start,
    stop: () => void (stopped = true),
    hide: () => void (hidden = true),
    wake: () => void (hidden = false),
    before() {
      writing += 1;
      if (last) look();
    },
    after() {
      writing -= 1;
      last = now();
    },
  };
}

module.exports = { makeHistory };
