"""Queries of a search in a shared archive: photos that fulfil filters, by their own words, by
name; as `catalog.search` has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from cercafoto.archive.local.records import OwnWords, PhotoRow
from cercafoto.archive.local.search import IN_ORDER, MOST_MATCHES
from cercafoto.archive.shared.mounts import source_of
from cercafoto.archive.shared.texts import SharedTexts, every
from cercafoto.base.paths import prefix_range
from cercafoto.base.word_stems import stems
from cercafoto.photos.facts import first_day_of
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.values import BY_NAME, LATEST

# There is no least of bytes before PostgreSQL 18; their digits have the same order.
_IN_ORDER = IN_ORDER | {BY_NAME: "min(encode(path, 'hex'))"}


class SharedSearch(SharedTexts):
    """The part of a shared archive that answers."""

    AT_ONCE = 64  # each time is a way to the server and back

    def count_where(self, filters: Filters) -> int:
        sql, values = self.where(filters)
        return int(self.row(f"SELECT count(*) FROM photos WHERE {sql}", *values)[0])

    def latest(self, filters: Filters, order: str | None = None) -> Iterator[int]:
        sql, values = self.where(filters)
        rows = self.rows(
            f"SELECT content_id FROM photos WHERE {sql} GROUP BY content_id "
            f"ORDER BY {_IN_ORDER.get(order or LATEST, _IN_ORDER[LATEST])}, content_id",
            *values,
        )
        return (row[0] for row in rows)

    def photos_of(self, content_id: int) -> list[PhotoRow]:
        return self.photos_where(content_id, NO_FILTERS)

    def photos_where(self, content_id: int, filters: Filters) -> list[PhotoRow]:
        return self.photos_by_content([content_id], filters).get(content_id, [])

    def photos_by_content(
        self, contents: Sequence[int], filters: Filters, tagged: bool = True
    ) -> dict[int, list[PhotoRow]]:
        wanted = [int(content) for content in contents]
        tags: dict[int, list[str]] = {}
        if tagged:
            for content, label, _ in self.rows(
                "SELECT content_id, label, max(confidence) AS best FROM tags "
                "WHERE content_id = ANY(?) GROUP BY content_id, label ORDER BY best DESC, label",
                wanted,
            ):
                tags.setdefault(content, []).append(label)
        sql, values = self.where(filters)
        rows = self.rows(
            "SELECT photos.id, content_id, digest, path, width, height, taken_at, date_source "
            "FROM photos JOIN contents ON contents.id = content_id "
            f"WHERE content_id = ANY(?) AND {sql} ORDER BY coalesce(taken_at, '') || "
            "substr('9999999999', 1 + length(coalesce(taken_at, ''))), mtime_ns, path",
            wanted,
            *values,
        )
        photos: dict[int, list[PhotoRow]] = {}
        for photo_id, content, digest, path, width, height, taken_at, date_source in rows:
            photo = PhotoRow(
                photo_id,
                content,
                digest,
                self._shown(path),
                width,
                height,
                taken_at,
                date_source,
                tuple(tags.get(content, ())),
                source_of(path),
            )
            photos.setdefault(content, []).append(photo)
        return photos

    def first_and_last_day(self) -> tuple[date, date] | None:
        first, last = self.row("SELECT min(taken_at), max(taken_at) FROM photos")
        return (first_day_of(first), date(int(last[:4]), 12, 31)) if first else None

    def lacks_colours(self) -> bool:
        (lacks,) = self.row(
            "SELECT EXISTS (SELECT 1 FROM contents WHERE monochrome IS DISTINCT FROM 0 "
            "AND monochrome IS NULL)"
        )
        return bool(lacks)

    # -- paths and contents --------------------------------------------------------------------

    def knows(self, path: bytes) -> bool:
        (known,) = self.row(
            "SELECT EXISTS (SELECT 1 FROM photos WHERE path = ? OR (path >= ? AND path < ?))",
            path,
            *prefix_range(path),
        )
        return bool(known)

    def paths(self, folders: Sequence[bytes] = ()) -> list[tuple[bytes, int]]:
        sql, values = self.where(Filters(folders=tuple(folders)))
        rows = self.rows(f"SELECT path, content_id FROM photos WHERE {sql} ORDER BY path", *values)
        return [(self._shown(path), content) for path, content in rows]

    def content_at(self, path: bytes) -> int | None:
        rows = self.rows("SELECT content_id FROM photos WHERE path = ?", self.mounts.stored(path))
        return int(rows[0][0]) if rows else None

    def content_of(self, digest: bytes) -> int | None:
        rows = self.rows("SELECT id FROM contents WHERE digest = ?", digest)
        return int(rows[0][0]) if rows else None

    # -- words and names -----------------------------------------------------------------------

    def photos_saying(
        self, words: Sequence[str], filters: Filters = NO_FILTERS, spelt: bool = False
    ) -> Iterator[OwnWords]:
        if not words or any(self._is_everywhere(word) for word in words):
            return iter(())
        sql, values = self.where(filters)
        facts = ", facts, sidecar_facts" if spelt else ""
        contents = "JOIN contents ON contents.id = content_id " if spelt else ""
        rows = self.rows(
            f"SELECT content_id, path, keywords, title, description, names{facts} FROM words "
            f"JOIN photos ON photos.id = photo_id {contents}WHERE lexemes @@ ?::tsquery AND {sql} "
            "ORDER BY photos.id",
            every(words),
            *values,
        )
        return (OwnWords._make((row[0], self._shown(row[1]), *row[2:6], row[6:])) for row in rows)

    def photos_named(self, part: str) -> list[tuple[int, bytes]]:
        rows = self.rows(
            "SELECT content_id, path FROM words JOIN photos ON photos.id = photo_id "
            "WHERE strpos(file_name, ?) > 0",
            part,
        )
        return [(content, self._shown(path)) for content, path in rows]

    def place_names(self) -> list[str]:
        rows = self.rows(
            "SELECT comune, provincia, regione, paese FROM places WHERE EXISTS "
            "(SELECT 1 FROM photos WHERE place_id = places.id) ORDER BY id"
        )
        return [name for name in dict.fromkeys(name for row in rows for name in row) if name]

    def camera_names(self) -> list[str]:
        rows = self.rows(
            "SELECT name FROM cameras WHERE EXISTS "
            "(SELECT 1 FROM photos WHERE camera_id = cameras.id) ORDER BY name"
        )
        return [row[0] for row in rows]

    def mentions(self, word: str) -> bool:
        (exists,) = self.row(
            "SELECT EXISTS (SELECT 1 FROM words WHERE lexemes @@ ?::tsquery)",
            every(stems(word).split()),
        )
        return bool(exists)

    def _is_everywhere(self, word: str) -> bool:
        (number,) = self.row(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE lexemes @@ ?::tsquery LIMIT ?) AS few",
            every([word]),
            MOST_MATCHES + 1,
        )
        return bool(number > MOST_MATCHES)
