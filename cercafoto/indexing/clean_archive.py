"""`pulisci`: delete from the archive what is known about gone photos. Photos are never touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.purge import Purged
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import absolute, is_inside
from cercafoto.errors import ArchiveBusyError, ArchiveError
from cercafoto.looking.sense import Sense


@json_keys(
    "done missing excluded forgotten back away folders reread orphans",
    Key("deleted", "purged"),
    "freed",
)
@dataclass(frozen=True)
class CleanReport:
    """The result of a cleaning, or of its rehearsal.

    done: False for a rehearsal, which deletes nothing.
    missing: paths of photos to forget because they are gone.
    excluded: paths of photos to forget because they are left out of the index.
    forgotten: paths of photos to forget because their folder is to be forgotten.
    back: missing photos that exist again; they are kept.
    away: indexed folders that do not exist now and have missing or excluded photos; these photos
        are kept, as the disk may return.
    asked: the folders that the person asked to forget; if any, nothing else is forgotten.
    folders: indexed folders to forget: `index` no longer refreshes these.
    reread: existing folders among `asked` that lie in an indexed folder that stays, so that the
        next `index` reads them again.
    orphans: number of contents to forget because they have no photo; edited files left them.
    purged: numbers of deleted rows.
    freed: bytes by which the catalogue shrank.
    left: what is still stored about these photos outside of the catalogue, why, and what to do.
    """

    done: bool
    missing: tuple[bytes, ...] = ()
    excluded: tuple[bytes, ...] = ()
    forgotten: tuple[bytes, ...] = ()
    back: tuple[bytes, ...] = ()
    away: tuple[bytes, ...] = ()
    asked: tuple[bytes, ...] = ()
    folders: tuple[bytes, ...] = ()
    reread: tuple[bytes, ...] = ()
    orphans: int = 0
    purged: Purged = field(default_factory=Purged)
    freed: int = 0
    left: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.missing or self.excluded or self.forgotten or self.orphans or self.folders)


def clean(
    archive: LocalArchive, senses: Sequence[Sense[Any]], forget: Sequence[Path], confirmed: bool
) -> CleanReport:
    """Report what can be forgotten; if `confirmed`, delete all of it and shrink the catalogue.

    senses: what may have files of its own.
    forget: folders to forget with all their photos, even photos that exist; indexed folders inside
        `forget` are no longer refreshed. If empty, forget photos that are gone or left out, and the
        earlier contents of edited files.

    Raises ArchiveError, ArchiveBusyError, UsageError (a folder that the archive does not know).
    """
    with archive.catalog() as catalog:
        folders = [absolute(folder) for folder in forget]
        roots = catalog.folders.roots()
        archive.known_folders([f for f in forget if absolute(f) not in roots])
        if not confirmed:
            return _clean(catalog, folders, False)
    with archive.writing() as catalog:
        report = _clean(catalog, folders, True)
        left = []
        for sense in senses if report.purged.digests else ():
            try:
                sense.forget(archive.settings, report.purged.digests)
            except ArchiveBusyError:
                raise
            except ArchiveError as error:
                left.append(f"{error.message} {error.hint}")
        report = replace(report, left=tuple(left))
        if catalog.models.active_model is not None:
            archive.kept_vectors.of(catalog)  # update the caches while nobody else writes
        return report


def _clean(catalog: Catalog, forget: Sequence[bytes], confirmed: bool) -> CleanReport:
    missing, excluded, back = [], [], []
    forgotten = {path: i for folder in forget for i, path, _ in catalog.purge.photos_under(folder)}
    ids = list(forgotten.values())
    roots = [root for root in catalog.folders.roots() if any(is_inside(root, f) for f in forget)]
    away = [
        root for root in catalog.folders.roots() if root not in roots and not os.path.isdir(root)
    ]
    reread = [
        folder
        for folder in forget
        if os.path.lexists(folder)
        and any(is_inside(folder, root) for root in catalog.folders.roots() if root not in roots)
    ]
    waiting = set()
    for photo_id, path, state in () if forget else catalog.purge.hidden():
        root = next((root for root in away if is_inside(path, root)), None)
        if root is not None:
            waiting.add(root)
        elif state == "excluded":
            excluded.append(path)
            ids.append(photo_id)
        elif os.path.lexists(path):
            back.append(path)
        else:
            missing.append(path)
            ids.append(photo_id)
    purged, freed = Purged(), 0
    orphans = 0 if forget else catalog.purge.orphans()
    if confirmed and (ids or orphans or roots):
        before = catalog.path.stat().st_size
        with catalog.transaction():
            for root in roots:
                catalog.folders.forget_root(root)
            purged = catalog.purge.delete(ids, of_these_only=bool(forget))
        with suppress(ArchiveError):  # if the disk is full, later photos reuse the space
            catalog.compact()
        freed = max(0, before - catalog.path.stat().st_size)
    return CleanReport(
        confirmed,
        tuple(missing),
        tuple(excluded),
        tuple(sorted(forgotten)),
        tuple(back),
        tuple(sorted(waiting)),
        tuple(forget),
        tuple(roots),
        tuple(reread),
        orphans,
        purged,
        freed,
    )
