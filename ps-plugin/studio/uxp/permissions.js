"use strict";
// What the manifest lets a plugin reach: every address of fetch, XMLHttpRequest and WebSocket.
//
//   permitted      whether an address may be reached
//   guardNetwork   a world's fetch and WebSocket, with the door-keeper in front
//   guardRequests  its XMLHttpRequest
//   fetchAtHome    a browser page's fetch, by any name of the machine it came from

/** @typedef {{requiredPermissions?: {network?: {domains?: string[] | string}}}} Manifest */

/**
 * documented: what is not declared is not granted (guides/uxp-guide/uxp-misc/manifest-v5).
 * seen in a host: "all" counts as the bare string only (adb-mcp issue 23); an entry has scheme and
 * port, and ws is another scheme than http (uxp-photoshop issue 321); numeric addresses in entries are
 * never found (Premiere 26.5 measured; reported of Photoshop). assumed: an entry without a port
 * means the scheme's own.
 *
 * @param {Manifest} manifest
 * @param {string} url
 */
function permitted(manifest, url) {
  const domains = manifest.requiredPermissions?.network?.domains;
  if (domains === "all") return true;
  if (!Array.isArray(domains)) return false;
  const wanted = partsOf(url);
  return wanted !== null && !isNumeric(wanted.host) && domains.some((one) => covers(one, wanted));
}

/** @param {string} entry @param {Address} wanted */
function covers(entry, wanted) {
  const given = partsOf(entry);
  if (!given || given.scheme !== wanted.scheme || given.port !== wanted.port) return false;
  // documented for webviews, in the same words: "*." stands for any subdomain
  const any = given.host.startsWith("*.");
  return any ? wanted.host.endsWith(given.host.slice(1)) : given.host === wanted.host;
}

/** @typedef {{scheme: string, host: string, port: string}} Address */

const PORTS = { http: "80", ws: "80", https: "443", wss: "443" };

/** Of a whole address only. @param {string} url @returns {Address | null} */
function partsOf(url) {
  const found = /^(https?|wss?):\/\/(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?(?:[/?#]|$)/i.exec(url);
  if (!found) return null;
  const scheme = found[1].toLowerCase();
  return { scheme, host: found[2].toLowerCase(), port: found[3] ?? PORTS[scheme] };
}

const isNumeric = (host) => /^\d+(\.\d+){3}$/.test(host) || host.startsWith("[");

/**
 * @param {Manifest} manifest
 * @param {string} url
 * @throws in UXP's own words; seen in hosts: Photoshop and Premiere 26.3
 */
function requirePermission(manifest, url) {
  if (!permitted(manifest, url)) {
    throw new Error(`Permission denied to the url ${url}. Manifest entry not found.`);
  }
}

/**
 * Habit localhostOnly. seen in a host: http:// reaches localhost by its name alone, whatever the
 * manifest says; ws:// is let through. assumed: how fetch fails then.
 *
 * @param {string} url
 * @param {Habits} [habits]
 */
function requireLocalhost(url, habits) {
  const wanted = habits?.has("localhostOnly") ? partsOf(url) : null;
  if (wanted?.scheme === "http" && wanted.host !== "localhost") {
    throw new TypeError("Network request failed");
  }
}

/** @typedef {{has(habit: import("../photoshop/habits.js").Habit): boolean}} Habits */

/**
 * @param {Manifest} manifest
 * @param {{fetch: any, WebSocket?: any}} network the world's own; Node 20 has no WebSocket
 * @param {Habits} [habits]
 * @returns {{fetch: any, WebSocket: any}}
 */
function guardNetwork(manifest, { fetch, WebSocket }, habits) {
  return {
    // seen in hosts: fetch rejects
    fetch: async (url, options) => {
      requirePermission(manifest, String(url?.url ?? url));
      requireLocalhost(String(url?.url ?? url), habits);
      return fetch(url, options);
    },
    WebSocket:
      WebSocket &&
      class extends WebSocket {
        // seen in a host: the constructor itself throws, Premiere 26
        constructor(url, ...rest) {
          requirePermission(manifest, String(url));
          super(url, ...rest);
        }
      },
  };
}

/**
 * A page that a browser loads from one name of this machine may fetch from that name alone; the
 * plugin that lives in it may use any: the same bridge answers.
 *
 * @param {typeof globalThis.fetch} fetch the page's own
 * @param {{origin: string, port: string}} page
 * @returns {typeof globalThis.fetch}
 */
function fetchAtHome(fetch, { origin, port }) {
  const own = ["localhost", "127.0.0.1", "[::1]"].map((name) => `http://${name}:${port}/`);
  return (url, options) => {
    const name = own.find((one) => String(url).startsWith(one));
    return fetch(name ? `${origin}/${String(url).slice(name.length)}` : url, options);
  };
}

/**
 * The older way to the network, which UXP has too.
 *
 * @param {Manifest} manifest
 * @param {any} window
 * @param {Habits} [habits]
 */
function guardRequests(manifest, window, habits) {
  const { prototype } = window.XMLHttpRequest;
  const { open } = prototype;
  prototype.open = function guarded(method, url, ...rest) {
    requirePermission(manifest, String(url));
    requireLocalhost(String(url), habits);
    return open.call(this, method, url, ...rest);
  };
}

module.exports = { permitted, requirePermission, guardNetwork, guardRequests, fetchAtHome };
