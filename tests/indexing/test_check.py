"""`controlla` finds damage, repairs what can be repaired, and reports the rest."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.embeddings.cache import CODES, GRAPH, ROWS
from cercafoto.archive.local.embeddings.state import STATE
from cercafoto.base.atomic_file import PARTIAL
from cercafoto.errors import ArchiveError
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.labels.label_file import Label
from cercafoto.question.question import Question
from tests.conftest import PAINT, names, paint
from tests.support.older_catalogue import EARLY, LAST, make_trial
from tests.support.open_catalogue import open_catalogue

Cli = Callable[..., tuple[int, str, str]]
PAGE = 4096


@pytest.fixture
def tagged(library: Library, photos: Path) -> Path:
    for i in range(60):
        paint(photos / "tante" / f"mare {i:02}.png", (4 * i, 100, 7))
    library.index([photos])
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    return photos


def kinds(library: Library, **options: bool) -> list[str]:
    return [finding.kind for finding in library.check(**options).findings]


def execute(settings: Settings, *statements: str) -> None:
    with open_catalogue(settings.catalog) as db:
        for sql in statements:
            db.execute(sql)
    db.close()


def test_a_sound_archive(library: Library, settings: Settings, tagged: Path, cli: Cli) -> None:
    report = library.check(full=True)
    assert (report.findings, report.sound, report.photos, report.vectors) == ((), True, 65, 65)
    code, out, err = cli("controlla", "--completo")
    assert (code, err) == (0, "")
    assert out == "L'archivio è in ordine: 65 foto controllate byte per byte.\n"
    data = json.loads(cli("controlla", "--json")[1])
    assert data == {"sound": True, "photos": 65, "vectors": 65, "full": False, "findings": []}
    before = settings.catalog.read_bytes()
    assert kinds(library, mend=True) == []
    assert settings.catalog.read_bytes() == before


def test_there_must_be_an_archive(library: Library, cli: Cli) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        library.check(mend=True)
    assert not library.settings.archive.exists()
    assert cli("controlla")[0] == 1


def test_rows_that_do_not_fit_are_dropped_and_read_again(
    library: Library, settings: Settings, tagged: Path
) -> None:
    execute(
        settings,
        "DELETE FROM contents WHERE id = 1",
        "UPDATE photos SET content_id = NULL WHERE id = 2",
        "UPDATE photos SET state = 'forse' WHERE id = 3",
        "INSERT INTO keywords VALUES ('mare', 999)",
    )
    assert kinds(library) == ["rows"]
    report = library.check()
    assert not report.sound and "--ripara" in report.findings[0].hint
    assert library.check(mend=True).sound
    assert kinds(library) == []
    again = library.index()
    assert (again.new, again.unchanged) == (3, 62)
    assert again.embedded == 1  # contents 2 and 3 were there all the time
    assert library.check(full=True).findings == ()


BAD_VECTORS = (
    np.array([1, 0, 0], "<f2"),  # too short
    np.array([np.nan, 0, 0, 0], "<f2"),
    np.array([np.inf, 0, 0, 0], "<f2"),
    np.array([2, 0, 0, 0], "<f2"),
    np.zeros(4, "<f2"),
    np.array([0.6, 0.8, 0, 0], "<f2"),  # unit, but not what was written
)


def test_bad_vectors_change_no_answer_and_are_computed_again(
    library: Library, settings: Settings, tagged: Path
) -> None:
    expected = names(library, "rosso")
    for vector in BAD_VECTORS:
        with open_catalogue(settings.catalog) as db:
            any_id = "(SELECT max(id) FROM vectors)"
            db.execute(f"UPDATE vectors SET vector = ? WHERE id = {any_id}", (vector.tobytes(),))
        db.close()
        shutil.rmtree(settings.vectors)
        with pytest.raises(ArchiveError, match="dati danneggiati") as caught:
            names(Library(settings), "rosso")
        assert "controlla --ripara" in caught.value.hint
        fresh = Library(settings)
        assert "vectors" in kinds(fresh)
        report = fresh.check(mend=True)
        assert [f.kind for f in report.findings] == ["vectors", "pending"]
        assert report.sound
        assert Library(settings).index().recomputed == 1
        assert names(Library(settings), "rosso") == expected
        assert kinds(Library(settings)) == []


def test_damaged_caches_are_made_again(settings: Settings, tagged: Path) -> None:
    expected = names(Library(settings), "rosso")
    for name, damage in itertools.product((CODES, ROWS, STATE, GRAPH), ("flip", "cut")):
        library = Library(settings)
        with Catalog.open(settings.catalog) as catalog:
            library.archive.kept_vectors.of(catalog).graph()
        assert kinds(library) == []
        (path,) = settings.vectors.glob(f"*/{name}")
        content = bytearray(path.read_bytes())
        if damage == "flip":
            content[len(content) // 2] ^= 4
        else:
            del content[-9:]
        path.write_bytes(content)
        assert kinds(Library(settings)) == ["cache"], (name, damage)
        assert not Library(settings).check().sound
        assert Library(settings).check(mend=True).sound
        assert kinds(Library(settings)) == []
        assert names(Library(settings), "rosso") == expected


def test_leftovers_of_processes_that_were_killed(settings: Settings, tagged: Path) -> None:
    (folder,) = settings.vectors.iterdir()
    left = [folder / f".cercafoto-1-abc{PARTIAL}", settings.vectors / "0123456789abcdef"]
    left[0].touch()
    left[1].mkdir()
    report = Library(settings).check()
    assert (report.sound, [f.kind for f in report.findings]) == (True, ["leftovers"])
    Library(settings).check(mend=True)
    assert not any(path.exists() for path in left)
    assert kinds(Library(settings)) == []


def test_a_model_that_is_gone_or_damaged(settings: Settings, tagged: Path) -> None:
    real = (settings.models / "tiny").resolve()
    (settings.models / "tiny").unlink()
    assert kinds(Library(settings)) == ["model"]
    shutil.copytree(real, settings.models / "tiny")
    assert kinds(Library(settings)) == []
    weights = settings.models / "tiny" / "image.onnx"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    report = Library(settings).check(mend=True)
    assert (report.sound, [f.kind for f in report.findings]) == (False, ["model"])
    assert "image.onnx" in report.findings[0].message


def test_photos_on_the_disk(library: Library, settings: Settings, tagged: Path, cli: Cli) -> None:
    gone, edited, rotten = (tagged / f"{name}.png" for name in ("rosso", "verde", "blu"))
    gone.unlink()
    paint(edited, (1, 1, 1), size=(20, 20))
    when = rotten.stat()
    content = bytearray(rotten.read_bytes())
    content[-20] ^= 1
    rotten.write_bytes(content)
    os.utime(rotten, ns=(when.st_atime_ns, when.st_mtime_ns))
    report = library.check()
    assert {f.kind: f.paths for f in report.findings} == {
        "gone": (os.fsencode(gone),),
        "changed": (os.fsencode(edited),),
    }
    assert not report.sound
    assert cli("controlla")[0] == 1
    assert str(gone) in cli("controlla")[1]
    full = {f.kind: f.paths for f in library.check(full=True).findings}
    assert full["bytes"] == (os.fsencode(rotten),)
    # The check cannot repair a photo: index must read it again, although it looks unchanged.
    assert library.index().unchanged == 63
    asked = library.check(full=True, mend=True)
    assert [f.mended for f in asked.findings if f.kind == "bytes"] == [False] and not asked.sound
    report_ = library.index()
    assert len(report_.problems) + report_.changed == 1
    assert "bytes" not in kinds(library, full=True)


def test_a_folder_that_is_not_there_is_no_fault_of_the_archive(
    library: Library, tagged: Path
) -> None:
    tagged.rename(tagged.parent / "via")
    report = library.check(full=True)
    assert (report.sound, [f.kind for f in report.findings]) == (True, ["away"])


def test_damaged_pages_are_told_salvaged_and_never_answer_wrong(
    settings: Settings, tagged: Path, tmp_path: Path
) -> None:
    expected = names(Library(settings), "rosso")
    with open_catalogue(settings.catalog) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    good = settings.catalog.read_bytes()
    pages = len(good) // PAGE
    rng = np.random.default_rng(5)
    told = saved = 0
    for page in sorted(rng.choice(np.arange(1, pages), 12, replace=False).tolist()):
        settings.archive.rename(tmp_path / "tmp")
        shutil.copytree(tmp_path / "tmp", settings.archive)
        bad = bytearray(good)
        bad[page * PAGE : (page + 1) * PAGE] = rng.bytes(PAGE)
        settings.catalog.write_bytes(bad)
        for caches in ("kept", "gone"):
            if caches == "gone":
                shutil.rmtree(settings.vectors)
            try:
                assert names(Library(settings), "rosso") == expected
            except ArchiveError as error:
                assert "controlla --ripara" in error.hint
        report = Library(settings).check()
        if not report.sound:
            told += 1
            assert [f.kind for f in report.findings] == ["sqlite"]
            assert settings.catalog.read_bytes() == bytes(bad)
            try:
                mended = Library(settings).check(mend=True)
            except ArchiveError as error:  # the page that says where the tables are
                assert "copia di riserva" in error.hint
                assert settings.catalog.read_bytes() == bytes(bad)
            else:
                saved += 1
                assert mended.findings[0].mended
                (aside,) = settings.archive.glob("catalogo.danneggiato-*.sqlite3")
                assert aside.read_bytes() == bytes(bad)
                Library(settings).index([tagged])
                assert Library(settings).check(full=True).sound
                assert names(Library(settings), "rosso") == expected
                assert Library(settings).status().counts.photos == 65
        shutil.rmtree(settings.archive)
        (tmp_path / "tmp").rename(settings.archive)
    assert told >= 6 and saved >= 3


def test_a_file_that_is_no_database_any_more(settings: Settings, tagged: Path) -> None:
    expected = names(Library(settings), "rosso")
    with open_catalogue(settings.catalog) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    content = bytearray(settings.catalog.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    for lost in (100, size):  # the header; the page with the list of tables
        content[:lost] = bytes(lost)
        settings.catalog.write_bytes(content)
        assert kinds(Library(settings)) == ["sqlite"]
        mended = Library(settings).check(mend=True)
        assert mended.photos == 65 and names(Library(settings), "rosso") == expected
    settings.catalog.write_bytes(garbage := bytes(range(256)) * 99)
    assert kinds(Library(settings)) == ["sqlite"]
    with pytest.raises(ArchiveError, match="danneggiato"):
        Library(settings).check(mend=True)
    assert settings.catalog.read_bytes() == garbage


@pytest.mark.parametrize("version", [LAST, EARLY])
def test_an_archive_of_a_trial_version_is_taken_over(
    settings: Settings, tagged: Path, cli: Cli, version: int
) -> None:
    """With what the person gave; EARLY could not have collections."""
    library = Library(settings)
    library.labels.give([tagged / "rosso.png"], add=["vacanze"])
    library.collections.keep("Rosse", Question(("rosso",)))
    library.index([tagged], choices=FolderChoices(exclude=("bozze",)))
    expected = names(library, "rosso")
    with library.archive.catalog() as catalog:
        given = catalog.labels.by_hand(), catalog.folders.roots(), catalog.folders.exclusions()
        vectors = catalog.rows("SELECT id, content_id, vector FROM vectors")
        labels = catalog.number("SELECT count(*) FROM tags")
    make_trial(settings.catalog, version)
    before = settings.catalog.read_bytes()
    for command in (["cerca", "rosso"], ["index"], ["controlla"]):
        code, _, err = cli(*command)
        assert code == 1 and "versione di prova" in err and "controlla --ripara" in err, command
    assert settings.catalog.read_bytes() == before
    code, out, _ = cli("controlla", "--ripara")
    assert code == 0 and f"Foto salvate: 65; già analizzate: 65; etichette: {labels}." in out
    (aside,) = settings.archive.glob("catalogo.vecchio-*.sqlite3")
    assert aside.read_bytes() == before
    report = Library(settings).index()
    assert (report.new, report.unchanged, report.embedded) == (0, 65, 0)
    assert Library(settings).check(full=True).findings == ()
    assert names(Library(settings), "rosso") == expected
    with Catalog.open(settings.catalog) as catalog:
        assert given == (
            catalog.labels.by_hand(), catalog.folders.roots(), catalog.folders.exclusions()
        )  # fmt: skip
        assert catalog.rows("SELECT id, content_id, vector FROM vectors") == vectors
        assert [each.name for each in catalog.collections.all()] == ["Rosse"] * (version == LAST)
