"use strict";
// "A panel wants to be let in": the words of every panel that waits, to be compared, and a yes or a
// no for each. It lies over the page and takes no focus: whoever is painting or typing goes on, and
// no key that was meant for something else says yes.
//
// For tests: #pairing; in it one [data-panel] with .words, .left, [data-word=yes] and [data-word=no]
// for each.

const PACE = 2000; // milliseconds between two looks whether somebody waits
const PACE_ASKED = 1000; // while somebody does

/** @typedef {{id: string, words: string[], left: number}} Waiting */

/**
 * @param {object} options
 * @param {any} options.box an element of the page, hidden while nobody waits
 * @param {string} options.token empty: this studio cannot let anybody in
 * @param {typeof fetch} options.fetch
 * @param {(text: string) => void} options.say
 */
function startPairingQuestion({ box, token, fetch, say }) {
  /** @type {Map<string, any>} what is shown, by the panel's id */
  const shown = new Map();
  /** @type {Set<string>} */
  const answered = new Set();
  const headers = { Authorization: `Bearer ${token}` };

  async function look() {
    const answer = document.hidden ? null : await fetch("/pairings", { headers }).catch(() => null);
    if (answer && [401, 404].includes(answer.status)) return; // not this bridge's, or none
    if (answer?.ok) show(await answer.json());
    setTimeout(look, shown.size > 0 ? PACE_ASKED : PACE);
  }

  /** @param {Waiting[]} waiting */
  function show(waiting) {
    const ids = new Set(waiting.map(({ id }) => id));
    for (const id of [...shown.keys()].filter((one) => !ids.has(one))) {
      if (!answered.has(id)) say("That panel does not wait any more.");
      remove(id);
    }
    for (const one of waiting) {
      if (!shown.has(one.id) && !answered.has(one.id)) add(one);
      const left = shown.get(one.id)?.querySelector(".left");
      if (left) left.textContent = `${clock(one.left)} left`;
    }
    box.hidden = shown.size === 0;
  }

  /** @param {Waiting} one */
  function add({ id, words }) {
    const part = make("section");
    part.dataset.panel = id;
    const list = make("p", "words");
    list.append(...words.map((word) => make("span", "", word)));
    const buttons = make("div", "buttons");
    const no = make("button", "", "No");
    const yes = make("button", "main", "Yes, let it in");
    no.dataset.word = "no";
    yes.dataset.word = "yes";
    no.addEventListener("click", () => answer(id, false));
    yes.addEventListener("click", () => answer(id, true));
    buttons.append(make("span", "left"), no, yes);
    part.append(
      make("h2", "", "A panel wants to be let in"),
      make("p", "", "It shows these words:"),
      list,
      make("p", "", "Say yes only if the panel shows exactly these."),
      buttons,
    );
    shown.set(id, part);
    box.append(part);
  }

  function remove(id) {
    shown.get(id)?.remove();
    shown.delete(id);
    box.hidden = shown.size === 0;
  }

  /** @param {string} id @param {boolean} letIn */
  async function answer(id, letIn) {
    answered.add(id);
    remove(id);
    const answer = await fetch(`/pairings/${id}`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ let_in: letIn }),
    }).catch(() => null);
    if (answer?.ok) say(letIn ? "The panel is let in." : "The panel is not let in.");
    else say(answer ? (await answer.json()).message : "The bridge does not answer.");
  }

  if (token) void look();
}

/** @param {string} tag @param {string} [className] @param {string} [text] */
function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Minutes and seconds. @param {number} seconds */
function clock(seconds) {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

module.exports = { startPairingQuestion };
