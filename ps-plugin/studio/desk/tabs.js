"use strict";
// The open documents, one tab each; a dot says that there are changes to save.

/**
 * @param {HTMLElement} bar
 * @param {import("../document/model.js").Model} model
 * @param {(document: import("../document/model.js").OpenDocument) => void} close
 */
function createTabs(bar, model, close) {
  function render() {
    bar.replaceChildren(...model.documents.map(tabOf));
    const { name = "", saved = true } = model.active ?? {};
    document.title = `${saved ? "" : "• "}${name ? `${name} – ` : ""}Pentimento`;
  }

  function tabOf(opened) {
    const tab = document.createElement("div");
    tab.className = "tab";
    tab.dataset.testid = "tab";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(opened === model.active));
    const name = document.createElement("span");
    name.textContent = opened.saved ? opened.name : `${opened.name} •`;
    const cross = document.createElement("button");
    cross.textContent = "×";
    cross.title = "Close";
    cross.addEventListener("click", (event) => {
      event.stopPropagation();
      close(opened);
    });
    tab.append(name, cross);
    tab.addEventListener("click", () => model.activate(opened));
    return tab;
  }

  let shown = "";
  model.listen(() => {
    const now = JSON.stringify(
      model.documents.map((opened) => [
        opened.id,
        opened.name,
        opened.saved,
        opened === model.active,
      ]),
    );
    if (now !== shown) render();
    shown = now;
  });
}

module.exports = { createTabs };
