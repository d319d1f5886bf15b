"""The real weights of CLIP-Italian, from the Hub, against the published figures."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.hub import endpoint
from cercafoto.models.obtain import obtain
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.settings import Settings

COCO = "http://images.cocodataset.org/val2017/000000039769.jpg"  # two cats on a sofa


@pytest.fixture
def online() -> None:
    if os.environ.get("HF_HUB_OFFLINE"):
        pytest.skip("HF_HUB_OFFLINE is set: the real weights are on the Hub")
    try:
        urllib.request.urlopen(endpoint(), timeout=5).close()
    except OSError:
        pytest.skip("the Hugging Face Hub does not answer: the real weights are there")


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """Return COCO 000000039769, from the file CERCAFOTO_COCO_39769 or downloaded."""
    if named := os.environ.get("CERCAFOTO_COCO_39769"):
        return Path(named)
    path = tmp_path / "cats.jpg"
    try:
        with urllib.request.urlopen(COCO, timeout=30) as stream:
            path.write_bytes(stream.read())
    except OSError as error:
        pytest.skip(f"{COCO} cannot be fetched ({error}); name a copy in CERCAFOTO_COCO_39769")
    return path


@pytest.mark.hub
@pytest.mark.slow
def test_cosines_of_the_real_weights(online: None, cats: Path, tmp_path: Path) -> None:
    """Figures and tolerance of the transformers test of this checkpoint, which has a logit
    scale of exp(1)."""
    folder = obtain(Settings(tmp_path / "archive", tmp_path / "models"), "clip-italian")
    encoder = Encoder(folder)
    image = encoder.embed_images([open_upright(cats, 10_000)])
    texts = encoder.embed_texts(["una foto di un gatto", "una foto di un cane"])
    np.testing.assert_allclose(image @ texts.T * np.e, [[1.2284727, 0.3104122]], atol=1e-3)
