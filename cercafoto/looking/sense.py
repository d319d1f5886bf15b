"""Declare what a sense is: something that looks at every photo once, and stores what it found.

`catch_up` does what all senses have in common. The list of senses is `cercafoto/senses.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import CercafotoError

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter, LocalArchive
    from cercafoto.photos.preprocessing import Preprocessing
    from cercafoto.photos.read_file import ReadFile

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


@dataclass(frozen=True)
class Request:
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


class Sense(Generic[F]):
    """A declaration, without state.

    name: in the table `unread`, and in JSON.
    task: see `Reporter.progress`.
    frames: whether to look at all frames of videos unless told otherwise.
    most: how many processes may look side by side.
    """

    name: ClassVar[str]
    task: ClassVar[str]
    frames: ClassVar[bool] = False
    most: ClassVar[int] = 64

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        """Return which of `looks` there are to look at. Called even if the answer is none."""
        raise NotImplementedError

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[F]]:
        """Open the sense for a with block. number: how many threads will look."""
        raise NotImplementedError

    def ended(self, request: Request) -> None:
        """Do what remains after a run that was not interrupted."""
