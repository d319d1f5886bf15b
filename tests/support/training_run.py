"""The folder of a tiny training run with random weights, as training leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from cercafoto.training.clip_italian import checkpoint, config_text, presets
from cercafoto.training.clip_italian import model as models

CAPTIONS = (
    "una foto di un gatto",
    "un cane sulla spiaggia",
    "la tazza di caffè è sul tavolo",
    "un razzo che decolla di notte",
    "due bambini giocano a pallone",
)


def make_run(folder: Path, settings: tuple[str, ...] = ()) -> Any:
    """Write a run and return its model; the last checkpoint has other weights."""
    run = config_text.override(presets.preset("smoke"), settings)
    model = models.build(run, CAPTIONS).eval()
    widen(model)
    folder.mkdir(parents=True)
    (folder / models.CONFIG).write_text(config_text.to_json(run), encoding="utf-8")
    models.save_tokenizer(folder, model.text_tower.tokenizer)
    checkpoint.write(folder, "best", {"model": model.state_dict()})
    other = {k: v * 1.5 if "projection" in k else v for k, v in model.state_dict().items()}
    other["image_projection.weight"] = other["image_projection.weight"].flip(0)
    checkpoint.write(folder, "last", {"model": other})
    return model


def widen(model: Any) -> None:
    """Set weights so wide that photos and captions get clearly different vectors; equal vectors
    would make a comparison meaningless."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and "norm" not in name.lower():
                parameter.mul_(25.0 if name.startswith("text_tower") else 4.0)
