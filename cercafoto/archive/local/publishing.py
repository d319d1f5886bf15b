"""Read everything about photos that is published to a shared archive, in batches sorted by path."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part
from cercafoto.photos.facts import nameless

_WORDS = ("keywords", "title", "description", "names")
_LABEL = checked("tags", "label")


def _without_people(facts: str | None, sidecar: str | None) -> tuple[str | None, str | None]:
    """Return the stored metadata of a file and its sidecar without the people whom they name, also
    where a keyword repeats the name: names stay here. Raises ValueError or TypeError."""
    names = ('"people":', '"written":')
    if not any(name in text for text in (facts, sidecar) if text for name in names):
        return facts, sidecar
    first, beside = nameless(facts, sidecar)
    parts = (
        replace(part, people=(), written=()).to_json() if part else None for part in (first, beside)
    )
    return next(parts), next(parts)


class WholePhoto(NamedTuple):
    """Everything about a visible photo that is published, except its vector.

    comune, provincia, regione, paese: its place; None without a place.
    engine, turned, lines, boxes: its text as `Texts` stores it; None if there is none, or the photo
        was not read.
    edition, people, presence, things: the things in it as `LocalThings` stores them; None if the
        photo was not looked at.
    looked: edition of how it came out, with clarity and exposure as `LocalQuality` has them; None
        if nobody looked.
    checksum: CRC-32 of the vector by the model in use, None if there is no such vector.
    keyword_list: keywords as stems; keywords, title, description, names: see `OwnWords`.
    labels: (label, label file, cosine, confidence), sorted.
    """

    path: bytes
    content_id: int
    digest: bytes
    width: int
    height: int
    monochrome: int | None
    facts: str | None
    size: int
    mtime_ns: int
    taken_at: str | None
    date_source: str | None
    hour: int | None
    latitude: float | None
    longitude: float | None
    comune: str | None
    provincia: str | None
    regione: str | None
    paese: str | None
    camera: str | None
    lens: str | None
    focal: int | None
    iso: int | None
    aperture: float | None
    exposure_time: float | None
    flash: int | None
    color_label: str | None
    format: str | None
    shape: str | None
    rating: int | None
    sidecar_facts: str | None
    engine: str | None
    turned: int | None
    lines: str | None
    boxes: bytes | None
    edition: str | None
    people: int | None
    presence: bytes | None
    things: bytes | None
    looked: int | None
    clarity: str | None
    exposure: str | None
    checksum: int | None
    keyword_list: tuple[str, ...]
    keywords: str
    title: str
    description: str
    names: str
    labels: tuple[tuple[str, str, float, float], ...]


# Field of `WholePhoto` -> its SQL in the query of photos, if it is not a column of that name.
_SQL = {
    "path": checked("photos", "path"),
    "content_id": "photos.content_id",
    "digest": checked("contents", "digest"),
    "facts": "contents.facts",
    "paese": checked("places", "paese", "place_id"),
    "camera": checked("cameras", "name", "camera_id"),
    "lens": checked("lenses", "name", "lens_id"),
    "engine": checked("text_engines", "name", "engine_id"),
    "lines": checked("texts", "lines", "texts.rowid"),
    "boxes": "texts.boxes",
    "edition": checked("things", "edition", "things.rowid"),
    "things": "things.boxes",
    "looked": checked("quality", "edition", "quality.rowid"),
    "checksum": "vectors.checksum",
}
_COLUMNS = {
    name: _SQL.get(name, name)
    for name in WholePhoto._fields
    if name not in (*_WORDS, "keyword_list", "labels")  # which other queries find
}


class Publishing(Part):
    def whole_photos(self, after: bytes, limit: int, model_id: int) -> list[WholePhoto]:
        """Return the first `limit` visible photos with paths after `after`, sorted by path.
        model_id: the model in use."""
        rows = self._db.rows(
            f"SELECT photos.id, {', '.join(_COLUMNS.values())} "
            "FROM photos JOIN contents ON contents.id = photos.content_id "
            "LEFT JOIN places ON places.id = place_id LEFT JOIN cameras ON cameras.id = camera_id "
            "LEFT JOIN lenses ON lenses.id = lens_id "
            "LEFT JOIN vectors ON vectors.content_id = contents.id AND vectors.model_id = ? "
            "LEFT JOIN texts ON texts.content_id = contents.id AND lines IS NOT NULL "
            "LEFT JOIN things ON things.content_id = contents.id "
            "LEFT JOIN quality ON quality.content_id = contents.id "
            "LEFT JOIN text_engines ON text_engines.id = engine_id "
            "WHERE path > ? AND state = 'ok' "
            "AND photos.content_id NOT IN (SELECT video_id FROM moments) ORDER BY path LIMIT ?",
            model_id,
            after,
            limit,
        )
        columns_of = {
            photo_id: dict(zip(_COLUMNS, values, strict=True)) for photo_id, *values in rows
        }
        ids = json.dumps([*columns_of])
        contents = json.dumps([columns["content_id"] for columns in columns_of.values()])
        keywords: dict[int, list[str]] = {}
        for photo, keyword in self._db.rows(
            "SELECT photo_id, keyword FROM json_each(?) CROSS JOIN keywords "
            "ON photo_id = value ORDER BY photo_id, keyword",
            ids,
        ):
            keywords.setdefault(photo, []).append(keyword)
        words: dict[int, dict[str, Any]] = {
            photo: {name: text or "" for name, text in zip(_WORDS, texts, strict=True)}
            for photo, *texts in self._db.rows(
                f"SELECT words.rowid, {', '.join(_WORDS)} FROM json_each(?) "
                "CROSS JOIN words ON words.rowid = value",
                ids,
            )
        }
        labels: dict[int, list[Any]] = {}
        for content, *label in self._db.rows(
            f"SELECT content_id, {_LABEL}, label_file, score, confidence FROM tags "
            "WHERE content_id IN "
            "(SELECT value FROM json_each(?)) ORDER BY content_id, label, label_file",
            contents,
        ):
            labels.setdefault(content, []).append(tuple(label))
        no_words: dict[str, Any] = dict.fromkeys(_WORDS, "")
        photos = [
            WholePhoto(
                **columns,
                keyword_list=tuple(keywords.get(photo, ())),
                **words.get(photo, no_words),
                labels=tuple(labels.get(columns["content_id"], ())),
            )
            for photo, columns in columns_of.items()
        ]
        try:
            parts = [_without_people(photo.facts, photo.sidecar_facts) for photo in photos]
        except (ValueError, TypeError) as error:
            raise self._db.damaged() from error
        return [
            photo._replace(facts=facts, sidecar_facts=sidecar)
            for photo, (facts, sidecar) in zip(photos, parts, strict=True)
        ]
