"use strict";
// CommonJS for files that are there as they are: in Node from disk, in a browser fetched beforehand.
//
// UXP hands its plugins such a `require`; a browser does not. The studio loads itself and the panel
// with this one.

const loader = (() => {
  /** `./b.js` seen from `studio/a.js` is `studio/b.js`; what lies above the root is nowhere. */
  function resolve(from, request) {
    const parts = from.split("/").slice(0, -1);
    for (const part of request.split("/")) {
      if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    return parts.join("/");
  }

  /**
   * @param {object} options
   * @param {(path: string) => string | undefined} options.read a file's text; throws, or undefined,
   *   where there is none
   * @param {Record<string, unknown>} [options.builtins] modules by name: photoshop, uxp
   * @param {Record<string, unknown>} [options.globals] names that the files see: window, document
   * @param {typeof Function} [options.Function] of the window the files shall live in
   * @param {string} [options.origin] for the debugger, in front of the paths
   * @returns `require` for whole paths; `from`: as a file sees it; `script`: a page's script, run with
   *   the `require` of a file at `base`
   */
  function createRequire({
    read,
    builtins = {},
    globals = {},
    Function: Make = Function,
    origin = "",
  }) {
    /** @type {Map<string, {exports: any}>} */
    const modules = new Map();

    function load(path, by = "") {
      const loaded = modules.get(path);
      if (loaded) return loaded.exports;
      const text = textOf(path);
      if (text === undefined) throw new Error(`Module not found: "${path}"${by}`);
      const module = { exports: {} };
      modules.set(path, module);
      try {
        run(path, text, { require: requireFrom(path), module, exports: module.exports });
      } catch (error) {
        modules.delete(path); // the next who asks meets the same error, not half a module
        throw error;
      }
      return module.exports;
    }

    function run(path, text, own) {
      const seen = { ...globals, ...own };
      const source = `${text}\n//# sourceURL=${origin}${path}`;
      // What `this` is at the top: a module's exports, a page's window
      const self = own.module ? own.exports : globals.window;
      new Make(...Object.keys(seen), source).apply(self, Object.values(seen));
    }

    function textOf(path) {
      try {
        return read(path);
      } catch {
        return undefined;
      }
    }

    /** The `require` that the file at `path` sees. */
    function requireFrom(path) {
      return (request) => {
        if (request in builtins) return builtins[request];
        const by = `, required by ${path || "the page"}`;
        if (/^\.\.?\//.test(request)) return load(resolve(path, request), by);
        throw new Error(`Module not found: "${request}"${by}`);
      };
    }

    const script = (path, text, base) => run(path, text, { require: requireFrom(base) });
    return Object.assign(load, { from: requireFrom, script });
  }

  /** What a script names: required, or to be required by that name. */
  const requestsIn = (text) => [...text.matchAll(/"(\.\.?\/[^"]+\.js)"/g)].map((found) => found[1]);

  /**
   * The text of a file and of all it requires, by path; what is not there is left out.
   *
   * @param {string} path
   * @param {(path: string) => Promise<string | undefined>} fetchText
   * @param {Map<string, string | undefined>} [texts]
   * @param {string} [base] the file from which its requests begin, where that is another
   */
  async function prefetch(path, fetchText, texts = new Map(), base = path) {
    if (texts.has(path)) return texts;
    texts.set(path, undefined);
    const text = await fetchText(path);
    texts.set(path, text);
    const requests = requestsIn(text ?? "");
    await Promise.all(
      requests.map((request) => prefetch(resolve(base, request), fetchText, texts)),
    );
    return texts;
  }

  return { createRequire, prefetch, resolve };
})();

if (typeof module === "object") module.exports = loader;
else globalThis["PentimentoLoader"] = loader;
