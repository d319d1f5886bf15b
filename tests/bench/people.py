"""Measure how well people are found by their faces in an album whose people are known.

Run: python -m tests.bench.people FOLDER LABELS

LABELS is a table with tabs: file (below FOLDER), name; one row for each person in a photo. The
questions that `cercafoto persone nomina` asks are answered from it: the name of most photos of a
group, "non chiedere più" if no name has half of them, yes or no to "È ancora …?". A person gets
three questions at most, the rest is skipped. The first line of a table may be its heading.
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
from cercafoto.faces.album import FaceAlbum
from cercafoto.faces.face_run import FaceFinder, regroup
from cercafoto.faces.questions import FaceQuestion
from cercafoto.looking.sense import Look
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.settings import Settings

QUESTIONS, FEWEST = 3, 5  # questions a person may get; photos of a person who is counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    given = parser.parse_args()
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
    asked = answer_all(FaceAlbum(LocalArchive(settings)), settings, named)
    found: dict[str, set[bytes]] = {}
    with FaceStore.open(settings.faces) as store:
        for face in store.named_faces():
            if face.is_sure:
                found.setdefault(face.name, set()).add(face.digest)
    photos = Counter(name for names in named.values() for name in names)
    right = total = claimed = 0
    print("person\tphotos\trecall\tprecision\tquestions")
    for name, number in photos.most_common():
        if number < FEWEST:
            continue
        mine = found.get(name, set())
        hits = sum(name in named[digest] for digest in mine)
        right, total, claimed = right + hits, total + number, claimed + len(mine)
        shares = f"{hits / number:.3f}\t{hits / len(mine) if mine else 1:.3f}"
        print(f"{name}\t{number}\t{shares}\t{asked[name]}")
    print(f"all\t{total}\t{right / max(total, 1):.3f}\t{right / max(claimed, 1):.3f}\t"
          f"{sum(asked.values())}")  # fmt: skip


def answer_all(album: FaceAlbum, settings: Settings, named: dict[bytes, set[str]]) -> Counter[str]:
    """Answer every question from the labels. Return how many questions each person got."""
    asked: Counter[str] = Counter()
    skipped: set[int] = set()
    while True:
        question = next((q for q in album.questions() if q.faces[0] not in skipped), None)
        if question is None:
            return asked
        name = _truth(question, settings, named)
        if question.person:
            if asked[question.person] >= QUESTIONS:
                skipped.add(question.faces[0])
                continue
            asked[question.person] += 1
            if name == question.person:
                album.name(question.faces, name)
            else:
                album.deny(question.faces, question.person)
        elif name is None:
            album.do_not_ask(question.faces)
        elif asked[name] >= QUESTIONS:
            skipped.add(question.faces[0])
        else:
            asked[name] += 1
            album.name(question.faces, name)


def _truth(question: FaceQuestion, settings: Settings, named: dict[bytes, set[str]]) -> str | None:
    """Return whose the faces are: the name of most of their photos, None if it has not half."""
    with FaceStore.open(settings.faces) as store:
        photos = {face.digest for face in store.faces(question.faces)}
    names = Counter(name for digest in photos for name in named[digest])
    # In a photo of a couple both names count; the question's own name comes first among equals.
    best = max(names, key=lambda name: (names[name], name == question.person), default=None)
    return best if best is not None and 2 * names[best] >= len(photos) else None


if __name__ == "__main__":
    main()
