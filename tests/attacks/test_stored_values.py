"""Times, sizes and names that a file system may return although no photo has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library
from cercafoto.base.file_stamp import LATEST, stamp_of
from cercafoto.photos import scan
from cercafoto.photos.read_file import FoundFile
from cercafoto.web.original_files import _moment
from tests.conftest import Cli, paint

# Seconds since 1970. Where the file system cannot keep one, it keeps the nearest that it can.
TIMES = (2**34 - 1, 2**33, 15_032_385_535, -(2**31), -1, 0, 2**31, 1.25)


def test_every_time_is_indexed_and_looked_at_again(cli: Cli, photos: Path, tmp_path: Path) -> None:
    for number, seconds in enumerate(TIMES):
        photo = paint(photos / f"{number}.png", (40, number, 90))
        sidecar = Path(f"{photo}.xmp")
        sidecar.write_text("<x/>")
        for path in (photo, sidecar):
            os.utime(path, (seconds, seconds))
    code, _, told = cli("index", photos)
    assert code == 0 and f"{5 + len(TIMES)} foto nuove" in told, told
    code, _, told = cli("index")
    assert code == 0 and "nuov" not in told and "cambiat" not in told, told
    for line in (
        ["cerca", "rosso", "--json"],
        ["cerca", "rosso", "--copia-in", tmp_path / "copie"],
        ["stato"],
        ["doppioni"],
        ["controlla"],
    ):
        code, _, told = cli(*line)
        assert code == 0, told


@dataclass(frozen=True)
class Entry:
    """A file of a folder, with a time that not every file system can store."""

    moment: int
    name: bytes = b"a.jpg"
    path: bytes = b"/a.jpg"

    def stat(self, follow_symlinks: bool) -> Entry:
        return self

    @property
    def st_size(self) -> int:
        return 10

    @property
    def st_mtime_ns(self) -> int:
        return self.moment


@pytest.mark.parametrize(
    ("moment", "stored"),
    [(LATEST + 1, LATEST), (2**70, LATEST), (-(2**70), -LATEST), (LATEST, LATEST), (-5, -5)],
)
def test_times_beyond_64_bits_are_the_last_that_they_hold(moment: int, stored: int) -> None:
    entry: Any = Entry(moment)
    assert stamp_of(entry) == (10, stored)
    assert scan._with_status(entry, {}) == FoundFile(b"/a.jpg", 10, stored)


@pytest.mark.parametrize("seconds", [-(2.0**63), -1.0, 0.0, 2.0**33, 2.0**63])
def test_every_time_can_be_told_in_a_zip_file(seconds: float) -> None:
    assert 1980 <= _moment(seconds)[0] <= 2107


def test_a_file_larger_than_any_photo_is_one_line_of_the_report(
    library: Library, photos: Path
) -> None:
    """Reading the file, an endless run of zeros, would never finish."""
    large = photos / "enorme.jpg"
    large.write_bytes(b"\xff\xd8\xff")
    for size in (2**63 - 1, 2**60, 2**44 - 2**12, 2**40):  # what the file system takes
        try:
            os.truncate(large, size)
        except OSError:
            continue
        break
    else:
        pytest.skip("this file system has no large files")
    report = library.index([photos])
    assert report.new == 5
    ((path, why),) = library.problems()
    assert path == os.fsencode(large) and "troppo grande" in why


def test_the_longest_names(cli: Cli, tmp_path: Path) -> None:
    """Such names leave no room for a sidecar's ending or a number."""
    folder = tmp_path / "foto"
    paint(folder / f"{'a' * 251}.png", (250, 10, 10))
    paint(folder / "b" / f"{'a' * 251}.png", (10, 10, 250))
    code, _, told = cli("index", folder)
    assert code == 0 and "2 foto nuove" in told, told
    for line, expected in (
        (["cerca", "rosso", "--tutte", "--copia-in", tmp_path / "copie"], {0, 3}),
        (["cerca", "rosso", "--html", tmp_path / "g.html"], {0}),
        (["tag", "--aggiungi", "mare", folder / f"{'a' * 251}.png"], {0}),
        (["tag", "--labels", "predefinite", "--xmp", "--soglia", "0"], {0, 3}),
        (["doppioni"], {0}),
        (["index"], {0}),
    ):
        code, _, told = cli(*line)
        assert code in expected and "Errore inatteso" not in told, (line, told)
    assert (tmp_path / "copie" / f"{'a' * 251}.png").exists()
