"use strict";
// What became of a piece of other people's code, from the error it ended with and the words it left.

const { factOf } = require("../../../ps-plugin/studio/documented/guarded.js");

/**
 * ran         to its end
 * refused     the host has not modelled what was asked for, or it is documented nowhere
 * scope       what changes Photoshop was asked for outside of a modal scope
 * no code     it cannot be read as JavaScript: a signature, or with parts left out
 * names       it needs a name that it does not give
 * lacks       a module or file is not there (it has to be built first), or somebody to answer a dialog
 * late        it did not come to an end in its time
 * threw       anything else
 *
 * @typedef {"ran" | "refused" | "scope" | "no code" | "names" | "lacks" | "late" | "threw"} Kind
 * @typedef {{kind: Kind, what: string, documented: string}} Verdict documented: of what was refused
 */

const REFUSED = [
  /^(.+?) exists in Photoshop but is not modelled by this host/,
  /^(.+?) exists in UXP but is not modelled by this host/,
  /^(.+?) (?:is|are) not modelled(?: by this host)?/,
  /^writing (.+?) is not modelled/,
  /^(.+?) without .* is not modelled/,
  /^(batchPlay ".+?" knows no ".+?")/,
];
const NOWHERE = [/^((?:\S+) has no "[^"]+")/, /^(constants\.\S+ has no ".+?")/];
const SCOPE = /only allowed from inside a modal scope/;
const LACKS = /Module not found|ENOENT|was not found$|is not there$|^a dialog for \w+ is open/;
const NAMES = /^(\S+) is not defined$/;

/**
 * @param {any} failed null where it ran to its end
 * @param {string[]} words on the console, in alerts, errors nobody caught
 * @returns {Verdict}
 */
function verdictOn(failed, words) {
  const texts = failed ? [textOf(failed), ...words] : words;
  // What a piece caught and said is a refusal as well
  for (const text of texts) {
    const refusal = refusalIn(text.replace(/^[\w\s]*?(?:Error|failed):\s*/, ""));
    if (refusal) return refusal;
  }
  const lacking = texts.find((text) => LACKS.test(text));
  if (lacking && (!failed || !SCOPE.test(textOf(failed)))) {
    return { kind: "lacks", what: lacking, documented: "" };
  }
  if (!failed) return { kind: "ran", what: "", documented: "" };
  const text = textOf(failed);
  return { kind: kindOf(failed, text), what: text, documented: "" };
}

/** @param {string} text @returns {Verdict | null} */
function refusalIn(text) {
  for (const says of REFUSED) {
    const found = says.exec(text);
    if (found) return { kind: "refused", what: found[1], documented: documentedAs(text, found[1]) };
  }
  for (const says of NOWHERE) {
    const found = says.exec(text);
    if (found) return { kind: "refused", what: found[1], documented: "nowhere" };
  }
  return null;
}

function documentedAs(text, what) {
  const [, kind, name] = /^((?:photoshop\.)?[\w]+)\.(\w+)$/.exec(what) ?? [];
  if (/exists in/.test(text) || (kind && factOf(kind, name))) return "documented";
  return "not in the tables";
}

/** @param {any} failed @param {string} text @returns {Kind} */
function kindOf(failed, text) {
  if (failed?.name === "SyntaxError") return "no code";
  if (SCOPE.test(text)) return "scope";
  if (NAMES.test(text)) return "names";
  return "threw";
}

const textOf = (error) => String(error?.message ?? error).split("\n")[0];

module.exports = { verdictOn };
