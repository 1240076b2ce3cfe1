"use strict";
// Reads the tables and headings of a page of Adobe's reference. Only make_page_checks.js uses it.

const VERSION = /class="minversion"[^>]*>\s*([\d.]+|NA)/;
const CHANGED = /\[\((\d+\.\d+)\)\]/g;

/** @typedef {Record<string, string>} Row a table's line by its columns' names */

/**
 * The tables of a page, each as its rows.
 *
 * @param {string} text
 * @returns {Row[][]}
 */
function tablesIn(text) {
  /** @type {Row[][]} */
  const tables = [];
  let columns = /** @type {string[] | null} */ (null);
  for (const line of text.split("\n")) {
    if (!line.trimStart().startsWith("|")) columns = null;
    else if (!columns) {
      columns = cellsOf(line);
      tables.push([]);
    } else if (!/^[\s|:-]+$/.test(line)) {
      const cells = cellsOf(line);
      tables.at(-1)?.push(Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ""])));
    }
  }
  return tables;
}

const cellsOf = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** A type without links and emphasis: "Promise<Layer[]>", "Document | Layer". */
function typeOf(cell) {
  return cell
    .replace(/\[\*?([^\]*]+)\*?\]\([^)]*\)/g, "$1")
    .replaceAll("&#x3D;", "=")
    .replace(/[*`\\]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * The page cut at its headings of one rank, without what stands before the first.
 *
 * @param {string} text
 * @param {string} rank "##"
 * @returns {[heading: string, below: string][]}
 */
function sectionsOf(text, rank) {
  const parts = text.split(new RegExp(`^${rank} (.+)$`, "m"));
  const found = [];
  for (let i = 1; i < parts.length; i += 2) found.push([parts[i].trim(), parts[i + 1]]);
  return /** @type {[string, string][]} */ (found);
}

/**
 * A class's members, and those of objects that it declares, as "Document.saveAs".
 *
 * @param {string} text of a page
 * @returns {Record<string, Record<string, string>>}
 */
function membersOf(text) {
  const title = /^# (.+)$/m.exec(text)?.[1].replaceAll(" ", "") ?? "";
  /** @type {Record<string, string>} */
  const own = {};
  const all = { [title]: own };
  for (const [heading, below] of sectionsOf(text, "##")) {
    const single = sectionsOf(below, "###");
    if (heading === "Properties") {
      for (const [name, about] of single) {
        own[name] = `r NA ${typeOf(/\*\*: (.+)/.exec(about)?.[1] ?? "any")}`;
        const declared = tablesIn(about).flat();
        if (declared.length) all[`${title}.${name}`] = declaredIn(declared);
      }
      const listed = single.length ? below.split(/^### /m)[0] : below;
      for (const row of tablesIn(listed).flat()) own[nameOf(row)] = propertyOf(row);
    }
    if (heading === "Methods" || heading === "Functions") {
      for (const [name, about] of single) own[name] = methodOf(about);
    }
  }
  return all;
}

const nameOf = (row) => row.Name.replaceAll("~", "");

function declaredIn(rows) {
  return Object.fromEntries(rows.map((row) => [row.Name.replaceAll("`", ""), "method NA"]));
}

function propertyOf(row) {
  const access = (row.Access ?? "R").replace(/\s/g, "").toLowerCase();
  const changed = [...(row.Description ?? "").matchAll(CHANGED)].map(([, version]) => version);
  const words = [access, row["Min Version"] || "NA", typeOf(row.Type)];
  if (row.Name.includes("~")) words.push("deprecated");
  return [...words, ...changed.map((version) => `changed ${version}`)].join(" ");
}

function methodOf(about) {
  const since = VERSION.exec(about)?.[1] ?? "NA";
  const forms = sectionsOf(about, "####").filter(([heading]) => heading === "Parameters");
  const lists = forms.map(([, below]) => parametersIn(tablesIn(below)[0] ?? []));
  const answer = /^(?:\*\*async\*\* : )?(\[?\*.+)$/m.exec(about)?.[1] ?? "";
  return `method ${since} (${lists.join(" / ")}) ${typeOf(answer)}`.trim();
}

function parametersIn(rows) {
  return rows
    .filter((row) => !row.Name.includes("."))
    .map((row) => {
      const name = row.Name.replaceAll("`", "");
      const standard = row["Default value"] ?? "-";
      return `${name}${standard === "-" ? "" : ` = ${typeOf(standard)}`}: ${typeOf(row.Type)}`;
    })
    .join(", ");
}

/** Enumerations: "since NAME NAME …". */
function enumsOf(text) {
  return Object.fromEntries(
    sectionsOf(text, "###").map(([name, about]) => {
      const names = tablesIn(about).flat().map(nameOf);
      return [name, [VERSION.exec(about)?.[1] ?? "NA", ...names].join(" ")];
    }),
  );
}

module.exports = { tablesIn, membersOf, enumsOf, typeOf };
