"""Read everything about photos that is published to a shared archive, in batches sorted by path."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part
from cercafoto.photos.facts import nameless

_PATH, _DIGEST = checked("photos", "path"), checked("contents", "digest")
_PAESE = checked("places", "paese", "place_id")
_CAMERA = checked("cameras", "name", "camera_id")
_LENS = checked("lenses", "name", "lens_id")
_ENGINE, _LABEL = checked("text_engines", "name", "engine_id"), checked("tags", "label")
_LINES = checked("texts", "lines", "texts.rowid")
_EDITION = checked("things", "edition", "things.rowid")


def _without_people(facts: str | None, sidecar: str | None) -> tuple[str | None, str | None]:
    """Return the stored metadata of a file and its sidecar without the people whom they name, also
    where a keyword repeats the name: names stay here. Raises ValueError or TypeError."""
    if not any('"people":' in text for text in (facts, sidecar) if text):
        return facts, sidecar
    first, beside = nameless(facts, sidecar)
    parts = (replace(part, people=()).to_json() if part else None for part in (first, beside))
    return next(parts), next(parts)


class WholePhoto(NamedTuple):
    """Everything about a visible photo that is published, except its vector.

    place: comune, provincia, regione, paese; None without a place.
    keyword_list: keywords as stems; keywords, title, description, names: see `OwnWords`.
    labels: (label, label file, cosine, confidence), sorted.
    text: engine, turned, lines, boxes as `Texts` stores them; None if the photo has no text or was
        not read.
    things: edition, people, presence, boxes as `LocalThings` stores them; None if the photo was not
        looked at.
    checksum: CRC-32 of the vector by the model in use, None if there is no such vector.
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
    place: tuple[str, str, str, str] | None
    camera: str | None
    lens: str | None
    focal: int | None
    format: str | None
    shape: str | None
    rating: int | None
    sidecar_facts: str | None
    keyword_list: tuple[str, ...]
    keywords: str
    title: str
    description: str
    names: str
    labels: tuple[tuple[str, str, float, float], ...]
    text: tuple[str, int, str, bytes] | None
    things: tuple[str, int, bytes, bytes] | None
    checksum: int | None


class Publishing(Part):
    def whole_photos(self, after: bytes, limit: int, model_id: int) -> list[WholePhoto]:
        """Return the first `limit` visible photos with paths after `after`, sorted by path.
        model_id: the model in use."""
        rows = self._db.rows(
            f"SELECT photos.id, {_PATH}, photos.content_id, {_DIGEST}, width, height, monochrome, "
            "contents.facts, size, mtime_ns, taken_at, date_source, hour, "
            "latitude, longitude, "
            f"comune, provincia, regione, {_PAESE}, {_CAMERA}, {_LENS}, focal, format, shape, "
            f"rating, sidecar_facts, {_ENGINE}, turned, {_LINES}, "
            f"texts.boxes, {_EDITION}, people, presence, things.boxes, vectors.checksum "
            "FROM photos JOIN contents ON contents.id = photos.content_id "
            "LEFT JOIN places ON places.id = place_id LEFT JOIN cameras ON cameras.id = camera_id "
            "LEFT JOIN lenses ON lenses.id = lens_id "
            "LEFT JOIN vectors ON vectors.content_id = contents.id AND vectors.model_id = ? "
            "LEFT JOIN texts ON texts.content_id = contents.id AND lines IS NOT NULL "
            "LEFT JOIN things ON things.content_id = contents.id "
            "LEFT JOIN text_engines ON text_engines.id = engine_id "
            "WHERE path > ? AND state = 'ok' "
            "AND photos.content_id NOT IN (SELECT video_id FROM moments) ORDER BY path LIMIT ?",
            model_id,
            after,
            limit,
        )
        ids, contents = json.dumps([row[0] for row in rows]), json.dumps([row[2] for row in rows])
        keywords: dict[int, list[str]] = {}
        for photo, keyword in self._db.rows(
            "SELECT photo_id, keyword FROM json_each(?) CROSS JOIN keywords "
            "ON photo_id = value ORDER BY photo_id, keyword",
            ids,
        ):
            keywords.setdefault(photo, []).append(keyword)
        words: dict[int, tuple[str, ...]] = {
            photo: tuple(texts)
            for photo, *texts in self._db.rows(
                "SELECT words.rowid, keywords, title, description, names FROM json_each(?) "
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
        photos = [
            WholePhoto._make(
                (
                    *row[1:15],
                    row[15:19] if row[18] is not None else None,
                    *row[19:26],
                    tuple(keywords.get(row[0], ())),
                    *(text or "" for text in words.get(row[0], ("", "", "", ""))),
                    tuple(labels.get(row[2], ())),
                    row[26:30] if row[28] is not None else None,
                    row[30:34] if row[30] is not None else None,
                    row[34],
                )
            )
            for row in rows
        ]
        try:
            parts = [_without_people(photo.facts, photo.sidecar_facts) for photo in photos]
        except (ValueError, TypeError) as error:
            raise self._db.damaged() from error
        return [
            photo._replace(facts=facts, sidecar_facts=sidecar)
            for photo, (facts, sidecar) in zip(photos, parts, strict=True)
        ]
