"use strict";
// The studio's own icons: 20 x 20, drawn with lines in the text's colour.

/** @type {Record<string, string>} */
const PATHS = {
  brush:
    "M16.5 3.5 8.6 11.4M7.6 11.2c-2.3-.3-3.6 1.3-3.8 3-.1.9-.6 1.6-1.3 2 2.7 1 7.2.4 7.3-2.8a2.3 2.3 0 0 0-2.2-2.2Z",
  eraser: "m8.5 16.5-5-5 7.5-8 6 6-7 7zM6.5 8.3l6 6M8.5 16.5h8",
  marquee:
    "M3.5 6v-2.5H6M9 3.5h2M14 3.5h2.5V6M16.5 9v2M16.5 14v2.5H14M11 16.5H9M6 16.5H3.5V14M3.5 11V9",
  lasso:
    "M6 13.5C4 12.7 3 11.2 3 9.5 3 6.2 6.2 4 10 4s7 2.2 7 5.3-3.2 5.2-7 5.2c-1 0-1.9-.1-2.7-.4M6.2 13a1.4 1.4 0 1 0-.4 2.8c1 .2 1.2 1 .7 2.2",
  move: "M10 2.5v15M2.5 10h15M10 2.5 8 4.5M10 2.5l2 2M10 17.5l-2-2M10 17.5l2-2M2.5 10l2-2M2.5 10l2 2M17.5 10l-2-2M17.5 10l-2 2",
  eyedropper:
    "m11.5 6.5 2 2M12.8 4.8l1-1a1.7 1.7 0 0 1 2.4 2.4l-1 1M10.5 5.5l4 4M11.5 7.8l-6.3 6.3-1.7.4-.5 2 .5.5 2-.5.4-1.7 6.3-6.3",
  hand: "M6.5 10.5V5.8a1.2 1.2 0 0 1 2.4 0V9.5 4.2a1.2 1.2 0 0 1 2.4 0v5.3-4.3a1.2 1.2 0 0 1 2.4 0v5-2.5a1.2 1.2 0 0 1 2.3 0v4.3c0 3-2 5-4.9 5-2.3 0-3.5-.9-4.7-2.7l-2.4-3.7a1.2 1.2 0 0 1 2-1.3l1.5 1.7",
  undo: "M7 4 3.5 7.5 7 11M4 7.5h7.5a4.5 4.5 0 0 1 0 9H7",
  redo: "m13 4 3.5 3.5L13 11M16 7.5H8.5a4.5 4.5 0 0 0 0 9H13",
  layer: "M4 4h12v12H4zM10 7v6M7 10h6",
  group: "M3 6V4.5h5l1.5 2H17v9H3z",
  trash: "M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  closed: "m8 5.5 4.5 4.5L8 14.5",
  opened: "M5.5 8 10 12.5 14.5 8",
};

/**
 * @param {string} name one of PATHS
 * @returns {string} markup
 */
function icon(name) {
  return (
    '<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" ' +
    `stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"><path d="${PATHS[name]}"/></svg>`
  );
}

module.exports = { icon };
