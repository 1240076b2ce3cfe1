"use strict";
// Writes checks.js from Adobe's published types, so that the host refuses what they do not allow:
//   node ps-plugin/studio/documented/make_checks.js
// needs `npm ci` in tests/. Only Node runs this file.

const fs = require("node:fs");
const path = require("node:path");

const TESTS = path.join(__dirname, "..", "..", "..", "tests");
const TYPES = path.join(TESTS, "node_modules", "@types", "photoshop");
const OUTPUT = path.join(__dirname, "checks.js");

/** Whose arguments are checked: namespace or class, then its functions. */
const CALLS = {
  imaging: [
    "getPixels",
    "putPixels",
    "getLayerMask",
    "putLayerMask",
    "getSelection",
    "putSelection",
    "createImageDataFromBuffer",
    "encodeImageData",
  ],
  photoshopCore: ["executeAsModal"],
  photoshopAction: ["batchPlay", "addNotificationListener", "removeNotificationListener"],
  Document: [
    "createPixelLayer",
    "createLayerGroup",
    "groupLayers",
    "suspendHistory",
    "convertProfile",
    "crop",
    "duplicate",
    "duplicateLayers",
    "resizeCanvas",
    "resizeImage",
    "rotate",
    "sampleColor",
    "trim",
    "close",
  ],
  Layer: ["move", "duplicate", "translate", "flip", "scale", "rotate", "rasterize"],
  Selection: ["selectRectangle", "load"],
  Photoshop: ["createDocument", "convertUnits", "getColorProfiles"],
};
const EXTRA_TYPES = [
  "GetDataOptions",
  "HistoryStateInfo",
  "ResumeHistorySuspensionOptions",
  "ReportProgressOptions",
];
const CLASSES = ["Photoshop", "Document", "Layer", "HistoryState", "Selection"];
const ENUMS = [
  "AnchorPosition",
  "BitsPerChannelType",
  "BlendMode",
  "ChannelType",
  "ColorProfileType",
  "DocumentFill",
  "DocumentMode",
  "ElementPlacement",
  "Intent",
  "InterpolationMethod",
  "JPEGFormatOptions",
  "LabelColors",
  "LayerKind",
  "MatteColor",
  "NewDocumentMode",
  "PNGMethod",
  "RasterizeType",
  "ResampleMethod",
  "SaveOptions",
  "SelectionType",
  "TrimType",
  "Units",
];

/**
 * What Adobe's pages say beyond the types. The pages are those of AdobeDocs/uxp-photoshop, below
 * src/pages/ps-reference.
 */
const PATCHES = [
  ["GetPixelsOptions", "historyStateID?", "number", "media/imaging.md: getPixels"],
  ["GetPixelsOptions", "sourceBounds?", "Bounds | BoundsSize", "media/imaging.md: getPixels"],
  ["PutPixelsOptions", "targetBounds?", "Corner", "media/imaging.md: width and height not used"],
  ["PutLayerMaskOptions", "targetBounds?", "Corner", "media/imaging.md: putLayerMask"],
  ["PutSelectionOptions", "targetBounds?", "Corner", "media/imaging.md: putSelection"],
  ["Corner", "left", "number", "media/imaging.md: putPixels"],
  ["Corner", "top", "number", "media/imaging.md: putPixels"],
  ["Corner", "right?", "number", "@types/photoshop: Bounds"],
  ["Corner", "bottom?", "number", "@types/photoshop: Bounds"],
  ["Corner", "width?", "number", "media/imaging.md: putPixels"],
  ["Corner", "height?", "number", "media/imaging.md: putPixels"],
  ["Bounds", "width?", "number", "objects/bounds.md: a Bounds has both"],
  ["Bounds", "height?", "number", "objects/bounds.md"],
  ["BoundsSize", "right?", "number", "objects/bounds.md"],
  ["BoundsSize", "bottom?", "number", "objects/bounds.md"],
  ["ExecuteAsModalOptions", "timeOut?", "number", "media/executeasmodal.md: 25.10"],
  ["BatchPlayCommandOptions", "immediateRedraw?", "boolean", "media/batchplay.md: options"],
  ["BatchPlayCommandOptions", "historyStateInfo?", "object", "media/batchplay.md: deprecated"],
];
/**
 * Parameters that are not as the types have them: [call, index, name and type, where from].
 *
 * @type {[string, number, [string, string], string][]}
 */
const CALL_PATCHES = [
  [
    "core.executeAsModal",
    1,
    ["options?", "ExecuteAsModalOptions"],
    "ps-reference/index.md: its samples",
  ],
  [
    "Document.suspendHistory",
    1,
    ["historyStateName?", "string"],
    "classes/document.md: its sample",
  ],
  ["Selection.selectRectangle", 0, ["bounds", "Bounds | BoundsSize"], "classes/selection.md"],
];
/**
 * Enumerations that the types have not: [name, values, where from].
 *
 * @type {[string, Record<string, string>, string][]}
 */
const ENUM_PATCHES = [
  [
    "FlipAxis",
    { HORIZONTAL: "horizontal", VERTICAL: "vertical", BOTH: "both" },
    "modules/constants.md: FlipAxis; the values are those that @types' Layer.flip takes",
  ],
];
const MEMBER_PATCHES = [
  ["Document", "activeLayers", "get set", "classes/document.md: 26.9", "Layer[]"],
];

/**
 * The text of checks.js.
 *
 * @returns {Promise<string>}
 */
async function makeChecks() {
  const ts = require(path.join(TESTS, "node_modules", "typescript"));
  const prettier = require(path.join(TESTS, "node_modules", "prettier"));
  const declared = declarations(ts);
  const print = printer(ts, declared);
  const types = {};
  const use = (name) => {
    if (types[name] || !declared.interfaces.has(name)) return;
    types[name] = {};
    for (const [field, type] of print.fields(name)) {
      types[name][field] = type;
      for (const word of type.match(/[A-Za-z]\w*/g) ?? []) use(word);
    }
  };
  const calls = {};
  for (const [owner, names] of Object.entries(CALLS)) {
    for (const name of names) {
      const parameters = print.parameters(owner, name);
      calls[`${PUBLIC_NAMES[owner] ?? owner}.${name}`] = parameters;
      for (const [, type] of parameters)
        for (const word of type.match(/[A-Za-z]\w*/g) ?? []) use(word);
    }
  }
  for (const [call, index, parameter] of CALL_PATCHES) calls[call][index] = parameter;
  EXTRA_TYPES.forEach(use);
  for (const [type, field, is] of PATCHES) (types[type] ??= {})[field] = is;
  const members = Object.fromEntries(CLASSES.map((name) => [name, print.members(name)]));
  const setters = Object.fromEntries(CLASSES.map((name) => [name, print.setters(name)]));
  for (const [owner, field, is, , type] of MEMBER_PATCHES) {
    members[owner][field] = is;
    if (type) setters[owner][field] = type;
  }
  const enums = Object.fromEntries(ENUMS.map((name) => [name, print.enumeration(name)]));
  for (const [name, values] of ENUM_PATCHES) enums[name] = values;
  const { version } = JSON.parse(fs.readFileSync(path.join(TYPES, "package.json"), "utf8"));
  const text =
    `"use strict";\n// Made by make_checks.js from @types/photoshop ${version} and its list of patches. ` +
    `Do not edit.\n\nmodule.exports = ${JSON.stringify({ calls, types, members, setters, enums })};\n`;
  return prettier.format(text, { parser: "babel", printWidth: 100 });
}

const PUBLIC_NAMES = { photoshopCore: "core", photoshopAction: "action", Photoshop: "app" };

/** Everything the type package declares, by name. */
function declarations(ts) {
  const found = {
    interfaces: new Map(),
    aliases: new Map(),
    enums: new Map(),
    classes: new Map(),
    namespaces: new Map(),
  };
  const visit = (node) => {
    const name = node.name?.text;
    if (ts.isInterfaceDeclaration(node)) found.interfaces.set(name, node);
    if (ts.isTypeAliasDeclaration(node)) found.aliases.set(name, node);
    if (ts.isEnumDeclaration(node)) found.enums.set(name, node);
    if (ts.isClassDeclaration(node)) found.classes.set(name, node);
    if (ts.isModuleDeclaration(node)) found.namespaces.set(name, node);
    if (ts.isModuleDeclaration(node)) node.body.statements.forEach(visit);
  };
  for (const file of fs.readdirSync(TYPES, { recursive: true }).sort()) {
    if (!String(file).endsWith(".d.ts")) continue;
    const text = fs.readFileSync(path.join(TYPES, String(file)), "utf8");
    ts.createSourceFile(String(file), text, ts.ScriptTarget.Latest, true).statements.forEach(visit);
  }
  return found;
}

/** Declarations as short texts: "number", "Bounds | BoundsSize", "Layer[]", "\"user\"". */
function printer(ts, { interfaces, aliases, enums, classes, namespaces }) {
  const values = (name) => Object.values(enumeration(name)).map((value) => JSON.stringify(value));

  function type(node) {
    if (!node || node.kind === ts.SyntaxKind.AnyKeyword) return "any";
    if (ts.isUnionTypeNode(node)) return node.types.map(type).join(" | ");
    if (ts.isArrayTypeNode(node)) return `${type(node.elementType)}[]`;
    if (ts.isLiteralTypeNode(node) || ts.isPrefixUnaryExpression(node)) return literal(node);
    if (ts.isFunctionTypeNode(node)) return "function";
    if (ts.isTypeLiteralNode(node)) return "object";
    if (!ts.isTypeReferenceNode(node)) return node.getText();
    const name = node.typeName.right?.text ?? node.typeName.getText();
    const owner = node.typeName.left?.text;
    if (enums.has(owner)) return JSON.stringify(enumeration(owner)[name]);
    if (enums.has(name)) return values(name).join(" | ");
    if (aliases.has(name)) return type(aliases.get(name).type);
    return name;
  }

  const literal = (node) => node.getText().replace(/^'(.*)'$/, '"$1"');

  function fields(name) {
    const declaration = interfaces.get(name);
    const parents = (declaration.heritageClauses ?? []).flatMap((clause) => clause.types);
    const inherited = parents.flatMap((parent) => fields(parent.expression.getText()));
    const own = declaration.members.map((member) => {
      if (ts.isIndexSignatureDeclaration(member)) return ["*", type(member.type)];
      return [member.name.getText() + (member.questionToken ? "?" : ""), type(member.type)];
    });
    return [...inherited, ...own];
  }

  function parameters(owner, name) {
    const members = namespaces.get(owner)?.body.statements ?? classes.get(owner).members;
    const overloads = members.filter((node) => node.name?.getText() === name && node.parameters);
    const longest = overloads.sort((a, b) => b.parameters.length - a.parameters.length)[0];
    return longest.parameters.map((parameter) => [
      parameter.name.getText() + (parameter.questionToken ? "?" : ""),
      type(parameter.type),
    ]);
  }

  function members(name) {
    const listed = {};
    for (const member of classes.get(name).members) {
      const key = member.name?.getText();
      const isPrivate = member.modifiers?.some((m) => m.kind === ts.SyntaxKind.PrivateKeyword);
      if (!key || key.startsWith("_") || isPrivate) continue;
      if (ts.isSetAccessor(member)) listed[key] = listed[key] ? "get set" : "set";
      else if (ts.isGetAccessor(member)) listed[key] = "get";
      else listed[key] = ts.isMethodDeclaration(member) ? "method" : "get";
    }
    return listed;
  }

  /** What may be assigned to each property that has a setter. */
  function setters(name) {
    const found = classes.get(name).members.filter((member) => ts.isSetAccessor(member));
    return Object.fromEntries(
      found.map((member) => [member.name.getText(), type(member.parameters[0].type)]),
    );
  }

  function enumeration(name) {
    const entries = enums.get(name).members.map((member, index) => {
      const value = member.initializer?.getText();
      return [member.name.getText(), value === undefined ? index : JSON.parse(value)];
    });
    return Object.fromEntries(entries);
  }

  return { fields, parameters, members, setters, enumeration };
}

if (require.main === module) makeChecks().then((text) => fs.writeFileSync(OUTPUT, text));

module.exports = { makeChecks, PATCHES, MEMBER_PATCHES, CALL_PATCHES };
