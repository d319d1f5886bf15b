"""Queries of a search: vectors, photos that fulfil filters, photos by their own words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import Database, damaged_rows, translated
from cercafoto.archive.local.records import OwnWords, PhotoRow
from cercafoto.archive.local.where import where
from cercafoto.base.word_stems import stems
from cercafoto.errors import ArchiveError
from cercafoto.photos.facts import first_day_of
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.values import BY_NAME, LATEST, OLDEST
from cercafoto.results import PhotoFile

if TYPE_CHECKING:
    import numpy as np  # late: a run of `index` that finds nothing new has no use for it
    from numpy.typing import NDArray

    from cercafoto.base.arrays import Floats

# A word that more photos have than this tells none from another, and looking at all of them would
# take longer than the rest of a search.
MOST_MATCHES = 20_000
_PATH, _CONTENT = sound("photos", "path"), sound("photos", "content_id")
_DIGEST, _WIDTH = sound("contents", "digest"), sound("contents", "width")
_LABEL, _TAKEN_AT = sound("tags", "label"), sound("photos", "taken_at")
_CAMERA, _PAESE = sound("cameras", "name"), sound("places", "paese")
# SQL for the orders of a list: those without a date last, in the order of their files. By
# confidence it is the latest first: all are equally sure.
IN_ORDER = {
    LATEST: "max(taken_at) IS NULL, max(taken_at) DESC, max(mtime_ns) DESC",
    OLDEST: "min(taken_at) IS NULL, min(taken_at), min(mtime_ns)",
    BY_NAME: "min(path)",
}


def damaged_vectors(path: Path) -> ArchiveError:
    return ArchiveError(
        f"Nell'archivio {path} ci sono vettori danneggiati.",
        "Esegui «cercafoto controlla --ripara», poi «cercafoto index» per rifarli.",
    )


class Search(Database):
    """The part of the catalogue that answers."""

    AT_ONCE = 32  # see `Store`

    # -- search --------------------------------------------------------------------------------

    def vectors_after(
        self, model_id: int, last_id: int, chunk: int = 1024
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Chunks of ([n, 2] int64 of vector id and content id, [n, D] float32), in id order.

        Raises ArchiveError for a vector that is not what was written.
        """
        dimension = self.model(model_id)[2]
        # The message of an error that the reader of the chunks raises must stay his own.
        with translated(self.path):
            cursor = self._db.execute(
                "SELECT id, content_id, vector, checksum FROM vectors "
                "WHERE model_id = ? AND id > ? ORDER BY id",
                (model_id, last_id),
            )
        while True:
            with translated(self.path):
                rows = cursor.fetchmany(chunk)
            if not rows:
                return
            yield self._checked(rows, dimension)

    def vectors_at(
        self, model_id: int, vector_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats]:
        """Read vectors as one chunk of `vectors_after`, of these ids, in their order, without those
        that the model has not. A few thousand at a time: they are one question."""
        # CROSS JOIN: from the ids to the rows, each a step down one tree.
        rows = self._rows(
            "SELECT vectors.id, content_id, vector, checksum FROM json_each(?) AS wanted "
            "CROSS JOIN vectors ON vectors.id = wanted.value WHERE model_id = ?",
            json.dumps(vector_ids.tolist()),
            model_id,
        )
        return self._checked(rows, self.model(model_id)[2])

    def _checked(
        self, rows: Sequence[tuple[int, int, bytes, int]], dimension: int
    ) -> tuple[NDArray[np.int64], Floats]:
        import numpy as np

        try:
            if any(crc32(row[2]) != row[3] or len(row[2]) != 2 * dimension for row in rows):
                raise damaged_vectors(self.path)
            ids = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
        except (TypeError, ValueError) as error:  # text for a number, a number for bytes
            raise damaged_vectors(self.path) from error
        flat = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2")
        return ids, flat.reshape(len(rows), dimension).astype(np.float32)

    def last_vector_id(self, model_id: int) -> int:
        row = self._row("SELECT max(id) FROM vectors WHERE model_id = ?", model_id)
        return int(row[0] or 0)

    def contents_where(self, filters: Filters) -> NDArray[np.int64]:
        """List contents with at least one visible photo that fulfils all filters, int64 [n],
        ascending."""
        import numpy as np

        sql, values = where(filters)
        # As one text, which numpy reads eight times faster than sqlite3 makes rows.
        (listed,) = self._row(f"SELECT group_concat(content_id) FROM photos WHERE {sql}", *values)
        contents = np.sort(np.fromstring(listed or "", np.int64, sep=","))
        # numpy's unique takes ten times as long as sorting and leaving out what comes again.
        return contents[np.diff(contents, prepend=contents[:1] - 1) > 0]

    def first_and_last_day(self) -> tuple[date, date] | None:
        """Find the days between which the visible photos were taken, to the end of the last year:
        of a photo it may be all that is known. None when none has a date."""
        # Each by itself is one step into the index; both at once go through all of it.
        dated = "FROM photos WHERE state = 'ok' AND taken_at IS NOT NULL ORDER BY taken_at"
        first, last = self._row(
            f"SELECT (SELECT {_TAKEN_AT} {dated} LIMIT 1), "
            f"(SELECT {_TAKEN_AT} {dated} DESC LIMIT 1)"
        )
        return (first_day_of(first), date(int(last[:4]), 12, 31)) if first else None

    def lacks_colours(self) -> bool:
        """Tell whether of any visible photo it is not known if it is in colour."""
        (lacks,) = self._row(
            "SELECT EXISTS (SELECT 1 FROM contents CROSS JOIN photos ON content_id = contents.id "
            "WHERE monochrome IS NOT 0 AND monochrome IS NULL AND state = 'ok')"
        )
        return bool(lacks)

    def count_where(self, filters: Filters) -> int:
        """Count the visible photos that fulfil the filters."""
        sql, values = where(filters)
        return int(self._row(f"SELECT count(*) FROM photos WHERE {sql}", *values)[0])

    def photos_saying(
        self, words: Sequence[str], filters: Filters = NO_FILTERS
    ) -> Iterator[OwnWords]:
        """List the visible photos that fulfil the filters and whose keywords, title, description
        and names have every one of the stems `words`; none where more than MOST_MATCHES photos
        have one of them, which tells none from another."""
        phrases = [f'"{word}"' for word in words]
        if not phrases or any(self._is_everywhere(phrase) for phrase in phrases):
            return iter(())
        sql, values = where(filters)
        # CROSS JOIN: from the words to the photos, whatever else the filters could start from.
        rows = self._rows(
            "SELECT content_id, path, keywords, title, description, names FROM words "
            f"CROSS JOIN photos ON photos.id = words.rowid WHERE words MATCH ? AND {sql}",
            " ".join(phrases),
            *values,
        )
        if not all(isinstance(text, str) for row in rows for text in row[2:]):
            raise damaged_rows(self.path)
        return map(OwnWords._make, rows)

    def photos_named(self, part: str) -> list[tuple[int, bytes]]:
        """List (content, path) of the visible photos whose path has `part` in it, folded ASCII."""
        return self._rows(
            "SELECT content_id, path FROM photos WHERE state = 'ok' AND id IN "
            # The index on the path alone, which is a tenth of the table.
            "(SELECT id FROM photos WHERE instr(lower(CAST(path AS TEXT)), ?))",
            part,
        )

    def place_names(self) -> list[str]:
        """List the names of the places where photos were taken, each once."""
        rows = self._rows(f"SELECT comune, provincia, regione, {_PAESE} FROM places")
        return [name for name in dict.fromkeys(name for row in rows for name in row) if name]

    def camera_names(self) -> list[str]:
        """List the names of the cameras that photos were taken with, in order."""
        return [row[0] for row in self._rows(f"SELECT {_CAMERA} FROM cameras ORDER BY name")]

    def mentions(self, word: str) -> bool:
        """Tell whether the keywords, title, description or names of any photo have the word."""
        (exists,) = self._row(
            "SELECT EXISTS (SELECT 1 FROM words WHERE words MATCH ?)", f'"{stems(word)}"'
        )
        return bool(exists)

    def _is_everywhere(self, part: str) -> bool:
        """Tell whether so many photos have a word that it tells none from another."""
        (number,) = self._row(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
            part,
            MOST_MATCHES + 1,
        )
        return bool(number > MOST_MATCHES)

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        """List (content, cosine, confidence) of the contents that bear any of `labels`, the least
        sure label counting, surest content first."""
        marks = ", ".join("?" * len(labels))
        return self._rows(
            f"SELECT content_id, min(score), min(confidence) AS sure FROM tags "
            f"WHERE label IN ({marks}) GROUP BY content_id ORDER BY sure DESC, content_id",
            *labels,
        )

    def photos_of(self, content_id: int) -> list[PhotoRow]:
        """List the visible photos with this content, the one to keep first."""
        return self.photos_where(content_id, NO_FILTERS)

    def photos_where(self, content_id: int, filters: Filters) -> list[PhotoRow]:
        """List the visible photos with this content that fulfil the filters, the one to keep
        first."""
        return self.photos_by_content([content_id], filters).get(content_id, [])

    def photos_by_content(
        self, contents: Sequence[int], filters: Filters, tagged: bool = True
    ) -> dict[int, list[PhotoRow]]:
        """List for each of the contents that has any the visible photos that fulfil the filters:
        two questions to the database for all of them, not for each. Of copies the one to keep comes
        first, as `doppioni` has it: of the earliest date, a month behind its days, then the oldest
        file.

        tagged: with its labels, else without any.
        """
        listed = json.dumps([int(content) for content in contents])
        tags: dict[int, list[str]] = {}
        if tagged:
            for content, label, _ in self._rows(
                f"SELECT content_id, {_LABEL}, max(confidence) AS best FROM tags "
                "WHERE content_id IN (SELECT value FROM json_each(?)) "
                "GROUP BY content_id, label ORDER BY best DESC, label",
                listed,
            ):
                tags.setdefault(content, []).append(label)
        sql, values = where(filters)
        # CROSS JOIN: from each content to its photos, whatever else the filters could start
        # from.
        rows = self._rows(
            f"SELECT photos.id, content_id, {_DIGEST}, {_PATH}, width, height, taken_at, "
            "date_source FROM (SELECT value FROM json_each(?)) AS wanted "
            "CROSS JOIN photos INDEXED BY photos_content "
            "ON photos.content_id = wanted.value "
            f"JOIN contents ON contents.id = content_id WHERE {sql} "
            "ORDER BY coalesce(taken_at, '') || "
            "substr('9999999999', 1 + length(coalesce(taken_at, ''))), mtime_ns, path",
            listed,
            *values,
        )
        photos: dict[int, list[PhotoRow]] = {}
        for row in rows:
            content = row[1]
            photos.setdefault(content, []).append(PhotoRow(*[*row, tuple(tags.get(content, ()))]))
        return photos

    def latest(self, filters: Filters, order: str | None = None) -> Iterator[int]:
        """List contents with a visible photo that fulfils the filters, each once: the latest
        first, or as `order`, one of ORDERS, has them; those without a date last."""
        sql, values = where(filters)
        with translated(self.path):
            for (content,) in self._db.execute(
                f"SELECT content_id FROM photos WHERE {sql} GROUP BY content_id "
                f"ORDER BY {IN_ORDER.get(order or LATEST, IN_ORDER[LATEST])}, content_id",
                values,
            ):
                if content is None:  # an index says so
                    raise damaged_rows(self.path)
                yield content

    def digests_of(self, contents: Iterable[int]) -> dict[int, bytes]:
        """Look up the SHA-256 of contents."""
        return dict(
            self._rows(
                "SELECT id, digest FROM contents WHERE id IN (SELECT value FROM json_each(?))",
                json.dumps(list(contents)),
            )
        )

    def content_at(self, path: bytes) -> int | None:
        """Find the content of a visible photo, None where the catalogue knows no such path."""
        row = self._row(f"SELECT {_CONTENT} FROM photos WHERE path = ? AND state = 'ok'", path)
        return int(row[0]) if row else None

    def content_of(self, digest: bytes) -> int | None:
        """Find the content with this SHA-256, None where the catalogue knows none."""
        row = self._row("SELECT id FROM contents WHERE digest = ?", digest)
        return int(row[0]) if row else None

    def paths(self, folders: Sequence[bytes] = ()) -> list[tuple[bytes, int]]:
        """List (path, content) of the visible photos, those under `folders` only, in the order of
        paths."""
        sql, values = where(Filters(folders=tuple(folders)))
        return self._rows(
            f"SELECT {_PATH}, content_id FROM photos WHERE {sql} ORDER BY path", *values
        )

    def files(
        self, folders: Sequence[bytes] = (), outside: Sequence[bytes] = ()
    ) -> list[PhotoFile]:
        """List every visible photo as a file, those under `folders` only and none under `outside`,
        in the order of paths."""
        sql, values = where(Filters(folders=tuple(folders), outside=tuple(outside)))
        rows = self._rows(
            f"SELECT {_PATH}, content_id, size, mtime_ns, {_WIDTH}, height, taken_at, date_source, "
            "format, camera_id IS NOT NULL "
            f"FROM photos JOIN contents ON contents.id = content_id WHERE {sql} ORDER BY path",
            *values,
        )
        return [PhotoFile(*row) for row in rows]
