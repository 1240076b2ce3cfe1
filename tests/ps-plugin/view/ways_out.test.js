"use strict";
// Every trouble is a sentence with a way out: the page to start with, the line above the work, the
// notice below the buttons.

const test = require("node:test");
const assert = require("node:assert/strict");
const { openPage } = require("./page.js");
const { until } = require("../support.js");

/** The page as it is when the panel was never connected and this is what it knows. */
async function withTrouble(connection) {
  const page = await openPage();
  page.panel.stop();
  page.panel.store.dispatch({
    type: "welcome",
    store: "",
    model: null,
    seq: 0,
    runs: [],
    steps: [],
    resumed: false,
    store_bytes: 0,
    quota_bytes: 1,
  });
  page.panel.store.dispatch({
    type: "connection",
    connection: { address: "http://localhost:7866", message: "", ...connection },
  });
  const parts = ["start-how", "words-how", "elsewhere", "again", "work", "outage"];
  const visible = () => parts.filter((part) => page.shown(part));
  return { ...page, visible };
}

const FIRST = {
  "no bridge was found": {
    connection: { status: "lost", trouble: "absent" },
    says: /Nothing answers yet at http:\/\/localhost:7866/,
    shows: ["start-how", "elsewhere"],
  },
  "a bridge was found but not paired": {
    connection: { status: "unpaired", trouble: "" },
    says: /wants to know that it is you/,
    shows: ["words-how"],
  },
  "the token is wrong": {
    connection: { status: "unpaired", trouble: "token" },
    says: /does not know the panel's token.*Nothing was told to it/,
    shows: ["words-how"],
  },
  "the bridge is too old": {
    connection: { status: "lost", trouble: "older" },
    says: /update the bridge\. Stop it, update Pentimento's folder, start it again/,
    shows: ["elsewhere", "again"],
  },
  "the panel is too old": {
    connection: { status: "lost", trouble: "newer" },
    says: /update this panel\. Install the \.ccx/,
    shows: ["elsewhere", "again"],
  },
  "the bridge takes no connection": {
    connection: { status: "lost", trouble: "refused" },
    says: /answers but takes no connection\. Close other panels/,
    shows: ["start-how", "elsewhere", "again"],
  },
  "the bridge refused with words of its own": {
    connection: { status: "unpaired", trouble: "said", message: "the hello came late" },
    says: /says: the hello came late/,
    shows: ["words-how", "elsewhere", "again"],
  },
};

for (const [what, { connection, says, shows }] of Object.entries(FIRST)) {
  test(`when ${what}, the page says so and what helps`, async () => {
    const { close, el, visible } = await withTrouble(connection);
    assert.match(el("welcome-text").textContent, says);
    assert.ok(el("welcome-title").textContent.length > 5);
    assert.deepEqual(visible(), shows);
    close();
  });
}

test("the start commands of both systems can be copied", async () => {
  const { close, copied, el } = await withTrouble({ status: "lost", trouble: "absent" });
  el("copy-unix").click();
  el("copy-windows").click();
  await until(() => copied.length === 2, "two copies");
  assert.deepEqual(copied, ["python3 scripts/start.py", "py scripts\\start.py"]);
  await until(() => el("copy-windows").textContent === "copied", "the word");
  close();
});

test("a wrong token is refused, the right one opens; both from the page", async () => {
  const { bridge, close, el, fill, shown, state } = await openPage();
  bridge.drop();
  fill("token", "wrong");
  el("pair").click();
  await new Promise((resolve) => setTimeout(resolve, 30)); // the token is kept before it is used
  bridge.state.up = true;
  await until(() => state().connection.trouble === "token", "the refusal");
  assert.ok(shown("welcome") && !shown("work"));
  assert.equal(el("ask-in").textContent, "Pair again");
  fill("token", " secret ");
  el("pair").click();
  await until(() => state().connection.status === "open", "the connection");
  assert.ok(!shown("welcome") && shown("work"));
  close();
});

test("the field for the token is folded away, and plain: a Mac's password field cannot be read", async () => {
  const { close, el, shown, window } = await withTrouble({ status: "unpaired", trouble: "" });
  assert.ok(!shown("token-how"));
  el("more-token").click();
  assert.ok(shown("token-how"));
  assert.equal(el("token").getAttribute("type"), null);
  assert.equal(window.document.querySelectorAll("[type=password]").length, 0);
  close();
});

for (const typed of ["http://192.168.1.20:7866", "https://localhost:7866", "my-mac.local", "x y"]) {
  test(`the address ${typed} is answered with why it cannot be, and nothing is looked for`, async () => {
    const { bridge, close, el, fill, host, shown } = await withTrouble({
      status: "lost",
      trouble: "absent",
    });
    const asked = [];
    bridge.fetch = async (url) => asked.push(url);
    el("more-pairing").click();
    fill("address", typed);
    el("again").click();
    assert.ok(shown("address-wrong"));
    assert.match(el("address-wrong").textContent, /serves its own machine only/);
    assert.ok(el("address-wrong").textContent.startsWith(`${typed} is no address`));
    assert.equal(await host.secureStorage.getItem("address"), null);
    assert.deepEqual(asked, []);
    fill("address", "localhost:7866");
    el("again").click();
    assert.ok(!shown("address-wrong"));
    close();
  });
}

test("when the bridge went away in the middle, one line says so, and Try again looks at once", async () => {
  const { bridge, close, el, shown, state } = await openPage();
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  assert.ok(shown("outage") && shown("work") && !shown("welcome"));
  assert.match(el("outage-text").textContent, /Nothing/);
  bridge.state.up = true;
  el("outage-again").click();
  await until(() => state().connection.status === "open", "the bridge");
  assert.ok(!shown("outage"));
  close();
});

test("a line that says how to start a bridge that went away ends in the command", async () => {
  const { bridge, close, el, panel, state } = await openPage();
  bridge.state.up = false;
  bridge.drop();
  await until(() => state().connection.status === "lost", "the loss");
  panel.again();
  await until(() => state().connection.trouble === "absent", "that nothing answers");
  assert.match(el("outage-text").textContent, /Start it: python3 scripts.start.py \(Windows: py /);
  close();
});

test("what failed can be tried again from where it is said", async () => {
  const { bridge, close, el, host, set, shown } = await openPage();
  set({ prompt: "a house" });
  el("source").children[2].click();
  const [document] = host.model.documents;
  host.model.close(document);
  el("paint").removeAttribute("disabled");
  el("paint").click();
  await until(() => shown("notice"), "the sentence");
  assert.match(el("notice-text").textContent, /^No document is open/);
  assert.equal(el("notice-way").textContent, "Try again");
  host.model.newDocument({ width: 16, height: 16 });
  el("notice-way").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  await until(() => !shown("notice"), "quiet");
  close();
});

test("a run that failed in the bridge leads to the bridge's log", async () => {
  const { bridge, close, el, set, shown, state } = await openPage();
  set({ prompt: "a house" });
  el("source").children[2].click();
  el("paint").click();
  await until(() => bridge.state.runs.size === 1, "a run");
  const [run] = bridge.state.runs.keys();
  bridge.tell({ type: "failed", run, message: "The worker died." });
  assert.equal(el("notice-text").textContent, "The worker died.");
  assert.equal(el("notice-way").textContent, "Where is the log?");
  el("notice-way").click();
  await until(() => state().notice?.kind === "note", "the place");
  assert.match(el("notice-text").textContent, /\/data\/bridge\.log$/);
  assert.ok(!shown("notice-way"));
  close();
});
