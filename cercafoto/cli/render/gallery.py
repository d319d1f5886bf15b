"""Render an answer as a single HTML file (`cerca --html`), to keep or to send to somebody.

The file contains the thumbnails. Each links to its photo, which opens only on the computer that has
the photos.
"""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cercafoto.base.paths import printable
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.cli.render.formatting import day_taken
from cercafoto.cli.render.hit_thumbnails import thumbnails
from cercafoto.errors import ImageError
from cercafoto.question.wording import say_query
from cercafoto.results.answer import Hit, SearchResult, doubt_in_words
from cercafoto.settings import Settings
from cercafoto.web.templating import with_curly_apostrophes

# A thumbnail is about 25 kB, and a browser keeps them all in memory.
MAX_PHOTOS = 300


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
        reading=with_curly_apostrophes(printable(say_query(result.query))),
        verdict=result.verdict,
        tiles=tiles,
    )


def _tile(rank: int, hit: Hit, thumbnail: bytes | ImageError) -> dict[str, Any]:
    """Return what the page shows of a photo. image: the thumbnail as a data URI; "" if there is
    none, and then `trouble` says why. description: for screen readers."""
    path = Path(os.fsdecode(hit.path))
    name, date = printable(path.name), day_taken(hit.taken_at)
    labels = [printable(tag) for tag in hit.tags]
    image, trouble = "", ""
    if isinstance(thumbnail, ImageError):
        trouble = with_curly_apostrophes(thumbnail.message)
    else:
        image = f"data:image/webp;base64,{b64encode(thumbnail).decode('ascii')}"
    doubt = printable(doubt_in_words(hit.doubtful))
    said = [f"foto {rank}", name, doubt, f"etichette: {', '.join(labels)}" if labels else "", date]
    return {
        "rank": rank,
        "name": name,
        "path": printable(path),
        "address": path.as_uri(),
        "date": date,
        "word": hit.word,
        "labels": labels,
        "doubt": doubt,
        "width": hit.width,
        "height": hit.height,
        "image": image,
        "trouble": trouble,
        "description": "; ".join(filter(None, said)),
    }
