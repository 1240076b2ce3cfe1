"use strict";
// What of a folder there is to run: plugins, scripts, and the fenced blocks of documentation pages.

const fs = require("node:fs");
const path = require("node:path");

/**
 * @typedef {{kind: "plugin" | "script" | "fence" | "suite", folder: string, file: string,
 *   line: number, code: string, html?: string}} Piece file: from the folder; line: of its first line
 *   in it; html: what the page of documentation shows of a plugin's page
 */

const SKIPPED = new Set(["node_modules", ".git"]);
const SUITE = /\.(uxp-)?test\.[jt]s$/;

/**
 * @param {string} folder with a manifest.json it is a plugin; else all in it that can be run
 * @param {string[]} files only these of it, each a file or a folder; all where there are none
 * @returns {Piece[]}
 */
function piecesOf(folder, files = []) {
  if (!files.length) return below(folder, "");
  return files.flatMap((file) => below(folder, path.normalize(file)));
}

/** @param {string} folder @param {string} file @returns {Piece[]} */
function below(folder, file) {
  const whole = path.join(folder, file);
  if (!fs.statSync(whole).isDirectory()) return piecesIn(folder, file);
  if (fs.existsSync(path.join(whole, "manifest.json"))) {
    return [{ kind: "plugin", folder: whole, file: file || ".", line: 1, code: "" }];
  }
  const names = fs.readdirSync(whole).sort();
  return names
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => below(folder, path.join(file, name)));
}

/** @param {string} folder @param {string} file @returns {Piece[]} */
function piecesIn(folder, file) {
  const text = () => fs.readFileSync(path.join(folder, file), "utf8");
  if (file.endsWith(".md")) return fencesIn(folder, file, text());
  if (SUITE.test(file)) return [{ kind: "suite", folder, file, line: 1, code: text() }];
  if (/\.(js|psjs)$/.test(file)) return [{ kind: "script", folder, file, line: 1, code: text() }];
  return [];
}

/**
 * The blocks of a page that say they are JavaScript, or say nothing and stand in no such block.
 *
 * @param {string} folder
 * @param {string} file
 * @param {string} page
 * @returns {Piece[]}
 */
function fencesIn(folder, file, page) {
  /** @type {Piece[]} */
  const found = [];
  /** @type {{mark: string, wanted: boolean, markup: boolean, piece: Piece, lines: string[]} | null} */
  let open = null;
  /** @type {string[]} */
  const html = [];
  page.split("\n").forEach((text, index) => {
    const fence = /^\s*(`{3,})\s*([A-Za-z]*)/.exec(text);
    if (open && fence?.[1] === open.mark && !fence[2]) {
      open.piece.code = open.lines.join("\n");
      if (open.wanted) found.push(open.piece);
      if (open.markup) html.push(open.piece.code);
      open = null;
    } else if (open) {
      open.lines.push(text);
    } else if (fence) {
      const wanted = /^(js|jsx|javascript)$/i.test(fence[2]);
      const piece = {
        kind: /** @type {"fence"} */ ("fence"),
        folder,
        file,
        line: index + 2,
        code: "",
      };
      const markup = /^html$/i.test(fence[2]);
      open = { mark: fence[1], wanted, markup, piece, lines: [] };
    }
  });
  const body = bodyOf(html.join("\n"));
  return found.map((piece) => ({ ...piece, html: body }));
}

/** Markup without its frame and scripts: what its scripts look for, and nothing that runs. */
const bodyOf = (html) =>
  html
    .replace(/<(script|style|head)\b[^]*?<\/\1>/gi, "")
    .replace(/<\/?(html|body|!doctype)\b[^>]*>/gi, "")
    .replace(/\son\w+=("[^"]*"|'[^']*')/gi, "");

module.exports = { piecesOf, fencesIn };
