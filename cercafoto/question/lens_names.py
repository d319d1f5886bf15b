"""Compare names of lenses, and find the focal length by which a person names a lens."""

from __future__ import annotations

import re

from cercafoto.base.word_stems import fold

# If the focal length on 35 mm film is more than so many times the real one, the camera is a
# telephone or a compact: Four Thirds, the smallest sensor with interchangeable lenses, has 2.
SMALL_SENSOR = 2.1


def folded_lens(name: str) -> str:
    """Return the name of a lens in the form by which names are compared, since makers write both
    "24.0-70.0 mm" and "24-70mm"."""
    return re.sub(r"(?<=\d)[.,]0(?!\d)|(?<=\d) (?=mm)", "", fold(name).replace("\u2013", "-"))


def focal_of(focal: float | None, on_film: float | None, lens: str | None) -> int | None:
    """Return the focal length in mm by which a photographer would name the lens of a photo; None if
    it is not known.

    focal: the real focal length, None if not known: then the length in the name of the lens counts,
        if the name has only one ("EF50mm f/1.8").
    on_film: the equivalent on 35 mm film, by which people name the lenses of telephones; or None.
    lens: name of the lens; None if not known.
    """
    if focal:
        return round(on_film if on_film and on_film > SMALL_SENSOR * focal else focal)
    lengths = re.findall(r"(?<![\d.,-])(\d{1,4})(?:[.,]\d+)?mm(?!-)", folded_lens(lens or ""))
    return int(lengths[0]) if len(lengths) == 1 else None


def lens_meant(text: str) -> int | str:
    """Return what a person means by a text: a focal length in mm ("50mm", "50"), or else the text
    itself, as part of a lens's name."""
    focal = re.fullmatch(r"(\d{1,4})(mm)?", folded_lens(text))
    return int(focal[1]) if focal else text
