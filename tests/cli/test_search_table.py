"""The table of an answer and the line below it, from results made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from cercafoto import Query, Question
from cercafoto.cli.answer_actions import tell_number
from cercafoto.cli.render.search import (
    how_many,
    search_json,
    search_table,
)
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import (
    EVIDENCE,
    EVIDENCE_IN_FEWER_WORDS,
    EVIDENCE_IN_WORDS,
    FOLDER,
    KEYWORD,
    NONE,
    WRITTEN,
    Hit,
    SearchResult,
)
from tests.cli.test_table import seen, terminal

__all__ = ["terminal"]

HIT = Hit(b"/foto/a.jpg", 1, b"", 0.31, 0.8, "2019-08-14T10:30:05", "exif", 60, 40, ())
ASKED = Query.parse(["un gatto"])
LIST = Query.of(Question(typed=Filters(rating=3)))


def result(
    hits: Sequence[Hit], total: int | None = 0, query: Query = ASKED, verdict: str = "found"
) -> SearchResult:
    return SearchResult(query, "mini", "7a98", verdict, tuple(hits), total)


def test_evidence_and_copies_of_a_photo_are_shown() -> None:
    hits = [
        replace(HIT, evidence=FOLDER, copies=(b"/b.jpg",)),
        replace(HIT, evidence=KEYWORD, copies=(b"/b.jpg", b"/c.jpg")),
        HIT,
    ]
    assert search_table(result(hits)).splitlines() == [
        "   Fiducia  Data        Perché                   Foto",
        "1  alta     14/08/2019  dal nome della cartella  /foto/a.jpg e 1 copia",
        "2  alta     14/08/2019  dalla parola chiave      /foto/a.jpg e 2 copie",
        "3  alta     14/08/2019                           /foto/a.jpg",
    ]
    assert set(EVIDENCE_IN_WORDS) == set(EVIDENCE_IN_FEWER_WORDS) == {"", *EVIDENCE}
    data = json.loads(search_json(result(hits, 3)))
    assert data["total"] == 3
    assert [(h["evidence"], h["copies"]) for h in data["hits"]] == [
        ("folder", ["/b.jpg"]),
        ("keyword", ["/b.jpg", "/c.jpg"]),
        ("", []),
    ]
    assert json.loads(search_json(result(hits, None)))["total"] is None


WRITTEN_IN = "Benvenuti\nTRATTORIA DA GIGI di Rossi\nTOTALE 23,50"
READ = replace(HIT, evidence=WRITTEN, text=WRITTEN_IN, found=((10, 19), (23, 27)))


def test_words_read_in_a_photo_are_told(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("COLUMNS", "120")
    shown = search_table(result([READ, HIT]))
    assert "dal testo: «…\x1b[1mTRATTORIA\x1b[0m DA \x1b[1mGIGI\x1b[0m di Rossi…»" in shown
    terminal.setenv("COLUMNS", "80")
    deep = replace(READ, path=b"/foto/2019/Vacanze al mare in Sardegna/IMG_20190814_103005.jpg")
    lines = seen(search_table(result([deep])))
    assert "dal testo: «…TRATTORIA DA GIGI di…»" in lines[1]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("columns", [60, 80])
def test_a_hit_is_a_line_of_the_terminal(terminal: pytest.MonkeyPatch, columns: int) -> None:
    terminal.setenv("COLUMNS", str(columns))
    deep = b"/foto/2019/Vacanze al mare in Sardegna con gli amici/IMG_20190814_103005.jpg"
    hits = [replace(HIT, path=deep, evidence=FOLDER, copies=(b"/b.jpg",))] * 12
    lines = seen(search_table(result(hits)))
    assert len(lines) == 13 and max(map(len, lines)) <= columns
    assert all("dalla cartella" in line for line in lines[1:])
    assert all(line.endswith(".jpg e 1 copia") for line in lines[1:])


def test_a_list_shows_no_confidence() -> None:
    listed = result([HIT], 1, LIST)
    assert listed.is_list
    for figures in (False, True):
        assert search_table(listed, figures).splitlines() == [
            "   Data        Foto",
            "1  14/08/2019  /foto/a.jpg",
        ]
    assert "80%" in search_table(result([HIT], 1), figures=True)


@pytest.mark.parametrize(
    ("shown", "total", "said"),
    [
        (10, 43, "Le prime 10 di 43. Per vederle tutte: -n 43"),
        (1, 2, "La prima di 2. Per vederle tutte: -n 2"),
        (43, 43, "43 foto."),
        (1, 1, "1 foto."),
        (10, None, "Le prime 10 di molte. Per vederne di più: -n 100"),
        (1, None, "La prima di molte. Per vederne di più: -n 10"),
        (20, 12, "20 foto mostrate; pertinenti: 12."),
        (20, 1, "20 foto mostrate; pertinenti: 1."),
        (20, 0, "20 foto mostrate; pertinenti: nessuna."),
    ],
)
def test_it_says_how_many_there_are(shown: int, total: int | None, said: str) -> None:
    assert how_many(result([HIT] * shown, total)) == said


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (43, "Le prime 5 di 43 in 2 righe. Per vederle tutte: -n 43"),
        (5, "5 foto in 2 righe."),
        (None, "Le prime 2 di molte. Per vederne di più: -n 20"),
        (2, "5 foto mostrate in 2 righe; pertinenti: 2."),
    ],
)
def test_copies_count_too(total: int | None, said: str) -> None:
    shots = [replace(HIT, copies=(b"/b.jpg",)), replace(HIT, copies=(b"/c.jpg", b"/d.jpg"))]
    assert how_many(result(shots, total)) == said


@pytest.mark.parametrize(
    ("paths", "total", "said"),
    [
        ("a.mp4", 1, "1 video."),
        ("a.mp4 b.jpg c.MOV", 3, "1 foto e 2 video."),
        ("a.mp4 b.jpg", 1, "1 foto e 1 video mostrate; pertinenti: 1."),
        ("a.mp4 b.mp4", 1, "2 video mostrati; pertinenti: 1."),
        ("a.mp4", 1678, "La prima di 1.678. Per vederle tutte: -n 1678"),
    ],
)
def test_a_video_is_not_called_a_photo(paths: str, total: int, said: str) -> None:
    hits = [replace(HIT, path=f"/{path}".encode()) for path in paths.split()]
    assert how_many(result(hits, total)) == said


def test_the_count_comes_last_and_not_where_nothing_corresponds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_number(result([HIT], 1, verdict="weak"))
    assert capsys.readouterr().err.splitlines() == ["1 foto."]
    tell_number(result([HIT], 0, verdict=NONE))
    tell_number(result([], 0, verdict=NONE))
    assert capsys.readouterr().err == ""
