"use strict";

/**
 * Our properties in XMP packets, everybody else's left as they are.
 *
 * readProperty(packet, name)          the text of our property, or null
 * writeProperty(packet, name, text)   the packet with it, once; what is no XMP: a new one
 *
 * Names are known by their namespace, whatever prefix a program chose; bridge/psd/xmp.py reads
 * and writes alike. A packet may be 100 KB of other programs' history and is one pass here.
 */

const NAMESPACE = "https://pentimento.art/ns/1/";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const EMPTY = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"></rdf:RDF></x:xmpmeta>`;

const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const CDATA = /<!\[CDATA\[([^]*?)\]\]>/g;
const TAG = `<(/?)([^\\s/>!?]+)(?:${ATTRIBUTE.source})*\\s*/?>`;
const PART = new RegExp(`${TAG}|${CDATA.source}|<!--[^]*?-->|<\\?[^]*?\\?>`, "g");

/** @type {Record<string, string>} */
const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** @param {string} text */
function escaped(text) {
  return text.replace(/[<>&"\r\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name[0] === "#") return String.fromCodePoint(parseInt(name.slice(1), 10));
    return ENTITIES[name] || whole;
  });
}

/**
 * Where things lie in a packet. What lies deeper is said of a placed picture, not of the document.
 *
 * @typedef {[number, number]} Span characters of the packet
 * @param {string} packet
 * @param {string} name of our property
 * @returns {{ours: {span: Span, inner: Span | null, text: string}[], end: number}} inner: of an
 *   element; end: of what is in rdf:RDF, -1: it has none, or is no XMP
 */
function found(packet, name) {
  const wanted = `${NAMESPACE} ${name}`;
  /** @type {{span: Span, inner: Span | null, text: string}[]} */
  const ours = [];
  let [rdf, end] = [-1, -1]; // how deep it is, where it ends
  /** @type {{tag: string, of: Record<string, string>, start: number, inside: number}[]} */
  const open = [];
  const isOurs = (/** @type {string} */ tag, /** @type {Record<string, string>} */ of) =>
    end < 0 && open.length === rdf + 2 && known(tag, of) === wanted;
  for (const { 0: whole, 1: closing, 2: tag, index: start } of packet.matchAll(PART)) {
    if (!tag) continue;
    const inside = start + whole.length;
    if (closing) {
      const outer = open.pop();
      if (outer?.tag !== tag) return { ours, end: -1 };
      if (open.length === rdf && end < 0) end = start;
      if (!isOurs(tag, outer.of)) continue;
      const text = packet.slice(outer.inside, start).replace(CDATA, (_, raw) => escaped(raw));
      const inner = /** @type {Span} */ ([outer.inside, start]);
      ours.push({ span: [outer.start, inside], inner, text: unescaped(text) });
      continue;
    }
    const attributes = [...whole.matchAll(ATTRIBUTE)];
    const of = { ...open[open.length - 1]?.of };
    for (const [, key, twice, once] of attributes) {
      if (/^xmlns(:|$)/.test(key)) of[key.slice(6)] = unescaped(twice ?? once);
    }
    if (rdf < 0 && known(tag, of) === `${RDF} RDF`) rdf = open.length;
    const described = end < 0 && open.length === rdf + 1 && known(tag, of) === `${RDF} Description`;
    for (const { 0: text, 1: key, 2: twice, 3: once, index } of described ? attributes : []) {
      if (!key.includes(":") || known(key, of) !== wanted) continue;
      const at = start + index;
      ours.push({ span: [at, at + text.length], inner: null, text: unescaped(twice ?? once) });
    }
    if (!whole.endsWith("/>")) open.push({ tag, of, start, inside });
    else if (isOurs(tag, of)) ours.push({ span: [start, inside], inner: null, text: "" });
  }
  return { ours, end: open.length > 0 ? -1 : end };
}

/** A name by its namespace. @param {string} name @param {Record<string, string>} of by prefix */
function known(name, of) {
  const [local, prefix = ""] = name.split(":").reverse();
  return `${of[prefix]} ${local}`;
}

/**
 * @param {string | null} packet
 * @param {string} name such as "layer" or "document"
 * @returns {string | null}
 */
function readProperty(packet, name) {
  if (!packet || !packet.includes(NAMESPACE)) return null;
  const { ours, end } = found(packet, name);
  return end >= 0 && ours.length > 0 ? ours[0].text : null;
}

/**
 * @param {string | null} packet
 * @param {string} name
 * @param {string} text
 * @returns {string}
 */
function writeProperty(packet, name, text) {
  const { ours, end } = found(packet || "", name);
  if (!packet || end < 0) return writeProperty(EMPTY, name, text);
  const value = escaped(text);
  const home = ours.find(({ inner }) => inner);
  /** @type {[number, number, string][]} */
  const parts = ours.map((one) =>
    one === home && one.inner ? [...one.inner, value] : [...one.span, ""],
  );
  const description =
    `<rdf:Description rdf:about="" xmlns:rdf="${RDF}" xmlns:pentimento="${NAMESPACE}">` +
    `<pentimento:${name}>${value}</pentimento:${name}></rdf:Description>`;
  if (!home) parts.push([end, end, description]);
  return parts.reduceRight(
    (whole, [from, to, part]) => whole.slice(0, from) + part + whole.slice(to),
    packet,
  );
}

module.exports = { readProperty, writeProperty, NAMESPACE };
