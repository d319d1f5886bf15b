"""Count what a local archive holds, for `stato`."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto.archive.local import left_aside
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.embeddings.graph import can_be_made
from cercafoto.models.encode import devices
from cercafoto.models.registry import Registry
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import Filters
from cercafoto.results.status import ModelSwitch, Status
from cercafoto.settings import Settings


def status(settings: Settings, catalog: Catalog) -> Status:
    """Return the archive's model, folders, labels and numbers of photos. Raises ArchiveError."""
    active = catalog.models.active_model
    fingerprint, name, _ = catalog.models.model(active) if active is not None else (None, None, 0)
    available = fingerprint is not None and (
        Registry(settings).find_by_fingerprint(fingerprint) is not None
    )
    return Status(
        archive=settings.archive,
        model=name,
        fingerprint=fingerprint,
        model_available=available,
        counts=catalog.photos.counts(),
        roots=tuple(
            (root, catalog.photos.count_visible_under(root), os.path.isdir(root))
            for root in catalog.folders.roots()
        ),
        labels=tuple(catalog.labels.counts()),
        pending=catalog.vectors.lacking(active) if active is not None else 0,
        size=_size(settings.archive),
        exclusions=tuple(catalog.folders.exclusions()),
        linked=tuple(
            root for root in catalog.folders.roots() if catalog.folders.follows_links(root)
        ),
        stale_labels=tuple(catalog.labels.stale()),
        graph=can_be_made(),
        left_aside=left_aside.recall(catalog),
        videos=catalog.photos.count_where(Filters({VIDEO.name: True})),
        device=devices.chosen(settings.device),
        devices=devices.offered(),
        switch=_switch(catalog, active),
    )


def _switch(catalog: Catalog, active: int | None) -> ModelSwitch | None:
    """Return the switch to another model than the active one that `index` has not finished."""
    wanted = int(catalog.models.get("wanted_model") or 0)
    if not wanted or active is None or wanted == active:
        return None
    _, name, _ = catalog.models.model(wanted)
    return ModelSwitch(name, catalog.vectors.lacking(wanted))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
