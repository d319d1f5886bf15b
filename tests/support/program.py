"""The program under its name, for the shell lines of the docs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


def put_on_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `cercafoto` a command, and `home` the current folder."""
    binaries = home / "bin"
    binaries.mkdir()
    script = binaries / "cercafoto"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cercafoto "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(home)
