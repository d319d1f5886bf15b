"""What the name of a lens says, and what a person calls one."""

from __future__ import annotations

import re

from cercafoto.base.word_stems import fold

# Of cameras whose lenses can be changed, Four Thirds has the smallest sensor: half of 35 mm film.
SMALL_SENSOR = 2.1


def folded_lens(name: str) -> str:
    """Return the name of a lens as it is compared: makers write "24.0-70.0 mm" and "24-70mm"."""
    return re.sub(r"(?<=\d)[.,]0(?!\d)|(?<=\d) (?=mm)", "", fold(name).replace("\u2013", "-"))


def focal_of(focal: float | None, on_film: float | None, lens: str | None) -> int | None:
    """Return the focal length in mm by which a photographer calls what a photo was taken with.

    focal: the real one; else that in the name of a lens that has only one, "EF50mm f/1.8".
    on_film: what sees as much on 35 mm film: so people call the lenses of telephones.
    """
    if focal:
        return round(on_film if on_film and on_film > SMALL_SENSOR * focal else focal)
    found = re.findall(r"(?<![\d.,-])(\d{1,4})(?:[.,]\d+)?mm(?!-)", folded_lens(lens or ""))
    return int(found[0]) if len(found) == 1 else None


def lens_meant(text: str) -> int | str:
    """Return what a person means by "50mm" or "50": the focal length; by other text: a name."""
    focal = re.fullmatch(r"(\d{1,4})(mm)?", folded_lens(text))
    return int(focal[1]) if focal else text
