"""Tests of the command that adds an extra, for every way to install cercafoto."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest

from cercafoto.base import installation
from cercafoto.base.installation import REINSTALL, UPGRADE, install_command


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an environment installed from an index, without extras."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "bin" / "python"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(installation, "find_spec", lambda module: None)
    (tmp_path / "venv").mkdir()
    came_from(None, monkeypatch)
    return tmp_path / "venv"


def came_from(origin: object, monkeypatch: pytest.MonkeyPatch) -> None:
    class Distribution:
        def read_text(self, name: str) -> str | None:
            return json.dumps(origin) if origin and name == "direct_url.json" else None

    monkeypatch.setattr(metadata, "distribution", lambda name: Distribution())
    installation._source.cache_clear()


@pytest.fixture(autouse=True)
def forgotten() -> object:
    yield
    installation._source.cache_clear()


def test_pip(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = root / "bin" / "python"
    assert install_command("torch") == f"{python} -m pip install 'cercafoto[torch]'"
    monkeypatch.setenv("VIRTUAL_ENV", str(root))
    assert install_command("torch") == "pip install 'cercafoto[torch]'"
    assert install_command(how=REINSTALL) == "pip install --force-reinstall cercafoto"
    assert install_command("raw", UPGRADE) == (
        "pip install --upgrade --upgrade-strategy eager 'cercafoto[raw]'"
    )


@pytest.mark.parametrize(
    ("mark", "command"),
    [("pipx_metadata.json", "pipx install --force"), ("uv-receipt.toml", "uv tool install")],
)
def test_the_command_keeps_the_installed_extras(
    root: Path, monkeypatch: pytest.MonkeyPatch, mark: str, command: str
) -> None:
    (root / mark).touch()
    assert install_command("torch") == f"{command} 'cercafoto[torch]'"
    monkeypatch.setattr(installation, "find_spec", lambda module: module == "rawpy" or None)
    assert install_command("torch") == f"{command} 'cercafoto[raw,torch]'"
    assert install_command("torch", UPGRADE).endswith(" 'cercafoto[raw,torch]'")
    wheel = root / "il mio.whl"
    wheel.touch()
    came_from({"url": wheel.as_uri(), "archive_info": {}}, monkeypatch)
    assert shlex.split(install_command("torch"))[-1] == f"{wheel}[raw,torch]"
    wheel.unlink()  # what is gone cannot be installed from
    came_from({"url": wheel.as_uri(), "archive_info": {}}, monkeypatch)
    assert install_command("torch") == f"{command} 'cercafoto[raw,torch]'"


def test_a_clone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came_from({"url": tmp_path.as_uri(), "dir_info": {"editable": True}}, monkeypatch)
    python = root / "bin" / "python"
    assert install_command("torch") == f"{python} -m pip install -e '{tmp_path}[torch]'"


def test_the_bundle_suggests_another_installation(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    command = f"pipx install '{{}}{installation.REPOSITORY}'"
    assert install_command("jxl") == command.format("cercafoto[jxl] @ ")
    assert install_command(how=REINSTALL) == f"pipx install {installation.REPOSITORY}"
