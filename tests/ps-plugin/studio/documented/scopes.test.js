"use strict";
// What Adobe's page of executeAsModal says, done and checked in the stand-in.

const test = require("node:test");
const assert = require("node:assert/strict");
const { opened, paint } = require("../tools.js");
const { from } = require("./tools.js");

const names = (document) => document.historyStates.map(({ name }) => name);

from("ps-reference/media/executeasmodal.md", () => {
  test("a descriptor cannot hold a function", async () => {
    const { core } = opened();
    const options = { commandName: "Count", descriptor: { list: [() => 1] } };
    await assert.rejects(
      core.executeAsModal(async () => 1, options),
      /cannot include functions/,
    );
  });

  test("the function gets a context and the descriptor, and what it returns is the answer", async () => {
    const { core } = opened();
    const descriptor = { size: 3 };
    const options = { commandName: "Count", descriptor };
    const answer = await core.executeAsModal(async (context, given) => {
      assert.deepEqual(
        ["isCancelled", "reportProgress", "hostControl"].filter((name) => !(name in context)),
        [],
      );
      return given.size + 1;
    }, options);
    assert.equal(answer, 4);
  });

  test("a scope is over when its function is, also when that took its time", async () => {
    const { core, modal } = opened();
    const seen = [core.isModal()];
    await modal(async () => {
      await new Promise((wake) => setTimeout(wake, 5));
      seen.push(core.isModal());
    });
    seen.push(core.isModal());
    assert.deepEqual(seen, [false, true, false]);
  });

  test("what the function throws is what executeAsModal rejects with", async () => {
    const { modal, core } = opened();
    const mine = new Error("out of paint");
    await assert.rejects(
      modal(async () => {
        throw mine;
      }),
      (error) => error === mine,
    );
    assert.equal(core.isModal(), false);
  });

  test("while another is modal the request is rejected, and its number is 9", async () => {
    const { host, modal } = opened();
    host.model.setBusy("another plugin");
    await assert.rejects(
      modal(async () => {}, { timeOut: 0.05 }),
      ({ number }) => number === 9,
    );
  });

  test("a request waits in the queue for as long as its timeOut says", async () => {
    const { host, modal } = opened();
    host.model.setBusy("another plugin");
    setTimeout(() => host.model.setBusy(""), 60);
    assert.equal(await modal(async () => "at last", { timeOut: 5 }), "at last");
  });

  test("a loop of awaited batchPlay ends by itself when the user cancels", async () => {
    const { host, modal, action } = opened();
    let turns = 0;
    const hostName = {
      _obj: "get",
      _target: {
        _ref: [
          { _ref: "property", _property: "hostName" },
          { _ref: "application", _enum: "ordinal", _value: "targetEnum" },
        ],
      },
    };
    const work = modal(async () => {
      for (;;) {
        await action.batchPlay([hostName], {});
        turns += 1;
        if (turns === 3) host.modal.cancel();
        if (turns > 9) return;
      }
    });
    await assert.rejects(work);
    assert.equal(turns, 3);
  });

  test("a function that asks isCancelled hears of the user's cancelling, as onCancel does", async () => {
    const { host, modal } = opened();
    const heard = [];
    await modal(async (context) => {
      context.onCancel = () => heard.push("onCancel");
      heard.push(context.isCancelled);
      host.modal.cancel();
      heard.push(context.isCancelled);
    });
    assert.deepEqual(heard, [false, "onCancel", true]);
  });

  test("reportProgress sets the bar from 0 to 1 and may change what is written above it", async () => {
    const { host, modal } = opened();
    await modal(
      async (context) => {
        assert.equal(host.modal.progress().value, null, "at first it is not determinate");
        context.reportProgress({ value: 0.25 });
        assert.deepEqual(host.modal.progress(), { commandName: "Blend", value: 0.25 });
        context.reportProgress({ value: 1, commandName: "Almost" });
        assert.deepEqual(host.modal.progress(), { commandName: "Almost", value: 1 });
      },
      { commandName: "Blend" },
    );
    assert.equal(host.modal.progress(), null);
  });

  test("a nested scope may set the outer one's progress", async () => {
    const { host, modal } = opened();
    await modal(async () => {
      await modal(async (inner) => inner.reportProgress({ value: 0.5 }));
      assert.equal(host.modal.progress().value, 0.5);
    });
  });

  test("changes between suspendHistory and resumeHistory are one state of the given name", async () => {
    const { app, modal } = opened();
    const document = app.activeDocument;
    const before = names(document).length;
    await modal(async ({ hostControl }) => {
      const suspension = await hostControl.suspendHistory({
        documentID: document.id,
        name: "Three",
      });
      for (const name of ["a", "b", "c"]) await document.createLayer({ name });
      await hostControl.resumeHistory(suspension);
    });
    assert.deepEqual(names(document).slice(before), ["Three"]);
    assert.equal(document.layers.length, 4);
  });

  test("finalName on the suspension is the state's name in the end", async () => {
    const { app, modal } = opened();
    await modal(async ({ hostControl }) => {
      const suspension = await hostControl.suspendHistory({
        documentID: app.activeDocument.id,
        name: "First",
      });
      await app.activeDocument.createLayer({});
      suspension.finalName = "Last";
      await hostControl.resumeHistory(suspension);
    });
    assert.equal(names(app.activeDocument).at(-1), "Last");
  });

  test("resumeHistory with false rolls the document back to where it was suspended", async () => {
    const { app, modal } = opened();
    const before = names(app.activeDocument);
    await modal(async ({ hostControl }) => {
      const documentID = app.activeDocument.id;
      const suspension = await hostControl.suspendHistory({ documentID, name: "Never" });
      await app.activeDocument.createLayer({});
      await hostControl.resumeHistory(suspension, false);
    });
    assert.equal(app.activeDocument.layers.length, 1);
    assert.deepEqual(names(app.activeDocument), before);
  });

  test("no state is made where the document was not changed", async () => {
    const { app, modal } = opened();
    const before = names(app.activeDocument);
    await modal(async ({ hostControl }) => {
      const documentID = app.activeDocument.id;
      await hostControl.resumeHistory(await hostControl.suspendHistory({ documentID, name: "x" }));
    });
    assert.deepEqual(names(app.activeDocument), before);
  });

  test("what is still suspended at a scope's end is kept, or dropped when the function threw", async () => {
    const { app, modal } = opened();
    const leave = (error) =>
      modal(async ({ hostControl }) => {
        const documentID = app.activeDocument.id;
        await hostControl.suspendHistory({ documentID, name: "Left" });
        await app.activeDocument.createLayer({});
        if (error) throw error;
      });
    await leave(null);
    assert.equal(app.activeDocument.layers.length, 2);
    await assert.rejects(leave(new Error("no")));
    assert.equal(app.activeDocument.layers.length, 2);
  });

  test("a history may be suspended in one scope and resumed in a nested one", async () => {
    const { app, modal } = opened();
    await modal(async ({ hostControl }) => {
      const documentID = app.activeDocument.id;
      const suspension = await hostControl.suspendHistory({ documentID, name: "Across" });
      await app.activeDocument.createLayer({});
      await modal((inner) => inner.hostControl.resumeHistory(suspension));
      assert.equal(names(app.activeDocument).at(-1), "Across");
    });
  });

  test("a scope is silent but for its own beginning and end, unless it is interactive", async () => {
    const { app, action, modal } = opened();
    const heard = [];
    const events = ["make", "modalJavaScriptScopeEnter", "modalJavaScriptScopeExit"];
    await action.addNotificationListener(events, (event) => heard.push(event));
    const make = () => app.activeDocument.createLayer({});
    await modal(make);
    await modal(make, { interactive: true });
    await new Promise((wake) => setTimeout(wake, 5));
    const [enter, exit] = events.slice(1);
    assert.deepEqual(heard, [enter, exit, enter, "make", exit]);
  });

  test("a document registered for it is closed with the scope, also when the user cancelled", async () => {
    const { app, host, modal } = opened();
    await modal(async ({ hostControl }) => {
      const made = await app.createDocument({ width: 4, height: 4 });
      await hostControl.registerAutoCloseDocument(made.id);
      host.modal.cancel();
    });
    assert.equal(app.documents.length, 1);
  });

  test("a document that was unregistered again stays open", async () => {
    const { app, modal } = opened();
    await modal(async ({ hostControl }) => {
      const made = await app.createDocument({ width: 4, height: 4 });
      await hostControl.registerAutoCloseDocument(made.id);
      await hostControl.unregisterAutoCloseDocument(made.id);
    });
    assert.equal(app.documents.length, 2);
  });
});

from("ps-reference/classes/document.md", () => {
  test("Document.suspendHistory hands over the document and makes one state of the callback", async () => {
    const { app } = opened();
    const document = app.activeDocument;
    const before = document.historyStates.length;
    await document.suspendHistory(async (context) => {
      assert.equal(context.document.id, document.id);
      await context.document.createLayer({ name: "one" });
      context.document.layers[0].name = "two";
    }, "Both");
    assert.deepEqual(names(document).slice(before), ["Both"]);
  });
});

from("ps-reference/media/photoshopcore.md", () => {
  test("isModal says whether a scope is open, and redrawDocument how long it took", async () => {
    const { app, core, modal, imaging } = opened();
    assert.equal(core.isModal(), false);
    await modal(async () => {
      assert.equal(core.isModal(), true);
      const layer = await app.activeDocument.createLayer({});
      await paint(imaging, layer.id, 2, 2, 0, 0, 9);
      const took = await core.redrawDocument({ documentID: app.activeDocument.id });
      assert.ok(took >= 0);
    });
  });
});
