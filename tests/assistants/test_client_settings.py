"""What goes into the settings of an assistant, and how the command refuses what makes no sense."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.base import installation
from cercafoto.cli.commands import assistants
from tests.conftest import Cli


def test_the_entry_starts_this_program_with_this_archive(
    cli: Cli, settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CERCAFOTO_MODELLO")
    monkeypatch.chdir(home)
    code, out, err = cli("mcp", "--archivio", "le mie foto", "--mostra-configurazione")
    entry = json.loads(out)["mcpServers"]["cercafoto"]
    assert code == 0
    assert entry["args"][-3:] == ["mcp", "--archivio", str(home / "le mie foto")]
    assert entry["env"] == {"CERCAFOTO_MODELLI": str(settings.models)}
    # The command starts from any folder.
    version = [entry["command"], *entry["args"][: entry["args"].index("mcp")], "--version"]
    done = subprocess.run(version, cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cercafoto ")
    # Each program of an assistant is told, and the command for the terminal has the same entry.
    for program in ("Claude Desktop", "Claude Code", "Cursor", "VS Code", "Zed", "LM Studio"):
        assert program in err
    (line,) = [line for line in err.splitlines() if "claude mcp" in line]
    *words, last = shlex.split(line)
    assert words == ["claude", "mcp", "add-json", "--scope", "user", "cercafoto"]
    assert json.loads(last) == entry


def test_options_are_kept_and_a_quiet_run_writes_only_the_entry(cli: Cli) -> None:
    address = "postgresql://anna@server/foto"
    options = ["--radice", "NAS=/foto", "--persone"]
    code, out, err = cli("mcp", "-q", "--archivio", address, *options, "--mostra-configurazione")
    arguments = json.loads(out)["mcpServers"]["cercafoto"]["args"]
    assert (code, err) == (0, "")
    at = arguments.index("mcp")
    assert arguments[at:] == [
        *("mcp", "--archivio", address, "--radice", "NAS=/foto", "--modello", "tiny", "--persone")
    ]


def test_a_password_is_not_written_down(cli: Cli) -> None:
    code, out, err = cli(
        "mcp", "--archivio", "postgresql://anna:segreta@server/foto", "--mostra-configurazione"
    )
    assert (code, out) == (2, "") and "~/.pgpass" in err and "segreta" not in err


def test_a_person_who_starts_it_is_told_what_it_is_for(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    code, out, err = cli("mcp")
    assert (code, out) == (2, "") and "cercafoto mcp --mostra-configurazione" in err


def test_without_the_extra_it_is_told_how_to_add_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistants, "find_spec", lambda name: None)
    code, _, err = cli("mcp")
    assert code == 1 and installation.install_command("mcp") in err
    assert cli("mcp", "--mostra-configurazione")[0] == 0
