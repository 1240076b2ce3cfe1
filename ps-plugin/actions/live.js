"use strict";

/**
 * The live stream: says what is to be seen, newest state only, and follows the frames.
 *
 * While it plays, whatever changes what Paint would paint is said anew, with the model's `few` laid
 * over it (of a weak strength at least one step is left); one look at the document at a time, at most
 * one waiting. After a stroke that is an image of the region's mask, then a recipe that names it.
 * While it does not play, nothing is read and nothing is sent. It pauses by itself when neither the
 * document nor the panel was touched for a while, and says so: whether anybody looks cannot be
 * known, and hiding may never be told. Where it is told, the stream is stopped.
 *
 * What is kept is the recipe of the frame's request with the frame's seed: a run like any other,
 * which ends in the frame's picture. No history state and no active layer is ever changed here.
 *
 * @typedef {import("../types/panel").State} State
 * @typedef {import("../types/panel").Streamed} Streamed
 * @typedef {import("../types/wire").Recipe} Recipe
 * @typedef {import("../types/wire").ModelInfo} ModelInfo
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {NonNullable<Streamed["told"]>} Told
 *
 * @typedef {Scene & {since: number, pictures: Picture[]}} Wanted what was asked to be seen, when,
 *   and what it is painted from
 */

const { MARK } = require("../state/live_events.js");
const { makeResting } = require("./resting.js");
const { makeEye } = require("../photoshop/live_eye.js");
const { unseenIn } = require("../state/regions.js");
const { latest } = require("./latest.js");
const { styledPrompt } = require("../state/presets.js");
const { t } = require("../words/texts.js");

const MINUTE = 60_000; // milliseconds
const PATIENCE = 5; // minutes without an act of the painter's
const PATIENCE_VARYING = 30; // minutes: to be looked at, hands off

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {(eye: import("./scene.js").Eye, hand: import("./scene.js").Hand) => Promise<Scene>} parts.sceneNow
 * @param {() => string} parts.newId
 * @param {(png: Uint8Array) => string} parts.urlOf
 * @param {(url: string) => void} parts.revoke
 * @param {(milliseconds: number) => Promise<void>} parts.wait
 * @param {() => number} [parts.now] milliseconds
 */
function makeLive({
  store,
  bridge,
  layers,
  sceneNow,
  newId,
  urlOf,
  revoke,
  wait,
  now: clock = Date.now,
}) {
  const { state } = store;
  const eye = makeEye(layers);
  const resting = makeResting({ now: clock, wait });
  /** @type {Map<string, Wanted>} by request */
  const asked = new Map();
  /** @type {Map<number, Told>} frames of this stream without their pictures yet, by number */
  let told = new Map();
  let said = ""; // what the stream plays, as it was sent
  let steps = 0; // frames to be asked for one by one

  /** @param {Partial<Streamed>} live */
  const put = (live) => store.dispatch({ type: "live", live });

  const look = latest(
    async (/** @type {number} */ since) => {
      const { live, connection, model } = state();
      if (!(live.playing || steps > 0) || connection.status !== "open" || !model) return;
      if (!hasWords(state())) throw new Error(t("live.nothing"));
      /** @type {Picture[]} */
      const pictures = [];
      const scene = await sceneNow(eye, (picture) => {
        pictures.push(picture);
        return bridge.lendImage(picture);
      });
      if (!state().live.playing && steps === 0) return;
      show({ ...scene, since, pictures, recipe: inFewSteps(scene.recipe, model) });
    },
    (error) => {
      steps = 0;
      put({ trouble: /** @type {Error} */ (error).message, left: 0 });
    },
  );

  /** @param {Wanted} scene */
  function show(scene) {
    const { variation } = state().live;
    const { recipe, empty } = scene;
    const names = empty.join(", ");
    const trouble = names && t("region.empty", { names });
    const wanted = JSON.stringify([recipe, variation]);
    const frames = steps || null;
    if (frames === null && wanted === said) return put({ trouble });
    said = frames === null ? wanted : "";
    steps = 0;
    const request = MARK + newId();
    asked.set(request, scene);
    put({ request, trouble });
    bridge.send({ type: "live", request, recipe, frames, variation });
  }

  /** The painter changed something, or wants to see something. */
  const wake = () => look(Date.now());

  function play() {
    eye.forget();
    [said, steps] = ["", 0];
    put({ playing: true, left: 0, trouble: "", rested: false });
    resting.watch(patience, () => {
      pause();
      put({ rested: true });
    });
    wake();
  }

  const patience = () => minutesOf(state().live) * MINUTE;

  /** Frames in flight end as they were begun; then it costs nothing. */
  function pause() {
    steps = 0;
    resting.forget();
    put({ playing: false, left: 0 });
    const { request } = state().live;
    const scene = asked.get(request);
    if (scene) bridge.send({ type: "live", request, recipe: scene.recipe, frames: 0 });
  }

  /** @param {number} count frames, then it stands still */
  function step(count) {
    if (!state().live.playing) eye.forget();
    steps = count;
    resting.forget();
    put({ playing: false, left: count, trouble: "", rested: false });
    wake();
  }

  /** @type {{live: string, number: number, png: Uint8Array} | null} a picture before its event */
  let early = null;

  const fetchPicture = latest(
    async (/** @type {string} */ stream) => {
      if (told.size === 0) return; // the last picture was newer than its event
      early = { live: stream, ...(await bridge.livePicture(stream)) };
      hang();
    },
    (error) => {
      const { status, message } = /** @type {Error & {status?: number}} */ (error);
      const gone = status === 404 || state().connection.status !== "open";
      if (!gone) put({ trouble: message });
    },
  );

  /** Shows the picture that is here if its frame was told of. */
  function hang() {
    const frame = early && told.get(early.number);
    if (!early || !frame || frame.live !== early.live) return;
    const { number, request, seed } = frame;
    told = new Map([...told].filter(([other]) => other > number));
    const url = urlOf(early.png);
    early = null;
    const { shown, latency } = state().live;
    const scene = asked.get(request);
    const fresh = scene && shown?.request !== request;
    for (const old of asked.keys()) {
      if (old === request || !asked.has(request)) break;
      asked.delete(old); // the painter is past it
    }
    const { width, height } = scene ? scene.recipe : shown || SQUARE;
    put({
      shown: { live: frame.live, number, request, seed, url, width, height },
      latency: fresh ? (Date.now() - scene.since) / 1000 : latency,
    });
    if (shown) revoke(shown.url);
  }

  let before = state();
  let watched = watchedIn(before);

  store.subscribe((now) => {
    const { told: frame } = now.live;
    const told_before = before.live.told;
    const reached = now.connection.status === "open" && before.connection.status !== "open";
    before = now;
    if (frame && frame !== told_before) {
      if (frame.live !== told_before?.live) told = new Map();
      told.set(frame.number, frame);
      hang();
      if (told.size > 0) fetchPicture(frame.live);
    }
    const changed = watchedIn(now);
    const different = changed.some((part, i) => part !== watched[i]);
    watched = changed;
    if (different) resting.touched();
    if (reached) said = ""; // the stream ended with the connection
    if (reached && now.live.left > 0) put({ left: 0 });
    if (now.live.playing && (different || reached)) wake();
  });

  function start() {
    layers.history.listen((id) => {
      resting.touched();
      if (state().live.playing && eye.noticed(id, unseenIn(state(), id))) wake();
    });
  }

  return {
    start,

    acts: {
      playLive: () => (state().live.playing ? pause() : play()),
      stepLive: step,
      /** @param {boolean} variation each frame of a seed of its own */
      varyLive: (variation) => put({ variation }),
    },

    /** Somebody is at the panel. */
    touched: resting.touched,

    /** The panel goes: so does the stream. */
    rest() {
      steps = 0;
      resting.forget();
      put({ playing: false, left: 0 });
      said = "";
      bridge.send({ type: "stop" });
    },

    /** What the picture that is seen was painted by. @returns {Promise<Scene>} */
    async kept() {
      const { shown } = state().live;
      const scene = shown && asked.get(shown.request);
      if (!scene) throw new Error(t("live.nothingSeen"));
      for (const picture of scene.pictures) await bridge.putImage(picture); // to stay
      return { ...scene, recipe: { ...scene.recipe, seed: shown.seed } };
    },
  };
}

/** Of a frame that nothing is known of any more. */
const SQUARE = { width: 1, height: 1 };

/** How long it plays for nobody. @param {Pick<Streamed, "variation">} live */
function minutesOf({ variation }) {
  return variation ? PATIENCE_VARYING : PATIENCE;
}

/** Whatever of the state a scene is made of. @param {State} state @returns {unknown[]} */
function watchedIn({ settings, presets, document, regions, model, live }) {
  return [settings, presets, document, document && regions[document.id], model, live.variation];
}

/** @param {State} state */
function hasWords(state) {
  const { document, regions } = state;
  const here = (document && regions[document.id]) || [];
  return styledPrompt(state).trim() !== "" || here.some(({ brush }) => brush.on);
}

/**
 * As the model says that it is seen soonest; of a weak change of a picture at least one step is
 * run.
 *
 * @param {Recipe} recipe
 * @param {Pick<ModelInfo, "few">} model
 * @returns {Recipe}
 */
function inFewSteps(recipe, { few }) {
  const { guidance_scale, ...fields } = few;
  const least = recipe.init_image ? Math.ceil(1 / (recipe.strength ?? 1)) : 1;
  return {
    ...recipe,
    ...fields,
    num_inference_steps: Math.max(few.num_inference_steps, least),
    ...(guidance_scale !== null && { guidance_scale }),
  };
}

module.exports = { makeLive, inFewSteps, minutesOf };
