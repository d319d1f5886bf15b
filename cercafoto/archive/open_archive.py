"""Open the archive that the settings name, by its engine, and import only that engine."""

from __future__ import annotations

from cercafoto.archive.archive import Archive
from cercafoto.errors import UsageError
from cercafoto.settings import Settings


def open_archive(settings: Settings, *, resident: bool = False, graph: bool = True) -> Archive:
    """Return the archive that the settings name: on this machine, or shared.

    resident: for a long-lived process that searches often, from several threads.
    graph: whether a resident process searches a large local archive through a graph, which takes a
        while to build; without a graph answers are exact.

    Raises UsageError if the archive is shared and the extra for shared archives is not installed.
    """
    if settings.shared is None:
        from cercafoto.archive.local_archive import LocalArchive

        return LocalArchive(settings, resident=resident, graph=graph)
    try:
        from cercafoto.archive.shared.shared_archive import SharedArchive
    except ImportError as error:
        raise lacks_shared() from error
    return SharedArchive(settings, resident=resident)


def lacks_shared() -> UsageError:
    """Return the error that says how to install the extra for shared archives."""
    from cercafoto.base.installation import install_command

    return UsageError(
        "Per gli archivi condivisi manca il pezzo che parla con PostgreSQL.",
        f"Si aggiunge così: {install_command('condiviso')}",
    )
