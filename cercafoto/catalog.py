"""The catalogue: one SQLite file that is the truth about photos, vectors and tags.

A photo is a path; what it shows is a *content*, known by the SHA-256 of the file. Vectors and tags
belong to the content, so a moved file keeps them and a copy shares them. Every batch is written in
one transaction; whatever is not in here can be rebuilt from here.

sqlite-utils makes and migrates the tables. Reading goes through plain sqlite3, because importing
sqlite-utils costs more than a whole query.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto import migrations
from cercafoto.conditions import ANYTHING, Conditions, shape_of
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError
from cercafoto.facts import FACTS_VERSION, Facts, combined, day_of, hour_of
from cercafoto.filters import is_inside as is_inside
from cercafoto.filters import prefix_range as prefix_range
from cercafoto.filters import where
from cercafoto.words import NO_MATCH, fold, stems

Floats = NDArray[np.float32]
OK, MISSING, PROBLEM = "ok", "missing", "problem"

# Names of a place, "" where there is none: comune, provincia, regione, paese.
PlaceNames = tuple[str, str, str, str]
# Where a position is: latitude, longitude in decimal degrees -> names.
Locate = Callable[[float, float], PlaceNames | None]

# Of keywords, title, description and names: a keyword was chosen by a person, a folder's name
# often was not.
WORD_WEIGHTS = "4.0, 3.0, 1.5, 2.0"
# Ranking the photos of a word that more than so many have costs more than the rest of a search.
MOST_MATCHES = 50_000


@dataclass(frozen=True)
class Known:
    """What the catalogue remembers of a path, to tell a changed file from an unchanged one."""

    photo_id: int
    size: int
    mtime_ns: int
    state: str
    content_id: int | None
    problem: str | None
    sidecar: tuple[int, int] | None = None


@dataclass(frozen=True)
class Beside:
    """A sidecar that was read: its size in bytes, its modification time in ns, what it says."""

    size: int
    mtime_ns: int
    facts: Facts


@dataclass(frozen=True)
class Indexed:
    """One file read by an indexing run, ready to be written.

    vector: float32 [D], or None where the content already had one. facts: what the file says of
    itself, None where the catalogue knew. words: what the names of the file and its folders say.
    problem: why the file could not be read; then digest is None.
    """

    path: bytes
    size: int
    mtime_ns: int
    digest: bytes | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    facts: Facts | None = None
    sidecar: Beside | None = None
    words: str = ""
    vector: Floats | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Row:
    """A visible photo, as search and tag need it. taken_at, date_source: see `Facts`."""

    photo_id: int
    content_id: int
    path: bytes
    width: int
    height: int
    taken_at: str | None
    tags: tuple[str, ...] = ()
    date_source: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A visible photo as it lies on the disk: size in bytes, modification time in ns, pixels
    upright. taken_at, date_source: see `Facts`."""

    path: bytes
    content_id: int
    size: int
    mtime_ns: int
    width: int
    height: int
    taken_at: str | None
    date_source: str | None


@dataclass(frozen=True)
class Counts:
    """dated: photos whose date is from their metadata, not from a name or a file's time.
    located: photos with a position."""

    photos: int
    contents: int
    missing: int
    problems: int
    vectors: int
    tags: int
    dated: int = 0
    located: int = 0


class Catalog:
    """An open catalogue. Not shared between threads; `close` it, or use it in a with block."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    # -- opening -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path) -> Catalog:
        """Open for writing, making the file and bringing its tables up to date.

        Raises ArchiveError (newer version, damaged, read-only) or DiskFullError.
        """
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not path.exists()
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            try:
                if not fresh:
                    _refuse_newer(connection, path)
                connection.execute("PRAGMA journal_mode=WAL")
                # FULL: a power cut must not take back batches that were reported as done.
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA foreign_keys=ON")
                if migrations.version(connection) < migrations.LATEST:
                    migrations.apply(connection)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path, shared: bool = False) -> Catalog:
        """Open for reading, changing nothing on disk; works on a read-only disk too.

        shared: several threads will use it, one at a time.
        Raises ArchiveError when there is no catalogue, or it cannot be read.
        """
        if not path.exists():
            raise ArchiveError(
                f"L'archivio in {path.parent} non esiste ancora.",
                "Indicizza prima le tue foto: cercafoto index CARTELLA",
            )
        with translated(path):
            # query_only rather than mode=ro: a reader of a WAL file must be able to make the
            # shared-memory file. On a disk that forbids it, and with no log to read, the file
            # cannot be changing: immutable.
            uri = path.as_uri()
            try:
                connection = sqlite3.connect(
                    uri + "?mode=rw", uri=True, timeout=30, check_same_thread=not shared
                )
                migrations.version(connection)
            except sqlite3.OperationalError:
                connection = sqlite3.connect(uri + "?immutable=1", uri=True)
            connection.isolation_level = None
            try:
                connection.execute("PRAGMA query_only=ON")
                _refuse_newer(connection, path)
                if migrations.version(connection) < migrations.LATEST:
                    raise ArchiveError(
                        f"L'archivio {path} è di una versione precedente di cercafoto.",
                        "Esegui «cercafoto index» per aggiornarlo: foto ed etichette restano.",
                    )
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it, on disk when the block ends."""
        with translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    # -- settings of the archive ---------------------------------------------------------------

    def get(self, key: str) -> str | None:
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta(key, value) VALUES (?, ?) "
            "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    @property
    def purges(self) -> int:
        """How many times vectors were deleted: the caches append until this changes."""
        return int(self.get("purges") or 0)

    def add_model(self, fingerprint: str, name: str, version: str, dimension: int) -> int:
        """The id of a model, added when it is new. Call inside a transaction."""
        self._db.execute(
            "INSERT OR IGNORE INTO models(fingerprint, name, version, dimension, added_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (fingerprint, name, version, dimension, now()),
        )
        return int(self._one("SELECT id FROM models WHERE fingerprint = ?", fingerprint)[0])

    def model(self, model_id: int) -> tuple[str, str, int]:
        """(fingerprint, name, dimension) of a model in this archive."""
        fingerprint, name, dimension = self._one(
            "SELECT fingerprint, name, dimension FROM models WHERE id = ?", model_id
        )
        return fingerprint, name, dimension

    @property
    def active_model(self) -> int | None:
        """The model that searches use: the last one whose vectors were complete."""
        value = self.get("model")
        return int(value) if value else None

    # -- roots and runs ------------------------------------------------------------------------

    def roots(self) -> list[bytes]:
        return [row[0] for row in self._all("SELECT path FROM roots ORDER BY path")]

    def add_root(self, path: bytes) -> None:
        """Remember a folder; known roots that lie inside it become part of it."""
        for known in self.roots():
            if is_inside(known, path) and known != path:
                self._db.execute("DELETE FROM roots WHERE path = ?", (known,))
        self._db.execute("INSERT OR IGNORE INTO roots(path, added_at) VALUES (?, ?)", (path, now()))

    def start_run(self, kind: str, model_id: int) -> int:
        cursor = self._db.execute(
            "INSERT INTO runs(kind, model_id, started_at) VALUES (?, ?, ?)",
            (kind, model_id, now()),
        )
        return int(cursor.lastrowid or 0)

    def end_run(self, run_id: int, outcome: str, photos: int) -> None:
        self._db.execute(
            "UPDATE runs SET ended_at = ?, outcome = ?, photos = ? WHERE id = ?",
            (now(), outcome, photos, run_id),
        )

    # -- photos --------------------------------------------------------------------------------

    def known_under(self, folder: bytes) -> dict[bytes, Known]:
        """Every path that the catalogue knows at or under `folder`."""
        low, high = prefix_range(folder)
        rows = self._all(
            "SELECT path, id, size, mtime_ns, state, content_id, problem, sidecar_size, "
            "sidecar_mtime_ns FROM photos WHERE path = ? OR (path >= ? AND path < ?)",
            folder,
            low,
            high,
        )
        return {
            row[0]: Known(
                row[1],
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                None if row[7] is None else (row[7], row[8]),
            )
            for row in rows
        }

    def knows(self, path: bytes) -> bool:
        """True when a photo is known at or under `path`."""
        low, high = prefix_range(path)
        row = self._one(
            "SELECT 1 FROM photos WHERE path = ? OR (path >= ? AND path < ?) LIMIT 1",
            path,
            low,
            high,
        )
        return row is not None

    def count_visible_under(self, folder: bytes) -> int:
        low, high = prefix_range(folder)
        return int(
            self._one(
                "SELECT count(*) FROM photos WHERE state = 'ok' AND path >= ? AND path < ?",
                low,
                high,
            )[0]
        )

    def has_vector(self, digest: bytes, model_id: int) -> bool:
        return (
            self._one(
                "SELECT 1 FROM contents JOIN vectors ON vectors.content_id = contents.id "
                "WHERE digest = ? AND model_id = ?",
                digest,
                model_id,
            )
            is not None
        )

    def has_facts(self, digest: bytes) -> bool:
        row = self._one("SELECT facts_version FROM contents WHERE digest = ?", digest)
        return row is not None and row[0] is not None and row[0] >= FACTS_VERSION

    def photos_without_facts(self) -> set[int]:
        """Photos for which `write_facts` was not called yet, or only by an older version. By
        photo, not by content: a copy may have been read when the others were not there."""
        rows = self._all(
            "SELECT id FROM photos WHERE facts_version IS NULL AND content_id IS NOT NULL "
            "UNION ALL SELECT id FROM photos WHERE facts_version < ?",
            FACTS_VERSION,
        )
        return {row[0] for row in rows}

    def contents_with_vector(self, model_id: int) -> set[int]:
        return {
            row[0]
            for row in self._all("SELECT content_id FROM vectors WHERE model_id = ?", model_id)
        }

    def lacking_vector(self, model_id: int) -> int:
        """How many visible contents the model has not embedded yet."""
        return int(
            self._one(
                "SELECT count(DISTINCT content_id) FROM photos WHERE state = 'ok' AND content_id "
                "NOT IN (SELECT content_id FROM vectors WHERE model_id = ?)",
                model_id,
            )[0]
        )

    def write(
        self, batch: Sequence[Indexed], model_id: int, locate: Locate = lambda a, b: None
    ) -> list[int | None]:
        """Write one batch of files: photos, contents, facts and vectors. Call inside a
        transaction. locate: which place a position is in. Returns the content of each, None for
        a problem."""
        written = []
        for item in batch:
            content_id = self._write_content(item, model_id) if item.digest else None
            state = PROBLEM if item.problem else OK
            (photo_id,) = self._one(
                "INSERT INTO photos(path, size, mtime_ns, content_id, state, problem, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
                "size = excluded.size, mtime_ns = excluded.mtime_ns, state = excluded.state, "
                "content_id = excluded.content_id, problem = excluded.problem, "
                "seen_at = excluded.seen_at RETURNING id",
                item.path,
                item.size,
                item.mtime_ns,
                content_id,
                state,
                item.problem,
                now(),
            )
            if content_id is not None:
                self.write_facts(photo_id, item.path, item.sidecar, item.words, locate)
            written.append(content_id)
        return written

    def _write_content(self, item: Indexed, model_id: int) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO contents(digest, width, height, orientation) "
            "VALUES (?, ?, ?, ?)",
            (item.digest, item.width, item.height, item.orientation),
        )
        content_id = int(self._one("SELECT id FROM contents WHERE digest = ?", item.digest)[0])
        if item.facts is not None:
            self._db.execute(
                "UPDATE contents SET facts = ?, facts_version = ? WHERE id = ?",
                (item.facts.to_json(), FACTS_VERSION, content_id),
            )
        if item.vector is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO vectors(content_id, model_id, vector) VALUES (?, ?, ?)",
                (content_id, model_id, item.vector.astype("<f2").tobytes()),
            )
        return content_id

    def write_facts(
        self,
        photo_id: int,
        path: bytes,
        sidecar: Beside | None,
        words: str,
        locate: Locate = lambda a, b: None,
    ) -> None:
        """Put together what counts for a photo: what its content says, which is stored already,
        its sidecar, its name and its time. Call inside a transaction; see `write`."""
        told, width, height, mtime_ns = self._one(
            "SELECT facts, width, height, mtime_ns FROM photos "
            "JOIN contents ON contents.id = content_id WHERE photos.id = ?",
            photo_id,
        )
        embedded = Facts.from_json(told) if told else Facts()
        facts = combined(embedded, sidecar.facts if sidecar else None, path, mtime_ns)
        day = day_of(facts.taken_at) if facts.taken_at else None
        names = None
        if facts.latitude is not None and facts.longitude is not None:
            names = locate(facts.latitude, facts.longitude)
        self._db.execute(
            "UPDATE photos SET sidecar_size = ?, sidecar_mtime_ns = ?, sidecar_facts = ?, "
            "taken_at = ?, date_source = ?, month_day = ?, hour = ?, latitude = ?, "
            "longitude = ?, place_id = ?, camera_id = ?, format = ?, shape = ?, rating = ?, "
            "facts_version = ? WHERE id = ?",
            (
                sidecar.size if sidecar else None,
                sidecar.mtime_ns if sidecar else None,
                sidecar.facts.to_json() if sidecar else None,
                facts.taken_at,
                facts.date_source,
                day.month * 100 + day.day if day else None,
                hour_of(facts.taken_at) if facts.taken_at else None,
                facts.latitude,
                facts.longitude,
                self._place_id(names) if names else None,
                self._camera_id(facts.camera) if facts.camera else None,
                facts.format,
                shape_of(width, height),
                facts.rating,
                FACTS_VERSION,
                photo_id,
            ),
        )
        self._db.execute("DELETE FROM keywords WHERE photo_id = ?", (photo_id,))
        self._db.executemany(
            "INSERT OR IGNORE INTO keywords(keyword, photo_id) VALUES (?, ?)",
            ((key, photo_id) for word in facts.keywords if (key := stems(word))),
        )
        texts = (" , ".join(facts.keywords), facts.title or "", facts.description or "", words)
        self._db.execute("DELETE FROM words WHERE rowid = ?", (photo_id,))
        if any(texts):
            self._db.execute(
                "INSERT INTO words(rowid, keywords, title, description, names) "
                "VALUES (?, ?, ?, ?, ?)",
                (photo_id, *map(stems, texts)),
            )

    def _place_id(self, names: PlaceNames) -> int:
        which = "comune = ? AND provincia = ? AND regione = ? AND paese = ?"
        row = self._one(f"SELECT id FROM places WHERE {which}", *names)
        if row is None:
            row = self._one(
                "INSERT INTO places(comune, provincia, regione, paese) VALUES (?, ?, ?, ?) "
                "RETURNING id",
                *names,
            )
        return int(row[0])

    def _camera_id(self, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO cameras(name, folded) VALUES (?, ?)", (name, fold(name))
        )
        return int(self._one("SELECT id FROM cameras WHERE name = ?", name)[0])

    def refresh_statistics(self) -> None:
        """Let SQLite look at the tables again, so that it filters through the best index. Costs
        some tens of ms; call it after a run that wrote something, outside a transaction."""
        with translated(self.path):
            self._db.execute("PRAGMA analysis_limit = 1000")
            self._db.execute("PRAGMA optimize = 0x10012")

    def set_state(self, photo_ids: Iterable[int], state: str) -> None:
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE id = ?", ((state, i) for i in photo_ids)
        )

    def forget(self, photo_ids: Iterable[int]) -> None:
        """Delete paths (not contents): the old name of a file that was moved."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in photo_ids))

    def problems(self, limit: int = -1) -> list[tuple[bytes, str]]:
        return self._all(
            "SELECT path, problem FROM photos WHERE state = 'problem' ORDER BY path LIMIT ?", limit
        )

    def counts(self) -> Counts:
        photos, contents = self._one(
            "SELECT count(*), count(DISTINCT content_id) FROM photos INDEXED BY photos_content "
            "WHERE state = 'ok' AND content_id IS NOT NULL"
        )
        by_state = dict(
            self._all("SELECT state, count(*) FROM photos WHERE state <> 'ok' GROUP BY state")
        )
        model = self.active_model
        (dated,) = self._one(
            "SELECT count(*) FROM photos INDEXED BY photos_taken_at "
            "WHERE state = 'ok' AND date_source NOT IN ('name', 'file')"
        )
        (located,) = self._one(
            "SELECT count(*) FROM photos WHERE state = 'ok' AND latitude IS NOT NULL"
        )
        return Counts(
            photos=photos,
            contents=contents,
            missing=by_state.get(MISSING, 0),
            problems=by_state.get(PROBLEM, 0),
            vectors=self._one("SELECT count(*) FROM vectors WHERE model_id = ?", model)[0],
            tags=self._one("SELECT count(*) FROM tags")[0],
            dated=dated,
            located=located,
        )

    # -- search --------------------------------------------------------------------------------

    def vectors_after(
        self, model_id: int, last_id: int, chunk: int = 4096
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Chunks of ([n, 2] int64 of vector id and content id, [n, D] float32), in id order."""
        dimension = self.model(model_id)[2]
        cursor = self._db.execute(
            "SELECT id, content_id, vector FROM vectors WHERE model_id = ? AND id > ? ORDER BY id",
            (model_id, last_id),
        )
        while rows := cursor.fetchmany(chunk):
            ids = np.array([row[:2] for row in rows], dtype=np.int64)
            flat = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2")
            yield ids, flat.reshape(len(rows), dimension).astype(np.float32)

    def last_vector_id(self, model_id: int) -> int:
        row = self._one("SELECT max(id) FROM vectors WHERE model_id = ?", model_id)
        return int(row[0] or 0)

    def visible_contents(
        self, folders: Sequence[bytes] = (), labels: Sequence[str] = ()
    ) -> NDArray[np.int64]:
        """Contents with at least one photo that is there and passes the filters, int64 [n].

        folders: at or under any of them. labels: bearing every one of them.
        """
        return self.contents_where(Conditions(folders=tuple(folders), labels=tuple(labels)))

    def contents_where(self, conditions: Conditions) -> NDArray[np.int64]:
        """Contents with at least one visible photo that fulfils them all, int64 [n], ascending."""
        sql, values = where(conditions)
        # As one text, which numpy reads eight times faster than sqlite3 makes rows.
        (listed,) = self._one(f"SELECT group_concat(content_id) FROM photos WHERE {sql}", *values)
        return np.unique(np.fromstring(listed or "", np.int64, sep=","))

    def first_and_last_day(self) -> tuple[date, date] | None:
        """The days between which the visible photos were taken; None when none has a date."""
        first, last = self._one(
            "SELECT min(taken_at), max(taken_at) FROM photos WHERE state = 'ok'"
        )
        return (day_of(first), day_of(last)) if first else None

    def count_where(self, conditions: Conditions) -> int:
        """How many visible photos fulfil the conditions."""
        sql, values = where(conditions)
        return int(self._one(f"SELECT count(*) FROM photos WHERE {sql}", *values)[0])

    def text_matches(
        self, words: Sequence[str], limit: int, conditions: Conditions = ANYTHING
    ) -> list[int]:
        """Contents whose keywords, title, description or names have any of `words`, best first
        (BM25, rare words and keywords counting more), at most `limit`. Words of one or two
        letters, Italian articles and prepositions, and words of more than MOST_MATCHES photos do
        not count."""
        wanted = dict.fromkeys(
            part for word in words for part in stems(word).split() if part not in NO_MATCH
        )
        parts = [f'"{part}"' for part in wanted if len(part) > 2]
        parts = [part for part in parts if not self._is_everywhere(part)]
        if not parts:
            return []
        sql, values = where(conditions)
        # Materialized, since bm25() does not work in an aggregate.
        rows = self._all(
            f"WITH found AS MATERIALIZED (SELECT rowid AS photo, bm25(words, {WORD_WEIGHTS}) "
            "AS score FROM words WHERE words MATCH ?) "
            "SELECT content_id FROM found CROSS JOIN photos ON photos.id = found.photo "
            f"WHERE {sql} GROUP BY content_id ORDER BY min(score), content_id LIMIT ?",
            " OR ".join(parts),
            *values,
            limit,
        )
        return [row[0] for row in rows]

    def _is_everywhere(self, part: str) -> bool:
        """True for a word of so many photos that it tells none from another."""
        (found,) = self._one(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
            part,
            MOST_MATCHES + 1,
        )
        return bool(found > MOST_MATCHES)

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        """(content, cosine, confidence) of the contents that bear any of `labels`, the least
        sure label counting, surest content first."""
        marks = ", ".join("?" * len(labels))
        return self._all(
            f"SELECT content_id, min(score), min(confidence) AS sure FROM tags "
            f"WHERE label IN ({marks}) GROUP BY content_id ORDER BY sure DESC, content_id",
            *labels,
        )

    def photos_of(self, content_id: int, folders: Sequence[bytes] = ()) -> list[Row]:
        """The visible photos with this content, those under `folders` only, oldest id first."""
        return self.photos_where(content_id, Conditions(folders=tuple(folders)))

    def photos_where(self, content_id: int, conditions: Conditions) -> list[Row]:
        """The visible photos with this content that fulfil the conditions, oldest id first."""
        tags = tuple(
            row[0]
            for row in self._all(
                "SELECT label, max(confidence) AS best FROM tags WHERE content_id = ? "
                "GROUP BY label ORDER BY best DESC, label",
                content_id,
            )
        )
        sql, values = where(conditions)
        rows = self._all(
            "SELECT photos.id, content_id, path, width, height, taken_at, date_source FROM photos "
            "INDEXED BY photos_content "
            f"JOIN contents ON contents.id = content_id WHERE content_id = ? AND {sql} "
            "ORDER BY photos.id",
            content_id,
            *values,
        )
        return [Row(row[0], row[1], row[2], row[3], row[4], row[5], tags, row[6]) for row in rows]

    def latest(self, conditions: Conditions) -> Iterator[int]:
        """Contents with a visible photo that fulfils the conditions, the latest first, each
        once; those without a date last."""
        sql, values = where(conditions)
        rows = self._db.execute(
            f"SELECT content_id FROM photos WHERE {sql} GROUP BY content_id "
            "ORDER BY max(taken_at) IS NULL, max(taken_at) DESC, content_id",
            values,
        )
        return (row[0] for row in rows)

    def content_at(self, path: bytes) -> int | None:
        """The content of a visible photo, None where the catalogue knows no such path."""
        row = self._one("SELECT content_id FROM photos WHERE path = ? AND state = 'ok'", path)
        return int(row[0]) if row else None

    def content_of(self, digest: bytes) -> int | None:
        """The content with this SHA-256, None where the catalogue knows none."""
        row = self._one("SELECT id FROM contents WHERE digest = ?", digest)
        return int(row[0]) if row else None

    def files(self, folders: Sequence[bytes] = ()) -> list[File]:
        """Every visible photo as a file, those under `folders` only, in the order of paths."""
        sql, values = where(Conditions(folders=tuple(folders)))
        rows = self._all(
            "SELECT path, content_id, size, mtime_ns, width, height, taken_at, date_source "
            f"FROM photos JOIN contents ON contents.id = content_id WHERE {sql} ORDER BY path",
            *values,
        )
        return [File(*row) for row in rows]

    # -- tags ----------------------------------------------------------------------------------

    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace what `label_file` said of `contents` by (content, label, score, confidence)."""
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label_file = ?",
            ((content, label_file) for content in contents),
        )
        stamp = now()
        self._db.executemany(
            "INSERT INTO tags(content_id, label, score, confidence, label_file, model_id, "
            "tagged_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*tag, label_file, model_id, stamp) for tag in tags),
        )

    def labels(self) -> list[tuple[str, int]]:
        """Labels in use and how many contents bear each, most frequent first."""
        return self._all(
            "SELECT label, count(DISTINCT content_id) AS n FROM tags GROUP BY label "
            "ORDER BY n DESC, label"
        )

    # -- plumbing ------------------------------------------------------------------------------

    def _one(self, sql: str, *values: object) -> tuple:  # type: ignore[type-arg]
        with translated(self.path):
            return self._db.execute(sql, values).fetchone()  # type: ignore[no-any-return]

    def _all(self, sql: str, *values: object) -> list:  # type: ignore[type-arg]
        with translated(self.path):
            return self._db.execute(sql, values).fetchall()


def now() -> str:
    """The present moment, UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    if migrations.version(connection) > migrations.LATEST:
        raise ArchiveError(
            f"L'archivio {path} è stato creato da una versione più recente di cercafoto.",
            "Aggiorna cercafoto, oppure usa un altro archivio con --archivio.",
        )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into errors that a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "disk is full" in text:
            raise disk_full(path) from error
        if "locked" in text or "busy" in text:
            raise ArchiveBusyError(
                f"L'archivio {path} è occupato da un altro programma.",
                "Riprova tra poco, oppure usa --aspetta.",
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise _unwritable(path, text) from error
        raise ArchiveError(f"L'archivio {path} non si può usare ({text}).", _REBUILD) from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"L'archivio {path} è danneggiato ({error}).", _REBUILD) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(path) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise _unwritable(path, error.strerror or str(error)) from error
        raise


_REBUILD = (
    "Le foto non sono state toccate. Sposta da parte la cartella dell'archivio e indicizza di "
    "nuovo; se hai una copia di riserva, rimetti quella."
)


def disk_full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"Il disco che contiene {path.parent} è pieno.",
        "Libera spazio e rilancia lo stesso comando: riprende da dove era arrivato.",
    )


def _unwritable(path: Path, why: str) -> ArchiveError:
    return ArchiveError(
        f"Non si può scrivere nell'archivio {path.parent} ({why}).",
        "Controlla i permessi della cartella, oppure scegli un altro archivio con --archivio.",
    )
