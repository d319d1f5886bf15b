"""Render all that is known about one photo."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime

from cercafoto.base.italian_counts import clock, thousands
from cercafoto.base.paths import printable
from cercafoto.browse.photo_facts import facts_of, say_moment
from cercafoto.cli.render.formatting import listed, wrapped
from cercafoto.cli.render.short_path import from_here
from cercafoto.results.answer import AWAY, confidence_word
from cercafoto.results.known_photo import KnownPhoto

MOST_MOMENTS = 20  # of a video, that are listed


def known_photo_text(known: KnownPhoto) -> str:
    """Return the path of a photo, and a row for each thing that is known about it."""
    path = known.detail.tile.path
    shown = from_here if sys.stdout.isatty() else printable
    rows = [(name, printable(value)) for name, value in _rows(known)]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {wrapped(value, width + 4)}\n" for name, value in rows]
    return f"{shown(path)}{'' if known.reachable else f' ({AWAY})'}\n{''.join(lines)}"


def _rows(known: KnownPhoto) -> Iterator[tuple[str, str]]:
    detail = known.detail
    yield from facts_of(detail, for_owner=True)
    if detail.tile.taken_at:
        yield "Data del file", say_moment(known.modified_at, None)
    if by_hand := [label for label, _, is_by_hand in detail.labels if is_by_hand]:
        yield "Etichette tue", ", ".join(by_hand)
    found = [
        f"{label} ({confidence_word(sure)})" for label, sure, given in detail.labels if not given
    ]
    if found:
        yield "Etichette trovate", ", ".join(found)
    if known.collections:
        yield "Raccolte", ", ".join(known.collections)
    if known.text:
        yield "Testo", " / ".join(known.text.split("\n"))
    elif known.read:
        yield "Testo", "nessuna parola"
    for path in detail.copies:
        yield "Copia identica", printable(path)
    for path in known.duplicates:
        yield "Doppione", printable(path)
    if known.moments:
        first = [_moment(*each) for each in known.moments[:MOST_MOMENTS]]
        more = len(known.moments) - len(first)
        yield "Momenti", listed([*first, f"altri {thousands(more)}" if more else ""])
    if known.source:
        yield "Fonte", known.source
    if known.indexed_at:
        local = datetime.fromisoformat(known.indexed_at).astimezone()
        yield "Analizzata", say_moment(local.isoformat()[:16], None)
    if known.models:
        yield "Modello", listed(known.models)


def _moment(start: float, end: float, text: str | None) -> str:
    said = f" «{' / '.join(text.split(chr(10)))}»" if text else ""
    return f"{clock(start)}{said}"
