"""Render the result of `dove`: the part of a photo that matches a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import as_json

if TYPE_CHECKING:
    from cercafoto.search.where_in_photo import PhotoRegion

# A box larger than this share of the photo is called "almost the whole photo".
WHOLE_PHOTO = 0.6


def look_json(region: PhotoRegion, written: Path | None) -> str:
    box = region.box
    return as_json(
        {
            "photo": str(region.photo),
            "text": region.text,
            "model": {"name": region.model, "fingerprint": region.fingerprint},
            "method": "occlusion" if region.covering else "patches",
            "width": region.width,
            "height": region.height,
            "confidence": round(region.confidence, 4),
            "word": region.word,
            "box": None
            if box is None
            else {
                "x": box[0],
                "y": box[1],
                "width": box[2] - box[0],
                "height": box[3] - box[1],
                "where": where(box, (region.width, region.height)),
            },
            "map": str(written) if written else None,
        }
    )


def look_text(region: PhotoRegion) -> str:
    photo = region.photo
    place = f"in {printable(photo)}" if isinstance(photo, Path) else "nella foto ricevuta"
    head = f"«{printable(region.text)}» {place}: fiducia {region.word}"
    box, size = region.box, (region.width, region.height)
    if box is None:
        return f"{head}\nNessuna parte della foto risalta sulle altre.\n"
    left, top, right, bottom = box
    place = where(box, size)
    return (
        f"{head}\n{place[0].upper()}{place[1:]}: x {left}, y {top}, larghezza {right - left}, "
        f"altezza {bottom - top} (la foto è di {size[0]} x {size[1]} pixel)\n"
    )


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
