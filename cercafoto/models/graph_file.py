"""Write and check ONNX graphs whose weights lie in a second file, which ONNX Runtime memory-maps.

Needs onnx; imported only where graphs are made or verified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import prod
from pathlib import Path

import onnx

from cercafoto.base.paths import printable
from cercafoto.errors import ModelError

# Smaller tensors stay inside the graph file: shape inference needs to see constants.
EXTERNAL_BYTES = 4096
# A graph without its weights has some 0.4 MB; it is read whole into memory.
LARGEST_GRAPH = 100_000_000  # bytes


def save_graph(model: onnx.ModelProto, path: Path, owner: Path) -> None:
    """Write a graph to `path` and its large weights to `OWNER.data` in the same folder, replacing
    both files.

    owner: path that the graph will have in the end, after which the weight file is named; `path`
        itself if the graph will not be renamed.
    """
    (path.parent / f"{owner.name}.data").unlink(missing_ok=True)  # onnx would append to it
    onnx.save_model(
        model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{owner.name}.data",
        size_threshold=EXTERNAL_BYTES,
    )


def require_complete(path: Path, files: Collection[str]) -> None:
    """Raise ModelError if the graph in `path` lacks the numbers of a tensor that it declares.

    The message names the first tensor that is missing or has another size. Also raises ModelError
    if the file is no ONNX graph or is larger than LARGEST_GRAPH. No weights are read.
    files: names of the files beside the graph that may hold weights.
    """
    if path.stat().st_size > LARGEST_GRAPH:
        raise ModelError(
            f"Il grafo {path} è di {path.stat().st_size / 1e6:.0f} MB, e senza i pesi ne ha al "
            f"massimo {LARGEST_GRAPH / 1e6:.0f}: non l'ho letto.",
            _AGAIN,
        )
    try:
        tensors = list(_tensors(onnx.load(path, load_external_data=False).graph))
    except Exception as error:  # protobuf has classes of its own
        raise ModelError(f"Il file {path} non è un grafo ONNX.", _AGAIN) from error
    for tensor in tensors:
        if not _is_complete(tensor, path, files):
            raise ModelError(
                f"Il grafo {path} dichiara un tensore, «{printable(tensor.name[:80])}», che nei "
                "file del modello non c'è, o non è di quella grandezza.",
                _AGAIN,
            )


_AGAIN = "Prepara di nuovo il modello, oppure scaricalo o copialo di nuovo."


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield every tensor of a graph and of the graphs in its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (*attribute.tensors, *([attribute.t] if attribute.HasField("t") else ()))
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else ())):
                yield from _tensors(inner)


def _is_complete(tensor: onnx.TensorProto, graph: Path, files: Collection[str]) -> bool:
    if len(tensor.dims) > MAX_AXES or any(side < 0 for side in tensor.dims):
        return False
    count: int = prod(tensor.dims)
    outside = tensor.data_location == onnx.TensorProto.EXTERNAL
    if not outside and not tensor.HasField("raw_data"):
        # The numbers lie in the field of their type; two 4-bit numbers share one element.
        most: int = max(len(getattr(tensor, field)) for field in _FIELDS)
        return count <= (2 if tensor.data_type in _FOUR_BITS else 1) * most
    try:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, TypeError, ValueError):  # an unknown type
        return False
    bits = 4 if tensor.data_type in _FOUR_BITS else 8 * int(kind.itemsize)
    length: int = -(-count * bits // 8)
    if not outside:
        return len(tensor.raw_data) == length
    entries = {str(entry.key): str(entry.value) for entry in tensor.external_data}
    if (name := entries.get("location", "")) not in files:
        return False
    offset, there = entries.get("offset", "0"), entries.get("length", str(length))
    if not (offset.isdecimal() and there == str(length) and len(offset) < 20):
        return False
    return int(offset) + length <= (graph.parent / name).stat().st_size


MAX_AXES = 8
_FOUR_BITS = {onnx.TensorProto.INT4, onnx.TensorProto.UINT4}
_FIELDS = (
    "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data"
)  # fmt: skip
