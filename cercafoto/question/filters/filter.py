"""Declare a filter: one condition that a photo must fulfil.

A filter is declared in a module of this package. It has its place in `all_filters`, and its SQL in
`archive/queries/filter_sql.py`. The command line, the line "cerco:", JSON, `--spiega`, the stored
last answer, the page and the screen go over these declarations, so they need no code for each
filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, Self, TypeVar

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.question.grammar.person_phrases import KnownPeople
    from cercafoto.question.grammar.place_meant import Places
    from cercafoto.question.values import Saying

V = TypeVar("V")


class Filters(Mapping[str, Any]):
    """The filters that a photo must all fulfil: name of a filter -> its value. Immutable; a filter
    with an empty value is left out."""

    def __init__(self, given: Mapping[str, Any] = MappingProxyType({}), /, **more: Any) -> None:
        self._values = {
            name: value for name, value in {**given, **more}.items() if not is_empty(value)
        }

    def but(self, **changes: Any) -> Self:
        """Return these filters with some values changed. None, () and empty sets drop a filter."""
        return type(self)(self._values, **changes)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"Filters({given})"


NO_FILTERS = Filters()
# A key in `Filters` that is not the name of a filter. Its value is a tuple of (name of a filter,
# ids of the contents that fulfil it by their own words, ascending).
OWN = "own"


def is_empty(value: object) -> bool:
    """Whether a value means that there is no filter: None, or an empty tuple or set."""
    return value is None or (isinstance(value, tuple | frozenset) and not value)


class Option(NamedTuple):
    """An option of the command line, which page and screen have too.

    flag: the option as typed: "--fotocamera".
    key: key of its value in `Question.typed`.
    repeatable: whether it may be given several times; its value is then a tuple.
    kind: type of its value; bool for an option without a value.
    completion: what the Tab key offers, by its name in `cli.completion`; "" for nothing.
    title: its name on page and screen: "Fotocamera".
    example: values, shown where one is typed on page or screen: "Canon, iPhone".
    """

    flag: str
    key: str
    metavar: str
    help: str
    repeatable: bool = False
    kind: type[str] | type[Path] | type[int] | type[bool] = str
    completion: str = ""
    title: str = ""
    example: str = ""

    @property
    def name(self) -> str:
        """Its name in an address of the page: the flag without dashes."""
        return self.flag.removeprefix("--")

    def values(self, typed: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values that this option has among the typed options. A repeatable option may
        have a single text, as in a question that was kept when it was not repeatable."""
        value = typed.get(self.key, ())
        is_tuple = self.repeatable and not isinstance(value, str)
        return tuple(value) if is_tuple or value == () else (value,)

    def added(self, typed: Filters, value: Any) -> Filters:
        """Return typed options with a value of this one: one more if it is repeatable."""
        values = tuple(dict.fromkeys((*self.values(typed), value)))
        return typed.but(**{self.key: values if self.repeatable else value})

    def instead(self, typed: Filters, value: Any) -> Filters:
        """Return typed options in which this one has only this value. A choice narrows an answer
        only so if the values of a repeatable option are alternatives."""
        return typed.but(**{self.key: (value,) if self.repeatable else value})

    def dropped(self, typed: Filters, value: Any) -> Filters:
        """Return typed options without a value of this one."""
        left = tuple(each for each in self.values(typed) if each != value)
        return typed.but(**{self.key: left})

    def read(self, text: str) -> Any:
        """Return the value that a text on page or screen means; None if it means none. Raises
        UsageError if the option has no such values."""
        text = " ".join(text.replace("\0", " ").split()) if self.kind is not Path else text
        if not text:
            return None
        if self.kind is bool:
            return text == "1" or None
        if self.kind is int:
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise UsageError(f"{self.flag} vuole un numero, non «{text}».")
            return int(text)
        if self.kind is Path:
            # A page has no current folder. Paths of a shared archive begin with their source.
            if "\0" in text or not (Path(text).is_absolute() or re.match("[^/]+:/", text)):
                raise UsageError(f"{self.flag} vuole un percorso intero, non «{printable(text)}».")
            return Path(text)
        return text


class TypedChip(NamedTuple):
    """What one chip says of the typed options.

    kind: a word before the meaning, or "".
    meaning: a value in Italian; a folder as its path.
    rest: the typed options without what the chip says.
    """

    kind: str
    meaning: str | Path
    rest: Filters


Counts = tuple[tuple[Any, int], ...]  # (value, number of photos)
MOST_COUNTED = 12  # values of a facet


def most_frequent(counted: Iterable[tuple[Any, int]]) -> Counts:
    """Return the values that most photos have, the most frequent first."""
    return tuple(sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:MOST_COUNTED])


class Facet(NamedTuple):
    """How page and screen offer the values of a filter, each with its number of photos.

    title: what the values are: "Cartelle".
    choose: returns typed options that also ask for a value.
    say: returns a value in Italian.
    arrange: returns the values to offer, in order, from all that were counted.
    at_once: whether counting takes a few milliseconds at most. Otherwise the values are counted
        when the person opens them.
    """

    title: str
    choose: Callable[[Filters, Any], Filters]
    say: Callable[[Any], str] = str
    arrange: Callable[[Iterable[tuple[Any, int]]], Counts] = most_frequent
    at_once: bool = False


class AskedArchive(Protocol):
    """The questions that filters ask an archive to resolve their values."""

    def days(self) -> tuple[date, date] | None:
        """Return the dates of the first and the last photo; None if no photo has a date."""

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        """Return the paths of folders as the archive stores them. Raises UsageError for a folder
        without photos in the archive."""

    def collected(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """Return the ids of the contents that are in all collections with these names; None if
        there are none. Raises UsageError for a name that no collection has."""

    def with_own_words(self, phrases: Sequence[str]) -> tuple[int, ...] | None:
        """Return the ids of the contents whose own words have all words of each phrase, ascending;
        None if there are none."""

    def saying(self, phrase: str) -> Saying:
        """Return a phrase with the ids of the contents in which the phrase was read."""

    def people(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return the ids of the contents that show someone of these names, ascending."""

    def named(self) -> tuple[int, ...]:
        """Return the ids of the contents that show anyone of a known name, ascending. Raises
        UsageError if names cannot be looked up here."""

    def stating(self, days: Any) -> tuple[int, ...]:
        """Return the ids of the contents that bear a year of `Days` as an own word, ascending, if
        no camera took them on another day."""

    def cameras(self) -> Sequence[str]:
        """Return the names of the cameras that photos were taken with."""

    def lenses(self) -> Sequence[str]:
        """Return the names of the lenses that photos were taken with."""

    def in_collections(self) -> tuple[int, ...]:
        """Return the ids of the contents in any collection, ascending. Raises UsageError if there
        are no collections here."""


class Needed(NamedTuple):
    """The data that a photo must have to fulfil a filter, for example a date.

    every: returns a resolved value of the filter that all photos with this data fulfil.
    one, many, all: Italian messages if one photo lacks the data, several ("{}" is their number),
        or all.
    """

    every: Callable[[], Any]
    one: str
    many: str
    all: str

    def say(self, lacking: int, bearing: int) -> str:
        """Return the message for `lacking` photos without the data and `bearing` photos with it."""
        said = self.all if not bearing else self.one if lacking == 1 else self.many
        return said.format(thousands(lacking))


class Typed(NamedTuple):
    """The options of a question as typed, and what is needed to parse them.

    values: `Option.key` -> value as typed.
    today: the day that "oggi" means.
    places: looks up names of places; None if they cannot be looked up.
    people: the people of the archive; None if they cannot be looked up, or if there are none.
    """

    values: Filters
    today: date
    places: Places | None
    people: KnownPeople | None = None

    def one(self, option: Option) -> str | None:
        """Return the value of an option, tidied; None if it was not given. Raises UsageError if it
        is empty."""
        return tidy_value(option.flag, self.values.get(option.key))

    def several(self, option: Option) -> tuple[str, ...]:
        """Return the values of a repeatable option, tidied. Raises UsageError if one is empty."""
        return tidy_values(option.flag, option.values(self.values))


class Filter(NamedTuple, Generic[V]):
    """The declaration of a filter with values of type V.

    name: its key in `Filters` and in JSON.
    say: returns a value as Italian words, for the line that begins with "cerco:".
    hidden: Italian reason why a photo that does not fulfil the filter is not shown.
    options: the options of the command line that give its value.
    parse: returns the value that these options give, None if they were not given. Raises
        UsageError.
    data: returns the entries of a value in the "filters" of JSON; None for the entry `name`: value.
    both: returns the value for two phrases of one question; by default the first phrase counts.
    narrow: returns the value if an option and the words of a question each give one, and a note for
        the person or ""; by default the option counts and a note says so.
    resolve: returns the value that SQL compares; None if no photo can fulfil it. By default the
        value itself.
    is_common: whether most photos fulfil a value, so that an index does not make the query faster.
    is_told: whether the line "cerco:" is shown even if this is the only filter.
    is_content: whether the filter is about what a photo shows or says, so that the answer has a
        verdict.
    needs: the data that a photo must have to fulfil the filter; None if all photos have it.
    facet: how page and screen offer its values; None if they can only be typed.
    one_chip: returns the kind and meaning of a single chip for all options of the filter, if each
        value is not to have a chip of its own. Raises UsageError.
    """

    name: str
    say: Callable[[V], str]
    hidden: str
    options: tuple[Option, ...] = ()
    parse: Callable[[Typed], V | None] = lambda typed: None
    data: Callable[[V], dict[str, Any]] | None = None
    both: Callable[[V, V], V] = lambda value, other: value
    narrow: Callable[[V, V], tuple[V, str]] | None = None
    resolve: Callable[[V, AskedArchive], Any] = lambda value, archive: value
    is_common: Callable[[V], bool] = lambda value: False
    is_told: bool = True
    is_content: bool = False
    needs: Needed | None = None
    facet: Facet | None = None
    one_chip: Callable[[Filters], tuple[str, str]] | None = None

    def of(self, filters: Filters) -> V | None:
        """Return the value of this filter in `filters`; None if there is none."""
        value: V | None = filters.get(self.name)
        return value

    def added(self, filters: Filters, value: V) -> Filters:
        """Return filters with a value of this one, beside another value that it may have."""
        before = self.of(filters)
        both = value if before is None else self.both(before, value)
        return filters.but(**{self.name: both})

    def as_json(self, value: V) -> dict[str, Any]:
        """Return the entries of a value in the "filters" of JSON."""
        return self.data(value) if self.data else {self.name: value}

    def chips(self, typed: Filters) -> list[TypedChip]:
        """Return a chip for each value of the typed options of this filter."""
        given = [(option, value) for option in self.options for value in option.values(typed)]
        if self.one_chip is not None and given:
            with suppress(UsageError):
                rest = typed.but(**{option.key: None for option in self.options})
                return [TypedChip(*self.one_chip(typed), rest)]
        return [
            TypedChip(
                "" if option.kind is bool else option.title.lower(),
                option.title.lower()
                if option.kind is bool
                else value
                if isinstance(value, Path)
                else str(value),
                option.dropped(typed, value),
            )
            for option, value in given
        ]

    def narrowed(self, option: V, words: V | None) -> tuple[V, str]:
        """Return the value of a filter if an option gives one and the words of a question may give
        another, and a note for the person or "".

        words: value that the words give; None if they give none.
        """
        if words is None or words == option:
            return option, ""
        if self.narrow is not None:
            return self.narrow(option, words)
        return option, f"vale {self.say(option)}, non quello che è scritto nella domanda"


def each_once(values: tuple[V, ...], others: tuple[V, ...] = ()) -> tuple[V, ...]:
    """Return the values of two phrases, each once."""
    return tuple(dict.fromkeys((*values, *others)))


def arrange(which: Filter[Any], counted: Iterable[tuple[Any, int]]) -> Counts:
    """Return (value, number of photos) of the values of a filter to offer, in order."""
    return which.facet.arrange(counted) if which.facet is not None else ()


def tidy_values(option: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return the values of a repeatable option, tidied. Raises UsageError if one is empty."""
    return tuple(text for value in values if (text := tidy_value(option, value)))


def tidy_value(option: str, value: str | None) -> str | None:
    """Return the value of an option, tidied; None stays None. Raises UsageError if it is empty."""
    if value is None:
        return None
    # Imported here, as all grammars in this package: most commands never need one.
    from cercafoto.question.grammar.tokens import tidy

    text = tidy(value)
    if not text:
        raise UsageError(f"{option} vuole un valore, e qui non c'è scritto niente.")
    return text
