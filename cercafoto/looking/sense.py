"""Declare what a sense is: something that looks at every photo once, and stores what it found.

`catch_up` does what all senses have in common. The list of senses is `cercafoto/senses.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import CercafotoError

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter, LocalArchive
    from cercafoto.photos.preprocessing import Preprocessing
    from cercafoto.photos.read_file import ReadFile
    from cercafoto.results.finding import Finding
    from cercafoto.results.status import SenseState
    from cercafoto.settings import Settings

F = TypeVar("F")  # what a sense finds in a photo


class UnreadError(CercafotoError):
    """A decoded photo makes the sense fail. The message has only the reason, no path."""


class Look(NamedTuple):
    """A photo or a frame of a video to look at.

    content: its id in the catalogue. digest: by which volti.db knows it.
    file: SHA-256 of the photo or video. paths: the files with this SHA-256.
    start: time of the frame in seconds; None for a photo, and for the first frame of a video.
    is_likely: whether the sense expects to find something.
    size: pixels of the upright photo, if the sense asked for them.
    """

    content: int
    digest: bytes
    file: bytes
    paths: tuple[bytes, ...]
    start: float | None = None
    is_likely: bool = True
    size: tuple[int, int] = (0, 0)


class Todo(NamedTuple):
    """What a sense has still to look at.

    looks: what this run looks at, in this order.
    unlikely: what it leaves, because there is probably nothing to find.
    """

    looks: Sequence[Look]
    unlikely: Sequence[Look] = ()


class Request(NamedTuple):
    """What a run should look at.

    catalog: open for writing.
    named: only photos at or under these paths; () for all.
    every: look also where there is probably nothing to find.
    again: look also at what another version of the sense has looked at.
    retry: try again what could not be read.
    frames: look at all frames of videos, not only the first of each; None: as the sense does.
    """

    archive: LocalArchive
    catalog: ArchiveWriter
    named: tuple[bytes, ...] = ()
    every: bool = False
    again: bool = False
    retry: bool = False
    frames: bool | None = None
    reporter: Reporter = SILENT


class Looker(Protocol[F]):
    """An open sense.

    picture: how to decode photos for it.
    at_once: how many photos `write` should get, at least.
    engine: name and version of the program that looks; "" if nobody needs to know.
    """

    picture: Preprocessing
    at_once: int
    engine: str

    def ready_made(self, look: Look) -> Iterable[bytes]:
        """Yield files of pictures that can be decoded in place of the photo's own files."""

    def see(self, look: Look, photo: ReadFile) -> F:
        """Return what is in a decoded photo. Called by several threads. Raises UnreadError."""

    def write(self, found: Sequence[tuple[Look, F]]) -> int:
        """Store what was found, in one transaction. Return how much it is, as `LookReport.found`
        counts it."""


class Wording(NamedTuple):
    """What a sense is called, in Italian. Every field completes the sentence beside it.

    title: "Testi": 3 foto lette
    to_look: nessuna foto da "leggere"
    looked: 1 foto "letta", 2 foto "lette"; of videos with o and i, "letto" and "letti"
    found: 3 foto lette, "2 con parole"; given the number
    command: e poi di nuovo "cercafoto leggi"
    unread: di 3 foto "non si leggono le parole"
    unread_title: "Testi illeggibili" 3 (vedi cercafoto stato --problemi)
    why_unlikely: 3 foto restano, "dove difficilmente c'è scritto qualcosa"
    elsewhere: what to do with a photo that is not in the archive; "" if nothing can be done.
    """

    title: str
    to_look: str
    looked: tuple[str, str]
    found: Callable[[int], str]
    command: str
    unread: str
    unread_title: str
    why_unlikely: str = ""
    elsewhere: str = ""


class IndexOption(NamedTuple):
    """The option of `index` that has the sense catch up afterwards."""

    flag: str
    help: str


class Sense(Generic[F]):
    """A declaration, without state. What it does not override does nothing.

    name: in the table `unread`, in JSON, and for `Reporter.progress`.
    found_key: key of `LookReport.found` in JSON.
    option: None if `index` runs the sense in any case.
    frames: whether to look at all frames of videos unless told otherwise.
    most: how many processes may look side by side.
    """

    name: ClassVar[str]
    found_key: ClassVar[str] = "found"
    wording: ClassVar[Wording]
    option: ClassVar[IndexOption | None] = None
    frames: ClassVar[bool] = False
    most: ClassVar[int] = 64

    # -- looking -------------------------------------------------------------------------------

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        """Return which of `looks` there are to look at. Called even if the answer is none."""
        raise NotImplementedError

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[F]]:
        """Open the sense for a with block. number: how many threads will look."""
        raise NotImplementedError

    def ended(self, request: Request) -> None:
        """Do what remains after a run that was not interrupted."""

    # -- telling -------------------------------------------------------------------------------

    def state(self, settings: Settings, catalog: ArchiveWriter) -> SenseState:
        """Return how far the sense has come; `unread` may be left out. catalog: open to read."""
        raise NotImplementedError

    def rows(self, state: SenseState, contents: int) -> Iterator[tuple[str, str]]:
        """Yield the rows of `stato` about the sense, heading and text. contents: how many the
        archive has."""
        raise NotImplementedError

    def json(self, state: SenseState) -> dict[str, object]:
        """Return what the JSON of `stato` says."""
        return {self.name: {"looked": state.looked, "lacking": state.lacking}}

    # -- files and tables of its own -----------------------------------------------------------

    def is_active(self, settings: Settings) -> bool:
        """Whether the sense may look without asking the person first."""
        return True

    def forget(self, settings: Settings, digests: Set[bytes]) -> None:
        """Delete what is kept outside of the catalogue about contents that are gone. Raises
        ArchiveError, whose message says what is still kept."""

    def check_files(self, settings: Settings, mend: bool) -> Iterable[Finding]:
        """Return what is wrong outside of the catalogue, which may be damaged itself; repair it if
        `mend`."""
        return ()

    def check_rows(self, catalog: ArchiveWriter, mend: bool) -> Iterable[Finding]:
        """Return what is wrong in the catalogue, except what all tables have in common; repair it
        if `mend`."""
        return ()
