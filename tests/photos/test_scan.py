"""Tests of walking through folders for picture files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto.photos import scan
from cercafoto.photos.scan import Walk, is_picture
from tests.conftest import paint

RED = (255, 0, 0)


def found(folder: Path) -> list[str]:
    return [os.path.relpath(os.fsdecode(f.path), folder) for f in Walk(os.fsencode(folder))]


def test_pictures_of_all_subfolders_in_order(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/c.png", "a/d/e.JPEG", "f.webp"):
        paint(tmp_path / name, RED)
    (tmp_path / "testo.txt").write_text("ciao")
    assert found(tmp_path) == ["b.jpg", "f.webp", "a/c.png", "a/d/e.JPEG"]


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", RED)
    (one,) = Walk(os.fsencode(tmp_path))
    assert (one.size, one.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def test_hidden_junk_and_links_are_passed_over(tmp_path: Path) -> None:
    kept = paint(tmp_path / "foto" / "a.png", RED)
    for name in (".nascosta/b.png", "@eaDir/c.png", "._d.png", "#recycle/e.png"):
        paint(tmp_path / "foto" / name, RED)
    (tmp_path / "foto" / "link.png").symlink_to(kept)
    (tmp_path / "foto" / "giro").symlink_to(tmp_path / "foto")
    assert found(tmp_path / "foto") == ["a.png"]


def test_a_file_named_by_the_person_counts_whatever_its_ending(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", RED).rename(tmp_path / "senza_estensione")
    assert found(path) == ["."]


@pytest.mark.parametrize(
    "name", [b"a\nb.png", "è 🌊.png".encode(), b"\xff\xfe.png", b"x" * 250 + b".png"]
)
def test_any_name_that_the_disk_allows(tmp_path: Path, name: bytes) -> None:
    try:
        os.rename(paint(tmp_path / "a.png", RED), os.path.join(os.fsencode(tmp_path), name))
    except OSError:
        pytest.skip("this file system does not allow the name")
    (one,) = Walk(os.fsencode(tmp_path))
    assert os.path.basename(one.path) == name


def test_an_unreadable_folder_is_reported_and_the_walk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "a" / "chiusa.png", RED)
    paint(tmp_path / "b" / "aperta.png", RED)
    closed = os.fsencode(tmp_path / "a")
    real = os.scandir

    def scandir(path: bytes) -> object:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(scan.os, "scandir", scandir)
    walk = Walk(os.fsencode(tmp_path))
    assert [os.path.basename(f.path) for f in walk] == [b"aperta.png"]
    assert walk.unreadable == [(closed, "non hai il permesso di leggere")]


def test_a_missing_start_is_reported(tmp_path: Path) -> None:
    walk = Walk(os.fsencode(tmp_path / "no"))
    assert list(walk) == []
    assert walk.unreadable[0][0] == os.fsencode(tmp_path / "no")


def test_endings() -> None:
    assert is_picture(b"a.jpg")
    assert not is_picture(b"a.txt")
    assert not is_picture(b"jpg")
