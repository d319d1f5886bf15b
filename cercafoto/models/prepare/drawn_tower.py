"""Fill a graph that ships without weights with the weights of a checkpoint.

Beside the graph ships a table: for each tensor of the graph, the tensor of the checkpoint to take,
as it is or transposed. The tensors are written one after the other, where the graph expects them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights import StoredTensor
from cercafoto.models.prepare.weights.stored_tensor import FLOATING

# ONNX Runtime starts tensors of LARGE bytes and more at a page boundary, to memory-map them.
LARGE, PAGE = 1 << 20, 4096
_BYTES = {onnx.TensorProto.FLOAT: 4, onnx.TensorProto.INT64: 8}

# (today's name, name in older checkpoints); transformers reads both.
_OLDER = (
    ("vision_model.", "vision_model.vision_model."),
    (".LayerNorm.weight", ".LayerNorm.gamma"),
    (".LayerNorm.bias", ".LayerNorm.beta"),
)


@dataclass(frozen=True)
class Source:
    """Where a tensor of a graph comes from.

    name: name of the checkpoint's tensor; None for a constant of the graph itself, such as the
        positions of words.
    shape: shape of the checkpoint's tensor.
    transposed: whether the graph holds the transposed tensor.
    rows: (first, end) of the rows that the graph takes, `end` not included; None for all.
    numbers: the values of a constant.
    """

    name: str | None
    shape: tuple[int, ...]
    transposed: bool = False
    rows: tuple[int, int] | None = None
    numbers: tuple[int, ...] = ()

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Source:
        """Return the source that `as_json` described."""
        rows = tuple(data["rows"]) if "rows" in data else None
        return cls(
            data.get("name"),
            tuple(data["shape"]),
            data.get("transposed", False),
            rows,
            tuple(data.get("numbers", ())),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the fields that are not empty, for `of_json`."""
        return {name: value for name, value in vars(self).items() if value}

    def select(self, stored: StoredTensor) -> StoredTensor:
        """Return the part of a checkpoint's tensor that the graph takes, transposed if needed."""
        part = stored if self.rows is None else stored.between(*self.rows)
        return part.transposed if self.transposed else part


@dataclass(frozen=True)
class DrawnTower:
    """A tower whose graph ships without weights.

    graph: path of the graph.
    signature: the architecture of the tower, see `known_towers.signature`.
    sources: name of a tensor in the graph -> where its numbers come from.
    words: the graph's name for the word embedding table, which may have any number of rows; None
        if the tower has no such table.
    """

    graph: Path
    signature: dict[str, Any]
    sources: dict[str, Source]
    words: str | None

    @classmethod
    def open(cls, table: Path) -> DrawnTower:
        """Return the tower whose table is the JSON file `table`; its graph has the same stem."""
        data = json.loads(table.read_text(encoding="utf-8"))
        sources = {name: Source.of_json(source) for name, source in data["tensors"].items()}
        return cls(table.with_suffix(".onnx"), data["signature"], sources, data["words"])


@dataclass(frozen=True)
class _Constant:
    """A constant int64 tensor with the interface of StoredTensor."""

    numbers: tuple[int, ...]

    def parts(self) -> Iterator[NDArray[np.int64]]:
        yield np.array(self.numbers, np.int64)


@dataclass(frozen=True)
class FilledTower:
    """A tower with the tensors of a checkpoint, ready to be written.

    tensors: (first byte in the weight file, name in the checkpoint, tensor), in order.
    words: number of rows of the word embedding table; 0 if there is none.
    """

    model: onnx.ModelProto
    tensors: list[tuple[int, str, StoredTensor | _Constant]]
    words: int

    @classmethod
    def of(cls, tower: DrawnTower, weights: Mapping[str, StoredTensor], file: Path) -> FilledTower:
        """Return the tower with its tensors from `weights`; their numbers are not read yet.

        file: the weight file, named in errors.
        Raises ModelError naming the first tensor that is missing, or has another shape or type.
        """
        model, words = onnx.load(tower.graph, load_external_data=False), 0
        found: list[tuple[str, StoredTensor | _Constant]] = []
        for tensor in external_tensors(model):
            source = tower.sources[tensor.name]
            if source.name is None:
                found.append((tensor.name, _Constant(source.numbers)))
                continue
            name, stored = _find_weight(weights, source.name, file)
            if stored.kind not in FLOATING:
                raise _unfit(file, f"«{name}» è di tipo {stored.kind} e non di numeri reali")
            wanted = source.shape
            if tensor.name == tower.words and stored.shape[1:] == wanted[1:]:
                wanted, words = stored.shape, stored.shape[0]
                _set_rows(model, tensor, words)
            if stored.shape != wanted:
                raise _unfit(file, f"«{name}» è di {_size(stored.shape)}, non di {_size(wanted)}")
            found.append((name, source.select(stored)))
        places = zip(set_offsets(model), found, strict=True)
        return cls(model, [(at, name, tensor) for at, (name, tensor) in places], words)

    def write(self, path: Path) -> None:
        """Write the graph to `path` and its weights beside it.

        Raises ModelError naming the first tensor with a value that is not finite.
        """
        with path.with_name(f"{path.name}.data").open("wb") as stream:
            for place, name, tensor in self.tensors:
                stream.write(bytes(place - stream.tell()))
                for part in tensor.parts():
                    if isinstance(tensor, StoredTensor) and not np.isfinite(part).all():
                        raise _unfit(tensor.file, f"«{name}» contiene valori che non sono numeri")
                    stream.write(part.data)
        path.write_bytes(self.model.SerializeToString())


def external_tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Return the tensors in the weight file beside a graph, in the order of the file."""
    external = [t for t in model.graph.initializer if t.data_location == onnx.TensorProto.EXTERNAL]
    return sorted(external, key=_offset)


def _set_rows(model: onnx.ModelProto, table: onnx.TensorProto, rows: int) -> None:
    """Change a table's number of rows everywhere in the graph."""
    table.dims[0] = rows
    for described in model.graph.value_info:
        if described.name == table.name:
            described.type.tensor_type.shape.dim[0].dim_value = rows


def _offset(tensor: onnx.TensorProto) -> int:
    return next(int(entry.value) for entry in tensor.external_data if entry.key == "offset")


def set_offsets(model: onnx.ModelProto) -> list[int]:
    """Lay out the tensors in the weight file beside a graph as ONNX Runtime does.

    Changes the offsets and lengths in `model`, and returns the first byte of each tensor.
    """
    places, end = [], 0
    for tensor in external_tensors(model):
        length = _BYTES[tensor.data_type] * prod(tensor.dims)
        begin = -(-end // PAGE) * PAGE if length >= LARGE else end
        for entry in tensor.external_data:
            if entry.key in {"offset", "length"}:
                entry.value = str(begin if entry.key == "offset" else length)
        places.append(begin)
        end = begin + length
    return places


def _find_weight(
    weights: Mapping[str, StoredTensor], name: str, file: Path
) -> tuple[str, StoredTensor]:
    names = [name]
    for newer, older in _OLDER:
        names += [each.replace(newer, older, 1) for each in names if newer in each]
    for each in names:
        if each in weights:
            return each, weights[each]
    raise _unfit(file, f"manca «{name}»")


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "un solo numero"


def _unfit(file: Path, why: str) -> ModelError:
    return ModelError(
        f"I pesi in {file} non sono quelli del modello che config.json descrive: {why}.",
        "Scarica o copia di nuovo il modello.",
    )
