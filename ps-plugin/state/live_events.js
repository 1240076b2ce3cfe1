"use strict";

/**
 * What the bridge's words make of the live stream. Pure.
 *
 * STILL              nothing is played, nothing was seen
 * isOurs(request)    a request of the stream, not of a painting
 * framed, refused    a frame is there; a state cannot be shown
 * framesPerSecond    of the frames that came last
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Streamed} Streamed
 */

const MARK = "live-"; // how the stream's requests begin
const PACE = 8; // frames whose mean is told

/** @type {Streamed} */
const STILL = {
  playing: false,
  variation: false,
  left: 0,
  request: "",
  told: null,
  shown: null,
  pace: [],
  latency: null,
  trouble: "",
  rested: false,
};

/** @param {string | null | undefined} request */
function isOurs(request) {
  return typeof request === "string" && request.startsWith(MARK);
}

/**
 * After a pause only what was not seen yet is of interest.
 *
 * @param {State} state
 * @param {NonNullable<Streamed["told"]>} frame
 * @returns {State}
 */
function framed(state, frame) {
  const { live } = state;
  const wanted = live.playing || live.left > 0 || live.shown?.request !== frame.request;
  if (!wanted) return state;
  const known = live.told?.live === frame.live ? live.pace : [];
  const pace = [...known, frame.seconds].slice(-PACE);
  const newest = frame.request === live.request;
  const left = newest && !live.playing ? (frame.left ?? 0) : live.left;
  return { ...state, live: { ...live, told: frame, pace, left } };
}

/** @param {State} state @param {{message: string, request?: string | null}} event @returns {State} */
function refused(state, { message, request }) {
  if (request !== state.live.request) return state; // the painter is past it
  return { ...state, live: { ...state.live, trouble: message, left: 0 } };
}

/** @param {Pick<Streamed, "pace">} live */
function framesPerSecond({ pace }) {
  const seconds = pace.reduce((sum, one) => sum + one, 0);
  return seconds > 0 ? pace.length / seconds : 0;
}

module.exports = { STILL, MARK, isOurs, framed, refused, framesPerSecond };
