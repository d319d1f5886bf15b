"""Prepare a small checkpoint silently, load it, or return the error if it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cercafoto.errors import ModelError
from cercafoto.models.prepare import convert as prepare
from cercafoto.models.prepare import towers
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint

TEXTS = [
    "la tazza di caffè sul tavolo",
    "Due bambini, in spiaggia!",
    "un cane",
    "una notte " * 60,
]


def quiet(_: str) -> None:
    return None


def loaded(path: Path) -> tuple[Checkpoint, Any]:
    checkpoint = Checkpoint.open(path)
    return checkpoint, towers.load(checkpoint)


def refused(path: Path, tmp_path: Path, name: str = "prova") -> ModelError:
    """Return the error that a checkpoint is refused with; check that it leaves no files."""
    models = tmp_path / "models"
    with pytest.raises(ModelError) as caught:
        prepare.prepare(path, models / name, name, {}, None, quiet)
    assert not models.exists() or list(models.iterdir()) == []
    assert caught.value.hint
    return caught.value
