"""What `--help` shows: commands and options in groups, and other names that work."""

from __future__ import annotations

import pytest

from cercafoto.cli.app import program
from tests.conftest import Cli


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def headings(text: str) -> list[str]:
    return [
        line.rstrip(":") for line in text.splitlines() if line[:1].isalpha() and line[-1] == ":"
    ]


def test_commands_are_listed_in_groups_one_line_each(cli: Cli) -> None:
    out = cli("--help")[1]
    assert headings(out) == ["Per cominciare", "Ordinare", "Avere cura", "In più", "Opzioni"]
    lines = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert [name for name in lines if name in program.modules] == list(program.modules)
    assert [name for names in program.headings.values() for name in names] == list(program.modules)
    commands = out.partition("Opzioni:")[0].splitlines()
    assert not [line for line in commands if line.startswith("   ")]  # all on one line


def test_the_options_of_a_search_stand_in_groups_on_one_page(cli: Cli) -> None:
    lines = cli("cerca", "--help")[1].splitlines()
    assert len(lines) <= 64 and max(map(len, lines)) <= 80
    assert headings("\n".join(lines)) == [
        "Opzioni (quelle di ogni comando: cercafoto --help)",
        "Filtri",
        "Come scrivere la risposta",
        "Che cosa fare delle foto",
    ]
    assert sum("cercafoto cerca " in line for line in lines) == 3  # usage and two examples
    assert "  -n, --max N      Numero massimo di foto (di norma 10)." in lines
    assert "  --in, --fuori CARTELLA  Solo questa cartella, o tutto tranne questa." in lines


def test_other_names_work(cli: Cli, indexed: object) -> None:
    assert cli("indicizza", "--silenzioso") == (0, "", "")
    assert cli("etichetta", "--etichette", "predefinite", "--prova")[0] == 0
    shown = cli("--help")[1]
    assert "indicizza" not in shown and "etichetta " not in shown
