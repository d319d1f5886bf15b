"""Tagging real photos with the embedded model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.labels.label_file import parse_labels
from tests.demo import collect

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")

pytestmark = pytest.mark.usefixtures("mini")

LABELS = """
animale
animale > gatto: micio
animale > cane
veicolo > motocicletta
veicolo > treno
[uno: che cos'è]
bevanda > caffè: tazza di caffè
documento: pagina scritta
altro
"""


def test_real_photos_get_their_genera_and_the_rest(tmp_path: Path) -> None:
    library = Library(Settings(archive=tmp_path / "a", models=tmp_path / "m", model="mini"))
    library.index([collect(tmp_path / "foto")])
    result = library.labels.tag(parse_labels(LABELS, "e.txt"), "e.txt")
    given = {Path(os.fsdecode(p.path)).name: {t[0] for t in p.tags} for p in result.photos}
    assert given["chelsea.png"] >= {"animale", "gatto"}
    assert given["motorcycle_left.png"] >= {"veicolo", "motocicletta", "altro (che cos'è)"}
    assert given["coffee.png"] >= {"bevanda", "caffè"}
    for labels in given.values():
        assert len(labels & {"caffè", "documento", "altro (che cos'è)"}) == 1
        assert not labels & {"gatto", "cane"} or "animale" in labels
    assert not given["coffee.png"] & {"cane", "treno"}
