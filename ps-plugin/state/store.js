"use strict";

/**
 * The one place that holds state: dispatch an event, subscribers are told.
 *
 * @template S, E
 * @param {(state: S, event: E) => S} reduce
 * @param {S} initial
 */
function createStore(reduce, initial) {
  let state = initial;
  /** @type {Set<(state: S) => void>} */
  const listeners = new Set();
  return {
    state: () => state,
    /** @param {E} event */
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener(state);
    },
    /** @param {(state: S) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

module.exports = { createStore };
