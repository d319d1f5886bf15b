"""The senses that look at photos. Whatever concerns all of them walks over this list.

To add one: docs/adding/sense.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cercafoto.faces.face_sense import Faces
from cercafoto.indexing.thing_sense import Things
from cercafoto.looking.sense import Sense
from cercafoto.ocr.word_sense import Words
from cercafoto.quality.quality_sense import Quality

if TYPE_CHECKING:
    from cercafoto.archive.archive import Archive
    from cercafoto.results.status import SenseState

SENSES: tuple[Sense[Any], ...] = (Words(), Things(), Faces(), Quality())


def states(archive: Archive) -> dict[str, SenseState]:
    """Return name -> how far the sense has come; {} for a shared archive. Raises ArchiveError."""
    if archive.settings.shared is not None:
        return {}
    with archive.local().catalog() as catalog:
        return {
            sense.name: replace(
                sense.state(archive.settings, catalog),
                unread=len(catalog.unread.listed(sense.name)),
            )
            for sense in SENSES
        }
