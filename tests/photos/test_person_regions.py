"""People in metadata: the regions and names that each program writes, and regions that are no
person.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from cercafoto.photos import metadata, side_files
from cercafoto.photos.decoding.picture import describe_source
from cercafoto.photos.decoding.source import Source
from cercafoto.photos.facts import Facts, combined, nameless
from cercafoto.photos.person import MOST_PEOPLE, Person, turned, upright_box
from cercafoto.photos.scan import Walk

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed"
)
MWG = (
    "-RegionInfo={AppliedToDimensions={W=400,H=300,Unit=pixel},RegionList=["
    "{Area={X=0.5,Y=0.4,W=0.2,H=0.2,Unit=normalized},Name=Zia Pina,Type=Face},"
    "{Area={X=0.2,Y=0.2,W=0.1,H=0.1,Unit=normalized},Name=Fido,Type=Pet},"
    "{Area={X=0.7,Y=0.2,W=0.1,H=0.1,Unit=normalized},Type=Face}]}"
)
PINA = Person("Zia Pina", (0.4, 0.3, 0.2, 0.2), (400, 300))


WRITTEN: list[tuple[list[str], tuple[Person, ...]]] = [
    ([MWG], (PINA,)),
    (
        ["-RegionInfoMP={Regions=[{PersonDisplayName=Anna,Rectangle=0.1|, 0.2|, 0.3|, 0.4},"
         "{Rectangle=0.5|, 0.2|, 0.3|, 0.4}]}"],
        (Person("Anna", (0.1, 0.2, 0.3, 0.4)),),
    ),
    (
        ["-ImageRegion=[{PersonInImage=[Bruno],RegionBoundary={RbShape=rectangle,"
         "RbUnit=relative,RbX=0.1,RbY=0.2,RbW=0.3,RbH=0.4}},{PersonInImage=[Ada,Eva],"
         "RegionBoundary={RbShape=rectangle,RbUnit=relative,RbX=0,RbY=0,RbW=1,RbH=1}}]"],
        (Person("Bruno", (0.1, 0.2, 0.3, 0.4)), Person("Ada"), Person("Eva")),
    ),
    (["-PersonInImage=Gino", "-PersonInImage=gino"], (Person("Gino"),)),
    (
        ["-XMP-digiKam:TagsList=Persone/Famiglia/Luca", "-XMP-digiKam:TagsList=Luoghi/Roma",
         "-XMP-digiKam:TagsList=People/Unknown", "-XMP-digiKam:TagsList=Persone"],
        (Person("Luca"),),
    ),
    (["-XMP-lr:HierarchicalSubject=Persone|Luca"], (Person("Luca"),)),
    ([MWG, "-PersonInImage=zia pina", "-PersonInImage=Gino"], (PINA, Person("Gino"))),
]  # fmt: skip


@needs_exiftool
def test_what_programs_write(tmp_path: Path) -> None:
    """MWG, Microsoft, IPTC, PersonInImage, digiKam, Lightroom's keywords, and two of them."""
    photos = [tmp_path / f"{number}.jpg" for number in range(len(WRITTEN))]
    command: list[str | Path] = ["exiftool"]
    for photo, (tags, _) in zip(photos, WRITTEN, strict=True):
        Image.new("RGB", (400, 300), "red").save(photo)
        command += ["-q", "-overwrite_original", *tags, photo, "-execute"]
    subprocess.run(command[:-1], check=True)
    for photo, (_, people) in zip(photos, WRITTEN, strict=True):
        with photo.open("rb") as stream:
            source = Source(stream, photo.stat().st_size, os.fsencode(photo), photo.name)
            assert describe_source(source).people == people


def packet_with(inside: str) -> bytes:
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
        xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
        xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{inside}</rdf:Description>
        </rdf:RDF></x:xmpmeta>""".encode()


def sidecar(inside: str) -> Facts:
    return metadata.read_sidecar(packet_with(inside))


def lightroom(regions: str) -> str:
    return (
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="400" '
        'stDim:h="300" stDim:unit="pixel"/><mwg-rs:RegionList><rdf:Bag>'
        f"{regions}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


def region(name: str, **area: str) -> str:
    sides = {"h": "0.2", "w": "0.2", "x": "0.5", "y": "0.4"} | area
    said = " ".join(f'stArea:{side}="{number}"' for side, number in sides.items())
    return (
        f'<rdf:li><rdf:Description mwg-rs:Rotation="0.0" mwg-rs:Name="{name}" '
        f'mwg-rs:Type="Face"><mwg-rs:Area {said}/></rdf:Description></rdf:li>'
    )


def test_lightroom_writes_attributes() -> None:
    assert sidecar(lightroom(region("Zia Pina"))).people == (PINA,)


def test_windows_writes_attributes() -> None:
    region = (
        '<rdf:li><rdf:Description MPReg:Rectangle="0.1, 0.2, 0.3, 0.4" '
        'MPReg:PersonDisplayName="Anna"/></rdf:li>'
    )
    space = "http://ns.microsoft.com/photo/1.2/"
    found = sidecar(
        f'<MP:RegionInfo xmlns:MP="{space}"><rdf:Description xmlns:MPRI="{space}t/RegionInfo#" '
        f'xmlns:MPReg="{space}t/Region#"><MPRI:Regions><rdf:Bag>{region}</rdf:Bag></MPRI:Regions>'
        "</rdf:Description></MP:RegionInfo>"
    )
    assert found.people == (Person("Anna", (0.1, 0.2, 0.3, 0.4)),)


@pytest.mark.parametrize(
    ("area", "box"),
    [
        ({"x": "nan"}, None),
        ({"x": "9"}, None),
        ({"w": "-1"}, None),
        ({"w": "1e308", "x": "1e308"}, None),
        ({"unit": "pixel"}, None),
        ({"x": "0.05"}, (0.0, 0.3, 0.15, 0.2)),
    ],
)
def test_a_box_that_cannot_be_leaves_the_name(
    area: dict[str, str], box: tuple[float, ...] | None
) -> None:
    (person,) = sidecar(lightroom(region("Ada", **area))).people
    assert (person.name, person.box) == ("Ada", box)


def test_names_are_counted_and_cleaned() -> None:
    many = "".join(region(f"Ospite {number}") for number in range(5000))
    assert len(sidecar(lightroom(many)).people) == MOST_PEOPLE
    odd = region("x" * 500) + region("  ") + region("Ada&#10;Neri")
    assert [person.name for person in sidecar(lightroom(odd)).people] == ["Ada Neri"]


def bag(name: str, *words: str) -> str:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" '
        'xmlns:digiKam="http://www.digikam.org/ns/1.0/" '
        'xmlns:cercafoto="https://cercafoto.invalid/ns/1.0/"'
    )
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<{name} {spaces}><rdf:Bag>{items}</rdf:Bag></{name}>"


def test_a_name_is_no_keyword() -> None:
    def read(*inside: str) -> tuple[list[str], tuple[str, ...]]:
        facts = sidecar("".join(inside))
        return [person.name for person in facts.people], facts.keywords

    listed = bag("Iptc4xmpExt:PersonInImage", "Niccolò Sala")
    assert read(listed) == (["Niccolò Sala"], ())
    # As another program wrote it again; a first name and a surname are words of their own.
    words = bag("dc:subject", "niccolo sala", "Niccolò", "sala", "torta")
    assert read(listed, words) == (["Niccolò Sala"], ("Niccolò", "sala", "torta"))
    tags = bag("digiKam:TagsList", "Persone/Sala", "People/Unknown", "Luoghi/Sala rossa")
    assert read(tags, bag("dc:subject", "Sala", "AC/DC")) == (["Sala"], ("AC/DC", "Sala rossa"))
    assert read(bag("dc:subject", "People|Ada", "persone/amici/Eva")) == (["Ada", "Eva"], ())
    # A label that `tag --xmp` wrote is nobody's name.
    labels = bag("cercafoto:Etichette", "mie.txt|persone|sposa")
    assert read(bag("lr:hierarchicalSubject", "persone|sposa"), labels) == ([], ())
    # More names than are kept.
    many = [f"Ospite {number}" for number in range(MOST_PEOPLE + 100)]
    found, keywords = read(bag("Iptc4xmpExt:PersonInImage", *many),
                           bag("dc:subject", *many, "torta"))  # fmt: skip
    assert (len(found), keywords) == (MOST_PEOPLE, ("torta",))


# -- the frame of a box ------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_turned_as_its_picture_is(orientation: int) -> None:
    """The box around a marked pixel lies around it in the picture that Pillow turns upright."""
    picture = Image.new("RGB", (8, 4))
    picture.putpixel((1, 3), (255, 255, 255))
    picture.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(picture)
    box = turned((1 / 8, 3 / 4, 1 / 8, 1 / 4), orientation)
    x, y = round(box[0] * upright.width), round(box[1] * upright.height)
    assert upright.getpixel((x, y)) == (255, 255, 255)
    assert turned(box, orientation, back=True) == pytest.approx((1 / 8, 3 / 4, 1 / 8, 1 / 4))


def test_a_box_of_another_shape_is_left_out() -> None:
    box = (0.1, 0.2, 0.3, 0.4)
    ada = Person("Ada", box, (400, 300))
    assert upright_box(ada, 4000, 3000, 1) == box
    assert upright_box(ada, 3000, 3000, 1) is None  # cropped
    assert upright_box(ada, 3000, 4000, 6) == turned(box, 6)
    # Drawn on the upright picture, as some programs do.
    assert upright_box(ada._replace(drawn_on=(300, 400)), 3000, 4000, 6) == box
    assert upright_box(Person("Ada", box), 3000, 4000, 6) == turned(box, 6)


def test_the_sidecar_comes_first_and_no_box_is_lost() -> None:
    embedded = Facts(people=(PINA, Person("Gino")))
    beside = Facts(people=(Person("zia pina"), Person("Ada")))
    assert combined(embedded, beside).people == (
        PINA._replace(name="zia pina"), Person("Ada"), Person("Gino"),
    )  # fmt: skip
    again = Facts.from_json(embedded.to_json())
    assert again == embedded
    # A name of either is a keyword of neither.
    words = Facts(keywords=("Ada", "ADA", "torta"))
    assert combined(words, beside).keywords == ("torta",)
    assert combined(beside, words).keywords == ("torta",)
    assert nameless(words.to_json(), beside.to_json()) == (Facts(keywords=("torta",)), beside)


# -- files beside the photos -------------------------------------------------------------------

INI = b"""[Picasa]
name=Mare
[Contacts2]
8e62398ebda8c1a5=Anna Rossi;;
d73=Luca;;
[IMG_1.jpg]
faces=rect64(3f845bcb59418507),8e62398ebda8c1a5;rect64(1000200030004000),ffffffffffffffff
backuphash=1
[img[2].jpg]
faces=rect64(80010000ffff),d73;rect64(3f845bcb59418507),abc
"""


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_picasa(ends: bytes) -> None:
    content = INI.replace(b"\n", ends)
    (anna,) = side_files.people_in(b".picasa.ini", content, b"IMG_1.jpg")
    assert anna.name == "Anna Rossi"
    assert anna.box == pytest.approx((0.2481, 0.3586, 0.1005, 0.1611), abs=1e-4)
    (luca,) = side_files.people_in(b".picasa.ini", content, b"img[2].jpg")
    assert luca.box == pytest.approx((0, 0.5, 1e-5, 0.5), abs=1e-4) or luca.box is None
    assert side_files.people_in(b".picasa.ini", content, b"altra.jpg") == ()
    (again,) = side_files.people_in(b".picasa.ini", content + content, b"img_1.JPG")
    assert again == anna  # in any case, and the first of two sections


@pytest.mark.parametrize(
    "content", [b"", b"[", b"{}", b"[1]", b'{"people": 3}', b'{"people": [{}]}', b"\xff" * 99,
                b"[" * 100_000]
)  # fmt: skip
@pytest.mark.parametrize("name", [b"a.jpg.json", b".picasa.ini"])
def test_a_damaged_side_file_names_nobody(content: bytes, name: bytes) -> None:
    assert side_files.people_in(name, content, b"a.jpg") == ()


LONG = "Una giornata lunghissima al mare con tutta la famiglia.jpg"


@pytest.mark.parametrize(
    ("photo", "beside"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("PXL_20240101_101010101.jpg", "PXL_20240101_101010101.jpg.supplemental-metada.json"),
        (LONG, f"{LONG[:46]}.json"),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json"),
        ("IMG_1-modificato.jpg", "IMG_1.jpg.json"),
        ("IMG_1-edited(2).jpg", "IMG_1.jpg(2).json"),
    ],
)
def test_the_file_of_takeout_is_found(tmp_path: Path, photo: str, beside: str) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / photo)
    (tmp_path / "altro.json").write_text("{}")
    (alone,) = Walk(os.fsencode(tmp_path))
    assert alone.sidecar is None
    (tmp_path / beside).write_text(json.dumps({"people": [{"name": "Anna"}, {"name": "Luca"}]}))
    for start in (tmp_path, tmp_path / photo):
        (found,) = Walk(os.fsencode(start))
        assert found.sidecar is not None
        assert (found.sidecar.path, found.sidecar.others) == (
            b"", (os.fsencode(tmp_path / beside),)
        )  # fmt: skip
    content = (tmp_path / beside).read_bytes()
    assert side_files.people_in(os.fsencode(beside), content, os.fsencode(photo)) == (
        Person("Anna"), Person("Luca"),
    )  # fmt: skip
