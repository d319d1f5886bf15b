"""Work out which labels and people the sidecars of photos should have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.labels.by_hand import HandLabels
from cercafoto.labels.forget_labels import ForgottenLabels
from cercafoto.labels.sidecars.marks import Marks
from cercafoto.labels.sidecars.merge import Path_
from cercafoto.labels.sidecars.named_regions import PhotoPeople, has_names_of_ours
from cercafoto.labels.sidecars.sidecar import locate, read
from cercafoto.photos.sources import BY_HAND
from cercafoto.photos.xmp import PacketError
from cercafoto.results.collections import CollectionPhotos
from cercafoto.results.labels import TagResult

OF_COLLECTIONS = "raccolte di cercafoto"  # source of these labels, in place of a label file


@dataclass(frozen=True)
class Wanted:
    """The labels that the sidecar of a photo should have.

    labels: source (name of a label file, or BY_HAND) -> paths of all labels from this source.
        Labels from other sources do not change.
    taken: names that the person took away, from any source.
    people: the people to write too; None for none.
    marks: the stars and the coloured label to write too; None for none.
    """

    photo: bytes
    labels: Mapping[str, Sequence[Path_]]
    taken: Sequence[str] = ()
    people: PhotoPeople | None = None
    marks: Marks | None = None


def wanted(
    archive: LocalArchive, labels: TagResult | HandLabels | ForgottenLabels
) -> Iterator[Wanted]:
    """Yield the labels that the sidecar of each photo should have after an action on labels.

    The labels leave out "altro", which means nothing to other programs, and labels less likely than
    `TagResult.sidecars_from`.

    Raises ArchiveError.
    """
    if isinstance(labels, HandLabels):
        taken = [change.label for change in labels.removed]
        for path, names in labels.photos:
            yield Wanted(path, {BY_HAND: [(name,) for name in names]}, taken)
        return
    source = Path(labels.label_file).name
    with archive.catalog() as catalog:
        if isinstance(labels, ForgottenLabels):
            for path, _ in catalog.photos.paths():
                yield Wanted(path, {source: ()})
            return
        by_hand = catalog.labels.by_hand()
    for photo in labels.photos:
        paths = [
            labels.places[name]
            for name, _, sure in photo.tags
            if name not in labels.rests and sure >= labels.sidecars_from.get(name, 0.0)
        ]
        hand = [(name,) for name in by_hand.get(photo.path, ())]
        yield Wanted(photo.path, {source: paths, BY_HAND: hand})


def wanted_people(archive: LocalArchive, folders: Sequence[bytes]) -> Iterator[Wanted]:
    """Yield the people that the sidecar of each photo should have. Photos without people are left
    out, unless cercafoto wrote some into the sidecar before, or a name in the files was corrected.

    folders: only photos at or under these paths; all if there are none.

    Raises ArchiveError, also if the faces cannot be read.
    """
    with archive.reading():
        if problem := archive.people.problem():
            raise problem
        denied = archive.people.denied_names()
        for path, content in archive.photos.paths(folders):
            people = archive.people.regions_of(content)
            no = denied.get(content, frozenset())
            if people or no or _has_names_of_ours(path):
                size = archive.people.stored_size(content)
                yield Wanted(path, {}, people=PhotoPeople(tuple(people), *size, no))


def _has_names_of_ours(photo: bytes) -> bool:
    try:
        return has_names_of_ours(read(locate(photo)) or b"")
    except (OSError, PacketError):
        return False


def marked(archive: LocalArchive, folders: Sequence[bytes], marks: Marks) -> Iterator[Wanted]:
    """Yield the marks that the sidecar of each photo should have. A photo that has them already and
    no sidecar gets none. Raises ArchiveError.

    folders: only photos at or under these paths.
    """
    with archive.catalog() as catalog:
        for path, stars, color in catalog.known.marks_under(folders):
            same = marks.stars in (None, stars or 0) and marks.color in (None, color or "")
            yield Wanted(path, {}, marks=None if same and not _has_sidecar(path) else marks)


def _has_sidecar(photo: bytes) -> bool:
    try:
        return read(locate(photo)) is not None
    except (OSError, PacketError):
        return True  # which `plan` reports


def in_collections(
    archive: LocalArchive, collections: Sequence[CollectionPhotos]
) -> Iterator[Wanted]:
    """Yield for each photo of the archive the names of its collections, under "Raccolte", without
    those in which it is doubtful: no keyword can say so. Raises ArchiveError."""
    names: dict[bytes, list[Path_]] = {}
    for entry in collections:
        for path in entry.photos.keys() - entry.doubtful.keys():
            names.setdefault(path, []).append(("Raccolte", entry.collection.name))
    with archive.catalog() as catalog:
        for path, _ in catalog.photos.paths():
            yield Wanted(path, {OF_COLLECTIONS: names.get(path, ())})
