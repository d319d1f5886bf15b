"""Names stored in people's files: indexed, searched, listed, hidden, and written back."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.labels.sidecars.named_regions import PhotoPeople, merge_people
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.photos import metadata
from cercafoto.photos.person import Region
from cercafoto.photos.xmp import PacketError
from cercafoto.question.filters.with_people import PEOPLE
from tests.conftest import Cli
from tests.photos.test_person_regions import INI, lightroom, needs_exiftool, packet_with, region


@pytest.fixture
def family(cli: Cli, tmp_path: Path) -> Path:
    """Return an indexed folder with the names of several programs; one photo lies on its side."""
    folder = tmp_path / "Foto"
    folder.mkdir()
    for number, name in enumerate(("mare", "IMG_1", "sala", "festa")):
        exif = Image.Exif()
        exif[0x0112] = 6 if name == "sala" else 1
        colour = (40 * number, 200 - 40 * number, 90)
        Image.new("RGB", (400, 300), colour).save(folder / f"{name}.jpg", exif=exif)
    for name, person in (("mare", "Zia Pina"), ("sala", "zia pina")):
        (folder / f"{name}.xmp").write_bytes(packet_with(lightroom(region(person))))
    (folder / ".picasa.ini").write_bytes(INI)
    (folder / "festa.jpg.json").write_text('{"people": [{"name": "Luca"}]}')
    (folder / "Zia Pina al lago").mkdir()
    Image.new("RGB", (400, 300), (7, 7, 7)).save(folder / "Zia Pina al lago" / "lago.jpg")
    assert cli("index", folder)[0] == 0
    return folder


def found(cli: Cli, *question: str) -> set[str]:
    code, out, err = cli("cerca", *question, "--json", "-n", "99")
    assert code == 0, err
    return {Path(hit["path"]).stem for hit in json.loads(out)["hits"]}


def test_a_person_is_found_counted_and_hidden(
    cli: Cli, family: Path, settings: Settings, library: Library
) -> None:
    # A person is found and left out.
    assert found(cli, "--persona", "zia pina") == {"mare", "sala"}
    assert found(cli, "zia pina") == {"mare", "sala", "lago"}  # the folder says it too
    assert found(cli, "con", "Anna") == {"IMG_1"}
    assert found(cli, "senza zia Pina") == {"IMG_1", "festa", "lago"}
    assert found(cli, "zia Pina o Luca senza Anna") == {"mare", "sala", "festa"}
    assert found(cli, "--persona", "Luca", "--persona", "Anna") == set()
    code, _, told = cli("cerca", "--persona", "zia pinna")
    assert code == 2 and "Forse intendevi «Zia Pina». Tutte: cercafoto persone\n" in told
    assert cli("cerca", "--persona", "Vattelapesca")[2].endswith("\nTutte: cercafoto persone\n")
    # Names are counted and completed.
    assert json.loads(cli("persone", "--json")[1]) == [
        {"name": "Zia Pina", "photos": 2},
        {"name": "Anna Rossi", "photos": 1},
        {"name": "Luca", "photos": 1},
    ]
    from cercafoto.indexing.completion_names import names_of

    assert names_of(settings, "person") == ["Anna Rossi", "Luca", "Zia Pina"]
    (hit,) = json.loads(cli("cerca", "--persona", "Anna", "--json")[1])["hits"]
    assert hit["people"] == [{"name": "Anna Rossi", "box": [0.24811, 0.35857, 0.10054, 0.16107]}]
    # Names may be hidden.
    hidden = Library(replace(settings, people=False))
    assert hidden.photos.people() == [] and len(library.photos.people()) == 3
    assert hidden.photos.facets(None).of(PEOPLE) == ()
    assert len(library.photos.facets(None).of(PEOPLE)) == 3
    (hit,) = library.search(library.parse(Question(("Luca",)))).hits
    seen, unseen = library.photos.detail(hit.photo_id), hidden.photos.detail(hit.photo_id)
    assert seen is not None and unseen is not None
    assert ([each.name for each in seen.people], unseen.people) == (["Luca"], ())
    # Names are not published.
    with Catalog.open(settings.catalog) as catalog:
        photos = catalog.publishing.whole_photos(b"", 99, 1)
        assert any("Zia Pina" in (facts or "") for (facts,) in catalog.rows(
            "SELECT sidecar_facts FROM photos"
        ))  # fmt: skip
    stored = [text for photo in photos for text in (photo.facts, photo.sidecar_facts) if text]
    assert stored and not any("Pina" in text or "Luca" in text for text in stored)


def test_names_are_learnt_again(cli: Cli, family: Path, settings: Settings) -> None:
    # An archive of a version before learns the names.
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        catalog.execute("DELETE FROM people")
        catalog.execute("UPDATE photos SET facts_version = 3")
        catalog.execute("UPDATE contents SET facts_version = 2")
    assert json.loads(cli("persone", "--json")[1]) == []
    assert cli("index")[0] == 0
    assert len(json.loads(cli("persone", "--json")[1])) == 3
    # Damaged names are noticed and read again.
    with Catalog.create(settings.catalog) as catalog:
        catalog.execute("DROP TRIGGER people_changed")
        catalog.execute("UPDATE people SET name = 'Luigi' WHERE name = 'Luca'")
    assert cli("persone")[0] == 1
    assert cli("controlla", "--ripara")[0] == 0
    assert cli("index")[0] == 0
    assert "Luca" in cli("persone")[1]
    # Who is gone from the files is gone.
    (family / "festa.jpg.json").write_text('{"people": []}, ' * 3)
    (family / "sala.xmp").unlink()
    assert cli("index")[0] == 0
    assert {row["name"]: row["photos"] for row in json.loads(cli("persone", "--json")[1])} == {
        "Zia Pina": 1,
        "Anna Rossi": 1,
    }
    (family / "mare.jpg").unlink()
    assert cli("index")[0] == cli("pulisci", "--conferma")[0] == 0
    assert json.loads(cli("persone", "--json")[1]) == [{"name": "Anna Rossi", "photos": 1}]


# -- written back ------------------------------------------------------------------------------


def test_people_are_written_read_back_and_undone(cli: Cli, family: Path) -> None:
    before = {path: path.read_bytes() for path in family.rglob("*.*") if path.is_file()}
    code, out, err = cli("tag", "--xmp", "--persone", "--prova")
    assert (code, "4 da scrivere" in err) == (0, True)
    assert "+     <rdf:li>Anna Rossi</rdf:li>" in out
    assert cli("tag", "--xmp", "--persone")[0] == 0
    assert "4 già a posto" in cli("tag", "--xmp", "--persone")[2]
    assert {path.name for path in family.glob("*.xmp")} == {
        "mare.xmp", "sala.xmp", "IMG_1.jpg.xmp", "festa.jpg.xmp",
    }  # fmt: skip
    (anna,) = metadata.read_sidecar((family / "IMG_1.jpg.xmp").read_bytes()).people
    assert anna.name == "Anna Rossi"
    assert anna.box == pytest.approx((0.24811, 0.35857, 0.10054, 0.16107), abs=2e-5)
    pina = lightroom(region("Zia Pina"))
    assert pina in (family / "mare.xmp").read_text("utf-8")
    (family / ".picasa.ini").unlink()
    assert cli("index")[0] == 0
    assert "Anna Rossi" in cli("persone")[1]  # now from the sidecar
    code, out, _ = cli("tag", "--annulla")
    assert code == 0 and "tag --xmp --persone" in out
    assert {p: p.read_bytes() for p in family.rglob("*.*") if p.is_file()} == {
        path: content for path, content in before.items() if path.name != ".picasa.ini"
    }
    for line in (["--persone"], ["--xmp", "--persone", "--aggiungi", "x", family]):
        code, _, err = cli("tag", *line)
        assert code == 2 and "--persone va insieme a --xmp" in err


ADA = Region("Ada <Neri>", (0.1, 0.2, 0.3, 0.4))


@needs_exiftool
@pytest.mark.parametrize("orientation", [6, 3])
def test_exiftool_reads_what_was_written(tmp_path: Path, orientation: int) -> None:
    """As digiKam and Lightroom write it: the centre of a face, in the stored picture."""
    people = PhotoPeople((ADA, Region("Gino")), 400, 300, orientation)
    sidecar = tmp_path / "foto.xmp"
    sidecar.write_bytes(merge_people(EMPTY, people))
    out = subprocess.run(
        ["exiftool", "-j", "-struct", "-validate", "-RegionInfo", "-RegionInfoMP",
         "-PersonInImage", sidecar],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    (read,) = json.loads(out)
    assert read["PersonInImage"] == ["Ada <Neri>", "Gino"] and read["Validate"] == "OK"
    info = read["RegionInfo"]
    assert info["AppliedToDimensions"] == {"W": 400, "H": 300, "Unit": "pixel"}
    (ada,) = info["RegionList"]
    x, y, w, h = {6: (0.2, 0.6, 0.4, 0.3), 3: (0.6, 0.4, 0.3, 0.4)}[orientation]
    assert (ada["Name"], ada["Type"]) == ("Ada <Neri>", "Face")
    assert [ada["Area"][side] for side in "XYWH"] == pytest.approx([x + w / 2, y + h / 2, w, h])
    (ada,) = read["RegionInfoMP"]["Regions"]
    assert ada["Rectangle"] == f"{x:g}, {y:g}, {w:g}, {h:g}"


def names_in(packet: bytes) -> list[str]:
    return [person.name for person in metadata.read_sidecar(packet).people]


def test_nothing_that_stood_there_is_lost() -> None:
    pet = region("Fido").replace("Face", "Pet")
    there = lightroom(region("Zia Pina") + region("") + pet)
    listed = "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Gino</rdf:li></rdf:Bag>"
    packet = packet_with(f"{there}{listed}</Iptc4xmpExt:PersonInImage>")
    people = (Region("ZIA PINA", (0, 0, 0.1, 0.1)), ADA, Region("gino"))
    after = merge_people(packet, PhotoPeople(people, 4000, 3000, 1))
    for piece in (region("Zia Pina"), region(""), pet, "<rdf:li>Gino</rdf:li>"):
        assert piece.encode() in after
    assert names_in(after) == ["Zia Pina", "Ada <Neri>", "Gino"]
    assert after.count(b"Ada") == 4  # a name, a region of each kind, and that they are ours
    assert merge_people(after, PhotoPeople(people, 4000, 3000, 1)) == after


def test_boxes_do_not_join_those_of_a_cropped_picture() -> None:
    packet = packet_with(lightroom(region("Zia Pina")))
    after = merge_people(packet, PhotoPeople((ADA,), 300, 300, 1))
    assert after.count(b"mwg-rs:Name") == 1 and "Ada <Neri>" in names_in(after)
    # The region was drawn on the upright picture: cercafoto writes its regions the same way.
    after = merge_people(packet, PhotoPeople((ADA,), 300, 400, 6))
    assert b'stArea:x="0.25" stArea:y="0.4"' in after


@pytest.mark.parametrize(
    "inside",
    [
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag/>'
        "</mwg-rs:RegionList></mwg-rs:Regions>",
        '<mwg-rs:Regions rdf:parseType="Resource"/>',
        lightroom("") * 2,
    ],
)
def test_a_sidecar_that_cannot_be_completed_stays(inside: str) -> None:
    with pytest.raises(PacketError):
        merge_people(packet_with(inside), PhotoPeople((ADA,), 400, 300, 1))
