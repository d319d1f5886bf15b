"""An archive is for its owner only, and what a killed process left is gone at the next start."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.own_files import tidy
from cercafoto.base.atomic_file import PARTIAL, remove_leftovers
from cercafoto.errors import ArchiveError

Cli = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


def open_to_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return sorted(p.name for p in paths if stat.S_IMODE(p.lstat().st_mode) & 0o077)


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_nobody_else_can_read_an_archive(
    cli: Cli, settings: Settings, photos: Path, mask: int
) -> None:
    before = os.umask(mask)
    try:
        cli("index", photos)
        cli("tag", "--labels", "predefinite", "--xmp", "--soglia", "1")
        cli("cerca", "rosso")
        cli("tag", "--aggiungi", "mare", photos / "blu.png")
    finally:
        os.umask(before)
    assert open_to_others(settings.archive) == []
    assert stat.S_IMODE((photos / "rosso.png").stat().st_mode) & 0o044 == 0o044  # no photo is


def test_an_archive_of_an_older_version_is_closed_at_the_next_write(
    library: Library, settings: Settings, photos: Path
) -> None:
    library.index([photos])
    for path in [settings.archive, *settings.archive.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    library.index([photos])
    assert open_to_others(settings.archive) == []


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
    assert open_to_others(folder) == ["a.jpg", "etichette del viaggio", "misto"]


def test_what_a_killed_process_left_is_gone_at_the_next_start(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path
) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    cli("index", photos)
    (tmp_path / "copie").mkdir()
    folders = [settings.archive, *settings.vectors.iterdir(), tmp_path / "copie"]
    left = [folder / f".cercafoto-{dead.pid}-abc{PARTIAL}" for folder in folders]
    alive = [folder / f".cercafoto-{os.getppid()}-abc{PARTIAL}" for folder in folders]
    for path in left + alive:
        path.touch()
    cli("index")
    cli("cerca", "rosso", "--copia-in", tmp_path / "copie")
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in alive)  # their process may be writing them


def test_only_names_of_ours_are_leftovers(tmp_path: Path) -> None:
    names = [f".cercafoto-{PARTIAL}", f".cercafoto-x-1{PARTIAL}", ".cercafoto-1-a.jpg", "a.jpg"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / f".cercafoto-{10**30}-a{PARTIAL}").touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(names)


def test_a_log_that_cannot_be_read_is_not_passed_over(
    library: Library, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the catalogue would answer as it was before the last writes."""
    from cercafoto.archive.local import database

    library.index([photos])
    real = database.sqlite3.connect

    def connect(name: object, *args: object, **options: object) -> object:
        if "mode=rw" in str(name):
            raise database.sqlite3.OperationalError("unable to open database file")
        return real(name, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(database.sqlite3, "connect", connect)
    with Catalog.open(settings.catalog) as catalog:
        assert len(catalog.photos.paths()) == 5
    settings.catalog.with_name(f"{settings.catalog.name}-wal").write_bytes(b"x" * 100)
    with pytest.raises(ArchiveError):
        Catalog.open(settings.catalog)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_pipe_of_patterns_keeps_nobody_waiting(library: Library, photos: Path) -> None:
    os.mkfifo(photos / ".cercafotoignore")
    report = library.index([photos])
    assert report.new == 0 and report.unreadable
