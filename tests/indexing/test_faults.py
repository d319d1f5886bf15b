"""Disks that are full, read-only or gone, locked archives, truncated models: a clear error or a
rebuild, never a wrong answer.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local import database as database_module
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.intake import Intake
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError, ModelError
from cercafoto.labels.label_file import Label
from tests.conftest import names, paint
from tests.support.recorder import Recorder

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 1.6 megabytes: the empty catalogue fits, two hundred photos do not."""
    place = tmp_path / "disco"
    place.mkdir()
    if sys.platform != "linux" or mount(place, "-t", "tmpfs", "-o", "size=1600k", "tmpfs") != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def mount(place: Path, *options: str) -> int:
    try:
        return subprocess.run(["mount", *options, str(place)], capture_output=True).returncode
    except OSError:
        return 1


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for i in range(200):
        # Long names, so that the archive grows fast.
        paint(tmp_path / "tante" / f"{'x' * 200}{i:03}.png", (i % 256, 100, i // 256), (8, 8))
    return tmp_path / "tante"


def test_a_full_disk_stops_the_run_and_more_room_lets_it_go_on(
    settings: Settings, many: Path, disk: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = replace(settings, archive=disk / "archivio")
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(full.archive))
    code, _, err = cli("index", many)
    assert code == 1
    assert "è pieno" in err and "Libera spazio" in err and "Traceback" not in err
    assert Library(full).check().sound
    kept = Library(full).status().counts.photos
    assert 0 <= kept < 200
    assert mount(disk, "-o", "remount,size=64m") == 0
    report = Library(full).index()
    assert (report.unchanged, report.new) == (kept, 200 - kept)
    Library(settings).index([many])
    assert sorted(names(Library(full), "rosso")) == sorted(names(Library(settings), "rosso"))
    assert Library(full).check(full=True).findings == ()


@pytest.mark.parametrize("caches", ["kept", "gone"])
def test_a_read_only_disk_answers_and_refuses_to_index(
    settings: Settings, photos: Path, disk: Path, caches: str
) -> None:
    assert mount(disk, "-o", "remount,size=64m") == 0
    archive = replace(settings, archive=disk / "archivio")
    Library(archive).index([photos])
    expected = names(Library(archive), "rosso")
    if caches == "gone":
        shutil.rmtree(archive.vectors)
    assert mount(disk, "-o", "remount,ro") == 0
    assert names(Library(archive), "rosso") == expected
    assert Library(archive).check(full=True).sound
    for work in (
        lambda: Library(archive).index(),
        lambda: Library(archive).clean(confirmed=True),
        lambda: Library(archive).check(mend=True),
        lambda: Library(archive).labels.tag([Label("rosso")], "/e.txt"),
    ):
        with pytest.raises(ArchiveError, match="Non si può scrivere") as caught:
            work()
        assert "permessi" in caught.value.hint


@pytest.mark.parametrize("how", ["moved", "unmounted"])
def test_an_archive_that_goes_away_during_a_run(
    settings: Settings, many: Path, how: str, request: pytest.FixtureRequest
) -> None:
    away = settings.archive.parent / "via"
    if how == "unmounted":
        disk = request.getfixturevalue("disk")
        assert mount(disk, "-o", "remount,size=64m") == 0
        settings = replace(settings, archive=disk / "archivio")

    def unplug(done: int, total: int, name: str) -> None:
        if done == 20 and how == "moved":
            settings.archive.rename(away)
        elif done == 20:
            subprocess.run(["umount", "-l", str(settings.archive.parent)], check=True)

    with pytest.raises(ArchiveError, match="non è più al suo posto") as caught:
        Library(settings).index([many], reporter=Recorder(unplug))
    assert caught.value.hint
    if how == "unmounted":
        return
    away.rename(settings.archive)
    assert Library(settings).check().sound
    report = Library(settings).index([many])
    assert report.new + report.unchanged == 200


def test_a_disk_that_answers_no_more(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Intake, "_write_content", broken)
    with pytest.raises(ArchiveError, match="non risponde"):
        Library(settings).index([photos])
    monkeypatch.undo()
    assert Library(settings).index().new == 5


def test_an_archive_on_a_disk_that_is_not_connected(settings: Settings) -> None:
    away = replace(settings, archive=settings.archive.parent / "disco" / "archivio")
    with pytest.raises(ArchiveError, match="non esiste ancora") as caught:
        Library(away).status()
    assert "collegalo" in caught.value.hint


def test_another_program_that_holds_the_database(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([photos])
    paint(photos / "nuova.png", (3, 3, 3))
    real = sqlite3.connect
    monkeypatch.setattr(
        database_module.sqlite3,
        "connect",
        lambda *args, **options: real(*args, **(options | {"timeout": 0.1})),
    )
    other = real(settings.catalog, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert len(names(Library(settings), "rosso")) == 5  # reading goes on
    with pytest.raises(ArchiveBusyError, match="occupato da un altro programma"):
        Library(settings).index()
    other.execute("ROLLBACK")
    other.close()
    assert Library(settings).index().new == 1


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "tokenizer.json", "background.npy"])
def test_a_model_that_is_cut_short(settings: Settings, photos: Path, name: str) -> None:
    Library(settings).index([photos])
    whole = (settings.models / "tiny").resolve()
    (settings.models / "tiny").unlink()
    shutil.copytree(whole, settings.models / "tiny")
    path = settings.models / "tiny" / name
    content = path.read_bytes()
    paint(photos / "nuova.png", (3, 3, 3))

    def work() -> object:
        library = Library(settings)
        return library.index() if name == "image.onnx" else names(library, "rosso")

    for left in (0, 0.5, 0.99):
        path.write_bytes(content[: int(len(content) * left)])
        with pytest.raises(ModelError) as caught:
            work()
        assert name in caught.value.message and caught.value.hint
    path.write_bytes(content)
    assert Library(settings).index().new == 1
    assert names(Library(settings), "rosso")[0] == "rosso"


def test_running_out_of_room_while_compacting_costs_nothing(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([photos])
    (photos / "rosso.png").unlink()
    Library(settings).index()

    def full(self: Catalog) -> None:
        raise DiskFullError("Il disco è pieno.")

    monkeypatch.setattr(Catalog, "compact", full)
    assert Library(settings).clean(confirmed=True).purged.photos == 1
    assert Library(settings).check().sound
