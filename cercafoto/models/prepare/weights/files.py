"""Open a weight file with the reader for its format, or all shards that an index lists."""

from __future__ import annotations

from pathlib import Path

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights import flax_file, safetensors_file, torch_file
from cercafoto.models.prepare.weights.stored_tensor import StoredTensor, damaged
from cercafoto.models.small_files import AGAIN, read_json

Weights = dict[str, StoredTensor]


def open_weights(path: Path) -> Weights:
    """Return every tensor of a weight file, or of an index's shards, by its name in PyTorch.

    Only the table of tensors is read. Raises ModelError for a damaged file, and for a pickle that
    asks for anything except tensors.
    """
    if path.suffix == ".json":
        parts = [_open(shard) for shard in shards(path)]
        return {name: tensor for part in parts for name, tensor in part.items()}
    return _open(path)


def shards(index: Path) -> list[Path]:
    """Return the weight files that an index lists. Raises ModelError if the index is damaged."""
    names = read_json(index).get("weight_map")
    try:
        paths = [index.with_name(name) for name in sorted(set(names.values()))]  # type: ignore[union-attr]
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"L'indice dei pesi {index} è danneggiato.", AGAIN) from error
    if not paths or any(path.suffix not in {".safetensors", ".bin"} for path in paths):
        raise ModelError(f"L'indice dei pesi {index} è danneggiato.", AGAIN)
    return paths


def _open(path: Path) -> Weights:
    if not path.is_file():  # opening a pipe would block
        raise ModelError(f"Manca una parte dei pesi: {path}.", AGAIN)
    readers = {".safetensors": safetensors_file.read, ".msgpack": flax_file.read}
    weights = readers.get(path.suffix, torch_file.read)(path)
    for name, tensor in weights.items():
        if not tensor.fits:
            raise damaged(path, f"«{name}» finisce oltre i suoi numeri")
    return weights
