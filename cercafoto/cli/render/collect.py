"""Render collections, and what changed in their folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, day_taken, listed, media_of, shown, text_lines
from cercafoto.results.answer import doubt_in_words

if TYPE_CHECKING:
    from cercafoto.collections.folder import FolderReport
    from cercafoto.results.collections import Collection, CollectionPhotos


def named(collection: Collection) -> str:
    """Return the name and the question of a collection, for a sentence."""
    return printable(f"«{collection.name}» ({collection.typed})")


def collections_text(collections: Sequence[CollectionPhotos], news: bool) -> str | bytes:
    """Return a line for each collection: its name, how many photos, since when, its question. If
    `news`, instead the name of each collection with new photos, and their paths."""
    if news:
        return b"".join(
            b"\n  ".join(
                [
                    f"{printable(entry.collection.name)}:".encode(),
                    *(_path(photo, entry.doubtful.get(photo, ())) for photo in entry.photos),
                ]
            )
            + b"\n"
            for entry in collections
            if entry.photos
        )
    rows = [
        (
            printable(entry.collection.name),
            "?" if entry.problem else media_of(entry.photos),
            f"dal {day_taken(_local_time(entry.collection.made_at))}",
            printable(entry.collection.typed),
            _said(entry),
        )
        for entry in collections
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return text_lines(
        (
            f"{name:<{widths[0]}}  {photos:>{widths[1]}}  {since}  {question}{said}"
            for name, photos, since, question, said in rows
        ),
        indent=2,
    )


def folder_summary(report: FolderReport) -> str:
    """Return what changed in the folder of collections, as a sentence."""
    one, many = (
        ("copia {}a", "copie {}e") if report.copies else ("collegamento {}o", "collegamenti {}i")
    )
    changed = listed(
        [
            count(number, one.format(word), many.format(word))
            for number, word in ((report.added, "aggiunt"), (report.removed, "tolt"))
        ]
    )
    number = count(report.collections, "raccolta", "raccolte") or "nessuna raccolta"
    copies = " Lì non si fanno collegamenti: sono copie." if report.copies else ""
    return f"{printable(report.folder)}: {number}; {changed or 'niente di nuovo'}.{copies}"


def _path(photo: bytes, doubtful: Sequence[str]) -> bytes:
    mark = printable(doubt_in_words(doubtful))
    return shown(photo) + (f"  ({mark})".encode() if mark else b"")


def _said(entry: CollectionPhotos) -> str:
    numbers = (len(entry.always), "sempre"), (len(entry.never), "mai")
    said = listed([count(number, word, word) for number, word in numbers])
    doubtful = f"{thousands(len(entry.doubtful))} in dubbio" if entry.doubtful else ""
    told = "; ".join(filter(None, (doubtful, said and f"a mano: {said}")))
    return f" ({told})" if told else ""


def _local_time(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone().isoformat()
