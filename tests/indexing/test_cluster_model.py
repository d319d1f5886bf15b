"""A model is sent to the machines of a cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Settings
from cercafoto.errors import ModelError
from cercafoto.indexing.cluster import model_copy
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH, Registry


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of a machine without prepared models."""
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(tmp_path / "altrove"))
    return Settings.resolve()


def test_a_model_arrives_whole_and_once(tiny: Path, there: Settings) -> None:
    sent = ModelFolder.open(tiny)
    assert model_copy.find(sent.fingerprint) is None
    arrived = model_copy.receive(model_copy.packed(sent), sent.fingerprint)
    assert arrived == replace(sent, path=arrived.path)
    arrived.verify()
    assert model_copy.receive({}, sent.fingerprint) == arrived  # nothing is written again
    assert model_copy.find(sent.fingerprint) == arrived
    assert Registry(there).prepared() == []  # the person has prepared none there


def test_a_model_that_is_installed_needs_not_travel(there: Settings) -> None:
    embedded = ModelFolder.open(EMBEDDED_PATH)
    assert model_copy.find(embedded.fingerprint) == embedded


def test_a_model_that_arrives_damaged_is_refused(tiny: Path, there: Settings) -> None:
    sent = ModelFolder.open(tiny)
    files = dict(model_copy.packed(sent))
    with pytest.raises(ModelError, match="diverso"):
        model_copy.receive(files, "0" * 64)
    files["image.onnx"] = files["image.onnx"].copy()
    files["image.onnx"][100] ^= np.uint8(1)
    with pytest.raises(ModelError, match=r"image\.onnx"):
        model_copy.receive(files, sent.fingerprint)
    assert model_copy.find(sent.fingerprint) is None
    assert [path.suffix for path in there.models.iterdir()] == [".lock", ".lock"]
