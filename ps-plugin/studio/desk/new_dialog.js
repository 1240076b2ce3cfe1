"use strict";
// "New document": sizes that models like, or any other.

const { PROFILES } = require("../document/colour.js");

const PRESETS = [
  [256, 256],
  [512, 512],
  [768, 512],
  [512, 768],
  [1024, 1024],
];

/**
 * @param {(id: string) => any} $ an element by its id
 * @param {(options: {width: number, height: number, fill: "white" | "transparent",
 *   depth: import("../document/colour.js").Depth, profile: string}) => void} create
 * @returns {() => void} opens it
 */
function createNewDialog($, create) {
  const dialog = $("new-dialog");
  for (const [width, height] of PRESETS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${width} × ${height}`;
    button.addEventListener("click", () => {
      $("new-width").value = String(width);
      $("new-height").value = String(height);
    });
    $("presets").append(button);
  }
  for (const profile of PROFILES) {
    $("new-profile").append(new Option(profile.replace(/ IEC.*/, ""), profile));
  }
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "create") return;
    create({
      width: $("new-width").valueAsNumber,
      height: $("new-height").valueAsNumber,
      fill: $("new-fill").value,
      depth: $("new-depth").value === "16" ? 16 : 8,
      profile: $("new-profile").value,
    });
  });
  return () => {
    dialog.returnValue = "";
    dialog.showModal();
  };
}

module.exports = { createNewDialog };
