"use strict";

/**
 * Small words for the DOM. Everything is written only when it differs: a field that is written
 * while somebody types in it loses the cursor.
 */

const { drawn } = require("./icons.js");

/** @param {Document} document */
function makeDom(document) {
  /** @param {string} id */
  const el = (id) => {
    const element = document.getElementById(id);
    if (!element) throw new Error(`index.html has no element “${id}”`);
    return element;
  };

  /** @param {string} tag @param {string} [className] @param {string} [text] */
  const make = (tag, className = "", text = "") => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  /**
   * Clicks, and the keys that stand for them.
   *
   * @param {HTMLElement} element
   * @param {(event: Event) => void} act
   */
  const clicked = (element, act) => {
    element.addEventListener("click", act);
    element.addEventListener("keydown", (event) => {
      const { key } = /** @type {KeyboardEvent} */ (event);
      if (key === "Enter" || key === " ") act(event);
    });
  };

  /**
   * An icon, and words beside it.
   *
   * @param {HTMLElement} element
   * @param {string} icon "": none
   * @param {string} [words]
   */
  const label = (element, icon, words = "") => {
    if (!element.classList.contains("labelled")) {
      element.textContent = "";
      element.classList.add("labelled");
      element.appendChild(make("div", "mark"));
      element.appendChild(make("div", "label"));
    }
    const [mark, text] = Array.from(element.children);
    if ((mark.getAttribute("data-icon") || "") !== icon) {
      mark.setAttribute("data-icon", icon);
      mark.textContent = "";
      if (icon) mark.appendChild(drawn(make, icon));
    }
    mark.classList.toggle("gone", !icon);
    text.classList.toggle("gone", !words);
    if (text.textContent !== words) text.textContent = words;
  };

  return {
    el,
    make,
    label,

    /** Something to press that is no sp-button. @param {string} className @param {string} text */
    button(className, text = "") {
      const element = make("div", className, text);
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
      return element;
    },

    /** What opens and closes a part of the page. @param {string} id @param {boolean} open @param {string} text */
    twist(id, open, text) {
      label(el(id), open ? "open" : "closed", text);
      el(id).setAttribute("aria-expanded", String(open));
    },

    /** @param {string} id @param {string} text */
    text(id, text) {
      if (el(id).textContent !== text) el(id).textContent = text;
    },

    /** @param {HTMLElement} element @param {string} text @param {string} [title] */
    say(element, text, title = "") {
      if (element.textContent !== text) element.textContent = text;
      if (title && element.title !== title) element.title = title;
    },

    /** @param {string} id @param {boolean} shown */
    shown(id, shown) {
      el(id).classList.toggle("gone", !shown);
    },

    /** @param {string} id @param {boolean} enabled */
    enabled(id, enabled) {
      if (enabled) el(id).removeAttribute("disabled");
      else el(id).setAttribute("disabled", "");
    },

    /** A text field or slider. @param {string} id @param {string | number} value */
    value(id, value) {
      const field = el(id);
      if (document.activeElement !== field && String(field.value) !== String(value)) {
        field.value = value;
      }
    },

    /** @param {string} id @param {boolean} checked */
    checked(id, checked) {
      if (el(id).checked !== checked) el(id).checked = checked;
    },

    /** The chips of a row: one is chosen. @param {string} id @param {string} value */
    chosen(id, value) {
      for (const chip of Array.from(el(id).children)) {
        chip.classList.toggle("chosen", chip.getAttribute("data-value") === value);
      }
    },

    /**
     * The chips of a row, each with its value: one is pressed.
     *
     * @param {string} id
     * @param {(value: string) => void} act
     */
    chips(id, act) {
      for (const chip of Array.from(el(id).children)) {
        clicked(chip, () => act(chip.getAttribute("data-value") || ""));
      }
    },

    /**
     * A dropdown's items, made anew when they change, and which is chosen.
     *
     * @param {string} id
     * @param {{name: string, disabled?: boolean}[]} items
     * @param {number} index
     */
    options(id, items, index) {
      const dropdown = el(id);
      const menu = dropdown.querySelector("sp-menu");
      const key = JSON.stringify(items);
      if (menu && menu.getAttribute("data-items") !== key) {
        menu.setAttribute("data-items", key);
        menu.textContent = "";
        for (const { name, disabled } of items) {
          const item = document.createElement("sp-menu-item");
          item.textContent = name;
          if (disabled) item.setAttribute("disabled", "");
          menu.appendChild(item);
        }
      }
      if (dropdown.selectedIndex !== index) dropdown.selectedIndex = index;
    },

    clicked,

    /**
     * What is typed counts at once: a host may not say when a field is left, or keep the Enter key.
     *
     * @param {string} id
     * @param {(text: string) => void} act
     */
    typed(id, act) {
      const field = el(id);
      for (const event of ["input", "change"]) {
        field.addEventListener(event, () => act(String(field.value).trim()));
      }
    },

    /**
     * Hears of an event before anything on the page does, if the host lets it out at all.
     *
     * @param {string} type
     * @param {(event: Event) => void} act
     */
    heard: (type, act) => document.addEventListener(type, act, true),

    /**
     * @param {string} id
     * @param {"input" | "change"} event
     * @param {(field: HTMLElement) => void} act
     */
    on(id, event, act) {
      const field = el(id);
      field.addEventListener(event, () => act(field));
    },
  };
}

module.exports = { makeDom };
