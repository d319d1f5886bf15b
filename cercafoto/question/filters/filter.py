"""What a filter is: one thing that must hold of a photo, declared once.

A filter is a module of this room, its line in `all_filters`, and its SQL
(`archive/queries/filter_sql.py`). The command line, the reading, JSON, `--spiega` and the last
answer walk over the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, Self, TypeVar

from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.question.grammar.place_phrases import Places
    from cercafoto.question.values import Saying

V = TypeVar("V")


class Filters(Mapping[str, Any]):
    """Values by the names of their filters; immutable. Filters without a value are not there.

    Every one must hold.
    """

    def __init__(self, given: Mapping[str, Any] = MappingProxyType({}), /, **more: Any) -> None:
        self._values = {
            name: value for name, value in {**given, **more}.items() if not is_empty(value)
        }

    def but(self, **changes: Any) -> Self:
        """Return these filters with some of them replaced, or dropped by an empty value."""
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
# A key in `Filters` that names no filter. Its value lists, for some filters by name, the contents
# that fulfil the filter by their own words, ascending.
OWN = "own"


def is_empty(value: object) -> bool:
    """Whether a value stands for no filter."""
    return value is None or (isinstance(value, tuple | frozenset) and not value)


class Option(NamedTuple):
    """An option of the command line.

    flag: "--fotocamera".
    key: its place in `Question.typed`.
    repeatable: whether it may be given several times; its value is then a tuple.
    kind: what its value is: text, a path or a whole number.
    completion: what the Tab key offers; a name of `cli.completion`, "" for nothing.
    """

    flag: str
    key: str
    metavar: str
    help: str
    repeatable: bool = False
    kind: type[str] | type[Path] | type[int] = str
    completion: str = ""


class AskedArchive(Protocol):
    """What some filters ask the archive before they become SQL."""

    def days(self) -> tuple[date, date] | None:
        """Return the days of the first and the last photo; None if no photo has a date."""

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        """Return folders as the archive calls them. Raises UsageError for one without photos."""

    def saying(self, phrase: str) -> Saying:
        """Find the contents in which a phrase was read."""


class Needed(NamedTuple):
    """What the archive must know of a photo for a filter to hold, for example its date.

    every: returns a resolved value that every photo with this data fulfils.
    one, many, all: what to say if it is not known of one photo, of many ("{}"), of all.
    """

    every: Callable[[], Any]
    one: str
    many: str
    all: str

    def say(self, lacking: int, bearing: int) -> str:
        """Return a sentence that says of how many photos it is not known."""
        said = self.all if not bearing else self.one if lacking == 1 else self.many
        return said.format(lacking)


class Typed(NamedTuple):
    """The options of a question, and what is needed to read them.

    values: by `Option.key`.
    places: None if nothing can be looked up.
    """

    values: Filters
    today: date
    places: Places | None

    def one(self, option: Option) -> str | None:
        """Return a tidy value. Raises UsageError for an empty one."""
        return given(option.flag, self.values.get(option.key))

    def several(self, option: Option) -> tuple[str, ...]:
        """Return tidy values of a repeatable option. Raises UsageError for an empty one."""
        return all_given(option.flag, self.values.get(option.key, ()))


def _nothing_typed(typed: Typed) -> None:
    return None


def _first(value: V, other: V) -> V:
    return value


class Filter(NamedTuple, Generic[V]):
    """A declaration.

    name: its key in `Filters`, and in JSON.
    say: tells its value in the line that begins with "cerco:".
    hidden: why a photo that does not fulfil it is not shown.
    options: the options that give its value.
    parse: reads these options; None if they were not given. Raises UsageError.
    data: its entries among the filters of JSON.
    both: combines the values of two phrases of one question; by default the first one stays.
    narrow: combines what an option and the words say: the value, and a note for the person or "".
        By default the option stays.
    resolve: turns the value into one that SQL can tell; None if no photo can fulfil it.
    is_common: whether most photos fulfil it, so that searching an index by it is no use.
    is_told: whether the line that begins with "cerco:" is shown for it alone.
    is_content: whether photos answer by what they show or say, so that there is a verdict.
    needs: what must be known of a photo for it to hold, None if it is known of all.
    """

    name: str
    say: Callable[[V], str]
    hidden: str
    options: tuple[Option, ...] = ()
    parse: Callable[[Typed], V | None] = _nothing_typed
    data: Callable[[V], dict[str, Any]] | None = None
    both: Callable[[V, V], V] = _first
    narrow: Callable[[V, V], tuple[V, str]] | None = None
    resolve: Callable[[V, AskedArchive], Any] = lambda value, archive: value
    is_common: Callable[[V], bool] = lambda value: False
    is_told: bool = True
    is_content: bool = False
    needs: Needed | None = None

    def of(self, filters: Filters) -> V | None:
        """Return its value among some filters, None if it is not there."""
        value: V | None = filters.get(self.name)
        return value

    def as_json(self, value: V) -> dict[str, Any]:
        """Return its entries among the filters of JSON."""
        return self.data(value) if self.data else {self.name: value}

    def narrowed(self, option: V, words: V | None) -> tuple[V, str]:
        """Combine what an option and the words say: the value, and a note for the person or ""."""
        if words is None or words == option:
            return option, ""
        if self.narrow is not None:
            return self.narrow(option, words)
        return option, f"vale {self.say(option)}, non quello che è scritto nella domanda"


def all_given(option: str, values: Sequence[str]) -> tuple[str, ...]:
    """Tidy the values of an option that may be repeated. Raises UsageError for an empty one."""
    return tuple(text for value in values if (text := given(option, value)))


def given(option: str, value: str | None) -> str | None:
    """Tidy the value of an option. Raises UsageError for an empty one."""
    if value is None:
        return None
    # Late, as the grammars everywhere here: who looks for no photo reads no sentence.
    from cercafoto.question.grammar.tokens import tidy

    text = tidy(value)
    if not text:
        raise UsageError(f"{option} vuole un valore, e qui non c'è scritto niente.")
    return text
