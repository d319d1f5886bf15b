"""Turn a photo of the local catalogue into the row that is sent to the server, with a fingerprint
that changes when the photo does."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from hashlib import blake2b
from typing import Any

from cercafoto.archive.local.publishing import WholePhoto
from cercafoto.archive.shared.dialect import lexemes
from cercafoto.base.look_alike import look_alike
from cercafoto.base.paths import folder_of
from cercafoto.base.word_stems import fold, stems

# Increase it when the row changes: then all photos are sent again.
FORM = 9
# In bytes. Longer paths do not fit into an index of PostgreSQL (a third of a page).
LONGEST_PATH = 2500
_SEPARATOR = os.fsencode(os.sep)

# Name and type of each column.
_COLUMNS = """
path bytea, fingerprint int8, folder bytea, digest bytea, width int4, height int4,
monochrome int2, facts text, size int8, mtime_ns int8, latitude float8, longitude float8,
place_id int4, camera_id int4, lens_id int4, focal int4, iso int4, aperture float8,
exposure_time float8, flash int2, color_label text, weekday int2, hour int2, rating int2,
taken_at text, date_source text, format text, shape text, sidecar_facts text, keywords text,
title text, description text, names text, file_name text, keyword_list text[], lexeme_list text[],
labels text[], label_files text[], scores float8[], confidences float8[], engine text,
turned int2, lines text, boxes bytea, letters text, text_lexemes text[], edition text,
people int2, presence bytea, things bytea, looked int2, clarity text, exposure text, vector halfvec
"""
COLUMNS = [(column.split()[0], column.split()[1]) for column in _COLUMNS.split(",")]


def fingerprint(photo: WholePhoto) -> int:
    """Return a hash of 64 bits of all fields of a photo except its local content id."""
    fields = repr((FORM, photo._replace(content_id=0)))
    digest = blake2b(fields.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def row_of(
    photo: WholePhoto,
    path: bytes,
    mark: int,
    place_id: int | None,
    camera_id: int | None,
    lens_id: int | None,
    vector: object,
) -> tuple[Any, ...]:
    """Return the values of a photo in the order of COLUMNS.

    path: see `shared_path`.
    mark: the photo's `fingerprint`.
    place_id, camera_id, lens_id: ids on the server; None if the photo has no such name.
    vector: `HalfVector`, None to send none.
    """
    own = (photo.keywords, photo.title, photo.description, photo.names)
    labels, label_files, scores, confidences = (
        zip(*photo.labels, strict=True) if photo.labels else ((),) * 4
    )
    values = photo._asdict() | {
        "path": path,
        "fingerprint": mark,
        "folder": folder_of(path),
        "place_id": place_id,
        "camera_id": camera_id,
        "lens_id": lens_id,
        "weekday": _weekday(photo.taken_at),
        "file_name": fold(os.fsdecode(photo.path.rpartition(_SEPARATOR)[2])),
        "keyword_list": [clean(word) for word in photo.keyword_list],
        "lexeme_list": lexemes(clean(text) or "" for text in own),
        "labels": [clean(label) for label in labels],
        "label_files": [clean(label_file) for label_file in label_files],
        "scores": list(scores),
        "confidences": list(confidences),
        "letters": photo.lines and look_alike(photo.lines),
        "text_lexemes": photo.lines and lexemes([stems(photo.lines)]),
        "vector": vector,
    }
    chosen = [values[name] for name, _ in COLUMNS]
    return tuple(clean(value) if isinstance(value, str) else value for value in chosen)


def shared_path(source: str, path: bytes) -> bytes:
    """Return the path under which a source's file is stored ("NAS-1:/volume1/foto/a.jpg")."""
    return source.encode() + b":" + path


def clean(text: str | None) -> str | None:
    """Return a text that PostgreSQL accepts: no NUL, and "?" for bytes that are not UTF-8."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _weekday(taken_at: str | None) -> int | None:
    """Return the day of the week, 0 for Monday; None if the day is not known."""
    if taken_at is not None and len(taken_at) >= 10:
        with suppress(ValueError):
            return date.fromisoformat(taken_at[:10]).weekday()
    return None
