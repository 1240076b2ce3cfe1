"use strict";
// Modal scopes: core.executeAsModal, and the refusals outside of one.
//
// documented below means AdobeDocs/uxp-photoshop, ps-reference/media/executeasmodal.md.

const { checkCall, checkType } = require("../documented/check.js");
const { isNewer, tooNew } = require("../documented/guarded.js");

// seen in a host: Photoshop 27.9.1, getPixels outside of a scope
const OUTSIDE = "The requested functionality is only allowed from inside a modal scope.";
const BUSY = 9; // documented: error.number when someone else is modal
const CANCELLED = -128; // assumed: Photoshop's old userCanceledErr
/** seen in samples: Adobe's own leave the options out. assumed: the name of such a scope */
const UNNAMED = { commandName: "Script" };
const TIME_OUT = "25.10"; // documented: since when the option is there
const PATIENCE = 1; // seconds; documented: the default of timeOut since 25.10

/**
 * @param {import("../document/model.js").Model} model
 * @param {import("./faults.js").Faults} faults
 * @param {string} [version] of the Photoshop that it stands for; absent: the newest
 */
function createModal(model, faults, version) {
  const ticks = changedInTick(model);
  let depth = 0;
  let interactive = false;
  /** @type {ReturnType<typeof createContext>} */
  let context;
  /** What a progress bar would show; null when nothing runs. */
  let progress = null;

  async function executeAsModal(...given) {
    checkCall("core.executeAsModal", given);
    const [target, options = UNNAMED] = given;
    if (!options.commandName) throw new TypeError("core.executeAsModal: commandName is empty");
    if (options.timeOut !== undefined && isNewer(TIME_OUT, version)) {
      throw tooNew("core.executeAsModal", "timeOut", TIME_OUT, version);
    }
    requirePlain(options.descriptor);
    if (depth > 0) return nested(target, options);
    if (faults.takeBusy()) throw busyError();
    if (model.busy) await untilFree(options.timeOut ?? PATIENCE);
    if (depth > 0) return nested(target, options);
    return outermost(target, options);
  }

  // documented: scopes nest and share their state. assumed: so does a second call that did not wait
  // for the first one.
  async function nested(target, options) {
    depth += 1;
    try {
      return await target(context.given, options.descriptor);
    } finally {
      depth -= 1;
      if (depth === 0) leave(context.failed);
    }
  }

  async function outermost(target, options) {
    depth += 1;
    interactive = options.interactive === true;
    progress = { commandName: options.commandName, value: null };
    context = createContext({ model, faults, ticks }, progress);
    notify("modalJavaScriptScopeEnter", options.commandName);
    try {
      return await target(context.given, options.descriptor);
    } catch (error) {
      context.failed = true;
      throw error;
    } finally {
      depth -= 1;
      if (depth === 0) leave(context.failed);
    }
  }

  function leave(failed) {
    context.resumeAll(!failed);
    progress = null;
    interactive = false;
    for (const wake of context.waiting.splice(0)) wake();
    notify("modalJavaScriptScopeExit", "");
    faults.scopeEnded();
  }

  const notify = (event, commandName) =>
    model.emit({ type: "notification", event, descriptor: { commandName } });

  /** Wait until the painter's hand is off, or reject as Photoshop does. */
  async function untilFree(seconds) {
    const end = Date.now() + seconds * 1000;
    while (model.busy && Date.now() < end) await new Promise((wake) => setTimeout(wake, 20));
    if (model.busy) throw busyError();
  }

  /** @throws outside of a modal scope, and in one that the user cancelled */
  function requireScope() {
    if (depth === 0) throw new Error(OUTSIDE);
    requireNotCancelled();
  }

  /** The same, in the words Photoshop has for changes to its objects. */
  function requireScopeFor(event) {
    if (depth === 0) {
      // seen in a host, quoted by several authors since 2022
      throw new Error(
        `Event: ${event} may modify the state of Photoshop. ` +
          "Such events are only allowed from inside a modal scope",
      );
    }
    requireNotCancelled();
  }

  // documented: calls raise an exception once the user has cancelled
  function requireNotCancelled() {
    if (faults.takeCancel()) context.cancel();
    requireGoingOn();
  }

  /** documented: batchPlay raises in a scope that was cancelled, also where it only reads. */
  function requireGoingOn() {
    if (depth === 0 || !context.given.isCancelled) return;
    throw Object.assign(new Error("User cancelled the operation"), { number: CANCELLED });
  }

  return {
    executeAsModal,
    requireScope,
    requireScopeFor,
    requireGoingOn,
    isModal: () => depth > 0,
    /** documented: events are silenced while a scope is open that is not interactive. */
    isSilent: () => depth > 0 && !interactive,
    progress: () => progress,
    /** What Escape does. */
    cancel: () => depth > 0 && context.cancel(),
    /** Resolves when no scope is open: the painter's own changes wait for it. */
    async free() {
      if (depth > 0) await new Promise((wake) => context.waiting.push(() => wake(null)));
    },
  };
}

/**
 * What documents were before the first change of the very tick that is running: the habit
 * sameTickResume leaves what came after it out of a suspension.
 *
 * @param {import("../document/model.js").Model} model
 */
function changedInTick(model) {
  /** @type {Map<import("../document/model.js").OpenDocument, import("../document/document.js").State>} */
  const before = new Map();
  model.listen((event) => {
    if (event.type !== "state" || !event.recorded || before.has(event.document)) return;
    before.set(event.document, event.before);
    setTimeout(() => before.delete(event.document), 0);
  });
  return before;
}

/** What came late becomes a history state of its own. */
function resumeWithout(document, before, finalName) {
  const { state, base } = document.suspended;
  Object.assign(document.suspended, { state: before, changed: before !== base });
  document.resume(true, finalName);
  document.record("Late Change", state);
}

/** documented: the number; the text as third-party plugins match it. */
const busyError = () => Object.assign(new Error("host is in a modal state"), { number: BUSY });

/** What a modal scope hands to its function, and what it must tidy up. */
function createContext({ model, faults, ticks }, progress) {
  const suspensions = new Map(); // historySuspensionID -> document
  const closing = new Set(); // document ids

  const documentOf = (id) => {
    const document = model.documents.find((open) => open.id === id);
    if (!document) throw new Error(`there is no document ${id}`);
    return document;
  };

  const hostControl = {
    async suspendHistory(options) {
      checkType("HistoryStateInfo", options, "suspendHistory: options");
      const document = documentOf(options.documentID);
      const historySuspensionID = document.suspend(options.name);
      suspensions.set(historySuspensionID, document);
      return { historySuspensionID };
    },
    async resumeHistory(suspension, commit = true) {
      checkType("ResumeHistorySuspensionOptions", suspension, "resumeHistory: suspension");
      const document = suspensions.get(suspension.historySuspensionID);
      if (!document) throw new Error("this suspension has ended");
      suspensions.delete(suspension.historySuspensionID);
      if (!model.documents.includes(document))
        throw new Error(`there is no document ${document.id}`);
      const before = commit && faults.has("sameTickResume") ? ticks.get(document) : undefined;
      if (before) resumeWithout(document, before, suspension.finalName);
      else document.resume(commit, suspension.finalName);
    },
    async registerAutoCloseDocument(id) {
      closing.add(documentOf(id).id);
    },
    async unregisterAutoCloseDocument(id) {
      closing.delete(id);
    },
  };

  const given = {
    isCancelled: false,
    /** @type {undefined | ((event: {reason: string}) => void)} */
    onCancel: undefined,
    reportProgress(options) {
      checkType("ReportProgressOptions", options, "reportProgress: options");
      const { value = 0 } = options;
      if (!(value >= 0 && value <= 1)) {
        throw new RangeError(`reportProgress: value is 0..1, got ${value}`); // documented range
      }
      Object.assign(progress, options);
    },
    hostControl,
  };
  // seen in hosts' plugins: a spread of the context loses properties
  for (const name of Object.keys(given)) Object.defineProperty(given, name, { enumerable: false });

  return {
    given,
    failed: false,
    /** @type {(() => void)[]} */
    waiting: [],
    cancel() {
      given.isCancelled = true;
      given.onCancel?.({ reason: "user" });
    },
    /** documented: what is still suspended is committed, or dropped after an exception. */
    resumeAll(commit) {
      for (const document of suspensions.values()) document.resume(commit);
      suspensions.clear();
      for (const document of model.documents.filter(({ id }) => closing.has(id))) {
        model.close(document);
      }
    },
  };
}

/** documented: a descriptor holds no functions. assumed: the words. @param {unknown} descriptor */
function requirePlain(descriptor) {
  if (typeof descriptor === "function") {
    throw new TypeError("core.executeAsModal: a descriptor cannot include functions");
  }
  if (descriptor && typeof descriptor === "object") Object.values(descriptor).forEach(requirePlain);
}

module.exports = { createModal, OUTSIDE, BUSY };
