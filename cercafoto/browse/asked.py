"""The question of a page or a screen: the words typed, and the filters chosen."""

from __future__ import annotations

import calendar
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from cercafoto.base.paths import folder_of
from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.calendar_days import MONTHS
from cercafoto.question.question import Question
from cercafoto.question.spelling import respelt
from cercafoto.question.word_roles import WordRole
from cercafoto.question.wording import STOPS


@dataclass(frozen=True)
class Picture:
    """A picture that a question or an address names: a photo of the archive by its id, or, by its
    key, a picture that was dropped on the page.

    at: of a video, the time of a frame in seconds; None for the whole video.
    """

    photo_id: int | None = None
    upload: str | None = None
    at: float | None = None

    @classmethod
    def read(cls, text: str) -> Picture | None:
        """Return the picture that a text names: "f12" is the photo with the id 12, "f12t83.900" a
        frame of it, "c" and 32 hexadecimal digits an upload. None if the text names none."""
        found = re.fullmatch(r"f([0-9]{1,18})(?:t([0-9]{1,6}(?:\.[0-9]{1,3})?))?", text, re.ASCII)
        if found:
            return cls(photo_id=int(found[1]), at=float(found[2]) if found[2] else None)
        if found := re.fullmatch(r"c([0-9a-f]{32})", text):
            return cls(upload=found[1])
        return None

    def __str__(self) -> str:
        if self.upload:
            return f"c{self.upload}"
        return f"f{self.photo_id}" if self.at is None else f"f{self.photo_id}t{self.at:.3f}"


@dataclass(frozen=True)
class Asked:
    """A question of a page or a screen, in which photos are named by id.

    words: the words as typed.
    literal: whether the words are text for the model and nothing else.
    like: example pictures to resemble.
    labels, when, place, inside, camera, people, collection: filters chosen among the counts; `when`
        is "2019" or "2019-08", `inside` a folder.
    folder: id of a photo, to show only photos in the same folder.
    more, less: ids of photos to move the question towards, and away from.
    everything: whether to show photos too unlikely to count as an answer.
    """

    words: str = ""
    literal: bool = False
    like: tuple[Picture, ...] = ()
    labels: tuple[str, ...] = ()
    when: str = ""
    place: str = ""
    inside: bytes = b""
    camera: str = ""
    collection: str = ""
    folder: int | None = None
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    everything: bool = False
    people: tuple[str, ...] = ()

    def but(self, **changes: Any) -> Self:
        """Return the question with some fields changed. `everything` becomes False unless it is
        among the changes."""
        return replace(self, **{"everything": False, **changes})

    def without(self, name: str, value: Any) -> Self:
        """Return the question without one value in the field `name`, which is a tuple."""
        return self.but(**{name: tuple(each for each in getattr(self, name) if each != value)})

    def without_part(self, part: WordRole) -> Self:
        """Return the question without the words of a role and the weight and commas beside them."""
        part_words = part.words.strip(STOPS)
        loose = r"\s+".join(re.escape(word) for word in part_words.split())
        pattern = rf"(?<![ ,;:+])[ ,;:+]*{loose}(?::\d+(?:[.,]\d+)?)?"
        rest = re.sub(pattern, " ", self.words, count=1, flags=re.I)
        return self.but(words=" ".join(rest.strip(" ,;:+").split()))

    def respelt(self, corrections: Iterable[tuple[str, str]]) -> Self:
        """Return the question with its misspelt words corrected, see `spelling.respelt`."""
        return self.but(words=respelt(self.words, corrections))

    @property
    def photo_ids(self) -> set[int]:
        """The ids of all photos of the archive that the question names."""
        named = {picture.photo_id for picture in self.like if picture.photo_id}
        return named | {*self.more, *self.less} | ({self.folder} if self.folder else set())

    def question(self, like: Sequence[Path], paths: Mapping[int, bytes]) -> Question:
        """Return this as a `Question`, in which photos are named by path.

        like: files of the example pictures.
        paths: id of a photo -> its path; photos without a path are left out.
        """
        since, until = _days(self.when)
        photo = paths.get(self.folder) if self.folder is not None else None
        folder = self.inside or (folder_of(photo) if photo is not None else b"")
        return Question(
            words=(self.words,) if self.words else (),
            like=tuple(like),
            typed=Filters(
                folders=(Path(os.fsdecode(folder)),) if folder else (),
                labels=self.labels,
                collections=(self.collection,) if self.collection else (),
                since=since,
                until=until,
                place=self.place or None,
                camera=self.camera or None,
                people=self.people,
            ),
            literal=self.literal,
            more=tuple(paths[number] for number in self.more if number in paths),
            less=tuple(paths[number] for number in self.less if number in paths),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def say_when(when: str) -> str:
    """Return a year or month in Italian: "agosto 2019" for "2019-08", "2019" for "2019"."""
    year, _, month = when.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month else year


def _days(when: str) -> tuple[str | None, str | None]:
    """Return the first and the last day of a year or month; None, None for ""."""
    if not when:
        return None, None
    year, _, month = when.partition("-")
    if not month:
        return f"{year}-01-01", f"{year}-12-31"
    last = calendar.monthrange(int(year), int(month))[1]
    return f"{when}-01", f"{when}-{last:02}"
