"""The filters for the folders that hold a photo, at any depth."""

from __future__ import annotations

from pathlib import Path

from cercafoto.base.paths import printable
from cercafoto.question.filters.filter import Filter, Option

_HELP = "Solo questa cartella, o tutto tranne questa."
INSIDE = Option("--in", "folders", "CARTELLA", _HELP, True, kind=Path)
# The photo must be in one of the folders.
FOLDERS = Filter[tuple[Path, ...]](
    name="folders",
    say=lambda folders: f"in: {', '.join(map(printable, folders))}",
    hidden="sta in un'altra cartella",
    options=(INSIDE,),
    parse=lambda typed: typed.values.get(INSIDE.key),
    data=lambda folders: {},
    resolve=lambda folders, archive: archive.folders(folders),
    is_told=False,
)

NOT_INSIDE = Option("--fuori", "outside", "CARTELLA", _HELP, True, kind=Path)
# The photo must be in none of the folders.
OUTSIDE = Filter[tuple[Path, ...]](
    name="outside",
    say=lambda folders: f"non in: {', '.join(map(printable, folders))}",
    hidden="sta in una cartella lasciata fuori",
    options=(NOT_INSIDE,),
    parse=lambda typed: typed.values.get(NOT_INSIDE.key),
    data=lambda folders: {"outside": [str(folder) for folder in folders]},
    resolve=lambda folders, archive: archive.folders(folders),
    is_common=lambda folders: True,
)
