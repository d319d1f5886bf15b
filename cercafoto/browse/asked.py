"""The question of a page or a screen: the words typed, and the filters chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from cercafoto.errors import UsageError
from cercafoto.question.brackets import without_odd_brackets
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.names import COLLECTION
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
    typed: the values of the filters' options, see `Question.typed`.
    order: a key of `values.ORDER_NAMES`; "" if not chosen.
    literal: whether the words are text for the model and nothing else.
    like: example pictures to resemble.
    more, less: ids of photos to move the question towards, and away from.
    everything: whether to show photos too unlikely to count as an answer.
    """

    words: str = ""
    typed: Filters = NO_FILTERS
    order: str = ""
    literal: bool = False
    like: tuple[Picture, ...] = ()
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    everything: bool = False

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
        loose = r"[\s()]+".join(re.escape(word) for word in part_words.split())
        pattern = rf"(?<![ ,;:+])[ ,;:+]*{loose}(?::\d+(?:[.,]\d+)?)?"
        rest = without_odd_brackets(re.sub(pattern, " ", self.words, count=1, flags=re.I))
        return self.but(words=" ".join(rest.strip(" ,;:+").split()))

    def respelt(self, corrections: Iterable[tuple[str, str]]) -> Self:
        """Return the question with its misspelt words corrected, see `spelling.respelt`."""
        return self.but(words=respelt(self.words, corrections))

    @property
    def photo_ids(self) -> set[int]:
        """The ids of all photos of the archive that the question names."""
        named = {picture.photo_id for picture in self.like if picture.photo_id}
        return named | {*self.more, *self.less}

    @property
    def collection(self) -> str:
        """The name of the collection in which photos are searched; "" if there is not just one."""
        names = COLLECTION.values(self.typed)
        return names[0] if len(names) == 1 else ""

    def question(self, like: Sequence[Path], paths: Mapping[int, bytes]) -> Question:
        """Return this as a `Question`, in which photos are named by path.

        like: files of the example pictures.
        paths: id of a photo -> its path; photos without a path are left out.
        """
        return Question(
            words=(self.words,) if self.words else (),
            like=tuple(like),
            typed=self.typed,
            order=self.order or None,
            literal=self.literal,
            more=tuple(paths[number] for number in self.more if number in paths),
            less=tuple(paths[number] for number in self.less if number in paths),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def as_titled(error: UsageError) -> UsageError:
    """Return an error that names options as page and screen do: "Formato" instead of --formato."""

    def titled(text: str) -> str:
        for option in OPTIONS:
            text = re.sub(rf"{option.flag}(?![\w-])", f"«{option.title}»", text)
        return text

    return UsageError(titled(error.message), titled(error.hint))


def left_out(error: UsageError) -> str:
    """Return a note in Italian that the question is asked without a filter because of an error."""
    return f"{as_titled(error).message.rstrip('.')}: cerco senza questo filtro"
