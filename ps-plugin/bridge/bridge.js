"use strict";

/**
 * The bridge as functions: one socket for commands and events, HTTP for pixels.
 *
 * The connection mends itself: it looks for the bridge at each address in turn, waits longer
 * after each failure, says which event it saw last and gets the rest. A request that was not
 * acknowledged when a connection broke is sent again, unless the bridge turns out to have it.
 *
 * @typedef {import("../types/wire").Event} Event
 * @typedef {import("../types/wire").Command} Command
 * @typedef {import("../types/panel").Connection} Connection
 * @typedef {import("../types/panel").Picture} Picture
 *
 * @typedef {object} Outside what the bridge client needs of the world, so that tests can give it
 * @property {typeof fetch} fetch
 * @property {(url: string) => WebSocket} socket
 * @property {(milliseconds: number) => Promise<void>} wait
 * @property {() => number} random 0..1
 *
 * @typedef {object} Listeners
 * @property {(event: Event) => void} event
 * @property {(connection: Connection) => void} connection
 */

const { USUAL, waysTo } = require("./addresses.js");
const { bytesOf, valuesOf } = require("../pixels/colours.js");
const { makeFinding, PATIENCE, PROTOCOL } = require("./finding.js");
const { imageId, named } = require("../pixels/sha256.js");
const { t } = require("../words/texts.js");

const CLIENT = "panel 0.1.0";
const LONGEST_WAIT = 10000; // milliseconds between two attempts

/** @param {Outside} outside @param {Listeners} tell */
function makeBridge(outside, tell) {
  const finding = makeFinding(outside);
  let addresses = USUAL;
  let address = "";
  let token = "";
  let store = "";
  let open = false;
  let closed = false;
  /** @type {number | null} the last event's seq */
  let seen = null;
  /** Wakes the loop from its wait. */
  let hurry = () => {};
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {Map<string, Command>} requests without an answer yet */
  const unanswered = new Map();
  /** @type {Command[]} what needs no answer but could not be sent yet */
  const unsent = [];
  /** @type {Command | null} what the stream shall show, while it could not be said yet */
  let streamed = null;
  /** @type {Set<string>} images this bridge has */
  const stored = new Set();
  /** @type {Set<string>} images it has while the stream shows them */
  let lent = new Set();

  async function live() {
    for (let failures = 0; !closed; ) {
      const outcome = token ? await attempt() : await look();
      failures = outcome === "ended" ? 0 : failures + 1;
      const rest = outcome === "unpaired" ? Infinity : Math.min(LONGEST_WAIT, 250 * 2 ** failures);
      if (!closed) await pause(rest);
    }
  }

  /** @param {number} milliseconds Infinity: until somebody hurries */
  function pause(milliseconds) {
    const hurried = new Promise((resolve) => {
      hurry = () => resolve(undefined);
    });
    return Promise.race(
      milliseconds === Infinity ? [hurried] : [hurried, outside.wait(milliseconds)],
    );
  }

  /** Without a token: is there a bridge at all? @returns {Promise<"unpaired" | "failed">} */
  async function look() {
    if (await find()) {
      unpaired("");
      return "unpaired";
    }
    return "failed";
  }

  /** @returns {Promise<boolean>} whether the bridge answers; `address` is where */
  async function find() {
    const found = await finding(addresses, token);
    address = found.address || address;
    if (found.outcome === "there") return true;
    if (found.outcome === "absent") lost("absent", addresses.join(", "));
    else if (found.outcome === "stranger") unpaired("token");
    else lost(found.outcome);
    return false;
  }

  /** @param {Connection["trouble"]} trouble @param {string} [message] */
  function unpaired(trouble, message = "") {
    tell.connection({ status: "unpaired", address, trouble, message });
  }

  /** @param {Connection["trouble"]} trouble @param {string} [where] it was looked for */
  function lost(trouble, where = address) {
    tell.connection({ status: "lost", address: where, trouble, message: "" });
  }

  /** @returns {Promise<"ended" | "failed" | "unpaired">} */
  async function attempt() {
    if (!(await find())) return "failed";
    return new Promise((resolve) => {
      const connection = outside.socket(`${address.replace(/^http/, "ws")}/ws`);
      let welcomed = false;
      socket = connection;
      connection.onopen = () => {
        const hello = { type: "hello", protocol: PROTOCOL, token, client: CLIENT, seen };
        connection.send(JSON.stringify(hello));
      };
      connection.onmessage = (message) => {
        /** @type {Event} */
        const event = JSON.parse(String(message.data));
        if (event.type === "welcome") welcomed = true;
        received(event);
      };
      void outside.wait(PATIENCE).then(() => {
        if (welcomed || socket !== connection) return;
        connection.onclose = null;
        connection.close();
        ended({ code: 1006, reason: "" });
      });
      /** @param {{code: number, reason: string}} event */
      const ended = (event) => {
        open = false;
        socket = null;
        streamed = null; // the stream is gone with the connection
        if (welcomed) {
          lost("gone");
          resolve("ended");
        } else if (event.code === 1008 || event.code >= 4000) {
          const message = event.reason || "";
          unpaired(!message || /token/i.test(message) ? "token" : "said", message);
          resolve("unpaired");
        } else {
          lost("refused");
          resolve("failed");
        }
      };
      connection.onclose = ended;
    });
  }

  /** The seq up to which old events are being repeated. */
  let caughtUp = 0;

  /** @param {Event} event */
  function received(event) {
    if (event.type === "welcome") {
      if (event.store !== store) stored.clear();
      store = event.store;
      open = true;
      lent = new Set(); // nothing was shown meanwhile
      if (event.resumed) caughtUp = event.seq;
      else {
        seen = event.seq;
        for (const run of event.runs) unanswered.delete(run.request);
      }
      tell.event(event);
      tell.connection({ status: "open", address, trouble: "", message: "" });
    } else {
      // What answers this connection alone, or could not be stored, repeats the newest seq: it is
      // no part of the story that can be told again.
      const aside = ["failed", "notice", "frame"].includes(event.type);
      if (seen !== null && event.seq <= seen && !aside) return;
      seen = Math.max(seen ?? 0, event.seq);
      if (event.type === "queued") unanswered.delete(event.run.request);
      if (event.type === "failed" && event.request) unanswered.delete(event.request);
      tell.event(event);
    }
    if (caughtUp !== null && seen !== null && seen >= caughtUp) flush();
  }

  /** Once after each connection, when the past is known: what the bridge never got. */
  let flushed = /** @type {WebSocket | null} */ (null);
  function flush() {
    if (!socket || flushed === socket) return;
    flushed = socket;
    const stream = streamed ? [streamed] : [];
    for (const command of [...unanswered.values(), ...unsent.splice(0), ...stream]) {
      socket.send(JSON.stringify(command));
    }
    streamed = null;
  }

  /** @param {Command} command */
  function send(command) {
    const ready = open && socket !== null && flushed === socket;
    if (command.type === "live") lent = imagesIn(command.recipe);
    if (command.type === "stop") lent = new Set();
    if (command.type === "live" || command.type === "stop") streamed = ready ? null : command;
    else if ("request" in command) unanswered.set(command.request, command);
    else if (!ready) unsent.push(command);
    if (ready && socket) socket.send(JSON.stringify(command));
  }

  /** @param {string} path @param {RequestInit} [options] */
  async function request(path, options = {}) {
    const headers = { ...options.headers, Authorization: `Bearer ${token}` };
    const answer = await outside.fetch(address + path, { ...options, headers });
    if (answer.ok) return answer;
    let sentence = t("bridge.status", { status: answer.status });
    try {
      sentence = (await answer.json()).message || sentence;
    } catch {
      // No JSON, no sentence: the status has to do.
    }
    throw Object.assign(new Error(sentence), { status: answer.status });
  }

  /** @param {string} path @param {object} question @returns {Promise<any>} */
  async function posted(path, question) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(question);
    return (await request(path, { method: "POST", headers, body })).json();
  }

  /**
   * @param {Picture} picture
   * @param {boolean} [fleeting] it may be forgotten soon
   * @returns {Promise<string>} its ImageId; sent once, ever, or as long as the stream shows it
   */
  async function putImage(picture, fleeting = false) {
    const id = imageId(picture);
    if (stored.has(id) || (fleeting && lent.has(id))) return id;
    const { width, height, channels, pixels, profile = "sRGB" } = picture;
    const size = `width=${width}&height=${height}&channels=${channels}`;
    const colours = `depth=${8 * pixels.BYTES_PER_ELEMENT}&profile=${encodeURIComponent(profile)}`;
    const kept = fleeting ? "&fleeting=yes" : "";
    const answer = await request(`/images?${size}&${colours}${kept}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: bytesOf(pixels),
    });
    const given = (await answer.json()).id;
    if (given !== id) throw new Error(t("bridge.otherPixels"));
    if (!fleeting) stored.add(id);
    return id;
  }

  return {
    /**
     * Looks for the bridge from now on.
     *
     * @param {string | null} where null: the usual places
     * @param {string} secret
     */
    start(where, secret) {
      addresses = where ? waysTo(where) : USUAL;
      token = secret;
      void live();
    },

    /**
     * Tries at once, with what the painter typed.
     *
     * @param {string | null} where null: as before
     * @param {string} secret
     */
    pair(where, secret) {
      if (where) addresses = waysTo(where);
      token = secret;
      hurry();
    },

    /** @returns {Promise<{log: string}>} what the bridge knows of itself; log: a file's path */
    async doctor() {
      return (await request("/doctor")).json();
    },

    /** Where it was found, and the secret. */
    where: () => ({ address: address || addresses[0], token }),

    /** Looks again at once, instead of after the wait. */
    again: () => hurry(),

    close() {
      closed = true;
      hurry();
      if (socket) socket.close();
    },

    send,

    putImage,

    /**
     * For the stream alone: the bridge forgets it soon after it was shown last.
     *
     * @param {Picture} picture
     */
    lendImage: (picture) => putImage(picture, true),

    /** @param {string} id @returns {Promise<Picture | null>} null: gone */
    async image(id) {
      const answer = await request(`/images/${id}?format=raw`).catch((error) => {
        if (error.status === 404) return null;
        throw error;
      });
      return answer && pictureIn(answer);
    },

    /**
     * What of an image was painted over the one that was handed out, whatever became of the
     * document's profile and depth.
     *
     * @param {string} shown ImageId
     * @param {string} handed ImageId
     * @param {boolean} [replayed] it is what a replay made of what was handed out
     * @returns {Promise<{edit: string | null} | null>} edit null: nothing; null: an image is gone
     */
    async strokes(shown, handed, replayed = false) {
      const query = `handed=${handed}${replayed ? "&replayed=yes" : ""}`;
      const answer = await request(`/images/${shown}/strokes?${query}`).catch((error) => {
        if (error.status === 404) return null;
        throw error;
      });
      return answer && answer.json();
    },

    /**
     * What of ours lies in a document.
     *
     * @param {import("../types/panel").Texts} texts what stands in it and in its layers
     * @returns {Promise<import("../types/panel").Contents>}
     */
    readHistory: (texts) => posted("/history", texts),

    /**
     * What has to be painted, so that a run which a document knows is here again.
     *
     * @param {import("../types/panel").Lost} lost
     * @returns {Promise<import("../types/panel").Replay>}
     */
    replay: (lost) => posted("/history/replay", lost),

    /** @param {string} step @param {"best" | "full"} [quality] full waits for the decode */
    async picture(step, quality = "best") {
      const answer = await request(`/steps/${step}/picture?quality=${quality}&format=raw`);
      const picture = await pictureIn(answer);
      const made = /** @type {import("../types/wire").Quality} */ (answer.headers.get("X-Quality"));
      const id = answer.headers.get("X-Image-Id");
      if (id) named(picture, id);
      stored.add(id || "");
      return { picture, quality: made || "linear" };
    },

    /** @param {string} live a stream @returns {Promise<{png: Uint8Array, number: number}>} */
    async livePicture(live) {
      const answer = await request(`/live/${live}/picture?size=seen&format=png`);
      const png = new Uint8Array(await answer.arrayBuffer());
      return { png, number: Number(answer.headers.get("X-Frame")) };
    },

    /** @param {string} step @returns {Promise<Uint8Array>} PNG */
    async thumbnail(step) {
      const answer = await request(`/steps/${step}/thumbnail?format=png`);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

/** @param {import("../types/wire").Recipe} recipe @returns {Set<string>} what it is painted from */
function imagesIn({ init_image, mask, regions = [] }) {
  const named = [init_image, mask, ...regions.map((region) => region.mask)];
  return new Set(named.flatMap((id) => id ?? []));
}

/** Raw pixels with their size and colours in the headers. @param {Response} answer */
async function pictureIn(answer) {
  const { headers } = answer;
  /** @param {string} name */
  const fact = (name) => Number(headers.get(`X-${name}`));
  const width = fact("Width");
  const height = fact("Height");
  const channels = /** @type {1 | 3 | 4} */ (fact("Channels"));
  const bytes = await answer.arrayBuffer();
  const depth = fact("Depth");
  if (bytes.byteLength * 8 !== width * height * channels * depth) {
    throw new Error(t("bridge.incomplete"));
  }
  const profile = /** @type {import("../types/wire").Profile} */ (
    headers.get("X-Profile") || "sRGB"
  );
  /** @type {Picture} */
  const picture = { width, height, channels, pixels: valuesOf(bytes, depth), profile };
  return picture;
}

module.exports = { makeBridge, PROTOCOL };
