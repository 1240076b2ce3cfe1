"use strict";
// Events of Photoshop's documents.
//
//   LISTED     what Adobe's page lists (ps-reference/media/eventcodes.md, commit 6edd63fc0): a plugin
//              may listen to each, sent here or not
//   SAMPLED    what Adobe's samples listen to beside them (vanilla-js-sample, neural-filter-sample)
//   eventOf    the event that an act is, by its name in the history

const LISTED = `
$Avrg $BacL $ColE $DrfC $Fbrs $FilE $HsbP $Jpto 3DTransform accentedEdges add addNoise addTo
align angledStrokes applyImageEvent applyStyle assert basRelief batch batchFromDroplet
blurEvent blurMethod border brightnessEvent canvasSize centerCropMarks chalkCharcoal
channelMixer charcoal chrome clearEvent close clouds colorBalance colorHalftone colorPalette
colorRange contract convertMode copyEffects copyEvent copyMerged copyToLayer craquelure
createDroplet crop crosshatch crystallize curves custom cut cutToLayer darkStrokes
definePattern defringe deInterlace delete desaturate deselect despeckle diffuse diffuseGlow
disableLayerFX displace distort draw dryBrush duplicate dustAndScratches emboss equalize
exchange expand export extrude facet fade feather filmGrain filter findEdges flattenImage flip
fragment fresco gaussianBlur get glass glowingEdges gradientClassEvent gradientMapEvent grain
graphicPen groupEvent grow halftoneScreen highPass hueSaturation imageSize import inkOutlines
interfaceIconFrameDimmed interfaceWhite inverse invert lensFlare levels lightingEffects link
make maximum median mergeLayers mergeLayersNew mergeSpotChannel mergeVisible mezzotint minimum
mosaic mosaicPlugin motionBlur move neonGlow next notePaper notify NTSC oceanRipple offset
open paint paintDaubs paletteKnife paste pasteEffects pasteInto pasteOutside patchwork
photocopy pinch placeEvent plaster plasticWrap play pointillize polar posterEdges
posterization previous print profileToProfile purge quit radialBlur rasterize
rasterizeTypeLayer removeBlackMatte removeLayerMask removeWhiteMatte rename replaceColor reset
reticulation revert ripple rotateEventEnum roughPastels save select selectiveColor
separationSetup set sharpen sharpenEdges sharpenMore shear show similar smartBlur smoothness
smudgeStick solarize spatter spherize splitChannels sponge stainedGlass stamp stop stroke
subtract subtractFrom sumie takeMergedSnapshot takeSnapshot textureFile texturizer
thresholdClassEvent tiles tornEdges traceContour transform trap twirl underpainting undoEvent
ungroup unlink unsharpMask variations wait watercolor waterPaper wave wind zigZag
`
  .trim()
  .split(/\s+/);

/** By the names that edits.js, merging.js, geometry.js and modes.js in document/ give to what they do. */
const OF_ACTS = {
  "Duplicate Layer": "duplicate",
  "Merge Layers": "mergeLayersNew",
  "Merge Visible": "mergeVisible",
  "Flatten Image": "flattenImage",
  "Image Size": "imageSize",
  "Canvas Size": "canvasSize",
  Crop: "crop",
  "Rotate Canvas": "rotateEventEnum",
  "8 Bits/Channel": "convertMode",
  "16 Bits/Channel": "convertMode",
  Scale: "transform",
  Rotate: "transform",
  Place: "placeEvent",
};

const SAMPLED = ["newDocument", "neuralGalleryFilters"];

/** @param {string} command a history state's name @returns {string | undefined} */
const eventOf = (command) => OF_ACTS[command];

module.exports = { LISTED, SAMPLED, eventOf, SENT: [...new Set(Object.values(OF_ACTS))] };
