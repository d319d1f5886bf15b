"""Render the result of `dove`: the part of a photo that matches a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import as_json, text_lines
from cercafoto.results.answer import clock

if TYPE_CHECKING:
    from cercafoto.search.where_in_photo import PhotoRegion

# A box larger than this share of the photo is called "almost the whole photo".
WHOLE_PHOTO = 0.6


def look_json(region: PhotoRegion, written: Path | None) -> str:
    size = (region.width, region.height)
    boxes = [
        {"x": x, "y": y, "width": right - x, "height": end - y, "where": where(box, size)}
        for box in region.boxes
        for x, y, right, end in [box]
    ]
    method = "things" if region.heat.things else "patches"
    return as_json(
        {
            "photo": str(region.photo),
            "text": region.text,
            "model": {"name": region.model, "fingerprint": region.fingerprint},
            "method": "occlusion" if region.covering else method,
            "width": region.width,
            "height": region.height,
            **({} if region.at is None else {"start": round(region.at, 3)}),
            "confidence": round(region.confidence, 4),
            "word": region.word,
            "box": boxes[0] if boxes else None,
            "boxes": boxes,
            "map": str(written) if written else None,
        }
    )


def look_text(region: PhotoRegion) -> str:
    photo = region.photo
    what = "nella foto ricevuta" if region.at is None else "all'inizio del video ricevuto,"
    place = f"in {printable(photo)}" if isinstance(photo, Path) else what
    when = "" if region.at is None else f" a {clock(region.at)}"
    of = "della foto" if region.at is None else "del fotogramma"
    head = f"«{printable(region.text)}» {place}{when}: fiducia {region.word}"
    size = (region.width, region.height)
    if not region.boxes:
        return text_lines([head, f"Nessuna parte {of} risalta sulle altre."])
    lines = []
    for box in region.boxes:
        left, top, right, bottom = box
        place = where(box, size)
        lines.append(
            f"{place[0].upper()}{place[1:]}: x {left}, y {top}, larghezza {right - left}, "
            f"altezza {bottom - top}"
        )
    lines[0] += f" ({'il fotogramma' if when else 'la foto'} è di {size[0]} × {size[1]} pixel)"
    return text_lines([head, *lines])


def where(box: tuple[int, int, int, int], size: tuple[int, int]) -> str:
    """Return where the middle of a box is, in Italian: one of nine places ("in alto a destra"). For
    a box larger than WHOLE_PHOTO of the photo, return "quasi tutta la foto".

    box: left, top, right, bottom in pixels.
    size: width and height of the photo in pixels.
    """
    left, top, right, bottom = box
    width, height = size
    if (right - left) * (bottom - top) > WHOLE_PHOTO * width * height:
        return "quasi tutta la foto"
    across = min(int(3 * (left + right) / 2 / width), 2)
    down = min(int(3 * (top + bottom) / 2 / height), 2)
    side = ("a sinistra", "al centro", "a destra")[across]
    if down == 1:
        return side
    return f"{'in alto' if down == 0 else 'in basso'} {side}"
