"""The face of the demo's astronaut: named by a region in a file, corrected, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from cercafoto import Library
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, FROM_FILE, NEW
from tests.faces.test_album import photos_with
from tests.faces.test_corrections import ids
from tests.photos.test_person_regions import lightroom, packet_with, region
from tests.support.face_rows import differences, rows_of

PHOTOS = ("chiara", "lontana", "scura", "specchio")


@pytest.fixture
def astronaut(library: Library, tmp_path: Path) -> Library:
    """Return an archive with four photos of her; digiKam has drawn around her head in one."""
    skimage = pytest.importorskip("skimage")
    data = Path(skimage.__file__).with_name("data")
    picture = Image.open(data / "astronaut.png").convert("RGB")
    folder = tmp_path / "foto"
    folder.mkdir()
    far = Image.new("RGB", (1200, 900), (90, 110, 130))
    far.paste(picture.resize((300, 300)), (500, 300))
    for name, photo in zip(
        PHOTOS,
        (
            ImageEnhance.Brightness(picture).enhance(1.2),
            far,
            ImageEnhance.Brightness(picture).enhance(0.7),
            picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        ),
        strict=True,
    ):
        photo.save(folder / f"{name}.png")
    drawn = lightroom(region("Eileen", x="0.44", y="0.22", w="0.3", h="0.36"))
    drawn = drawn.replace('stDim:w="400" stDim:h="300"', 'stDim:w="512" stDim:h="512"')
    (folder / "chiara.xmp").write_bytes(packet_with(drawn))
    library.index([folder])
    library.faces.find()
    return library


def known(library: Library, folder: Path) -> dict[str, tuple[int, str]]:
    faces = {name: library.faces.faces_in(folder / f"{name}.png") for name in PHOTOS}
    return {name: (face.known, face.name) for name, (face,) in faces.items()}


def test_a_face_that_digikam_named(astronaut: Library, tmp_path: Path) -> None:
    folder = tmp_path / "foto"
    assert known(astronaut, folder) == {
        "chiara": (FROM_FILE, "Eileen"),
        **dict.fromkeys(("lontana", "scura", "specchio"), (ATTACHED, "Eileen")),
    }
    assert photos_with(astronaut, "eileen") == sorted(PHOTOS)
    before = rows_of(astronaut.settings.faces)
    astronaut.faces.take_off(ids(astronaut, "chiara"))
    astronaut.faces.find()
    assert astronaut.photos.people() == []  # the others were hers only by likeness
    assert {state for state, _ in known(astronaut, folder).values()} == {NEW}
    astronaut.faces.name(ids(astronaut, "lontana", "scura"), "Eileen Collins")
    assert set(photos_with(astronaut, "eileen collins")) == set(PHOTOS)
    assert known(astronaut, folder)["scura"] == (CONFIRMED, "Eileen Collins")
    astronaut.faces.undo()
    astronaut.faces.undo()
    assert differences(rows_of(astronaut.settings.faces), before) == []
