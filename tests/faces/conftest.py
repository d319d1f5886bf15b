"""An archive with four photos of each of three people, whose faces are found by colour."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import MAYBE
from cercafoto.faces import face_run
from tests.conftest import paint
from tests.support.painted_faces import PaintedFaces

PEOPLE = {"rosa": (240, 10, 20), "ugo": (10, 240, 20), "pina": (20, 10, 240)}
EACH = 4


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)


@pytest.fixture
def family(library: Library, tmp_path: Path, painted: None) -> Library:
    for name, colour in PEOPLE.items():
        for n in range(EACH):
            shade = tuple(level + n for level in colour)
            paint(tmp_path / "foto" / f"{name}{n}.png", shade)  # type: ignore[arg-type]
    paint(tmp_path / "foto" / "mare.png", (90, 90, 90), (40, 60))  # nobody
    library.index([tmp_path / "foto"])
    return library


def name_all(library: Library) -> None:
    """Name each group as its photos are named."""
    while asked := library.faces.questions():
        (first, *_) = library.faces.shown(asked[0].faces, 1)
        library.faces.name(asked[0].faces, Path(first.path.decode()).stem[:-1])


def name_one(library: Library, name: str) -> None:
    """Name one group as its photos are named."""
    for group in library.faces.questions():
        (first, *_) = library.faces.shown(group.faces, 1)
        if Path(first.path.decode()).stem.startswith(name):
            library.faces.name(group.faces, name)


def doubt(library: Library, photos: set[str], name: str, group: int | None = None) -> None:
    """Let the faces of some photos be a little like a person's.

    group: put them into a group of their own, of this number.
    """
    with FaceStore.open(library.settings.faces) as store:
        person = store.person(name)
        assert person is not None
        faces = library.faces.shown(store.table().ids.tolist(), 99)
        with store.transaction():
            for each in faces:
                if Path(each.path.decode()).stem in photos:
                    store.guess(each.face.face_id, MAYBE, person, 0.42)
                    if group is not None:
                        store.set_groups({each.face.face_id: group})
