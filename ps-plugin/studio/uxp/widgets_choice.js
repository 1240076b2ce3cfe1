"use strict";
// The widgets that one chooses with: menus, dropdowns and radio buttons; widgets.js defines them.
//
// documented: names, properties and events (uxp-api/reference-spectrum). assumed: the looks, and that a
// radio button that is chosen unchooses the others of its group.

/** A property that is there where an attribute is. */
function reflect(prototype, name) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get() {
      return this.hasAttribute(name);
    },
    set(value) {
      this.toggleAttribute(name, Boolean(value));
    },
  });
}

const PICKERS = "sp-dropdown, sp-picker";

const menuItem = (Widget) => {
  class Item extends Widget {
    constructor() {
      super("<slot></slot>");
    }
  }
  reflect(Item.prototype, "selected");
  return Item;
};

/** documented: change, with the index of what was clicked; within a dropdown that one tells of it. */
const menu = (Widget) =>
  class extends Widget {
    constructor() {
      super("<slot></slot>");
      this.selectedIndex = -1;
      this.addEventListener("click", (event) => {
        const item = event.target.closest?.("sp-menu-item");
        if (!item || item.disabled || this.closest(PICKERS)) return;
        this.selectedIndex = Array.from(this.querySelectorAll("sp-menu-item")).indexOf(item);
        this.tell("change");
      });
    }
  };

const radio = (Widget) => {
  class Radio extends Widget {
    constructor() {
      super('<span class="box"></span><slot></slot>');
      this.addEventListener("click", (event) => this.disabled && event.stopImmediatePropagation(), {
        capture: true,
      });
    }

    get value() {
      return this.getAttribute("value") ?? "";
    }

    set value(value) {
      this.setAttribute("value", String(value));
    }
  }
  reflect(Radio.prototype, "checked");
  return Radio;
};

/** documented: change, with the value of the button that was chosen. */
const radioGroup = (Widget) =>
  class extends Widget {
    constructor() {
      super('<slot name="label"></slot><slot></slot>');
      this.addEventListener("click", (event) => {
        const chosen = event.target.closest?.("sp-radio");
        if (!chosen || chosen.disabled || chosen.checked) return;
        this.value = chosen.value;
        this.tell("change");
      });
    }

    get radios() {
      return Array.from(this.querySelectorAll("sp-radio"));
    }

    get value() {
      return this.radios.find((one) => one.checked)?.value ?? "";
    }

    set value(value) {
      for (const one of this.radios) one.checked = one.value === value;
    }
  };

const dropdown = (Widget, { MutationObserver }) =>
  class extends Widget {
    constructor() {
      super('<button data-inner><span class="text"></span></button><slot name="options"></slot>');
      this.text = this.shadowRoot.querySelector(".text");
      this.inner.addEventListener("click", () => this.toggleAttribute("open"));
      this.addEventListener("focusout", () => this.removeAttribute("open"));
      this.addEventListener(
        "mousedown",
        (event) => event.target !== this && event.preventDefault(),
      );
      this.addEventListener("click", (event) =>
        this.choose(event.target.closest?.("sp-menu-item")),
      );
      this.addEventListener("keydown", (event) => this.press(event));
      this.chosen = -1;
    }

    connectedCallback() {
      this.observer ??= new MutationObserver(() => this.mark());
      this.observer.observe(this, { childList: true, subtree: true });
      this.mark();
    }

    get items() {
      return Array.from(this.querySelectorAll("sp-menu-item"));
    }

    get selectedIndex() {
      const marked = this.items.findIndex((item) => item.hasAttribute("selected"));
      return this.chosen >= 0 ? this.chosen : marked;
    }

    set selectedIndex(index) {
      this.chosen = index;
      this.mark();
    }

    /** The chosen item, also among items that came after it was chosen. */
    mark() {
      const { selectedIndex } = this;
      this.items.forEach((item, i) => item.toggleAttribute("selected", i === selectedIndex));
      this.follow();
    }

    get value() {
      const item = this.items[this.selectedIndex];
      return item ? (item.getAttribute("value") ?? item.textContent.trim()) : "";
    }

    set value(value) {
      this.selectedIndex = this.items.findIndex(
        (item) => (item.getAttribute("value") ?? item.textContent.trim()) === value,
      );
    }

    attributeChangedCallback(name, before, value) {
      if (name === "value") return;
      super.attributeChangedCallback(name, before, value);
      if (name === "placeholder") this.follow();
    }

    choose(item) {
      if (!item || item.hasAttribute("disabled")) return;
      this.removeAttribute("open");
      const index = this.items.indexOf(item);
      if (index === this.selectedIndex) return;
      this.selectedIndex = index;
      this.tell("change");
    }

    press({ key }) {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (key === "Escape") this.removeAttribute("open");
      if (steps[key]) this.choose(this.items[this.selectedIndex + steps[key]]);
    }

    follow() {
      const item = this.items[this.selectedIndex];
      this.text.textContent = item?.textContent.trim() ?? this.getAttribute("placeholder") ?? "";
    }
  };

module.exports = { dropdown, menu, menuItem, radio, radioGroup };
