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

from scripts.package_plugin import ROOT, package, unpacked
from scripts.plugin_bundle import bundled, modules_of

Json = dict[str, Any]

RUN = """
const [folder, tests] = process.argv.slice(1);
const { openedPage } = require(tests + "/ps-plugin/start_page.js");
(async () => {
  const { el, host } = await openedPage({ folder });
  await new Promise((wake) => setTimeout(wake, 100));
  const text = (id) => el(id).textContent;
  const { reports } = host;
  console.log(JSON.stringify({ status: text("status"), paint: text("paint"), reports }));
  process.exit();
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


def needs_node() -> str:
    node = shutil.which("node")
    if node is None or not (ROOT / "tests/node_modules/happy-dom").is_dir():
        pytest.skip("no Node with the tests' packages")
    return node


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


def test_only_the_plugins_files_are_in_it_all_beside_each_other(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        names = set(archive.namelist())
    icons = {path.name for path in (ROOT / "ps-plugin/icons").iterdir()}
    own = {"manifest.json", "index.html", "index.css", "start.js", "pentimento.js"}
    assert names == own | icons


def test_each_module_of_the_panel_is_in_its_one_script(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        script = archive.read("pentimento.js").decode()
    modules = set(re.findall(r'^"([^"]+)": function', script, re.MULTILINE))
    plugin = ROOT / "ps-plugin"
    files = {path.relative_to(plugin).as_posix() for path in plugin.rglob("*.js")}
    assert modules == {name for name in files if not name.startswith("studio/")} - {"start.js"}


def test_other_peoples_code_has_its_licence_and_goes_with_it(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        script = archive.read("pentimento.js").decode()
    plugin = ROOT / "ps-plugin"
    libraries = {path.relative_to(plugin).as_posix() for path in plugin.rglob("vendor/*.js")}
    assert libraries == {"vendor/hashes.js", "studio/vendor/png.js", "studio/vendor/jpeg.js"}
    for name in libraries:
        licence = (plugin / name).read_text("utf-8").partition("/*!")[2].partition("*/")[0]
        assert "Copyright (c)" in licence
        assert re.search("Permission is hereby granted|Redistribution and use in source", licence)
        assert (licence in script) == name.startswith("vendor/")
        said = (plugin / name).with_name("README.md").read_text("utf-8")
        assert f"`{Path(name).name}`" in said


def test_its_page_names_each_file_once_and_nothing_that_is_not_in_it(ccx: Path):
    with zipfile.ZipFile(ccx) as archive:
        page, names = archive.read("index.html").decode(), archive.namelist()
    named = re.findall(r'\b(?:src|href)="([^"]+)"', page)
    assert named == ["index.css", "start.js", "pentimento.js"]
    assert set(named) <= set(names)
    assert json.loads(zipfile.ZipFile(ccx).read("manifest.json"))["main"] == "index.html"


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
    node = needs_node()
    with zipfile.ZipFile(ccx) as archive:
        archive.extractall(tmp_path)
    command = [node, "-e", RUN, str(tmp_path), str(ROOT / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ran = {"status": "no bridge", "paint": "Paint", "reports": []}
    assert json.loads(done.stdout) == ran


def test_the_same_tree_gives_the_same_bytes(ccx: Path, tmp_path: Path):
    again = tmp_path / "again.ccx"
    package(ROOT, again)
    assert again.read_bytes() == ccx.read_bytes()


def test_the_folder_holds_the_same_bytes_as_the_file(ccx: Path, tmp_path: Path):
    command = [sys.executable, str(ROOT / "scripts" / "package_plugin.py"), "--folder"]
    folder = tmp_path / "a" / "plugin"
    for _ in range(2):  # the second time over the first
        subprocess.run([*command, str(folder)], check=True)
    with zipfile.ZipFile(ccx) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == packed


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path):
    (tmp_path / "picture.psd").write_text("mine")
    with pytest.raises(ValueError, match=r"holds other things, such as picture\.psd"):
        unpacked(ROOT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["picture.psd"]


def test_modules_in_folders_find_each_other_in_the_one_script(tmp_path: Path):
    files = {
        "start.js": 'for (const name of ["./main.js", "./ps-plugin/main.js"]) require(name);',
        "main.js": 'exports.found = require("./views/head.js").found + require("host").name;',
        "views/head.js": (
            'const tree = require("../tree.js"), deep = require("./deep/a.js");'
            "exports.found = tree.name + deep.name;"
        ),
        "views/deep/a.js": 'exports.name = require("../../tree.js").name + ", deep, ";',
        "tree.js": 'runs += 1; exports.name = "tree";',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    modules = modules_of(tmp_path, "start.js")
    assert sorted(modules) == ["main.js", "tree.js", "views/deep/a.js", "views/head.js"]
    run = (
        "globalThis.window = {}; globalThis.runs = 0;"
        "globalThis.require = (name) => ({ name: name + '!' });"
        f"(0, eval)({json.dumps(bundled(modules, 'start.js'))});"
        "console.log(window.pentimentoRequire('./main.js').found, runs);"
        "try { window.pentimentoRequire('./none.js') } catch (error) { console.log(error.message) }"
    )
    done = subprocess.run([needs_node(), "-e", run], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "treetree, deep, host! 1",
        "Module not found: none.js, required by start.js",
    ]


def test_a_module_that_threw_throws_again(tmp_path: Path):
    modules = {"a.js": 'throw new Error("not today");'}
    run = (
        "globalThis.window = {};"
        f"(0, eval)({json.dumps(bundled(modules, 'start.js'))});"
        "for (let i = 0; i < 2; i += 1) "
        "try { window.pentimentoRequire('./a.js') } catch (error) { console.log(error.message) }"
    )
    done = subprocess.run([needs_node(), "-e", run], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["not today", "not today"]


def test_a_module_outside_of_the_panels_folder_is_refused(tree: Path):
    (tree / "ps-plugin/state/store.js").write_text('require("../../outside.js");')
    says = r"state/store\.js names \.\./\.\./outside\.js, outside of the panel"
    with pytest.raises(ValueError, match=says):
        package(tree, tree / "x.ccx")


def test_a_script_that_is_required_and_missing_is_named(tree: Path):
    (tree / "ps-plugin/state/store.js").unlink()
    with pytest.raises(ValueError, match=r"panel\.js names state/store\.js"):
        package(tree, tree / "x.ccx")


def test_a_name_on_the_page_that_is_nowhere_is_named(tree: Path):
    (tree / "ps-plugin/index.css").unlink()
    with pytest.raises(ValueError, match=r"index\.html names index\.css, which is not there"):
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
