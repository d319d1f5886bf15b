"""Tests of recognising originals by the names of files and folders."""

from __future__ import annotations

import pytest

from cercafoto.duplicates.original_names import (
    is_camera_name,
    is_in_copies,
    is_in_named_folder,
    is_passed_on_name,
)


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
