"""Which reader a file of weights takes; an index of shards is read as all of them."""

from __future__ import annotations

import json
from pathlib import Path

from cercafoto.models.prepare.weights import flax_file, safetensors_file, torch_file
from cercafoto.models.prepare.weights.stored_tensor import StoredTensor, damaged

Weights = dict[str, StoredTensor]


def open_weights(path: Path) -> Weights:
    """Find every tensor of a file of weights, or of an index of shards, by its name in PyTorch.

    Nothing but the table is read. Raises ModelError for a damaged file, and for a pickle that asks
    for anything but tensors.
    """
    if path.suffix == ".json":
        shards = set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values())
        parts = [open_weights(path.with_name(shard)) for shard in sorted(shards)]
        return {name: tensor for part in parts for name, tensor in part.items()}
    readers = {".safetensors": safetensors_file.read, ".msgpack": flax_file.read}
    weights = readers.get(path.suffix, torch_file.read)(path)
    for name, tensor in weights.items():
        if not tensor.fits:
            raise damaged(path, f"«{name}» finisce oltre i suoi numeri")
    return weights
