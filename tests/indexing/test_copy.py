"""`controlla --copia` makes a complete archive while others write, or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.integrity import Integrity
from cercafoto.archive.local.photos import LocalPhotos
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.labels.label_file import Label
from tests.conftest import PAINT, names, paint
from tests.support.open_catalogue import open_catalogue

Cli = Callable[..., tuple[int, str, str]]

# Gives a photo a label and takes it away, one transaction each, until told to stop.
WRITER = """
import sys
from pathlib import Path
from cercafoto.archive.local.catalog import Catalog
with Catalog.create(Path(sys.argv[1])) as catalog:
    for number in range(1_000_000):
        with catalog.transaction():
            catalog.labels.give_by_hand([1, 2], f"giro {number}", 1)
        if number == 0:
            print("begun", flush=True)
        with catalog.transaction():
            catalog.labels.take_away([1, 2], f"giro {number}")
"""


@pytest.fixture
def archive(library: Library, photos: Path) -> Path:
    library.index([photos])
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    return library.settings.archive


def test_a_copy_is_an_archive_of_its_own(
    settings: Settings, archive: Path, tmp_path: Path, cli: Cli
) -> None:
    expected = names(Library(settings), "rosso")
    cli("cerca", "rosso")  # leaves the last answer
    copy = tmp_path / "copia"
    code, out, err = cli("controlla", "--copia", copy)
    assert (code, err) == (0, "")
    assert f"copiato in {copy}" in out and "5 foto e 4 etichette" in out
    assert {path.name for path in copy.iterdir()} == {"catalogo.sqlite3", "ultima_ricerca.json"}
    if os.name == "posix":
        assert copy.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in copy.iterdir()} == {0o600}
    archive.rename(tmp_path / "via")
    code, out, _ = cli("cerca", "rosso", "--archivio", copy, "--percorsi")
    assert code == 0 and [Path(line).stem for line in out.splitlines()] == expected
    assert Library(replace(settings, archive=copy)).check(full=True).sound
    assert Library(replace(settings, archive=copy)).index().unchanged == 5


def test_journals_are_copied_and_caches_are_not(
    settings: Settings, archive: Path, tmp_path: Path
) -> None:
    for name in ("doppioni/000001.jsonl", "xmp/000001.jsonl", "etichette/a.npy", "scelte.json"):
        (archive / name).parent.mkdir(exist_ok=True)
        (archive / name).write_text(name)
    (archive / "catalogo.danneggiato-20260101-000000.sqlite3").write_text("old")
    copy = Library(settings).copy(tmp_path / "copia").folder
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert files == {
        *("catalogo.sqlite3", "scelte.json", "doppioni/000001.jsonl", "xmp/000001.jsonl"),
    }
    assert (copy / "xmp" / "000001.jsonl").read_text() == "xmp/000001.jsonl"


def test_as_json_into_an_empty_folder(archive: Path, tmp_path: Path, cli: Cli) -> None:
    copy = tmp_path / "copia"
    copy.mkdir()
    data = json.loads(cli("controlla", "--copia", copy, "--json")[1])
    size = data.pop("size")
    assert data == {"copy": str(copy), "photos": 5, "vectors": 5, "labels": 4}
    assert size == sum(path.stat().st_size for path in copy.iterdir())


def test_another_process_writes_labels_all_the_time(
    settings: Settings, photos: Path, tmp_path: Path
) -> None:
    for i in range(300):
        paint(photos / "tante" / f"{i:03}.png", (i % 256, i // 256, 70), size=(8, 8))
    Library(settings).index([photos])
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(settings.catalog)], stdout=subprocess.PIPE
    ) as writer:
        try:
            assert writer.stdout is not None and writer.stdout.readline().strip() == b"begun"
            for number in range(5):
                copied = Library(settings).copy(tmp_path / f"copia {number}")
                with Catalog.open(copied.folder / "catalogo.sqlite3") as catalog:
                    # Both photos or neither have the label: the copy lies between two transactions.
                    assert [n for _, n in catalog.labels.counts()] in ([], [2])
                assert copied.counts.photos == 305
            assert writer.poll() is None
        finally:
            writer.kill()
    assert Library(settings).check().sound


@pytest.mark.parametrize(
    ("part", "when"), [(Catalog, "copy_to"), (Integrity, "damage"), (LocalPhotos, "counts")]
)
def test_an_interrupted_copy_leaves_nothing_that_looks_like_an_archive(
    settings: Settings,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: type,
    when: str,
) -> None:
    around: list[str] = []

    def interrupt(*_: object) -> None:
        around.extend(path.name for path in tmp_path.rglob("catalogo.sqlite3"))
        raise KeyboardInterrupt

    monkeypatch.setattr(part, when, interrupt)
    before = set(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        Library(settings).copy(tmp_path / "copia")
    assert set(tmp_path.iterdir()) == before
    assert around == ["catalogo.sqlite3"]  # the archive's own


def test_a_damaged_archive_is_not_copied(settings: Settings, archive: Path, tmp_path: Path) -> None:
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET checksum = 1 WHERE id = 1")
    db.close()
    before = set(tmp_path.iterdir())
    with pytest.raises(ArchiveError, match="La copia non è stata fatta"):
        Library(settings).copy(tmp_path / "copia")
    assert set(tmp_path.iterdir()) == before


def test_folders_that_cannot_hold_a_copy_are_refused(
    settings: Settings, archive: Path, photos: Path, tmp_path: Path, cli: Cli
) -> None:
    for folder, why in (
        (photos, "non è una cartella vuota"),
        (photos / "rosso.png", "non è una cartella vuota"),
        (tmp_path / "non c'è" / "copia", "non esiste"),
        (archive / "copia", "dentro l'archivio"),
        (archive, "dentro l'archivio"),
    ):
        with pytest.raises(UsageError, match=why):
            Library(settings).copy(folder)
    assert cli("controlla", "--copia", tmp_path / "copia", "--ripara")[0] == 2
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        Library(replace(settings, archive=tmp_path / "nessuno")).copy(tmp_path / "copia")
    assert not (tmp_path / "copia").exists()
