"""Send an archive to a shared one, and take back what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.open_archive import lacks_shared
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.indexing.stored_metadata import bring_up_to_date

if TYPE_CHECKING:
    from cercafoto.archive.shared.publisher import Published, Publisher


class Sharing:
    """What an archive on this machine has to do with shared archives."""

    def __init__(self, archive: LocalArchive) -> None:
        self._archive = archive

    def publish(
        self,
        address: str,
        source: str,
        *,
        migrate: bool = False,
        small_copies: bool = False,
        reporter: Reporter = SILENT,
    ) -> Published:
        """Send what changed in this archive to the shared archive at `address`, and return how the
        run went. If nothing changed, no photo is compared or sent.

        address: postgresql://user@server/database
        source: name of this machine in the shared archive.
        migrate: first update tables that an older version made.
        small_copies: also send small copies of the photos.

        Raises ArchiveError, ArchiveBusyError, DiskFullError, UsageError (`source` is not a valid
        name, or the extra for shared archives is not installed).
        """
        with _publisher()(address, source, migrate=migrate) as publisher:
            bring_up_to_date(self._archive, reporter)
            stamp = repr(self._archive.stamp())
            return publisher.publish(self._archive, stamp, small_copies, reporter)

    @staticmethod
    def remove(address: str, source: str, *, confirmed: bool = False) -> int:
        """Remove from a shared archive what one source (a machine that publishes) sent, and return
        how many photos the source had there.

        confirmed: remove them; otherwise only count.

        Raises the errors of `publish`, and UsageError if there is no such source.
        """
        with _publisher()(address, source) as publisher:
            return publisher.remove(confirmed=confirmed)

    @staticmethod
    def preparation() -> str:
        """Return an SQL script that creates the database users of a shared archive."""
        from cercafoto.archive.shared.schema import preparation

        return preparation()


def _publisher() -> type[Publisher]:
    try:
        from cercafoto.archive.shared.publisher import Publisher
    except ImportError as error:
        raise lacks_shared() from error
    return Publisher
