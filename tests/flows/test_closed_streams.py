"""Streams that are closed (`>&-`), and results that do not fit on a disk, for every command."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.cli.app import program
from tests.conftest import Cli

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="devices of Linux")

FULL = "cercafoto: Lo standard output non si può scrivere: il disco è pieno.\n"
# Command lines for an archive of five photos. Other commands only show their help, since they need
# models, a server or a terminal.
LINES = [
    ["index"],
    ["cerca", "rosso"],
    ["cerca", "-"],
    ["cerca", "rosso", "--json"],
    ["cerca", "rosso", "--percorsi"],
    ["tag", "--labels", "predefinite", "--elenco"],
    ["raccolte"],
    ["doppioni"],
    ["stato"],
    ["controlla"],
    ["pulisci"],
    ["modello"],
    ["--version"],
    ["--help"],
]
LINES += [[name, "--help"] for name in program.modules if name not in {line[0] for line in LINES}]


def through(redirections: str, line: list[str]) -> tuple[int, str]:
    """Run a command line with redirections of the shell. Return its exit code and stderr."""
    asked = ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-m", "cercafoto"]
    done = subprocess.run(
        [*asked, *line], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_every_command_is_tried() -> None:
    assert set(program.modules) <= {line[0] for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_closed_streams_and_full_disks(
    cli: Cli, settings: Settings, photos: Path, line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    code, out, _ = cli(*line)
    assert through(">&-", line)[0] == code
    assert through("<&- 2>&-", line)[0] == code
    assert through("<&- >&- 2>&-", line)[0] == code
    assert through("2>/dev/full", line)[0] == code
    full, told = through(">/dev/full", line)
    if out:
        assert full == 1 and told.endswith(FULL) and told.count("cercafoto: ") == 1, told
    else:
        assert full == code
    assert through(">/dev/full 2>/dev/full", line)[0] == full
    # The catalogue did not take the place of a closed stream.
    assert cli("controlla")[0] == 0


def test_large_results_are_told_too(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    questions = photos.parent / "domande.txt"
    questions.write_text("rosso\n" * 50)
    code, told = through(f'>/dev/full <"{questions}"', ["cerca", "-", "--json"])
    assert (code, told) == (1, FULL)
