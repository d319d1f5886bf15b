"""The interface for people by name, and the people of an archive that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cercafoto.errors import ArchiveError
from cercafoto.photos.person import Region

if TYPE_CHECKING:
    from cercafoto.question.filters.filter import Filters


class NamedPeople:
    """People by name. A name belongs to a photo; a content with several files has the people of all
    its files. This class has nobody: names are not published to shared archives."""

    def are_known(self) -> bool:
        """Whether any photo has people."""
        return False

    def problem(self) -> ArchiveError | None:
        """Return why the faces of people cannot be read, so that people are missing; None if all
        are there."""
        return None

    def known(self) -> list[str]:
        """Return the names of all people, each once, sorted."""
        return []

    def count(self, filters: Filters, among: Sequence[int] | None = None) -> list[tuple[str, int]]:
        """Return (name, number of photos that fulfil the filters) of each person in such photos,
        most photos first.

        among: count only photos with these ids; None for all.
        """
        return []

    def contents_named(self, name: str) -> tuple[int, ...]:
        """Return the ids of the contents that show the person of this name, ascending; of a video,
        the ids of frames. Case and accents are ignored. Raises ArchiveError if `problem` is not
        None."""
        return ()

    def contents_with_names(self) -> tuple[int, ...]:
        """Return the ids of the contents that surely show anyone of a known name, ascending; of a
        video, the ids of frames. Raises ArchiveError if `problem` is not None."""
        return ()

    def unsure(self, name: str) -> tuple[int, ...]:
        """Return the ids of the contents that only may show the person: a face is a little like the
        person's, and nobody has said whose it is."""
        return ()

    def unsure_in(self, content_id: int) -> list[str]:
        """Return the names of the people whom a content only may show, as `unsure` says."""
        return []

    def regions_of(self, content_id: int) -> list[Region]:
        """Return the people in a content, each once."""
        return []

    def denied_names(self) -> Mapping[int, frozenset[str]]:
        """Return content id -> folded names that its files have for a face, and that somebody has
        corrected: the face is not theirs, or is another's."""
        return {}

    def regions_in_files(self, *, with_ours: bool = False) -> dict[bytes, list[Region]]:
        """Return digest -> the people whose faces the files of a photo mark, each name once.

        with_ours: also the names that cercafoto wrote there itself: a guess that was written and is
            read again is still a guess.
        """
        return {}

    def stored_size(self, content_id: int) -> tuple[int, int, int]:
        """Return (width, height, EXIF orientation) of a content as it is stored, before it is
        turned upright; zeros if the size is not known."""
        return 0, 0, 1
