"""Cleaning reports first what it would delete, and keeps photos that may come back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.errors import UsageError
from cercafoto.indexing.folder_choices import FolderChoices
from tests.conftest import PAINT, names, paint
from tests.support.labelled_archive import labelled, rows


def test_cleaning_says_first_and_deletes_when_confirmed(
    library: Library, settings: Settings, tagged: Path
) -> None:
    (tagged / "rosso.png").unlink()
    paint(tagged / "blu.png", (4, 4, 4), size=(12, 12))
    library.index()
    before = settings.catalog.read_bytes()
    report = library.clean()
    assert (report.done, report.missing, report.orphans) == (
        False,
        (os.fsencode(tagged / "rosso.png"),),
        1,
    )
    assert settings.catalog.read_bytes() == before
    report = library.clean(confirmed=True)
    assert (report.done, report.purged.photos, report.purged.contents) == (True, 1, 2)
    assert (report.purged.vectors, report.purged.tags) == (2, 2)
    assert rows(settings, "SELECT count(*) FROM contents") == [(4,)]
    assert rows(settings, "SELECT count(*) FROM words") == [(4,)]
    assert library.clean().is_empty
    # The caches hold nothing of the deleted photos, and answers are right.
    assert set(names(library, "rosso")) == {"blu", "verde", "giallo", "viola"}
    # A photo that comes back later is new: embedded again, without labels.
    paint(tagged / "rosso.png", PAINT["rosso"])
    report_ = library.index()
    assert (report_.new, report_.embedded) == (1, 1)
    assert labelled(library, "rosso") == []


def test_cleaning_keeps_what_may_come_back(library: Library, tagged: Path) -> None:
    (tagged / "rosso.png").rename(tagged.parent / "via.png")
    library.index()
    (tagged.parent / "via.png").rename(tagged / "rosso.png")
    assert library.clean(confirmed=True).back == (os.fsencode(tagged / "rosso.png"),)
    (tagged / "rosso.png").rename(tagged.parent / "via.png")
    tagged.rename(tagged.parent / "smontata")
    report = library.clean(confirmed=True)
    assert (report.away, report.missing) == ((os.fsencode(tagged),), ())
    (tagged.parent / "smontata").rename(tagged)
    (tagged.parent / "via.png").rename(tagged / "rosso.png")
    assert library.index().embedded == 0
    assert labelled(library, "rosso") == ["rosso.png"]


def test_a_folder_is_forgotten_when_asked(library: Library, tagged: Path) -> None:
    other = tagged.parent / "b"
    paint(other / "x.png", (9, 9, 9))
    library.index([other], choices=FolderChoices(exclude=("*.gif",)))
    shutil.rmtree(other)
    assert not library.index().complete
    assert len(library.clean([other]).forgotten) == 1
    report = library.clean([other], confirmed=True)
    assert (report.folders, report.purged.photos) == ((os.fsencode(other),), 1)
    assert [root for root, _, _ in library.status().roots] == [os.fsencode(tagged)]
    assert library.status().exclusions == ()
    assert library.index().complete
    with pytest.raises(UsageError):
        library.clean([other])
    report = library.clean([tagged / "rosso.png"])
    assert report.reread == (os.fsencode(tagged / "rosso.png"),)


def test_a_folder_to_forget_is_the_only_one(library: Library, tagged: Path) -> None:
    other = tagged.parent / "b"
    paint(other / "x.png", (9, 9, 9))
    paint(other / "y.png", (99, 9, 9))
    library.index([other])
    (tagged / "rosso.png").unlink()  # gone
    paint(tagged / "blu.png", (4, 4, 4), size=(12, 12))  # edited: an old version stays
    library.index(choices=FolderChoices(exclude=("verde.png",)))
    before = library.clean()
    assert (len(before.missing), len(before.excluded), before.orphans) == (1, 1, 1)
    for confirmed in (False, True):
        report = library.clean([other], confirmed=confirmed)
        assert (report.asked, len(report.forgotten)) == ((os.fsencode(other),), 2)
        assert (report.missing, report.excluded, report.orphans) == ((), (), 0)
    assert (report.purged.photos, report.purged.contents, report.purged.vectors) == (2, 2, 2)
    assert library.clean() == before
