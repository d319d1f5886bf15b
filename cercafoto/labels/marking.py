"""Give photos stars and a coloured label, in the .xmp files beside them, where other programs read
them too. The archive takes them over from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.color_labels import NO_COLOR
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import printable
from cercafoto.errors import UsageError
from cercafoto.labels.sidecars.marks import Marks
from cercafoto.labels.sidecars.wanted import marked
from cercafoto.labels.sidecars.write import XmpReport, write_in_archive

STARS, COLOR = "--stelle", "--colore"


@json_keys("rehearsal unknown", Key("xmp", "sidecars"))
@dataclass(frozen=True)
class MarkedPhotos:
    """The result of giving stars and coloured labels, or of its rehearsal.

    unknown: the given paths without a photo in the archive.
    """

    rehearsal: bool
    unknown: tuple[bytes, ...] = ()
    sidecars: XmpReport = field(default_factory=XmpReport)


def mark_photos(
    archive: LocalArchive,
    paths: Sequence[Path],
    marks: Marks,
    *,
    rehearsal: bool = False,
    confirmed: bool = False,
) -> MarkedPhotos:
    """Give photos stars and a coloured label; see `LabelAlbum.mark`."""
    with archive.reading():
        files = [archive.path_of(path) for path in paths]
        unknown = tuple(path for path in files if not archive.photos.knows(path))
    known = [path for path in files if path not in unknown]
    if not known:
        raise UsageError(
            f"{printable(unknown[0])}: non è nell'archivio."
            if len(unknown) == 1
            else "Nessuna delle foto indicate è nell'archivio.",
            "Prima aggiungile: cercafoto index CARTELLA",
        )
    action = None
    if not rehearsal:
        with archive.labelling() as rows:
            action = rows.labels.record(_said(marks))
    wanted = list(marked(archive, known, marks))
    report = write_in_archive(archive, wanted, action, rehearsal, confirmed, read_again=True)
    return MarkedPhotos(rehearsal, unknown, report)


def _said(marks: Marks) -> str:
    """Return the options of `tag` that give these marks, for the history."""
    stars = [] if marks.stars is None else [f"{STARS} {marks.stars}"]
    return " ".join(
        [*stars, *([] if marks.color is None else [f"{COLOR} {marks.color or NO_COLOR}"])]
    )


def is_marking(what: str) -> bool:
    """Whether an action of the history gave stars or coloured labels. what: its options."""
    return what.startswith((STARS, COLOR))
