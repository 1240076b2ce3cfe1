"use strict";
// Photoshop's collections and a page's have a length and indices; whether they can be iterated, or
// have an Array's methods, is not documented. The panel makes Arrays of them before it uses them.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const ts = require("typescript");

const PANEL = path.join(__dirname, "..", "..", "..", "ps-plugin");
const COLLECTIONS = ["Layers", "Documents", "HistoryStates", "HTMLCollection", "NodeList"];

/** The panel's files as TypeScript sees them; `extra` stands beside them. */
function programWith(extra = "") {
  const config = ts.readConfigFile(path.join(PANEL, "jsconfig.json"), ts.sys.readFile).config;
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, PANEL);
  const file = path.join(PANEL, "extra_for_a_test.js");
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.readFile = (name) => (name === file ? extra : readFile.call(host, name));
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, extra, rest[0], true, ts.ScriptKind.JS)
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([...fileNames, ...(extra ? [file] : [])], options, host);
  return { program, file };
}

/** Uses of a collection that only an Array is sure to stand. */
function usesIn(program, only) {
  const checker = program.getTypeChecker();
  const isCollection = (node) => {
    const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
    const parts = type.isUnion() ? type.types : [type];
    return parts.some((part) => COLLECTIONS.includes(part.symbol?.name ?? ""));
  };
  const found = [];
  for (const source of program.getSourceFiles()) {
    const name = path.relative(PANEL, source.fileName);
    const inside = !name.startsWith("..") && source.fileName.endsWith(".js");
    if (!inside || (only && source.fileName !== only)) continue;
    const visit = (node) => {
      const at = useOf(node);
      if (at && isCollection(at)) {
        const { line } = source.getLineAndCharacterOfPosition(at.getStart());
        found.push(`${path.basename(source.fileName)}:${line + 1} ${at.getText()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** The expression that is iterated, spread, taken apart, or asked for a method; else undefined. */
function useOf(node) {
  if (ts.isForOfStatement(node)) return node.expression;
  if (ts.isSpreadElement(node)) return node.expression;
  if (ts.isVariableDeclaration(node) && ts.isArrayBindingPattern(node.name))
    return node.initializer;
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    return node.expression.expression;
  }
  if (ts.isNewExpression(node)) return node.arguments?.[0]; // new Set(…), new Map(…)
  return undefined;
}

test("nothing in the panel iterates a collection of the host's, or asks it for an Array's methods", () => {
  const { program } = programWith();
  assert.deepEqual(usesIn(program), []);
});

test("each such use would be found", () => {
  const uses = [
    "for (const layer of one.layers) void layer;",
    "const all = [...one.layers];",
    "const [first] = one.activeLayers;",
    "const names = one.layers.map(({ name }) => name);",
    "const last = one.historyStates.at(-1);",
    "const ids = new Set(one.activeLayers);",
    "const { layers: inner } = one; for (const layer of inner) void layer;",
    "for (const open of app.documents) void open;",
    "for (const child of page.children) void child;",
    "const inside = (one.layers || []).flatMap((layer) => [layer]);",
  ];
  const declared = [
    "/** @type {any} */ const any = null;",
    '/** @type {import("photoshop/dom/Document").Document} */ const one = any;',
    '/** @type {typeof import("photoshop").app} */ const app = any;',
    "/** @type {HTMLElement} */ const page = any;",
  ].join("\n");
  const lines = uses.map((use) => `{ ${use} }`);
  const fine =
    "const all = Array.from(one.layers); for (const x of all) void x; void one.layers[0];";
  const { program, file } = programWith([declared, fine, ...lines].join("\n"));
  const first = declared.split("\n").length + 2;
  assert.deepEqual(
    usesIn(program, file).map((found) => Number(found.split(/[: ]/)[1]) - first),
    uses.map((_, i) => i),
  );
  assert.ok(!fs.existsSync(file));
});
