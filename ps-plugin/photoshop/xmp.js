"use strict";

/**
 * Our properties in XMP packets, everybody else's left as they are.
 *
 * readProperty(packet, name)          the text of pentimento:name, or null
 * writeProperty(packet, name, text)   the packet with it; null packet: a new one
 *
 * String work on purpose: a packet may be 100 KB of other programs' history, UXP's XMP library
 * needs Photoshop 25, and a property of ours is one element or one attribute.
 */

const NAMESPACE = "https://pentimento.art/ns/1/";
const EMPTY =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  "</rdf:RDF></x:xmpmeta>";

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

/** @param {string} name both forms in which a program may have written the property */
function forms(name) {
  return {
    element: new RegExp(`<pentimento:${name}(?:\\s[^>]*)?>([^<]*)</pentimento:${name}>`),
    attribute: new RegExp(`\\spentimento:${name}=(?:"([^"]*)"|'([^']*)')`),
  };
}

/**
 * @param {string | null} packet
 * @param {string} name such as "layer" or "document"
 * @returns {string | null}
 */
function readProperty(packet, name) {
  if (!packet) return null;
  const { element, attribute } = forms(name);
  const found = element.exec(packet) || attribute.exec(packet);
  return found ? unescaped(found[1] || found[2] || "") : null;
}

/**
 * @param {string | null} packet
 * @param {string} name
 * @param {string} text
 * @returns {string}
 */
function writeProperty(packet, name, text) {
  const { element, attribute } = forms(name);
  const end = /<\/rdf:RDF>/;
  let whole = packet && end.test(packet) ? packet : EMPTY;
  // Functions as replacements: "$&" in a prompt must stay what it is.
  const value = `<pentimento:${name}>${escaped(text)}</pentimento:${name}>`;
  if (element.test(whole)) return whole.replace(element, () => value);
  whole = whole.replace(attribute, () => "");
  const description =
    `<rdf:Description rdf:about="" xmlns:pentimento="${NAMESPACE}">` + `${value}</rdf:Description>`;
  return whole.replace(end, () => `${description}</rdf:RDF>`);
}

module.exports = { readProperty, writeProperty, NAMESPACE };
