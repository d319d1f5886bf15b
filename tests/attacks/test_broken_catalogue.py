"""Pages of the catalogue are lost: `controlla --ripara` saves all that could be read before."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cercafoto import Library, Question, Settings
from cercafoto.archive.local import damaged_file
from cercafoto.errors import ArchiveError
from cercafoto.results.collections import ALWAYS
from tests.conftest import paint

PHOTOS, SEED = 60, 7
# What nobody could compute again, in order: labels, collections, choices made by hand in them.
GIVEN = {
    "tags": "SELECT digest, label FROM tags JOIN contents ON contents.id = content_id "
    "WHERE label_file = 'a mano'",
    "collections": "SELECT name, question FROM collections",
    "choices": "SELECT name, digest FROM collection_photos "
    "JOIN collections ON collections.id = collection_id WHERE said = 'always'",
}


@pytest.fixture(scope="module")
def made(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return an archive in one file, whose tables of photos and labels have several pages."""
    home = tmp_path_factory.mktemp("made")
    (home / "models").mkdir()
    (home / "models" / "tiny").symlink_to(tiny)
    settings = Settings(home / "archive", home / "models", "tiny", offline=True)
    folder = home / ("una cartella dal nome lungo " * 8)
    for i in range(PHOTOS):
        paint(folder / f"mare {i:02}.png", (4 * i, 100, 7))
    library = Library(settings)
    library.index([folder])
    for i in range(PHOTOS):
        library.labels.give([folder / f"mare {i:02}.png"], add=[f"{i} etichetta " * 4, "tutte"])
    library.collections.keep("Rosse", Question(("rosso",)))
    library.collections.keep("Mare", Question(("mare d'estate " * 5,)))
    library.collections.say("Mare", [folder / "mare 03.png"], ALWAYS)
    with closing(sqlite3.connect(settings.catalog)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert db.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    return settings


@pytest.fixture
def broken(made: Settings, settings: Settings) -> Settings:
    shutil.copytree(made.archive, settings.archive)
    return settings


def given(path: Path) -> dict[str, set[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return {name: set(db.execute(sql)) for name, sql in GIVEN.items()}


def readable(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Return the tables' sound rows that a plain query reads, in one direction or the other."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = bytes
        db.execute("PRAGMA writable_schema=ON")
        with suppress(sqlite3.DatabaseError):
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
        for table in ("contents", "tags", "collections", "collection_photos"):
            rows = found.setdefault(table, set())
            for order in ("ASC", "DESC"):
                with suppress(sqlite3.DatabaseError):
                    for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid {order}"):
                        rows.add(row)
    return found


def still_given(rows: dict[str, set[tuple[object, ...]]], known: dict) -> dict:
    """Return those of the `known` things whose rows are among `rows`."""
    digests = {row[0]: row[1] for row in rows["contents"]}
    labels = {(digests.get(row[0]), _text(row[1])) for row in rows["tags"]}
    names = {row[0]: _text(row[1]) for row in rows["collections"]}
    questions = {(_text(row[1]), _text(row[3])) for row in rows["collections"]}
    choices = {(names.get(row[0]), row[1]) for row in rows["collection_photos"]}
    return {
        "tags": known["tags"] & labels,
        "collections": known["collections"] & questions,
        "choices": known["choices"] & choices,
    }


def _text(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield damaged contents of the catalogue: some pages zeroed, or with one bit flipped, and the
    file cut at some of them."""
    size = int.from_bytes(content[16:18], "big")
    chosen = random.Random(SEED)
    pages = len(content) // size
    for page in range(pages):
        start, end = page * size, (page + 1) * size
        kind = chosen.choice(("zero", "flip", "flip", "cut"))
        if page % 5 and page not in (0, pages - 1):
            continue
        bad = bytearray(content)
        if kind == "zero":
            bad[start:end] = bytes(size)
        elif kind == "cut" and page:
            del bad[start:]
        else:
            used = [at for at in range(start, end) if content[at]]
            bad[chosen.choice(used)] ^= 1 << chosen.randrange(8)
        yield f"{kind} {page}", bytes(bad)
    yield "last page", content[:-size]
    yield "half a page", content[: -size // 2]


@pytest.mark.parametrize("has_links", [True, False])
def test_there_is_a_catalogue_at_any_moment(
    broken: Settings, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    path, steps = broken.catalog, list[str]()
    bad = path.read_bytes()[:-4096]
    path.write_bytes(bad)

    def watched(name: str) -> None:
        do = getattr(Path, name)

        def step(self: Path, *args: object, **more: object) -> object:
            done = do(self, *args, **more)
            if self.parent == path.parent:
                steps.append(name)
                assert path.exists(), (name, self)
            return done

        monkeypatch.setattr(Path, name, step)

    def no_links(*paths: object) -> None:
        raise OSError("no hard links")

    for name in ("replace", "rename", "unlink"):
        watched(name)
    if not has_links:
        monkeypatch.setattr(damaged_file.os, "link", no_links)
    report = Library(broken).check(mend=True)
    assert any(finding.mended for finding in report.findings)
    assert "replace" in steps
    (aside,) = path.parent.glob("catalogo.danneggiato-*.sqlite3")
    assert aside.read_bytes() == bad and path.read_bytes() != bad
    assert Library(broken).check().sound


def test_what_could_be_read_is_saved(broken: Settings) -> None:
    known = given(broken.catalog)
    assert [len(rows) for rows in known.values()] == [2 * PHOTOS, 2, 1]
    good = broken.catalog.read_bytes()
    beyond = []
    for what, bad in damages(good):
        for file in broken.archive.glob("catalogo*"):
            file.unlink()
        broken.catalog.write_bytes(bad)
        before = still_given(readable(broken.catalog), known)
        try:
            report = Library(broken).check(mend=True)
        except ArchiveError as error:
            assert "copia di riserva" in error.hint, what
            assert not any(before.values()), what
            beyond.append(what)
            continue
        after = given(broken.catalog)
        for name, rows in before.items():
            assert rows <= after[name], (what, name)
        told = " ".join(finding.message for finding in report.findings)
        assert after == known or "perdut" in told or "danneggiate" in told, what
    assert not beyond
