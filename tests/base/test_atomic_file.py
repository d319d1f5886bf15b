"""Tests of atomic file writing."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from cercafoto.base.atomic_file import fill_atomically, write_atomically
from cercafoto.errors import CercafotoError, DiskFullError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "posto"
    place.mkdir()
    return place


def test_a_file_gets_default_permissions(folder: Path) -> None:
    write_atomically(folder / "a", b"uno")
    (folder / "b").write_bytes(b"")
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in "ab"}
    assert (folder / "a").read_bytes() == b"uno" and len(modes) == 1
    assert sorted(os.listdir(folder)) == ["a", "b"]


def test_an_existing_file_is_not_replaced_unless_asked(folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(b"uno")
    with pytest.raises(UsageError, match="c'è già"):
        write_atomically(path, b"due")
    assert path.read_bytes() == b"uno"
    write_atomically(path, b"due", overwrite=True)
    assert path.read_bytes() == b"due" and os.listdir(folder) == ["a"]


def test_a_file_made_meanwhile_is_not_replaced(folder: Path) -> None:
    path = folder / "a"

    def fill(stream: object) -> None:
        path.write_bytes(b"di un altro")

    with pytest.raises(FileExistsError):
        fill_atomically(path, fill)
    assert path.read_bytes() == b"di un altro" and os.listdir(folder) == ["a"]


def test_disks_without_hard_links_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_atomically(folder / "a", b"uno")
    with pytest.raises(FileExistsError):
        fill_atomically(folder / "a", lambda stream: stream.write(b"due"))
    assert (folder / "a").read_bytes() == b"uno" and os.listdir(folder) == ["a"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), OSError(errno.EIO, "I/O error")])
def test_an_interruption_leaves_no_file(folder: Path, trouble: BaseException) -> None:
    def fill(stream: object) -> None:
        stream.write(b"mezzo")  # type: ignore[attr-defined]
        raise trouble

    with pytest.raises(type(trouble)):
        fill_atomically(folder / "a", fill)
    assert os.listdir(folder) == []


def test_errors_say_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="è una cartella"):
        write_atomically(folder, b"")
    with pytest.raises(UsageError, match="non esiste"):
        write_atomically(folder / "manca" / "a", b"")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match="il disco è pieno"):
        write_atomically(folder / "a", b"uno")

    def denied(_: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "fsync", denied)
    with pytest.raises(CercafotoError, match="non si può scrivere"):
        write_atomically(folder / "a", b"uno")
    assert os.listdir(folder) == []
