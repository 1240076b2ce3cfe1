"use strict";
// The world around the panel: what UXP lacks, what the manifest allows, how long handlers may take,
// and where a WebSocket says it comes from.

const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { Window } = require("../../../node_modules/happy-dom");
const STUDIO = path.join(__dirname, "..", "..", "..", "..", "ps-plugin", "studio");
const { createHost } = require(path.join(STUDIO, "host/host.js"));
const { permitted, guardNetwork, guardRequests } = require(path.join(STUDIO, "uxp/permissions.js"));
const { createUxp, memoryShelf } = require(path.join(STUDIO, "uxp/uxp.js"));
const { GLOBALS, METHODS, NO_EVENTS, strip } = require(path.join(STUDIO, "uxp/world.js"));
const { STYLES, MARKUP, complaints, missingStyles } = require(
  path.join(STUDIO, "uxp/page_limits.js"),
);

const network = (domains) => ({ requiredPermissions: { network: { domains } } });

/** domains, address, whether UXP lets it through. */
const REACHABLE = [
  ["all", "http://127.0.0.1:7866/health", true],
  ["all", "ws://localhost:7866/ws", true],
  [["all"], "http://localhost:7866/health", false],
  [["http://localhost:7866"], "http://localhost:7866/steps/1?x=2", true],
  [["http://localhost:7866"], "http://localhost:7867/health", false],
  [["http://localhost:7866"], "ws://localhost:7866/ws", false],
  [["http://localhost:7866", "ws://localhost:7866"], "ws://localhost:7866/ws", true],
  [["http://127.0.0.1:7866"], "http://127.0.0.1:7866/health", false],
  [["http://[::1]:7866"], "http://[::1]:7866/health", false],
  [["http://localhost:*"], "http://localhost:7866/health", false],
  [["localhost:7866"], "http://localhost:7866/health", false],
  [["https://example.org"], "https://example.org:443/a", true],
  [["https://example.org"], "https://example.org.evil.net/a", false],
  [["https://*.example.org"], "https://a.example.org/", true],
  [["https://*.example.org"], "https://example.org/", false],
  [["http://localhost:7866"], "/health", false],
  [[], "http://localhost:7866/health", false],
  [undefined, "http://localhost:7866/health", false],
];

for (const [domains, url, through] of REACHABLE) {
  test(`domains ${JSON.stringify(domains)}: ${url} is ${through ? "reached" : "refused"}`, () => {
    assert.equal(permitted(network(domains), url), through);
  });
}

test("a refusal has UXP's words: fetch rejects, the constructor of a WebSocket throws", async () => {
  const touched = [];
  const world = {
    fetch: async (url) => touched.push(url),
    WebSocket: class {
      constructor(url) {
        touched.push(url);
      }
    },
  };
  const guarded = guardNetwork(network(["http://localhost:1"]), world);
  const text = (url) => `Permission denied to the url ${url}. Manifest entry not found.`;
  await assert.rejects(guarded.fetch("http://localhost:2/a"), {
    message: text("http://localhost:2/a"),
  });
  assert.throws(() => new guarded.WebSocket("ws://localhost:1/ws"), {
    message: text("ws://localhost:1/ws"),
  });
  await guarded.fetch("http://localhost:1/a");
  assert.deepEqual(touched, ["http://localhost:1/a"]);
});

test("XMLHttpRequest is held against the manifest, too", () => {
  const opened = [];
  class XMLHttpRequest {
    open(method, url) {
      opened.push(`${method} ${url}`);
    }
  }
  guardRequests(network(["http://localhost:1"]), { XMLHttpRequest });
  const request = new XMLHttpRequest();
  assert.throws(() => request.open("GET", "http://localhost:2/"), /Manifest entry not found/);
  request.open("GET", "http://localhost:1/");
  assert.deepEqual(opened, ["GET http://localhost:1/"]);
});

test("the shipped manifest lets the panel reach the bridge by each of its names", () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(STUDIO, "../../manifest.json"), "utf8"));
  for (const url of [
    "http://localhost:7866/health",
    "http://127.0.0.1:7866/x",
    "ws://localhost:7866/ws",
  ])
    assert.equal(permitted(manifest, url), true, url);
});

/** What a file of the panel's sees. */
function seen(code, window = new Window()) {
  const read = () => `module.exports = ${code};`;
  return createHost({ manifest: network("all"), read }).run("seen.js", { window });
}

test("files in Node see none of the globals that UXP lacks, nor Node's own", () => {
  for (const name of Object.keys(GLOBALS)) {
    assert.equal(seen(`typeof ${name} + typeof window.${name}`), "undefinedundefined", name);
  }
  assert.equal(seen("typeof process + typeof Buffer"), "undefinedundefined");
  const there = "typeof fetch + typeof setTimeout + typeof document";
  assert.equal(seen(there), "functionfunctionobject");
});

test("methods that UXP lacks are taken from a window's classes, others stay", () => {
  class CanvasRenderingContext2D {
    drawImage() {}
    getImageData() {}
    fillRect() {}
  }
  class HTMLCanvasElement {
    toDataURL() {}
    getContext() {}
  }
  class EventTarget {
    addEventListener() {}
  }
  const window = { CanvasRenderingContext2D, HTMLCanvasElement, EventTarget, TextEncoder };
  strip(window);
  const context = new CanvasRenderingContext2D();
  assert.throws(() => context.drawImage(), /drawImage is not a function/);
  assert.throws(() => context.getImageData(), /getImageData is not a function/);
  context.fillRect();
  assert.throws(() => new HTMLCanvasElement().toDataURL(), /not a function/);
  new HTMLCanvasElement().getContext();
  assert.throws(() => new EventTarget().addEventListener("keypress"), /no "keypress" event/);
  new EventTarget().addEventListener("keydown");
  assert.equal("TextEncoder" in window, false);
});

test("CSS that UXP does not draw is named, and other CSS is not", () => {
  const wrong = {
    "a { display: grid }": "display: grid",
    "a{grid-template-columns:1fr}": "grid",
    "a { float: left }": "float",
    "a { transition: all 1s }": "transition",
    "a { animation-name: x }": "animation",
    "@keyframes x { to { left: 0 } }": "@keyframes",
    "@font-face { src: url(a) }": "@font-face",
    "a { row-gap: 1px }": "gap",
    "a { position: sticky }": "position: sticky",
    "a { text-transform: uppercase }": "text-transform",
    "a { font: 12px serif }": "font, the short form",
    "a { align-items: baseline }": "baseline",
    "a { border-color: unset }": "border-color: unset",
  };
  for (const [css, what] of Object.entries(wrong))
    assert.deepEqual(missingStyles(css), [what], css);
  assert.equal(new Set(Object.values(wrong)).size, STYLES.length);
  const right = "/* no grid: flex, gap: none */ .grid, .float { display: flex; margin: 0 }";
  assert.deepEqual(missingStyles(right), []);
  for (const name of ["object-fit", "transform", "filter", "box-shadow", "clip-path"]) {
    const found = [`${name}, which no page of Adobe's lists`];
    assert.deepEqual(missingStyles(`a:hover { color: red; ${name}: none }`), found);
  }
  const media = "@media (min-width: 3px) { a { margin-top: 0; cursor: pointer } }";
  assert.deepEqual(missingStyles(media), []);
});

test("each entry of the known issues on markup is found, and a page without them is not blamed", () => {
  const wrong = [
    '<label for="a"></label>',
    "<option>x</option>",
    '<option value="1" disabled>x</option>',
    '<select value="1"></select>',
    '<input type="file">',
    '<input type="color">',
    '<input type="password">',
    '<sp-textfield type="number"></sp-textfield>',
    "<input required>",
    '<textarea rows="3"></textarea>',
    '<input defaultvalue="3">',
    "<form></form>",
    "<progress></progress>",
    '<sp-tooltip location="bottom"></sp-tooltip>',
    '<dialog><img src="a.png"></dialog>',
    '<div draggable="true"></div>',
    '<div tabindex="3"></div>',
  ];
  assert.equal(wrong.length, MARKUP.length);
  const { body } = new Window().document;
  const document = /** @type {any} */ (body.ownerDocument);
  wrong.forEach((html, i) => {
    body.innerHTML = html;
    assert.deepEqual(complaints(document), [`UXP does not honour ${MARKUP[i].what}`], html);
  });
  body.innerHTML = '<img width="3">';
  assert.match(complaints(document)[0], /<img> with a size without its unit/);
  body.innerHTML = '<img width="3px"><form method="dialog"></form><div tabindex="0"></div>';
  assert.deepEqual(complaints(document), []);
});

test("nothing is dragged and dropped, and a pixel is always one pixel", () => {
  class EventTarget {
    addEventListener() {}
  }
  const window = /** @type {any} */ ({ EventTarget, devicePixelRatio: 2 });
  strip(window);
  assert.equal(window.devicePixelRatio, 1);
  for (const type of NO_EVENTS) {
    assert.throws(() => new EventTarget().addEventListener(type), /UXP has no/);
  }
});

test("a page is searched for what UXP does not honour; the panel's has nothing of it", () => {
  const window = new Window();
  const { body } = window.document;
  body.innerHTML = '<label for="a"></label><option>x</option><p style="float: left"></p>';
  const document = /** @type {any} */ (window.document);
  assert.deepEqual(complaints(document, { "a.css": "b { gap: 1px }" }), [
    "a.css: UXP does not know gap",
    "<p style>: UXP does not know float",
    "UXP does not honour <label for>",
    "UXP does not honour <option> without a value",
  ]);
  const read = (name) => fs.readFileSync(path.join(STUDIO, "..", name), "utf8");
  body.innerHTML = read("index.html");
  assert.deepEqual(complaints(document, { "index.css": read("index.css") }), []);
});

test("each thing that UXP lacks says how that is known", () => {
  const known = [...Object.values(GLOBALS), ...Object.values(METHODS).map((one) => one.known)];
  for (const text of known) assert.match(text, /^(documented|seen in a host|assumed): ./);
});

test("a handler that takes longer than 300 ms is reported and not waited for", async (t) => {
  const reports = [];
  const { uxp, showPanels } = createUxp({
    manifest: { entrypoints: [{ type: "panel", id: "a" }] },
    shelf: memoryShelf(),
    report: (text) => reports.push(text),
  });
  let end = () => {};
  t.after(() => end());
  const never = () => new Promise((wake) => (end = () => wake(null)));
  uxp.entrypoints.setup({ panels: { a: { create: () => {}, show: never } } });
  const began = Date.now();
  await showPanels(null);
  assert.ok(Date.now() - began >= 299);
  assert.deepEqual(reports, [
    'The show of panel "a" took longer than 300 ms: the plugin timed out.',
  ]);
});

test("a WebSocket from Node says file:// for its Origin, as Photoshop's does", async (t) => {
  const headers = new Promise((resolve) => {
    const server = http.createServer();
    server.on("upgrade", (request, socket) => {
      resolve(request.headers);
      socket.destroy();
    });
    server.listen(0, "127.0.0.1", () => dial(server.address().port));
    t.after(() => server.close());
  });
  function dial(port) {
    const file = "new WebSocket(`ws://127.0.0.1:${port}/ws`).onerror = () => {};";
    const code =
      `const { createHost } = require(${JSON.stringify(path.join(STUDIO, "host/host.js"))});` +
      `createHost({ manifest: ${JSON.stringify(network("all"))}, read: () => ${JSON.stringify(file)} })` +
      `.run("dial.js", { window: {}, port: ${port} });`;
    const flags =
      typeof globalThis["WebSocket"] === "undefined" ? ["--experimental-websocket"] : [];
    spawn(process.execPath, [...flags, "-e", code]);
  }
  assert.equal((await headers).origin, "file://");
});
