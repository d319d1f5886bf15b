"""Tests of recognising copies by their file names."""

from __future__ import annotations

import pytest

from cercafoto.photos.file_names import (
    are_numbered_apart,
    are_of_other_days,
    is_camera_name,
    is_copy_name,
    is_in_copies,
    is_in_named_folder,
    is_passed_on_name,
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


@pytest.mark.parametrize(
    ("name", "passed_on", "of_camera"),
    [
        ("copia_000.jpg", True, False),
        ("Backup 12.jpg", True, False),
        ("IMG-20190812-WA0001.jpg", True, False),
        ("WhatsApp Image 2019-08-12 at 10.15.00.jpeg", True, False),
        ("FB_IMG_1565600000123.jpg", True, False),
        ("photo_2019-08-12_10-15-00.jpg", True, False),
        ("DSC_0024.JPG", False, True),
        ("_DSC0024.NEF", False, True),
        ("IMG_20190812_101500.jpg", False, True),
        ("20190812_101500.jpg", False, True),
        ("PXL_20210812_101500123.jpg", False, True),
        ("P1010024.JPG", False, True),
        ("Copiapò.jpg", False, False),
        ("la copia.jpg", False, False),
        ("zia Pina.jpg", False, False),
        ("2019.jpg", False, False),
    ],
)
def test_who_gave_the_name(name: str, passed_on: bool, of_camera: bool) -> None:
    path = f"/foto/{name}".encode()
    assert (is_passed_on_name(path), is_camera_name(path)) == (passed_on, of_camera)


@pytest.mark.parametrize(
    ("folder", "copies", "named"),
    [
        ("Backup telefono", True, True),
        ("WhatsApp/Media/WhatsApp Images", True, True),
        ("Copie/Matrimonio di Anna", True, True),
        ("Matrimonio di Anna", False, True),
        ("2019-08 Sardegna", False, True),
        ("Fotocopie", False, True),
        ("DCIM/100CANON", False, False),
        ("2019/2019-08", False, False),
        ("Nuova cartella (2)", False, False),
    ],
)
def test_what_the_folder_holds(folder: str, copies: bool, named: bool) -> None:
    path = f"/foto/{folder}/DSC_0024.JPG".encode()
    assert (is_in_copies(path), is_in_named_folder(path)) == (copies, named)
