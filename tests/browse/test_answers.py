"""Test answers that are shown one page at a time."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto import Library, Settings
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked


def test_a_later_page_leaves_out_photos_that_are_gone(
    settings: Settings, library: Library, photos: Path
) -> None:
    library.index([photos])
    archive = BrowsedArchive(settings, page=2)
    asked = Asked(words="rosso", everything=True)
    first = archive.answer(asked)
    later = [found.tile.path for found in archive.answer(asked, first.after).found]
    assert len(later) == 2
    Path(os.fsdecode(later[0])).unlink()
    library.index([photos])
    assert [found.tile.path for found in archive.answer(asked, first.after).found] == later[1:]
    archive.close()
