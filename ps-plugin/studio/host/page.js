"use strict";
// The plugin's page: which files it names, and where they are looked for.
//
// documented: script loads and runs a local script, link a style sheet (uxp-api/reference-html). Not
// documented: where an address begins. As in a browser it is the page's folder; seen in a host
// (Photoshop 27.8 on macOS) it was the plugin's root: the habit rootBase. assumed: what is not there
// is left out, and the rest of the page goes on; and that an address never leaves the plugin.

const { resolve } = require("./loader.js");

/** @typedef {{kind: "script" | "sheet", address: string, text: string}} Named
 *   text: of a script that stands in the page itself */

/**
 * The scripts and style sheets of a page, in its order.
 *
 * @param {string} page
 * @returns {Named[]}
 */
function namedIn(page) {
  const tags = withoutComments(page).matchAll(
    /<script\b([^>]*)>([^]*?)<\/script>|<link\b([^>]*)>/g,
  );
  /** @type {Named[]} */
  const named = [];
  for (const [, script, text, link] of tags) {
    if (script !== undefined) {
      named.push({ kind: "script", address: attribute(script, "src"), text });
    } else if (attribute(link, "rel") === "stylesheet") {
      named.push({ kind: "sheet", address: attribute(link, "href"), text: "" });
    }
  }
  return named;
}

/** What lies in the page's body, without its scripts. @param {string} page */
function bodyOf(page) {
  const body = /<body[^>]*>([^]*)<\/body>/.exec(page)?.[1] ?? "";
  return body.replace(/<script\b[^>]*>[^]*?<\/script>/g, "");
}

/**
 * The file from which a page's own addresses begin, and the requires of its scripts.
 *
 * @param {string} main the page, from the plugin's root
 * @param {boolean} rootBase
 */
const baseOf = (main, rootBase) => (rootBase ? "" : main);

/** An address as a path from the plugin's root. @param {string} base @param {string} address */
const placeOf = (base, address) =>
  address.startsWith("/") ? address.slice(1) : resolve(base, address);

const withoutComments = (page) => page.replace(/<!--[^]*?-->/g, "");

const attribute = (tag, name) => new RegExp(`\\b${name}=["']([^"']*)["']`).exec(tag)?.[1] ?? "";

module.exports = { namedIn, bodyOf, baseOf, placeOf };
