"use strict";
// A world for code that this repository did not write: the stand-in host, a page of happy-dom, and a
// context of node:vm that has the host's globals and no others. Nothing is fetched.
//
// A context of node:vm is no wall against malice: point this only at code that you would run anyway.

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { Window } = require("../../node_modules/happy-dom");
const ts = require("../../node_modules/typescript");
const { createHost } = require("../../../ps-plugin/studio/host/host.js");
const { createRequire } = require("../../../ps-plugin/studio/host/loader.js");
const { builtinsOf } = require("../../../ps-plugin/studio/uxp/uxp.js");
const { defineWidgets } = require("../../../ps-plugin/studio/uxp/widgets.js");
const { lendClipboard } = require("../../../ps-plugin/studio/uxp/clipboard.js");
const { alertsOf } = require("../../../ps-plugin/studio/uxp/alerts.js");
const { guardShadow } = require("../../../ps-plugin/studio/uxp/dom_shadow.js");
const { guardNetwork } = require("../../../ps-plugin/studio/uxp/permissions.js");
const { strip } = require("../../../ps-plugin/studio/uxp/world.js");

/** What happy-dom's window has and UXP's has not. */
const BEYOND_UXP = ["Buffer", "happyDOM", "process"];
const SYNCHRONOUS_MS = 3000;

/** A page that loads nothing by itself and goes nowhere. */
const QUIET = {
  disableJavaScriptFileLoading: true,
  disableCSSFileLoading: true,
  disableIframePageLoading: true,
  handleDisabledFileLoadingAsSuccess: true,
  navigation: { disableMainFrameNavigation: true, disableChildFrameNavigation: true },
};

const nobody = async () => {
  throw new TypeError("Network request failed");
};

/** A socket that nobody answers. */
class DeadSocket {
  readyState = 0;
  onerror = null;
  onclose = null;
  constructor() {
    setTimeout(() => {
      this.readyState = 3;
      this.onerror?.({ type: "error" });
      this.onclose?.({ type: "close", code: 1006, reason: "" });
    }, 0);
  }
  addEventListener() {}
  removeEventListener() {}
  send() {}
  close() {}
}

/** A request that nobody answers. */
class DeadRequest {
  onerror = null;
  upload = {};
  open() {}
  abort() {}
  overrideMimeType() {}
  setRequestHeader() {}
  addEventListener() {}
  send() {
    setTimeout(() => this.onerror?.({ type: "error" }), 0);
  }
}

/**
 * @param {object} options
 * @param {string} options.folder
 * @param {any} options.manifest
 * @param {Record<string, unknown>} [options.modules] beside the host's own
 * @param {(path: string) => string | undefined} [options.read] a file's text, from the folder
 */
function createWorld({ folder, manifest, modules = {}, read = readerOf(folder) }) {
  const host = createHost({ folder, manifest: { ...manifest, host: undefined }, read });
  const window = /** @type {any} */ (
    new Window({ url: "http://plugin.invalid/", settings: QUIET })
  );
  /** @type {string[]} what the code said on its console */
  const said = [];
  const say = (...words) => void said.push(words.map(textOf).join(" "));
  /** @type {any[]} what handlers of the page's events threw */
  const errors = [];
  window.addEventListener("error", ({ error, message }) => void errors.push(error ?? message));
  defineWidgets(window, host.faults);
  strip(window, host.faults);
  guardShadow(window, manifest);
  const { happyDOM } = window;
  const abort = () => happyDOM?.abort();
  for (const name of BEYOND_UXP) Reflect.deleteProperty(window, name);
  const network = guardNetwork(manifest, { fetch: nobody, WebSocket: DeadSocket }, host.faults);
  const own = builtinsOf({ photoshop: host.photoshop, uxp: host.uxp });
  Object.defineProperties(own, Object.getOwnPropertyDescriptors(modules));
  const globals = {
    ...network,
    XMLHttpRequest: DeadRequest,
    console: Object.fromEntries(
      "log info debug warn error trace table dir time timeEnd group groupEnd assert"
        .split(" ")
        .map((name) => [name, say]),
    ),
    ...alertsOf(manifest, { alert: say, confirm: () => true, prompt: () => "" }),
  };
  give(window, "global", () => window);
  for (const [name, value] of Object.entries(globals)) give(window, name, () => value);
  let copied = "";
  const native = {
    writeText: async (text) => void (copied = text),
    readText: async () => copied,
  };
  Object.defineProperty(window.navigator, "clipboard", { value: native, configurable: true });
  lendClipboard(window, manifest);
  const Function_ = vm.runInContext("Function", window);
  const load = createRequire({
    read,
    builtins: withPackages(own, folder, (file) => load(file)),
    globals: { window, globalThis: window, global: window, document: window.document },
    Function: Function_,
    origin: folder + path.sep,
  });

  return {
    host,
    window,
    said,
    errors,
    load,
    /** The manifest's page, or its script. */
    openPage: () => host.openPage({ window, ...globals, Function: Function_ }),
    /** A global of the code's. @param {string} name @param {() => unknown} get */
    give: (name, get) => give(window, name, get),
    /** Run a text as an async function's body. @param {string} code @param {string} filename */
    run(code, filename, lineOffset = 0) {
      const script = new vm.Script(`(async () => {\n${code}\n})()`, {
        filename,
        lineOffset: lineOffset - 1,
      });
      return script.runInContext(window, { timeout: SYNCHRONOUS_MS });
    },
    close: () => abort(),
  };
}

/**
 * Modules by name: the host's, also with the prefix that bundlers take for it, and packages that lie
 * in the folder's node_modules; those run in the same context.
 */
function withPackages(own, folder, load) {
  const bare = (name) => name.replace(/^adobe:/, "");
  return new Proxy(own, {
    has: (_, name) => bare(String(name)) in own || mainOf(folder, String(name)) !== undefined,
    get(_, name) {
      const found = bare(String(name));
      return found in own ? own[found] : load(mainOf(folder, found));
    },
  });
}

/** A package's file, from the folder; undefined where it is not there. */
function mainOf(folder, name) {
  if (/^[./]/.test(name)) return undefined;
  const [, owner, rest = ""] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) ?? [];
  const at = path.join("node_modules", owner);
  const about = path.join(folder, at, "package.json");
  if (!fs.existsSync(about)) return undefined;
  const { main = "index.js", exports = {} } = JSON.parse(fs.readFileSync(about, "utf8"));
  const entry = exports[rest ? `./${rest}` : "."];
  const chosen = entry?.require?.default ?? entry?.require ?? entry?.default ?? (rest || main);
  return path.join(at, chosen);
}

function give(window, name, get) {
  Object.defineProperty(window, name, {
    configurable: true,
    enumerable: true,
    get,
    set: (value) =>
      Object.defineProperty(window, name, { value, writable: true, configurable: true }),
  });
}

function textOf(value) {
  if (typeof value === "string") return value;
  try {
    if (typeof value?.message === "string") return `${value.name ?? "Error"}: ${value.message}`;
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** A file as the loader asks for it; TypeScript and ES modules as CommonJS. @param {string} folder */
function readerOf(folder) {
  return (name) => {
    const endings = ["", ".js", ".ts", ".cjs", "/index.js", "/index.ts"];
    const whole = endings
      .map((ending) => path.join(folder, name + ending))
      .find((one) => fs.existsSync(one) && fs.statSync(one).isFile());
    if (!whole) return undefined;
    return plainOf(fs.readFileSync(whole, "utf8"), whole);
  };
}

/** @param {string} code @param {string} file */
function plainOf(code, file) {
  if (file.endsWith(".json")) return `module.exports = ${code}`;
  const isModule = /^\s*(import\b[^(]|export\b)/m.test(code);
  if (!file.endsWith(".ts") && !isModule) return code;
  return ts.transpileModule(code, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    },
  }).outputText;
}

module.exports = { createWorld, readerOf, plainOf };
