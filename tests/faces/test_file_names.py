"""Names that regions in files have are names of the faces there, unless somebody says otherwise."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, FROM_FILE, NEW
from cercafoto.photos.person import Region, faces_in_regions
from tests.conftest import Cli, paint
from tests.faces.conftest import EACH
from tests.faces.test_album import photos_with
from tests.photos.test_person_regions import lightroom, packet_with, region
from tests.support.face_rows import differences, rows_of

AROUND = {"x": "0.5", "y": "0.45", "w": "0.6", "h": "0.6"}  # a face that is painted, and more
BESIDE = {"x": "0.1", "y": "0.1", "w": "0.1", "h": "0.1"}


def mark(photo: Path, *names: str, **area: str) -> None:
    """Write the names into regions of a photo's sidecar, around the painted face or as given."""
    regions = "".join(region(name, **(area or AROUND)) for name in names)
    with Image.open(photo) as picture:
        size = f'stDim:w="{picture.width}" stDim:h="{picture.height}"'
    packet = packet_with(lightroom(regions).replace('stDim:w="400" stDim:h="300"', size))
    photo.with_suffix(".xmp").write_bytes(packet)


def said(library: Library, stem: str, folder: Path) -> tuple[int, str]:
    (face,) = library.faces.faces_in(folder / f"{stem}.png")
    return face.known, face.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "foto"


@pytest.fixture
def marked(family: Library, folder: Path) -> Library:
    """Return an archive with faces, in which files name rosa twice and somebody beside a face."""
    for stem in ("rosa0", "rosa1"):
        mark(folder / f"{stem}.png", "Rosa")
    mark(folder / "ugo0.png", "Bruno", **BESIDE)
    mark(folder / "mare.png", "Carla")  # nobody's face is found there
    family.index()
    family.faces.find()
    return family


def test_a_face_in_a_named_region_has_the_name_and_so_have_its_like(
    marked: Library, folder: Path
) -> None:
    assert said(marked, "rosa0", folder) == (FROM_FILE, "Rosa")
    assert said(marked, "rosa3", folder) == (ATTACHED, "Rosa")
    assert said(marked, "ugo0", folder) == (NEW, "")
    assert photos_with(marked, "rosa") == [f"rosa{n}" for n in range(EACH)]
    assert photos_with(marked, "bruno") == ["ugo0"] and photos_with(marked, "carla") == ["mare"]
    assert dict(marked.photos.people()) == {"Rosa": EACH, "Bruno": 1, "Carla": 1}
    asked = marked.faces.questions()
    assert [(len(question.faces), question.person) for question in asked] == [(EACH, "")] * 2


def test_regions_of_every_program(family: Library, folder: Path) -> None:
    """digiKam and Lightroom (MWG, as elements and as attributes), Windows, IPTC and Picasa."""
    inner = (
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
        '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Rosa</mwg-rs:Name>'
        '<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" '
        'stArea:w="0.4" stArea:h="0.5" stArea:unit="normalized"/></rdf:li></rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions>"
    )
    windows = (
        '<MP:RegionInfo xmlns:MP="http://ns.microsoft.com/photo/1.2/" '
        'xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
        'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" rdf:parseType="Resource">'
        "<MPRI:Regions><rdf:Bag><rdf:li><rdf:Description "
        'MPReg:PersonDisplayName="Ugo" MPReg:Rectangle="0.2, 0.2, 0.6, 0.6"/></rdf:li></rdf:Bag>'
        "</MPRI:Regions></MP:RegionInfo>"
    )
    iptc = (
        "<Iptc4xmpExt:ImageRegion><rdf:Bag><rdf:li rdf:parseType='Resource'>"
        "<Iptc4xmpExt:RegionBoundary rdf:parseType='Resource'>"
        "<Iptc4xmpExt:rbShape>rectangle</Iptc4xmpExt:rbShape>"
        "<Iptc4xmpExt:rbUnit>relative</Iptc4xmpExt:rbUnit><Iptc4xmpExt:rbX>0.3</Iptc4xmpExt:rbX>"
        "<Iptc4xmpExt:rbY>0.3</Iptc4xmpExt:rbY><Iptc4xmpExt:rbW>0.4</Iptc4xmpExt:rbW>"
        "<Iptc4xmpExt:rbH>0.4</Iptc4xmpExt:rbH></Iptc4xmpExt:RegionBoundary>"
        "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Pina</rdf:li></rdf:Bag>"
        "</Iptc4xmpExt:PersonInImage></rdf:li></rdf:Bag></Iptc4xmpExt:ImageRegion>"
    )
    for stem, packet in (("rosa0", inner), ("ugo0", windows), ("pina0", iptc)):
        (folder / f"{stem}.xmp").write_bytes(packet_with(packet))
    mark(folder / "rosa1.png", "Rosa")  # Lightroom
    (folder / ".picasa.ini").write_text(
        "[Picasa]\nname=Mare\n[Contacts2]\nd73=Ugo;;\n[ugo1.png]\n"
        "faces=rect64(40004000c000c000),d73\n"
    )
    family.index()
    family.faces.find()
    named = {
        stem: said(family, stem, folder) for stem in ("rosa0", "rosa1", "ugo0", "ugo1", "pina0")
    }
    assert named == {
        **dict.fromkeys(("rosa0", "rosa1"), (FROM_FILE, "Rosa")),
        **dict.fromkeys(("ugo0", "ugo1"), (FROM_FILE, "Ugo")),
        "pina0": (FROM_FILE, "Pina"),
    }
    assert family.faces.questions() == []
    assert dict(family.photos.people()) == dict.fromkeys(("Pina", "Rosa", "Ugo"), EACH)


def test_faces_follow_the_file_until_somebody_says_otherwise(marked: Library, folder: Path) -> None:
    mark(folder / "rosa0.png", "Rosalinda")
    marked.index()  # a plain one
    assert said(marked, "rosa0", folder) == (FROM_FILE, "Rosalinda")
    (folder / "rosa0.xmp").unlink()
    marked.index()
    assert "Rosalinda" not in marked.faces.names()
    assert said(marked, "rosa0", folder) == (ATTACHED, "Rosa")
    for stem in ("rosa0", "rosa1"):
        (folder / f"{stem}.xmp").unlink(missing_ok=True)
    marked.index()
    assert marked.faces.names() == [] and said(marked, "rosa0", folder) == (NEW, "")
    mark(folder / "rosa0.png", "Rosa")
    marked.index()
    assert said(marked, "rosa2", folder) == (ATTACHED, "Rosa")


def face(library: Library, stem: str, folder: Path) -> int:
    return library.faces.faces_in(folder / f"{stem}.png")[0].face_id


def test_a_name_taken_off_does_not_come_back_from_the_file(
    marked: Library, folder: Path, cli: Cli
) -> None:
    assert marked.faces.take_off([face(marked, "rosa0", folder)]) == ["Rosa"]
    for _ in range(2):
        assert "rosa0" not in photos_with(marked, "rosa")
        assert dict(marked.photos.people())["Rosa"] == EACH - 1
        with marked.archive.reading() as archive:
            content = archive.photos.content_at(os.fsencode(folder / "rosa0.png"))
            assert content is not None and archive.people.regions_of(content) == []
            assert content not in archive.people.contents_with_names()
        mark(folder / "ugo1.png", "Bruno", **BESIDE)
        marked.index()
        marked.faces.find()
    assert "rosa0" not in cli("cerca", "con rosa", "--json")[1]
    marked.faces.undo()
    assert "rosa0" in photos_with(marked, "rosa")


def test_a_person_of_files_loses_the_name_and_all_come_back(marked: Library, folder: Path) -> None:
    before = rows_of(marked.settings.faces)
    assert marked.faces.take_name_off("rosa") == EACH
    for _ in range(2):
        assert "Rosa" not in dict(marked.photos.people()) and "Rosa" not in marked.faces.names()
        assert max(len(question.faces) for question in marked.faces.questions()) == EACH
        mark(folder / "ugo1.png", "Bruno", **BESIDE)
        marked.index()
    question = next(q for q in marked.faces.questions() if face(marked, "rosa0", folder) in q.faces)
    assert marked.faces.name(question.faces, "rosa") == "Rosa"
    assert said(marked, "rosa0", folder) == (CONFIRMED, "Rosa")
    assert photos_with(marked, "rosa") == [f"rosa{n}" for n in range(EACH)]
    marked.faces.undo()
    marked.faces.undo()
    assert differences(rows_of(marked.settings.faces), before) == []


def test_another_name_beats_the_file(marked: Library, folder: Path) -> None:
    marked.faces.rename("rosa", "Zia Nina")
    mark(folder / "ugo1.png", "Bruno", **BESIDE)
    marked.index()
    marked.faces.find()
    assert marked.faces.names() == ["Zia Nina"]
    assert dict(marked.photos.people()) == {"Zia Nina": EACH, "Bruno": 2, "Carla": 1}
    assert said(marked, "rosa1", folder) == (CONFIRMED, "Zia Nina")
    before = marked.faces.faces_of("zia nina")
    marked.faces.undo()
    assert said(marked, "rosa1", folder) == (FROM_FILE, "Rosa")
    assert len(before) == len(marked.faces.faces_of("rosa"))


def test_what_somebody_said_before_the_file_stays(family: Library, folder: Path) -> None:
    family.faces.find()
    first = face(family, "rosa0", folder)
    family.faces.name([first], "Nina")
    family.faces.not_faces([face(family, "rosa1", folder)])
    for stem in ("rosa0", "rosa1", "rosa2"):
        mark(folder / f"{stem}.png", "Rosa")
    family.index()
    assert said(family, "rosa0", folder) == (CONFIRMED, "Nina")
    assert said(family, "rosa2", folder) == (FROM_FILE, "Rosa")
    assert photos_with(family, "rosa") == ["rosa1", "rosa2", "rosa3"]  # the region of rosa1 stays


def test_a_name_without_a_region_is_nobodys_face(family: Library, folder: Path) -> None:
    (folder / "rosa0.png.json").write_text(json.dumps({"people": [{"name": "Rosa"}]}))
    family.index()
    family.faces.find()
    assert said(family, "rosa0", folder) == (NEW, "") and photos_with(family, "rosa") == ["rosa0"]


def test_a_turned_photo(family: Library, folder: Path) -> None:
    """The region is written for the picture as stored, or, by some programs, as displayed."""
    for stem, colour in (("stesa", (240, 10, 21)), ("ritta", (241, 11, 22))):
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (40, 60), colour).save(folder / f"{stem}.png", exif=exif)
    mark(folder / "stesa.png", "Rosa", x="0.6", y="0.5", w="0.5", h="0.5")
    mark(folder / "ritta.png", "Rosa", x="0.5", y="0.6", w="0.5", h="0.5")
    family.index()
    family.faces.find()
    assert {said(family, stem, folder) for stem in ("stesa", "ritta")} == {(FROM_FILE, "Rosa")}


def test_which_face_lies_in_which_region() -> None:
    faces = [(0.1, 0.1, 0.1, 0.1), (0.3, 0.1, 0.1, 0.1), (0.12, 0.6, 0.02, 0.02)]
    head = Region("Anna", (0.07, 0.05, 0.18, 0.2))  # overlaps little, but has the face's middle
    near = Region("Luca", (0.29, 0.1, 0.1, 0.1))
    large = Region("Pina", (0.0, 0.5, 0.4, 0.4))  # a far smaller face within is another's
    assert faces_in_regions([head, near, large], faces) == {0: 0, 1: 1}
    both = [Region("Anna", faces[0]), Region("Nina", (0.1, 0.1, 0.1, 0.11))]
    assert faces_in_regions(both, faces) == {0: 0}  # one face has one name
    turned = [Region(each.name, (0.8, 0.8, 0.1, 0.1), each.box) for each in (head, near)]
    assert faces_in_regions(turned, faces) == {0: 0, 1: 1}
    assert faces_in_regions([Region("Anna")], faces) == {} == faces_in_regions([head], [])


def test_a_new_photo_of_the_person(marked: Library, folder: Path) -> None:
    paint(folder / "altra.png", (246, 16, 26))
    marked.index()
    marked.faces.find()
    assert said(marked, "altra", folder) == (ATTACHED, "Rosa")
