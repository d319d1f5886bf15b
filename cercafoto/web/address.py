"""The address of a page <-> what it asks, and the chips that tell how it was understood."""

from __future__ import annotations

import calendar
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from starlette.datastructures import QueryParams

from cercafoto.base.paths import folder_of
from cercafoto.question.grammar.days import MONTHS
from cercafoto.question.question import Question
from cercafoto.question.word_roles import EXCLUDED, FILE, ORDER, PLACE, TEXT, TIME, WordRole
from cercafoto.question.wording import STOPS

LONGEST = 1000  # letters of a question
LONGEST_PATH = 4 * 4096  # letters of a folder, where each byte of it may take three
MOST = 20  # values of one parameter
_WHEN = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class Picture:
    """A picture that a page speaks of: a photo of the archive, by its id, or one that was
    dropped, by its key."""

    photo_id: int | None = None
    upload: str | None = None

    @classmethod
    def read(cls, text: str) -> Picture | None:
        if found := re.fullmatch(r"f([0-9]{1,18})", text, re.ASCII):
            return cls(photo_id=int(found[1]))
        if found := re.fullmatch(r"c([0-9a-f]{32})", text):
            return cls(upload=found[1])
        return None

    def __str__(self) -> str:
        return f"c{self.upload}" if self.upload else f"f{self.photo_id}"


@dataclass(frozen=True)
class Address:
    """A question as the address of a page has it: pictures and photos by their ids.

    words: as typed.
    literal: not to be interpreted.
    like: pictures to resemble.
    labels: chosen among the counts.
    when: "2019" or "2019-08", chosen among the counts.
    place: chosen among the counts.
    inside: a folder chosen among the counts.
    camera: chosen among the counts.
    folder: only what lies in the folder of this photo.
    more, less: photos to move towards, and away from.
    everything: also those that are hardly an answer.
    """

    words: str = ""
    literal: bool = False
    like: tuple[Picture, ...] = ()
    labels: tuple[str, ...] = ()
    when: str = ""
    place: str = ""
    inside: bytes = b""
    camera: str = ""
    folder: int | None = None
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    everything: bool = False

    @classmethod
    def read(cls, params: QueryParams) -> Address:
        """Read an address. What makes no sense is passed over: an address may have been typed by
        hand."""
        when = params.get("quando", "")
        return cls(
            words=" ".join(params.get("q", "")[:LONGEST].split()),
            literal=params.get("letterale") == "1",
            like=tuple(p for text in _several(params, "come") if (p := Picture.read(text))),
            labels=tuple(filter(None, _several(params, "etichetta"))),
            when=when if _WHEN.fullmatch(when) else "",
            place=" ".join(params.get("luogo", "")[:LONGEST].split()),
            inside=_folder(params.get("in", "")),
            camera=" ".join(params.get("fotocamera", "")[:LONGEST].split()),
            folder=next(_ids(params, "cartella"), None),
            more=tuple(_ids(params, "piu")),
            less=tuple(_ids(params, "meno")),
            everything=params.get("tutte") == "1",
        )

    def url(self, path: str = "/", **others: str) -> str:
        """The address that asks this. others: more parameters."""
        given: list[tuple[str, Any]] = [
            ("q", self.words),
            ("letterale", "1" if self.literal else ""),
            *(("come", str(picture)) for picture in self.like),
            *self.choices(),
            *(("piu", number) for number in self.more),
            *(("meno", number) for number in self.less),
            ("tutte", "1" if self.everything else ""),
            *others.items(),
        ]
        query = urlencode([(name, value) for name, value in given if value not in ("", None)])
        return f"{path}?{query}" if query else path

    def choices(self) -> Iterator[tuple[str, Any]]:
        """Give the parameters that stay when other words are asked."""
        yield from (("etichetta", label) for label in self.labels)
        given = (
            ("quando", self.when),
            ("luogo", self.place),
            ("in", folder_text(self.inside)),
            ("fotocamera", self.camera),
            ("cartella", self.folder),
        )
        yield from ((name, value) for name, value in given if value not in ("", None))

    def but(self, **changes: Any) -> Address:
        """The same with changes, asked anew: what was widened is not, unless it is the change."""
        return replace(self, **{"everything": False, **changes})

    def without(self, name: str, value: Any) -> Address:
        """One value less in a field that has several."""
        return self.but(**{name: tuple(each for each in getattr(self, name) if each != value)})

    def question(self, like: Sequence[Path], paths: Mapping[int, bytes]) -> Question:
        """Put what is asked as a question.

        like: files that show the pictures to resemble.
        paths: of the photos that the address names by id; those that it lacks are passed over.
        """
        since, until = _days(self.when)
        photo = paths.get(self.folder) if self.folder is not None else None
        folder = self.inside or (folder_of(photo) if photo is not None else b"")
        return Question(
            words=(self.words,) if self.words else (),
            like=tuple(like),
            folders=(Path(os.fsdecode(folder)),) if folder else (),
            labels=self.labels,
            since=since,
            until=until,
            place=self.place or None,
            camera=self.camera or None,
            literal=self.literal,
            more=tuple(paths[number] for number in self.more if number in paths),
            less=tuple(paths[number] for number in self.less if number in paths),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Chip:
    """kind: a word before the meaning, or "". rest: the address without it."""

    kind: str
    meaning: str
    rest: str


_KINDS = {TEXT: "", TIME: "quando", PLACE: "dove", EXCLUDED: "", FILE: "", ORDER: ""}


def chips(
    address: Address, parts: tuple[WordRole, ...], names: Mapping[int, str], inside: str = ""
) -> Iterator[Chip]:
    """List what the answer depends on, each with the way to drop it. names: of the photos that are
    spoken of, by id; inside: of the folder that was chosen."""
    for part in parts:
        if part.kind not in _KINDS:
            continue
        words = part.words.strip(STOPS)
        meaning = f"«{words}»" if part.kind == TEXT else part.meaning.removeprefix("luogo: ")
        yield Chip(_KINDS[part.kind], meaning, address.but(words=_less(address.words, part)).url())
    if address.when:
        yield Chip("quando", say_when(address.when), address.but(when="").url())
    if address.place:
        yield Chip("dove", address.place, address.but(place="").url())
    if address.inside:
        yield Chip("nella cartella", inside, address.but(inside=b"").url())
    if address.camera:
        yield Chip("fotocamera", address.camera, address.but(camera="").url())
    for label in address.labels:
        yield Chip("etichetta", label, address.without("labels", label).url())
    for picture in address.like:
        name = names.get(picture.photo_id or 0, "la foto che hai scelto")
        yield Chip("come", name, address.without("like", picture).url())
    if address.folder is not None:
        yield Chip(
            "nella cartella di", names.get(address.folder, "?"), address.but(folder=None).url()
        )
    for field, kind in (("more", "più come"), ("less", "meno come")):
        for number in getattr(address, field):
            yield Chip(kind, names.get(number, "?"), address.without(field, number).url())


def _less(words: str, part: WordRole) -> str:
    """The question without some of its words, as they stand in it or nearly so."""
    part_words = part.words.strip(STOPS)
    loose = r"\s+".join(re.escape(word) for word in part_words.split())
    rest = re.sub(rf"[ ,;:+]*{loose}(?::\d+(?:[.,]\d+)?)?", " ", words, count=1, flags=re.I)
    return " ".join(rest.strip(" ,;:+").split())


def say_when(when: str) -> str:
    """ "2019-08" -> "agosto 2019"."""
    year, _, month = when.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month else year


def _days(when: str) -> tuple[str | None, str | None]:
    if not when:
        return None, None
    year, _, month = when.partition("-")
    if not month:
        return f"{year}-01-01", f"{year}-12-31"
    last = calendar.monthrange(int(year), int(month))[1]
    return f"{when}-01", f"{when}-{last:02}"


def folder_text(folder: bytes) -> str:
    """Write a path as text that `_folder` reads back, of whatever bytes it is made."""
    text = folder.replace(b"%", b"%25").decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda one: f"%{ord(one[0]) - 0xDC00:02X}", text)


def _folder(text: str) -> bytes:
    folder: bytes = unquote_to_bytes(text[:LONGEST_PATH])
    # Absolute, as the catalogue's are: a page has no current folder.
    return folder if Path(os.fsdecode(folder)).is_absolute() and b"\0" not in folder else b""


def _several(params: QueryParams, name: str) -> list[str]:
    return [value[:LONGEST] for value in dict.fromkeys(params.getlist(name))][:MOST]


def _ids(params: QueryParams, name: str) -> Iterator[int]:
    for value in _several(params, name):
        if re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
            yield int(value)
