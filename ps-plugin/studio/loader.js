"use strict";
// CommonJS for files that are there as they are: in Node from disk, in a browser fetched beforehand.
//
// UXP hands its plugins such a `require`; a browser does not. The studio loads itself and the panel
// with this one.

const loader = (() => {
  /** `./b.js` seen from `studio/a.js` is `studio/b.js`. */
  function resolve(from, request) {
    const parts = from.split("/").slice(0, -1);
    for (const part of request.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    return parts.join("/");
  }

  /**
   * @param {object} options
   * @param {(path: string) => string} options.read a file's text
   * @param {Record<string, unknown>} [options.builtins] modules by name: photoshop, uxp
   * @param {Record<string, unknown>} [options.globals] names that the files see: window, document
   * @param {typeof Function} [options.Function] of the window the files shall live in
   * @param {string} [options.origin] for the debugger, in front of the paths
   * @returns {(path: string) => any} `require` for whole paths
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

    function load(path) {
      const loaded = modules.get(path);
      if (loaded) return loaded.exports;
      const module = { exports: {} };
      modules.set(path, module);
      const source = `${read(path)}\n//# sourceURL=${origin}${path}`;
      const run = new Make("require", "module", "exports", ...Object.keys(globals), source);
      run(requireFrom(path), module, module.exports, ...Object.values(globals));
      return module.exports;
    }

    /** The `require` that the file at `path` sees. */
    function requireFrom(path) {
      return (request) => {
        if (request in builtins) return builtins[request];
        if (/^\.\.?\//.test(request)) return load(resolve(path, request));
        throw new Error(`Module not found: "${request}", required by ${path}`);
      };
    }

    return Object.assign(load, { from: requireFrom });
  }

  /**
   * The text of a file and of all it requires, by path.
   *
   * @param {string} path
   * @param {(path: string) => Promise<string>} fetchText
   * @param {Map<string, string>} [texts]
   */
  async function prefetch(path, fetchText, texts = new Map()) {
    if (texts.has(path)) return texts;
    texts.set(path, "");
    const text = await fetchText(path);
    texts.set(path, text);
    const requests = [...text.matchAll(/\brequire\(\s*"(\.\.?\/[^"]+)"\s*\)/g)].map((m) => m[1]);
    await Promise.all(
      requests.map((request) => prefetch(resolve(path, request), fetchText, texts)),
    );
    return texts;
  }

  return { createRequire, prefetch, resolve };
})();

if (typeof module === "object") module.exports = loader;
else globalThis["PentimentoLoader"] = loader;
