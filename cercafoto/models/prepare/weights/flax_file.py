"""Read the tensors of a Flax checkpoint, `flax_model.msgpack`, under PyTorch's names, without Flax.

The file is MessagePack: nested maps whose leaves are extensions of type 1, each itself
MessagePack of (shape, name of the number type, bytes in C order); an array of more than 2^30
bytes is a map of flat chunks instead (flax.serialization, format unchanged since 2020).
transformers' Flax modules are built like their PyTorch ones; what differs is the last word of a
name, and the order of the axes of a kernel.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights.stored_tensor import (
    SIZES,
    StoredTensor,
    damaged,
    numbers_in,
)

ARRAY, SCALAR = 1, 3  # types of extension
# Limits of the table of tensors: values, and bytes of a name. A model has some hundreds of tensors.
MOST_VALUES, LONGEST_NAME = 100_000, 1000
CHUNKED = "__msgpack_chunked_array__"
LAST_WORDS = {"kernel": "weight", "embedding": "weight", "scale": "weight"}


def read(path: Path) -> dict[str, StoredTensor]:
    """Return every tensor by its name in PyTorch: "text_model.pooler.dense.weight".

    Raises ModelError for a damaged file.
    """
    try:
        with (
            path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            tree = _Reader(data).value()
            return {
                ".".join((*where, LAST_WORDS.get(last, last))): _as_pytorch(last, tensor)
                for (*where, last), tensor in _leaves(path, data, tree, ())
            }
    except (ModelError, MemoryError):
        raise
    except Exception as error:  # whatever damaged bytes lead to
        raise damaged(path, f"{type(error).__name__}: {str(error)[:160]}") from error


@dataclass(frozen=True)
class _Bytes:
    """The place of bytes in the file. code: type of the extension; -1 for plain bytes."""

    begin: int
    length: int
    code: int = -1


class _Reader:
    """Reads MessagePack values from byte `at` on; bytes and extensions become their place."""

    def __init__(self, data: mmap.mmap, at: int = 0) -> None:
        self._data = data
        self._at = at
        self._values = 0

    def value(self) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise ValueError("l'elenco dei pesi è troppo lungo")
        first = self._number("B")
        if first < 0x80 or first >= 0xE0:
            return first if first < 0x80 else first - 256
        if first < 0x90:
            return self._map(first & 0x0F)
        if first < 0xA0:
            return self._list(first & 0x0F)
        if first < 0xC0:
            return self._text(first & 0x1F)
        if first in _PLAIN:
            return _PLAIN[first]
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first in _FIXED:
            return self._bytes(_FIXED[first], extension=True)
        what, form = _LONG[first]
        length = self._number(form)
        if what in {"bytes", "extension"}:
            return self._bytes(length, extension=what == "extension")
        return {"text": self._text, "list": self._list, "map": self._map}[what](length)

    def _number(self, form: str) -> Any:
        (number,) = struct.unpack_from(f">{form}", self._data, self._at)
        self._at += struct.calcsize(form)
        return number

    def _bytes(self, length: int, extension: bool) -> _Bytes:
        code = self._number("b") if extension else -1
        found = _Bytes(self._at, length, code)
        self._at += length
        if self._at > len(self._data):
            raise EOFError("il file finisce prima dei suoi pesi")
        return found

    def _text(self, length: int) -> str:
        if length > LONGEST_NAME:
            raise ValueError("un nome è troppo lungo")
        found = self._bytes(length, extension=False)
        return self._data[found.begin : self._at].decode("utf-8")

    def _list(self, length: int) -> list[Any]:
        return [self.value() for _ in range(length)]

    def _map(self, length: int) -> dict[str, Any]:
        return {str(self.value()): self.value() for _ in range(length)}


_PLAIN = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = dict(zip(range(0xCA, 0xD4), "fdBHIQbhiq", strict=True))
_FIXED = {0xD4 + power: 1 << power for power in range(5)}
_LONG = {
    0xC4: ("bytes", "B"), 0xC5: ("bytes", "H"), 0xC6: ("bytes", "I"),
    0xC7: ("extension", "B"), 0xC8: ("extension", "H"), 0xC9: ("extension", "I"),
    0xD9: ("text", "B"), 0xDA: ("text", "H"), 0xDB: ("text", "I"),
    0xDC: ("list", "H"), 0xDD: ("list", "I"), 0xDE: ("map", "H"), 0xDF: ("map", "I"),
}  # fmt: skip


def _leaves(
    path: Path, data: mmap.mmap, tree: Any, where: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], StoredTensor]]:
    if isinstance(tree, _Bytes):
        yield where or ("",), _tensor(path, data, tree)
    elif isinstance(tree, dict) and CHUNKED in tree:
        shape = [tree["shape"][str(axis)] for axis in range(len(tree["shape"]))]
        chunks = [
            _tensor(path, data, tree["chunks"][str(place)]) for place in range(len(tree["chunks"]))
        ]
        if len({chunk.kind for chunk in chunks}) != 1:
            raise ValueError(f"«{'.'.join(where)}» è di numeri diversi")
        pieces = tuple(piece for chunk in chunks for piece in chunk.pieces)
        yield where, StoredTensor.in_order(path, chunks[0].kind, shape, pieces)
    elif isinstance(tree, dict):
        # A state that was saved whole has the weights under "params".
        whole = not where and set(tree) == {"params"}
        for key, value in tree.items():
            place = where if whole else (*where, key)
            if sum(map(len, place)) > LONGEST_NAME:
                raise ValueError("un nome è troppo lungo")
            yield from _leaves(path, data, value, place)
    else:
        raise ValueError(f"«{'.'.join(where)}» non è un tensore")


def _tensor(path: Path, data: mmap.mmap, leaf: _Bytes) -> StoredTensor:
    if leaf.code not in {ARRAY, SCALAR}:
        raise ValueError(f"estensione di tipo {leaf.code}")
    shape, kind, content = _Reader(data, leaf.begin).value()
    if isinstance(kind, _Bytes):
        if kind.length > LONGEST_NAME:
            raise ValueError("un nome è troppo lungo")
        kind = data[kind.begin : kind.begin + kind.length].decode("ascii")
    count = numbers_in(shape)
    if content.length != count * SIZES[kind]:
        raise ValueError("un tensore non è intero")
    return StoredTensor.in_order(path, kind, shape, ((content.begin, count),))


def _as_pytorch(last: str, tensor: StoredTensor) -> StoredTensor:
    if last == "kernel" and len(tensor.shape) == 4:
        return tensor.permuted(3, 2, 0, 1)  # height, width, in, out -> out, in, height, width
    if last == "kernel":
        return tensor.transposed  # in, out -> out, in
    if last == "logit_scale":  # the training script of 2021 kept it as a vector of one
        return replace(tensor, shape=(), strides=())
    return tensor
