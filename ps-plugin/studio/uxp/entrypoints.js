"use strict";
// entrypoints.setup and what Photoshop does with what it was given: plugin, panels and their menus,
// commands.
//
// documented: uxp/entry-points/entry-points.md and its neighbours; manifest-v5; the known issues for a
// late setup. assumed: the words, that a panel whose create failed is not shown, and that the manifest
// has to name each id.

const { refusing, fixed } = require("../documented/guarded.js");
const { createMenu } = require("./menus.js");

const HANDLER_MS = 300; // documented: what a panel's handlers may take with manifest v5
const LATE_MS = 20; // documented, known issues: "less than ~20ms"
const LATE = "Cannot read properties of undefined (reading '_isSet')"; // seen in a host: 26.1

/** @typedef {{type: string, id: string, label?: any} & Record<string, any>} Entry of the manifest */
/** @typedef {{id?: string, name?: string, version?: string, entrypoints?: Entry[]}} Manifest */

/**
 * When the first script of the plugin's page began, and so how late its setup is.
 *
 * @param {() => number} [now] milliseconds
 */
function createClock(now = () => performance.now()) {
  /** @type {number | null} */
  let began = null;
  return {
    begin: () => void (began ??= now()),
    /** Since then; 0 where no page was loaded. */
    passed: () => (began === null ? 0 : now() - began),
  };
}

/**
 * @param {object} world
 * @param {Manifest} [world.manifest] whose entry points are checked
 * @param {(text: string) => void} world.report what UXP's console would say
 * @param {(error: Error) => void} [world.raise] an error that nobody can catch
 * @param {() => boolean} [world.late] whether a late setup makes no panel
 * @param {{passed(): number}} [world.clock]
 */
function createEntrypoints({
  manifest,
  report,
  raise = (error) => report(String(error)),
  late = () => false,
  clock = createClock(),
}) {
  let called = false;
  /** @type {number | null} */
  let setupMs = null;
  /** @type {{plugin: any, panels: Map<string, Panel>, commands: Map<string, any>}} */
  let given = { plugin: null, panels: new Map(), commands: new Map() };
  /** @type {Promise<boolean> | null} */
  let created = null;

  const entryOf = (type, id) =>
    manifest?.entrypoints?.find((one) => one.type === type && one.id === id);
  const declared = (type, id) => {
    if (manifest && !entryOf(type, id)) throw wrong(`the manifest has no ${type} "${id}"`);
  };

  /** documented: once, or it throws; and where anything of what it is given is wrong. */
  function setup(wanted) {
    if (called) throw wrong("entrypoints.setup may be called once only");
    if (!wanted || typeof wanted !== "object") throw wrong("entrypoints.setup takes an object");
    const passed = clock.passed();
    const plugin = wanted.plugin === undefined ? null : pluginOf(wanted.plugin);
    const panels = new Map();
    for (const [id, one] of Object.entries(wanted.panels ?? {})) {
      declared("panel", id);
      panels.set(id, panelOf(id, one, entryOf("panel", id)));
    }
    const commands = new Map();
    for (const [id, one] of Object.entries(wanted.commands ?? {})) {
      declared("command", id);
      commands.set(id, commandOf(id, one, entryOf("command", id)));
    }
    called = true;
    setupMs = passed;
    if (late() && passed > LATE_MS) return raise(new TypeError(LATE));
    given = { plugin, panels, commands };
  }

  /** documented: after the plugin is loaded. A plugin that fails there has no panels. */
  function pluginCreated() {
    created ??= (async () => {
      const { plugin } = given;
      const done = plugin && (await tried("create of the plugin", plugin.create, infoOf(manifest)));
      return done !== FAILED;
    })();
    return created;
  }

  const FAILED = Symbol("failed");
  /** Handlers that throw or reject are heard of in the console. */
  async function tried(what, handler, self, ...args) {
    try {
      return await handler?.call(self, ...args);
    } catch (error) {
      report(`The ${what} failed: ${error instanceof Error ? error.message : error}`);
      return FAILED;
    }
  }

  /** A panel's handler, which has 300 ms. @returns {Promise<boolean>} whether it did not fail */
  async function handled(panel, name, ...args) {
    const what = `${name} of panel "${panel.info.id}"`;
    const work = () => tried(what, panel.handlers[name], panel.info, ...args);
    return (await inTime(report, what, work)) !== FAILED;
  }

  /** @param {string} id @returns {Panel} */
  function panelNamed(id) {
    const panel = given.panels.get(id);
    if (!panel) throw new Error(`no panel "${id}" was set up`);
    return panel;
  }

  /**
   * The painter opens a panel. documented: the body is the first panel's; each other has an element
   * uxp-panel in the same document; create is called for each panel, once.
   *
   * @param {string} id
   * @param {any} body
   * @param {unknown} [data] for show
   */
  async function showPanel(id, body, data) {
    if (!(await pluginCreated())) return;
    const panel = panelNamed(id);
    const first = given.panels.keys().next().value === id;
    panel.root ??= first ? body : elementFor(id, body);
    panel.created ??= handled(panel, "create", panel.root);
    if (await panel.created) await handled(panel, "show", panel.root, data);
  }

  const host = {
    setupMs: () => setupMs,
    pluginCreated,
    showPanel,
    /** All that the plugin set up, in its order. */
    async showPanels(body) {
      for (const id of given.panels.keys()) await showPanel(id, body);
    },
    async hidePanel(id, data) {
      await handled(panelNamed(id), "hide", panelNamed(id).root, data);
    },
    async destroyPanel(id) {
      const panel = panelNamed(id);
      const what = `destroy of panel "${id}"`;
      await tried(what, panel.handlers.destroy, panel.info, panel.root);
      panel.created = null;
    },
    /** The painter chooses an item of a panel's menu. */
    async invokeMenu(id, item) {
      const panel = panelNamed(id);
      const found = panel.find(item);
      if (!found) throw new Error(`the menu of panel "${id}" has no item "${item}"`);
      if (!found.enabled) throw new Error(`the menu item "${item}" is not enabled`);
      await tried(`invokeMenu of panel "${id}"`, panel.handlers.invokeMenu, panel.info, item);
    },
    async runCommand(id, ...args) {
      const command = given.commands.get(id);
      if (!command) throw new Error(`no command "${id}" was set up`);
      await tried(`run of command "${id}"`, command.run, command.info, {}, ...args);
    },
    async pluginDestroyed() {
      await tried("destroy of the plugin", given.plugin?.destroy, infoOf(manifest));
    },
  };

  const entrypoints = refusing("uxp.entrypoints", {
    setup,
    getPanel: (id) => given.panels.get(id)?.info ?? null,
    getCommand: (id) => given.commands.get(id)?.info ?? null,
  });
  return { entrypoints, host };
}

/** @typedef {{info: any, handlers: Record<string, any>, find: (id: string) => any, root: any,
 *   created: Promise<boolean> | null}} Panel */

function wrong(message) {
  return Object.assign(new Error(message), { name: "EntryPointsError" });
}

/** documented: a function is the plugin's create; an object must have one. */
function pluginOf(given) {
  const plugin = typeof given === "function" ? { create: given } : given;
  requireFunctions("plugin", plugin, ["create", "destroy"]);
  if (!plugin.create) throw wrong("plugin must have create");
  return plugin;
}

/** documented: a function is the panel's show; an object must have create or show. */
function panelOf(id, given, entry = { type: "panel", id }) {
  const handlers = typeof given === "function" ? { show: given } : given;
  const names = ["create", "show", "hide", "destroy", "invokeMenu"];
  requireFunctions(`panel "${id}"`, handlers, names);
  if (!handlers.create && !handlers.show) throw wrong(`panel "${id}" must have create or show`);
  const { menu, find } = createMenu(handlers.menuItems ?? [], wrong);
  const text = (name) => labelOf(entry[name]);
  const info = fixed("UxpPanelInfo", {
    id,
    label: text("label"),
    title: text("label"),
    description: text("description"),
    shortcut: keysOf(entry.shortcut),
    icons: entry.icons,
    minimumSize: entry.minimumSize,
    maximumSize: entry.maximumSize,
    preferredDockedSize: entry.preferredDockedSize,
    preferredFloatingSize: entry.preferredFloatingSize,
    menuItems: menu,
  });
  return { info, handlers, find, root: null, created: null };
}

/** documented: a function is the command's run; an object must have it. */
function commandOf(id, given, entry = { type: "command", id }) {
  const command = typeof given === "function" ? { run: given } : given;
  requireFunctions(`command "${id}"`, command, ["run", "cancel"]);
  if (!command.run) throw wrong(`command "${id}" must have run`);
  const info = fixed("UxpCommandInfo", {
    id,
    label: labelOf(entry.label),
    description: labelOf(entry.description),
    shortcut: keysOf(entry.shortcut),
    isManifestCommand: true,
    commandOptions: entry.commandOptions,
  });
  return { run: command.run, info };
}

function requireFunctions(what, object, names) {
  if (!object || typeof object !== "object") throw wrong(`${what} is a function or an object`);
  for (const name of names) {
    const kind = typeof object[name];
    if (kind !== "undefined" && kind !== "function")
      throw wrong(`${name} of ${what} is no function`);
  }
}

/** A text of the manifest's, or its texts by language. */
const labelOf = (label) => (typeof label === "object" ? (label?.default ?? "") : (label ?? ""));

/**
 * documented: a shortcut as its key and four more that go with it. assumed: that the manifest's texts
 * become these, and nothing where it has none. The stand-in's files lie as on a Mac.
 */
function keysOf(shortcut) {
  if (!shortcut) return undefined;
  const names = String(shortcut.mac ?? shortcut.win ?? "").split("+");
  const held = names.slice(0, -1).map((name) => name.toLowerCase());
  const has = (...some) => some.some((name) => held.includes(name));
  return {
    shortcutKey: names.at(-1),
    commandKey: has("cmd", "command"),
    altKey: has("alt", "opt", "option"),
    shiftKey: has("shift"),
    ctrlKey: has("ctrl", "control"),
  };
}

function infoOf(manifest = {}) {
  const { id, name, version } = manifest;
  return fixed("UxpPluginInfo", { id, name, version, manifest, isFirstParty: () => false });
}

function elementFor(id, body) {
  if (!body) return null;
  const element = body.ownerDocument.createElement("uxp-panel");
  element.setAttribute("panelid", id);
  body.parentNode.appendChild(element);
  return element;
}

/**
 * documented: a handler's promise is waited for, for 300 ms. assumed: the text, and that a handler
 * that takes longer goes on unheard.
 */
async function inTime(report, what, handler) {
  const began = Date.now();
  const late = Symbol("late");
  let timer;
  const limit = new Promise((wake) => (timer = setTimeout(() => wake(late), HANDLER_MS)));
  const done = await Promise.race([handler(), limit]);
  clearTimeout(timer);
  const took = Date.now() - began;
  if (done === late || took > HANDLER_MS) {
    report(`The ${what} took longer than ${HANDLER_MS} ms: the plugin timed out.`);
  }
  return done;
}

module.exports = { createEntrypoints, createClock };
