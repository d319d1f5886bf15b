"""The answer to a search."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cercafoto.cli.render.explanation import explanation_data
from cercafoto.cli.render.formatting import as_json, day_taken, decimal, linked, new_table, printed
from cercafoto.question.wording import parts_data, query_data

if TYPE_CHECKING:
    from cercafoto.results import SearchResult
    from cercafoto.search.explanation import Explanation


def search_json(result: SearchResult, explanation: Explanation | None = None) -> str:
    """Write an answer as JSON, with the reasons for it where there is an explanation."""
    why = {}
    if explanation is not None:
        why = {"parts": parts_data(result.query), "explanation": explanation_data(explanation)}
    return as_json(
        {
            "query": query_data(result.query),
            **why,
            "model": {"name": result.model, "fingerprint": result.fingerprint},
            "verdict": result.verdict,
            "hits": [
                {
                    "path": os.fsdecode(hit.path),
                    "score": round(hit.score, 6),
                    "confidence": round(hit.confidence, 4),
                    "word": hit.word,
                    "taken_at": hit.taken_at,
                    "date_source": hit.date_source,
                    "width": hit.width,
                    "height": hit.height,
                    "tags": list(hit.tags),
                }
                for hit in result.hits
            ],
        }
    )


def search_table(result: SearchResult, figures: bool = False) -> str:
    """Make the table of an answer; where no day is known, it has no column for it.

    figures: with each photo's confidence and cosine, for who asks why.
    """
    hits = result.hits
    days = [day_taken(hit.taken_at) for hit in hits]
    columns: dict[str | tuple[str, str], Sequence[Any]] = {
        ("", "right"): [str(rank) for rank in range(1, len(hits) + 1)],
        "Fiducia": [f"{h.word} ({h.confidence:.0%})" if figures else h.word for h in hits],
    }
    if figures:
        columns["Punteggio", "right"] = [decimal(hit.score, 3) for hit in hits]
    if any(days):
        columns["Data"] = days
    columns["Foto"] = [linked(hit.path) for hit in hits]
    table = new_table(*columns)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    return printed(table)
