"use strict";
// Files and folders that a plugin reads and writes, dialogs, tokens and permissions.

const test = require("node:test");
const assert = require("node:assert/strict");
const { createHost } = require("../../../../ps-plugin/studio/host/host.js");

/** A host whose manifest permits `level`, and short names. */
function storing(level, options = {}) {
  const manifest = level ? { requiredPermissions: { localFileSystem: level } } : {};
  const host = createHost({ manifest, ...options });
  const { storage } = host.uxp;
  return { host, storage, fs: storage.localFileSystem, ...host };
}

const bytes = (...values) => Uint8Array.from(values);
const named = (name) => (error) => error.name === name;

test("text and bytes are written, added to and read in one of storage.formats", async () => {
  const { storage, fs } = storing();
  const { utf8, binary } = storage.formats;
  const file = await (await fs.getDataFolder()).createFile("novel.txt");
  assert.equal(await file.write("Es war Nacht: "), 14);
  assert.equal(await file.write("画", { append: true }), 3);
  assert.equal(await file.read(), "Es war Nacht: 画");
  assert.equal((await file.read({ format: binary })).byteLength, 17);
  await file.write(bytes(1, 2, 255).buffer, { format: binary });
  assert.deepEqual(new Uint8Array(await file.read({ format: binary })), bytes(1, 2, 255));
  const view = new Uint8Array(bytes(7, 8, 9).buffer, 1, 1);
  assert.equal(await file.write(view, { format: binary }), 3, "the whole buffer of a view");
  for (const format of ["utf8", "binary", Symbol("utf8")]) {
    await assert.rejects(file.write("x", { format }), named("InvalidFileFormatError"));
    await assert.rejects(file.read({ format }), named("InvalidFileFormatError"));
  }
  await assert.rejects(file.write(bytes(1)), named("DataFileFormatMismatchError"));
  await assert.rejects(file.write("x", { format: binary }), named("DataFileFormatMismatchError"));
  assert.notEqual(utf8, binary);
  assert.ok(new storage.errors.OutOfSpaceError("full") instanceof Error);
});

test("a created file is there once it is written to, and is not written over unasked", async () => {
  const { fs } = storing();
  const folder = await fs.getTemporaryFolder();
  const file = await folder.createFile("a.txt");
  assert.deepEqual(await folder.getEntries(), []);
  await assert.rejects(folder.getEntry("a.txt"), /not there/);
  await assert.rejects(file.read(), /not there/);
  await file.write("a");
  assert.deepEqual(
    (await folder.getEntries()).map(({ name }) => name),
    ["a.txt"],
  );
  await assert.rejects(folder.createFile("a.txt"), named("EntryExistsError"));
  const again = await folder.createFile("a.txt", { overwrite: true });
  await again.write("b");
  assert.equal(await (await folder.getEntry("a.txt")).read(), "b");
  await assert.rejects(folder.createFile("a/b.txt"), named("InvalidFileNameError"));
});

test("entries say what they are, and their classes know it of anything", async () => {
  const { storage, fs } = storing();
  const folder = await (await fs.getDataFolder()).createFolder("cats");
  const file = await folder.createFile("one.png");
  await file.write("12345");
  assert.deepEqual([file.isEntry, file.isFile, file.isFolder], [true, true, false]);
  assert.deepEqual([folder.isEntry, folder.isFile, folder.isFolder], [true, false, true]);
  assert.equal(file.name, "one.png");
  assert.equal(file.provider, fs);
  assert.equal(file.url, "plugin-data:/cats/one.png");
  assert.match(file.nativePath, /\/cats\/one\.png$/);
  assert.equal(fs.getNativePath(file), file.nativePath);
  assert.equal(fs.getFsUrl(file), file.url);
  assert.equal(file.mode, storage.modes.readWrite);
  assert.match(String(file), /one\.png/);
  const { size, name, isFile, dateModified } = await file.getMetadata();
  assert.deepEqual([size, name, isFile], [5, "one.png", true]);
  assert.ok(dateModified instanceof Date);
  assert.deepEqual([storage.File.isFile(file), storage.File.isFile(null)], [true, false]);
  assert.deepEqual([storage.Folder.isFolder(folder), storage.Folder.isFolder(file)], [true, false]);
  assert.throws(() => (file.name = "two.png"), TypeError);
  assert.throws(() => file.size, /File\.size is not modelled/);
  assert.throws(() => fs.getFileForEverything, /not modelled/);
});

test("entries are copied, moved, renamed and deleted; a folder must be empty for it", async () => {
  const { fs } = storing();
  const data = await fs.getDataFolder();
  const [from, to] = [await data.createFolder("from"), await data.createFolder("to")];
  const file = await from.createFile("a.txt");
  await file.write("a");
  const copy = await file.copyTo(to);
  await file.write("b");
  assert.equal(await copy.read(), "a");
  await assert.rejects(file.copyTo(to), named("EntryExistsError"));
  await file.copyTo(to, { overwrite: true });
  assert.equal(await (await data.getEntry("to/a.txt")).read(), "b");
  await assert.rejects(from.copyTo(to), /allowFolderCopy/);
  await from.copyTo(to, { allowFolderCopy: true });
  assert.equal(await (await to.getEntry("from/a.txt")).read(), "b");
  await file.moveTo(data, { newName: "master.txt" });
  assert.equal(file.url, "plugin-data:/master.txt");
  await data.renameEntry(file, "piece.txt");
  assert.equal(await (await data.getEntry("piece.txt")).read(), "b");
  await assert.rejects(to.delete(), /not empty/);
  assert.equal(await from.delete(), 0);
  assert.equal(await file.delete(), 0);
  await assert.rejects(file.delete(), /not there/);
});

test("the data folder outlives the plugin, a session token does not, a persistent one does", async () => {
  const first = storing("request");
  first.disk.put("/Users/painter/a.txt", bytes(104, 105));
  first.dialogs.next("/Users/painter/a.txt");
  const file = await first.fs.getFileForOpening();
  const session = first.fs.createSessionToken(file);
  const lasting = await first.fs.createPersistentToken(file);
  assert.equal(first.fs.getEntryForSessionToken(session), file);
  await (await (await first.fs.getDataFolder()).createFile("kept.txt")).write("kept");
  const second = storing("request", { disk: first.disk });
  assert.equal(await (await (await second.fs.getDataFolder()).getEntry("kept.txt")).read(), "kept");
  assert.throws(() => second.fs.getEntryForSessionToken(session), /^ReferenceError: token is not/);
  assert.equal(await (await second.fs.getEntryForPersistentToken(lasting)).read(), "hi");
  await assert.rejects(second.fs.getEntryForPersistentToken("no"), /token is not defined/);
});

test("dialogs give what the painter chose, read-only for opening, and nothing when cancelled", async () => {
  const { host, storage, fs, disk, dialogs } = storing("request");
  const { userPictures } = storage.domains;
  disk.put("/Users/painter/a.png", bytes(1));
  disk.put("/Users/painter/b.png", bytes(2));
  dialogs.next("/Users/painter/a.png");
  const file = await fs.getFileForOpening({
    types: storage.fileTypes.images,
    initialDomain: userPictures,
  });
  assert.equal(file.mode, storage.modes.readOnly);
  await assert.rejects(file.write("x"), named("FileIsReadOnlyError"));
  dialogs.next("/Users/painter/a.png", "/Users/painter/b.png");
  const both = await fs.getFileForOpening({ allowMultiple: true });
  assert.deepEqual(
    both.map(({ name }) => name),
    ["a.png", "b.png"],
  );
  dialogs.next();
  assert.equal(await fs.getFileForOpening(), null);
  dialogs.next();
  assert.deepEqual(await fs.getFileForOpening({ allowMultiple: true }), []);
  dialogs.next("/Users/painter/out/c.txt");
  const saving = await fs.getFileForSaving("c.txt", { types: ["txt"] });
  assert.equal(disk.find("/Users/painter/out/c.txt"), undefined, "nothing is written yet");
  await saving.write("c");
  assert.deepEqual(disk.read("/Users/painter/out/c.txt"), bytes(99));
  dialogs.next("/Users/painter/out");
  const folder = await fs.getFolder();
  assert.equal(await (await folder.getEntry("c.txt")).read(), "c");
  dialogs.next();
  assert.equal(await fs.getFolder(), null);
  await assert.rejects(fs.getFileForSaving(), /give a name/);
  await assert.rejects(
    fs.getFileForOpening({ initialDomain: "pictures" }),
    named("DomainNotSupportedError"),
  );
  await assert.rejects(fs.getFolder(), /answer it with dialogs\.next/);
  assert.equal(host.dialogs.waiting(), 0);
});

test("the manifest says which files there are: the plugin's, the chosen ones, all of them", async () => {
  const disk = storing().disk;
  disk.put("/Users/painter/a.txt", bytes(97));
  const url = "file:/Users/painter/a.txt";
  for (const level of [undefined, "plugin"]) {
    const { fs, dialogs } = storing(level, { disk });
    dialogs.next("/Users/painter/a.txt");
    await assert.rejects(fs.getFileForOpening(), named("PermissionDeniedError"));
    await assert.rejects(fs.getFileForSaving("a"), named("PermissionDeniedError"));
    await assert.rejects(fs.getFolder(), named("PermissionDeniedError"));
    await assert.rejects(fs.getEntryWithUrl(url), named("PermissionDeniedError"));
    assert.equal((await fs.getEntryWithUrl("plugin-temp:/")).isFolder, true);
  }
  const asking = storing("request", { disk });
  await assert.rejects(asking.fs.getEntryWithUrl(url), named("PermissionDeniedError"));
  const { fs, storage } = storing("fullAccess", { disk });
  assert.equal(await (await fs.getEntryWithUrl(url)).read(), "a");
  await assert.rejects(fs.getEntryWithUrl("file:/Users/painter/b.txt"), /not there/);
  await assert.rejects(fs.getEntryWithUrl("ftp://x"), /no address of a file/);
  const folder = await fs.createEntryWithUrl("plugin-temp:/img", { type: storage.types.folder });
  assert.equal(folder.isFolder, true);
  const file = await fs.createEntryWithUrl("plugin-temp:/img/x.dat", { overwrite: true });
  await file.write("x");
  assert.equal(await (await fs.getEntryWithUrl("plugin-temp:/img/x.dat")).read(), "x");
  await assert.rejects(fs.createEntryWithUrl("plugin-temp:/no/x.dat"), /not there/);
});

test("the plugin's own files are read and not written", async () => {
  const read = (name) => {
    if (name === "assets/words.txt") return "words";
    throw new Error("no such file");
  };
  const { fs } = storing("plugin", { read });
  const folder = await fs.getPluginFolder();
  const file = await folder.getEntry("assets/words.txt");
  assert.equal(await file.read(), "words");
  await assert.rejects(file.write("x"), named("FileIsReadOnlyError"));
  await assert.rejects(folder.createFile("x.txt"), named("FileIsReadOnlyError"));
  await assert.rejects(folder.getEntry("none.txt"), /not there/);
  await assert.rejects(folder.getEntries(), /not modelled/);
});
