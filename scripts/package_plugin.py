"""The Photoshop plugin, ready to be used: one file to install, or one folder to load.

    python3 scripts/package_plugin.py -o pentimento.ccx
    python3 scripts/package_plugin.py --folder pentimento-plugin

Both hold the same files, all beside each other: wherever a host thinks that addresses begin, they
begin there. The manifest is at the root, the page beside it, and all of the panel's modules are one
script (plugin_bundle.py); a .ccx is a zip of them. The version is the one of pyproject.toml. The
same tree gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # as a script this file knows its own folder only

from scripts.plugin_bundle import NAME, bundled, modules_of, page_of  # noqa: E402 - needs the path above

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip knows: bytes do not depend on the day
_MANIFEST = "manifest.json"
_PAGE = "index.html"

Json = dict[str, Any]  # a manifest is Adobe's, and open-ended


def files_of(root: Path) -> dict[str, bytes]:
    """Name -> bytes of all that the plugin is, the manifest first.

    ValueError says what is missing or wrong.
    """
    manifest = manifest_of(root)
    main = PurePosixPath(manifest["main"])
    folder = root / main.parent

    def counts(address: str) -> bool:
        if (folder / address).is_file():
            return True
        if (root / address).is_file():
            return False  # its second name, for hosts whose addresses begin at the root
        raise ValueError(f"{main} names {address}, which is not there")

    page, script, sheets = page_of((root / main).read_text("utf-8"), counts)
    files = {_PAGE: page, NAME: bundled(modules_of(folder, script), script)}
    files |= {name: (folder / name).read_text("utf-8") for name in (script, *sheets)}
    found = {name: text.encode() for name, text in files.items()}
    for path in icons_of(root, manifest):
        name = PurePosixPath(path).name
        data = (root / path).read_bytes()
        if found.setdefault(name, data) != data:
            raise ValueError(f"two different icons are called {name}")
    text = json.dumps(flat(manifest), indent=2) + "\n"
    return {_MANIFEST: text.encode(), **{name: found[name] for name in sorted(found)}}


def package(root: Path, file: Path) -> list[str]:
    """Write the .ccx; the names in it, in order. ValueError says what is missing or wrong."""
    files = files_of(root)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, on whatever system it is made
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return list(files)


def unpacked(root: Path, folder: Path) -> list[str]:
    """Write the same files into a folder; their names. ValueError where other things lie in it."""
    files = files_of(root)
    others = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    others = [name for name in others if name not in files]
    if others:
        raise ValueError(f"{folder} holds other things, such as {others[0]}: choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return list(files)


def manifest_of(root: Path) -> Json:
    """manifest.json with the version of pyproject.toml."""
    manifest = cast("Json", json.loads((root / _MANIFEST).read_text("utf-8")))
    if not isinstance(manifest.get("host"), dict):
        raise ValueError('manifest.json: "host" must be one object when packaged, not a list')
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){2}", version):
        raise ValueError(f"the version is {version}; a plugin's is of the form 1.2.3")
    return {**manifest, "version": version}


def flat(manifest: Json) -> Json:
    """The manifest of the packaged plugin: the page and the icons lie beside it."""

    def bare(entry: Json) -> Json:
        if "icons" not in entry:
            return entry
        icons = [{**icon, "path": PurePosixPath(icon["path"]).name} for icon in entry["icons"]]
        return {**entry, "icons": icons}

    entries = [bare(entry) for entry in manifest["entrypoints"]]
    return {**bare(manifest), "main": _PAGE, "entrypoints": entries}


def icons_of(root: Path, manifest: Json) -> Iterator[str]:
    """Icons at every scale the manifest promises: Photoshop looks for name@2x.png."""
    entries = cast("list[Json]", [manifest, *manifest["entrypoints"]])
    for icon in (icon for entry in entries for icon in entry.get("icons", [])):
        path = PurePosixPath(icon["path"])
        for scale in icon["scale"]:
            name = str(path.with_name(f"{path.stem}@{scale}x{path.suffix}"))
            if not (root / name).is_file():
                raise ValueError(f"the manifest promises the icon {name}, which is not there")
            yield name


def main() -> int:
    """Exit status: 0, or 1 with a sentence that says what is wrong."""
    parser = argparse.ArgumentParser(description="Package the Photoshop plugin.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--output", metavar="FILE.ccx", type=Path, help="one file to install")
    where.add_argument("--folder", metavar="DIR", type=Path, help="one folder to load")
    asked = parser.parse_args()
    file, folder = cast("tuple[Path | None, Path | None]", (asked.output, asked.folder))
    try:
        if file is None:
            assert folder is not None
            names = unpacked(ROOT, folder)
            size = sum((folder / name).stat().st_size for name in names)
        else:
            if file.suffix != ".ccx":
                raise ValueError(f"{file} should end in .ccx, so that Creative Cloud installs it")
            names = package(ROOT, file)
            size = file.stat().st_size
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file or folder}: {len(names)} files, {size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
