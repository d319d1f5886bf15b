"""Convert between the address of a page and the question that it holds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode

from starlette.datastructures import QueryParams

from cercafoto.browse.asked import Asked, Picture, left_out
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Option
from cercafoto.question.filters.names import COLLECTION
from cercafoto.question.values import ORDER_NAMES

LONGEST = 4 * 4096  # letters of a value; a byte of a folder may take three of them
MOST = 20  # values of one parameter


class Field(NamedTuple):
    """A field in which the page shows or takes a value of an option.

    value: the value as the address has it; "" for none.
    """

    option: Option
    value: str
    is_flag: bool


class Address(Asked):
    """The question of a page, which can be read from the page's address and written to one. An
    option of the command line has its name there, without dashes: fotocamera=Canon."""

    @classmethod
    def read(cls, params: QueryParams) -> tuple[Address, tuple[str, ...]]:
        """Return the question in an address, and a note in Italian for each value of an option that
        was left out. Other invalid values, perhaps typed by hand, are ignored."""
        typed, notes = NO_FILTERS, list[str]()
        for option in OPTIONS:
            values = _several(params, option.name)
            for text in values if option.repeatable else values[:1]:
                try:
                    value = option.read(_as_typed(option, text))
                except UsageError as error:
                    notes.append(left_out(error))
                else:
                    typed = typed if value is None else option.added(typed, value)
        # Databases refuse NUL.
        words = " ".join(params.get("q", "").replace("\0", " ").split())
        address = cls(
            words=words,
            typed=typed,
            order=order if (order := params.get("ordina", "")) in ORDER_NAMES else "",
            literal=params.get("letterale") == "1",
            like=tuple(p for text in _several(params, "come") if (p := Picture.read(text))),
            more=tuple(_ids(params, "piu")),
            less=tuple(_ids(params, "meno")),
            everything=params.get("tutte") == "1",
        )
        return address, tuple(notes)

    @classmethod
    def of_collection(cls, name: str) -> Address:
        """Return the question for all photos of a collection."""
        return cls(typed=COLLECTION.added(NO_FILTERS, name))

    def url(self, path: str = "/", **others: str) -> str:
        """Return the address that asks this question. others: further parameters of the address."""
        query = urlencode([*self.parameters(), *((k, v) for k, v in others.items() if v)])
        return f"{path}?{query}" if query else path

    def parameters(self) -> list[tuple[str, Any]]:
        """Return (name, value) of the parameters of an address that asks this question."""
        given: list[tuple[str, Any]] = [
            ("q", self.words),
            ("ordina", self.order),
            ("letterale", "1" if self.literal else ""),
            *(("come", str(picture)) for picture in self.like),
            *((field.option.name, field.value) for field in self.fields()),
            *(("piu", number) for number in self.more),
            *(("meno", number) for number in self.less),
            ("tutte", "1" if self.everything else ""),
        ]
        return [(name, value) for name, value in given if value not in ("", None)]

    def fields(self) -> Iterator[Field]:
        """Yield a field for each value of an option, and one for a value more if the option can
        have it."""
        for option in OPTIONS:
            values = [_as_text(value) for value in option.values(self.typed)]
            for value in values if values and not option.repeatable else (*values, ""):
                yield Field(option, value, option.kind is bool)


def has_empty_fields(params: QueryParams) -> bool:
    """Whether an address comes from the form of filters, in which most fields are left empty."""
    return any("" in params.getlist(option.name) for option in OPTIONS)


def _as_text(value: object) -> str:
    """Return a value of an option as `_as_typed` and `Option.read` read it back."""
    if isinstance(value, Path):
        folder = os.fsencode(value).replace(b"%", b"%25").decode("utf-8", "surrogateescape")
        return re.sub("[\udc80-\udcff]", lambda one: f"%{ord(one[0]) - 0xDC00:02X}", folder)
    return "1" if value is True else str(value)


def _as_typed(option: Option, text: str) -> str:
    """Return a value in an address as the person would type it."""
    return os.fsdecode(unquote_to_bytes(text)) if option.kind is Path else text


def _several(params: QueryParams, name: str) -> list[str]:
    return [value[:LONGEST] for value in dict.fromkeys(params.getlist(name)) if value][:MOST]


def _ids(params: QueryParams, name: str) -> Iterator[int]:
    for value in _several(params, name):
        if re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
            yield int(value)
