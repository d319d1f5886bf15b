"""How cercafoto came onto this machine, and so the command line that adds to it or repairs it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cercafoto.base.bundle import is_frozen

NAME = "cercafoto"
# Extras, and a module of each that tells whether it is there.
EXTRAS = {
    "condiviso": "psycopg",
    "grafo": "hnswlib",
    "jxl": "pillow_jxl",
    "raw": "rawpy",
    "ray": "ray",
    "terminale": "textual",
    "testo": "rapidocr",
    "torch": "torch",
}
REPOSITORY = "git+https://github.com/cercafoto/cercafoto"
# Files at the root of the environments that these tools make.
_PIPX, _UV = "pipx_metadata.json", "uv-receipt.toml"
# What each tool is told besides, to renew what it finds (pip else leaves dependencies as they are),
# and to install again what is there. pipx makes its environment anew in any case.
UPGRADE, REINSTALL = "upgrade", "reinstall"
_PIP = {UPGRADE: "--upgrade --upgrade-strategy eager ", REINSTALL: "--force-reinstall "}
_UV_TOOL = {UPGRADE: "--upgrade ", REINSTALL: "--reinstall "}


def install_command(extra: str = "", how: str = "") -> str:
    """Write the command that installs cercafoto once more as it was installed here.

    extra: with this extra too.
    how: UPGRADE, REINSTALL, or neither.
    """
    if is_frozen():  # nothing can be added to it: an installation of one's own, beside it
        return f"pipx install {_quoted(f'{NAME}[{extra}] @ {REPOSITORY}' if extra else REPOSITORY)}"
    root = Path(sys.prefix)
    if (root / _PIPX).exists():  # it forgets the extras that it is not told again
        return f"pipx install --force {_requirement({extra, *_installed_extras()})}"
    if (root / _UV).exists():
        return (
            f"uv tool install {_UV_TOOL.get(how, '')}{_requirement({extra, *_installed_extras()})}"
        )
    active = os.environ.get("VIRTUAL_ENV", "") == sys.prefix
    pip = "pip" if active else f"{_quoted(sys.executable)} -m pip"
    editable = "-e " if _source()[1] else ""
    return f"{pip} install {_PIP.get(how, '')}{editable}{_requirement({extra})}"


def _requirement(extras: set[str]) -> str:
    """Name the package, or where it came from, with its extras."""
    named = ",".join(sorted(extras - {""}))
    return _quoted(_source()[0] + (f"[{named}]" if named else ""))


@cache
def _source() -> tuple[str, bool]:
    """Find where it was installed from: its name for an index, the path of a folder or a wheel that
    is still there, or a repository; and whether that folder is the program itself (PEP 610)."""
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        text = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    origin = json.loads(text) if text else {}
    parts = urlsplit(origin.get("url", ""))
    if parts.scheme == "file":
        path = url2pathname(parts.path)
        if Path(path).exists():
            return path, bool(origin.get("dir_info", {}).get("editable"))
    return NAME, False


def _installed_extras() -> list[str]:
    return [extra for extra, module in EXTRAS.items() if find_spec(module) is not None]


def _quoted(text: str) -> str:
    return f'"{text}"' if sys.platform == "win32" else shlex.quote(text)
