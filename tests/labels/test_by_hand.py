"""Test labels that the person gives and removes, and removing the labels of a label file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.labels.by_hand import LabelChange
from cercafoto.labels.label_file import Label
from tests.conftest import PAINT, paint
from tests.support.labelled_archive import labelled, rows


@pytest.fixture
def indexed(library: Library, photos: Path) -> Path:
    """Return an indexed folder with photos of five colours, and one more in a folder below."""
    paint(photos / "sotto" / "nero.png", (5, 5, 5))
    library.index([photos])
    return photos


def test_a_folder_stands_for_every_photo_under_it(library: Library, indexed: Path) -> None:
    report = library.labels.give([indexed / "sotto", indexed / "blu.png"], ["zia Pina"])
    assert report.added == (LabelChange("zia Pina", 2, 0),)
    assert sorted(labelled(library, "zia Pina")) == ["blu.png", "nero.png"]
    report = library.labels.give([indexed], ["zia Pina", "gita"])
    assert report.added == (LabelChange("zia Pina", 4, 2), LabelChange("gita", 6, 0))
    report = library.labels.give([indexed / "sotto"], remove=["zia Pina"])
    assert report.removed == (LabelChange("zia Pina", 1, 0),)
    assert len(labelled(library, "zia Pina")) == 5


def test_capitals_and_accents_make_no_second_label(library: Library, indexed: Path) -> None:
    library.labels.give([indexed / "blu.png"], ["Zia  Pinà"])
    report = library.labels.give([indexed], ["zia pina", "ZIA PINA"])
    assert report.added == (LabelChange("Zia Pinà", 5, 1),)
    assert library.status().labels == (("Zia Pinà", 6),)
    library.labels.give_one(os.fsencode(indexed / "blu.png"), remove=["zia pina"])
    assert library.status().labels == (("Zia Pinà", 5),)


def test_a_label_of_a_label_file_is_the_same_label(library: Library, indexed: Path) -> None:
    library.labels.tag([Label("rosso"), Label("blu")], "/e.txt")
    report = library.labels.give([indexed], ["Rosso"])
    assert report.added == (LabelChange("rosso", 5, 1),)
    report = library.labels.give([indexed / "blu.png"], remove=["BLU"])
    assert report.removed == (LabelChange("blu", 1, 0),)
    assert library.status().labels == (("rosso", 6),)


def test_variants_of_one_label_are_removed_together(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.tag([Label("rosso")], "/e.txt")
    library.labels.tag([Label("Rosso", ("rosso",))], "/f.txt")
    assert {name for name, _ in library.status().labels} == {"rosso", "Rosso"}
    library.labels.give([indexed], ["Rosso"])
    assert dict(library.status().labels) == {"rosso": 1, "Rosso": 6}
    library.labels.give([indexed], remove=["rosso"])
    assert rows(settings, "SELECT * FROM tags") == []


def test_a_rehearsal_changes_nothing(library: Library, settings: Settings, indexed: Path) -> None:
    before = settings.catalog.read_bytes()
    report = library.labels.give([indexed], ["mare"], rehearsal=True)
    assert (report.rehearsal, report.added) == (True, (LabelChange("mare", 6, 0),))
    assert settings.catalog.read_bytes() == before


def test_a_copy_bears_what_its_content_bears(library: Library, indexed: Path) -> None:
    shutil.copy(indexed / "blu.png", indexed / "sotto" / "copia.png")
    library.index()
    library.labels.give([indexed / "sotto" / "copia.png"], ["mare"])
    assert library.labels.give([indexed / "blu.png"], ["mare"]).added[0].photos == 0


def test_impossible_labels_are_refused(library: Library, settings: Settings, indexed: Path) -> None:
    library.labels.give([indexed / "blu.png"], ["zia Pina"])
    before = rows(settings, "SELECT * FROM tags")
    stranger = indexed.parent / "altrove.png"
    with pytest.raises(UsageError, match=r"altrove.png: non è nell'archivio") as raised:
        library.labels.give([stranger], ["mare"])
    assert "cercafoto index" in raised.value.hint
    with pytest.raises(UsageError, match="«zia Pinna»") as raised:
        library.labels.give([indexed], ["mare"], ["zia Pinna"])
    assert raised.value.hint == "Forse intendevi: zia Pina."
    with pytest.raises(UsageError, match="dare e togliere insieme"):
        library.labels.give([indexed], ["zia pina"], ["Zia Pina"])
    with pytest.raises(UsageError, match="L'etichetta è vuota"):
        library.labels.give([indexed], ["mare", " "])
    assert rows(settings, "SELECT * FROM tags") == before
    report = library.labels.give([indexed / "blu.png", stranger], ["mare"])
    assert (report.unknown, report.added[0].photos) == ((os.fsencode(stranger),), 1)


def test_without_an_archive_none_is_made(library: Library, settings: Settings) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        library.labels.give([Path("x.jpg")], ["mare"])
    assert not settings.archive.exists()


# -- taken back --------------------------------------------------------------------------------


def test_the_labels_of_a_file_are_taken_back_and_no_others(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.tag([Label(colour) for colour in PAINT], "/mie/e.txt")
    library.labels.tag([Label("rosso")], "/altre/f.txt")
    library.labels.give([indexed / "blu.png"], ["blu"])
    before = settings.catalog.read_bytes()
    report = library.labels.forget_file(Path("/mie/e.txt"), rehearsal=True)
    assert (report.rehearsal, report.photos, len(report.labels)) == (True, 4, 4)
    assert settings.catalog.read_bytes() == before
    report = library.labels.forget_file(Path("e.txt"))
    assert (report.label_file, report.photos) == ("/mie/e.txt", 4)
    assert dict(report.labels) == dict.fromkeys(["rosso", "verde", "blu", "giallo"], 1)
    assert rows(settings, "SELECT label, label_file FROM tags ORDER BY label") == [
        ("blu", "a mano"),
        ("rosso", "/altre/f.txt"),
    ]
    with pytest.raises(UsageError, match="Nessuna foto ha etichette date da") as raised:
        library.labels.forget_file(Path("e.txt"))
    assert raised.value.hint == "Ne hanno date: /altre/f.txt."
    with pytest.raises(UsageError):
        library.labels.forget_file(Path("a mano"))


def test_copies_and_photos_that_are_gone_count_as_one_sees_them(
    library: Library, settings: Settings, indexed: Path
) -> None:
    shutil.copy(indexed / "rosso.png", indexed / "copia.png")
    library.index()
    library.labels.tag([Label("rosso"), Label("blu")], "/e.txt")
    (indexed / "blu.png").unlink()
    library.index()
    report = library.labels.forget_file(Path("/e.txt"))
    assert (report.labels, report.photos) == ((("rosso", 2), ("blu", 0)), 2)
    assert rows(settings, "SELECT * FROM tags") == []


def test_photos_no_longer_wait_for_a_forgotten_file(library: Library, indexed: Path) -> None:
    library.labels.tag([Label("rosso")], "/e.txt")
    paint(indexed / "rosso.png", (240, 30, 30), size=(20, 20))
    library.index()
    assert library.status().stale_labels == (("/e.txt", 1),)
    library.labels.forget_file(Path("/e.txt"))
    assert library.status().stale_labels == ()


def test_a_name_that_two_files_have_is_not_enough(library: Library, indexed: Path) -> None:
    library.labels.tag([Label("rosso")], "/a/e.txt")
    library.labels.tag([Label("blu")], "/b/e.txt")
    with pytest.raises(UsageError, match="Più file di etichette si chiamano") as raised:
        library.labels.forget_file(Path("e.txt"))
    assert raised.value.hint == "Ne hanno date: /a/e.txt, /b/e.txt."
    assert library.labels.forget_file(Path("/b/e.txt")).labels == (("blu", 1),)
