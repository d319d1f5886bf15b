"""`tag --xmp --persone` writes corrections, and takes back the names that it wrote."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, FROM_FILE
from cercafoto.labels.sidecars.named_regions import PhotoPeople, merge_people
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.labels.sidecars.sidecar import plan
from cercafoto.photos import metadata
from cercafoto.photos.person import Region
from tests.conftest import Cli
from tests.faces.conftest import EACH, family, name_all, painted
from tests.faces.test_album import photos_with
from tests.faces.test_corrections import ids
from tests.faces.test_file_names import BESIDE, mark, said
from tests.photos.test_person_regions import lightroom, needs_exiftool, packet_with, region

__all__ = ["family", "painted"]  # fixtures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "foto"


def names(folder: Path, stem: str) -> dict[str, bool]:
    """Return name -> whether there is a region, in the sidecar of a photo."""
    for path in (folder / f"{stem}.xmp", folder / f"{stem}.png.xmp"):
        if path.exists():
            people = metadata.read_sidecar(path.read_bytes()).people
            return {person.name: person.box is not None for person in people}
    return {}


def write(cli: Cli, folder: Path, *more: str) -> str:
    code, _, said_ = cli("tag", "--xmp", "--persone", *more, folder)
    assert code == 0, said_
    return said_


def test_corrections_are_written_and_taken_back(family: Library, cli: Cli, folder: Path) -> None:
    mark(folder / "ugo0.png", "Bruno")  # another program's
    family.index()
    family.faces.find()
    name_all(family)
    write(cli, folder)
    assert names(folder, "rosa0") == {"rosa": True} and names(folder, "ugo1") == {"Bruno": True}
    assert names(folder, "ugo0") == {"Bruno": True}
    for is_indexed in (False, True):
        # The name of a face, and then of a person.
        family.faces.take_off(ids(family, "rosa0"))
        write(cli, folder)
        assert names(folder, "rosa0") == {} and names(folder, "rosa1") == {"rosa": True}
        family.faces.rename("rosa", "Zia Nina")
        family.faces.take_name_off("pina")
        write(cli, folder)
        assert names(folder, "rosa1") == {"Zia Nina": True} and names(folder, "pina0") == {}
        for _ in range(3):
            family.faces.undo()
        write(cli, folder)
        assert names(folder, "rosa0") == names(folder, "rosa1") == {"rosa": True}
        assert names(folder, "pina0") == {"pina": True}
        if not is_indexed:
            family.index()  # now the names come from the files too
            assert photos_with(family, "rosa") == [f"rosa{n}" for n in range(EACH)]


def test_a_name_of_another_program_is_corrected_only_if_somebody_said_so(
    family: Library, cli: Cli, folder: Path
) -> None:
    mark(folder / "ugo0.png", "Bruno", "Carla")
    mark(folder / "ugo1.png", "Bruno")
    mark(folder / "mare.png", "Dino", **BESIDE)
    family.index()
    family.faces.find()
    bruno = said(family, "ugo0", folder)
    family.faces.name(ids(family, "ugo0"), "Ugo")
    whole = {path.name: path.read_bytes() for path in folder.glob("*.xmp")}
    write(cli, folder, "--prova")
    assert {path.name: path.read_bytes() for path in folder.glob("*.xmp")} == whole
    write(cli, folder)
    assert bruno == (FROM_FILE, "Bruno")
    assert names(folder, "ugo0") == {"Carla": True, "Ugo": True}
    assert names(folder, "ugo1") == {"Bruno": True} and names(folder, "mare") == {"Dino": True}
    assert cli("tag", "--annulla")[0] == 0
    assert (folder / "ugo0.xmp").read_bytes() == whole["ugo0.xmp"]


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("action", ["another name", "taken off", "renamed"])
def test_a_name_of_another_program_comes_back_when_a_written_correction_is_undone(
    family: Library, cli: Cli, folder: Path, action: str, is_indexed: bool
) -> None:
    mark(folder / "ugo0.png", "Bruno")
    family.index()
    family.faces.find()
    if action == "another name":
        family.faces.name(ids(family, "ugo0"), "Ugo")
    elif action == "taken off":
        family.faces.take_off(ids(family, "ugo0"))
    else:
        family.faces.rename("Bruno", "Ugo")
    write(cli, folder)
    assert "Bruno" not in names(folder, "ugo0")
    if is_indexed:
        family.index()
    family.faces.undo()
    for _ in range(2):
        assert said(family, "ugo0", folder) == (CONFIRMED, "Bruno")
        mark(folder / "rosa0.png", "Rosa", **BESIDE)
        family.index()
        family.faces.find()
    write(cli, folder)
    assert names(folder, "ugo0") == {"Bruno": True}


def test_another_programs_later_name_counts_when_a_correction_is_undone(
    family: Library, cli: Cli, folder: Path
) -> None:
    mark(folder / "ugo0.png", "Bruno")
    family.index()
    family.faces.find()
    family.faces.name(ids(family, "ugo0"), "Ugo")
    write(cli, folder)
    mark(folder / "ugo0.png", "Bernardo")
    family.index()
    family.faces.undo()
    assert said(family, "ugo0", folder) == (FROM_FILE, "Bernardo")


def test_a_guess_that_was_written_is_still_a_guess(family: Library, cli: Cli, folder: Path) -> None:
    family.faces.find()
    family.faces.name(ids(family, "rosa0"), "rosa")
    assert said(family, "rosa1", folder) == (ATTACHED, "rosa")
    write(cli, folder)
    family.index()
    family.faces.find()
    assert said(family, "rosa0", folder) == (CONFIRMED, "rosa")
    assert said(family, "rosa1", folder) == (ATTACHED, "rosa")
    family.faces.undo()  # nobody has said anything
    assert family.photos.people() == []
    write(cli, folder)
    assert names(folder, "rosa0") == names(folder, "rosa1") == {}


@needs_exiftool
def test_exiftool_reads_a_sidecar_of_which_names_were_taken_back(tmp_path: Path) -> None:
    ada, gino = Region("Ada", (0.1, 0.2, 0.3, 0.4)), Region("Gino", (0.5, 0.2, 0.3, 0.4))
    both = merge_people(EMPTY, PhotoPeople((ada, gino), 400, 300, 1))
    for people, left in (((gino,), ["Gino"]), ((), [])):
        after = merge_people(both, PhotoPeople(people, 400, 300, 1))
        sidecar = tmp_path / "foto.xmp"
        sidecar.write_bytes(after)
        out = subprocess.run(
            ["exiftool", "-j", "-struct", "-validate", "-RegionInfo", "-RegionInfoMP",
             "-PersonInImage", sidecar],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        (read,) = json.loads(out)
        assert read["Validate"] == "OK" and read.get("PersonInImage", []) == left
        regions = read.get("RegionInfo", {}).get("RegionList", [])
        assert [each["Name"] for each in regions] == left
        assert merge_people(after, PhotoPeople(people, 400, 300, 1)) == after
        assert merge_people(after, PhotoPeople((ada, gino), 400, 300, 1)).count(b"Ada") == 4


def test_only_names_of_ours_and_corrected_ones_go() -> None:
    there = packet_with(lightroom(region("Zia Pina") + region("Luca", **BESIDE)))
    ada = Region("Ada", (0.1, 0.2, 0.3, 0.4))
    pina = Region("zia pina", (0.4, 0.3, 0.2, 0.2))
    ours = merge_people(there, PhotoPeople((pina, ada), 400, 300, 1))
    after = merge_people(ours, PhotoPeople((), 400, 300, 1))
    assert after.count(b"Ada") == 0 and region("Zia Pina").encode() in after
    denied = PhotoPeople((ada,), 400, 300, 1, frozenset(["zia pina"]))
    after = merge_people(there, denied)
    assert b"Zia Pina" not in after and b"Luca" in after
    assert [p.name for p in metadata.read_sidecar(after).people] == ["Luca", "Ada"]


def mark_as_digikam(photo: Path, name: str) -> None:
    """Write a region, and the keywords with which digiKam repeats its name."""
    mark(photo, name)
    sidecar = photo.with_suffix(".xmp")
    lists = {
        'dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"': name,
        'digiKam:TagsList xmlns:digiKam="http://www.digikam.org/ns/1.0/"': f"Persone/{name}",
        'lr:hierarchicalSubject xmlns:lr="http://ns.adobe.com/lightroom/1.0/"': f"Persone|{name}",
    }
    keywords = "".join(
        f"<{tag}><rdf:Bag><rdf:li>{text}</rdf:li></rdf:Bag></{tag.split()[0]}>"
        for tag, text in lists.items()
    )
    text = sidecar.read_text().replace("</rdf:Description>\n", f"{keywords}</rdf:Description>\n")
    sidecar.write_text(text)


def test_a_corrected_name_stays_in_keywords_of_others_and_does_not_come_back(
    family: Library, cli: Cli, folder: Path
) -> None:
    for stem in ("ugo0", "ugo1"):
        mark_as_digikam(folder / f"{stem}.png", "Bruno")
    family.index()
    family.faces.find()
    assert said(family, "ugo0", folder) == (FROM_FILE, "Bruno")
    family.faces.take_off(ids(family, "ugo0"))  # nobody else is in the photo
    told = write(cli, folder, "--prova")
    assert "Resta fra le parole chiave" in told and "«Bruno». Si toglie" in " ".join(told.split())
    assert write(cli, folder) == told.replace("da scrivere", "scritti")
    text = (folder / "ugo0.xmp").read_text()
    assert text.count("Bruno") == 4 and "Persone/Bruno" in text and names(folder, "ugo0") == {}
    assert names(folder, "ugo1") == {"Bruno": True}
    family.index()
    family.faces.find()
    assert "ugo0" not in photos_with(family, "bruno")
    assert "ugo0.png" not in cli("cerca", "--parola-chiave", "Bruno", "--percorsi")[1]
    assert "parole chiave" not in write(cli, folder)  # nothing changes any more
    family.faces.name(ids(family, "ugo0"), "Bruno")
    write(cli, folder)
    assert names(folder, "ugo0") == {"Bruno": True}
    assert "NomiCorretti" not in (folder / "ugo0.xmp").read_text()


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_name_that_was_a_keyword_before_stays_there(
    family: Library, cli: Cli, folder: Path, is_indexed: bool
) -> None:
    """cercafoto wrote who it is beside a keyword of another program, and takes back only that."""
    photo = folder / "rosa0.png"
    mark_as_digikam(photo, "rosa")
    sidecar = photo.with_suffix(".xmp")
    packet = merge_people(sidecar.read_bytes(), PhotoPeople((), 60, 40, 1, frozenset(["rosa"])))
    sidecar.write_bytes(packet.replace(b"NomiCorretti", b"Altro"))
    family.index()
    family.faces.find()
    family.faces.name(ids(family, "rosa0"), "rosa")
    write(cli, folder)
    assert names(folder, "rosa0") == {"rosa": True}
    if is_indexed:
        family.index()
        family.faces.find()
    family.faces.take_off(ids(family, "rosa0"))
    told = write(cli, folder)
    assert ("Resta fra le parole chiave" in told and "«rosa»" in told) is is_indexed
    assert names(folder, "rosa0") == {"rosa": False}  # the file says so
    assert b"Persone/rosa" in sidecar.read_bytes() and b"Regions" not in sidecar.read_bytes()


def test_no_sidecar_is_made_for_a_corrected_name_alone(tmp_path: Path) -> None:
    photo = tmp_path / "foto.png"
    photo.write_bytes(b"")
    nobody = PhotoPeople((), 400, 300, 1, frozenset(["anna"]))
    assert plan(os.fsencode(photo), {}, people=nobody) is None
