"""Bytes of the catalogue flip on the disk: cercafoto shows the truth or reports the damage."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from cercafoto import Filters, Library, Query, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.errors import ArchiveError, CercafotoError
from cercafoto.labels.label_file import Label
from tests.conftest import PAINT
from tests.support.full_archive import make_full_archive
from tests.support.open_catalogue import open_catalogue

A_PAGE, SEED = 4, 4  # bytes flipped in each page
DETAILS = ("content_id", "tile", "date_source", "format")


@pytest.fixture(scope="module")
def made(tiny: Path, tiny_things: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive, in one file, with rows in every table."""
    return make_full_archive(tmp_path_factory.mktemp("made"), tiny, tiny_things).archive


@pytest.fixture
def full(made: Path, settings: Settings, things: None) -> Settings:
    shutil.copytree(made, settings.archive)
    return settings


Facts = dict[bytes, set[tuple[str, object]]]


def shown(settings: Settings) -> tuple[Facts, object]:
    """Return every fact shown of each photo, and the results of each question."""
    facts: Facts = {}
    found: list[object] = []
    with Library(settings) as library:
        for question in (
            Question(("rosso",)),
            Question(("blu",), typed=Filters(labels=("rosso",))),
            Question(typed=Filters(texts=("trattoria",))),
            Question(typed=Filters(since="2019-08-12", place="Toscana")),
            Question(typed=Filters(camera="X300")),
        ):
            hits = library.search(Query.of(question)).hits
            found.append([hit.path for hit in hits])
            for hit in hits:
                names = ("photo_id", "digest", "taken_at", "date_source", "width", "height", "text")
                known = facts.setdefault(hit.path, set())
                known |= {(name, getattr(hit, name)) for name in names}
                known |= {("label", label) for label in hit.tags}
        tiles = library.photos.page(None, 50).tiles
        found.append([tile.path for tile in tiles])
        for tile in tiles:
            detail = library.photos.detail(tile.photo_id)
            if detail is None:
                continue
            known = facts.setdefault(tile.path, set())
            known |= {(field.name, getattr(tile, field.name)) for field in fields(tile)}
            known |= {("given", label) for label in detail.labels}
            known |= {(name, str(getattr(detail, name))) for name in DETAILS}
            known |= {(name, str(value)) for name, value in detail.data.items()}
            text = library.texts.of_content(detail.content_id)
            known |= {("read", text), ("text", text and text.text)}
            with library.archive.reading() as archive:
                known |= {("box", box) for box in archive.things.boxes_of(detail.content_id)}
                _, presence, counts = archive.things.of([detail.content_id])
                seen = zip(presence, counts, strict=True)
                known |= {("things", (p.tobytes(), c.tobytes())) for p, c in seen}
        found.append(library.problems())
        with library.archive.reading() as archive:
            found.append(sorted(archive.words.camera_names()))
        with library.archive.catalog() as catalog:
            found.append(
                (catalog.labels.counts(), catalog.labels.by_hand(), catalog.folders.roots())
            )
    return {path: {f for f in known if f[1] is not None} for path, known in facts.items()}, found


def bytes_to_flip(content: bytes) -> Iterator[int]:
    """Yield the positions of a few bytes in each page that has data."""
    chosen = random.Random(SEED)
    size = int.from_bytes(content[16:18], "big")
    for start in range(0, len(content), size):
        used = [at for at in range(start, start + size) if content[at]]
        yield from chosen.sample(used, min(A_PAGE, len(used)))


def test_no_flipped_byte_is_shown_as_a_fact(full: Settings, tmp_path: Path) -> None:
    expected, expected_answers = shown(full)
    assert len(expected) == len(PAINT)
    assert Library(full).check().sound
    good = full.catalog.read_bytes()
    kept = full.archive.rename(tmp_path / "kept")
    told = hidden = 0
    chosen = random.Random(SEED)
    for at in bytes_to_flip(good):
        shutil.rmtree(full.archive, ignore_errors=True)
        shutil.copytree(kept, full.archive)
        bad = bytearray(good)
        bad[at] ^= 1 << chosen.randrange(8)
        full.catalog.write_bytes(bad)
        try:
            photos, answers = shown(full)
        except CercafotoError as error:
            assert isinstance(error, ArchiveError), (at, error)
            told += 1
            continue
        for path, known in photos.items():
            assert path in expected and known <= expected[path], at
        if (photos, answers) != (expected, expected_answers):
            hidden += 1
            assert not is_sound(full), at
    assert told > 40 and hidden > 0


def is_sound(settings: Settings) -> bool:
    try:
        return Library(settings).check().sound
    except ArchiveError:
        return False


def damage(settings: Settings, change: str) -> None:
    """Change rows and indexes without updating their checksums, as a failing disk does."""
    trigger = f"{change.split()[1]}_changed"
    with closing(sqlite3.connect(settings.catalog)) as db:
        (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
        db.execute(f"DROP TRIGGER {trigger}")
        db.execute(change)
        db.execute(made)
        db.commit()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE photos SET taken_at = '2018-08-11T10:30:05' WHERE content_id = 1",
        "UPDATE contents SET width = 61 WHERE id = 1",
        "UPDATE contents SET facts = CAST(x'7bff7d' AS TEXT) WHERE id = 1",
        "UPDATE tags SET confidence = 0.9 WHERE content_id = 1",
        "UPDATE texts SET lines = 'Bas 1' || char(10) || 'Trattoria' WHERE content_id = 1",
        "UPDATE text_engines SET name = 'prowa 1'",
        "UPDATE places SET comune = 'Sienb' WHERE comune = 'Siena'",
        "UPDATE cameras SET name = 'Y100' WHERE name = 'X100'",
        "UPDATE models SET name = 'tinz', dimension = 5",
        "UPDATE meta SET value = '2' WHERE key = 'model'",
        "UPDATE unread SET reason = 'Non si leghe'",
        "UPDATE things SET presence = x'808182' WHERE content_id = 1",
    ],
)
def test_what_is_damaged_is_told_and_made_again(full: Settings, change: str) -> None:
    expected = shown(full)
    damage(full, change)
    with pytest.raises(ArchiveError, match="danneggiati") as caught:
        shown(full)
    assert "controlla --ripara" in caught.value.hint
    assert "checksums" in {finding.kind for finding in Library(full).check().findings}
    assert Library(full).check(mend=True).sound
    library = Library(full)
    library.index()
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    assert library.check().sound
    facts, found = shown(full)
    given = {"text", "read"} if "text" in change or "unread" in change else set[str]()
    for path, known in expected[0].items():
        assert facts[path] >= {fact for fact in known if fact[0] not in given}, path
    if not given:
        assert found == expected[1]


def test_labels_given_by_hand_stay_or_are_told_by_name(full: Settings) -> None:
    with Catalog.open(full.catalog) as catalog:
        given = catalog.labels.by_hand()
    assert [sorted(labels) for labels in given.values()] == [["famiglia", "vacanze"]]
    damage(full, "UPDATE tags SET tagged_at = '2001-01-01' WHERE label = 'vacanze'")
    assert Library(full).check(mend=True).sound
    with Catalog.open(full.catalog) as catalog:
        assert catalog.labels.by_hand() == given
    # Now in the row only: its index still has the name that was given.
    content = full.catalog.read_bytes()
    damaged = re.sub(rb"famiglia(?=.{0,30}20\d\d-)", b"gamiglia", content, flags=re.DOTALL)
    assert damaged != content
    full.catalog.write_bytes(damaged)
    report = Library(full).check(mend=True)
    (told,) = (finding for finding in report.findings if finding.kind == "labels")
    assert "«gamiglia»" in told.message and told.paths == tuple(given)
    with Catalog.open(full.catalog) as catalog:
        assert catalog.labels.by_hand() == given


def test_what_else_is_written_does_not_make_a_damaged_row_right(full: Settings) -> None:
    damage(full, "UPDATE photos SET taken_at = '2018-08-11T10:30:05' WHERE content_id = 1")
    with Catalog.create(full.catalog) as catalog, catalog.transaction():
        photo = catalog.row("SELECT id FROM photos WHERE content_id = 1")[0]
        catalog.intake.set_state([photo], "missing")
        catalog.intake.set_state([photo], "ok")
        assert catalog.damaged_rows.find() == {"photos": [photo]}


def problems(settings: Settings) -> list[str]:
    """Return the kinds of faults that a check finds. That the archive was copied here is none."""
    return [finding.kind for finding in Library(settings).check().findings if not finding.harmless]


def test_an_index_of_texts_that_says_something_else_is_made_again(full: Settings) -> None:
    with Catalog.create(full.catalog) as catalog:
        with catalog.transaction():
            catalog.connection.execute("INSERT INTO read_words(rowid, stems) VALUES (3, 'osteria')")
        assert not catalog.integrity.are_texts_indexed()
    assert problems(full) == ["index"]
    assert Library(full).check(mend=True).sound
    assert problems(full) == []


@pytest.mark.parametrize("version", [(3, 43, 2), sqlite3.sqlite_version_info])
def test_an_index_of_words_that_lacks_some_is_found_by_any_sqlite(
    full: Settings, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert Library(full).check().sound
    with closing(open_catalogue(full.catalog)) as db:
        db.execute("UPDATE words_content SET c3 = 'mar' WHERE id = 2")
        db.commit()
    assert [finding.kind for finding in Library(full).check().findings] == ["sqlite"]
    assert Library(full).check(mend=True).sound
    assert Library(full).check().sound


def test_tables_that_are_not_what_was_made_are_found(full: Settings) -> None:
    with closing(sqlite3.connect(full.catalog)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'photo_id = old.id', 'photo_id < old.id') "
            "WHERE name = 'photos_deleted'"
        )
        db.commit()
    assert [finding.kind for finding in Library(full).check().findings] == ["sqlite"]
    assert Library(full).check(mend=True).sound
    assert Library(full).check().sound


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE photos SET content_id = 2 WHERE content_id = 1",
        "UPDATE contents SET height = 41 WHERE id = 1",
        "UPDATE tags SET label = 'vacanza' WHERE label = 'vacanze'",
    ],
)
def test_nothing_damaged_is_published_moved_or_written_to_sidecars(
    full: Settings, change: str
) -> None:
    damage(full, change)
    with Catalog.open(full.catalog) as catalog:
        with pytest.raises(ArchiveError, match="danneggiati"):
            catalog.publishing.whole_photos(b"", 10, 1)
        with pytest.raises(ArchiveError, match="danneggiati"):
            catalog.labels.by_hand() if "tags" in change else catalog.photos.files()
