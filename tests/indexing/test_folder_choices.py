"""Exclusions of a folder are remembered, hide photos, and can be undone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.errors import UsageError
from cercafoto.indexing.folder_choices import FolderChoices
from tests.conftest import names, paint


def test_exclusions_are_remembered_hide_and_can_be_taken_back(
    library: Library, photos: Path
) -> None:
    paint(photos / "bozze" / "x.png", (9, 9, 9))
    library.index([photos])
    report = library.index(choices=FolderChoices(exclude=("bozze/", "rosso*")))
    assert (report.excluded, report.missing, report.unchanged) == (2, 0, 4)
    assert library.status().counts.excluded == 2
    assert library.status().exclusions == (
        (os.fsencode(photos), "bozze/"),
        (os.fsencode(photos), "rosso*"),
    )
    assert "rosso" not in names(library, "rosso")
    paint(photos / "rosso due.png", (200, 1, 1))
    report = library.index()
    assert (report.new, report.unchanged, report.excluded) == (0, 4, 0)
    with pytest.raises(UsageError, match="escluso"):
        library.index([photos / "bozze"])
    with pytest.raises(UsageError, match="non è fra"):
        library.index(choices=FolderChoices(readmit=("mai",)))
    report = library.index(choices=FolderChoices(readmit=("rosso*",)))
    assert (report.back, report.new, report.embedded, report.unchanged) == (1, 1, 1, 4)
    report = library.index([photos], choices=FolderChoices(readmit=("bozze/",)))
    assert (report.back, report.embedded) == (1, 0)


def test_exclusions_belong_to_the_folder_that_was_named(library: Library, photos: Path) -> None:
    other = photos.parent / "b"
    paint(other / "rosso.png", (9, 9, 9))
    library.index([photos, other])
    report = library.index([other], choices=FolderChoices(exclude=("rosso*",)))
    assert report.excluded == 1
    assert library.index().unchanged == 5
    for bad in ("!", " "):
        with pytest.raises(UsageError, match="--escludi"):
            library.index(choices=FolderChoices(exclude=(bad,)))


def test_leaving_out_everything_is_no_vanished_disk(library: Library, photos: Path) -> None:
    library.index([photos])
    (photos / ".cercafotoignore").write_text("*.png\n", "utf-8")
    report = library.index()
    assert (report.excluded, report.missing, report.complete) == (5, 0, True)
    (photos / ".cercafotoignore").unlink()
    report = library.index()
    assert (report.back, report.embedded) == (5, 0)
    # A file that was excluded and then deleted is missing.
    (photos / ".cercafotoignore").write_text("rosso.png\n", "utf-8")
    library.index()
    (photos / "rosso.png").unlink()
    library.index()
    assert (library.status().counts.excluded, library.status().counts.missing) == (0, 1)
