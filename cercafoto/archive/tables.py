"""The tables of a catalogue, each declared once. `local/schema.py` defines them in
SQL.

Whatever checks, repairs, deletes or saves rows loops over TABLES, in this order: a table comes
after the tables that its rows need.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from cercafoto.base.italian_counts import thousands


class Guard(Enum):
    """What notices damage to a row that has no checksum of its columns."""

    OWN = "its data has a checksum of its own"
    INDEXED = "every column is also in an index, and SQLite compares both"
    FULL_TEXT = "FTS5 compares its entries with the texts, or `are_texts_indexed` does"


class Mend(Enum):
    """What `controlla --ripara` does with rows whose checksum is wrong."""

    DELETED = "delete them; the next run makes them again, or the person is told which they were"
    BY_HAND = "call the function that `damaged_rows.MENDERS` has for the table"


class Table(NamedTuple):
    """A table.

    said: what a person calls its rows.
    checksum: the columns that go into the checksum of a row, which are all others, in the order of
        the table; or what guards the rows instead.
    refers: (column, table) for the rows without which a row makes no sense. A row that refers to a
        missing one is deleted.
    may_refer: (column, table) for columns that become NULL if the row they refer to is missing.
    misfit: an SQL condition for other rows that must not exist.
    mend: what becomes of rows with a wrong checksum.
    saved: whether rows are taken over from a catalogue that SQLite cannot read any more. The others
        are made again from saved ones.
    given: whether rows hold what the person gave, which no run makes again.
    """

    name: str
    said: str
    checksum: tuple[str, ...] | Guard
    refers: tuple[tuple[str, str], ...] = ()
    may_refer: tuple[tuple[str, str], ...] = ()
    misfit: str = ""
    mend: Mend = Mend.BY_HAND
    saved: bool = True
    given: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the checksum, () if rows have none."""
        return () if isinstance(self.checksum, Guard) else self.checksum


_CONTENT, _PHOTO, _MODEL = (
    ("content_id", "contents"),
    ("photo_id", "photos"),
    ("model_id", "models"),
)

TABLES = (
    Table(
        "_sqlite_migrations",
        "versioni delle tabelle",
        ("id", "migration_set", "name", "applied_at"),
        saved=False,
    ),
    Table(
        "meta",
        "impostazioni",
        ("key", "value"),
        misfit="key = 'model' AND CAST(value AS INTEGER) NOT IN (SELECT id FROM models)",
    ),
    Table(
        "models",
        "modelli",
        ("id", "fingerprint", "name", "version", "dimension", "added_at"),
    ),
    Table(
        "roots",
        "cartelle",
        ("id", "path", "added_at", "follow_links"),
        mend=Mend.DELETED,
        given=True,
    ),
    Table(
        "own_folders",
        "cartelle firmate",
        ("path", "follow_links", "seal"),
        mend=Mend.DELETED,  # the person confirms them once more
    ),
    Table("exclusions", "esclusioni", Guard.INDEXED, given=True),
    Table(
        "contents",
        "contenuti di foto",
        (
            *("id", "digest", "width", "height", "orientation", "facts", "facts_version"),
            "monochrome",
        ),
        misfit="typeof(digest) <> 'blob' OR length(digest) <> 32",
    ),
    Table(
        "photos",
        "foto",
        (
            *("id", "path", "size", "mtime_ns", "content_id", "state", "problem", "seen_at"),
            *("sidecar_size", "sidecar_mtime_ns", "sidecar_facts", "taken_at", "date_source"),
            *("hour", "latitude", "longitude", "place_id", "camera_id", "lens_id", "focal"),
            *("format", "shape", "rating", "facts_version"),
            *("iso", "aperture", "exposure_time", "flash", "color_label"),
        ),
        refers=(_CONTENT,),
        may_refer=(("place_id", "places"), ("camera_id", "cameras"), ("lens_id", "lenses")),
        misfit="state NOT IN ('ok', 'missing', 'problem', 'excluded') OR typeof(path) <> 'blob' "
        "OR (content_id IS NULL AND state = 'ok')",
    ),
    Table(
        "places",
        "luoghi",
        ("id", "comune", "provincia", "regione", "paese"),
        mend=Mend.DELETED,
    ),
    Table("cameras", "fotocamere", ("id", "name", "folded"), mend=Mend.DELETED),
    Table("lenses", "obiettivi", ("id", "name", "folded"), mend=Mend.DELETED),
    Table("vectors", "analisi", Guard.OWN, refers=(_CONTENT, _MODEL)),
    Table(
        "moments",
        "momenti di video",
        ("content_id", "video_id", "start_ms", "end_ms", "looks"),
        refers=(_CONTENT, ("video_id", "contents")),
    ),
    Table(
        "things",
        "cose che si vedono",
        ("content_id", "edition", "people", "presence", "boxes"),
        refers=(_CONTENT,),
        mend=Mend.DELETED,
    ),
    Table(
        "quality",
        "foto di cui si sa se sono nitide",
        ("content_id", "edition", "clarity", "exposure", "sharpness"),
        refers=(_CONTENT,),
        mend=Mend.DELETED,
    ),
    Table("text_engines", "programmi che leggono", ("id", "name")),
    Table(
        "texts",
        "testi letti",
        ("content_id", "engine_id", "turned", "lines", "boxes"),
        refers=(_CONTENT, ("engine_id", "text_engines")),
    ),
    Table("read_words", "parole dei testi letti", Guard.FULL_TEXT, saved=False),
    Table("read_letters", "lettere dei testi letti", Guard.FULL_TEXT, saved=False),
    Table(
        "unread",
        "foto che non si sono potute leggere",
        ("content_id", "sense", "reason"),
        refers=(_CONTENT,),
        mend=Mend.DELETED,
    ),
    Table("keywords", "parole chiave", Guard.INDEXED, refers=(_PHOTO,), saved=False),
    Table(
        "words", "parole delle foto", Guard.FULL_TEXT, refers=(("rowid", "photos"),), saved=False
    ),
    Table(
        "people",
        "nomi di persone",
        ("id", "photo_id", "name", "folded", "left", "top", "width", "height"),
        refers=(_PHOTO,),
        saved=False,
    ),
    Table(
        "tags",
        "etichette",
        ("content_id", "label", "score", "confidence", "label_file", "model_id", "tagged_at"),
        refers=(_CONTENT,),
        may_refer=(_MODEL,),
        given=True,
    ),
    Table("stale_labels", "etichette da ridare", Guard.INDEXED, refers=(_CONTENT,)),
    Table("label_actions", "azioni da annullare", ("id", "what", "first")),
    Table(
        "label_changes",
        "etichette di prima",
        (
            *("id", "action", "content_id", "label", "label_file", "score", "confidence"),
            *("model_id", "tagged_at"),
        ),
        refers=(_CONTENT, ("action", "label_actions")),
        may_refer=(_MODEL,),
    ),
    Table(
        "collections",
        "raccolte",
        ("id", "name", "folded", "question", "made_at", "looked_at", "min_confidence"),
        given=True,
    ),
    Table(
        "collection_photos",
        "scelte nelle raccolte",
        Guard.INDEXED,
        refers=(("collection_id", "collections"),),
        given=True,
    ),
    Table(
        "collection_files",
        "file delle raccolte",
        ("path", "kind", "mark", "seal"),
        mend=Mend.DELETED,
    ),
    Table(
        "runs",
        "esecuzioni",
        ("id", "kind", "model_id", "started_at", "ended_at", "outcome", "photos"),
        mend=Mend.DELETED,
    ),
)
NAMED = {table.name: table for table in TABLES}


def said(counts: Iterable[tuple[str, int | None]]) -> str:
    """Return how many rows there are of some tables, in Italian. counts: (table, number); the
    number is None if it is not known."""
    return ", ".join(
        f"{NAMED[name].said}: {'non si sa quante' if number is None else thousands(number)}"
        for name, number in counts
    )
