"""Conversion of the Flax checkpoint of 2021 to a VisionTextDualEncoder folder for PyTorch.

Two layouts. That of transformers' FlaxVisionTextDualEncoderModel differs from PyTorch's in its
weights only. FlaxHybridCLIP, the class of the research project that CLIP-Italian was trained
with, has the same tensors, but a configuration of its own ("hybrid-clip"), and no file for the
image processor; the checkpoint of that time has no logit scale either: its training kept it
fixed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from cercafoto.errors import ModelError
from cercafoto.models.prepare.towers import load
from cercafoto.models.prepare.transformers_checkpoint import CLIP_MEAN, CLIP_STD, DUAL, Checkpoint
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.export.vtde import save, write_processor
from cercafoto.training.training_errors import InputError

WEIGHTS = "flax_model.msgpack"
HYBRID = "hybrid-clip"
# What a tokenizer and an image processor are made of.
COMPANIONS = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
    "vocab.json", "merges.txt", "preprocessor_config.json", "README.md",
)  # fmt: skip


def convert(folder: Path, destination: Path) -> None:
    """Convert the Flax checkpoint in `folder` into `destination`, an empty folder.

    Writes config.json, model.safetensors, tokenizer and image processor.

    Raises InputError or ModelError where a tensor is missing, left over or of another shape, or
    where a file that the model needs is not there.
    """
    if not (folder / WEIGHTS).is_file():
        raise InputError(f"{folder / WEIGHTS}: not there")
    config = dual_config(folder)
    (destination / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    for name in COMPANIONS:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, destination / name)
    if not any((destination / n).is_file() for n in ("tokenizer.json", "vocab.txt", "vocab.json")):
        raise InputError(
            f"{folder}: no tokenizer; put that of its text tower beside the weights "
            "(CLIP-Italian's is that of dbmdz/bert-base-italian-xxl-uncased)"
        )
    if not (destination / "preprocessor_config.json").is_file():
        side = int(config["vision_config"].get("image_size", 224))
        write_processor(
            destination, Preprocessing(side, "shortest", side, "bicubic", CLIP_MEAN, CLIP_STD)
        )
    checkpoint = Checkpoint(
        path=destination,
        architecture=DUAL,
        config=config,
        weights=folder / WEIGHTS,
        weight_bytes=(folder / WEIGHTS).stat().st_size,
        image={},
        licence="",
    )
    save(load(checkpoint), destination)


def dual_config(folder: Path) -> dict[str, Any]:
    """Return the configuration in config.json; a HybridCLIP's in the form of VisionTextDualEncoder.

    Raises InputError for a model of another kind.
    """
    path = folder / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kind = config.get("model_type")
        if kind == DUAL:
            return config
        if kind != HYBRID:
            raise InputError(f"{path}: a model of type {kind!r}, expected {DUAL} or {HYBRID}")
        vision = dict(config["vision_config"])
        # A whole CLIP was allowed for the photos; its vision tower is what was used.
        vision = dict(vision.get("vision_config") or vision)
        if vision.get("model_type") in {None, "clip"}:
            vision["model_type"] = "clip_vision_model"
        return {
            "architectures": ["VisionTextDualEncoderModel"],
            "model_type": DUAL,
            "projection_dim": int(config["projection_dim"]),
            "logit_scale_init_value": 1.0,
            "text_config": config["text_config"],
            "vision_config": vision,
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, (InputError, ModelError)):
            raise
        raise InputError(f"{path}: not the configuration of a dual encoder ({error!r})") from error
