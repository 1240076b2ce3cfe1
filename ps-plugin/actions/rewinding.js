"use strict";

/**
 * Going on from an old step: what the painter made of it, where, and with which other words.
 *
 * makeRewinding(parts)   goOn() sends it to the bridge; branch() sends what others ask for
 *
 * @typedef {import("../types/panel").Picture} Picture
 * @typedef {import("../types/wire").Recipe} Recipe
 * @typedef {import("../types/wire").Rewind} Rewind
 * @typedef {import("../state/timeline.js").OnwardView} OnwardView
 *
 * @typedef {object} Edit
 * @property {string} edit ImageId
 * @property {string} handed ImageId
 */

const { gone } = require("../state/papers.js");
const { sameRegions } = require("../state/regions.js");
const { runOf, kinOf } = require("../state/runs.js");
const { imageId } = require("../pixels/sha256.js");
const { around } = require("../photoshop/surface.js");
const { frameOf, seenAs, isEdit } = require("../photoshop/sight.js");
const { onlyHides } = require("../pixels/mixing.js");
const { isOtherwise } = require("../photoshop/strokes.js");
const { onwardOf } = require("../state/timeline.js");
const { t } = require("../words/texts.js");

/**
 * @param {object} parts
 * @param {import("../types/panel").Store} parts.store
 * @param {ReturnType<import("../bridge/bridge.js").makeBridge>} parts.bridge
 * @param {ReturnType<import("../photoshop/layers.js").makeLayers>} parts.layers
 * @param {ReturnType<import("../photoshop/strokes.js").makeStrokes>} parts.strokes
 * @param {ReturnType<import("./region_masks.js").makeRegionMasks>} parts.masks
 * @param {() => import("../types/panel").DocumentView} parts.opened
 * @param {() => string} parts.newRequest
 */
function makeRewinding({ store, bridge, layers, strokes, masks, opened, newRequest }) {
  const { state, dispatch } = store;

  async function rewind() {
    const asked = chosen();
    const { step, run } = asked;
    if (run.elsewhere) throw new Error(t("step.elsewhere"));
    const document = opened();
    const { edit, left } = asked.mixed
      ? { edit: await mixed(document.id, asked), left: [] }
      : await painted(document.id, asked);
    const { regions, empty } = await regionsOf(document.id, run);
    const changes = { ...changesOf(run.recipe), ...(regions && { regions }) };
    const how = await rewindOf(document.id, edit);
    const changed = Object.keys(changes).length > 0;
    // A stroke that turned out to be none paints nothing anew.
    branch(
      document.id,
      step.id,
      how,
      changed ? { ...run.recipe, ...changes } : null,
      !asked.painted,
    );
    masks.tellEmpty(empty);
    if (left.length === 0 || how.mode === "replay") return;
    const text = [...(empty.length > 0 ? [state().notice?.text] : []), ...left].join(" ");
    dispatch({ type: "said", notice: { kind: "note", text } });
  }

  /**
   * The document's regions where they are not the run's any more: like strokes they are taken in.
   *
   * @param {number} document
   * @param {import("../types/wire").Run} run
   * @returns {Promise<{regions?: import("../types/wire").Region[], empty: string[]}>} none: as before
   */
  async function regionsOf(document, { id, recipe }) {
    const here = state().regions[document] || [];
    if (here.length === 0 || !state().onward.regions) return { empty: [] };
    const place = state().papers[document].places[id] || { left: 0, top: 0 };
    const { regions, empty } = await masks.regionsFor(document, around(place, recipe));
    return sameRegions(regions, recipe.regions || []) ? { empty: [] } : { regions, empty };
  }

  /**
   * A line of its own that leaves a step, on top of the run it leaves; a repaint rolls again.
   *
   * @param {number} document
   * @param {string} step
   * @param {Rewind} rewind
   * @param {Recipe | null} recipe null: as before
   * @param {boolean} [anew] a repaint of nothing in particular is one of everything
   */
  function branch(document, step, rewind, recipe, anew = false) {
    const { places, groups, keeps } = state().papers[document];
    const run = runOf(step);
    const request = newRequest();
    const home = groups[run] ?? -1;
    const corner = places[run] || { left: 0, top: 0 };
    const place = { ...corner, above: home >= 0 ? home : null };
    const keep = keeps[run] ?? "all";
    dispatch({ type: "asked", request, document, place, keep });
    const roll = rewind.mode === "repaint";
    const how = { ...(anew && { anew }), ...(roll && { roll }) };
    bridge.send({ type: "continue", request, step, rewind, recipe, ...how });
  }

  function chosen() {
    const onward = onwardOf(state());
    if (!onward) throw new Error(t("step.choose"));
    return onward;
  }

  /**
   * What the painter made of the step's own layer, as it is seen: where it lies now, under its
   * mask, with the painter's layers over it.
   *
   * @param {number} id document
   * @param {OnwardView} asked
   * @returns {Promise<{edit: Edit | null, left: string[]}>} left: sentences on what is not taken in
   */
  async function painted(id, { step, run, mode }) {
    const papers = state().papers[id];
    const note = papers.layers[step.id];
    const leaves = mode === "replay" && note?.painted; // chosen with what was painted in sight
    if (!note || note.layer < 0 || leaves) return { edit: null, left: [] };
    const [sight] = await layers.sights(id, [frameOf(papers, run, note)]);
    if (sight?.trouble) throw new Error(sight.trouble);
    const may = sight && (isEdit(sight.mark) || sight.mark === "converted");
    const edit =
      sight && may ? await editOf(sight.picture, sight.image, step.id, sight.mark) : null;
    const mark = sight?.mark === "converted" && edit ? "painted" : sight?.mark;
    const now = sight && mark !== undefined ? seenAs(note, { ...sight, mark }) : gone(note);
    dispatch({ type: "layered", document: id, layers: { [step.id]: now } });
    return { edit, left: sight ? leftOut(step, sight) : [] };
  }

  /**
   * All that is seen of the painting's layers together.
   *
   * @param {number} id document
   * @param {OnwardView} asked
   * @returns {Promise<Edit>}
   */
  async function mixed(id, { step, run }) {
    const papers = state().papers[id];
    const kin = kinOf(state(), run.id);
    const steps = Object.entries(papers.layers).filter(([one]) => kin.includes(runOf(one)));
    const picture = await layers.readMix(id, {
      groups: kin.flatMap((one) => papers.groups[one] ?? []),
      steps: steps.map(([, note]) => note.layer),
      rect: around(papers.places[run.id] || { left: 0, top: 0 }, run.recipe),
    });
    const note = papers.layers[step.id];
    const handed = note && note.image ? note.image : await asPainted(step.id);
    if (imageId(picture) === handed) throw new Error(t("mix.same"));
    const edit = await editOf(picture, handed, step.id);
    if (!edit) throw new Error(t("mix.same"));
    return edit;
  }

  /** @param {string} step @returns {Promise<string>} ImageId of its picture, as the bridge has it */
  async function asPainted(step) {
    return imageId((await bridge.picture(step, "full")).picture);
  }

  /**
   * @param {Picture} picture
   * @param {string} handed
   * @param {string} step
   * @param {import("../types/panel").Mark} [mark] what the step's layer is known as
   * @returns {Promise<Edit | null>} null: it differs only by what became of the document
   * @throws where it was only erased, masked or faded: what is hidden so goes on as it was
   */
  async function editOf(picture, handed, step, mark) {
    const { recipe, again } = state().runs[runOf(step)];
    const was = isOtherwise(picture, recipe) ? null : await bridge.image(handed);
    if (!was && (isOtherwise(picture, recipe) || again)) {
      const found = await strokes.over(step, picture, handed);
      return found.edit === null ? null : { edit: found.edit, handed: found.handed };
    }
    if (was && mark !== "moved" && onlyHides(was, picture)) {
      throw new Error(t("onward.erased", { number: state().steps[step].index + 1 }));
    }
    return { edit: await bridge.putImage(picture), handed };
  }

  /**
   * @param {number} id
   * @param {Edit | null} edit
   * @returns {Promise<Rewind>}
   */
  async function rewindOf(id, edit) {
    const { mode, run, region } = chosen(); // with what was just seen of the step's layer
    const { keepOutside, weight, release } = state().onward;
    if (mode === "replay") return { mode };
    /** @type {Rewind} */
    const rewinding = { mode, ...edit };
    if (mode === "hold") return { ...rewinding, weight, release };
    if (mode !== "repaint") return rewinding;
    const rect = around(state().papers[id].places[run.id] || { left: 0, top: 0 }, run.recipe);
    // Without strokes the selection says which part is painted anew.
    const { feather } = state().settings;
    const part = region && !edit ? await layers.readSelection(id, rect, feather) : null;
    if (part) rewinding.mask = await bridge.putImage(part);
    const outside = keepOutside ?? part !== null;
    return { ...rewinding, keep_outside: outside && (edit !== null || part !== null) };
  }

  /** What words and numbers are different from here on. @param {Recipe} recipe */
  function changesOf(recipe) {
    const wished = Object.entries(state().onward.changes);
    const changes = wished.filter(
      ([key, value]) => recipe[/** @type {keyof Recipe} */ (key)] !== value,
    );
    const { sampler } = Object.fromEntries(changes);
    return { ...Object.fromEntries(changes), ...(sampler && sampler !== "ddim" && { eta: 0 }) };
  }

  return { goOn: rewind, branch };
}

/**
 * Which of the painter's layers are seen over a step and yet not taken in, a sentence each.
 *
 * @param {import("../types/wire").Step} step
 * @param {import("../photoshop/sight.js").Sight} sight
 */
function leftOut({ index }, { beyond, idle }) {
  const number = index + 1;
  return [
    beyond.length > 0 ? t("onward.beyond", { names: beyond.join(", "), number }) : "",
    idle.length > 0 ? t("onward.idle", { names: idle.join(", "), number }) : "",
  ].filter(Boolean);
}

module.exports = { makeRewinding };
