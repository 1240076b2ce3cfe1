"use strict";
// Keys. They work in the panel too, unless one is writing there.

/** @typedef {Record<string, (event: KeyboardEvent) => void>} Keys "mod+shift+z": Ctrl, or Cmd */

/**
 * @param {Window} window the studio's, or the panel's
 * @param {Keys} keys
 * @param {(held: boolean) => void} setSpace
 */
function listenToKeys(window, keys, setSpace) {
  window.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    const writes = isWriting(event);
    if (writes && !["mod+s", "mod+o"].includes(name)) return;
    if (name === "space") {
      event.preventDefault();
      setSpace(true);
    }
    if (!keys[name]) return;
    event.preventDefault();
    keys[name](event);
  });
  window.addEventListener("keyup", (event) => event.code === "Space" && setSpace(false));
  window.addEventListener("blur", () => setSpace(false));
}

function nameOf({ key, code, ctrlKey, metaKey, shiftKey }) {
  if (code === "Space") return "space";
  const mod = ctrlKey || metaKey ? "mod+" : "";
  const shift = shiftKey && key.length === 1 && /[a-z]/i.test(key) ? "shift+" : "";
  return mod + shift + key.toLowerCase();
}

/** Whether the key goes into a text: the innermost element, also inside a widget. */
function isWriting(event) {
  const [target] = event.composedPath();
  if (target.isContentEditable || target.localName === "textarea") return true;
  if (target.localName === "select") return true;
  return target.localName === "input" && !["range", "checkbox", "color"].includes(target.type);
}

module.exports = { listenToKeys, nameOf };
