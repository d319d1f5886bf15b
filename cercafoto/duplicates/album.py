"""Find the photos that an archive holds more than once, move copies aside, and bring them back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.question.filters.filter import NO_FILTERS

if TYPE_CHECKING:
    from cercafoto.archive.records import PhotoRow
    from cercafoto.duplicates.elsewhere import FolderComparison
    from cercafoto.duplicates.groups import Duplicates, Group
    from cercafoto.indexing.set_aside import Extra, ReturnReport, SetAsideReport
    from cercafoto.question.query import Query


class DuplicateAlbum:
    """The photos that an archive on this machine holds more than once."""

    def __init__(self, archive: LocalArchive) -> None:
        self._archive = archive

    def find(
        self,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        prefer: Sequence[Path] = (),
        reporter: Reporter = SILENT,
        query: Query | None = None,
    ) -> Duplicates:
        """Return the groups of photos that are copies of each other, each with the photo to keep.

        Candidates are read again and compared. Nothing is written, moved or deleted.

        folders: look only at photos at or under these paths; none: the whole archive.
        outside: leave out photos at or under these paths.
        exact: only files with the same bytes are copies.
        prefer: keep the photo of a group that is in one of these folders, if there is any.
        query: look only at photos that answer it; None: at all.

        Raises ArchiveError, UsageError (the archive does not know a folder), and with a query the
        errors of `Library.search`.
        """
        from cercafoto.duplicates.groups import find_duplicates

        return find_duplicates(self._archive, folders, outside, exact, prefer, reporter, query)

    def find_bursts(
        self,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        prefer: Sequence[Path] = (),
    ) -> Duplicates:
        """Return the groups of photos that are of one burst, each with the photo to keep: the
        sharpest, well exposed. The parameters are those of `find`.

        Only photos at which the sense for quality has looked are compared; `skipped` has the
        others. Photos that the person marked are in no group's `others`. Raises as `find`.
        """
        from cercafoto.duplicates.bursts import find_bursts

        return find_bursts(self._archive, folders, outside, prefer)

    def near(self, content: int) -> tuple[bytes, ...]:
        """Return the paths of the files with other bytes that show the same picture as the photos
        of a content. Few files are read again, and compared. Raises ArchiveError, ModelError."""
        from cercafoto.duplicates.near_copies import near_copies

        return near_copies(self._archive, content)

    def set_aside(
        self,
        folder: Path,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        bursts: bool = False,
        prefer: Sequence[Path] = (),
        confirmed: bool = False,
        reporter: Reporter = SILENT,
    ) -> tuple[Duplicates, SetAsideReport]:
        """Find duplicates as `find` does, or bursts as `find_bursts` does, and move every photo
        except the ones to keep into `folder`, each with its sidecars and its path below the indexed
        folder.

        Return the groups, and what was moved. No file is replaced; `bring_back` undoes the move.

        confirmed: move the files; otherwise only return what would be moved.

        Raises UsageError (`folder` is indexed or contains an indexed folder), DiskFullError,
        ArchiveBusyError, and the errors of `find`.
        """
        from cercafoto.indexing.set_aside import setting_aside

        with setting_aside(self._archive, folder, confirmed) as mover:
            if bursts:
                duplicates = self.find_bursts(folders, outside, prefer=prefer)
            else:
                duplicates = self.find(
                    folders, outside, exact=exact, prefer=prefer, reporter=reporter
                )
            return duplicates, mover.move(_extras(duplicates.groups), reporter)

    def set_groups_aside(self, folder: Path, groups: Sequence[Group]) -> SetAsideReport:
        """Move every photo of groups that `find` returned, except the ones to keep, as `set_aside`
        does. A photo that changed since, or whose photo to keep did, stays.

        If any lies in a folder that the person has to confirm first, nothing is moved: the report
        is that of a rehearsal, and says what waits.

        Raises as `set_aside`.
        """
        from cercafoto.indexing.set_aside import setting_aside

        for confirmed in (False, True):
            with setting_aside(self._archive, folder, confirmed) as mover:
                report = mover.move(_extras(groups))
            if report.waiting:
                break
        return report

    def last_set_aside(self) -> int:
        """Return how many photos `bring_back` would move now."""
        from cercafoto.indexing.set_aside import last_set_aside

        return last_set_aside(self._archive)

    def rows_of(self, groups: Sequence[Group]) -> dict[bytes, PhotoRow]:
        """Return path -> photo of the files of groups that the archive still has there. Raises
        ArchiveError."""
        contents = {each.content_id for group in groups for each in (group.best, *group.others)}
        with self._archive.reading() as archive:
            rows = archive.photos.by_content([*contents], NO_FILTERS, tagged=False)
        return {row.path: row for files in rows.values() for row in files}

    def bring_back(self, confirmed: bool = False) -> ReturnReport:
        """Move the files of the last `set_aside` back to where they were. Return the photos that
        came back, and the files that did not. A file that was changed since, or whose place is
        taken, stays.

        confirmed: move also what the archive's journal says without a seal of this computer;
            otherwise nothing is moved, and the result says what would be.

        Raises ArchiveBusyError, ArchiveError.
        """
        from cercafoto.indexing.set_aside import bring_back

        return bring_back(self._archive, confirmed)

    def compare(
        self,
        folder: Path,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        reporter: Reporter = SILENT,
    ) -> FolderComparison:
        """Return which photos of `folder`, indexed or not, the archive also has somewhere else.

        folders: look for copies only at or under these paths; none: the whole archive.
        outside: do not look for copies at or under these paths.
        exact: only files with the same bytes are copies.

        Raises FolderNotFoundError, ArchiveError, UsageError (the archive does not know one of
        `folders` or `outside`).
        """
        from cercafoto.duplicates.elsewhere import compare_folder

        return compare_folder(self._archive, folder, folders, outside, exact, reporter)


def _extras(groups: Sequence[Group]) -> list[Extra]:
    from cercafoto.indexing.set_aside import Extra

    return [Extra(other, group.best) for group in groups for other in group.others]
