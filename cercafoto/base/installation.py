"""Write the command line that adds an extra to this installation, upgrades it or repairs it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cercafoto.base.own_process import is_frozen

NAME = "cercafoto"
# Each extra, and a module that is importable if the extra is installed.
EXTRAS = {
    "condiviso": "psycopg",
    "grafo": "hnswlib",
    "jxl": "pillow_jxl",
    "mcp": "mcp",
    "raw": "rawpy",
    "ray": "ray",
    "terminale": "textual",
    "testo": "rapidocr",
    "torch": "torch",
}
REPOSITORY = "git+https://github.com/cercafoto/cercafoto"
# Files by which environments that pipx and uv made are recognised.
_PIPX, _UV = "pipx_metadata.json", "uv-receipt.toml"
# Options of pip and uv to upgrade or to reinstall. "eager" upgrades dependencies too. pipx needs
# none: it always makes a new environment.
UPGRADE, REINSTALL = "upgrade", "reinstall"
_PIP = {UPGRADE: "--upgrade --upgrade-strategy eager ", REINSTALL: "--force-reinstall "}
_UV_TOOL = {UPGRADE: "--upgrade ", REINSTALL: "--reinstall "}


def install_command(extra: str = "", how: str = "") -> str:
    """Return the command that installs cercafoto again in the same way as it was installed; from
    the bundle, the command for a second installation.

    extra: an extra to add, or "".
    how: UPGRADE, REINSTALL or "".
    """
    if is_frozen():  # nothing can be added to the bundle: a second installation is needed
        return f"pipx install {_quoted(f'{NAME}[{extra}] @ {REPOSITORY}' if extra else REPOSITORY)}"
    root = Path(sys.prefix)
    if (root / _PIPX).exists():  # pipx drops the extras that the command does not name
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
    """Return what to install, quoted for the shell: the package or its source, with extras."""
    named = ",".join(sorted(extras - {""}))
    return _quoted(_source()[0] + (f"[{named}]" if named else ""))


@cache
def _source() -> tuple[str, bool]:
    """Return what cercafoto was installed from, and whether the installation is editable (PEP 610).

    The source is the path of a folder or wheel that still exists, else the name of the package.
    """
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
