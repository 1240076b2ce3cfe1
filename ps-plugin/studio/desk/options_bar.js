"use strict";
// The bar above the canvas: what the tool in hand can be set to; and the tools themselves.

const { icon } = require("./icons.js");
const { TOOLS } = require("./tools.js");
const { THEMES } = require("../uxp/themes.js");
const { sizeOnSlider, sizeFromSlider } = require("./settings.js");

const KINDS = {
  brush: "paint",
  eraser: "erase",
  marquee: "select",
  lasso: "select",
};
const HINTS = {
  move: "Drag to move the layer.",
  marquee: "Shift adds, Alt takes away, a click selects nothing.",
  lasso: "Shift adds, Alt takes away, a click selects nothing.",
  eyedropper: "Click to take a colour from the picture.",
  hand: "Drag to move the view. Space does so with any tool.",
  brush: "",
  eraser: "",
};
const percent = (value) => `${Math.round(value * 100)} %`;

/**
 * @param {(id: string) => any} $ an element by its id
 * @param {import("./settings.js").Settings} settings
 */
function createOptionsBar($, settings) {
  for (const [name, { title, key }] of Object.entries(TOOLS)) {
    const button = document.createElement("button");
    button.id = `tool-${name}`;
    button.title = `${title} (${key})`;
    button.setAttribute("aria-label", title);
    button.innerHTML = icon(name);
    button.addEventListener("click", () => settings.set({ tool: name }));
    $("tools").append(button);
  }
  const swatch = document.createElement("label");
  swatch.id = "swatch";
  swatch.htmlFor = "color";
  swatch.title = "Colour";
  $("tools").append(swatch);

  for (const theme of THEMES) $("theme").append(new Option(theme, theme));
  const bind = (id, read) =>
    $(id).addEventListener("input", () => settings.set({ [id]: read($(id)) }));
  bind("size", (input) => sizeFromSlider(input.valueAsNumber));
  bind("hardness", (input) => input.valueAsNumber);
  bind("opacity", (input) => input.valueAsNumber);
  bind("feather", (input) => input.valueAsNumber);
  bind("color", (input) => input.value);
  bind("theme", (input) => input.value);

  function show(values) {
    for (const name of Object.keys(TOOLS)) {
      $(`tool-${name}`).setAttribute("aria-pressed", String(name === values.tool));
    }
    const kind = KINDS[values.tool];
    for (const option of $("options").querySelectorAll(".option")) {
      option.hidden = !option.classList.contains(`for-${kind}`);
    }
    $("hint").textContent = HINTS[values.tool];
    $("size").value = String(sizeOnSlider(values.size));
    $("size-shown").textContent = `${values.size} px`;
    for (const name of ["hardness", "opacity"]) {
      $(name).value = String(values[name]);
      $(`${name}-shown`).textContent = percent(values[name]);
    }
    $("feather").value = String(values.feather);
    $("feather-shown").textContent = `${values.feather} px`;
    $("color").value = values.color;
    swatch.style.background = values.color;
    $("theme").value = values.theme;
    $("stage").dataset.tool = values.tool;
    for (const input of $("options").querySelectorAll("input[type=range]")) fill(input);
  }
  settings.onChange(show);
  show(settings.values());
}

/** The part of a slider left of its thumb, for the style sheet. */
function fill(input) {
  const share = (input.valueAsNumber - Number(input.min)) / (Number(input.max) - Number(input.min));
  input.style.setProperty("--share", `${share * 100}%`);
}

module.exports = { createOptionsBar, fill };
