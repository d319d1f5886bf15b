"""Make pairs of Conceptual Captions: its captions in Italian, and photos that the user downloaded.

Google publishes Train_GCC-training.tsv, lines of "caption<TAB>url". The step `translate` makes the
table that is read here from it, with the columns url, english, italian.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from cercafoto.base.atomic_file import replacing
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources.by_url import pairs_by_url
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tables import opened, rows
from cercafoto.training.data.tally import Tally
from cercafoto.training.training_errors import InputError

SOURCE = "conceptual"
COLUMNS = ("url", "english", "italian")


def build(table: Path, photos: Downloaded) -> tuple[list[Pair], Tally]:
    """Return pairs with the Italian captions, and paths relative to the folder of `photos`."""
    captioned = ((url, (italian,)) for url, italian in rows(table, ("url", "italian")))
    return pairs_by_url(captioned, photos, SOURCE)


def read_published(table: Path) -> Iterator[tuple[str, str]]:
    """Yield (url, English caption) from Google's file.

    It quotes nothing: a double quote is a character of the caption. A first line of column names
    ("caption<TAB>url") is skipped.
    """
    with opened(table) as lines:
        for number, line in enumerate(lines, 1):
            caption, tab, url = line.rstrip("\r\n").rpartition("\t")
            if (number == 1 and url == "url") or not line.strip():
                continue
            if not tab or "://" not in url:
                raise InputError(f"{table}, line {number}: not caption<TAB>url")
            yield url, caption


def write_translated(table: Path, translated: Iterable[tuple[str, str, str]]) -> None:
    """Write rows of (url, English, Italian), as `build` reads them."""
    with replacing(table) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(translated)
