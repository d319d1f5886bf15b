"""Thumbnails: upright, limited in size and number, named by content."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.errors import ImageError
from cercafoto.photos.thumbnails import LARGE, SMALL, Thumbnails
from tests.conftest import paint


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def test_a_copy_is_upright_and_no_larger_than_its_side(tmp_path: Path) -> None:
    path = tmp_path / "foto.jpg"
    picture = Image.new("RGB", (1200, 800), (250, 10, 10))
    picture.paste((10, 10, 250), (0, 0, 1200, 400))  # blue above, as it is stored
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right: blue comes to the right
    picture.save(path, exif=exif)
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        data, shown = thumbnails.of(os.fsencode(path), digest(path), SMALL)
    small = opened(data)
    assert (small.format, small.size) == ("WEBP", (320, 480))
    assert shown == digest(path)
    left, right = small.getpixel((40, 240)), small.getpixel((280, 240))
    assert left[0] > 200 > 60 > left[2] and right[2] > 200 > 60 > right[0]


def test_a_small_photo_is_not_blown_up(tmp_path: Path) -> None:
    path = paint(tmp_path / "p.png", (1, 200, 3), (31, 17))
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        for side in (SMALL, LARGE):
            assert opened(thumbnails.of(os.fsencode(path), digest(path), side)[0]).size == (31, 17)


def test_a_copy_is_made_once_and_known_by_content(tmp_path: Path) -> None:
    path = paint(tmp_path / "p.png", (250, 10, 10))
    known = digest(path)
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        first = thumbnails.of(os.fsencode(path), known, SMALL)
        path.unlink()  # not even needed any more
        assert thumbnails.of(os.fsencode(path), known, SMALL) == first
        with pytest.raises(ImageError):
            thumbnails.of(os.fsencode(path), bytes(32), SMALL)
        # A changed content at the same path is noticed.
        paint(path, (10, 10, 250))
        data, shown = thumbnails.of(os.fsencode(path), bytes(32), SMALL)
    assert shown == digest(path) != known
    assert opened(data).getpixel((9, 9))[2] > 200


def test_least_recently_used_ones_are_evicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.photos.thumbnails.LOOK_EVERY", 1)
    folder = tmp_path / "miniature"
    with Thumbnails(folder, most_files=5) as thumbnails:
        paths = [paint(tmp_path / f"{n}.png", (n * 20, 10, 10)) for n in range(8)]
        for age, path in enumerate(paths):
            thumbnails.of(os.fsencode(path), digest(path), SMALL)
            kept = thumbnails.path(digest(path), SMALL)
            os.utime(kept, (1000 + age, 1000 + age))
            first = thumbnails.path(digest(paths[0]), SMALL)
            os.utime(first, (5000, 5000))  # it is looked at all the time
        left = list(folder.glob("*/*.webp"))
        assert len(left) <= 5
        assert first in left
        assert thumbnails.path(digest(paths[-1]), SMALL) in left
        assert thumbnails.path(digest(paths[1]), SMALL) not in left
    size = max(path.stat().st_size for path in left)
    with Thumbnails(folder, most_bytes=2 * size) as thumbnails:
        thumbnails.of(os.fsencode(paths[1]), digest(paths[1]), SMALL)
        assert sum(path.stat().st_size for path in folder.glob("*/*.webp")) <= 2 * size


def test_a_thumbnail_is_returned_even_if_it_cannot_be_stored(tmp_path: Path) -> None:
    path = paint(tmp_path / "p.png", (250, 10, 10))
    (tmp_path / "miniature").write_text("in the way")
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        data, _ = thumbnails.of(os.fsencode(path), digest(path), SMALL)
    assert opened(data).size == (60, 40)


def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with Thumbnails(tmp_path / "miniature") as thumbnails, pytest.raises(OSError):
        thumbnails.keep(bytes(32), SMALL, b"WebP")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_of_killed_processes_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "miniature" / "ab"
    folder.mkdir(parents=True)
    # No process has the first number: Linux gives none above 2^22, macOS none above 99998.
    old, recent = (folder / f".cercafoto-{n}-1.parziale" for n in (2**22 + 1, os.getppid()))
    for path in (old, recent):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        thumbnails.keep(bytes(32), SMALL, b"whole")
    assert not old.exists()
    assert recent.exists()  # another process may be writing it
    assert thumbnails.path(bytes(32), SMALL).read_bytes() == b"whole"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_can_read_thumbnails(tmp_path: Path) -> None:
    path = paint(tmp_path / "p.png", (250, 10, 10))
    with Thumbnails(tmp_path / "c" / "miniature") as thumbnails:
        thumbnails.of(os.fsencode(path), digest(path), SMALL)
    assert (tmp_path / "c" / "miniature").stat().st_mode & 0o077 == 0
