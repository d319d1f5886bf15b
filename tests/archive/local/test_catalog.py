"""The catalogue: batches are written completely or not at all; catalogues of other versions are
migrated or refused.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cercafoto.archive.local import checksums, damaged_rows, migrations
from cercafoto.archive.local import database as database_module
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.database import translated
from cercafoto.archive.records import MISSING
from cercafoto.archive.tables import NAMED, TABLES
from cercafoto.base.paths import is_inside, prefix_range
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError, ImageError
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from tests.support.older_catalogue import EARLY, LAST, make_trial
from tests.support.open_catalogue import open_catalogue

V = np.array([0.6, 0.8, 0.0], np.float32)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.create(tmp_path / "archive" / "c.sqlite3") as opened:
        with opened.transaction():
            opened.models.add_model("f" * 64, "tiny", "1", 3)
            opened.models.put("model", "1")
        yield opened


def item(path: str, digest: bytes = b"d" * 32, **other: object) -> ReadFile:
    values = {"content_digest": digest, "width": 4, "height": 3, "embedding": V} | other
    return ReadFile(FoundFile(path.encode(), 10, 20), **values)  # type: ignore[arg-type]


def write(catalog: Catalog, *items: ReadFile) -> list[int | None]:
    with catalog.transaction():
        return catalog.intake.write(items, 1)


def test_copies_share_one_content_and_one_vector(catalog: Catalog) -> None:
    first, second = write(catalog, item("/a/1.jpg"), item("/a/2.jpg"))
    assert first == second
    counts = catalog.photos.counts()
    assert (counts.photos, counts.contents, counts.vectors) == (2, 1, 1)
    assert [row.path for row in catalog.photos.of_content(first or 0)] == [b"/a/1.jpg", b"/a/2.jpg"]


def test_pages_are_large_enough_for_vectors(catalog: Catalog) -> None:
    """An archive made with the smaller pages of an older version keeps them."""
    assert catalog.connection.execute("PRAGMA page_size").fetchone() == (8192,)
    older = catalog.path.with_name("prima.sqlite3")
    connection = sqlite3.connect(older)
    connection.execute("PRAGMA page_size=4096")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    with Catalog.create(older) as opened:
        assert opened.connection.execute("PRAGMA page_size").fetchone() == (4096,)


def test_a_vector_comes_back_within_half_precision(catalog: Catalog) -> None:
    write(catalog, item("/a/1.jpg"))
    ((ids, rows),) = catalog.vectors.vectors_after(1, 0)
    assert ids.tolist() == [[1, 1]]
    assert np.abs(rows[0] - V).max() < 5e-4


def test_a_changed_file_takes_its_new_content(catalog: Catalog) -> None:
    write(catalog, item("/a/1.jpg"))
    write(catalog, item("/a/1.jpg", b"e" * 32))
    assert catalog.photos.counts().photos == 1
    known = catalog.known.known_at(b"/a/1.jpg")
    assert known is not None and known.content_id == 2


def test_a_failed_batch_leaves_nothing(catalog: Catalog) -> None:
    with pytest.raises(RuntimeError), catalog.transaction():
        catalog.intake.write([item("/a/1.jpg")], 1)
        raise RuntimeError
    assert catalog.photos.counts().photos == 0


def test_a_problem_has_its_reason_and_no_content(catalog: Catalog) -> None:
    broken = ReadFile(FoundFile(b"/a/x.jpg", 1, 2), problem=ImageError("rotta"))
    assert write(catalog, broken) == [None]
    assert catalog.photos.problems() == [(b"/a/x.jpg", "rotta")]
    assert catalog.photos.counts().photos == 0


def test_missing_photos_are_hidden_not_lost(catalog: Catalog) -> None:
    write(catalog, item("/a/1.jpg"))
    with catalog.transaction():
        catalog.intake.set_state([1], MISSING)
    assert len(catalog.photos.contents_where(NO_FILTERS)) == 0
    assert catalog.photos.counts().missing == 1
    assert catalog.photos.counts().vectors == 1


def test_a_folder_is_not_its_namesake(catalog: Catalog) -> None:
    write(catalog, item("/a/1.jpg"), item("/ab/2.jpg", b"e" * 32), item("/a.jpg", b"f" * 32))
    assert catalog.known.expected_under(b"/a", (), ()) == {(b"/a/1.jpg", 10, 20, None)}

    def at_or_under(*folders: bytes) -> list[int]:
        return catalog.photos.contents_where(Filters(folders=folders)).tolist()

    assert at_or_under(b"/a") == [1]
    assert at_or_under(b"/a.jpg") == [3]
    assert at_or_under(b"/a", b"/ab") == [1, 2]
    assert is_inside(b"/a/b", b"/a")
    assert not is_inside(b"/ab", b"/a")
    low, high = prefix_range(b"/a")
    assert low <= b"/a/\xff\xff" < high


def test_an_indexed_folder_replaces_the_ones_inside_it(catalog: Catalog) -> None:
    with catalog.transaction():
        catalog.folders.add_root(b"/foto/2019")
        catalog.folders.add_root(b"/altro")
        catalog.folders.add_root(b"/foto")
    assert catalog.folders.roots() == [b"/altro", b"/foto"]


def test_tags_of_one_file_are_replaced_those_of_another_stay(catalog: Catalog) -> None:
    write(catalog, item("/a/1.jpg"), item("/a/2.jpg", b"e" * 32))
    with catalog.transaction():
        catalog.labels.write([1, 2], [(1, "mare", 0.3, 0.9), (2, "mare", 0.2, 0.6)], "x.txt", 1)
        catalog.labels.write([1], [(1, "sole", 0.3, 0.95)], "y.txt", 1)
        catalog.labels.write([1], [(1, "spiaggia", 0.3, 0.8)], "x.txt", 1)
    assert catalog.photos.of_content(1)[0].tags == ("sole", "spiaggia")
    assert catalog.photos.of_content(2)[0].tags == ("mare",)
    assert catalog.photos.contents_where(Filters(labels=("sole", "spiaggia"))).tolist() == [1]
    assert catalog.photos.contents_where(Filters(labels=("sole", "mare"))).tolist() == []
    assert catalog.labels.counts() == [("mare", 1), ("sole", 1), ("spiaggia", 1)]


def test_there_is_no_archive_before_the_first_index(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora") as caught:
        Catalog.open(tmp_path / "c.sqlite3")
    assert "cercafoto index" in caught.value.hint


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make up the next version: photos get a column, which their checksums include."""
    photos = NAMED["photos"]._replace(checksum=(*NAMED["photos"].columns, "blur"))

    def step(connection: sqlite3.Connection) -> None:
        checksums.add_columns(connection.execute, photos, "blur REAL")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    for module in (checksums, damaged_rows):
        changed = [photos if table.name == "photos" else table for table in TABLES]
        monkeypatch.setattr(module, "TABLES", changed)


def test_a_next_version_changes_the_tables_and_leaves_damaged_rows_damaged(
    catalog: Catalog, request: pytest.FixtureRequest
) -> None:
    write(catalog, item("/a/1.jpg"), item("/a/2.jpg", b"e" * 32))
    catalog.close()
    with open_catalogue(catalog.path) as db:
        (made,) = db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'photos_changed'"
        ).fetchone()
        db.execute("DROP TRIGGER photos_changed")
        db.execute("UPDATE photos SET size = size + 1 WHERE path = ?", (b"/a/2.jpg",))
        db.execute(made)
        (damaged,) = db.execute("SELECT id FROM photos WHERE path = ?", (b"/a/2.jpg",)).fetchone()
    db.close()
    request.getfixturevalue("next_version")
    with pytest.raises(ArchiveError, match="versione precedente") as error:
        Catalog.open(catalog.path)
    assert "cercafoto index" in error.value.hint
    for _ in range(2):
        with Catalog.create(catalog.path) as again:
            assert migrations.version(again.connection) == migrations.latest()
            assert again.damaged_rows.find() == {"photos": [damaged]}
            with again.transaction():
                again.execute("UPDATE photos SET blur = 0.5 WHERE path = ?", (b"/a/1.jpg",))
            assert again.damaged_rows.find() == {"photos": [damaged]}
            assert again.integrity.damage() == []


def test_a_new_archive_of_the_next_version_is_the_same(
    tmp_path: Path, catalog: Catalog, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("next_version")
    with Catalog.create(tmp_path / "nuovo.sqlite3") as new, Catalog.create(catalog.path) as updated:
        assert migrations.schema_checksum(new.connection) == migrations.schema_checksum(
            updated.connection
        )
        assert migrations.version(new.connection) == migrations.latest()


def test_a_step_that_fails_leaves_the_earlier_version(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.close()

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE runs")
        raise sqlite3.OperationalError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, fails))
        with pytest.raises(DiskFullError):
            Catalog.create(catalog.path)
    with Catalog.open(catalog.path) as again:
        assert again.integrity.damage() == []


@pytest.mark.parametrize("how", [Catalog.create, Catalog.open])
@pytest.mark.parametrize("version", [LAST, EARLY])
def test_an_archive_of_a_trial_version_is_refused_untouched(
    catalog: Catalog, how: Callable[[Path], Catalog], version: int
) -> None:
    catalog.close()
    make_trial(catalog.path, version)
    before = catalog.path.read_bytes()
    with pytest.raises(ArchiveError, match="versione di prova") as error:
        how(catalog.path)
    assert "controlla --ripara" in error.value.hint
    assert catalog.path.read_bytes() == before


@pytest.mark.parametrize("how", [Catalog.create, Catalog.open])
def test_an_archive_of_a_newer_version_is_refused_untouched(catalog: Catalog, how: object) -> None:
    catalog.close()
    with sqlite3.connect(catalog.path) as db:
        db.execute(f"PRAGMA user_version = {migrations.latest() + 1}")
    db.close()
    before = catalog.path.read_bytes()
    with pytest.raises(ArchiveError, match="versione più recente"):
        how(catalog.path)  # type: ignore[operator]
    assert catalog.path.read_bytes() == before


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    path.write_bytes(b"non sono un database" * 100)
    for how in (Catalog.create, Catalog.open):
        with pytest.raises(ArchiveError, match="danneggiato"):
            how(path)


def test_an_archive_on_a_read_only_disk_is_read(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(catalog, item("/a/1.jpg"))
    catalog.close()
    real = sqlite3.connect

    def connect(target: object, *args: object, **options: object) -> sqlite3.Connection:
        if "mode=rw" in str(target):
            raise sqlite3.OperationalError("unable to open database file")
        return real(target, *args, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(database_module.sqlite3, "connect", connect)
    with Catalog.open(catalog.path, shared=True) as opened, ThreadPoolExecutor(1) as pool:
        assert pool.submit(opened.photos.counts).result().photos == 1
    # A log that cannot be read is not passed over: the answer would lack the last writes.
    catalog.path.with_name(f"{catalog.path.name}-wal").write_bytes(b"x" * 100)
    with pytest.raises(ArchiveError):
        Catalog.open(catalog.path)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.OperationalError("database or disk is full"), DiskFullError),
        (sqlite3.OperationalError("database is locked"), ArchiveBusyError),
        (sqlite3.OperationalError("attempt to write a readonly database"), ArchiveError),
        (sqlite3.DatabaseError("database disk image is malformed"), ArchiveError),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (OSError(errno.EROFS, "Read-only file system"), ArchiveError),
    ],
)
def test_errors_of_sqlite_say_what_to_do(
    tmp_path: Path, error: Exception, expected: type[ArchiveError]
) -> None:
    with pytest.raises(expected) as caught, translated(tmp_path / "c.sqlite3"):
        raise error
    assert type(caught.value) is expected
    assert caught.value.hint


def test_a_full_disk_rolls_the_batch_back(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            catalog.models.add_model("f" * 64, "tiny", "1", 3)
        pages = catalog.row("PRAGMA page_count")[0]
        catalog.row(f"PRAGMA max_page_count = {pages + 2}")
        many = [item(f"/a/{i}.jpg", i.to_bytes(32, "big")) for i in range(2000)]
        with pytest.raises(DiskFullError, match="pieno"), catalog.transaction():
            catalog.intake.write(many, 1)
        assert catalog.photos.counts().photos == 0


def test_labels_that_are_given_again_are_left_as_they_are(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            model = catalog.models.add_model("f" * 64, "m", "1", 4)
            catalog.connection.executemany(
                "INSERT INTO contents(id, digest) VALUES (?, ?)",
                [(n, bytes([n]) * 32) for n in (1, 2, 3)],
            )
        told = "SELECT content_id, label, score, confidence, label_file, rowid FROM tags ORDER BY 6"

        def write(contents: list[int], *tags: tuple[int, str, float, float]) -> list[tuple]:
            with catalog.transaction():
                catalog.labels.write(contents, tags, "e.txt", model)
            return catalog.rows(told)

        first = write([1, 2, 3], (1, "mare", 0.3, 0.9), (2, "sole", 0.2, 0.6), (3, "sci", 0.2, 0.5))
        second = write([1, 2], (1, "mare", 0.3, 0.9), (2, "sole", 0.2, 0.7), (2, "mare", 0.1, 0.4))
        assert [row[:4] for row in second] == [
            (1, "mare", 0.3, 0.9), (3, "sci", 0.2, 0.5), (2, "sole", 0.2, 0.7),
            (2, "mare", 0.1, 0.4),
        ]  # fmt: skip
        assert second[:2] == [first[0], first[2]]
        assert write([1, 2, 3]) == []
