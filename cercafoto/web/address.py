"""Convert between the address of a page and the question that it holds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from starlette.datastructures import QueryParams

from cercafoto.browse.asked import Asked, Picture

LONGEST = 1000  # letters of a value; a longer question is refused, not cut
LONGEST_PATH = 4 * 4096  # letters of a folder; a byte may take three of them
MOST = 20  # values of one parameter
_WHEN = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2]))?")


class Address(Asked):
    """The question of a page, which can be read from the page's address and written to one."""

    @classmethod
    def read(cls, params: QueryParams) -> Address:
        """Return the question in an address. Invalid values, perhaps typed by hand, are ignored."""
        when = params.get("quando", "")
        return cls(
            words=_tidy(params.get("q", "")),
            literal=params.get("letterale") == "1",
            like=tuple(p for text in _several(params, "come") if (p := Picture.read(text))),
            labels=tuple(filter(None, map(_words, _several(params, "etichetta")))),
            when=when if _WHEN.fullmatch(when) else "",
            place=_words(params.get("luogo", "")),
            inside=_folder(params.get("in", "")),
            camera=_words(params.get("fotocamera", "")),
            collection=_words(params.get("raccolta", "")),
            folder=next(_ids(params, "cartella"), None),
            more=tuple(_ids(params, "piu")),
            less=tuple(_ids(params, "meno")),
            everything=params.get("tutte") == "1",
            people=tuple(filter(None, map(_words, _several(params, "persona")))),
        )

    def url(self, path: str = "/", **others: str) -> str:
        """Return the address that asks this question. others: further parameters of the address."""
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
        """Yield (name, value) of the parameters that stay if the person types other words."""
        yield from (("etichetta", label) for label in self.labels)
        yield from (("persona", name) for name in self.people)
        given = (
            ("quando", self.when),
            ("luogo", self.place),
            ("in", folder_text(self.inside)),
            ("fotocamera", self.camera),
            ("raccolta", self.collection),
            ("cartella", self.folder),
        )
        yield from ((name, value) for name, value in given if value not in ("", None))


def folder_text(folder: bytes) -> str:
    """Return a path of any bytes as text that `_folder` can read back."""
    text = folder.replace(b"%", b"%25").decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda one: f"%{ord(one[0]) - 0xDC00:02X}", text)


def _words(text: str) -> str:
    return _tidy(text[:LONGEST])


def _tidy(text: str) -> str:
    # Databases refuse NUL.
    return " ".join(text.replace("\0", " ").split())


def _folder(text: str) -> bytes:
    folder: bytes = unquote_to_bytes(text[:LONGEST_PATH])
    # Only absolute paths: a page has no current folder. Paths of a shared archive begin with their
    # source.
    absolute = Path(os.fsdecode(folder)).is_absolute() or re.match(rb"[^/]+:/", folder)
    return folder if absolute and b"\0" not in folder else b""


def _several(params: QueryParams, name: str) -> list[str]:
    return [value[:LONGEST] for value in dict.fromkeys(params.getlist(name))][:MOST]


def _ids(params: QueryParams, name: str) -> Iterator[int]:
    for value in _several(params, name):
        if re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
            yield int(value)
