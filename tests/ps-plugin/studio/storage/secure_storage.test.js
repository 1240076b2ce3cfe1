"use strict";
// storage.secureStorage on this host.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

const storage = () => createHost({ manifest: {} }).uxp.storage.secureStorage;

test("secure storage takes text and gives bytes", async () => {
  const secureStorage = storage();
  assert.equal(await secureStorage.getItem("token"), null);
  await secureStorage.setItem("token", "für");
  assert.deepEqual(await secureStorage.getItem("token"), new TextEncoder().encode("für"));
  await secureStorage.removeItem("token");
  assert.equal(await secureStorage.getItem("token"), null);
});

test("secure storage keeps no empty value", async () => {
  const secureStorage = storage();
  for (const nothing of ["", new Uint8Array(0), new ArrayBuffer(0)]) {
    await assert.rejects(secureStorage.setItem("token", nothing), /the value is empty/);
  }
  assert.equal(secureStorage.length, 0);
});

test("what is not there is not removed from secure storage, and nothing is not cleared", async () => {
  const secureStorage = storage();
  await assert.rejects(secureStorage.removeItem("token"), /there is no "token"/);
  await assert.rejects(secureStorage.clear(), /nothing to clear/);
});

test("of a view of a part of a buffer secure storage keeps the whole buffer", async () => {
  const secureStorage = storage();
  const whole = Uint8Array.of(1, 2, 3, 4);
  await secureStorage.setItem("part", whole.subarray(1, 3));
  assert.deepEqual(await secureStorage.getItem("part"), whole);
});

test("secure storage counts its keys, names them and clears them, and no others", async () => {
  const host = createHost({ manifest: {} });
  const { secureStorage } = host.uxp.storage;
  await secureStorage.setItem("a", "1");
  await secureStorage.setItem("b", Uint8Array.of(2));
  await secureStorage.setItem("a", "3");
  assert.equal(secureStorage.length, 2);
  assert.deepEqual(
    [0, 1, 2].map((i) => secureStorage.key(i)),
    ["a", "b", null],
  );
  await secureStorage.clear();
  assert.equal(secureStorage.length, 0);
});

test("secure storage refuses keys and values of another kind", async () => {
  const secureStorage = storage();
  await assert.rejects(secureStorage.setItem(1, "x"), TypeError);
  await assert.rejects(secureStorage.setItem("a", 1), TypeError);
  await assert.rejects(secureStorage.getItem(undefined), TypeError);
});
