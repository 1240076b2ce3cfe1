"use strict";

/**
 * The self-test's page: what it will do, what each check found, the report to copy.
 *
 * @typedef {import("./selftest.js").Result} Result
 */

const { CHECKS, runSelftest, reportOf } = require("./selftest.js");
const { makeCopying } = require("./copying.js");
const { t } = require("./texts.js");

/**
 * @param {ReturnType<import("./dom.js").makeDom>} dom
 * @param {Omit<import("./selftest.js").Lab, "ask" | "modal">} lab
 * @param {(text: string) => Promise<void>} copy
 */
function makeSelftestView(dom, lab, copy) {
  const copying = makeCopying(dom, copy);
  /** @type {Record<string, Result | null>} null: it runs now */
  let results = {};
  let open = false;
  let running = false;
  let asked = false;
  let report = "";
  /** @type {Record<string, HTMLElement>} */
  const rows = {};
  for (const { name } of CHECKS) {
    rows[name] = dom.make("div", "check small");
    dom.el("selftest-rows").appendChild(rows[name]);
  }
  copying.bind("selftest-copy", "selftest-report");
  dom.clicked(dom.el("more-selftest"), () => {
    open = !open;
    render();
  });
  dom.clicked(dom.el("selftest-start"), () => void start());

  async function start() {
    if (running) return;
    running = true;
    results = {};
    report = "";
    render();
    const ask = (/** @type {boolean} */ wanted) => {
      asked = wanted;
      render();
    };
    const found = await runSelftest({ ...lab, ask }, (name, result) => {
      results[name] = result;
      render();
    });
    running = false;
    report = reportOf(lab, found);
    render();
  }

  function render() {
    dom.twist("more-selftest", open, t("selftest.title"));
    dom.shown("selftest", open);
    dom.enabled("selftest-start", !running);
    dom.shown("selftest-ask", asked);
    for (const { name } of CHECKS) {
      const result = results[name];
      const mark = result ? (result.ok ? "good" : "bad") : "running";
      const saw = result && !result.ok ? `: ${result.saw}` : "";
      dom.label(rows[name], mark, `${t(`selftest.${name}`)}${saw}`);
      rows[name].classList.toggle("failed", Boolean(result) && !result?.ok);
      rows[name].classList.toggle("gone", name in results === false);
    }
    const done = Object.values(results).filter((result) => result !== null);
    const good = done.filter((result) => result?.ok).length;
    dom.shown("selftest-end", report !== "");
    dom.text("selftest-verdict", t("selftest.verdict", { good, count: done.length }));
    dom.value("selftest-report", report);
    copying.render();
  }

  return { render };
}

module.exports = { makeSelftestView };
