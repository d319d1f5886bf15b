"""Read what the small files of a checkpoint in the transformers layout say about the model.

The small files are `config.json`, the image processor's file, the tokenizer's files and the README.
No weights are read; neither torch nor transformers is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cercafoto.base.paths import printable
from cercafoto.errors import ModelError
from cercafoto.models.model_folder import LONGEST_TEXT, WIDEST_SIDE
from cercafoto.models.prepare.weights.files import shards
from cercafoto.models.small_files import AGAIN, read_json, require_small

DUAL, CLIP, SIGLIP, SIGLIP2 = "vision-text-dual-encoder", "clip", "siglip", "siglip2"
METACLIP2 = "metaclip_2"  # CLIP's layers, with the words of many languages
ARCHITECTURES = (DUAL, CLIP, SIGLIP, SIGLIP2, METACLIP2)

# Weight files in order of preference; an index lists shards.
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "flax_model.msgpack",
)

# The largest number in a configuration is its vocabulary; XLM-V has 901,629 words. No model has
# more than some 150 layers.
MAX_NUMBER = 2**20
_MAX_BY_NAME = dict.fromkeys(("num_hidden_layers", "n_layers", "num_layers", "n_layer"), 200)

# CLIP-Italian was trained on at most 96 tokens (its training script); other dual encoders on
# captions no longer. Positions beyond are untrained, whatever the BERT underneath allows.
DUAL_MAX_TOKENS = 96
NO_LICENCE = "sconosciuta"

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)
# Pillow's resampling numbers, as image processors write them.
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


@dataclass(frozen=True)
class Description:
    """What a checkpoint's small files say of its two towers; the weights may not be there yet.

    architecture: one of ARCHITECTURES.
    config: content of `config.json`.
    image: "image" for `model.json`.
    """

    architecture: str
    config: dict[str, Any]
    image: dict[str, Any]

    @staticmethod
    def read(path: Path) -> Description:
        """Return the description of the checkpoint in the folder `path`.

        Raises ModelError if a file is missing or damaged, or if cercafoto cannot serve this kind
        of model.
        """
        if not path.is_dir():
            raise ModelError(
                f"La cartella {path} non esiste.",
                "Indica la cartella di un modello, con dentro config.json e i pesi.",
            )
        require_small(path)
        config = read_json(path / "config.json")
        _require_plausible(path / "config.json", config)
        architecture = str(config.get("model_type", ""))
        if architecture not in ARCHITECTURES:
            raise ModelError(
                f"Il modello in {path} è di un tipo che cercafoto non sa usare "
                f"({architecture or 'senza model_type in config.json'}).",
                "Servono modelli di immagini e testo: VisionTextDualEncoder, CLIP, SigLIP, "
                "SigLIP 2 o MetaCLIP 2.",
            )
        try:
            image = _image(path, architecture, config)
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            raise ModelError(
                f"Nella cartella {path} i file che descrivono il modello sono danneggiati "
                f"({printable(str(error))[:160]}).",
                AGAIN,
            ) from error
        return Description(architecture, config, image)


@dataclass(frozen=True)
class Checkpoint(Description):
    """A complete checkpoint on this disk.

    weights: path of the weight file, or of the index of its shards.
    weight_bytes: size of all weights on disk.
    licence: licence in the model card, or NO_LICENCE.
    """

    path: Path
    weights: Path
    weight_bytes: int
    licence: str

    @classmethod
    def open(cls, path: Path) -> Checkpoint:
        """Return the checkpoint in the folder `path`.

        Raises ModelError as `read` does, and if there are no weights.
        """
        described = Description.read(path)
        weights = next((path / n for n in WEIGHTS if (path / n).is_file()), None)
        if weights is None:
            raise ModelError(
                f"Nella cartella {path} mancano i pesi del modello.",
                "Serve model.safetensors, pytorch_model.bin oppure flax_model.msgpack; i pesi per "
                "TensorFlow non bastano.",
            )
        return cls(
            **vars(described),
            path=path,
            weights=weights,
            weight_bytes=_weight_bytes(weights),
            licence=card_licence(path / "README.md"),
        )

    @property
    def max_tokens(self) -> int:
        """Length of the longest text in tokens, special ones included. Raises ModelError."""
        text = self.config.get("text_config") or {}
        # CLIP's and SigLIP's own defaults, which their configurations leave out.
        default = {CLIP: 77, METACLIP2: 77, SIGLIP: 64, SIGLIP2: 64}.get(self.architecture, 512)
        positions = text.get("max_position_embeddings", default)
        if type(positions) is not int or not 0 < positions <= LONGEST_TEXT:
            raise _implausible(
                self.path / "config.json", "max_position_embeddings", positions, LONGEST_TEXT
            )
        if self.architecture != DUAL:
            return positions
        if text.get("model_type") in {"roberta", "xlm-roberta", "camembert"}:
            positions -= 2  # these count positions from the padding token's index plus one
        declared = self.tokenizer_settings.get("model_max_length")
        if not isinstance(declared, int) or declared < 1:
            declared = positions
        return min(positions, declared, DUAL_MAX_TOKENS)

    @property
    def tokenizer_class(self) -> str | None:
        """Name of the class that the checkpoint's tokenizer was saved from; None if not stored."""
        return self.tokenizer_settings.get("tokenizer_class")

    @property
    def tokenizer_settings(self) -> dict[str, Any]:
        """The entries of `special_tokens_map.json` and `tokenizer_config.json`; the second wins.

        A token given as an object is replaced by its text. Raises ModelError for a damaged file.
        """
        names = ("special_tokens_map.json", "tokenizer_config.json")
        files = [self.path / name for name in names if (self.path / name).is_file()]
        settings = {name: value for file in files for name, value in read_json(file).items()}
        return {
            name: value["content"] if isinstance(value, dict) and "content" in value else value
            for name, value in settings.items()
        }


def _require_plausible(file: Path, config: dict[str, Any]) -> None:
    """Raise ModelError if a configuration holds numbers that no model has.

    Building such a model could fill the memory before its weights are even read.
    """
    for part in ("text_config", "vision_config", "text_config_dict", "vision_config_dict"):
        if not isinstance(config.get(part) or {}, dict):
            raise ModelError(f"Nel file {file} «{part}» non descrive una parte del modello.", AGAIN)
    for name, number in _numbers(config):
        most = _MAX_BY_NAME.get(name, MAX_NUMBER)
        if abs(number) > most:
            raise _implausible(file, name, number, most)


def _numbers(config: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield (innermost name, number) for every whole number in a nested configuration."""
    left: list[tuple[str, Any]] = list(config.items())
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += [(name, each) for each in value]
        elif type(value) is int:
            yield name, value


def _image(path: Path, architecture: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return "image" for `model.json` from the image processor's file, of old or new form."""
    file = path / "preprocessor_config.json"
    if file.is_file():
        data = read_json(file)
    else:  # transformers 5 writes the whole processor into one file
        file = path / "processor_config.json"
        data = read_json(file).get("image_processor") or {}
    if not data:
        raise _unusable(file, "non descrive le immagini")
    for step in ("do_resize", "do_rescale", "do_normalize"):
        if data.get(step, True) is False:
            raise _unusable(file, f"chiede {step} = false")
    if abs(float(data.get("rescale_factor", 1 / 255)) * 255 - 1) > 1e-3:
        raise _unusable(file, "usa un rescale_factor diverso da 1/255")
    kind = str(data.get("image_processor_type") or data.get("feature_extractor_type") or "")
    clip = kind.startswith(("CLIP", "ChineseCLIP")) or (
        not kind and architecture in {CLIP, DUAL, METACLIP2}
    )
    mean, std = (CLIP_MEAN, CLIP_STD) if clip else (HALF, HALF)
    if kind.startswith("Siglip2") or architecture == SIGLIP2:
        size = _naflex_side(config, data)
        resize, resize_to, interpolation = "exact", size, data.get("resample", 2)
    else:
        size, resize, resize_to = _geometry(file, data, clip)
        # ViT's processors default to bilinear, CLIP's and SigLIP's to bicubic.
        interpolation = data.get("resample", 2 if kind.startswith(("ViT", "DeiT")) else 3)
    for name, side in (("size", size), ("resize_to", resize_to)):
        if not 0 < side <= WIDEST_SIDE:
            raise _implausible(file, name, side, WIDEST_SIDE)
    if interpolation not in _FILTERS:
        raise _unusable(file, f"usa un filtro sconosciuto ({interpolation})")
    return {
        "size": size,
        "resize": resize,
        "resize_to": resize_to,
        "crop": resize == "shortest",
        "interpolation": _FILTERS[interpolation],
        "mean": [float(v) for v in data.get("image_mean") or mean],
        "std": [float(v) for v in data.get("image_std") or std],
    }


def _geometry(file: Path, data: dict[str, Any], clip: bool) -> tuple[int, str, int]:
    """Return (side of the input, "shortest" or "exact", side to resize to).

    clip: whether the processor has CLIP's defaults.
    """
    size = data.get("size", 224)
    crop = data.get("crop_size", 224 if clip else None)
    cropped = bool(data.get("do_center_crop", clip))
    if isinstance(crop, dict):
        if crop.get("height") != crop.get("width"):
            raise _unusable(file, "ritaglia rettangoli e non quadrati")
        crop = crop["height"]
    if isinstance(size, int):
        shortest = size if clip else None
        square = None if clip else size
    else:
        shortest = size.get("shortest_edge")
        square = size.get("height") if size.get("height") == size.get("width") else None
    side = int(crop) if cropped and crop is not None else None
    if shortest is not None and side is not None and side <= int(shortest):
        return side, "shortest", int(shortest)
    if square is not None and side in {None, int(square)}:
        return int(square), "exact", int(square)
    raise _unusable(file, f"usa dimensioni non previste (size {size}, crop_size {crop})")


def _naflex_side(config: dict[str, Any], data: dict[str, Any]) -> int:
    """Return the side of the input, in pixels, for SigLIP 2 with native proportions.

    SigLIP 2 takes up to `max_num_patches` patches in any layout. A fixed graph needs one layout:
    the largest square with at most so many patches.
    """
    vision = config.get("vision_config") or {}
    patches = int(data.get("max_num_patches") or vision.get("num_patches") or 256)
    patch = int(data.get("patch_size") or vision.get("patch_size") or 16)
    return int(patches**0.5) * patch


def card_licence(readme: Path) -> str:
    """Return the licence in the front matter of a model card, or NO_LICENCE."""
    try:
        text = readme.read_text(encoding="utf-8", errors="replace")  # `require_small` checked size
    except OSError:
        return NO_LICENCE
    front = re.match(r"\ufeff?---\s*\n(.*?)\n---", text, re.DOTALL)
    if not front:
        return NO_LICENCE
    named = re.search(r"^license_name:\s*(.+)$", front[1], re.MULTILINE)
    licence = re.search(r"^license:[ \t]*(?:\n\s*-[ \t]*)?(.*)$", front[1], re.MULTILINE)
    value = licence[1].strip(" \t'\"[]") if licence else ""
    if value == "other" and named:
        value = named[1].strip(" \t'\"")
    return NO_LICENCE if value.lower() in {"", "unknown", "other"} else printable(value)[:80]


def _weight_bytes(weights: Path) -> int:
    if weights.suffix != ".json":
        return weights.stat().st_size
    total = 0
    for shard in shards(weights):
        if not shard.is_file():
            raise ModelError(f"Manca una parte dei pesi: {shard}.", AGAIN)
        total += shard.stat().st_size
    return total


def _unusable(file: Path, why: str) -> ModelError:
    return ModelError(
        f"cercafoto non sa preparare le immagini come chiede {file}: {why}.",
        "Scegli un modello CLIP o SigLIP con immagini quadrate.",
    )


def _implausible(file: Path, name: str, number: Any, most: int) -> ModelError:
    return ModelError(
        f"Nel file {file} «{printable(name)[:80]}» vale {printable(str(number))[:40]}, e un "
        f"modello che cercafoto possa servire non va oltre {most}.",
        AGAIN,
    )
