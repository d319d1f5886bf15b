"""Render the answer of `cerca`: as a table and as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import clock, media, thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, day_taken, decimal
from cercafoto.cli.render.table import Cell, Column, MarkedCell, PathCell, Row, fits, table
from cercafoto.errors import CercafotoError
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.results.answer import (
    AWAY,
    EVIDENCE_IN_FEWER_WORDS,
    EVIDENCE_IN_WORDS,
    LOW,
    WRITTEN,
    doubt_in_words,
)

if TYPE_CHECKING:
    from cercafoto.results.answer import Hit, SearchResult
    from cercafoto.search.explain import Explanation


# Characters shown of the text in a photo, on a wide and on a narrow terminal.
WIDE, NARROW = 40, 24
FIRST_NAMES = 10  # of files in a sentence


def search_json(
    result: SearchResult, explanation: Explanation | None = None, line: str | None = None
) -> str:
    """Return an answer as JSON.

    explanation: also include why the answer is as it is.
    line: question to include, if there are several; the JSON is then one line.
    """
    asked = {} if line is None else {"question": line}
    why = {}
    if explanation is not None:
        why = {"parts": result.query.words, "explanation": explanation}
    data = as_data(result)
    return as_json({**asked, "query": data["query"], **why, **data}, one_line=line is not None)


def error_json(line: str, error: CercafotoError) -> str:
    """Return an error as one line of JSON, with the question (`line`) that caused it."""
    told = {"question": line, "error": {"message": error.message, "hint": error.hint}}
    return as_json(told, one_line=True)


def search_table(result: SearchResult, figures: bool = False, most_moments: int = 1) -> str:
    """Return the table of an answer, without columns that would be empty.

    figures: also show each photo's confidence in percent and its cosine similarity.
    most_moments: how many moments of a video to show.
    """
    full = _columns(result, figures, EVIDENCE_IN_WORDS, WIDE, most_moments)
    if fits(*full):
        return table(*full)
    return table(*_columns(result, figures, EVIDENCE_IN_FEWER_WORDS, NARROW, most_moments))


def _columns(
    result: SearchResult, figures: bool, evidence: dict[str, str], room: int, most_moments: int
) -> tuple[list[Column], list[Row]]:
    """Return the columns of an answer and its rows.

    evidence: kind of evidence -> its words in the column "Perché".
    room: characters shown of the text in a photo.
    most_moments: see `search_table`.
    """
    hits = result.hits
    columns: dict[Column, Sequence[Cell]] = {
        Column(right=True): [str(rank) for rank in range(1, len(hits) + 1)]
    }
    if not result.is_list:  # a list by filters only has no confidence
        columns[Column("Fiducia")] = [
            f"{hit.word} ({hit.confidence:.0%})" if figures else hit.word for hit in hits
        ]
        if figures:
            columns[Column("Punteggio", right=True, expendable=2)] = [
                decimal(hit.score, 3) for hit in hits
            ]
    if any(days := [day_taken(hit.taken_at) for hit in hits]):
        columns[Column("Data", expendable=1)] = days
    if any(hit.doubtful for hit in hits):
        columns[Column("In dubbio")] = [printable(doubt_in_words(hit.doubtful)) for hit in hits]
    if any(hit.evidence for hit in hits):
        columns[Column("Perché")] = [_why(hit, evidence, room) for hit in hits]
    columns[Column("Foto")] = [
        PathCell(hit.path, _when(hit, most_moments) + _copies(hit)) for hit in hits
    ]
    return list(columns), list(zip(*columns.values(), strict=True))


def _why(hit: Hit, evidence: dict[str, str], room: int) -> Cell:
    """Return the cell that says what speaks for a photo, with the matching words of its text."""
    why = evidence[hit.evidence]
    if hit.evidence != WRITTEN or not hit.found:
        return why
    from cercafoto.base.excerpt import excerpt

    piece = excerpt(hit.text or "", hit.found, room)
    before = f"{why}: «"
    marks = tuple((start + len(before), end + len(before)) for start, end in piece.marks)
    return MarkedCell(f"{before}{piece.text}»", marks)


def _when(hit: Hit, most_moments: int) -> str:
    times = ", ".join(clock(moment.frame) for moment in hit.moments[:most_moments])
    return f"  {times}" if times else ""


def _copies(hit: Hit) -> str:
    copies = f" e {count(len(hit.copies), 'copia', 'copie')}" if hit.copies else ""
    return copies if hit.reachable else f"{copies} ({AWAY})"


def doubtful_names(hits: Sequence[Hit]) -> str:
    """Return the line that says which of several files only may show the people asked for."""
    named = [
        printable(f"{Path(os.fsdecode(hit.path)).name} ({doubt_in_words(hit.doubtful)})")
        for hit in hits
        if hit.doubtful
    ]
    more = len(named) - FIRST_NAMES
    rest = f" e {count(more, 'altra', 'altre')}" if more > 0 else ""
    are = "è" if len(named) == 1 else "sono"
    return f"Fra queste {are} in dubbio: {', '.join(named[:FIRST_NAMES])}{rest}."


def how_many(result: SearchResult) -> str:
    """Return the line that says how many photos are shown and how many match, copies included."""
    rows, total = len(result.hits), result.total
    if total is None:
        first = "La prima" if rows == 1 else f"Le prime {thousands(rows)}"
        return f"{first} di molte. Per vederne di più: -n {10 * rows}"
    shown = sum(hit.files for hit in result.hits)
    folded = f" in {count(rows, 'riga', 'righe')}" if rows < shown else ""
    if shown < total:
        first = "La prima" if shown == 1 else f"Le prime {thousands(shown)}"
        return f"{first} di {thousands(total)}{folded}. Per vederle tutte: -n {total}"
    videos = sum(hit.files for hit in result.hits if is_video(hit.path))
    what = media(shown, videos)
    if shown == total or all(hit.word == LOW for hit in result.hits):  # nothing to call relevant
        return f"{what}{folded}."
    ending = ("o" if shown == 1 else "i") if videos == shown else "a" if shown == 1 else "e"
    return (
        f"{what} mostrat{ending}{folded}; pertinenti: {thousands(total) if total else 'nessuna'}."
    )
