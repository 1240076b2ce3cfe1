"use strict";
// Outcomes as lines and as a summary.

/** @typedef {import("./running.js").Outcome} Outcome */

/** Best first: a fence that runs in one of its two ways ran. */
const KINDS = ["ran", "scope", "names", "no code", "lacks", "refused", "late", "threw"];

/** @param {Outcome[]} outcomes of one piece @param {boolean} all also what ran */
function linesOf(outcomes, all) {
  return outcomes
    .filter(({ kind }) => all || kind !== "ran")
    .map(
      ({ where, way, kind, what, documented }) =>
        `${kind.padEnd(8)} ${where} (${way})${what ? `: ${what}` : ""}${documented ? ` [${documented}]` : ""}`,
    );
}

/** What a piece came to: the better one of a fence's two ways, the worst of a plugin's steps. */
function verdicts(pieces, outcomes) {
  const byPlace = Map.groupBy ? Map.groupBy(outcomes, ({ where }) => where) : grouped(outcomes);
  return [...byPlace.values()].map((of) => {
    const ranks = of.map(({ kind }) => KINDS.indexOf(kind));
    const isCode = of.some(({ way }) => way === "inside");
    return KINDS[isCode ? Math.min(...ranks) : Math.max(...ranks)];
  });
}

function grouped(outcomes) {
  /** @type {Map<string, Outcome[]>} */
  const groups = new Map();
  for (const one of outcomes) groups.set(one.where, [...(groups.get(one.where) ?? []), one]);
  return groups;
}

/**
 * @param {import("./pieces.js").Piece[]} pieces
 * @param {Outcome[]} outcomes
 */
function summaryOf(pieces, outcomes) {
  const kinds = verdicts(pieces, outcomes);
  const counts = KINDS.map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`);
  const lines = ["", `${pieces.length} pieces: ${counts.join(", ")}`];
  const ways = KINDS.map((kind) => `${outcomes.filter((one) => one.kind === kind).length} ${kind}`);
  lines.push(`${outcomes.length} runs of them: ${ways.join(", ")}`);
  for (const [title, kind] of [
    ["refused by the host", "refused"],
    ["threw", "threw"],
    ["late", "late"],
    ["names that are not given", "names"],
  ]) {
    const found = sorted(outcomes.filter((one) => one.kind === kind));
    if (found.length) lines.push("", `${title}:`, ...found);
  }
  return lines.join("\n");
}

/** What was met how often, the most often first; a fence's two ways count once. */
function sorted(outcomes) {
  /** @type {Map<string, Set<string>>} */
  const met = new Map();
  for (const { what, documented, where, way } of outcomes) {
    const key = documented ? `${what} [${documented}]` : what;
    const place = ["inside", "outside"].includes(way) ? where : `${where} ${way}`;
    met.set(key, (met.get(key) ?? new Set()).add(place));
  }
  return [...met]
    .sort((a, b) => b[1].size - a[1].size)
    .map(([key, places]) => `${String(places.size).padStart(5)}  ${key}  (${[...places][0]})`);
}

module.exports = { linesOf, summaryOf, KINDS };
