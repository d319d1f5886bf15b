"""File rights of an archive, and the files that a killed process leaves."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.own_files import tidy
from cercafoto.base.atomic_file import PARTIAL, remove_leftovers
from cercafoto.errors import ArchiveError
from tests.conftest import Cli, paint
from tests.indexing.test_faults import mount

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def usual_mask() -> Iterator[None]:
    """Make new files readable by all, as on most systems."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder.parent))
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077
    )


def fill(cli: Cli, photos: Path, tmp_path: Path) -> None:
    """Fill the archive with every kind of file that it can have."""
    shutil.copy(photos / "rosso.png", photos / "copia.png")
    for line in (
        ["index", photos, "--miniature"],
        ["cerca", "rosso"],
        ["tag", "--labels", "predefinite", "--xmp", "--soglia", "1"],
        ["doppioni", "--sposta-in", tmp_path / "doppie", "--conferma"],
        ["index"],
        ["tag", "--annulla"],
        ["tag", "--aggiungi", "mare", photos / "blu.png"],
    ):
        code, _, told = cli(*line)
        assert code == 0, told


@posix
def test_nobody_else_can_read_a_new_archive(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path, usual_mask: None
) -> None:
    fill(cli, photos, tmp_path)
    for folder in (settings.archive, settings.thumbnails):
        assert len(list(folder.rglob("*"))) > 5
        assert open_to_others(folder) == []
    assert stat.S_IMODE((photos / "blu.png").stat().st_mode) == 0o644  # no photo is


@posix
def test_the_log_of_an_open_archive_is_private_too(
    settings: Settings, photos: Path, usual_mask: None
) -> None:
    Library(settings).index([photos])
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        catalog.models.put("prova", "1")
        beside = sorted(path.name for path in settings.archive.glob("*-*"))
        assert beside == ["catalogo.sqlite3-shm", "catalogo.sqlite3-wal"]
        assert open_to_others(settings.archive) == []


@posix
def test_an_older_archive_with_a_rescued_catalogue_becomes_private(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path, usual_mask: None
) -> None:
    fill(cli, photos, tmp_path)
    # Files set aside by `controlla --ripara` contain the catalogue's data.
    shutil.copy(settings.catalog, settings.archive / "catalogo.danneggiato-20260101-101010.sqlite3")
    for path in (settings.archive, *settings.archive.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert cli("index")[0] == 0
    assert open_to_others(settings.archive) == []


@posix
def test_links_in_an_archive_are_not_followed(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path, usual_mask: None
) -> None:
    assert cli("index", photos)[0] == 0
    outside = tmp_path / "fuori"
    paint(outside / "a.png", (1, 2, 3))
    (settings.archive / "xmp").symlink_to(outside)
    settings.archive.chmod(0o755)
    code, _, told = cli("index")
    assert code == 1 and str(settings.archive / "xmp") in told
    assert stat.S_IMODE((outside / "a.png").stat().st_mode) == 0o644
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


@posix
def test_models_stay_readable(cli: Cli, settings: Settings, photos: Path) -> None:
    before = stat.S_IMODE(settings.models.stat().st_mode)
    assert cli("index", photos)[0] == 0
    assert stat.S_IMODE(settings.models.stat().st_mode) == before


@posix
def test_files_that_are_not_ours_keep_their_rights(library: Library, tmp_path: Path) -> None:
    """A person can name any folder with --archivio, one of photos too."""
    folder = tmp_path / "misto"
    (folder / "etichette del viaggio").mkdir(parents=True)
    mine = folder / "etichette del viaggio" / "a.jpg"
    mine.write_bytes(b"x")
    (folder / "blocco").touch()
    for path in (folder, mine.parent):
        path.chmod(0o755)
    for path in (mine, folder / "blocco"):
        path.chmod(0o644)
    tidy(folder)
    assert open_to_others(folder) == [
        "misto", "misto/etichette del viaggio", "misto/etichette del viaggio/a.jpg"
    ]  # fmt: skip


def test_only_names_of_ours_are_leftovers(tmp_path: Path) -> None:
    names = [f".cercafoto-{PARTIAL}", f".cercafoto-x-1{PARTIAL}", ".cercafoto-1-a.jpg", "a.jpg"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / f".cercafoto-{10**30}-a{PARTIAL}").touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(names)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_pipe_of_patterns_keeps_nobody_waiting(library: Library, photos: Path) -> None:
    os.mkfifo(photos / ".cercafotoignore")
    report = library.index([photos])
    assert report.new == 0 and report.unreadable


# -- a log that cannot be read back ----------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of eight megabytes."""
    place = tmp_path / "disco"
    place.mkdir()
    if sys.platform != "linux" or mount(place, "-t", "tmpfs", "-o", "size=8m", "tmpfs") != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


KILLED = """
import os, sys
from pathlib import Path
from cercafoto.archive.local.catalog import Catalog
catalog = Catalog.create(Path(sys.argv[1]))
with catalog.transaction():
    catalog.models.put("prova", "scritta")
os._exit(9)
"""


@pytest.mark.parametrize("shared_memory", ["kept", "gone"])
def test_a_log_on_a_read_only_disk_is_never_passed_over(
    settings: Settings, photos: Path, disk: Path, shared_memory: str
) -> None:
    """The log holds the latest writes: without it the answer would be out of date."""
    archive = replace(settings, archive=disk / "archivio")
    Library(archive).index([photos])
    subprocess.run([sys.executable, "-c", KILLED, str(archive.catalog)], check=False)
    assert archive.catalog.with_name("catalogo.sqlite3-wal").stat().st_size
    if shared_memory == "gone":
        archive.catalog.with_name("catalogo.sqlite3-shm").unlink()
    assert mount(disk, "-o", "remount,ro") == 0
    try:
        with Catalog.open(archive.catalog) as catalog:
            assert catalog.models.get("prova") == "scritta"
    except ArchiveError as error:
        assert "catalogo.sqlite3-wal" in error.message and error.hint
    assert mount(disk, "-o", "remount,rw") == 0
    with Catalog.open(archive.catalog) as catalog:
        assert catalog.models.get("prova") == "scritta"


def test_a_catalogue_that_another_program_holds_is_not_taken_for_a_resting_one(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([photos])
    opened: list[str] = []
    connect = sqlite3.connect

    def busy(place: str, **options: object) -> sqlite3.Connection:
        opened.append(str(place))
        if len(opened) == 1:
            raise sqlite3.OperationalError("database is locked")
        return connect(place, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", busy)
    with pytest.raises(ArchiveError):
        Catalog.open(settings.catalog)
    assert len(opened) == 1


# -- what a killed process leaves ------------------------------------------------------------------

GONE = 2**22 + 1  # no process has this number: Linux gives none above 2^22, macOS none above 99998


def test_the_next_run_removes_what_a_killed_one_left(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path
) -> None:
    fill(cli, photos, tmp_path)
    (vectors,) = settings.vectors.iterdir()
    copies = tmp_path / "copie"
    copies.mkdir()
    dead = f".cercafoto-{GONE}-1{PARTIAL}"
    left = [
        settings.archive / dead,
        settings.archive / "xmp" / dead,
        settings.archive / "catalogo.nuovo.sqlite3",
        settings.archive / "catalogo.nuovo.sqlite3-wal",
        settings.label_vectors / dead,
        vectors / dead,
        settings.thumbnails / "aa" / dead,
        copies / dead,
    ]
    kept = [
        # Another process is writing these.
        settings.thumbnails / "aa" / f".cercafoto-{os.getppid()}-1{PARTIAL}",
        copies / f".cercafoto-{os.getppid()}-abcdefgh{PARTIAL}",
        # And these are not ours.
        copies / f"appunti{PARTIAL}",
        copies / ".cercafoto-mia.txt",
    ]
    for path in (*left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"meta")
    paint(photos / "nuova.png", (120, 200, 90))
    assert cli("index", "--miniature")[0] == 0
    assert cli("cerca", "rosso", "--copia-in", copies)[0] == 0
    assert [path for path in left if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_a_page_that_is_written_removes_what_a_killed_one_left(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    assert cli("index", photos)[0] == 0
    left = tmp_path / f".cercafoto-{GONE}-abcdefgh{PARTIAL}"
    left.touch()
    assert cli("cerca", "rosso", "--html", tmp_path / "g.html")[0] == 0
    assert not left.exists()


def test_index_takes_back_what_a_killed_move_left(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path
) -> None:
    """The copy lies beside the moved photos, where nobody looks for it."""
    fill(cli, photos, tmp_path)
    (journal,) = (settings.archive / "doppioni").iterdir()
    *moves, _ = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(moves))  # the last line says that the run was not cut short
    digest = json.loads(moves[0].rpartition(b" ")[0])["files"][0]["sha256"]
    left = tmp_path / "doppie" / f".cercafoto-{digest[:16]}{PARTIAL}"
    left.write_bytes(b"meta")
    assert cli("index")[0] == 0
    assert not left.exists()
