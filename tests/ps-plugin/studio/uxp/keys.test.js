"use strict";
// Habit swallowedKeys: what Adobe's known issues say of keys, dropdowns and disabled controls.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");
const { defineWidgets } = require("../../../../ps-plugin/studio/uxp/widgets.js");

/** A page with widgets on a host with or without the habit, and the keys its document hears. */
function page(html, habits) {
  const { faults } = createHost({ habits });
  const window = new Window();
  defineWidgets(window, faults);
  window.document.body.innerHTML = html;
  const heard = [];
  window.document.addEventListener("keydown", ({ key }) => heard.push(key), true);
  const press = (element, key) =>
    element.dispatchEvent(
      new window.KeyboardEvent("keydown", { key, bubbles: true, composed: true }),
    );
  return { window, faults, heard, press, all: Array.from(window.document.body.children) };
}

const KEEPERS = [
  ..."sp-textfield sp-textarea sp-slider sp-dropdown sp-picker".split(" "),
  ..."input textarea select".split(" "),
];

test("swallowedKeys: no key pressed in a field, slider or dropdown is heard, not even while it goes down", () => {
  const html = [...KEEPERS, "sp-button", "div"].map((tag) => `<${tag}></${tag}>`).join("");
  for (const habits of [[], ["swallowedKeys"]]) {
    const { all, heard, press } = page(html, habits);
    for (const element of all) press(element, element.localName);
    const others = ["sp-button", "div"];
    assert.deepEqual(heard, habits.length > 0 ? others : [...KEEPERS, ...others]);
  }
});

test("swallowedKeys: a dropdown ignores arrow keys", () => {
  const items = "<sp-menu-item>a</sp-menu-item><sp-menu-item>b</sp-menu-item>";
  const html = `<sp-dropdown><sp-menu slot="options">${items}</sp-menu></sp-dropdown>`;
  const { faults, press, all } = page(html, ["swallowedKeys"]);
  const [dropdown] = all;
  dropdown.selectedIndex = 0;
  press(dropdown, "ArrowDown");
  assert.equal(dropdown.selectedIndex, 0);
  faults.habit("swallowedKeys", false);
  press(dropdown, "ArrowDown");
  assert.equal(dropdown.selectedIndex, 1);
});

test("swallowedKeys: a control that was disabled once is not reached by TAB again, but is pressed", () => {
  for (const habits of [[], ["swallowedKeys"]]) {
    const { all } = page("<sp-button>Paint</sp-button>", habits);
    const [button] = all;
    button.setAttribute("disabled", "");
    button.removeAttribute("disabled");
    assert.equal(button.inner.tabIndex === -1, habits.length > 0);
    let clicks = 0;
    button.addEventListener("click", () => (clicks += 1));
    button.click();
    assert.equal(clicks, 1);
  }
});
