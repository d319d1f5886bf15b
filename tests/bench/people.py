"""Measure how well people are found by their faces in an album whose people are known.

Run: python -m tests.bench.people FOLDER LABELS [--smallest PIXELS]

LABELS is a table with tabs: file (below FOLDER), name; one row for each person in a photo. The
screens that `cercafoto persone nomina` shows are answered from it: the name of most photos of a
group, "non chiedere più" if no name has half of them, yes or no to each face of the questions "È
ancora …?" on one screen, which is one answer. The first line of a table may be its heading.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.errors import UsageError
from cercafoto.faces import face_models
from cercafoto.faces.album import FaceAlbum
from cercafoto.faces.face_run import FaceFinder, regroup
from cercafoto.faces.questions import Confirmation, FaceQuestion, screens
from cercafoto.looking.sense import Look
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.settings import Settings

FEWEST = 5  # photos of a person who is counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--smallest", type=float, default=face_models.SMALLEST, help="face's side")
    given = parser.parse_args()
    face_models.SMALLEST = given.smallest
    named: dict[bytes, set[str]] = {}
    files: dict[bytes, bytes] = {}
    for line in given.labels.read_text("utf-8").splitlines():
        file, _, name = line.partition("\t")
        if (path := given.folder / file).is_file():
            digest = hashlib.sha256(path.read_bytes()).digest()
            files[digest] = os.fsencode(path.resolve())
            named.setdefault(digest, set()).add(name.strip())
    with tempfile.TemporaryDirectory() as scratch:
        report(Settings(Path(scratch), Path(scratch)), given.folder.resolve(), named, files)


def report(
    settings: Settings,
    folder: Path,
    named: dict[bytes, set[str]],
    files: dict[bytes, bytes],
) -> None:
    """Find and name the faces in `files`, digest -> path, and print a row for each person."""
    started = time.process_time()
    with FaceStore.create(settings.faces) as store:
        finder, faces = FaceFinder(store), 0
        folders = PhotoFolders.fixed({os.fsencode(folder): True})
        with Decoders(finder.picture, 1, folders=folders) as decoders:
            for digest, path in files.items():
                look = Look(0, digest, digest, (path,))
                faces += finder.write([(look, finder.see(look, decoders.look_at(path)))])
        spent = time.process_time() - started
        regroup(store)
    each = 1000 * spent / max(len(files), 1)
    print(f"{len(files)} photos, {faces} faces, {each:.0f} ms a photo")
    answers = answer_all(FaceAlbum(LocalArchive(settings)), settings, named)
    found: dict[str, set[bytes]] = {}
    with FaceStore.open(settings.faces) as store:
        for face in store.named_faces():
            if face.is_sure:
                found.setdefault(face.name, set()).add(face.digest)
    photos = Counter(name for names in named.values() for name in names)
    right = total = claimed = 0
    print("person\tphotos\trecall\tprecision")
    for name, number in photos.most_common():
        if number < FEWEST:
            continue
        mine = found.get(name, set())
        hits = sum(name in named[digest] for digest in mine)
        right, total, claimed = right + hits, total + number, claimed + len(mine)
        shares = f"{hits / number:.3f}\t{hits / len(mine) if mine else 1:.3f}"
        print(f"{name}\t{number}\t{shares}")
    print(f"all\t{total}\t{right / max(total, 1):.3f}\t{right / max(claimed, 1):.3f}")
    print(f"answers: {answers['who']} names, {answers['same']} screens of yes or no")


def answer_all(album: FaceAlbum, settings: Settings, named: dict[bytes, set[str]]) -> Counter[str]:
    """Answer every screen from the labels. Return how many answers of each kind it took."""
    answers: Counter[str] = Counter()
    while screen := next(screens(album.questions()), None):
        answers["same" if screen[0].person else "who"] += 1
        try:
            if screen[0].person:
                album.confirm([_checked(question, settings, named) for question in screen])
            elif name := _truth(screen[0].faces, "", settings, named):
                album.name(screen[0].faces, name)
            else:
                album.do_not_ask(screen[0].faces)
        except UsageError:  # another face in these photos is the person's
            album.do_not_ask([face for question in screen for face in question.faces])
    return answers


def _checked(
    question: FaceQuestion, settings: Settings, named: dict[bytes, set[str]]
) -> Confirmation:
    """Return a person's answer who looks at each face of a question."""
    whose = {face: _truth((face,), question.person, settings, named) for face in question.faces}
    yes = tuple(face for face, name in whose.items() if name == question.person)
    return Confirmation(question.person, yes, tuple(whose.keys() - {*yes}))


def _truth(
    face_ids: tuple[int, ...], person: str, settings: Settings, named: dict[bytes, set[str]]
) -> str | None:
    """Return whose the faces are: the name of most of their photos, None if it has not half.

    person: in a photo of a couple both names count; this one comes first among equals.
    """
    with FaceStore.open(settings.faces) as store:
        photos = {face.digest for face in store.faces(face_ids)}
    names = Counter(name for digest in photos for name in named[digest])
    best = max(names, key=lambda name: (names[name], name == person), default=None)
    return best if best is not None and 2 * names[best] >= len(photos) else None


if __name__ == "__main__":
    main()
