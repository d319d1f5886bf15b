"""Moving files: nothing is replaced or lost, even after an interruption."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from cercafoto.photos import moves
from cercafoto.photos.moves import CHANGED, GONE, TAKEN, Move, remove_empty

CONTENT = b"una foto" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(params=["one disk", "two disks", "no links"])
def disks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put the folders `qui` and `la` on one disk, on two, or on one without hard links."""
    link, replace = os.link, os.replace

    def apart(a: Any, b: Any) -> bool:
        return ("/la/" in os.fsdecode(a)) != ("/la/" in os.fsdecode(b))

    def linking(a: Any, b: Any, **options: Any) -> None:
        if request.param == "no links":
            raise OSError(errno.EPERM, "no links")
        if request.param == "two disks" and apart(a, b):
            raise OSError(errno.EXDEV, "two disks")
        link(a, b, **options)

    def replacing(a: Any, b: Any, **options: Any) -> None:
        if request.param == "two disks" and apart(a, b):
            raise OSError(errno.EXDEV, "two disks")
        replace(a, b, **options)

    monkeypatch.setattr(os, "link", linking)
    monkeypatch.setattr(os, "replace", replacing)
    monkeypatch.setattr(os, "rename", replacing)
    return str(request.param)


@pytest.fixture
def move(tmp_path: Path) -> Move:
    """Return a move of a file in `qui` to a folder below `la`."""
    source = tmp_path / "qui" / "a.jpg"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    source.chmod(0o640)
    os.utime(source, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    return Move(os.fsencode(source), os.fsencode(tmp_path / "la" / "2019" / "a.jpg"), DIGEST)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_move_and_its_undoing(disks: str, move: Move, tmp_path: Path) -> None:
    move.carry_out()
    assert files(tmp_path) == {"la/2019/a.jpg": CONTENT}
    status = os.stat(move.target)
    assert (status.st_mtime_ns, status.st_mode & 0o777) == (1_500_000_000_123_456_789, 0o640)
    assert move.is_done
    assert move.undo()
    assert files(tmp_path) == {"qui/a.jpg": CONTENT}
    assert os.stat(move.source).st_mtime_ns == 1_500_000_000_123_456_789
    assert not move.undo()


def test_nothing_is_replaced(disks: str, move: Move, tmp_path: Path) -> None:
    target = Path(os.fsdecode(move.target))
    target.parent.mkdir(parents=True)
    target.write_bytes(b"altro")
    with pytest.raises(FileExistsError):
        move.carry_out()
    assert files(tmp_path) == {"qui/a.jpg": CONTENT, "la/2019/a.jpg": b"altro"}
    assert not move.undo()  # it never was moved
    assert files(tmp_path) == {"qui/a.jpg": CONTENT, "la/2019/a.jpg": b"altro"}


def test_later_changes_are_not_undone(disks: str, move: Move, tmp_path: Path) -> None:
    source, target = (Path(os.fsdecode(path)) for path in (move.source, move.target))
    move.carry_out()
    source.write_bytes(b"una nuova")
    with pytest.raises(OSError, match=TAKEN):
        move.undo()
    assert files(tmp_path) == {"qui/a.jpg": b"una nuova", "la/2019/a.jpg": CONTENT}
    source.unlink()
    target.write_bytes(b"ritoccata")
    with pytest.raises(OSError, match=CHANGED):
        move.undo()
    assert files(tmp_path) == {"la/2019/a.jpg": b"ritoccata"}
    target.unlink()
    with pytest.raises(OSError, match=GONE):
        move.undo()


def test_if_the_source_cannot_be_removed_the_copy_is(
    disks: str, move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if disks == "no links":
        pytest.skip("renaming is one step")
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == Path(os.fsdecode(move.source)):
            raise PermissionError(errno.EACCES, "no")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        move.carry_out()
    assert files(tmp_path) == {"qui/a.jpg": CONTENT}


@pytest.mark.parametrize("disks", ["two disks"], indirect=True)
def test_a_wrong_copy_is_refused(
    disks: str, move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moves.shutil.copyfileobj
    monkeypatch.setattr(
        moves.shutil, "copyfileobj", lambda a, b, n: (real(a, b, n), b.write(b"guasto"))
    )
    with pytest.raises(OSError) as raised:
        move.carry_out()
    assert raised.value.errno == errno.EIO
    assert files(tmp_path) == {"qui/a.jpg": CONTENT}


@pytest.mark.parametrize("both", ["same", "other"])
def test_an_interrupted_move_is_taken_back(move: Move, tmp_path: Path, both: str) -> None:
    target = Path(os.fsdecode(move.target))
    target.parent.mkdir(parents=True)
    target.write_bytes(CONTENT if both == "same" else b"altro")
    move._partial.write_bytes(CONTENT[:100])
    move.take_back_unfinished()
    left = {} if both == "same" else {"la/2019/a.jpg": b"altro"}
    assert files(tmp_path) == {"qui/a.jpg": CONTENT} | left


def test_only_empty_folders_are_removed(tmp_path: Path) -> None:
    (tmp_path / "la" / "2019" / "mare").mkdir(parents=True)
    (tmp_path / "la" / "nota.txt").touch()
    deepest = os.fsencode(tmp_path / "la" / "2019" / "mare")
    remove_empty(deepest, os.fsencode(tmp_path))
    assert sorted(path.name for path in (tmp_path / "la").rglob("*")) == ["nota.txt"]
    (tmp_path / "la" / "nota.txt").unlink()
    remove_empty(os.fsencode(tmp_path / "la"), os.fsencode(tmp_path / "la"))
    assert (tmp_path / "la").exists()
