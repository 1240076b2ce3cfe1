"use strict";
// The stand-ins for UXP's widgets: properties, attributes and events as the panel uses them.

const test = require("node:test");
const assert = require("node:assert/strict");
const { Window } = require("../../../node_modules/happy-dom");
const { defineWidgets } = require("../../../../ps-plugin/studio/uxp/widgets.js");

function page(html) {
  const window = new Window();
  defineWidgets(window);
  window.document.body.innerHTML = html;
  const heard = [];
  const widget = window.document.body.firstElementChild;
  for (const name of ["input", "change", "click"]) {
    widget.addEventListener(name, () => heard.push(name));
  }
  return { window, widget, heard };
}

test("a slider keeps a value that was set before its range", () => {
  const { widget } = page('<sp-slider value="140" min="1" max="150"></sp-slider>');
  assert.equal(widget.value, 140);
  widget.value = 12;
  assert.equal(widget.value, 12);
});

test("a slider that the user moves tells input and change", () => {
  const { window, widget, heard } = page('<sp-slider min="0" max="10" value="2"></sp-slider>');
  widget.inner.value = "7";
  widget.inner.dispatchEvent(new window.Event("input", { bubbles: true, composed: true }));
  widget.inner.dispatchEvent(new window.Event("change", { bubbles: true }));
  assert.equal(widget.value, 7);
  assert.deepEqual(heard, ["input", "change"]);
});

test("a text field has a value and a placeholder", () => {
  const { widget } = page('<sp-textarea placeholder="What?"></sp-textarea>');
  assert.equal(widget.value, "");
  widget.value = "a boat";
  assert.equal(widget.value, "a boat");
  assert.equal(widget.inner.getAttribute("placeholder"), "What?");
});

test("a disabled button is not clicked", () => {
  const { widget, heard } = page("<sp-button>Paint</sp-button>");
  widget.click();
  widget.disabled = true;
  widget.click();
  assert.equal(widget.hasAttribute("disabled"), true);
  assert.deepEqual(heard, ["click"]);
});

test("a checkbox has checked, as an attribute too", () => {
  const { widget } = page("<sp-checkbox checked>Keep</sp-checkbox>");
  assert.equal(widget.checked, true);
  widget.checked = false;
  assert.equal(widget.checked, false);
});

const MENU = `<sp-dropdown><sp-menu slot="options">
  <sp-menu-item>one</sp-menu-item><sp-menu-item disabled>two</sp-menu-item><sp-menu-item>three</sp-menu-item>
</sp-menu></sp-dropdown>`;

test("a dropdown tells change when another item is chosen, and only then", () => {
  const { widget, heard } = page(MENU);
  const items = widget.querySelectorAll("sp-menu-item");
  widget.selectedIndex = 0;
  assert.equal(widget.value, "one");
  items[2].click();
  items[2].click();
  items[1].click();
  assert.equal(widget.selectedIndex, 2);
  assert.deepEqual(
    heard.filter((name) => name === "change"),
    ["change"],
  );
});

test("a dropdown shows the chosen item also when its items come later", async () => {
  const { window, widget } = page('<sp-dropdown><sp-menu slot="options"></sp-menu></sp-dropdown>');
  widget.selectedIndex = 1;
  for (const name of ["a", "b"]) {
    const item = window.document.createElement("sp-menu-item");
    item.textContent = name;
    widget.querySelector("sp-menu").appendChild(item);
  }
  await new Promise((wake) => setTimeout(wake, 10));
  assert.equal(widget.text.textContent, "b");
});

test("a progress bar is as long as its value", () => {
  const { widget } = page('<sp-progressbar max="20" value="5"></sp-progressbar>');
  assert.equal(widget.fill.style.width, "25%");
});
