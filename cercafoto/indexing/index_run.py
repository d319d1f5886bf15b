"""Run one indexing: read the files that a comparison lists, and write rows and vectors.

`Workers` read files ahead and embed them; the main thread writes each batch in one transaction. An
interruption loses one batch; a bad photo costs only itself.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import EXCLUDED, MISSING, OK
from cercafoto.base.paths import is_inside
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import MissingExtraError, PassingImageError
from cercafoto.indexing.comparison import (
    CHANGED,
    DESCRIBED,
    NEW,
    RECOVERED,
    UNCHANGED,
    Comparison,
)
from cercafoto.indexing.index_report import IndexReport
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import ReadFile
from cercafoto.places.gazetteer import Gazetteer

if TYPE_CHECKING:
    from cercafoto.archive.local.edited_moves import MayBeEdited
    from cercafoto.indexing.thumbnails_ahead import SmallCopyKeeper
    from cercafoto.indexing.workers import Workers

# A batch is written after so many files, even if few of them need embedding.
WRITE_EVERY = 200

MOVED = "moved"


@dataclass
class IndexRun:
    """Brings the catalogue up to date with a comparison: call `apply`, then `report`.

    model: name of the model.
    workers: read and embed files; None if no file must be read.
    folders: opens sidecars.
    roots: the indexed folders.
    model_id: id of the model in the catalogue.
    copies: stores the small copies that decoders make; None if none are wanted.
    """

    catalog: Catalog
    model: str
    workers: Workers | None
    folders: PhotoFolders
    roots: Sequence[bytes]
    model_id: int
    comparison: Comparison
    reporter: Reporter = SILENT
    copies: SmallCopyKeeper | None = None
    _gazetteer: Gazetteer = field(default_factory=Gazetteer)
    # Extra of the package -> number of files that it would read.
    _lacking: Counter[str] = field(default_factory=Counter)
    _cut_short: list[bytes] = field(default_factory=list)
    _followed: list[MayBeEdited] = field(default_factory=list)
    # To recognise moved files: content -> ids of photos that are gone; content -> number of changed
    # files that had it before; (kind, content) -> number of files that have it now.
    _absent_by_content: dict[int, list[int]] = field(default_factory=dict)
    _departures: Counter[int] = field(default_factory=Counter)
    _arrivals: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._counts = self.comparison.counts.copy()
        self._problems = list(self.comparison.problems)
        self._unreadable = list(self.comparison.unreadable)
        self._missing = dict(self.comparison.missing)
        for file in self._missing.values():
            if file.content_id is not None:
                self._absent_by_content.setdefault(file.content_id, []).append(file.photo_id)

    @property
    def embedded(self) -> int:
        """How many contents got a vector so far."""
        return self._counts["embedded"]

    def apply(self) -> None:
        """Read, embed and write new and changed files, one batch at a time.

        Photos that are gone, left out, or back are marked so in the catalogue.
        """
        if self.comparison.returned:
            with self.catalog.transaction():
                self.catalog.intake.set_state(self.comparison.returned, OK)
        self._refresh_sidecars()
        if any(kind == NEW for _, kind in self.comparison.to_read):
            with self.catalog.transaction():
                self.catalog.edited_moves.begin()
        self._read_and_write()
        self._follow_edited()
        self._mark_missing()
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
            cut_short=tuple(self._cut_short),
            followed=tuple((pair.gone_path, pair.new_path) for pair in self._followed),
            seconds=time.monotonic() - self.comparison.started,
            pending=self._pending(),
            left_aside=sum(self.comparison.left_aside.values(), Counter()),
            stale_labels=max((n for _, n in self.catalog.labels.stale()), default=0),
            empty=(),  # `update` knows what the person named
            only_file=b"",
            **self._counts,
        )

    def _pending(self) -> int:
        if not (self.comparison.without_vector or self.comparison.is_work):
            return 0  # counting takes a tenth of the walk's time
        return self.catalog.vectors.lacking(self.model_id)

    def _refresh_sidecars(self) -> None:
        """Read changed sidecars of unchanged photos, and write the photos' metadata."""
        from cercafoto.photos import beside  # late: most runs need none

        for start in range(0, len(self.comparison.sidecar_changed), WRITE_EVERY):
            with self.catalog.transaction():
                for photo_id, file in self.comparison.sidecar_changed[start : start + WRITE_EVERY]:
                    metadata = beside.read_beside(file, self.folders)
                    self.catalog.intake.write_facts(
                        photo_id, file, metadata, self._gazetteer.locate, self.roots
                    )
        self._counts[DESCRIBED] += len(self.comparison.sidecar_changed)

    def _read_and_write(self) -> None:
        if self.workers is None:
            return
        to_read = self.comparison.to_read
        batch: list[tuple[ReadFile, str]] = []
        decoded = 0
        with closing(self.workers.read([file for file, _ in to_read])) as files:
            for done, (read, (_, kind)) in enumerate(zip(files, to_read, strict=True), start=1):
                self.reporter.progress(PHOTOS, done, len(to_read), os.fsdecode(read.file.path))
                if isinstance(read.problem, MissingExtraError):
                    self._lacking[read.problem.extra] += 1
                    continue
                if read.damaged:
                    self._cut_short.append(read.file.path)
                if self.copies and read.small_copy:
                    self.copies.keep(read.content_digest, read.small_copy)
                batch.append((read, kind))
                decoded += len(read.images) or read.is_decoded
                if decoded >= self.workers.batch or len(batch) == WRITE_EVERY:
                    self._write(batch)
                    batch, decoded = [], 0
        if batch:
            self._write(batch)

    def _write(self, batch: list[tuple[ReadFile, str]]) -> None:
        """Embed one batch and write it in one transaction."""
        recorded = [(read, kind) for read, kind in batch if self._is_recorded(read, kind)]
        kinds = [kind for _, kind in recorded]
        reads = self._embedded([read for read, _ in recorded])
        with self.catalog.transaction():
            followed = [
                kind in (NEW, CHANGED, RECOVERED) and self._move_row(read, kind == NEW)
                for read, kind in zip(reads, kinds, strict=True)
            ]
            contents = self.catalog.intake.write(
                reads, self.model_id, self._gazetteer.locate, self.roots
            )
        fresh = {read.content_digest for read in reads if read.embedding is not None}
        self._counts["embedded"] += len(fresh)
        for read, kind, moved, content in zip(reads, kinds, followed, contents, strict=True):
            if content is None:
                self._note_problem(read)
                continue
            before = self.comparison.old_content.get(read.file.path)
            if kind == CHANGED and before == content:  # only its modification time changed
                kind = UNCHANGED
            elif kind == CHANGED and before is not None:
                self._departures[before] += 1
            if read.content_digest not in fresh and kind not in (DESCRIBED, UNCHANGED):
                self._counts["recognised"] += 1
            if moved:
                kind = MOVED
            elif kind in (NEW, CHANGED) and read.content_digest not in fresh:
                self._arrivals[kind, content] += 1
            self._counts[kind] += 1
            self._counts["new_videos"] += kind == NEW and is_video(read.file.path)
            if kind == DESCRIBED:
                self._counts[UNCHANGED] += 1

    def _is_recorded(self, read: ReadFile, kind: str) -> bool:
        """Whether the file must be written now. If not, the next run must try it again.

        The next run tries files on a disk that was disconnected, and known photos with a passing
        error. The report names the disk, or the photo.
        """
        if not isinstance(read.problem, PassingImageError):
            return True
        for root in self.roots:
            if is_inside(read.file.path, root) and not os.path.isdir(root):
                disconnected = (root, "non c'è più: il disco è stato scollegato")
                if disconnected not in self._unreadable:
                    self._unreadable.append(disconnected)
                return False
        if kind in (NEW, RECOVERED):
            return True
        self._note_problem(read)
        return False

    def _note_problem(self, read: ReadFile) -> None:
        self._problems.append((read.file.path, read.problem.message if read.problem else ""))

    def _embedded(self, reads: list[ReadFile]) -> list[ReadFile]:
        """Return the batch with embeddings; a content that has a vector is not embedded again.

        Two copies of one photo may have been decoded side by side, before either was written.
        """
        decoded = [read.content_digest for read in reads if read.is_decoded]
        if not decoded or self.workers is None:
            return reads
        known = self.catalog.vectors.present(decoded, self.model_id)
        for i, read in enumerate(reads):
            if read.content_digest in known:
                reads[i] = replace(read, image=None, things_image=None, embedding=None, moments=())
            elif read.is_decoded:
                known.add(read.content_digest)
        return self.workers.embed(reads)

    def _move_row(self, read: ReadFile, is_new: bool) -> bool:
        """Move the row of a gone photo with the same content to this file's path.

        Returns False if there is no such photo. Call within the transaction that writes the file,
        so that no interruption comes between the two.
        is_new: False if the path has a row; the row of the gone photo is then deleted.
        """
        if not read.content_digest:
            return False
        content = self.catalog.photos.content_of(read.content_digest)
        if content is None or content == self.comparison.old_content.get(read.file.path):
            return False
        gone = self._absent_by_content.get(content)
        gone = gone or self.catalog.known.missing_of(read.content_digest)
        if not gone:
            return False
        photo_id = gone.pop(0)
        self._missing.pop(photo_id, None)
        if is_new:
            self.catalog.intake.move(photo_id, read.file.path)
        else:  # the path has a row already
            self.catalog.intake.forget([photo_id])
        return True

    def _follow_edited(self) -> None:
        """Carry the labels of photos that were moved and edited over to their new files."""
        if not self.catalog.edited_moves.is_begun:
            return
        from cercafoto.indexing.edited_moves import follow_edited  # late: it needs numpy

        read = {file.path for file, kind in self.comparison.to_read if kind == NEW}
        gone = [k.photo_id for k in self._missing.values() if k.state == OK]
        with self.catalog.transaction():
            self._followed = follow_edited(self.catalog, gone, self.model_id)
            self.catalog.edited_moves.end()
        for pair in self._followed:
            self._missing.pop(pair.gone, None)
            self._counts[NEW] -= pair.new_path in read  # or an interrupted run has written it

    def _mark_missing(self) -> None:
        """Mark photos that are gone as missing and photos left out as excluded.

        Files that swapped places are counted as moved.
        """
        missing = list(self._missing.values())
        lost = [k.photo_id for k in missing if k.content_id is not None]
        hidden = [k.photo_id for k in self.comparison.excluded if k.content_id is not None]
        # Files that could never be read are forgotten: nothing is known that their return needs.
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
