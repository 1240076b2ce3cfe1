"use strict";

/**
 * The self-test's page: what it will do, what is asked of the painter, what each group of checks
 * found, the report to copy. A group is one line until it is opened: all of it fits a screen.
 *
 * @typedef {import("../selftest/selftest.js").Result} Result
 * @typedef {import("../selftest/selftest.js").Asked} Asked
 * @typedef {Omit<import("../selftest/selftest.js").Lab, "ask" | "done" | "stopped" | "page" | "modal">} Tools
 */

const { CHECKS, GROUPS, runSelftest } = require("../selftest/selftest.js");
const { countsOf, reportOf } = require("../selftest/report.js");
const { makeCopying } = require("./copying.js");
const { t } = require("../words/texts.js");

const ICONS = { ok: "good", other: "dot", failed: "bad", hand: "dot" };

/**
 * @param {Document} document
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {Tools} tools
 * @param {(text: string) => Promise<void>} copy
 */
function makeSelftestView(document, dom, tools, copy) {
  const copying = makeCopying(dom, copy);
  /** @type {Record<string, Result | null>} null: it runs now */
  let results = {};
  let open = false;
  let running = false;
  let stopping = false;
  /** @type {Asked} */
  let asked = "";
  let done = false;
  let report = "";
  /** @type {Record<string, {head: HTMLElement, rows: HTMLElement, open: boolean}>} */
  const groups = {};
  /** @type {Record<string, HTMLElement>} */
  const rows = {};
  for (const [name, checks] of Object.entries(GROUPS)) {
    const group = { head: dom.button("toggle check"), rows: dom.make("div", "gone"), open: false };
    groups[name] = group;
    dom.clicked(group.head, () => {
      group.open = !group.open;
      render();
    });
    for (const check of checks) {
      rows[check.name] = dom.make("div", "check small");
      group.rows.appendChild(rows[check.name]);
    }
    dom.el("selftest-rows").appendChild(group.head);
    dom.el("selftest-rows").appendChild(group.rows);
  }
  copying.bind("selftest-copy", "selftest-report");
  dom.clicked(dom.el("more-selftest"), () => {
    open = !open;
    render();
  });
  dom.clicked(dom.el("selftest-start"), () => {
    if (running) stopping = true;
    else void start();
    render();
  });
  dom.clicked(dom.el("selftest-done"), () => {
    done = true;
    render();
  });

  async function start() {
    running = true;
    stopping = false;
    results = {};
    report = "";
    render();
    const lab = {
      ...tools,
      page: { document, place: dom.el("selftest-place") },
      /** @param {Asked} what */
      ask(what) {
        asked = what;
        done = false;
        render();
      },
      done: () => done,
      stopped: () => stopping,
    };
    try {
      const found = await runSelftest(lab, (name, result) => {
        results[name] = result;
        render();
      });
      report = await reportOf(lab, found, CHECKS.length);
    } finally {
      running = false;
      render();
    }
  }

  function render() {
    dom.twist("more-selftest", open, t("selftest.title"));
    dom.shown("selftest", open);
    dom.text("selftest-start", t(running ? "selftest.stop" : "selftest.start"));
    dom.enabled("selftest-start", !stopping || !running);
    dom.shown("selftest-ask", asked !== "");
    if (asked) dom.text("selftest-asked", t(`selftestAsk.${asked}`));
    const now = CHECKS.find(({ name }) => results[name] === null);
    dom.shown("selftest-now", now !== undefined);
    dom.label(dom.el("selftest-now"), now ? "running" : "", now ? t(`selftest.${now.name}`) : "");
    for (const [name, checks] of Object.entries(GROUPS)) renderGroup(name, checks);
    const all = Object.values(results).flatMap((result) => result || []);
    const { ok: good, failed } = countsOf(all);
    const other = all.length - good - failed;
    dom.shown("selftest-end", report !== "");
    dom.text("selftest-verdict", t("selftest.verdict", { good, other, failed }));
    dom.value("selftest-report", report);
    copying.render();
  }

  /** @param {string} name @param {import("../selftest/selftest.js").Check[]} checks */
  function renderGroup(name, checks) {
    const { head, rows: list, open: wide } = groups[name];
    const found = checks.flatMap((check) => results[check.name] || []);
    const counts = countsOf(found);
    const title = t(`selftestGroup.${name}`);
    const some = { name: title, good: counts.ok, count: found.length };
    dom.label(head, wide ? "open" : "closed", t("selftest.group", some));
    head.setAttribute("aria-expanded", String(wide));
    head.classList.toggle("failed", counts.failed > 0);
    head.classList.toggle("gone", found.length === 0);
    list.classList.toggle("gone", !wide || found.length === 0);
    for (const check of checks) {
      const result = results[check.name];
      rows[check.name].classList.toggle("gone", !result);
      rows[check.name].classList.toggle("failed", result?.state === "failed");
      if (result) dom.label(rows[check.name], ICONS[result.state], words(result));
    }
  }

  return { render };
}

/** @param {Result} result */
function words({ name, state, saw }) {
  const what = t(`selftest.${name}`);
  return state === "ok" ? what : t(`selftestRow.${state}`, { what, saw });
}

module.exports = { makeSelftestView };
