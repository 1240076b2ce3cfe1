"use strict";

/**
 * The one script that the page names. It gives Photoshop the entry points before anything else is
 * loaded, makes the panel when Photoshop opens it, and says on the page what failed: the panel is
 * never empty. Its words are here and not in words/, because it has to speak where no other file
 * was found.
 *
 * What is not known of every Photoshop, nothing here depends on:
 * - where addresses and `require` begin: the page's folder, or the plugin's root. Two names are tried;
 *   packaged, all modules are one script of the page's, which brings a `require` of its own;
 * - whether the page's body is there already, and whether create, show or both are called;
 * - how slow the machine is: a handler has 300 ms, so the panel is made after it has returned.
 *
 * All that the panel shows lies inside of #pentimento, what is said before or instead of it in
 * #starting.
 */
(function begin() {
  if (window.pentimentoBegun) return; // this file was found by both of its names
  window.pentimentoBegun = true;
  const began = Date.now();
  const calls = { create: 0, show: 0, hide: 0, destroy: 0 };
  /** For the self-test. */
  const start = { setUp: -1, main: "", packaged: false, calls };
  window.pentimentoStart = start;

  const NAMES = ["./main.js", "./ps-plugin/main.js"];
  const PATIENCE = 5000; // milliseconds until it is said that Photoshop has not asked for the panel
  // As in index.html: the style sheet may be what is missing.
  const LOOK = "padding: 12px; font-size: 12px; color: var(--uxp-host-text-color)";
  const SOON = 50; // milliseconds until something that may be on its way is looked for again
  const LOOKS = 20; // for the modules

  /** @type {Record<string, Record<"en" | "de" | "ja" | "zh", string>>} */
  const WORDS = {
    failed: {
      en: "Pentimento could not start.",
      de: "Pentimento konnte nicht starten.",
      ja: "Pentimentoを起動できませんでした。",
      zh: "Pentimento 无法启动。",
    },
    silent: {
      en: "Photoshop has not opened this panel yet.",
      de: "Photoshop hat dieses Bedienfeld noch nicht geöffnet.",
      ja: "Photoshopがまだこのパネルを開いていません。",
      zh: "Photoshop 尚未打开此面板。",
    },
    files: {
      en: "Some of its files were not found. Load the folder that “python3 scripts/package_plugin.py --folder FOLDER” makes, or install the .ccx file.",
      de: "Dateien davon wurden nicht gefunden. Lade den Ordner, den „python3 scripts/package_plugin.py --folder ORDNER“ anlegt, oder installiere die .ccx-Datei.",
      ja: "一部のファイルが見つかりません。「python3 scripts/package_plugin.py --folder フォルダー」で作られるフォルダーを読み込むか、.ccxファイルをインストールしてください。",
      zh: "找不到部分文件。请加载“python3 scripts/package_plugin.py --folder 文件夹”生成的文件夹，或安装 .ccx 文件。",
    },
    help: {
      en: "It needs Photoshop 25.0 or newer. Close this panel and open it again from the Plugins menu; in the UXP Developer Tool choose Load, not Reload. If that does not help, restart Photoshop.",
      de: "Nötig ist Photoshop 25.0 oder neuer. Schließe dieses Bedienfeld und öffne es wieder im Menü „Zusatzmodule“; im UXP Developer Tool wähle „Load“, nicht „Reload“. Hilft das nicht, starte Photoshop neu.",
      ja: "Photoshop 25.0以降が必要です。このパネルを閉じ、「プラグイン」メニューから開き直してください。UXP Developer Toolでは「Reload」ではなく「Load」を選びます。それでも直らなければPhotoshopを再起動してください。",
      zh: "需要 Photoshop 25.0 或更高版本。请关闭此面板，再从“增效工具”菜单打开；在 UXP Developer Tool 中请选择“Load”，不要选“Reload”。若仍无效，请重新启动 Photoshop。",
    },
    report: {
      en: "If it stays, mark the text below, copy it, and report it to whoever gave you Pentimento:",
      de: "Bleibt es so, markiere und kopiere den Text unten und melde ihn dort, woher du Pentimento hast:",
      ja: "解決しない場合は、下の文字を選択してコピーし、Pentimentoの入手先に報告してください：",
      zh: "如果仍然如此，请选中并复制下面的文字，报告给 Pentimento 的提供者：",
    },
    again: {
      en: "Start it here",
      de: "Hier starten",
      ja: "ここで起動",
      zh: "在此启动",
    },
  };

  /** @type {ReturnType<typeof import("./main.js").open> | null} */
  let panel = null;
  let asked = false; // by Photoshop, or by the painter
  let looks = 0;
  let tried = false; // to make the panel: once, or its buttons would act twice

  setUp();

  function setUp() {
    try {
      const { entrypoints } = require("uxp");
      const handlers = {
        create: () => called("create", open),
        show: () => called("show", open),
        hide: () => called("hide", rest),
        destroy: () => called("destroy", rest),
      };
      entrypoints.setup({ panels: { pentimento: handlers } });
      start.setUp = Date.now() - began;
    } catch (error) {
      say("failed", error, { again: true });
      return;
    }
    setTimeout(() => {
      if (!asked) say("silent", null, { again: true });
    }, PATIENCE);
  }

  /** @param {keyof typeof calls} name @param {() => void} act */
  function called(name, act) {
    calls[name] += 1;
    act();
  }

  /** Handlers return at once; create, show or both may come. */
  function open() {
    if (panel) panel.wake(); // in sight again
    if (asked) return;
    asked = true;
    setTimeout(make, 0);
  }

  /** A stream that nobody sees is none. Photoshop has not always told of it. */
  function rest() {
    if (panel) panel.rest();
  }

  function make() {
    if (tried) return;
    const main = found();
    if (!main) return;
    tried = true;
    try {
      panel = main.open(document);
      panel.started.catch((error) => say("failed", error)); // above what is there
      const page = document.getElementById("pentimento");
      if (page) page.classList.toggle("gone", false);
      whenThere((place) => clear(place, ""));
    } catch (error) {
      say("failed", error, { files: /not found|cannot find/i.test(textOf(error)) });
    }
  }

  /** @returns {typeof import("./main.js") | null} null: not yet, or it was said that it is not there */
  function found() {
    const own = (/** @type {string} */ name) => (window.pentimentoRequire || require)(name);
    const errors = [];
    for (const name of NAMES) {
      try {
        const main = /** @type {typeof import("./main.js")} */ (own(name));
        Object.assign(start, { main: name, packaged: Boolean(window.pentimentoRequire) });
        return main;
      } catch (error) {
        errors.push(textOf(error));
      }
    }
    looks += 1;
    if (looks < LOOKS) setTimeout(make, SOON);
    else say("failed", errors.join("\n"), { files: true, again: true });
    return null;
  }

  /**
   * @param {"failed" | "silent"} what
   * @param {unknown} error null: none
   * @param {{files?: boolean, again?: boolean}} [ways] whether to say that files are missing, and to
   *   offer to make the panel in the page as it is
   */
  function say(what, error, { files = false, again = false } = {}) {
    const words = wordsNow();
    whenThere((place) => {
      if (panel && !error) return;
      clear(place, LOOK);
      add(place, "div", words(what), "font-weight: bold");
      if (files) add(place, "div", words("files"), "margin-top: 8px");
      add(place, "div", words("help"), "margin-top: 8px");
      if (again) addButton(place, words("again"));
      add(place, "div", words("report"), "margin-top: 8px");
      const size = "margin-top: 8px; width: 100%; height: 150px; box-sizing: border-box";
      const report = add(place, "textarea", "", size);
      report.setAttribute("readonly", "");
      report.value = [`Pentimento: ${what}`, facts(), textOf(error)].join("\n").trim();
    });
  }

  /** @param {HTMLElement} place @param {string} style */
  function clear(place, style) {
    place.textContent = "";
    place.setAttribute("style", style);
  }

  /** @param {HTMLElement} place @param {string} text */
  function addButton(place, text) {
    const look =
      "margin-top: 8px; padding: 4px 10px; border: 1px solid; border-radius: 4px; cursor: pointer; align-self: flex-start";
    const button = add(place, "div", text, look);
    button.setAttribute("role", "button");
    button.setAttribute("tabindex", "0");
    const act = () => {
      asked = true;
      make();
    };
    button.addEventListener("click", act);
    button.addEventListener("keydown", (event) => {
      if (/** @type {KeyboardEvent} */ (event).key === "Enter") act();
    });
  }

  /** @param {HTMLElement} place @param {string} tag @param {string} text @param {string} style */
  function add(place, tag, text, style) {
    const element = document.createElement(tag);
    element.setAttribute("style", style);
    if (text) element.textContent = text;
    place.appendChild(element);
    return element;
  }

  /** The page may not have been read yet when its first script runs. @param {(place: HTMLElement) => void} act */
  function whenThere(act) {
    const place = document.getElementById("starting");
    if (place) act(place);
    else setTimeout(() => whenThere(act), SOON);
  }

  /** @returns {(key: string) => string} in the host's language, where there is a host */
  function wordsNow() {
    const locale = fact(() => require("uxp").host.uiLocale).slice(0, 2);
    const language = locale === "de" || locale === "ja" || locale === "zh" ? locale : "en";
    return (key) => WORDS[key][language];
  }

  /** What a report needs; without a host there is little of it. */
  function facts() {
    const plugin = fact(() => require("uxp").versions.plugin);
    const uxp = fact(() => require("uxp").versions.uxp);
    const host = fact(() => {
      const { name, version, uiLocale } = require("uxp").host;
      return [name, version, uiLocale].join(" ");
    });
    return [`Pentimento ${plugin}`, host, uxp].join(", ");
  }

  /** @param {() => unknown} of */
  function fact(of) {
    try {
      return String(of());
    } catch {
      return "–";
    }
  }

  /** Its stack says in which file. @param {any} error of whatever kind */
  function textOf(error) {
    if (error === null || !error.message) return error === null ? "" : String(error);
    const stack = String(error.stack || "");
    return stack.includes(error.message) ? stack : `${error}\n${stack}`;
  }
})();
