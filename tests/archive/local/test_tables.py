"""Every table of a catalogue is declared once, and damage to any of its rows is told and mended."""

from __future__ import annotations

import ast
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import cercafoto
from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.damaged_rows import MENDERS
from cercafoto.archive.local.salvage import tables_named
from cercafoto.archive.tables import NAMED, TABLES, Guard, Mend, Table
from tests.conftest import names
from tests.support.full_archive import make_full_archive
from tests.support.open_catalogue import open_catalogue

WITH_CHECKSUM = [table for table in TABLES if table.columns]
OTHERS = [table for table in TABLES if not table.columns]


def id_of(table: Table) -> str:
    return table.name


@pytest.fixture(scope="module")
def made(tiny: Path, tiny_things: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = make_full_archive(tmp_path_factory.mktemp("made"), tiny, tiny_things, film=True)
    with Catalog.create(settings.catalog) as catalog:
        catalog.compact()  # every byte of the file is in use
        catalog.connection.execute("PRAGMA journal_mode=DELETE")
    return settings.archive


@pytest.fixture
def full(made: Path, settings: Settings, things: None) -> Settings:
    shutil.copytree(made, settings.archive)
    return settings


# -- declared once -----------------------------------------------------------------------------


def test_every_table_is_declared_and_has_rows(full: Settings) -> None:
    with Catalog.open(full.catalog) as catalog:
        rows = catalog.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        full_text = "|".join(table.name for table in TABLES if table.checksum is Guard.FULL_TEXT)
        own = re.compile(rf"sqlite_.*|({full_text})_(data|idx|content|docsize|config)")
        assert {name for (name,) in rows if not own.fullmatch(name)} == set(NAMED)
        for name in NAMED:
            stored = f"{name}_data" if name.startswith("read_") else name
            assert catalog.row(f"SELECT 1 FROM {stored} LIMIT 1"), name


def test_a_checksum_is_of_every_column_and_an_index_has_every_other(full: Settings) -> None:
    with Catalog.open(full.catalog) as catalog:
        for table in TABLES:
            there = [row[1] for row in catalog.rows(f"PRAGMA table_info({table.name})")]
            if table.columns:
                assert [name for name in there if name != "checksum"] == [*table.columns]
                assert "checksum" in there, table.name
            elif table.checksum is not Guard.FULL_TEXT:
                listed = catalog.rows(
                    "SELECT DISTINCT xinfo.name FROM pragma_index_list(?) AS list "
                    "JOIN pragma_index_xinfo(list.name) AS xinfo WHERE NOT partial",
                    table.name,
                )
                owned = {"id", "vector", "checksum"} if table.checksum is Guard.OWN else set()
                assert {name for (name,) in listed} | owned >= set(there), table.name


def test_rows_refer_to_tables_that_come_before(full: Settings) -> None:
    declared: set[str] = set()
    with Catalog.open(full.catalog) as catalog:
        for table in TABLES:
            assert declared.issuperset(other for _, other in table.refers)
            declared.add(table.name)
            for key in catalog.rows(f"PRAGMA foreign_key_list({table.name})"):
                assert (key[3], key[2]) in table.refers + table.may_refer, table.name


def test_each_table_that_is_mended_by_hand_has_a_function() -> None:
    by_hand = {table.name for table in WITH_CHECKSUM if table.mend is Mend.BY_HAND}
    assert by_hand == set(MENDERS)


def listed_tables(path: Path) -> Iterator[set[str]]:
    """Yield the names of tables in each list, tuple, set, or keys of a dict in a source file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = node.keys
        yield {str(p.value) for p in parts if isinstance(p, ast.Constant) and p.value in NAMED}


def test_no_other_module_lists_tables() -> None:
    """MENDERS is compared above."""
    package = Path(cercafoto.__file__).parent
    found = {
        str(path.relative_to(package))
        for folder in ("archive/local", "indexing")
        for path in (package / folder).rglob("*.py")
        if any(len(tables) > 2 for tables in listed_tables(path))
    }
    assert found == {"archive/local/damaged_rows.py"}


# -- damaged -----------------------------------------------------------------------------------


def other(value: object) -> object:
    """Return another value of the same type."""
    if value is None:
        return 7
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    return value + 1000  # type: ignore[operator]


def change_row(settings: Settings, table: str, column: str) -> None:
    """Change a column of a row and its indexes, but not its checksum, as a failing memory does."""
    with closing(sqlite3.connect(settings.catalog)) as db:
        made = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in made:
            db.execute(f"DROP TRIGGER {name}")
        rowid, value = db.execute(f"SELECT rowid, {column} FROM {table} LIMIT 1").fetchone()
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other(value), rowid))
        for _, sql in made:
            db.execute(sql)
        db.commit()


def check_damage(settings: Settings) -> str:
    """Check that damage is told and mended, and then gone. Return what was told."""
    told = Library(settings).check()
    assert not told.sound
    assert all("--ripara" in finding.hint for finding in told.findings if not finding.harmless)
    for finding in Library(settings).check(mend=True).findings:
        assert finding.mended or finding.harmless or finding.kind == "model", finding
    assert problems(settings) <= {"model"}  # `index` makes the archive again with the present one
    return " ".join(finding.message for finding in told.findings)


def problems(settings: Settings) -> set[str]:
    return {finding.kind for finding in Library(settings).check().findings if not finding.harmless}


def check_life(settings: Settings, made: Path) -> None:
    """Check that a mended archive is brought up to date, and answers."""
    library = Library(settings)
    library.index([made.parent / "foto"])
    assert not problems(settings)
    assert "rosso" in names(library, "rosso")


@pytest.mark.parametrize("table", WITH_CHECKSUM, ids=id_of)
def test_a_damaged_row_is_told_and_mended(
    full: Settings, made: Path, tmp_path: Path, table: Table
) -> None:
    kept = full.archive.rename(tmp_path / "kept")
    for column in ("checksum", *table.columns):
        shutil.rmtree(full.archive, ignore_errors=True)
        shutil.copytree(kept, full.archive)
        change_row(full, table.name, column)
        told = check_damage(full)
        assert f"{table.said}: 1" in told or "è danneggiato" in told, column
    check_life(full, made)


def flip(settings: Settings, value: str | bytes) -> bool:
    """Flip a bit of a value in the file: in the first letter of a text, in the middle of a blob.
    Return False if the file does not have the value in one piece."""
    with closing(sqlite3.connect(settings.catalog)) as db:
        db.execute("VACUUM")  # no free page has an older copy of the row
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
    content = bytearray(settings.catalog.read_bytes())
    stored = value.encode() if isinstance(value, str) else value
    at = content.find(stored)
    if at < 0:
        return False
    content[at + (len(stored) // 2 if isinstance(value, bytes) else 0)] ^= 16
    settings.catalog.write_bytes(content)
    return True


@pytest.mark.parametrize("table", TABLES, ids=id_of)
def test_a_flipped_bit_of_a_row_is_told_and_mended(
    full: Settings, made: Path, tmp_path: Path, table: Table
) -> None:
    """Every text and blob of one row, also of the tables in which FTS5 keeps its index."""
    with Catalog.open(full.catalog) as catalog:
        kept = [table.name]
        if table.checksum is Guard.FULL_TEXT:
            kept = [f"{table.name}_data"] + ["words_content"] * (table.name == "words")
        values = [
            value
            for name in kept
            for value in catalog.rows(f"SELECT * FROM {name} ORDER BY 1 DESC LIMIT 1")[0]
            if isinstance(value, str | bytes) and len(value) > 3
        ]
    whole = full.archive.rename(tmp_path / "kept")
    flipped = 0
    for value in values:
        shutil.rmtree(full.archive, ignore_errors=True)
        shutil.copytree(whole, full.archive)
        if flip(full, value):
            flipped += 1
            check_damage(full)
    assert flipped or not values or table.name == "meta"
    if flipped:
        check_life(full, made)


def test_damage_that_sqlite_finds_is_told_by_table(full: Settings) -> None:
    with Catalog.open(full.catalog) as catalog:
        rows = catalog.rows("SELECT tbl_name, name, rootpage FROM sqlite_master WHERE rootpage > 0")
    for table, name, page in rows:
        if table in NAMED:
            for message in (f"row 1 missing from index {name}", f"Tree {page} page 9: broken"):
                assert tables_named(full.catalog, [message]) == [table]
    with closing(sqlite3.connect(full.catalog)) as db:
        unique = "SELECT name, rootpage FROM sqlite_master WHERE name = ?"
        there = [
            db.execute(unique, (f"sqlite_autoindex_{table}_1",)).fetchone()
            for table in ("cameras", "lenses")
        ]
        db.execute("PRAGMA writable_schema = ON")
        for (name, _), (_, page) in zip(there, reversed(there), strict=True):
            db.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (page, name))
        db.commit()
    assert "Il danno tocca: fotocamere, obiettivi." in check_damage(full)


REFERENCES = [
    (table, column, must)
    for table in TABLES
    for references, must in ((table.refers, True), (table.may_refer, False))
    for column, _ in references
]


@pytest.mark.parametrize(
    ("table", "column", "must"),
    REFERENCES,
    ids=[f"{t.name}-{column}" for t, column, _ in REFERENCES],
)
def test_a_row_that_refers_to_nothing_is_told_and_mended(
    full: Settings, made: Path, table: Table, column: str, must: bool
) -> None:
    with closing(open_catalogue(full.catalog)) as db:
        before = db.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
        which = f"rowid = (SELECT rowid FROM {table.name} WHERE {column} IS NOT NULL LIMIT 1)"
        if table.name == "keywords":  # it has no rowid
            which = "(keyword, photo_id) = (SELECT keyword, photo_id FROM keywords LIMIT 1)"
        db.execute(f"UPDATE {table.name} SET {column} = 999999 WHERE {which}")
        db.commit()
    assert f"{table.said}: 1" in check_damage(full)
    with Catalog.open(full.catalog) as catalog:
        left = catalog.number(f"SELECT count(*) FROM {table.name}")
        assert left < before if must else left == before
    check_life(full, made)


@pytest.mark.parametrize("table", [table for table in TABLES if table.saved], ids=id_of)
def test_rows_on_a_lost_page_are_told(full: Settings, made: Path, table: Table) -> None:
    with Catalog.open(full.catalog) as catalog:
        number = catalog.number(f"SELECT count(*) FROM {table.name}")
        (size,) = catalog.row("PRAGMA page_size")
        (page,) = catalog.row("SELECT rootpage FROM sqlite_master WHERE name = ?", table.name)
        indexes = catalog.rows(f"SELECT 1 FROM pragma_index_list('{table.name}') WHERE NOT partial")
    content = bytearray(full.catalog.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    full.catalog.write_bytes(content)
    assert problems(full) == {"sqlite"}
    finding = Library(full).check(mend=True).findings[0]
    assert finding.mended
    if table.name == "meta":  # some settings are made again at once
        number = 2
    lost = f"{table.said}: {number if indexes else 'non si sa quante'}" in finding.message
    if table.name == "tags":  # an index has those given by hand
        lost = f"{table.said}: {number - 2}." in finding.message
    assert lost is (table.name != "contents")  # an index has their digests
    assert ("avevi dato tu" in finding.hint) >= table.given
    assert not problems(full)
    with Catalog.open(full.catalog) as catalog:  # a history with missing rows undoes nothing
        kept = catalog.label_history.last_action() is not None
        assert kept == (table.name not in ("label_actions", "label_changes"))
    check_life(full, made)


def test_a_damaged_photo_at_a_damaged_place_is_mended(full: Settings, made: Path) -> None:
    """A text that is not UTF-8 makes any update of its row fail."""
    change_row(full, "places", "comune")
    with closing(sqlite3.connect(full.catalog)) as db:
        (trigger,) = db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'photos_changed'"
        ).fetchone()
        db.execute("DROP TRIGGER photos_changed")
        db.execute("UPDATE photos SET seen_at = CAST(x'ff' AS TEXT) WHERE place_id IS NOT NULL")
        db.execute(trigger)
        db.commit()
    assert "luoghi: 1" in check_damage(full)
    check_life(full, made)


def test_a_deleted_photo_leaves_nothing_that_needs_it(full: Settings) -> None:
    with Catalog.create(full.catalog) as catalog, catalog.transaction():
        catalog.purge.delete([row[0] for row in catalog.rows("SELECT id FROM photos")])
        for table in TABLES:
            if {"contents", "photos"} & {other for _, other in table.refers}:
                assert not catalog.number(f"SELECT count(*) FROM {table.name}"), table.name
        for _, other in NAMED["photos"].may_refer:
            assert not catalog.number(f"SELECT count(*) FROM {other}"), other
