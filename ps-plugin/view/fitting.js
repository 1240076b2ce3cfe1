"use strict";

/**
 * How large a picture is drawn. The style sheet could say so (`object-fit`), but UXP's pages do not list
 * that, so it is said in pixels.
 *
 * filling(box, size)      as small as fills the box, its middle in the box's middle
 * within(room, size)      as wide as there is room, but not taller than that
 *
 * @typedef {object} Size in pixels, or in anything where only the shape counts
 * @property {number} width
 * @property {number} height
 */

/** @param {Size} box @param {Size} size @returns {Record<string, string>} a style */
function filling(box, size) {
  const factor = Math.max(box.width / size.width, box.height / size.height);
  const width = Math.round(size.width * factor);
  const height = Math.round(size.height * factor);
  return {
    width: `${width}px`,
    height: `${height}px`,
    marginLeft: `${Math.round((box.width - width) / 2)}px`,
    marginTop: `${Math.round((box.height - height) / 2)}px`,
  };
}

/** @param {Size} room its width is 0 where it is not known @param {Size} size @returns {Record<string, string>} a style */
function within(room, size) {
  const widest = Math.floor((room.height * size.width) / size.height);
  if (room.width === 0) return { width: "100%" };
  const width = Math.min(room.width, widest);
  return { width: `${width}px`, height: `${Math.round((width * size.height) / size.width)}px` };
}

module.exports = { filling, within };
