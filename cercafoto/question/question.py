"""A question as it was typed: words and options, nothing of them understood yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.piped_picture import PipedPicture


@dataclass(frozen=True)
class Question:
    """What a person asks, of the command line, of the page or from Python.

    words: the sentence, in one piece or several.
    like: photos to resemble; "foto.jpg:0.5" gives one half the weight.
    folders: only what lies at or under any of them.
    outside: nothing that lies at or under any of them.
    labels: only photos that bear every one of them.
    since, until: any way of saying a day or a period ("2019-08-01", "agosto 2019", "ieri").
    place: a name, "vicino a Siena" too.
    without: concepts that a photo must not show.
    camera: part of its name.
    format: "jpeg", ".JPG".
    orientation: one of `conditions.SHAPES`, in any gender and number.
    rating: at least so many stars.
    keywords: only photos that bear every one of them.
    texts: phrases, every one of which must be among the words read in a photo.
    order: one of `options.ORDER_NAMES`.
    literal: take the words as they are.
    more, less: paths of indexed photos to move the question towards, and away from.
    """

    words: tuple[str, ...] = ()
    like: tuple[Path | PipedPicture, ...] = ()
    folders: tuple[Path, ...] = ()
    outside: tuple[Path, ...] = ()
    labels: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    place: str | None = None
    without: tuple[str, ...] = ()
    camera: str | None = None
    format: str | None = None
    orientation: str | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    order: str | None = None
    literal: bool = False
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return self != Question()
