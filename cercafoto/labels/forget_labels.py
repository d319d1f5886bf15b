"""Take the labels of one label file back from all photos (`tag --dimentica`)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import printable
from cercafoto.errors import UsageError
from cercafoto.labels.label_file import DEFAULT
from cercafoto.photos.decoding.file_kind import count_videos


@json_keys("rehearsal label_file photos", Key("removed", "labels", columns="label photos"))
@dataclass(frozen=True)
class ForgottenLabels:
    """The labels that were taken back, or would be.

    label_file: absolute path of the label file, or DEFAULT, as in the archive.
    labels: (name, how many photos had the label from this file), most photos first.
    photos: how many photos had at least one label from this file.
    action: id of the action, to undo it; None for a rehearsal.
    videos: how many of `photos` are videos.
    """

    rehearsal: bool
    label_file: str
    labels: tuple[tuple[str, int], ...]
    photos: int
    action: int | None = None
    videos: int = 0


def forget_label_file(archive: LocalArchive, label_file: Path, rehearsal: bool) -> ForgottenLabels:
    """Take back the labels that a label file gave; see `LabelAlbum.forget_file`."""
    with archive.catalog() as catalog:
        name = _name(label_file, catalog.labels.files())
        labelled = catalog.labels.labelled_by(name)
        report = ForgottenLabels(
            rehearsal,
            name,
            tuple(catalog.labels.given_by(name)),
            len(labelled),
            videos=count_videos(labelled),
        )
    if rehearsal:
        return report
    with archive.writing() as catalog, catalog.transaction():
        action = catalog.labels.record(f"--dimentica {shlex.quote(Path(name).name)}")
        catalog.labels.forget_file(name)
    return replace(report, action=action)


def _name(label_file: Path, known: list[str]) -> str:
    """Return the label file in the archive that a path means; a file name is enough if only one
    label file has this name. Raises UsageError if the path means no label file, or several.

    known: the label files in the archive.
    """
    path = str(label_file.expanduser().absolute())
    if str(label_file) == DEFAULT and DEFAULT in known:
        return DEFAULT
    if path in known:
        return path
    alike = [name for name in known if Path(name).name == str(label_file)]
    if len(alike) == 1:
        return alike[0]
    listed = ", ".join(printable(name) for name in alike or known)
    raise UsageError(
        f"Più file di etichette si chiamano {printable(label_file)}."
        if alike
        else f"Nessuna foto ha etichette date da {printable(label_file)}.",
        f"Ne hanno date: {listed}." if listed else "Nessun file di etichette ne ha date.",
    )
