"""An answer as one page of HTML that needs nothing else: to be kept, or sent to somebody.

The small copies are in it; each leads to its photo, on the computer where the photos are.
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cercafoto.base.paths import printable
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.cli.render.formatting import day_taken
from cercafoto.cli.render.hit_thumbnails import thumbnails
from cercafoto.errors import ImageError
from cercafoto.question.wording import say_query
from cercafoto.results import Hit, SearchResult
from cercafoto.settings import Settings

# Photos in a page: 25 kB each, and a browser has to hold them all.
MOST = 300


@dataclass(frozen=True)
class Tile:
    """One photo on the page.

    image: the small copy as a data URI, or "" where there is none, and then `trouble` says why.
    address: file:// of the photo.
    """

    rank: int
    name: str
    path: str
    address: str
    date: str
    word: str
    labels: tuple[str, ...]
    width: int
    height: int
    image: str
    trouble: str = ""

    @property
    def description(self) -> str:
        """Text that a screen reader says in the place of the picture."""
        parts = [f"foto {self.rank}", self.name]
        if self.labels:
            parts.append(f"etichette: {', '.join(self.labels)}")
        return "; ".join([*parts, *filter(None, [self.date])])


def gallery(settings: Settings, result: SearchResult, reporter: Reporter = SILENT) -> str:
    """Make the page of the first `MOST` photos of an answer."""
    tiles = [
        _tile(rank, hit, thumbnail)
        for rank, (hit, thumbnail) in enumerate(
            thumbnails(settings, result.hits[:MOST], reporter), start=1
        )
    ]
    pages = Environment(
        loader=PackageLoader("cercafoto", "cli/render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("galleria.html").render(
        reading=printable(say_query(result.query)), verdict=result.verdict, tiles=tiles
    )


def _tile(rank: int, hit: Hit, thumbnail: bytes | ImageError) -> Tile:
    path = Path(os.fsdecode(hit.path))
    image, trouble = "", ""
    if isinstance(thumbnail, ImageError):
        trouble = thumbnail.message
    else:
        image = f"data:image/webp;base64,{b64encode(thumbnail).decode('ascii')}"
    return Tile(
        rank,
        printable(path.name),
        printable(path),
        path.as_uri(),
        day_taken(hit.taken_at),
        hit.word,
        tuple(printable(tag) for tag in hit.tags),
        hit.width,
        hit.height,
        image,
        trouble,
    )
