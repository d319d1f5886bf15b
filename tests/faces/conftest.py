"""An archive with four photos of each of three people, whose faces are found by colour."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
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
