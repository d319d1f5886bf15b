"""Give faces the names that regions in the files of their photos have.

Such a face is as good as confirmed: others that are like it become the person's. What somebody said
here counts more: a name that was denied does not come back, and another name stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import CONFIRMED, FROM_FILE, NEW
from cercafoto.archive.queries.named_people import NamedPeople
from cercafoto.base.word_stems import fold
from cercafoto.photos.person import faces_in_regions


def take_names(store: FaceStore, people: NamedPeople) -> bool:
    """Bring the names that faces have from files up to date. Return True if anything changed. Call
    inside a transaction.

    people: of the catalogue, with the regions in files.
    """
    names = {person: fold(name) for person, name in store.people().items()}
    wanted: dict[int, tuple[str, str]] = {}  # face id -> name, folded too
    said = store.said()
    for digest, regions in people.regions_in_files().items():
        faces = said.get(digest, [])
        for at, of in faces_in_regions(regions, [face.box for face in faces]).items():
            face, name = faces[of], fold(regions[at].name)
            if face.said not in (NEW, FROM_FILE) or name in map(names.get, face.refused):
                continue
            others = (each for each in faces if each.said not in (NEW, FROM_FILE))
            if name not in (names.get(each.person) for each in others if each.person):
                wanted[face.face_id] = regions[at].name, name
    before = store.named_by_files()
    gone = [face_id for face_id in before if face_id not in wanted]
    store.say(gone, NEW)
    changed = [
        face_id
        for face_id, (_, name) in wanted.items()
        if names.get(before.get(face_id, 0)) != name
    ]
    for face_id in changed:
        store.say([face_id], FROM_FILE, store.make_person(wanted[face_id][0]))
    for person in {before[face_id] for face_id in (*gone, *changed) if face_id in before}:
        store.drop_unused(person)
    return bool(gone or changed)


def confirm_names_gone(store: FaceStore, catalog: Catalog, face_ids: Collection[int]) -> None:
    """Confirm the names that these faces got back when a correction was undone, if their files have
    no name for them now: `tag --xmp` has written the correction, and `index` would take the name.
    Call inside a transaction."""
    regions = catalog.people.regions_in_files()
    for digest, faces in store.said().items():
        given_back = [face for face in faces if face.face_id in face_ids]
        if not given_back:
            continue
        here = regions.get(digest, [])
        named = {
            faces[of].face_id: fold(here[at].name)
            for at, of in faces_in_regions(here, [face.box for face in faces]).items()
        }
        beside = [*_names_beside(catalog, digest)]
        for face in given_back:
            name = named.get(face.face_id)
            # A sidecar may have been written since the last `index`.
            if name is None or any(name not in names for names in beside):
                store.say([face.face_id], CONFIRMED, face.person)


def _names_beside(catalog: Catalog, digest: bytes) -> Iterator[set[str]]:
    """Yield the folded names in regions of each sidecar of a content."""
    from cercafoto.labels.sidecars.sidecar import locate, read
    from cercafoto.photos.metadata import read_sidecar
    from cercafoto.photos.xmp import PacketError

    content = catalog.photos.content_of(digest)
    for photo in catalog.photos.of_content(content) if content is not None else ():
        try:
            packet = read(locate(photo.path))
        except (OSError, PacketError):
            continue
        if packet is not None:
            yield {fold(person.name) for person in read_sidecar(packet).people if person.box}


def named_in_files(store: FaceStore, people: NamedPeople, name: str) -> list[int]:
    """Return the ids of the faces in regions that have a name."""
    found, said = [], store.said()
    for digest, regions in people.regions_in_files(with_ours=True).items():
        if any(fold(region.name) == fold(name) for region in regions):
            faces = said.get(digest, [])
            for at, of in faces_in_regions(regions, [face.box for face in faces]).items():
                if fold(regions[at].name) == fold(name):
                    found.append(faces[of].face_id)
    return found
