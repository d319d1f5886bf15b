"""What a question needs of an archive, whichever engine holds it.

The catalogue on this machine with its vectors is one, a shared archive in PostgreSQL another.
`search` and what reads labels ask these alone; each engine brings filters to its own rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol, TypeAlias

from cercafoto.archive.local.records import OwnWords, PhotoRow
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.results import Facets, PhotoDetail, ReadText, Tile

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats, Ints


# Contents near a question, in the order in which the archive has them, [n]; their vectors [n, D];
# whether there are none besides.
Nearest: TypeAlias = "tuple[Ints, Floats, bool]"


class Chosen(Protocol):
    """The contents with a vector that fulfil some filters."""

    def __len__(self) -> int: ...

    def nearest(
        self,
        query: Floats,
        limit: int,
        beside: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> Nearest:
        """Find the `limit` contents nearest to a unit vector, and with them those of `beside` that
        fulfil the filters too; none of `without`, which were had before."""
        ...

    def parts(self) -> Iterator[tuple[Ints, Floats]]:
        """Yield all of them, some thousand at a time: contents [n], vectors [n, D]."""
        ...

    def farther(self, query: Floats, scores: Floats) -> Ints:
        """Count those that have a cosine below each score: [n]."""
        ...


class Pictures(Protocol):
    """The vectors of an archive's contents."""

    @property
    def dimension(self) -> int: ...

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        """Look up the contents that have a vector, [n], and these, [n, D]."""
        ...

    def every(self) -> Chosen:
        """All of them; where nothing has to be fulfilled, those of photos that are gone stay among
        them, which the look-up of photos leaves out."""
        ...

    def among(self, filters: Filters) -> Chosen:
        """Those with a visible photo that fulfils the filters."""
        ...


class Store(Protocol):
    """Rows of an archive, to be read; every method is told about in `catalog`."""

    # Contents whose photos are looked up at a time.
    AT_ONCE: int

    # -- models --------------------------------------------------------------------------------

    @property
    def active_model(self) -> int | None: ...
    def model(self, model_id: int) -> tuple[str, str, int]: ...

    # -- filters ----------------------------------------------------------------------------

    def count_where(self, filters: Filters) -> int: ...
    def latest(self, filters: Filters, order: str | None = None) -> Iterator[int]: ...
    def photos_by_content(
        self, contents: Sequence[int], filters: Filters, tagged: bool = True
    ) -> dict[int, list[PhotoRow]]: ...
    def photos_where(self, content_id: int, filters: Filters) -> list[PhotoRow]: ...
    def photos_of(self, content_id: int) -> list[PhotoRow]: ...
    def first_and_last_day(self) -> tuple[date, date] | None: ...
    def lacks_colours(self) -> bool: ...

    # -- paths and contents --------------------------------------------------------------------

    def knows(self, path: bytes) -> bool: ...
    def paths(self, folders: Sequence[bytes] = ()) -> list[tuple[bytes, int]]: ...
    def content_at(self, path: bytes) -> int | None: ...
    def content_of(self, digest: bytes) -> int | None: ...

    # -- words and names -----------------------------------------------------------------------

    def photos_saying(
        self, words: Sequence[str], filters: Filters = NO_FILTERS
    ) -> Iterator[OwnWords]: ...
    def photos_named(self, part: str) -> list[tuple[int, bytes]]: ...
    def place_names(self) -> list[str]: ...
    def camera_names(self) -> list[str]: ...
    def mentions(self, word: str) -> bool: ...

    # -- words read in photos ------------------------------------------------------------------

    def bears_texts(self) -> bool: ...
    def contents_saying(self, words: Sequence[str]) -> list[int]: ...
    def texts_with(self, words: Sequence[str], most: int) -> list[tuple[int, str]]: ...
    def texts_like(self, letters: str, most: int) -> list[tuple[int, str]]: ...
    def texts_of(self, contents: Sequence[int]) -> dict[int, str]: ...
    def text_of(self, content_id: int) -> ReadText | None: ...

    # -- labels --------------------------------------------------------------------------------

    def label_names(self) -> list[str]: ...
    def contents_labelled_by_hand(self, label: str) -> list[int]: ...
    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]: ...
    def borne(self, contents: Iterable[int]) -> dict[int, dict[str, bool]]: ...

    # -- looking through -----------------------------------------------------------------------

    def browse(self, filters: Filters, limit: int, after: str = "") -> list[Tile]: ...
    def tiles_of(self, photo_ids: Iterable[int]) -> dict[int, Tile]: ...
    def facets(self, filters: Filters, among: Sequence[int] | None = None) -> Facets: ...
    def detail(self, photo_id: int) -> PhotoDetail | None: ...


class LabelStore(Store, Protocol):
    """An archive whose labels are written, in one transaction."""

    def record(self, what: str) -> int | None: ...
    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None: ...
    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None: ...
    def take_away(self, contents: Iterable[int], label: str) -> None: ...
