"""Names that shell completion finds in a catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local import peek
from tests.conftest import PAINT, paint
from tests.indexing.test_metadata_index import shoot
from tests.photos.test_metadata import bag, packet


@pytest.fixture
def catalog(settings: Settings, tmp_path: Path) -> Path:
    """A catalogue of photos with a camera, places and keywords, in the file and in a sidecar."""
    folder = tmp_path / "foto"
    shoot(folder / "rosso.jpg", "2019:08:14 10:30:05", (43.3188, 11.3308))
    gone = shoot(folder / "blu.jpg", "2018:01:02 23:00:00", (48.8566, 2.3522))
    words = packet(bag("dc:subject", "Spiagge", "zia Pina"))
    Image.new("RGB", (60, 40), PAINT["giallo"]).save(folder / "giallo.jpg", xmp=words)
    paint(folder / "verde.png", PAINT["verde"])
    (folder / "verde.xmp").write_bytes(packet(bag("dc:subject", "spiaggia", "L'Aquila")))
    library = Library(settings)
    library.index([folder])
    gone.unlink()
    library.index([folder])
    return settings.catalog


def test_the_names_of_visible_photos(catalog: Path) -> None:
    assert peek.names(catalog, "camera") == ["X100"]
    assert peek.names(catalog, "place") == ["Italia", "Siena", "Toscana"]
    assert sorted(word.casefold() for word in peek.names(catalog, "keyword")) in (
        ["l'aquila", "spiagge", "zia pina"],
        ["l'aquila", "spiaggia", "zia pina"],
    )


def test_no_names_without_a_catalogue(tmp_path: Path) -> None:
    (tmp_path / "rotto").write_bytes(b"niente")
    for path in (tmp_path / "manca", tmp_path / "rotto"):
        for kind in ("label", "camera", "lens", "place", "keyword"):
            assert peek.names(path, kind) == []
