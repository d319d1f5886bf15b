"""Open a training run to be measured like any other model."""

from __future__ import annotations

from pathlib import Path

from cercafoto.training.measure.torch_source import TorchSource, device


def open_run(folder: Path) -> TorchSource:
    """Open the best checkpoint of a training run. Raises InputError."""
    from cercafoto.models.prepare.convert import require_torch

    require_torch()
    from cercafoto.training.clip_italian.model import load_run

    run = load_run(folder)
    place = device()
    model = run.model.to(place)
    return TorchSource(
        run.preprocessing, model.embed_images, model.embed_texts, run.tokenizer, place
    )
