"""One indexing run: folders in, catalogue rows and vectors out.

`Workers` read ahead; the main thread has a batch embedded and writes it in one transaction. An
interruption costs the batch in hand; a bad photo costs itself.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import EXCLUDED, MISSING, OK, Indexed
from cercafoto.base.paths import is_inside
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import MissingExtraError
from cercafoto.indexing.comparison import (
    CHANGED,
    DESCRIBED,
    NEW,
    RECOVERED,
    UNCHANGED,
    Comparison,
)
from cercafoto.indexing.index_report import IndexReport
from cercafoto.photos.opening import PhotoFolders
from cercafoto.places.gazetteer import Gazetteer

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats
    from cercafoto.indexing.thumbnails_ahead import Alongside
    from cercafoto.indexing.workers import Workers

# Files that need no embedding (problems, copies) are written at least this often.
WRITE_EVERY = 200

# A file ready to be written, why it was read, and its picture for `Workers.embed`.
Work = tuple[Indexed, str, bytes | None]

MOVED = "moved"


@dataclass
class IndexRun:
    """Bring the catalogue up to date with what a comparison found: `apply`, then `report`.

    workers: None where no file is to be read.
    folders: what opens the files.
    copies: keeps the small copies that come with what is read; None where none are wanted.
    """

    catalog: Catalog
    model: str
    workers: Workers | None
    folders: PhotoFolders
    model_id: int
    comparison: Comparison
    reporter: Reporter = SILENT
    copies: Alongside | None = None
    _gazetteer: Gazetteer = field(default_factory=Gazetteer)
    # Extra of the package -> files that wait for it.
    _lacking: Counter[str] = field(default_factory=Counter)
    # What moved: content -> photos that are gone, content -> paths that no longer have it, and
    # paths that have it now.
    _leaving: dict[int, list[int]] = field(default_factory=dict)
    _departures: Counter[int] = field(default_factory=Counter)
    _arrivals: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._roots = self.catalog.folders.roots()
        self._counts = self.comparison.counts.copy()
        self._problems = list(self.comparison.problems)
        self._unreadable = list(self.comparison.unreadable)
        self._missing = dict(self.comparison.missing)
        for file in self._missing.values():
            if file.content_id is not None:
                self._leaving.setdefault(file.content_id, []).append(file.photo_id)

    @property
    def embedded(self) -> int:
        """Contents whose vector was written until now."""
        return self._counts["embedded"]

    def apply(self) -> None:
        """Read, embed and write what is new or different, a batch at a time."""
        if self.comparison.returned:
            with self.catalog.transaction():
                self.catalog.intake.set_state(self.comparison.returned, OK)
        self._refresh_sidecars()
        self._read_and_write()
        self._settle()
        if self.comparison.to_read or self.comparison.sidecar_changed:
            self.catalog.refresh_statistics()

    def report(self) -> IndexReport:
        old = self.comparison.retried.union(self.comparison.problems)
        return IndexReport(
            model=self.model,
            card=self.workers.card if self.workers else "",
            copies=self.copies.made if self.copies else frozenset(),
            problems=tuple(sorted(self._problems)),
            old_problems=tuple(sorted(old & set(self._problems))),
            unreadable=tuple(self._unreadable),
            lacking=dict(self._lacking),
            seconds=time.monotonic() - self.comparison.started,
            pending=self._pending(),
            left_aside=sum(self.comparison.left_aside.values(), Counter()),
            stale_labels=max((n for _, n in self.catalog.labels.stale()), default=0),
            **self._counts,
        )

    def _pending(self) -> int:
        if not (self.comparison.without_vector or self.comparison.is_work):
            return 0  # counting them takes a tenth as long as the walk
        return self.catalog.vectors.lacking(self.model_id)

    def _refresh_sidecars(self) -> None:
        """Read the sidecars that changed beside photos that did not; nothing else is read."""
        from cercafoto.indexing.read_ahead import (
            read_sidecar,  # late: most runs have nothing to read
        )

        for at in range(0, len(self.comparison.sidecar_changed), WRITE_EVERY):
            with self.catalog.transaction():
                for photo_id, file in self.comparison.sidecar_changed[at : at + WRITE_EVERY]:
                    self.catalog.intake.write_facts(
                        photo_id,
                        file.path,
                        read_sidecar(file.sidecar, self.folders),
                        self._gazetteer.locate,
                    )
        self._counts[DESCRIBED] += len(self.comparison.sidecar_changed)

    def _read_and_write(self) -> None:
        if self.workers is None:
            return
        from cercafoto.indexing.read_ahead import as_indexed
        from cercafoto.photos.decoding.photo import Photo

        to_read = self.comparison.to_read
        batch: list[Work] = []
        pictures = 0
        with closing(self.workers.read(to_read)) as files:
            for done, (file, kind, read, picture) in enumerate(files, start=1):
                self.reporter.progress(PHOTOS, done, len(to_read), os.fsdecode(file.path))
                photo, _ = read
                if isinstance(photo, MissingExtraError):
                    self._lacking[photo.extra] += 1
                    continue
                if self.copies and isinstance(photo, Photo) and photo.copy:
                    self.copies.keep(photo.digest, photo.copy)
                batch.append((as_indexed(file, read), kind, picture))
                pictures += picture is not None
                if pictures >= self.workers.batch or len(batch) == WRITE_EVERY:
                    self._write(batch)
                    batch, pictures = [], 0
        if batch:
            self._write(batch)

    def _write(self, batch: list[Work]) -> None:
        """Write one batch in one transaction: an interruption loses this much and no more."""
        recorded = [work for work in batch if self._is_recorded(work[0], work[1])]
        vectors = self._embed(recorded)
        items = [replace(item, vector=vectors.get(item.digest)) for item, _, _ in recorded]
        with self.catalog.transaction():
            followed = [
                kind in (NEW, CHANGED, RECOVERED) and self._follow(item, kind == NEW)
                for item, kind, _ in recorded
            ]
            contents = self.catalog.intake.write(items, self.model_id, self._gazetteer.locate)
        self._counts["embedded"] += len(vectors)
        for item, (_, kind, _), moved, content in zip(
            items, recorded, followed, contents, strict=True
        ):
            if content is None:
                self._problems.append((item.path, item.problem or ""))
                continue
            before = self.comparison.old_content.get(item.path)
            if kind == CHANGED and before == content:  # only its time was different
                kind = UNCHANGED
            elif kind == CHANGED and before is not None:
                self._departures[before] += 1
            if item.digest not in vectors and kind not in (DESCRIBED, UNCHANGED):
                self._counts["recognised"] += 1
            if moved:
                kind = MOVED
            elif kind in (NEW, CHANGED) and item.digest not in vectors:
                self._arrivals[kind, content] += 1
            self._counts[kind] += 1
            if kind == DESCRIBED:
                self._counts[UNCHANGED] += 1

    def _is_recorded(self, item: Indexed, kind: str) -> bool:
        """Tell whether to record this result. Files on an unmounted disk and transient errors of
        known photos are retried next run."""
        if not item.passing:
            return True
        for root in self._roots:
            if is_inside(item.path, root) and not os.path.isdir(root):
                disconnected = (root, "non c'è più: il disco è stato scollegato")
                if disconnected not in self._unreadable:
                    self._unreadable.append(disconnected)
                return False
        if kind in (NEW, RECOVERED):
            return True
        self._problems.append((item.path, item.problem or ""))
        return False

    def _embed(self, batch: list[Work]) -> dict[bytes | None, Floats]:
        """Embed the contents that have no vector yet: digest -> vector. Copies that were decoded
        side by side, before either was written, are embedded once."""
        fresh: dict[bytes | None, bytes] = {}
        for item, _, picture in batch:
            if picture is None or item.digest is None or item.digest in fresh:
                continue
            if not self.catalog.vectors.has(item.digest, self.model_id):
                fresh[item.digest] = picture
        if not fresh or self.workers is None:
            return {}
        vectors = self.workers.embed(list(fresh.values()))
        return dict(zip(fresh, vectors, strict=True))

    def _follow(self, item: Indexed, is_new: bool) -> bool:
        """Let the row of a photo that is gone follow its content to this path. Within the
        transaction that writes the path, so that no interruption can part them."""
        if item.digest is None:
            return False
        content = self.catalog.photos.content_of(item.digest)
        if content is None or content == self.comparison.old_content.get(item.path):
            return False
        leavers = self._leaving.get(content) or self.catalog.known.missing_of(item.digest)
        if not leavers:
            return False
        photo_id = leavers.pop(0)
        self._missing.pop(photo_id, None)
        if is_new:
            self.catalog.intake.move(photo_id, item.path)
        else:  # the path has a row of its own
            self.catalog.intake.forget([photo_id])
        return True

    def _settle(self) -> None:
        """Mark what is gone and turned up nowhere else; and count files that changed places among
        themselves, which were moved and not edited."""
        missing = list(self._missing.values())
        lost = [k.photo_id for k in missing if k.content_id is not None]
        hidden = [k.photo_id for k in self.comparison.excluded if k.content_id is not None]
        # Of a file that could not be read nothing is known that its return would need.
        unread = [k.photo_id for k in (*missing, *self.comparison.excluded) if k.content_id is None]
        if lost or hidden or unread:
            with self.catalog.transaction():
                self.catalog.intake.set_state(lost, MISSING)
                self.catalog.intake.set_state(hidden, EXCLUDED)
                self.catalog.intake.forget(unread)
        self._counts["missing"] += sum(k.state == OK for k in missing)
        self._counts["excluded"] += sum(k.state == OK for k in self.comparison.excluded)
        for (kind, content), number in self._arrivals.items():
            moved = min(number, self._departures[content])
            self._departures[content] -= moved
            self._counts[kind] -= moved
            self._counts[MOVED] += moved
