"use strict";

/**
 * Self-test: what the panel can keep, what the manifest allows, how the bridge can be reached.
 *
 * @typedef {import("./selftest.js").Lab} Lab
 * @typedef {import("./selftest.js").Check} Check
 */

const { either, other } = require("./outcomes.js");
const { t } = require("../words/texts.js");

const PATIENCE = 4000; // milliseconds for an answer from the same machine
const KEPT = "selftest"; // a key of secureStorage that nothing else uses

/** @type {Check[]} */
const NETWORK = [
  { name: "storage", run: storage },
  { name: "emptyValue", run: emptyValue },
  { name: "httpName", run: (lab) => health(lab, "localhost") },
  { name: "httpNumber", run: (lab) => either(() => health(lab, "127.0.0.1")) },
  { name: "socketName", run: (lab) => socket(lab, "localhost") },
  { name: "socketNumber", run: (lab) => either(() => socket(lab, "127.0.0.1")) },
  { name: "post", run: post },
  { name: "origin", run: origin },
];

/** What is put in comes out as bytes, and is gone when removed. @param {Lab} lab */
async function storage(lab) {
  const { secureStorage } = lab.storage;
  const text = "pentimento 1";
  try {
    await secureStorage.setItem(KEPT, text);
    const found = await keptNow(lab);
    if (found !== text) {
      throw new Error(t("selftestSaw.other", { wrote: text, read: found || "–" }));
    }
  } finally {
    await secureStorage.removeItem(KEPT).catch(() => undefined); // it may never have come in
  }
  if (await keptNow(lab)) throw new Error(t("selftestSaw.notRemoved"));
  return t("selftestSaw.bytes", { count: text.length });
}

/** @param {Lab} lab */
async function keptNow({ storage: { secureStorage } }) {
  const bytes = await secureStorage.getItem(KEPT);
  return bytes ? String.fromCharCode(...bytes) : "";
}

/** Adobe says that neither is taken: an empty value, the removal of what is not there. @param {Lab} lab */
async function emptyValue({ storage: { secureStorage } }) {
  /** @param {() => Promise<unknown>} act */
  const mark = (act) =>
    act().then(
      () => "+",
      () => "−",
    );
  const removed = await mark(() => secureStorage.removeItem(KEPT));
  const set = await mark(() => secureStorage.setItem(KEPT, ""));
  if (set === "+") await secureStorage.removeItem(KEPT).catch(() => undefined);
  const figure = `setItem("") ${set} removeItem(?) ${removed}`;
  return set === "−" && removed === "−" ? figure : other(figure);
}

/** @param {Lab} lab @param {string} name of this machine */
async function health(lab, name) {
  const url = `http://${name}:${portOf(lab)}/health`;
  const answer = await inTime(lab, url, lab.fetch(url));
  const { program, protocol } = await answer.json();
  if (program !== "pentimento") {
    throw new Error(t("selftestSaw.other", { wrote: url, read: String(program) }));
  }
  return `${answer.status}, protocol ${protocol}`;
}

/** Opened, and closed again before a word is said. @param {Lab} lab @param {string} name */
async function socket(lab, name) {
  const url = `ws://${name}:${portOf(lab)}/ws`;
  const opened = new Promise((resolve, reject) => {
    const connection = lab.socket(url);
    connection.onopen = () => {
      resolve("open");
      connection.close();
    };
    connection.onclose = ({ code }) =>
      reject(new Error(t("selftestSaw.closed", { url, code: code ?? 0 })));
  });
  return inTime(lab, url, opened);
}

/** Whether a JSON body goes through: the answer may be any, a refusal too. @param {Lab} lab */
async function post(lab) {
  const url = `${lab.bridge().address || `http://localhost:${portOf(lab)}`}/health`;
  const headers = { "Content-Type": "application/json" };
  const answer = await inTime(lab, url, lab.fetch(url, { method: "POST", headers, body: "{}" }));
  return String(answer.status);
}

/** What the bridge is told of who asks: a fetch of UXP's, and the panel's socket. @param {Lab} lab */
async function origin(lab) {
  const { address, token } = lab.bridge();
  if (!token) throw new Error(t("selftestSaw.unpaired"));
  const url = `${address}/facts/connection`;
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await inTime(lab, url, lab.fetch(url, { headers }));
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  /** @param {{host: string, origin: string | null}} caller */
  const words = ({ host, origin }) => `${host} ${origin ?? "(none)"}`;
  return [`fetch ${words(told.caller)}`, ...told.sockets.map(words)].join("; socket ");
}

/** @param {Lab} lab */
function portOf(lab) {
  return /:(\d+)/.exec(lab.bridge().address)?.[1] ?? "7866";
}

/**
 * @template T
 * @param {Lab} lab
 * @param {string} url
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
function inTime({ wait }, url, answer) {
  const late = wait(PATIENCE).then(() => {
    throw new Error(t("selftestSaw.late", { url, seconds: PATIENCE / 1000 }));
  });
  late.catch(() => undefined); // the answer may have won long before
  return Promise.race([answer, late]);
}

module.exports = { NETWORK };
