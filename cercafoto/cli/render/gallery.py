"""Render an answer as a single HTML file (`cerca --html`), to keep or to send to somebody.

The file contains the thumbnails. Each links to its photo, which opens only on the computer that has
the photos.
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

# A thumbnail is about 25 kB, and a browser keeps them all in memory.
MAX_PHOTOS = 300


@dataclass(frozen=True)
class Tile:
    """One photo on the page.

    rank: place in the answer, from 1.
    image: the thumbnail as a data URI; "" if there is none, and then `trouble` says why.
    address: file:// URL of the photo.
    word: confidence as a word (alta, media, bassa).
    width, height: size of the photo in pixels.
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
        """The alternative text of the image, for screen readers."""
        parts = [f"foto {self.rank}", self.name]
        if self.labels:
            parts.append(f"etichette: {', '.join(self.labels)}")
        return "; ".join([*parts, *filter(None, [self.date])])


def gallery(settings: Settings, result: SearchResult, reporter: Reporter = SILENT) -> str:
    """Return an HTML page with the first MAX_PHOTOS photos of an answer."""
    tiles = [
        _tile(rank, hit, thumbnail)
        for rank, (hit, thumbnail) in enumerate(
            thumbnails(settings, result.hits[:MAX_PHOTOS], reporter), start=1
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
