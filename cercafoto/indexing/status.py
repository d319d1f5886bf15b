"""Contents of an archive, counted (`stato`)."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto.archive.local.embeddings.graph import can_be_made
from cercafoto.archive.session import Session
from cercafoto.indexing import left_aside
from cercafoto.models.encode import devices
from cercafoto.models.registry import Registry
from cercafoto.results import Status


def status(session: Session) -> Status:
    """Count what the archive holds. Raises ArchiveError when there is none yet."""
    settings = session.settings
    with session.catalog() as catalog:
        active = catalog.active_model
        fingerprint, name, _ = catalog.model(active) if active is not None else (None, None, 0)
        available = fingerprint is not None and (
            Registry(settings).find_by_fingerprint(fingerprint) is not None
        )
        return Status(
            archive=settings.archive,
            model=name,
            fingerprint=fingerprint,
            model_available=available,
            counts=catalog.counts(),
            roots=tuple(
                (root, catalog.count_visible_under(root), os.path.isdir(root))
                for root in catalog.roots()
            ),
            labels=tuple(catalog.labels()),
            pending=catalog.lacking_vector(active) if active is not None else 0,
            size=_size(settings.archive),
            exclusions=tuple(catalog.exclusions()),
            linked=tuple(root for root in catalog.roots() if catalog.follows_links(root)),
            stale_labels=tuple(catalog.stale_labels()),
            graph=can_be_made(),
            left_aside=left_aside.recall(catalog),
            texts=catalog.text_counts(),
            unread_texts=len(catalog.unread_texts()),
            device=devices.chosen(settings.device),
            devices=devices.offered(),
        )


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
