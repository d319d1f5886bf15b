"""What happens to photos over time: moved, copied, edited, deleted, brought back."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from cercafoto import Library, Query, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.errors import PassingImageError
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.labels.label_file import Label
from tests.conftest import PAINT, names, paint
from tests.support.labelled_archive import labelled, rows
from tests.support.recorder import Recorder

# -- moved -------------------------------------------------------------------------------------


def test_a_moved_photo_keeps_row_vector_and_labels(
    library: Library, settings: Settings, tagged: Path
) -> None:
    before = rows(
        settings, "SELECT id, content_id FROM photos WHERE CAST(path AS TEXT) LIKE '%rosso.png'"
    )
    (tagged / "sotto").mkdir()
    (tagged / "rosso.png").rename(tagged / "sotto" / "altra.png")
    paint(tagged / "verde.png", (1, 2, 3), size=(9, 9))  # an edit elsewhere in the same run
    report = library.index()
    assert (report.moved, report.changed, report.new, report.missing) == (1, 1, 0, 0)
    assert (report.embedded, report.recognised) == (1, 1)
    assert len(before) == 1
    after = rows(
        settings, "SELECT id, content_id FROM photos WHERE CAST(path AS TEXT) LIKE '%altra.png'"
    )
    assert after == before
    assert labelled(library, "rosso") == ["altra.png"]
    assert rows(settings, "SELECT count(*) FROM photos") == [(5,)]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_move_from_one_root_to_another(
    library: Library, settings: Settings, tagged: Path, at_once: bool
) -> None:
    other = tagged.parent / "b"
    paint(other / "x.png", (7, 7, 7))
    library.index([other])
    (tagged / "rosso.png").rename(other / "rosso.png")
    if at_once:
        report = library.index()
    else:  # the old root first, by itself: missing there, then found here
        assert library.index([tagged]).missing == 1
        report = library.index([other])
    assert (report.moved, report.new, report.missing, report.embedded) == (1, 0, 0, 0)
    assert labelled(library, "rosso") == ["rosso.png"]
    assert rows(settings, "SELECT count(*) FROM photos WHERE state <> 'ok'") == [(0,)]
    assert library.index().unchanged == 6


def test_two_photos_that_swap_names_are_moved_not_edited(library: Library, tagged: Path) -> None:
    paint(tagged / "blu.png", PAINT["blu"], size=(50, 50))  # another size than rosso.png
    library.index()
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    (tagged / "blu.png").rename(tagged / "x")
    (tagged / "rosso.png").rename(tagged / "blu.png")
    (tagged / "x").rename(tagged / "rosso.png")
    report = library.index()
    assert (report.moved, report.changed, report.embedded, report.unchanged) == (2, 0, 0, 3)
    assert report.stale_labels == 0
    assert labelled(library, "rosso") == ["blu.png"]
    assert labelled(library, "blu") == ["rosso.png"]


def test_a_photo_moved_over_another(library: Library, settings: Settings, tagged: Path) -> None:
    paint(tagged / "rosso.png", PAINT["rosso"], size=(50, 50))
    library.index()
    (tagged / "rosso.png").replace(tagged / "blu.png")
    report = library.index()
    assert (report.moved, report.changed, report.missing, report.embedded) == (1, 0, 0, 0)
    assert rows(settings, "SELECT count(*) FROM photos") == [(4,)]
    assert names(library, "rosso")[0] == "blu"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rosso.png", "ROSSO.PNG"),
        (unicodedata.normalize("NFC", "è.png"), unicodedata.normalize("NFD", "è.png")),
    ],
)
def test_a_rename_that_only_spells_otherwise(
    library: Library, photos: Path, old: str, new: str
) -> None:
    if old != "rosso.png":
        (photos / "rosso.png").rename(photos / old)
    library.index([photos])
    (photos / old).rename(photos / new)
    report = library.index()
    assert (report.moved, report.new, report.missing, report.embedded) == (1, 0, 0, 0)
    assert os.fsencode(photos / new) in [
        hit.path for hit in library.search(Query.parse(["rosso"])).hits
    ]


def test_a_renamed_folder_moves_all_in_it(library: Library, photos: Path) -> None:
    for i in range(40):
        paint(photos / "2019" / f"{i:02}.png", (6 * i, 100, 7))
    library.index([photos])
    (photos / "2019").rename(photos / "Estate 2019")
    report = library.index()
    assert (report.moved, report.unchanged, report.embedded) == (40, 5, 0)
    assert (report.new, report.missing) == (0, 0)


def test_an_interrupted_move_ends_as_if_it_had_not_been(
    library: Library, settings: Settings, photos: Path
) -> None:
    for i in range(40):
        paint(photos / "2019" / f"{i:02}.png", (6 * i, 100, 7))
    library.index([photos])
    ids = rows(settings, "SELECT id FROM photos ORDER BY id")
    (photos / "2019").rename(photos / "2020")
    for i in range(40):  # so that batches are written before the end
        paint(photos / "z" / f"{i:02}.png", (6 * i, 7, 100))

    def stop(done: int, total: int, name: str) -> None:
        if done == 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.index(reporter=Recorder(stop))
    report = library.index()
    assert (report.missing, report.moved, report.embedded) == (0, 0, report.new)
    assert rows(settings, "SELECT count(*) FROM photos WHERE state <> 'ok'") == [(0,)]
    assert rows(settings, "SELECT id FROM photos ORDER BY id")[:45] == ids


def test_a_touched_file_is_unchanged(library: Library, tagged: Path) -> None:
    os.utime(tagged / "rosso.png", (1_500_000_000, 1_500_000_000))
    report = library.index()
    assert (report.unchanged, report.changed, report.embedded) == (5, 0, 0)
    assert labelled(library, "rosso") == ["rosso.png"]


# -- copied, linked ----------------------------------------------------------------------------


def test_copies_are_two_paths_and_one_embedding_even_side_by_side(
    library: Library, settings: Settings, photos: Path
) -> None:
    shutil.copy(photos / "rosso.png", photos / "rosso_copia.png")  # read in the same batch
    report = library.index([photos])
    assert (report.new, report.embedded) == (6, 5)
    shutil.copy(photos / "blu.png", photos / "altra copia.png")
    report = library.index()
    assert (report.new, report.moved, report.embedded, report.recognised) == (1, 0, 0, 1)
    assert rows(settings, "SELECT count(*) FROM vectors") == [(5,)]


def test_a_hard_link_is_one_photo_with_two_names(library: Library, photos: Path) -> None:
    (photos / "album").mkdir()
    os.link(photos / "rosso.png", photos / "album" / "copertina.png")
    report = library.index([photos])
    assert (report.new, report.embedded) == (6, 5)
    assert len(library.search(Query.parse(["rosso"])).hits) == 5
    assert names(library, "rosso", folders=(photos / "album",)) == ["copertina"]
    assert library.duplicates.find().groups == ()


def test_links_are_followed_once_asked_and_remembered(library: Library, photos: Path) -> None:
    outside = paint(photos.parent / "fuori" / "x.png", (5, 5, 5))
    (photos / "legata").symlink_to(outside.parent)
    (outside.parent / "giro").symlink_to(photos)
    assert library.index([photos]).new == 5
    report = library.index([photos], choices=FolderChoices(follow_links=True))
    assert (report.new, report.unchanged) == (1, 5)
    assert library.index().unchanged == 6
    # The disk behind the link is disconnected: nothing is marked as deleted, and the person is
    # told.
    outside.parent.rename(photos.parent / "staccata")
    report = library.index()
    assert (report.missing, report.complete, report.unchanged) == (0, False, 5)
    assert report.unreadable[0][0] == os.fsencode(photos / "legata")
    (photos.parent / "staccata").rename(outside.parent)
    assert library.index().unchanged == 6
    report = library.index([photos], choices=FolderChoices(follow_links=False))
    assert (report.excluded, report.missing, report.unchanged) == (1, 0, 5)
    assert library.index().unchanged == 5


# -- edited ------------------------------------------------------------------------------------


def test_an_edited_photo_waits_for_its_labels(library: Library, tagged: Path) -> None:
    library.labels.tag([Label("tinta", ("rosso", "blu"))], "/altre.txt")
    paint(tagged / "rosso.png", PAINT["blu"], size=(33, 33))
    report = library.index()
    assert (report.changed, report.embedded, report.stale_labels) == (1, 1, 1)
    assert labelled(library, "rosso") == []
    assert library.status().stale_labels == (("/altre.txt", 1), ("/e.txt", 1))
    # Edited once more before anyone labels it: still one photo, still both files.
    paint(tagged / "rosso.png", PAINT["blu"], size=(34, 34))
    assert library.index().stale_labels == 1
    assert library.status().stale_labels == (("/altre.txt", 1), ("/e.txt", 1))
    library.labels.tag([Label("blu")], "/e.txt", [tagged / "verde.png"])  # another photo
    assert len(library.status().stale_labels) == 2
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt", store=False)
    assert len(library.status().stale_labels) == 2
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    assert library.status().stale_labels == (("/altre.txt", 1),)
    assert sorted(labelled(library, "blu")) == ["blu.png", "rosso.png"]
    library.labels.tag([Label("tinta", ("rosso",))], "/altre.txt", [tagged / "rosso.png"])
    assert library.status().stale_labels == ()


def test_an_edited_photo_waits_for_its_labels_although_a_copy_is_read_first(
    library: Library, tagged: Path
) -> None:
    library.labels.give_one(os.fsencode(tagged / "rosso.png"), ["zia Pina"])
    paint(tagged / "a.png", PAINT["blu"], size=(33, 33))
    (tagged / "rosso.png").write_bytes((tagged / "a.png").read_bytes())
    assert library.index().stale_labels == 2  # the photo and its copy
    assert labelled(library, "zia Pina") == ["a.png"]


def test_an_edit_taken_back_finds_the_old_labels(library: Library, tagged: Path) -> None:
    saved = (tagged / "rosso.png").read_bytes()
    paint(tagged / "rosso.png", PAINT["blu"], size=(33, 33))
    library.index()
    (tagged / "rosso.png").write_bytes(saved)
    report = library.index()
    assert (report.embedded, report.stale_labels) == (0, 0)
    assert labelled(library, "rosso") == ["rosso.png"]


def test_an_edited_photo_without_labels_waits_for_none(library: Library, photos: Path) -> None:
    library.index([photos])
    paint(photos / "rosso.png", PAINT["blu"], size=(33, 33))
    assert library.index().stale_labels == 0


# -- gone --------------------------------------------------------------------------------------


def test_photos_beneath_a_folder_that_cannot_be_read_stay(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "chiusa" / "x.png", (9, 9, 9))
    library.index([photos])
    (photos / "rosso.png").unlink()
    real = os.scandir

    def scandir(path: bytes) -> object:
        if os.fsencode(path).endswith(b"chiusa"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("cercafoto.photos.scan.os.scandir", scandir)
    report = library.index()
    assert (report.missing, report.unchanged, report.complete) == (1, 4, False)
    assert report.unreadable == (
        (os.fsencode(photos / "chiusa"), "non hai il permesso di leggere"),
    )
    assert library.status().counts.photos == 5  # four, and the photo that could not be read
    monkeypatch.undo()
    assert library.index([photos]).unchanged == 5


def test_a_disk_that_goes_away_while_it_is_read_leaves_no_problems_behind(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    disk = tmp_path / "disco"
    for i in range(200):
        paint(disk / f"{i:03}.png", (i, 100, 7))

    def unplug(done: int, total: int, name: str) -> None:
        if done == 20:
            disk.rename(tmp_path / "staccato")

    report = library.index([disk], reporter=Recorder(unplug))
    assert report.new < 200
    assert report.problems == ()
    assert report.unreadable == ((os.fsencode(disk), "non c'è più: il disco è stato scollegato"),)
    assert rows(settings, "SELECT count(*) FROM photos WHERE state = 'problem'") == [(0,)]
    (tmp_path / "staccato").rename(disk)
    again = library.index()
    assert (again.complete, again.unchanged + again.new) == (True, 200)


def test_passing_trouble_is_tried_again_by_itself_and_costs_a_known_photo_nothing(
    library: Library, tagged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = paint(tagged / "nuova.png", (3, 3, 3))
    os.utime(tagged / "rosso.png", (1, 1))

    def failing(*args: object) -> None:
        raise PassingImageError("il disco non riesce a leggere")

    monkeypatch.setattr("cercafoto.photos.decoding.decoder_processes.Decoders.read", failing)
    report = library.index()
    again = library.index()
    monkeypatch.undo()
    assert (len(report.problems), report.old_problems) == (2, ())
    # The photo is tried again, and announced; the catalogue keeps the old facts of the other.
    assert again.old_problems == ((os.fsencode(new), report.problems[0][1]),)
    assert len(again.new_problems) == 1
    assert labelled(library, "rosso") == ["rosso.png"]  # as it was known
    assert library.problems() == [(os.fsencode(new), report.problems[0][1])]
    report = library.index()
    assert (report.recovered, report.unchanged, report.complete) == (1, 5, True)


def test_problems_are_retried_when_they_change_or_when_asked(
    library: Library, settings: Settings, photos: Path
) -> None:
    bad = photos / "rotta.png"
    bad.write_bytes(b"\x89PNG e poi niente")
    library.index([photos])
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        # As if an older version had failed to read a good file.
        catalog.connection.execute(
            "UPDATE photos SET state = 'problem', content_id = NULL, problem = 'non so' "
            "WHERE CAST(path AS TEXT) LIKE '%rosso.png'"
        )
    assert len(library.index().problems) == 2
    report = library.index(retry=True)
    assert (report.recovered, len(report.problems)) == (1, 1)
    bad.unlink()
    assert library.index().complete
    assert rows(settings, "SELECT count(*) FROM photos") == [(5,)]


# -- nothing to do -----------------------------------------------------------------------------


def test_a_refresh_of_an_unchanged_tree_writes_nothing(
    library: Library, settings: Settings, tagged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tagged / "rotta.png").write_text("ciao")
    (tagged / "verde.png").unlink()
    library.index()
    before = {p: p.stat().st_mtime_ns for p in settings.archive.rglob("*") if p.is_file()}
    content = settings.catalog.read_bytes()

    def refuse(*args: object) -> None:
        raise AssertionError("a transaction was begun")

    monkeypatch.setattr(Catalog, "transaction", refuse)
    report = Library(settings).index()
    assert (report.unchanged, len(report.problems)) == (4, 1)
    after = {p: p.stat().st_mtime_ns for p in settings.archive.rglob("*") if p.is_file()}
    assert settings.catalog.read_bytes() == content
    assert {p.name for p in before} == {p.name for p in after}
    assert before[settings.catalog] == after[settings.catalog]
