"""One indexing run: folders in, catalogue rows and vectors out.

Decode threads read ahead, within a bound in bytes; the main thread embeds a batch and writes it
in one transaction. An interruption costs the batch in hand; a bad photo costs itself.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from cercafoto.catalog import MISSING, OK, PROBLEM, Beside, Catalog, Indexed, Known, is_inside
from cercafoto.encoder import Encoder
from cercafoto.errors import ImageError
from cercafoto.facts import Facts
from cercafoto.images import Photo, printable, read_photo
from cercafoto.places.gazetteer import Gazetteer
from cercafoto.scan import Found, Sidecar, Walk
from cercafoto.words import telling_words

# A batch of 16 keeps two cores busy; larger ones measured no faster and lose more to a Ctrl-C.
BATCH = 16
# Files that need no embedding (problems, copies) are written at least this often.
WRITE_EVERY = 200
# Read-ahead: bytes of files in flight, and how many files, so that neither a folder of tiny
# pictures nor one of huge ones fills the memory.
AHEAD_BYTES = 128 * 1024 * 1024
AHEAD_FILES = 4 * BATCH

Progress = Callable[[int, int, bytes], None]  # files done, files in all, the last one


@dataclass(frozen=True)
class IndexReport:
    """What a run found and did; every number counts files.

    new, changed: read and written. unchanged: as the catalogue knew them. recomputed: unchanged,
    but without a vector of this model until now. moved: new paths of files that the catalogue
    knew under a path that is gone. back: known as missing, there again. missing: gone since the
    last run. embedded: contents whose vector was computed. pending: contents still without a
    vector of this model. described: unchanged, but whose metadata was read now, since an earlier
    version had not, or whose sidecar changed. problems: (path, why) of every file under the
    folders that cannot be read. unreadable: (path, why) of folders about which nothing is known.
    """

    model: str = ""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    recomputed: int = 0
    moved: int = 0
    back: int = 0
    missing: int = 0
    embedded: int = 0
    pending: int = 0
    described: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    unreadable: tuple[tuple[bytes, str], ...] = ()
    seconds: float = 0.0

    @property
    def found(self) -> int:
        """Files that are there and can be searched."""
        return self.new + self.changed + self.unchanged + self.recomputed + self.moved + self.back

    @property
    def complete(self) -> bool:
        return not (self.problems or self.unreadable)


@dataclass
class IndexRun:
    """Brings the catalogue up to date with some folders (absolute paths, as bytes)."""

    catalog: Catalog
    encoder: Encoder
    model_id: int
    progress: Progress = lambda done, total, path: None
    _todo: list[tuple[Found, str]] = field(default_factory=list)
    _new_contents: Counter[int] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)
    _problems: list[tuple[bytes, str]] = field(default_factory=list)
    _unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    _gone: list[Known] = field(default_factory=list)
    _beside: list[tuple[int, Found]] = field(default_factory=list)  # unchanged, sidecar changed
    _roots: list[bytes] = field(default_factory=list)
    _gazetteer: Gazetteer = field(default_factory=Gazetteer)

    def __call__(self, folders: Sequence[bytes]) -> IndexReport:
        started = time.monotonic()
        ready = self.catalog.contents_with_vector(self.model_id)
        bare = self.catalog.photos_without_facts()
        self._roots = self.catalog.roots()
        for folder in folders:
            self._look(folder, ready, bare)
        self._refresh_sidecars()
        self._read_and_write()
        self._settle_missing()
        if self._todo or self._beside:
            self.catalog.refresh_statistics()
        return IndexReport(
            model=self.encoder.folder.name,
            problems=tuple(sorted(self._problems)),
            unreadable=tuple(self._unreadable),
            seconds=time.monotonic() - started,
            pending=self.catalog.lacking_vector(self.model_id),
            **self._counts,
        )

    def _look(self, folder: bytes, ready: set[int], bare: set[int]) -> None:
        """Compare what is on the disk with what the catalogue knows."""
        known = self.catalog.known_under(folder)
        there: set[bytes] = set()
        same_again: list[int] = []
        walk = Walk(folder)
        for found in walk:
            there.add(found.path)
            before = known.get(found.path)
            if before is None:
                self._todo.append((found, "new"))
            elif (before.size, before.mtime_ns) != (found.size, found.mtime_ns):
                self._todo.append((found, "changed"))
            elif before.state == PROBLEM:
                self._problems.append((found.path, before.problem or ""))
            elif before.content_id not in ready:
                self._todo.append((found, "back" if before.state == MISSING else "recomputed"))
            elif before.photo_id in bare:
                self._todo.append((found, "back" if before.state == MISSING else "described"))
            else:
                if before.sidecar != _signature(found.sidecar):
                    self._beside.append((before.photo_id, found))
                if before.state == MISSING:
                    self._counts["back"] += 1
                    same_again.append(before.photo_id)
                else:
                    self._counts["unchanged"] += 1
        self._unreadable += walk.unreadable
        if same_again:
            with self.catalog.transaction():
                self.catalog.set_state(same_again, OK)
        gone = [
            k
            for path, k in known.items()
            if path not in there
            and k.state != MISSING
            and not any(is_inside(path, place) for place, _ in walk.unreadable)
        ]
        if gone and not there:
            # An empty folder where photos were is a disk that is not mounted far more often
            # than twenty years of photos deleted at once: nothing is marked.
            if not walk.unreadable:
                self._unreadable.append((folder, "vuota, ma l'archivio vi conosce delle foto"))
            return
        self._gone += gone

    def _refresh_sidecars(self) -> None:
        """Photos that are unchanged but for the sidecar beside them: nothing else is read."""
        for at in range(0, len(self._beside), WRITE_EVERY):
            with self.catalog.transaction():
                for photo_id, found in self._beside[at : at + WRITE_EVERY]:
                    self.catalog.write_facts(
                        photo_id,
                        found.path,
                        _read_sidecar(found.sidecar),
                        self._words(found.path),
                        self._gazetteer.locate,
                    )
        self._counts["described"] += len(self._beside)

    def _words(self, path: bytes) -> str:
        """What the names of a file, and of its folders up to the one that was indexed, say."""
        top = next((root for root in self._roots if is_inside(path, root)), b"")
        inside = os.path.splitext(os.path.relpath(path, os.path.dirname(top)) if top else path)[0]
        return " ".join(map(telling_words, os.fsdecode(inside).split(os.sep)))

    def _read_and_write(self) -> None:
        batch: list[tuple[Indexed, str]] = []
        pixels: list[np.ndarray] = []
        for done, (found, kind, result) in enumerate(self._decoded(), start=1):
            item = _as_indexed(found, result, self._words(found.path))
            photo, _ = result
            if isinstance(photo, Photo) and photo.pixels is not None:
                pixels.append(photo.pixels)
            batch.append((item, kind))
            if len(pixels) == BATCH or len(batch) == WRITE_EVERY:
                self._write(batch, pixels)
                batch, pixels = [], []
            self.progress(done, len(self._todo), found.path)
        if batch:
            self._write(batch, pixels)

    def _write(self, batch: list[tuple[Indexed, str]], pixels: list[np.ndarray]) -> None:
        vectors = iter(self.encoder.embed_pixels(np.stack(pixels)) if pixels else ())
        items = [replace(item, vector=next(vectors)) if item.width else item for item, _ in batch]
        with self.catalog.transaction():
            contents = self.catalog.write(items, self.model_id, self._gazetteer.locate)
        self._counts["embedded"] += len(pixels)
        for (item, kind), content in zip(batch, contents, strict=True):
            if content is None:
                self._problems.append((item.path, item.problem or ""))
                continue
            self._counts[kind] += 1
            if kind == "described":
                self._counts["unchanged"] += 1
            if kind == "new":
                self._new_contents[content] += 1

    def _decoded(self) -> Iterator[tuple[Found, str, _Read]]:
        """Every file of the work list, read and decoded ahead by threads, in order."""
        known = _KnownContents(self.catalog, self.model_id)
        pool = ThreadPoolExecutor(self.encoder.threads, thread_name_prefix="decode")
        flying: deque[tuple[Found, str, Future[_Read]]] = deque()
        ahead = 0
        waiting = deque(self._todo)
        try:
            while waiting or flying:
                while waiting and (
                    not flying
                    or (ahead + waiting[0][0].size <= AHEAD_BYTES and len(flying) < AHEAD_FILES)
                ):
                    found, kind = waiting.popleft()
                    flying.append((found, kind, pool.submit(self._read, found, known)))
                    ahead += found.size
                found, kind, future = flying.popleft()
                result = future.result()
                ahead -= found.size
                yield found, kind, result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            known.close()

    def _read(self, found: Found, known: _KnownContents) -> _Read:
        try:
            photo = read_photo(
                found.path, self.encoder.preprocessing, known, described=known.described
            )
        except ImageError as error:
            return error, None
        return photo, _read_sidecar(found.sidecar)

    def _settle_missing(self) -> None:
        """Paths that are gone: moved, when the same content is at a new path; else missing."""
        moved, missing = [], []
        for known in self._gone:
            if known.content_id is not None and self._new_contents[known.content_id] > 0:
                self._new_contents[known.content_id] -= 1
                moved.append(known.photo_id)
            else:
                missing.append(known.photo_id)
        with self.catalog.transaction():
            self.catalog.forget(moved)
            self.catalog.set_state(missing, MISSING)
        self._counts["new"] -= len(moved)
        self._counts["moved"] += len(moved)
        self._counts["missing"] += len(missing)


class _KnownContents:
    """Asked by the decode threads whether a content has its vector already, so that a moved or
    copied file is not decoded. A connection of its own, since SQLite's are not shared."""

    def __init__(self, catalog: Catalog, model_id: int) -> None:
        self._catalog = Catalog.open(catalog.path, shared=True)
        self._model_id = model_id
        self._lock = threading.Lock()

    def __call__(self, digest: bytes) -> bool:
        with self._lock:
            return self._catalog.has_vector(digest, self._model_id)

    def described(self, digest: bytes) -> bool:
        """Whether the metadata of a content is known."""
        with self._lock:
            return self._catalog.has_facts(digest)

    def close(self) -> None:
        self._catalog.close()


# A file that was read, or why not, and the sidecar beside it.
_Read = tuple[Photo | ImageError, Beside | None]


def _signature(sidecar: Sidecar | None) -> tuple[int, int] | None:
    return None if sidecar is None else (sidecar.size, sidecar.mtime_ns)


def _read_sidecar(sidecar: Sidecar | None) -> Beside | None:
    """What a sidecar says; nothing, where it cannot be read: the photo is there all the same.
    Its size and time are those of the listing, so that a later change is noticed."""
    if sidecar is None:
        return None
    from cercafoto import metadata, xmp

    facts = Facts()
    try:
        if sidecar.size <= xmp.MAX_BYTES:
            with open(sidecar.path, "rb") as stream:
                facts = metadata.read_sidecar(stream.read(xmp.MAX_BYTES + 1))
    except OSError:
        pass
    return Beside(sidecar.size, sidecar.mtime_ns, facts)


def _as_indexed(found: Found, read: _Read, words: str) -> Indexed:
    """What the catalogue is to know of a file that was read, its vector still to come."""
    result, sidecar = read
    if isinstance(result, ImageError):
        # The path stands in its own column; the message keeps the reason alone.
        reason = result.message.removeprefix(f"{printable(found.path)}: ")
        return Indexed(found.path, found.size, found.mtime_ns, problem=reason)
    return Indexed(
        found.path,
        result.size,
        result.mtime_ns,
        digest=result.digest,
        width=result.width,
        height=result.height,
        orientation=result.orientation,
        facts=result.facts,
        sidecar=sidecar,
        words=words,
    )


def absolute(path: str | os.PathLike[str]) -> bytes:
    """An absolute path as the catalogue keeps it: bytes, links not resolved."""
    return os.fsencode(os.path.abspath(os.path.expanduser(path)))
