"""Other people's files in an archive's folder, and a log that cannot be read."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.own_files import tidy
from cercafoto.base.atomic_file import PARTIAL, remove_leftovers
from cercafoto.errors import ArchiveError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


def open_to_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return sorted(p.name for p in paths if stat.S_IMODE(p.lstat().st_mode) & 0o077)


def test_files_that_are_not_ours_keep_their_rights(library: Library, tmp_path: Path) -> None:
    """A person can name any folder with --archivio, even one of photos."""
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
    """Without the log the catalogue would miss the latest writes."""
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
