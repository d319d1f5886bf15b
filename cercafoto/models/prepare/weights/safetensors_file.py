"""Read the tensors of a safetensors file.

The file has eight bytes with the length of a JSON table, the table, and the numbers in C order,
little-endian (format of 2022, unchanged since).
"""

from __future__ import annotations

import json
from pathlib import Path

from cercafoto.models.prepare.weights.stored_tensor import (
    SIZES,
    TABLE,
    StoredTensor,
    damaged,
    numbers_in,
)

KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
    "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def read(path: Path) -> dict[str, StoredTensor]:
    """Return every tensor by its name. Raises ModelError for a damaged file."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > min(size - 8, TABLE):
                raise damaged(path, "l'elenco dei pesi è incompleto o troppo lungo")
            table = json.loads(stream.read(length))
        table.pop("__metadata__", None)
        tensors, total = {}, 0
        for name, entry in table.items():
            begin, end = (8 + length + int(place) for place in entry["data_offsets"])
            kind, shape = KINDS[entry["dtype"]], entry["shape"]
            count = numbers_in(shape)
            total += end - begin
            if begin < 8 + length or end > size or end - begin != count * SIZES[kind]:
                raise damaged(path, f"«{name}» non è intero")
            tensors[name] = StoredTensor.in_order(path, kind, shape, ((begin, count),))
        if total > size - 8 - length:
            raise damaged(path, "i pesi si sovrappongono")
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise damaged(path, f"l'elenco dei pesi non si legge: {type(error).__name__}") from error
    return tensors
