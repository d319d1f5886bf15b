"""The kinds of files, and by which each is known: names of telephones and scanners, sizes of
screens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cercafoto.base.word_stems import fold
from cercafoto.base.word_tables import read_phrase_lists

# Kind -> how it is said of photos.
SAID = {
    "schermata": "schermate",
    "panoramica": "panoramiche",
    "scansione": "scansioni",
    "telefono": "col telefono",
    "selfie": "selfie",
}
SCREENSHOT, PANORAMA, SCAN, PHONE, SELFIE = FILE_KINDS = tuple(SAID)
PHONES, SCANNERS, FRONT_LENSES = "telefoni", "scanner", "obiettivi frontali"
# A panorama is at least so many times as wide as it is tall, or as tall as it is wide. Frames of
# films have up to 2.4, but cameras take no such photos; two photos of 16:9 side by side are wider.
WIDE = 2.0


def kind_mark(kind: str) -> str:
    """Return the word that marks a kind of file in the index, see `photos.stated_kind`."""
    return f"tipo0{kind}"  # with a digit, it is no stem of another word


@cache
def _lists() -> dict[str, list[str]]:
    return read_phrase_lists(Path(__file__).with_suffix(".txt"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for the names in a list of file_kinds.txt."""
    marks = {"*": ".*", "#": r"\d", "[a-z]": "[a-z]"}
    parts = (
        "".join(marks.get(part, re.escape(part)) for part in re.split(r"(\*|#|\[a-z\])", each))
        for each in _lists()[name]
    )
    return re.compile("|".join(parts))


def names_in(names: Iterable[str], which: str) -> tuple[str, ...]:
    """Return the names of cameras or lenses that a list of file_kinds.txt has."""
    return tuple(name for name in names if _pattern(which).fullmatch(fold(name)))


@cache
def screenshot_names() -> tuple[str, ...]:
    """Return the texts of which the name of a screenshot has one, in small letters."""
    return tuple(_lists()["nomi di schermate"])


@cache
def screens() -> tuple[tuple[int, int], ...]:
    """Return (width, height) of the screens that screenshots are of, upright and turned."""
    sizes = [tuple(map(int, size.split("x"))) for size in _lists()["schermi"]]
    return tuple(pair for a, b in sizes for pair in ((a, b), (b, a)))


@cache
def upright_screens() -> tuple[tuple[int, int], ...]:
    """Return the upright screens of telephones whose shape no photo has: higher than 16:9."""
    return tuple((width, height) for width, height in screens() if 10 * height > 19 * width)
