"""The recipes of docs/ricette.md work, as far as the programs that they name are here."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto.cli.app import program
from tests.conftest import Cli, paint
from tests.support.program import put_on_path

PAGE = (Path(__file__).parents[2] / "docs" / "ricette.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.S)
UNITS = [body for kind, body in BLOCKS if kind == "ini"]
SHELL = shutil.which("sh") or ""

needs_shell = pytest.mark.skipif(not SHELL, reason="needs a shell")


def section(name: str) -> str:
    """Return the text below the heading that begins with a name."""
    (found,) = re.findall(rf"^## {name}\b.*?\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return found


def scripts(name: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", section(name), re.S)


def accepts(line: str) -> bool:
    """Whether the program accepts the words of a command line up to the first pipe."""
    words = shlex.split(line.partition("|")[0].partition(">")[0], comments=True)[1:]
    ctx = program.make_context("cercafoto", [], resilient_parsing=True)
    name, command, rest = program.resolve_command(ctx, words)
    return command is not None and bool(command.make_context(name, rest, parent=ctx))


@pytest.fixture
def shell(cli: Cli, photos: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run scripts in, with cercafoto on the PATH and an archive of odd names."""
    paint(photos / "un 'nome'\nstrano.png", (90, 140, 200))
    assert cli("index", photos)[0] == 0
    put_on_path(home, monkeypatch)
    return home


def run(script: str) -> str:
    done = subprocess.run([SHELL, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    return done.stdout


@needs_shell
def test_commands_for_xargs_and_tables_run(shell: Path, photos: Path) -> None:
    number = len(list(photos.iterdir()))
    commands, tables = scripts("xargs")
    # The tiny model knows colours; filters are asked so that all photos answer.
    everything = f"--in {shlex.quote(str(photos))} --tutte"
    asked = [line.replace('"al mare"', everything) for line in commands.splitlines()]
    counted, summed, packed = asked
    assert int(run(counted)) == number
    assert len(re.findall(r"^\\?[0-9a-f]{64}", run(summed), re.M)) == number
    run(packed)
    assert run("tar -tzf mare.tar.gz").count(".png") == number
    rows, lines = (line.replace("--da 2000", everything) for line in tables.splitlines())
    run(rows)
    assert (shell / "foto.tsv").read_text("utf-8").count("\t") >= 4 * number
    if shutil.which("jq"):
        run(lines)
        assert (shell / "foto.csv").read_text("utf-8").count(".png") == number


@needs_shell
def test_the_preview_of_fzf_shows_a_photo_whatever_its_name(shell: Path, photos: Path) -> None:
    previews = {
        found for text in scripts("fzf") for found in re.findall(r"preview '([^']+)'", text)
    }
    (preview,) = previews
    odd = next(path for path in photos.iterdir() if "strano" in path.name)
    shown = run(preview.replace("{}", shlex.quote(str(odd))))  # fzf quotes so
    assert "PNG, 60 × 40 pixel" in shown
    (question,) = re.findall(r"reload:([^']+)'", scripts("fzf")[1])
    asked = question.replace("sleep 0.3;", "").replace("{q}", "'rosso'")
    assert "rosso.png" in run(asked)


@needs_shell
def test_the_script_for_rofi_asks_and_opens(shell: Path) -> None:
    (script,) = scripts("rofi")
    for name, body in {
        # Like rofi: what is typed if nothing is listed, else the first line.
        "rofi": 'read -r first && echo "$first" || echo rosso',
        "xdg-open": 'echo "aperta: $1"',
    }.items():
        pretended = shell / "bin" / name
        pretended.write_text(f"#!{SHELL}\n{body}\n")
        pretended.chmod(0o755)
    assert re.fullmatch(r"aperta: /.*\.png\n", run(script))


def test_every_command_of_the_page_is_accepted() -> None:
    lines = [
        line
        for _, body in BLOCKS
        for line in body.replace("\\\n", "").splitlines()
        if line.startswith("cercafoto ")
    ]
    assert len(lines) > 8 and all(accepts(line) for line in lines)


def test_units_and_crontab_run_commands_that_there_are() -> None:
    service, timer = map(_unit, UNITS)
    assert accepts(service["Service"]["ExecStart"])
    assert timer["Timer"]["OnCalendar"] and timer["Install"]["WantedBy"] == "timers.target"
    (table,) = (body for kind, body in BLOCKS if kind == "crontab")
    for line in table.splitlines():
        when = re.match(r"([\d*]+ ){5}", line)
        assert when and accepts(line[line.index('"$HOME') :])


def _unit(text: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    return unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_nothing_amiss(tmp_path: Path) -> None:
    environ = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    names = ("cercafoto-notte.service", "cercafoto-notte.timer")

    def complaints(change: tuple[str, str]) -> list[str]:
        for name, text in zip(names, UNITS, strict=True):
            right = text.replace("%h/.local/bin/cercafoto", sys.executable)
            (tmp_path / name).write_text(right.replace(*change), "utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", *(tmp_path / n for n in names)],
            capture_output=True,
            text=True,
            env=environ,
            check=False,
        )
        return [line for line in done.stderr.splitlines() if "cercafoto-notte" in line]

    if not complaints(("OnCalendar=", "OnCalender=")):
        pytest.skip("systemd cannot look at a user's units here")
    assert complaints(("", "")) == []
