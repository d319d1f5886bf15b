"""Tests of recognising copies by their file names."""

from __future__ import annotations

import pytest

from cercafoto.photos.file_names import (
    are_numbered_apart,
    are_of_other_days,
    is_copy_name,
    is_same_name,
)

COPIES = (
    "DSC_0501 copia.jpg", "DSC_0501 - Copia.jpg", "DSC_0501 - Copia (2).jpg", "DSC_0501_copy.jpg",
    "DSC_0501 copy 2.jpg", "Copy of DSC_0501.jpg", "copia di DSC_0501.jpg", "DSC_0501 (1).jpg",
    "DSC_0501(12).png",
)  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_the_name_of_a_copy(name: str) -> None:
    path = f"/foto/{name}".encode()
    assert is_copy_name(path)
    assert is_same_name(path, b"/altrove/DSC_0501.jpg")
    assert not are_numbered_apart(path, b"/altrove/DSC_0501.jpg")


@pytest.mark.parametrize(
    "name", ["DSC_0501.jpg", "copia.jpg", "Fotocopia.jpg", "La copia della lettera.jpg", "(1).jpg"]
)
def test_another_name(name: str) -> None:
    assert is_copy_name(f"/foto/{name}".encode()) is (name == "(1).jpg")


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("IMG_2001.jpg", "IMG_2002.jpg", True),
        ("lettera 1.jpg", "lettera 12.jpg", True),
        ("IMG_2001 (1).jpg", "IMG_2002.jpg", True),
        ("IMG_2001.jpg", "IMG_2001.heic", False),
        ("IMG_0001.jpg", "IMG_001.jpg", False),
        ("IMG_2001.jpg", "DSC_2002.jpg", False),
        ("roma.jpg", "roma 2.jpg", False),
    ],
)
def test_numbers(a: str, b: str, apart: bool) -> None:
    assert are_numbered_apart(a.encode(), b.encode()) is apart


@pytest.mark.parametrize(
    ("a", "b", "other"),
    [
        ("2023-05-12 bolletta.jpg", "2023-07-12 bolletta.jpg", True),
        ("IMG-20190812-WA0001.jpg", "IMG-20190813-WA0001.jpg", True),
        ("Scan_2018_03_01.jpg", "Scan_2018_03_02.jpg", True),
        ("IMG_20190812_101500.jpg", "IMG-20190812-WA0001.jpg", False),
        ("2023-05-12 bolletta.jpg", "bolletta.jpg", False),
    ],
)
def test_days(a: str, b: str, other: bool) -> None:
    assert are_of_other_days(a.encode(), b.encode()) is other
