"""Render the result of `dove`: the part of a photo that matches a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import clock
from cercafoto.base.paths import printable
from cercafoto.cli.render.explanation import say_doubted
from cercafoto.cli.render.formatting import text_lines

if TYPE_CHECKING:
    from cercafoto.search.where_in_photo import PhotoRegion


def look_text(region: PhotoRegion) -> str:
    photo = region.photo
    what = "nella foto ricevuta" if region.at is None else "all'inizio del video ricevuto,"
    place = f"in {printable(photo)}" if isinstance(photo, Path) else what
    when = "" if region.at is None else f" a {clock(region.at)}"
    of = "della foto" if region.at is None else "del fotogramma"
    head = f"«{printable(region.text)}» {place}{when}: fiducia {region.word}"
    doubts = [say_doubted(region.doubted)] if region.doubted else []
    if not region.boxes:
        return text_lines([head, *doubts, f"Nessuna parte {of} risalta sulle altre."])
    lines = [
        f"{where[0].upper()}{where[1:]}: x {x}, y {y}, larghezza {width}, altezza {height}"
        for x, y, width, height, where in region.placed
    ]
    whole = "il fotogramma" if when else "la foto"
    lines[0] += f" ({whole} è di {region.width} × {region.height} pixel)"
    return text_lines([head, *doubts, *lines])
