"use strict";

/**
 * One queue for everything that needs Photoshop to itself.
 *
 * A job waits for the end of the painter's stroke and for the jobs before it; when the host says
 * it is busy with something else the job is tried again. What a job changed in a document is one
 * history state, or nothing if it failed.
 *
 * @typedef {import("photoshop/dom/CoreModules").ExecutionContext} ExecutionContext
 */

const { t } = require("../words/texts.js");

const BUSY = 9; // error number of executeAsModal while somebody else is modal
const RETRY = 400; // milliseconds
const PATIENCE = 150; // tries: a minute; a dialog may stay open for long
const LOST_STROKE = 20000; // milliseconds after which a stroke's missing end is given up on

/**
 * @param {object} host
 * @param {typeof import("photoshop").app} host.app
 * @param {typeof import("photoshop").core} host.core
 * @param {typeof import("photoshop").action} host.action
 * @param {(milliseconds: number) => Promise<void>} host.wait
 * @param {Pick<ReturnType<import("./history.js").makeHistory>, "before" | "after">} host.history
 */
function makeModal({ app, core, action, wait, history }) {
  /** @type {Promise<unknown>} */
  let tail = Promise.resolve();
  /** @type {Promise<void> | null} */
  let stroke = null;
  let strokeEnded = () => {};
  let working = false;

  /**
   * @param {string} _name
   * @param {import("photoshop/dom/CoreModules").ActionDescriptor} descriptor
   */
  const strokeMoved = (_name, descriptor) => {
    const entered = descriptor.state && descriptor.state._value === "enter";
    strokeEnded();
    stroke = null;
    if (!entered) return;
    const ended = new Promise((resolve) => {
      strokeEnded = () => resolve(undefined);
    });
    const mine = Promise.race([ended, wait(LOST_STROKE)]).then(() => {
      if (stroke === mine) stroke = null;
    });
    stroke = mine;
  };
  // Seen in plugins, not in Adobe's list: a host without it still refuses while it is busy.
  action.addNotificationListener(["toolModalStateChanged"], strokeMoved).catch(() => undefined);

  /**
   * @template T
   * @param {string} name shown by Photoshop's progress bar
   * @param {(context: ExecutionContext) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async function attempt(name, work) {
    for (let tries = 1; ; tries += 1) {
      while (stroke) await stroke;
      try {
        working = true;
        return await core.executeAsModal(work, { commandName: name });
      } catch (error) {
        const number = /** @type {{number?: number}} */ (error).number;
        if (number !== BUSY || tries === PATIENCE) throw error;
        await wait(RETRY);
      }
    }
  }

  /**
   * Looks at documents.
   *
   * @template T
   * @param {string} name
   * @param {(context: ExecutionContext) => Promise<T>} work
   * @returns {Promise<T>}
   */
  function look(name, work) {
    const turn = tail.then(() => attempt(name, work)).finally(() => (working = false));
    tail = turn.catch(() => undefined); // its caller hears of it; the next job runs all the same
    return turn;
  }

  /**
   * Changes the document in front: one history state with that name.
   *
   * @template T
   * @param {number} documentID
   * @param {string} name
   * @param {(context: ExecutionContext) => Promise<T>} work
   * @returns {Promise<T>}
   * @throws {Behind} the painter has another document in front by now
   */
  const change = (documentID, name, work) => held(documentID, name, work, true);

  /**
   * Looks at the document in front as it would be with changes: they are dropped at the end.
   *
   * @template T
   * @param {number} documentID
   * @param {string} name
   * @param {(context: ExecutionContext) => Promise<T>} work
   * @returns {Promise<T>}
   */
  const suppose = (documentID, name, work) => held(documentID, name, work, false);

  /**
   * @template T
   * @param {number} documentID
   * @param {string} name
   * @param {(context: ExecutionContext) => Promise<T>} work
   * @param {boolean} lasting
   * @returns {Promise<T>}
   */
  function held(documentID, name, work, lasting) {
    return look(name, async (context) => {
      if (app.activeDocument?.id !== documentID) throw new Behind(t("document.behind"));
      history.before();
      try {
        const suspension = await context.hostControl.suspendHistory({ documentID, name });
        let done = false;
        try {
          const result = await work(context);
          done = lasting;
          return result;
        } finally {
          await nextTick();
          await context.hostControl.resumeHistory(suspension, done);
        }
      } finally {
        history.after();
      }
    });
  }

  return { look, change, suppose, inStroke: () => stroke !== null, atWork: () => working };
}

/** What changes in the very tick of resumeHistory may be left out of it. @returns {Promise<void>} */
const nextTick = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A change was meant for a document that is not in front any more. */
class Behind extends Error {}

module.exports = { makeModal, Behind, BUSY };
