"""Export the towers whose graphs ship: drawn with random weights, so that each tensor is recognised
by its numbers.

    python -m cercafoto.training towers

Some 50 s and 3 GB of memory for each. Run it when the exporter has changed, or for a new
architecture. Every tensor beside the exported graph must be one of the model's, as it is or
transposed; inside the graph there must be none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from cercafoto.models.prepare import known_towers
from cercafoto.models.prepare.drawn_tower import Source, external_tensors, set_offsets
from cercafoto.models.prepare.known_towers import IMAGE, TEXT
from cercafoto.models.prepare.transformers_checkpoint import CLIP, DUAL, SIGLIP, Checkpoint
from cercafoto.training.training_errors import InputError

# Names of a tower's table of words, whose length is free.
WORDS = (
    "text_model.embeddings.word_embeddings.weight",
    "text_model.embeddings.token_embedding.weight",
)
CLASSES = {DUAL: "VisionTextDualEncoderModel", CLIP: "CLIPModel", SIGLIP: "SiglipModel"}


# What the other tower is, to be quick: as small as its sizes allow.
_ALONE = {part: {"num_hidden_layers": 1} for part in ("vision_config", "text_config")}
_LARGE = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command `towers`."""
    parser.add_argument("names", nargs="*", help="which; none: all")
    parser.add_argument("--out", type=Path, help="folder; of the package if not said")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    for table in draw_all(chosen.names, chosen.out or known_towers.DRAWN):
        print(table)
    return 0


def architectures() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return the towers that ship: name -> (architecture, tower, its own configuration)."""
    return {
        "clip-vit-b32": (DUAL, IMAGE, {"patch_size": 32}),
        "bert-base": (DUAL, TEXT, {}),
        # OpenAI's own; those that LAION trained have another activation.
        "clip-vit-b16": (CLIP, IMAGE, {"patch_size": 16}),
        "clip-text-b": (CLIP, TEXT, {"eos_token_id": 2}),
        "laion-vit-b32": (CLIP, IMAGE, {"patch_size": 32, "hidden_act": "gelu"}),
        "laion-text-b": (CLIP, TEXT, {"eos_token_id": 2, "hidden_act": "gelu"}),
        # SigLIP, and SigLIP 2 of a fixed size: they have other numbers of words.
        "siglip-vit-b16-224": (SIGLIP, IMAGE, {}),
        "siglip-vit-b16-256": (SIGLIP, IMAGE, {"image_size": 256}),
        "siglip-vit-b32-256": (SIGLIP, IMAGE, {"image_size": 256, "patch_size": 32}),
        "siglip-vit-l16-256": (SIGLIP, IMAGE, {"image_size": 256, **_LARGE}),
        "siglip-text-b": (SIGLIP, TEXT, {}),
        "siglip-text-l": (SIGLIP, TEXT, {"projection_size": 1024, **_LARGE}),
    }


def draw_all(names: Sequence[str], folder: Path) -> Iterator[Path]:
    """Draw the towers of these names, or all, into a folder, and yield each table.

    Raises InputError for an unknown name.
    """
    known = architectures()
    for name in names or known:
        if name not in known:
            raise InputError(f"{name}: not one of {', '.join(known)}")
        architecture, tower, own = known[name]
        part = {IMAGE: "vision_config", TEXT: "text_config"}[tower]
        model = random_model(architecture, _ALONE | {part: own})
        draw(model, description(model), tower, folder / name)
        yield folder / f"{name}.json"


def random_model(architecture: str, parts: dict[str, dict[str, Any]], seed: int = 0) -> Any:
    """Make a model in evaluation mode whose every weight is another random number."""
    import torch
    import transformers

    vision, text = (dict(parts.get(p, {})) for p in ("vision_config", "text_config"))
    if architecture == DUAL:
        config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(
            transformers.CLIPVisionConfig(**vision),
            transformers.BertConfig(**text),
            projection_dim=512,
        )
    else:
        kind = {CLIP: transformers.CLIPConfig, SIGLIP: transformers.SiglipConfig}[architecture]
        config = kind(vision_config=vision, text_config=text)
    torch.manual_seed(seed)
    model = getattr(transformers, CLASSES[architecture])._from_config(
        config, attn_implementation="eager"
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.1 if parameter.ndim == 1 else 0.0, 0.05)
    return model.eval()


def description(model: Any) -> Checkpoint:
    """Return a model's description, as a checkpoint of it would state it."""
    config = model.config.to_dict()
    size = int(config["vision_config"]["image_size"])
    return Checkpoint(
        architecture=config["model_type"], config=config, image={"size": size}, path=Path(),
        weights=Path(), weight_bytes=0, licence="",
    )  # fmt: skip


def draw(model: Any, described: Checkpoint, tower: str, path: Path) -> None:
    """Export one tower of a model with random weights to `path`.onnx and `path`.json.

    Raises InputError if its graph depends on weights in a way that a table cannot express.
    """
    from cercafoto.models.prepare.onnx_export import export_image, export_text
    from cercafoto.models.prepare.towers import towers

    image, text = towers(model, described)
    with tempfile.TemporaryDirectory() as temporary:
        work, graph = Path(temporary) / "work", Path(temporary) / f"{tower}.onnx"
        work.mkdir()
        if tower == IMAGE:
            export_image(image, int(described.image["size"]), graph, work)
        else:
            padded = "max_length" if described.architecture == SIGLIP else "longest"
            export_text(text, {"max_tokens": described.max_tokens, "padding": padded}, graph, work)
        state = {
            name.replace("vision_model.vision_model.", "vision_model."): value.numpy()
            for name, value in model.state_dict().items()
        }
        sources = _sources(graph, state)
        drawn = onnx.load(graph, load_external_data=False)
        set_offsets(drawn)
        if drawn.SerializeToString() != graph.read_bytes():
            raise InputError(f"{graph.name}: ONNX Runtime lays weights out in another way")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".onnx").write_bytes(graph.read_bytes())
    table = {
        "signature": known_towers.signature(described, tower),
        "words": next((n for n, source in sources.items() if source.name in WORDS), None),
        "tensors": {name: source.as_json() for name, source in sources.items()},
    }
    path.with_suffix(".json").write_text(_lines(table), encoding="utf-8")


def _lines(table: dict[str, Any]) -> str:
    """Return a table as JSON with a line for each tensor."""
    tensors = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(source)}" for name, source in table["tensors"].items()
    )
    rest = json.dumps({k: v for k, v in table.items() if k != "tensors"}, indent=1)
    return rest.removesuffix("\n}") + f',\n "tensors": {{\n{tensors}\n }}\n}}\n'


def _sources(graph: Path, state: dict[str, NDArray[Any]]) -> dict[str, Source]:
    """Return the source of each tensor beside a graph, found by its numbers."""
    known: dict[str, Source] = {}
    for name, array in state.items():
        for rows in _parts(name, array):
            part = array if rows is None else array[slice(*rows)]
            known.setdefault(_digest(part), Source(name, array.shape, False, rows))
            if array.ndim == 2:
                known.setdefault(_digest(part.T), Source(name, array.shape, True, rows))
    model = onnx.load(graph)
    beside = {t.name for t in external_tensors(onnx.load(graph, load_external_data=False))}
    found = {}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        source = known.get(_digest(array))
        if source is None and array.dtype == np.int64:
            # A buffer that no checkpoint has any more: places, kinds of words.
            source = Source(None, array.shape, numbers=tuple(array.ravel().tolist()))
        if tensor.name not in beside and source and source.name and array.size > 1:
            raise InputError(f"{graph.name}: {source.name} lies inside the graph")
        if tensor.name in beside:
            if source is None:
                raise InputError(f"{graph.name}: {tensor.name} is no tensor of the model")
            found[tensor.name] = source
    return found


def _parts(name: str, array: NDArray[Any]) -> list[tuple[int, int] | None]:
    """Return the row ranges that a graph may have of a tensor: queries, keys, values in one."""
    if "in_proj" not in name:
        return [None]
    third = len(array) // 3
    ends = ((first * third, last * third) for first in range(3) for last in range(first + 1, 4))
    return [None, *ends]


def _digest(array: NDArray[Any]) -> str:
    # Only the numbers are compared: a graph may have them in another shape.
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
