"""Names of people do not leave the machine: no row of the shared archive has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import sql

from cercafoto import Library, Question
from cercafoto.archive.local import intake, known_files
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.shared import publisher, rows
from cercafoto.archive.shared.connection import connect
from cercafoto.base.word_stems import stems
from cercafoto.photos.facts import Facts
from tests.archive.shared.conftest import Open
from tests.support.named_people import NAMED, TULLIA, write_named_photos
from tests.support.open_catalogue import open_catalogue

WORDS = (*TULLIA.lower().split(), *stems(TULLIA).split())


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts of a value of any type; bytes as UTF-8 and as UTF-16."""
    if isinstance(value, bytes | memoryview):
        yield bytes(value).decode("utf-8", "replace")
        yield bytes(value).decode("utf-16-le", "replace")
    elif isinstance(value, list | tuple | dict):
        for part in value.items() if isinstance(value, dict) else value:
            yield from texts_in(part)
    else:
        yield str(value)


def told(address: str) -> set[str]:
    """Return the columns of a shared archive, of all its tables, in which a row says the name."""
    found, read = set[str](), set[str]()
    with connect(address) as db:
        columns = db.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'cercafoto'"
        ).fetchall()
        for table, column in columns:
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.Identifier(column), sql.Identifier("cercafoto", table)
            )
            for (value,) in db.execute(query):
                read.add(table)
                if any(word in text.lower() for text in texts_in(value) for word in WORDS):
                    found.add(f"{table}.{column}")
    assert read >= {"photos", "contents", "words", "sources", "vectors", "folders", "meta"}
    return found


@contextmanager
def older_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names are keywords too, as in the version before."""
    with monkeypatch.context() as older:
        older.setattr(Facts, "without_names", lambda self, people=(): self)
        for module in (intake, known_files):
            older.setattr(module, "FACTS_VERSION", 4)
        for module in (rows, publisher):
            older.setattr(module, "FORM", 4)
        yield


def write_names_as_keywords(path: Path, which: Iterable[str]) -> None:
    """Write the rows of photos as the version before wrote them. Call within `older_version`."""
    with open_catalogue(path) as db:
        for table, column in (("contents", "facts"), ("photos", "sidecar_facts")):
            db.execute(
                f"UPDATE {table} SET {column} = json_set({column}, '$.keywords', json_insert("
                f"coalesce(json_extract({column}, '$.keywords'), '[]'), '$[#]', ?)) "
                f"WHERE {column} LIKE '%\"people\":%'",
                (TULLIA,),
            )
    db.close()
    with Catalog.create(path) as catalog, catalog.transaction():
        for photo_id, name in catalog.rows("SELECT id, path FROM photos"):
            if Path(name.decode()).stem in which:
                catalog.intake.recompute_metadata(
                    photo_id, lambda a, b: None, catalog.folders.roots()
                )


def test_no_row_has_a_name_not_even_after_an_older_version(
    library: Library,
    tmp_path: Path,
    shared_address: str,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "foto"
    write_named_photos(folder, TULLIA)
    library.index([folder])
    library.sharing.publish(shared_address, "casa", small_copies=True)
    assert told(shared_address) == set()
    # An older version took the names for keywords, and published them.
    with older_version(monkeypatch):
        write_names_as_keywords(library.settings.catalog, NAMED)
        library.sharing.publish(shared_address, "casa")
        assert told(shared_address) == {
            "contents.facts", "photos.sidecar_facts", "words.keywords", "words.keyword_list",
            "words.lexemes",
        }  # fmt: skip
        there = opened()
        by_name = there.parse(Question((TULLIA,)))
        assert len([hit for hit in there.search(by_name).hits if hit.confidence > 0.5]) >= 6
    # The next `pubblica` takes them back, without an `index` before.
    report = library.sharing.publish(shared_address, "casa")
    assert not report.unchanged_since and report.counted.changed == 8
    assert told(shared_address) == set()
    assert library.sharing.publish(shared_address, "casa").unchanged_since
    # In the catalogue they are people, and no keywords.
    assert library.photos.people() == [(TULLIA, len(NAMED))]
    with Catalog.open(library.settings.catalog) as catalog:
        assert not catalog.words.mentions("Bardazzi")
        assert not list(catalog.rows("SELECT 1 FROM keywords WHERE keyword LIKE '%bardazz%'"))
