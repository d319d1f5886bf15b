"""Which files are screenshots, panoramas, scans, selfies and photos by telephone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.file_kinds import FILE_KINDS, FRONT_LENSES, PHONES, SCANNERS, names_in
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.question.filters.file_filters import MONOCHROME
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import FILE_KIND


class File(NamedTuple):
    path: str
    kinds: tuple[str, ...] = ()
    camera: str | None = None
    lens: str | None = None
    format: str = "JPEG"
    size: tuple[int, int] = (4000, 3000)
    monochrome: bool = False
    stated: str | None = None


FILES = (
    File("Screenshot_20230514-101112.jpg", ("schermata",), monochrome=True),
    File("Screenshots/IMG_0001.png", ("schermata",), format="PNG"),
    File("Schermata 2019-05-14 alle 10.11.12.png", ("schermata",), format="PNG"),
    File("IMG_4411.PNG", ("schermata",), format="PNG", size=(1170, 2532), monochrome=True),
    File("disegno.png", (), format="PNG", size=(1171, 2532)),
    File("rinominata.jpg", ("schermata",), size=(1170, 2532)),
    File("da WhatsApp.jpg", (), size=(1080, 1920)),  # the shape of photos
    File("girata.jpg", ("panoramica",), size=(2532, 1170)),
    File("ricevuta.png", ("schermata",), format="PNG", size=(700, 3000), stated="schermata"),
    File("ritaglio.jpg", ("schermata",), size=(700, 900), stated="schermata"),
    File("torre.jpg", ("panoramica", "telefono"), "Apple iPhone 12", size=(3900, 10800)),
    File("stretta.jpg", ("panoramica",), "Canon EOS 80D", stated="panoramica"),
    File("sferica.jpg", ("panoramica",), size=(5000, 3000), stated="panoramica"),
    # A photo of the screen of a telephone, by a camera.
    File("screenshot.jpg", (), camera="Canon EOS 80D"),
    File("IMG_2001.jpg", ("panoramica", "telefono"), "Apple iPhone 12", size=(10800, 3900)),
    File("film.mp4", (), format="MP4", size=(2560, 1080)),
    File("cartello.jpg", (), size=(3900, 10800)),
    File("IMG_2002.jpg", ("telefono",), "Apple iPhone 12", "iPhone 12 back camera 4.2mm f/1.6"),
    File(
        "IMG_2003.jpg",
        ("telefono", "selfie"),
        "Apple iPhone 12",
        "iPhone 12 front TrueDepth camera 2.71mm f/2.2",
    ),
    File("IMG_2004.jpg", ("telefono", "selfie"), "Xiaomi Mi 9T", "front camera"),
    File("20230101_101010.jpg", ("telefono",), "samsung SM-G991B"),
    File("SAM_0001.jpg", (), "SAMSUNG NX300"),
    File("DSC_0001.jpg", (), "SONY DSC-RX100M3"),
    File("DSC_0002.jpg", ("telefono",), "Sony G8341"),
    File("img001.jpg", ("scansione",), "EPSON Perfection V600"),
    File("nonna.jpg", ("scansione",), "Canon CanoScan 9000F", monochrome=True),
    File("R-D1.jpg", (), "SEIKO EPSON CORP. R-D1"),
    File("scanner.jpg", ()),
)  # fmt: skip


class Asked(NamedTuple):
    """The catalogue, asked by filters as an archive."""

    catalog: Catalog

    def cameras(self) -> list[str]:
        return self.catalog.words.camera_names()

    def lenses(self) -> list[str]:
        return self.catalog.words.lens_names()

    def found(self, filters: Filters) -> set[str]:
        contents = list(self.catalog.photos.latest(filters))
        return {FILES[self.catalog.photos.of_content(c)[0].digest[-1]].path for c in contents}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with Catalog.create(tmp_path_factory.mktemp("tipi") / "c.sqlite3") as catalog:
        items = [
            ReadFile(
                FoundFile(b"/foto/" + file.path.encode(), 1, 2),
                content_digest=i.to_bytes(32, "big"),
                width=file.size[0],
                height=file.size[1],
                metadata=Facts(
                    camera=file.camera, lens=file.lens, format=file.format, kind=file.stated
                ),
                monochrome=file.monochrome,
            )
            for i, file in enumerate(FILES)
        ]
        with catalog.transaction():
            catalog.intake.write(items, 1)
        yield Asked(catalog)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_the_files_of_a_kind(asked: Asked, kind: str) -> None:
    resolved = FILE_KIND.resolve((kind,), asked)  # type: ignore[arg-type]
    found = asked.found(Filters(kinds=resolved))
    assert found == {file.path for file in FILES if kind in file.kinds}


def test_two_kinds_at_once(asked: Asked) -> None:
    resolved = FILE_KIND.resolve(("telefono", "selfie"), asked)  # type: ignore[arg-type]
    assert asked.found(Filters(kinds=resolved)) == {"IMG_2003.jpg", "IMG_2004.jpg"}


def test_a_pale_screenshot_is_not_in_black_and_white(asked: Asked) -> None:
    assert asked.found(Filters({MONOCHROME.name: True})) == {"nonna.jpg"}
    coloured = {file.path for file in FILES if not file.monochrome}
    assert asked.found(Filters({MONOCHROME.name: False})) == coloured


@pytest.mark.parametrize(
    "name",
    ["Apple iPhone 15 Pro", "Google Pixel 6", "HUAWEI ELE-L29", "Xiaomi Mi 9T", "OnePlus A6013",
     "samsung SM-A525F", "SAMSUNG GT-I9300", "motorola moto g", "Nokia N95", "HTC One",
     "LGE Nexus 5", "LG Electronics LG-H870", "Sony Ericsson K750i", "Sony C6603", "vivo 1904",
     "OPPO CPH2009", "realme RMX2001", "asus ASUS_Z01KD", "HMD Global Nokia 7 plus"],
)  # fmt: skip
def test_names_of_telephones(name: str) -> None:
    assert names_in([name], PHONES) == (name,)


@pytest.mark.parametrize(
    "name",
    ["Canon EOS 80D", "NIKON CORPORATION NIKON D90", "SONY ILCE-7M3", "SONY DSLR-A200",
     "SAMSUNG ES65", "Panasonic DMC-TZ10", "FUJIFILM X100", "OLYMPUS E-M10", "GoPro HERO9 Black",
     "DJI FC220", "Canon DIGITAL IXUS 70", "LEICA Q2", "Hewlett-Packard HP PhotoSmart C850",
     "RICOH GR III", "PENTAX K-5", "EASTMAN KODAK COMPANY KODAK EASYSHARE C613"],
)  # fmt: skip
def test_names_of_cameras_are_neither(name: str) -> None:
    for which in (PHONES, FRONT_LENSES, SCANNERS):
        assert names_in([name], which) == ()


@pytest.mark.parametrize(
    "name",
    ["EPSON Perfection V600", "EPSON GT-X820", "Hewlett-Packard HP Scanjet G4050",
     "CanoScan LiDE 220", "Canon MG5200 series", "Plustek OpticFilm 8100", "Nikon LS-5000 ED",
     "Nikon SUPER COOLSCAN 5000", "Fujitsu ScanSnap iX500", "Brother DCP-7055W",
     "Hewlett-Packard HP Officejet 4500"],
)  # fmt: skip
def test_names_of_scanners(name: str) -> None:
    assert names_in([name], SCANNERS) == (name,)
