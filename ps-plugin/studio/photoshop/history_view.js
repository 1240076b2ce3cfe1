"use strict";
// A document's history: HistoryState, and the Document's members about it.

const { checkCall } = require("../documented/check.js");

/** @typedef {import("./dom.js").Views} Views */

/**
 * @param {Views} views
 * @param {() => import("../document/model.js").OpenDocument} document
 * @param {number} id
 */
function historyOf(views, document, id) {
  const { modal } = views;
  return {
    get historyStates() {
      const states = document().history.map((entry, index) =>
        stateView(views, id, entry, index === 0),
      );
      return views.collection("HistoryStates", states, {
        get parent() {
          return views.document(id);
        },
      });
    },
    get activeHistoryState() {
      const { history, current } = document();
      return stateView(views, id, history[current], current === 0);
    },
    set activeHistoryState(target) {
      modal.requireScopeFor("select");
      document().goTo(document().history.findIndex((entry) => entry.id === target.id));
    },
    async suspendHistory(...given) {
      checkCall("Document.suspendHistory", given);
      const [callback, name = "Script"] = given; // assumed: the name of one without
      const work = async (context) => {
        await context.hostControl.suspendHistory({ documentID: id, name });
        await callback(Object.create(context, { document: { value: views.document(id) } }));
      };
      return modal.executeAsModal(work, { commandName: name });
    },
  };
}

function stateView(views, documentId, entry, first) {
  return views.guarded("HistoryState", {
    typename: "HistoryState",
    id: entry.id,
    docId: documentId,
    name: entry.name,
    snapshot: first, // documented: the state a document opens with is a snapshot
    get parent() {
      return views.document(documentId);
    },
  });
}

module.exports = { historyOf };
