"""Tables and paths: in full in a pipe, fitted to the terminal's width otherwise."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from cercafoto.cli.render.formatting import wrapped
from cercafoto.cli.render.short_path import from_here, short
from cercafoto.cli.render.table import Column, PathCell, Row, table

COLUMNS = [Column(right=True), Column("Data", expendable=1), Column("Foto")]
NAMES = (
    "/foto/breve.jpg",
    "/foto/2019/Vacanze al mare in Sardegna con gli amici/IMG_20190814_103005.jpg",
    "/foto/富士山 📷/富士山富士山富士山富士山富士山富士山富士山富士山富士山富士山富士山.jpg",
    "/foto/" + "x" * 300 + ".jpg",
)
ROWS: list[Row | str] = [
    [str(at), "14/08/2019", PathCell(os.fsencode(name), " e 2 copie")]
    for at, name in enumerate(NAMES, start=9)
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return monkeypatch


def seen(text: str) -> list[str]:
    """Return the lines of a table as a terminal shows them, without escape sequences."""
    return re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\|\x1b\[\d+m", "", text).splitlines()


def test_a_pipe_gets_paths_in_full() -> None:
    lines = table(COLUMNS, ROWS).splitlines()
    assert lines[0] == "    Data        Foto"
    assert lines[1] == " 9  14/08/2019  /foto/breve.jpg e 2 copie"
    assert [line.split("  ", 3)[-1] for line in lines[2:]] == [
        f"{name} e 2 copie" for name in NAMES[1:]
    ]
    assert table(COLUMNS, []) == "  Data  Foto\n"


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_on_a_terminal_a_row_takes_a_line(terminal: pytest.MonkeyPatch, columns: int) -> None:
    terminal.setenv("COLUMNS", str(columns))
    lines = seen(table(COLUMNS, ROWS))
    assert len(lines) == 1 + len(ROWS)
    assert max(map(cell_len, lines)) <= columns
    assert all(line.endswith(".jpg e 2 copie") for line in lines[1:])
    assert "IMG_20190814_103005.jpg" in lines[2]


def test_a_path_can_still_be_clicked(terminal: pytest.MonkeyPatch) -> None:
    text = table(COLUMNS, ROWS)
    for name in NAMES:
        assert f"\x1b]8;;{Path(name).as_uri()}\x1b\\" in text
    elsewhere = [["1", "14/08/2019", PathCell(b"casa:/foto/a.jpg")]]  # in a shared archive
    assert "\x1b]8" not in table(COLUMNS, elsewhere)
    terminal.setenv("TERM", "dumb")
    assert "\x1b" not in table(COLUMNS, ROWS)


def test_expendable_columns_go_before_paths_are_shortened_too_far(
    terminal: pytest.MonkeyPatch,
) -> None:
    terminal.setenv("COLUMNS", "34")
    lines = seen(table(COLUMNS, ROWS))
    assert lines[0].split() == ["Foto"] and max(map(cell_len, lines)) <= 34


def test_cells_fold_and_remarks_have_a_line(terminal: pytest.MonkeyPatch) -> None:
    columns = [Column("Foto"), Column("Etichette", folds=True)]
    labels = ", ".join(f"etichetta {at}" for at in range(12))
    lines = seen(table(columns, [[PathCell(os.fsencode(NAMES[1])), labels], "perché sì"]))
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("/foto/2019/…/IMG_20190814_103005.jpg  etichetta 0,")
    assert lines[2].startswith(" " * 20) and lines[-1].strip() == "perché sì"
    assert ", ".join(f"etichetta {at}" for at in range(12)) == " ".join(
        [lines[1].split("  ")[1], *(line.strip() for line in lines[2:-1])]
    )


def test_paths_are_relative_to_the_current_folder_or_home(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "Foto").mkdir()
    monkeypatch.chdir(home / "Foto")
    assert from_here(home / "Foto" / "a" / "b.jpg") == "a/b.jpg"
    assert from_here(home / "Foto") == "~/Foto"
    assert from_here(home / "Fotografie" / "b.jpg") == "~/Fotografie/b.jpg"
    assert from_here(tmp_path / "b.jpg") == f"{tmp_path}/b.jpg"
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", "/")
    assert from_here("/foto/b.jpg") == "/foto/b.jpg"


@pytest.mark.parametrize(
    ("path", "room", "shown"),
    [
        ("/foto/a/b.jpg", 13, "/foto/a/b.jpg"),
        ("/foto/mare/sole/b.jpg", 20, "/…/mare/sole/b.jpg"),
        ("/foto/mare/sole/b.jpg", 15, "/…/sole/b.jpg"),
        ("/foto/mare/sole/b.jpg", 9, "/…/b.jpg"),
        ("/foto/mare/sole/b.jpg", 7, "…/b.jpg"),
        ("/foto/mare/sole/b.jpg", 5, "b.jpg"),
        ("/foto/mare/buongiorno.jpg", 10, "buong….jpg"),
    ],
)
def test_a_path_loses_its_middle(path: str, room: int, shown: str) -> None:
    assert short(path, room) == shown
    assert cell_len(shown) <= room


def test_a_text_wraps_between_words_on_a_terminal_only(terminal: pytest.MonkeyPatch) -> None:
    text = ", ".join(f"etichetta{number} {number}" for number in range(20))
    first, *rest = wrapped(text, indent=4).split("\n")
    assert len(first) <= 76 and all(line[:5] == " " * 4 + line[4] for line in rest)
    assert all(len(line) <= 80 for line in rest)
    assert " ".join([first, *(line.strip() for line in rest)]) == text
    terminal.setattr(sys.stdout, "isatty", lambda: False)
    assert wrapped(text, indent=4) == text
