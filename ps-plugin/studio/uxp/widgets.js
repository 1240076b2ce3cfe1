"use strict";
// The sp-* widgets that UXP has built in, as small custom elements: the same names, properties and
// events.
//
//   text        sp-label sp-body sp-detail sp-heading sp-divider sp-link sp-icon
//   buttons     sp-button sp-action-button sp-checkbox
//   input       sp-textfield sp-textarea sp-slider
//   choice      sp-dropdown, sp-picker, sp-menu, sp-menu-item, sp-radio, sp-radio-group:
//               widgets_choice.js
//   progress    sp-progressbar
//
// documented: names, properties and events (uxp-api/reference-spectrum). assumed: the looks.
// Habit swallowedKeys: what keys and disabling do to widgets by Adobe's known issues.

const { STYLES } = require("./widget_styles.js");
const { ownAttachShadow } = require("./dom_shadow.js");
const choice = require("./widgets_choice.js");

/**
 * Define all widgets in a window: the panel's own, so that they live in its world.
 *
 * @param {any} window
 * @param {{has(habit: import("../photoshop/habits.js").Habit): boolean}} [habits]
 * @param {(address: string) => void} [openExternal] of links; absent: nobody does
 */
function defineWidgets(window, habits = { has: () => false }, openExternal = () => {}) {
  const Widget = widgetClass(window, habits);
  keepKeys(window, habits);
  for (const [tag, make] of Object.entries(WIDGETS)) {
    if (window.customElements.get(tag)) continue;
    window.customElements.define(tag, make(Widget, window, habits, openExternal));
  }
}

/** What keeps keys to itself, the page's own fields as well as the widgets. */
const KEEPERS =
  "sp-textfield, sp-textarea, sp-slider, sp-dropdown, sp-picker, input, textarea, select";

/** documented: interactive elements swallow most events, dropdowns ignore arrow keys; a habit. */
function keepKeys(window, habits) {
  for (const type of ["keydown", "keyup"]) {
    window.addEventListener(
      type,
      (event) => {
        const kept = habits.has("swallowedKeys") && event.target.closest?.(KEEPERS);
        if (kept) event.stopImmediatePropagation();
      },
      true,
    );
  }
}

function widgetClass({ HTMLElement, Event }, habits) {
  const attachShadow = ownAttachShadow(HTMLElement.prototype); // a page's may be refused
  return class extends HTMLElement {
    static observedAttributes = [
      "disabled",
      "value",
      "min",
      "max",
      "step",
      "placeholder",
      "checked",
      "indeterminate",
      "maxlength",
      "type",
    ];

    /** Builds the inside; `inner` is the native control, if there is one. */
    constructor(html) {
      super();
      const root = attachShadow.call(this, { mode: "open" });
      root.innerHTML = `<style>${STYLES.all}${STYLES[this.localName] ?? ""}</style>${html}`;
      this.inner = root.querySelector("[data-inner]");
    }

    get disabled() {
      return this.hasAttribute("disabled");
    }

    set disabled(disabled) {
      this.toggleAttribute("disabled", Boolean(disabled));
    }

    attributeChangedCallback(name, _, value) {
      if (!this.inner) return;
      if (name === "disabled") this.disable(value !== null);
      else if (value === null) this.inner.removeAttribute(name);
      else this.inner.setAttribute(name, value);
    }

    /** documented: what was disabled once is not reached by TAB again; habit swallowedKeys. */
    disable(disabled) {
      this.inner.disabled = disabled;
      if (habits.has("swallowedKeys")) this.inner.tabIndex = -1;
    }

    /** An event of the widget itself; `change` of a native control does not leave its shadow. */
    tell(name) {
      this.dispatchEvent(new Event(name, { bubbles: true, composed: true }));
    }
  };
}

/** An element of nothing but its content. */
const plain = (Widget) =>
  class extends Widget {
    constructor() {
      super("<slot></slot>");
    }
  };

const button = (Widget) =>
  class extends Widget {
    constructor() {
      super('<button data-inner part="button"><slot name="icon"></slot><slot></slot></button>');
      // a disabled native button swallows clicks on itself only
      this.addEventListener("click", (event) => this.disabled && event.stopImmediatePropagation(), {
        capture: true,
      });
    }

    focus() {
      this.inner.focus();
    }
  };

/** documented: a click opens its address outside, whatever a listener does; without one nothing. */
const link = (Widget, _, habits, openExternal) =>
  class extends Widget {
    constructor() {
      super("<slot></slot>");
      this.addEventListener("click", () => {
        const address = this.getAttribute("href");
        if (address) openExternal(address);
      });
    }
  };

/** A widget around a native control with a value. */
const withValue = (Widget, html) =>
  class extends Widget {
    constructor() {
      super(html);
      this.inner.addEventListener("change", () => this.tell("change"));
    }

    get value() {
      return this.inner.value;
    }

    set value(value) {
      this.inner.value = String(value ?? "");
      this.follow();
    }

    attributeChangedCallback(name, before, value) {
      if (name === "value") this.value = value;
      else super.attributeChangedCallback(name, before, value);
      this.follow();
    }

    /** What has to be drawn anew when the value changes. */
    follow() {}

    focus() {
      this.inner.focus();
    }
  };

/** documented: on macOS the value of a password field cannot be read; habit blindPasswords. */
const textfield = (Widget, _, habits) =>
  class extends withValue(Widget, '<slot name="label"></slot><input data-inner>') {
    get value() {
      const blind = this.getAttribute("type") === "password" && habits.has("blindPasswords");
      return blind ? "" : super.value;
    }

    set value(value) {
      super.value = value;
    }
  };

const slider = (Widget) =>
  class extends withValue(
    Widget,
    '<slot name="label"></slot><input data-inner type="range" min="0" max="100">',
  ) {
    constructor() {
      super();
      this.wanted = "0";
      this.inner.addEventListener("input", () => {
        this.wanted = this.inner.value;
        this.follow();
      });
    }

    get value() {
      return Number(this.inner.value);
    }

    /** Kept as it was wanted: the native control rounds to a range and a step set later. */
    set value(value) {
      this.wanted = String(value ?? 0);
      this.follow();
    }

    get min() {
      return Number(this.inner.min);
    }

    set min(value) {
      this.setAttribute("min", String(value));
    }

    get max() {
      return Number(this.inner.max);
    }

    set max(value) {
      this.setAttribute("max", String(value));
    }

    follow() {
      this.inner.value = this.wanted;
      const share = (this.value - this.min) / (this.max - this.min || 1);
      this.inner.style.setProperty("--share", `${share * 100}%`);
    }
  };

const checkbox = (Widget) =>
  class extends Widget {
    constructor() {
      super(
        '<label><input data-inner type="checkbox"><span class="box"></span><slot></slot></label>',
      );
      this.inner.addEventListener("change", () => this.tell("change"));
    }

    get indeterminate() {
      return this.inner.indeterminate;
    }

    set indeterminate(indeterminate) {
      this.inner.indeterminate = Boolean(indeterminate);
    }

    get checked() {
      return this.inner.checked;
    }

    set checked(checked) {
      this.inner.checked = Boolean(checked);
    }

    attributeChangedCallback(name, before, value) {
      if (name === "checked") this.checked = value !== null;
      else if (name === "indeterminate") this.indeterminate = value !== null;
      else super.attributeChangedCallback(name, before, value);
    }
  };

const progressbar = (Widget) =>
  class extends Widget {
    constructor() {
      super('<slot name="label"></slot><div class="track"><div class="fill"></div></div>');
      this.fill = this.shadowRoot.querySelector(".fill");
    }

    get value() {
      return Number(this.getAttribute("value") ?? 0);
    }

    set value(value) {
      this.setAttribute("value", String(value));
    }

    get max() {
      return Number(this.getAttribute("max") ?? 100);
    }

    set max(value) {
      this.setAttribute("max", String(value));
    }

    attributeChangedCallback() {
      this.fill.style.width = `${Math.min(1, Math.max(0, this.value / (this.max || 1))) * 100}%`;
    }
  };

/** @type {Record<string, (Widget: any, window: any, habits: any, openExternal: any) => any>} */
const WIDGETS = {
  "sp-label": plain,
  "sp-body": plain,
  "sp-detail": plain,
  "sp-heading": plain,
  "sp-divider": plain,
  "sp-icon": plain,
  "sp-link": link,
  "sp-menu": choice.menu,
  "sp-menu-item": choice.menuItem,
  "sp-radio": choice.radio,
  "sp-radio-group": choice.radioGroup,
  "sp-menu-divider": plain,
  "sp-button": button,
  "sp-action-button": button,
  "sp-textfield": textfield,
  "sp-textarea": (Widget) =>
    withValue(Widget, '<slot name="label"></slot><textarea data-inner></textarea>'),
  "sp-slider": slider,
  "sp-checkbox": checkbox,
  "sp-dropdown": choice.dropdown,
  "sp-picker": choice.dropdown,
  "sp-progressbar": progressbar,
};

module.exports = { defineWidgets, WIDGETS };
