"""Where in a photo something is, in figures and in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import as_json

if TYPE_CHECKING:
    from cercafoto.search.where_in_photo import Sight

# A box that takes more of the photo than this is not in any part of it.
MOST = 0.6


def look_json(sight: Sight, written: Path | None) -> str:
    box = sight.box
    return as_json(
        {
            "photo": str(sight.photo),
            "text": sight.text,
            "model": {"name": sight.model, "fingerprint": sight.fingerprint},
            "method": "occlusion" if sight.covering else "patches",
            "width": sight.width,
            "height": sight.height,
            "confidence": round(sight.confidence, 4),
            "word": sight.word,
            "box": None
            if box is None
            else {
                "x": box[0],
                "y": box[1],
                "width": box[2] - box[0],
                "height": box[3] - box[1],
                "where": where(box, (sight.width, sight.height)),
            },
            "map": str(written) if written else None,
        }
    )


def look_text(sight: Sight) -> str:
    head = (
        f"«{printable(sight.text)}» in {printable(sight.photo)}: "
        f"{sight.confidence:.0%} {sight.word}"
    )
    box, size = sight.box, (sight.width, sight.height)
    if box is None:
        return f"{head}\nNessuna parte della foto risalta sulle altre.\n"
    left, top, right, bottom = box
    return (
        f"{head}\n{where(box, size)}: x {left}, y {top}, larghezza {right - left}, "
        f"altezza {bottom - top} (la foto è di {size[0]} x {size[1]} pixel)\n"
    )


def where(box: tuple[int, int, int, int], size: tuple[int, int]) -> str:
    """The ninth of the photo in which the middle of the box lies, in words."""
    left, top, right, bottom = box
    width, height = size
    if (right - left) * (bottom - top) > MOST * width * height:
        return "quasi tutta la foto"
    across = min(int(3 * (left + right) / 2 / width), 2)
    down = min(int(3 * (top + bottom) / 2 / height), 2)
    side = ("a sinistra", "al centro", "a destra")[across]
    if down == 1:
        return side
    return f"{'in alto' if down == 0 else 'in basso'} {side}"
