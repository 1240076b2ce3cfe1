"""The Photoshop plugin as one file to install: a .ccx, a zip with the manifest at its root.

    python3 scripts/package_plugin.py -o pentimento.ccx

In it lies what the manifest and the panel's page reach, and nothing else: the page, its style, the
scripts that require each other, the icons. The version is the one of pyproject.toml. The same tree
gives the same bytes.
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
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip knows: bytes do not depend on the day
_REACHED = re.compile(r'\b(?:src|href)="(?!\w+:|#)([^"]+)"')  # by a page
_REQUIRED = re.compile(r'\brequire\(\s*"(\.\.?/[^"]+)"\s*\)')  # by a script
_MANIFEST = "manifest.json"

Json = dict[str, Any]  # a manifest is Adobe's, and open-ended


def package(root: Path, file: Path) -> list[str]:
    """Write the .ccx; the names in it, in order. ValueError says what is missing or wrong."""
    manifest = manifest_of(root)
    names = [_MANIFEST, *sorted({*code_of(root, manifest), *icons_of(root, manifest)})]
    text = json.dumps(manifest, indent=2).encode() + b"\n"
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            data = text if name == _MANIFEST else (root / name).read_bytes()
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, on whatever system it is made
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return names


def manifest_of(root: Path) -> Json:
    """manifest.json with the version of pyproject.toml."""
    manifest = cast("Json", json.loads((root / _MANIFEST).read_text("utf-8")))
    if not isinstance(manifest.get("host"), dict):
        raise ValueError('manifest.json: "host" must be one object when packaged, not a list')
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){2}", version):
        raise ValueError(f"the version is {version}; a plugin's is of the form 1.2.3")
    return {**manifest, "version": version}


def code_of(root: Path, manifest: Json) -> set[str]:
    """The page and all it reaches."""
    found: set[str] = set()
    waiting: list[tuple[str, str]] = [(_MANIFEST, manifest["main"])]
    while waiting:
        by, name = waiting.pop()
        if name in found:
            continue
        path = root / name
        if not path.is_file():
            raise ValueError(f"{by} names {name}, which is not there")
        found.add(name)
        pattern = {".html": _REACHED, ".js": _REQUIRED}.get(path.suffix)
        for reached in pattern.findall(path.read_text("utf-8")) if pattern else ():
            waiting.append((name, _joined(PurePosixPath(name).parent, reached)))
    return found


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


def _joined(folder: PurePosixPath, reached: str) -> str:
    parts: list[str] = []
    for part in (folder / reached).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def main() -> int:
    """Exit status: 0, or 1 with a sentence that says what is wrong."""
    parser = argparse.ArgumentParser(description="Package the Photoshop plugin.")
    parser.add_argument("-o", "--output", metavar="FILE.ccx", type=Path, required=True)
    file = cast("Path", parser.parse_args().output)
    try:
        if file.suffix != ".ccx":
            raise ValueError(f"{file} should end in .ccx, so that Creative Cloud installs it")
        names = package(ROOT, file)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file}: {len(names)} files, {file.stat().st_size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
