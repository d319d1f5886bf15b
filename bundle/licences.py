"""Collect the licences of everything in the bundle; most require that they are passed on."""

from __future__ import annotations

import sys
import sysconfig
from importlib.metadata import Distribution, distributions
from pathlib import Path

NAMES = ("LICEN", "COPYING", "NOTICE", "AUTHORS", "THIRDPARTY")
# Used to make the bundle, not contained in it.
TOOLS = {"altgraph", "pip", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"}


def write_licences(folder: Path) -> None:
    """Write a file with the licence of each package of this environment, and of Python."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in distributions():
        name = package.metadata["Name"]
        if name.lower() not in TOOLS:
            (folder / f"{name}.txt").write_text(_text(package), encoding="utf-8")
    python = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    if python.exists():
        text = python.read_text("utf-8")
    else:
        text = f"Python {sys.version.split()[0]}: PSF-2.0, https://docs.python.org/3/license.html\n"
    (folder / "Python.txt").write_text(text, encoding="utf-8")


def _text(package: Distribution) -> str:
    """Return what a package says about its licence: its metadata, then its licence files."""
    said = [package.metadata.get(key) for key in ("License-Expression", "License", "Home-page")]
    kinds = [c for c in package.metadata.get_all("Classifier", []) if c.startswith("License")]
    parts = [f"{package.metadata['Name']} {package.version}", *filter(None, said), *kinds]
    for file in package.files or []:
        if file.name.upper().startswith(NAMES) and ".dist-info" in str(file):
            parts.append(file.locate().read_text("utf-8", errors="replace"))
    return "\n\n".join(parts) + "\n"
