"""Measure how long an answer about faces takes in an album of many people.

Run: python -m tests.bench.face_answers [FACES] [PEOPLE]

Vectors are painted around a centre for each person; each answer names the largest group that is
left. Processor time: of the process, all threads.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.faces.album import FaceAlbum
from cercafoto.faces.face_run import regroup
from cercafoto.settings import Settings

BOX = (0.1, 0.1, 0.2, 0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=int, nargs="?", default=20_000)
    parser.add_argument("people", type=int, nargs="?", default=20)
    given = parser.parse_args()
    dice = np.random.default_rng(0)
    centres = dice.normal(size=(given.people, 128))
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(Path(scratch), Path(scratch))
        with FaceStore.create(settings.faces) as store:
            with store.transaction():
                for number in range(given.faces):
                    vector = centres[number % given.people] + dice.normal(size=128)
                    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
                    store.write(number.to_bytes(32, "big"), [(BOX, vector)])
            started = time.process_time()
            regroup(store)
            print(f"{given.faces} faces grouped: {time.process_time() - started:.1f} s")
        answer(FaceAlbum(LocalArchive(settings)), given.people)


def answer(album: FaceAlbum, people: int) -> None:
    """Name a group for each person, and print what the answers took."""
    spent, asking = [], []
    for number in range(people):
        started = time.process_time()
        question = album.questions()[0]
        asked = time.process_time()
        album.name(
            question.faces,
            question.person or f"Persona {chr(ord('a') + number % 26) * (1 + number // 26)}",
        )
        asking.append(asked - started)
        spent.append(time.process_time() - asked)
    print(f"an answer: {min(spent):.2f} to {max(spent):.2f} s, median {np.median(spent):.2f} s")
    print(f"the questions after it: median {np.median(asking):.2f} s")


if __name__ == "__main__":
    main()
