"use strict";
// alert, confirm and prompt: a page may call them only where its manifest asks for them.
//
// documented: global-members/html-dom, alert.md, confirm.md and prompt.md, since UXP 7.4. assumed: that
// a call without the flag throws, and its words.

const NAMES = /** @type {const} */ (["alert", "confirm", "prompt"]);

/** @typedef {{featureFlags?: {enableAlerts?: boolean}}} Alerting */
/** @typedef {Partial<Record<typeof NAMES[number], (...given: any[]) => unknown>>} Natives */

/**
 * @param {Alerting} manifest
 * @param {Natives} natives what shows them here
 * @returns {Record<string, (...given: any[]) => unknown>}
 */
function alertsOf(manifest, natives) {
  const allowed = manifest.featureFlags?.enableAlerts === true;
  return Object.fromEntries(
    NAMES.map((name) => [
      name,
      (...given) => {
        if (!allowed) throw new Error(`${name}() needs featureFlags.enableAlerts in the manifest`);
        const native = natives[name];
        if (!native) throw new Error(`${name}() is not modelled by this host in Node`);
        return native(...given);
      },
    ]),
  );
}

/** The three of a window, as they are. @param {any} window @returns {Natives} */
const nativesOf = (window) =>
  Object.fromEntries(NAMES.map((name) => [name, window[name]?.bind(window)]));

module.exports = { alertsOf, nativesOf };
