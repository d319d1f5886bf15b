"""Long lines on a terminal: broken between words, at any width."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.cli.commands import name_faces
from cercafoto.cli.console import notice, report_error
from cercafoto.cli.line_breaks import NARROWEST, broken, cell_width
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import CercafotoError
from tests.conftest import Cli
from tests.faces.conftest import family, painted

__all__ = ["family", "painted"]  # fixtures

COLUMNS = (40, 80)
# What is shortened or styled on a terminal, and is not compared: paths, and links to them.
_PATHS = re.compile(r"\S*(?:[/…]|\.png)\S*")
_STYLES = re.compile(r"\x1b\[[01]m|\x1b\]8;;[^\x1b]*\x1b\\")


def be_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Let stdout and stderr be a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(type(stream), "isatty", lambda self: True)


def check(shown: str, columns: int, piped: str = "") -> None:
    """Check that no line is wider than the terminal, except one with a very long word, and that no
    word is broken. piped: the same text for a pipe."""
    shown = _STYLES.sub("", shown)
    for line in shown.splitlines():
        is_long_word = max(map(len, line.split()), default=0) > columns - NARROWEST
        assert cell_width(line) <= columns or is_long_word, line
    if piped:
        words = set(_PATHS.sub(" ", piped).split())
        assert set(_PATHS.sub(" ", shown).split()) <= words


LONG = (
    "Aspetta che finisca, oppure aggiungi --aspetta.",
    "Se è un disco esterno, collegalo e rilancia «cercafoto index»; se le foto non ci sono più: "
    "«cercafoto pulisci --dimentica CARTELLA».",
    "  rientrato e lungo, più lungo di quaranta colonne e anche di ottanta se si conta tutto",
    "Per attivarli: cercafoto persone attiva --conferma",
    "caffè perché città più così " * 8,
    "写真を検索 " * 20,
    "«" + "nome lungo fra virgolette " * 5 + "»",
    "un « da solo, poi una riga che continua ben oltre il bordo di qualunque terminale stretto",
)


@pytest.mark.parametrize("columns", [*COLUMNS, NARROWEST])
@pytest.mark.parametrize("line", LONG)
def test_no_word_is_broken_and_no_line_too_wide(line: str, columns: int) -> None:
    shown = broken(line, columns)
    assert all(cell_width(each) <= columns for each in shown.splitlines())
    assert shown.split() == line.split()
    assert broken(line, 1000) == line


def test_commands_and_quoted_names_stay_whole() -> None:
    line = "Per attivarli: cercafoto persone attiva --conferma"
    assert broken(line, 40).splitlines() == [
        "Per attivarli:", "cercafoto persone attiva --conferma"
    ]  # fmt: skip
    line = "  L'elenco lo dà, se lo vuoi: «cercafoto stato --problemi» (vedi)."
    assert broken(line, 40).splitlines() == [
        "  L'elenco lo dà, se lo vuoi:", "  «cercafoto stato --problemi» (vedi)."
    ]  # fmt: skip
    assert broken("/foto/" + 60 * "a" + ": non si legge", 40).splitlines() == [
        "/foto/" + 60 * "a" + ":", "non si legge"
    ]  # fmt: skip


@pytest.mark.parametrize("columns", COLUMNS)
def test_errors_and_their_hints(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, columns)
    for hint in LONG:
        report_error(
            CercafotoError("Una cosa non è riuscita, e la frase che lo dice è lunga.", hint)
        )
        notice(hint)
    check(capsys.readouterr().err, columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_what_faces_keep(
    columns: int, family: Library, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_faces, "can_ask", lambda: False)
    be_terminal(monkeypatch, columns)
    code, _, told = cli("persone", "attiva")
    assert code == 2 and "128" in told
    check(told, columns)


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("cerca", "rosso in primavera al mare ad agosto 2019, senza gatti e senza persone", "--spiega"),
    ("cerca", "verde", "--spiega"),
    ("cerca", "--persona", "zia Pina"),
    ("cerca", "rosso", "--camera", "Nikon D750"),
    ("stato",),
    ("stato", "--dettagli"),
    ("modello",),
    ("controlla",),
    ("pulisci",),
    ("doppioni", "--sposta-in", "altrove"),
    ("dove", "rosso", "rosso.png"),
    ("dati", "rosso.png"),
    ("dati", "manca.png"),
    ("tag",),
    ("persone",),
    ("raccolte",),
    ("raccolte", "Sul mare ad agosto", "--mai", "rosso.png"),
    ("leggi", "manca.png"),
    ("index", "manca"),
    ("cercaa",),
    ("cerca", "--solgia", "3"),
)


@pytest.mark.parametrize("columns", (NARROWEST + 2, *COLUMNS))
def test_help(columns: int, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for command in ((), ("index",), ("cerca",), ("stato",), ("modello",), ("persone", "unisci")):
        shown, _, _ = cli(*command, "--help")[1].partition("Esempio")  # commands to copy
        check(shown, columns)
        assert "  --archivio" in shown or command


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command(
    cli: Cli,
    indexed: Path,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(indexed)
    monkeypatch.setattr(TerminalReporter, "progress", lambda *of: None)
    cli("cerca", "rosso", "--salva", "Sul mare ad agosto")
    words = [indexed / word if word == "rosso.png" else word for word in command]
    piped = "".join(cli(*words)[1:])
    for columns in COLUMNS:
        with monkeypatch.context() as patch:
            be_terminal(patch, columns)
            shown = "".join(cli(*words)[1:])
        check(shown, columns, piped)
