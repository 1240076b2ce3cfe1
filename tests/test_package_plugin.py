"""The .ccx that painters install: what lies in it, and that the panel runs from it."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.package_plugin import ROOT, package

Json = dict[str, Any]

RUN = """
const fs = require("node:fs"), path = require("node:path");
const [root, tests] = process.argv.slice(1);
const { Window } = require(path.join(tests, "node_modules/happy-dom"));
const studio = path.join(tests, "../ps-plugin/studio");
const { createHost } = require(path.join(studio, "host.js"));
const { createRequire } = require(path.join(studio, "loader.js"));
const manifest = JSON.parse(fs.readFileSync(path.join(root, "manifest.json"), "utf8"));
const host = createHost({ manifest });
host.model.newDocument({ width: 8, height: 8 });
const window = new Window();
const page = fs.readFileSync(path.join(root, manifest.main), "utf8");
window.document.body.innerHTML = page.replace(/[^]*<body>|<\\/body>[^]*/g, "");
const refused = async () => { throw new TypeError("nobody there"); };
const timer = (act, ms) => globalThis.setTimeout(act, ms).unref();
const globals = { window, document: window.document, fetch: refused, setTimeout: timer,
  WebSocket: class {}, URL: {}, Blob: class {}, navigator: {}, process: undefined,
  Buffer: undefined };
const load = createRequire({
  read: (name) => fs.readFileSync(path.join(root, name), "utf8"),
  builtins: { photoshop: host.photoshop, uxp: host.uxp }, globals });
const script = page.match(/<script src="([^"]+)"/)[1];
load(path.posix.join(path.posix.dirname(manifest.main), script));
(async () => {
  await host.showPanels(window.document.body);
  await new Promise((wake) => globalThis.setTimeout(wake, 100));
  const text = (id) => window.document.getElementById(id).textContent;
  console.log(JSON.stringify({ status: text("status"), paint: text("paint") }));
})();
"""


@pytest.fixture(scope="module")
def ccx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("package") / "pentimento.ccx"
    command = [sys.executable, str(ROOT / "scripts" / "package_plugin.py"), "-o", str(file)]
    subprocess.run(command, check=True)
    return file


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is packaged, to break."""
    for name in ("manifest.json", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(
        ROOT / "ps-plugin", tmp_path / "ps-plugin", ignore=shutil.ignore_patterns("studio")
    )
    return tmp_path


def manifest_in(file: Path) -> Json:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("manifest.json"))


def change_manifest(tree: Path, **fields: object) -> None:
    manifest = json.loads((tree / "manifest.json").read_text())
    (tree / "manifest.json").write_text(json.dumps({**manifest, **fields}))


def test_it_is_a_plain_zip_with_the_manifest_at_its_root(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
    assert entries[0].filename == "manifest.json"
    assert not any(entry.is_dir() for entry in entries)
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}
    assert not any(entry.flag_bits & 0x1 for entry in entries), "encrypted"
    assert ccx.read_bytes()[:4] == b"PK\x03\x04"
    assert all("\\" not in entry.filename for entry in entries)


def test_only_the_plugins_files_are_in_it_and_all_of_them(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        names = set(archive.namelist())
    plugin = ROOT / "ps-plugin"
    code = {f"ps-plugin/{path.name}" for path in plugin.iterdir() if path.suffix in (".js", ".css")}
    icons = {f"ps-plugin/icons/{path.name}" for path in (plugin / "icons").iterdir()}
    assert names == {"manifest.json", "ps-plugin/index.html", *code, *icons}


def test_the_manifest_has_the_version_of_the_program_and_one_host(ccx: Path):
    manifest = manifest_in(ccx)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert manifest["version"] == project["version"]
    assert manifest["host"]["app"] == "PS"
    assert manifest["manifestVersion"] == 5
    assert manifest["requiredPermissions"]["network"]["domains"] == "all"
    assert manifest["requiredPermissions"]["clipboard"] == "readAndWrite"


def test_every_icon_has_the_size_the_manifest_promises(ccx: Path):
    manifest = manifest_in(ccx)
    with zipfile.ZipFile(ccx) as archive:
        for icon in [*manifest["icons"], *manifest["entrypoints"][0]["icons"]]:
            for scale in icon["scale"]:
                data = archive.read(icon["path"].replace(".png", f"@{scale}x.png"))
                width, height = struct.unpack(">II", data[16:24])
                assert (width, height) == (icon["width"] * scale, icon["height"] * scale)


def test_the_panel_runs_from_it(ccx: Path, tmp_path: Path):
    node = shutil.which("node")
    if node is None or not (ROOT / "tests/node_modules/happy-dom").is_dir():
        pytest.skip("no Node with the tests' packages")
    with zipfile.ZipFile(ccx) as archive:
        archive.extractall(tmp_path)
    command = [node, "-e", RUN, str(tmp_path), str(ROOT / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"status": "no bridge", "paint": "Paint"}


def test_the_same_tree_gives_the_same_bytes(ccx: Path, tmp_path: Path):
    again = tmp_path / "again.ccx"
    package(ROOT, again)
    assert again.read_bytes() == ccx.read_bytes()


def test_a_script_that_is_required_and_missing_is_named(tree: Path):
    (tree / "ps-plugin/store.js").unlink()
    with pytest.raises(ValueError, match=r"ps-plugin/panel\.js names ps-plugin/store\.js"):
        package(tree, tree / "x.ccx")


def test_a_missing_icon_is_named(tree: Path):
    (tree / "ps-plugin/icons/plugin@2x.png").unlink()
    with pytest.raises(ValueError, match=r"promises the icon ps-plugin/icons/plugin@2x\.png"):
        package(tree, tree / "x.ccx")


def test_a_list_of_hosts_is_refused(tree: Path):
    change_manifest(tree, host=[{"app": "PS", "minVersion": "25.0.0"}])
    with pytest.raises(ValueError, match="must be one object"):
        package(tree, tree / "x.ccx")


def test_a_version_that_no_plugin_may_have_is_refused(tree: Path):
    project = (tree / "pyproject.toml").read_text()
    changed = re.sub(r'(?m)^version = ".*"', 'version = "1.0rc1"', project)
    (tree / "pyproject.toml").write_text(changed)
    with pytest.raises(ValueError, match=r"the version is 1\.0rc1; a plugin's is of the form"):
        package(tree, tree / "x.ccx")


def test_another_ending_is_refused_in_a_sentence(tmp_path: Path):
    script = str(ROOT / "scripts" / "package_plugin.py")
    command = [sys.executable, script, "-o", str(tmp_path / "x.zip")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "should end in .ccx" in done.stderr
    assert "Traceback" not in done.stderr
